"""Every mutant against every check: what finds it beside its own check, and where that is declared.

`python tests/conformance/mutant_matrix.py server|device|client|post-scan [ID ...]`, with the folders of tests in
PYTHONPATH, runs all mutants (or those of these checks), one process a core, and prints what is not declared.
--write declares it; --backwards begins with the last; --most N ends behind so many; --processes N runs other than
one a core, for most of a run is waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from benches import BENCHES, AnyMutant

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST, LAST, Run
from emulator.conformance.verdict import Judged
from emulator.reports.verdict import Verdict

MUTANTS: Final[Mapping[Subject, tuple[Any, ...]]] = {of: each.mutants for of, each in BENCHES.items()}
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
            mutant = next(each for each in MUTANTS[self.of] if each.name == self.mutant)
            globs = BENCHES[self.of].also(mutant)
            return frozenset(id for id in self.others if not any(fnmatchcase(id, each) for each in globs))
        return frozenset(self.others) - known


def _blames(judged: Judged) -> bool:
    no = judged.verdict is Verdict.OBSERVED and judged.evidence.met.startswith("no: ")
    return judged.verdict in BLAMED or no


def blamed(run: Run) -> frozenset[str]:
    """Ids of the checks that say that something is not as their clause has it."""
    return frozenset(each.id for each in run.judged if _blames(each)) - {FIRST, LAST}


def _judged(of: Subject, mutant: AnyMutant, own: Collection[str]) -> Run:
    checks = [each for id, each in all_checks(of).items() if not each.slow or id in own]

    async def bounded() -> Run:
        with tempfile.TemporaryDirectory() as folder:
            async with asyncio.timeout(RUN_SECONDS):
                return await BENCHES[of].run(Path(folder), checks, mutant)

    return asyncio.run(bounded())


_RIGHT: Final[dict[Hashable, frozenset[str]]] = {}


def _blamed_without(of: Subject, mutant: AnyMutant) -> frozenset[str]:
    """What is blamed of its peer where the mutant does nothing: run once for all mutants of the same peer."""
    right = BENCHES[of].right(mutant)
    key = BENCHES[of].peer(right)
    if key not in _RIGHT:
        _RIGHT[key] = blamed(_judged(of, right, ()))
    return _RIGHT[key]


def found(of: Subject, numbers: Sequence[int]) -> list[Found]:
    """Run all checks against the mutants of these numbers, which do the same."""
    mutants = [MUTANTS[of][number] for number in numbers]
    begun = time.process_time()
    right = _blamed_without(of, mutants[0])
    run = _judged(of, mutants[0], [each.caught_by for each in mutants])
    now = blamed(run)
    errors = tuple(f"{each.id}: {each.evidence.met}" for each in run.judged if each.verdict is Verdict.ERROR)
    seconds = (time.process_time() - begun) / len(mutants)
    return [
        Found(
            of,
            each.name,
            each.caught_by in now,
            tuple(sorted(now - right - {each.caught_by})),
            errors,
            seconds,
        )
        for each in mutants
    ]


def _politely() -> None:
    """Leave the processor to others who want it."""
    if hasattr(os, "nice"):
        os.nice(10)


def matrix(
    of: Subject,
    ids: Iterable[str] = (),
    heard: Callable[[Found], None] = lambda _: None,
    *,
    backwards: bool = False,
    most: int | None = None,
    processes: int | None = None,
) -> list[Found]:
    """All mutants of a subject, or those of these checks.

    - `heard`: told of each result.
    - `backwards`: the last comes first.
    - `most`: ends behind so many peers; None: behind all.
    - `processes`: None: one a core.
    """
    wanted = set(ids)
    alike: dict[Hashable, list[int]] = {}
    for number, each in enumerate(MUTANTS[of]):
        if not wanted or each.caught_by in wanted:
            alike.setdefault(BENCHES[of].deed(each), []).append(number)
    groups = list(alike.values())[:: -1 if backwards else 1][:most]
    results = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=context, initializer=_politely) as pool:
        for done in as_completed([pool.submit(found, of, group) for group in groups]):
            for each in done.result():
                results.append(each)
                heard(each)
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("of", type=Subject)
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--backwards", action="store_true")
    parser.add_argument("--most", type=int)
    parser.add_argument("--processes", type=int)
    asked = parser.parse_args(arguments)
    of, write = asked.of, asked.write
    begun = time.monotonic()
    so_far: list[Found] = []

    def tell(each: Found) -> None:
        so_far.append(each)
        if write:  # each time, so that a run that is cut off keeps what it found
            declare(of, so_far)
        for text in (*each.errors, *([] if each.by_its_own else ["its own check does not find it"])):
            print(f"{each.mutant}: {text}", flush=True)
        if not write and each.undeclared:
            print(f"{each.mutant}: {', '.join(sorted(each.undeclared))}", flush=True)

    results = matrix(of, asked.ids, tell, backwards=asked.backwards, most=asked.most, processes=asked.processes)
    wrong = [each for each in results if each.errors or not each.by_its_own or (not write and each.undeclared)]
    minutes = (time.monotonic() - begun) / 60
    print(f"{len(results)} mutants, {len(wrong)} otherwise than declared, {minutes:.1f} minutes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
