"""Every mutant against every check: what finds it beside its own check, and where that is declared.

`python tests/conformance/mutant_matrix.py server|device [--write] [ID ...]`, with the folders of tests in
PYTHONPATH, runs all mutants (or those of these checks), one process a core, and prints what is not declared;
--write declares it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import judged_device
import judged_server
from device_mutants import MUTANTS as OF_DEVICES
from mutant import Mutant
from server_mutants import MUTANTS as OF_SERVERS

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST, LAST, Run
from emulator.conformance.verdict import Judged
from emulator.reports.verdict import Verdict

MUTANTS: Final[Mapping[Subject, tuple[Mutant, ...]]] = {Subject.SERVER: OF_SERVERS, Subject.DEVICE: OF_DEVICES}
BENCHES: Final[Mapping[Subject, Any]] = {Subject.SERVER: judged_server, Subject.DEVICE: judged_device}
"""Modules that have a peer judged."""
BLAMED: Final = frozenset({Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE})
RUN_SECONDS: Final = 900


def findings_of(of: Subject) -> Path:
    """The file that declares, for each mutant, which checks find it beside its own."""
    return Path(__file__).with_name(f"findings_{of}.toml")


@cache
def declared(of: Subject) -> Mapping[str, frozenset[str]]:
    """Name of a mutant -> ids of the checks that find it too."""
    table = tomllib.loads(findings_of(of).read_text("utf-8"))
    return {name: frozenset(ids) for name, ids in table.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks say of one mutant."""

    of: Subject
    mutant: str
    """Its name."""
    by_its_own: bool
    """Its own check finds it."""
    others: tuple[str, ...]
    """Other checks that blame it, and do not blame the peer without it."""
    errors: tuple[str, ...]
    """Mistakes of the judge."""
    seconds: float
    """Of CPU."""

    @property
    def undeclared(self) -> frozenset[str]:
        """Checks that find it and were not declared."""
        known = declared(self.of).get(self.mutant)
        if known is None:
            globs = next(each.also for each in MUTANTS[self.of] if each.name == self.mutant)
            return frozenset(id for id in self.others if not any(fnmatchcase(id, each) for each in globs))
        return frozenset(self.others) - known


def _blames(judged: Judged) -> bool:
    no = judged.verdict is Verdict.OBSERVED and judged.evidence.met.startswith("no: ")
    return judged.verdict in BLAMED or no


def blamed(run: Run) -> frozenset[str]:
    """Ids of the checks that say that something is not as their clause has it."""
    return frozenset(each.id for each in run.judged if _blames(each)) - {FIRST, LAST}


def _right(of: Subject, mutant: Mutant) -> Mutant:
    """The peer of a mutant, which does nothing otherwise. What a mutant says of its device is another kind of
    device, unless that is all that it says; what it says of its server is what is wrong."""
    options = mutant.server if of is Subject.DEVICE and (mutant.plugs or mutant.http) else {}
    return Mutant("", "", server=options, strict=mutant.strict, office=mutant.office)


def _judged(of: Subject, mutant: Mutant, own: str) -> Run:
    ids = [id for id, each in all_checks(of).items() if not each.slow or id == own]

    async def bounded() -> Run:
        with tempfile.TemporaryDirectory() as folder:
            async with asyncio.timeout(RUN_SECONDS):
                run, _ = await BENCHES[of].judged(Path(folder), ids, mutant)
                return run

    return asyncio.run(bounded())


_RIGHT: Final[dict[str, frozenset[str]]] = {}


def _blamed_without(of: Subject, mutant: Mutant) -> frozenset[str]:
    """What is blamed of its peer where the mutant does nothing: run once for all mutants of the same peer."""
    right = _right(of, mutant)
    key = repr((right.strict, right.office, sorted(right.server.items(), key=lambda each: each[0])))
    if key not in _RIGHT:
        _RIGHT[key] = blamed(_judged(of, right, ""))
    return _RIGHT[key]


def found(of: Subject, number: int) -> Found:
    """Run all checks against the mutant of that number."""
    mutant = MUTANTS[of][number]
    begun = time.process_time()
    right = _blamed_without(of, mutant)
    run = _judged(of, mutant, mutant.caught_by)
    now = blamed(run)
    errors = tuple(f"{each.id}: {each.evidence.met}" for each in run.judged if each.verdict is Verdict.ERROR)
    others = tuple(sorted(now - right - {mutant.caught_by}))
    seconds = time.process_time() - begun
    return Found(of, mutant.name, mutant.caught_by in now, others, errors, seconds)


def _politely() -> None:
    """Leave the processor to others who want it."""
    if hasattr(os, "nice"):
        os.nice(10)


def matrix(of: Subject, ids: Iterable[str] = (), heard: Callable[[Found], None] = lambda _: None) -> list[Found]:
    """All mutants of a subject, or those of these checks: one process a core."""
    wanted = set(ids)
    numbers = [n for n, each in enumerate(MUTANTS[of]) if not wanted or each.caught_by in wanted]
    results = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_politely) as pool:
        for each in as_completed([pool.submit(found, of, number) for number in numbers]):
            results.append(each.result())
            heard(results[-1])
    return results


def declare(of: Subject, results: Iterable[Found]) -> None:
    """Write what was found into the file, in the place of what was declared of these mutants."""
    table = dict(declared(of)) if findings_of(of).exists() else {}
    names = {each.name for each in MUTANTS[of]}
    table = {name: ids for name, ids in table.items() if name in names}
    table |= {each.mutant: frozenset(each.others) for each in results}
    lines = [
        "# Name of a mutant -> the checks that find it beside its own: made by mutant_matrix.py, to be read",
        "# whenever it changes, for each of these has to be right by its clause.",
    ]
    for name, ids in sorted(table.items()):
        listed = [f"{json.dumps(name)} = [", *(f"    {json.dumps(id)}," for id in sorted(ids)), "]"]
        lines += listed if ids else [f"{json.dumps(name)} = []"]
    findings_of(of).write_text("\n".join(lines) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """What the command line asks for."""
    of = Subject(arguments[0])
    write = "--write" in arguments

    def tell(each: Found) -> None:
        for text in (*each.errors, *([] if each.by_its_own else ["its own check does not find it"])):
            print(f"{each.mutant}: {text}", flush=True)
        if not write and each.undeclared:
            print(f"{each.mutant}: {', '.join(sorted(each.undeclared))}", flush=True)

    results = matrix(of, [each for each in arguments[1:] if each != "--write"], tell)
    if write:
        declare(of, results)
    wrong = [each for each in results if each.errors or not each.by_its_own or (not write and each.undeclared)]
    print(f"{len(results)} mutants, {len(wrong)} otherwise than declared")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
