"""One mutant's trial: a forked child imports the mutant in place of the module and runs the tests."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from mutants import Mutant

KILLED, SURVIVED, TIME_OUT = "killed", "survived", "time-out"
_LONGEST_WALL = 120.0
"""Seconds of wall time after which a child that only waits is ended."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant."""

    word: str
    test: str = ""
    """The test that failed first, or what else happened."""


class _MutantLoader(importlib.abc.InspectLoader):
    """Loads a mutant's source under its module's name; the file named is the real one."""

    def __init__(self, mutant: Mutant, origin: str) -> None:
        self._mutant = mutant
        self._origin = origin

    def get_source(self, fullname: str) -> str:
        return self._mutant.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutant.source, self._origin, "exec", dont_inherit=True)


class _MutantFinder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        real = importlib.machinery.PathFinder.find_spec(fullname, path)
        if real is None or real.origin is None:
            return None
        loader = _MutantLoader(self._mutant, real.origin)
        spec = importlib.util.spec_from_loader(fullname, loader, origin=real.origin)
        if spec is not None:
            spec.has_location = True
        return spec


class _Watch:
    """A pytest plugin that remembers the first failure, and what was imported."""

    def __init__(self) -> None:
        self.first = ""

    def pytest_sessionstart(self) -> None:
        # To fail is enough; nobody reads the smallest example.
        from hypothesis import Phase, settings

        settings.register_profile("mutants", deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.first = self.first or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.first = self.first or f"{report.nodeid}: not imported"


class Trial:
    """Tries mutants against some test files."""

    def __init__(self, root: Path, work: Path, tests: Sequence[str]) -> None:
        """`root`: the source tree; `work`: a folder for what the tests and Python leave behind."""
        self._root = root
        self._work = work
        files = [str(root / each) for each in tests]
        self._stages = [stage for stage in (files[:1], files[1:]) if stage]
        """The first file alone, because it is there that most mutants are killed; then the others."""
        self._usual = [0.0] * len(self._stages)
        # Compiled files go elsewhere too.
        sys.pycache_prefix = str(work / "pycache")
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(work / "hypothesis")
        os.chdir(root)

    @property
    def usual(self) -> float:
        """Seconds of processor time of the tests without any mutant."""
        return sum(self._usual)

    def warm_up(self) -> str | None:
        """Run the tests without any mutant; what they import of others is then imported once for all children.
        The first failure, or None."""
        for _ in range(2):  # the first time also compiles
            for stage, tests in enumerate(self._stages):
                answer = self._child(None, tests, 600)
                if answer is None or answer["first"]:
                    return "no answer" if answer is None else str(answer["first"])
                self._usual[stage] = float(answer["seconds"])
                for name in answer["modules"]:
                    if name not in sys.modules:
                        with suppress(Exception):
                            importlib.import_module(name)
        return None

    def of(self, mutant: Mutant) -> Verdict:
        """Try one mutant."""
        for stage, tests in enumerate(self._stages):
            answer = self._child(mutant, tests, int(5 + 4 * self._usual[stage]))
            if answer is None:
                return Verdict(TIME_OUT)
            if answer["first"]:
                return Verdict(KILLED, str(answer["first"]).removeprefix("tests/"))
        return Verdict(SURVIVED)

    def _child(self, mutant: Mutant | None, tests: list[str], seconds: int) -> dict[str, Any] | None:
        """What a child tells; None when it was ended by its limit."""
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            os.setsid()  # so that what it starts is ended with it
            try:
                answer = _run_tests(mutant, tests, self._work, seconds)
            except BaseException:  # whatever it is, the parent is told
                answer = {"first": traceback.format_exc(), "seconds": 0.0, "modules": []}
            with os.fdopen(writes, "w") as out:
                out.write(json.dumps(answer) + "\n")
            os._exit(0)
        os.close(writes)
        try:
            told = b"".join(_octets(reads, time.monotonic() + max(_LONGEST_WALL, 6.0 * seconds)))
        finally:
            os.close(reads)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        if told.endswith(b"\n"):
            return dict(json.loads(told))
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) not in (signal.SIGKILL, signal.SIGXCPU):
            return {"first": f"the interpreter died of signal {os.WTERMSIG(status)}"}
        return None


def _octets(reads: int, until: float) -> Iterator[bytes]:
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([reads], [], [], left)
        block = os.read(reads, 65536) if ready else b""
        if not block:
            return
        yield block
        if block.endswith(b"\n"):
            return


def _run_tests(mutant: Mutant | None, tests: list[str], work: Path, seconds: int) -> dict[str, Any]:
    """In the child: run the tests, stop at the first failure."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    output = os.open(work / "output", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    if mutant is not None:
        sys.meta_path.insert(0, _MutantFinder(mutant))
    watch = _Watch()
    began = time.process_time()
    # No xdist, no cache, no temporary folders of others; the same examples each time.
    code = pytest.main(
        ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-seed=1", "--timeout=60"]
        + ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # plugins that are imported once for all children
        + [f"--basetemp={work / 'tmp'}", *tests],
        plugins=[watch],
    )
    first = watch.first
    if not first and code != pytest.ExitCode.OK:
        first = f"pytest ended with {int(code)}: " + (work / "output").read_text(errors="replace")[-2000:]
    return {"first": first, "seconds": time.process_time() - began, "modules": _imported_of_others()}


def _imported_of_others() -> list[str]:
    """Modules of the standard library and of other projects; pytest imports its plugins itself."""
    plugins = ("emulator", "_pytest", "pytest", "_hypothesis", "hypothesis", "xdist", "py.", "conftest")
    return [
        name
        for name, module in sys.modules.items()
        if not name.startswith(plugins)
        and any(part in (getattr(module, "__file__", None) or "") for part in ("site-packages", sys.base_prefix))
    ]
