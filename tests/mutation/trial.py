"""The trials: pytest collects the tests once; then each mutant is put in place in a forked child, which runs the
tests up to the first failure."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from mutants import Mutant
from patching import patch

KILLED, SURVIVED, TIME_OUT = "killed", "survived", "time-out"
_LONGEST_WALL = 120.0
"""Seconds of wall time after which a child that only waits is ended."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant."""

    word: str
    test: str = ""
    """The test that failed first, or what else happened."""


class TestsFail(Exception):
    """The tests fail without any mutant."""


class Trial:
    """Tries mutants against collected tests; a plugin of pytest."""

    def __init__(self, work: Callable[[Trial], None]) -> None:
        """`work`: is called when the tests are collected, and tries mutants."""
        self._work = work
        self._items: list[pytest.Item] = []
        self._kills: Counter[pytest.Item] = Counter()
        self._first = ""
        self.usual = 0.0
        """Seconds of processor time of the tests without any mutant."""
        self.least = 5
        """Seconds of processor time that any mutant may take; more where the tests take long."""
        self.raised: BaseException | None = None

    # pytest

    def pytest_sessionstart(self) -> None:
        """To fail is enough; nobody reads the smallest example."""
        from hypothesis import Phase, settings

        settings.register_profile("mutants", deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        self._items = list(session.items)
        try:
            self._measure()
            self._work(self)
        except BaseException as error:
            self.raised = error
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the first failure."""
        if report.failed:
            self._first = self._first or report.nodeid

    # The trials

    def _measure(self) -> None:
        answer = self._child(None, 900)
        if answer is None or answer["first"]:
            raise TestsFail("no answer" if answer is None else answer["first"])
        self.usual = answer["seconds"]

    def of(self, mutant: Mutant) -> Verdict:
        """Try one mutant."""
        answer = self._child(mutant, int(self.least + 4 * self.usual))
        if answer is None:
            return Verdict(TIME_OUT)
        if not answer["first"]:
            return Verdict(SURVIVED)
        for item in self._items:
            # What has killed is likely to kill again.
            if item.nodeid == answer["first"]:
                self._kills[item] += 1
        return Verdict(KILLED, answer["first"].removeprefix("tests/"))

    def _child(self, mutant: Mutant | None, seconds: int) -> dict[str, Any] | None:
        """What a child tells; None when it was ended by its limit."""
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            os.setsid()  # so that what it starts is ended with it
            try:
                answer = self._run(mutant, seconds)
            except BaseException:  # the import of the mutant would raise it
                answer = {"first": traceback.format_exc().strip().rpartition("\n")[2] or "?", "seconds": 0.0}
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

    def _run(self, mutant: Mutant | None, seconds: int) -> dict[str, Any]:
        """In the child: put the mutant in place, run the tests up to the first failure."""
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        began = time.process_time()
        if mutant is not None:
            patch(import_module(mutant.module), mutant.original, mutant.source)
        items = sorted(self._items, key=lambda item: -self._kills[item])
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._first:
                break
        return {"first": self._first, "seconds": time.process_time() - began}


def _octets(reads: int, until: float) -> Iterator[bytes]:
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([reads], [], [], left)
        block = os.read(reads, 65536) if ready else b""
        if not block:
            return
        yield block
        if block.endswith(b"\n"):
            return


def try_all(root: Path, folder: Path, tests: Sequence[str], work: Callable[[Trial], None]) -> None:
    """Collect test files of the source tree at `root` and let `work` try mutants. `folder`: takes what the tests
    and Python leave behind. Raises TestsFail."""
    sys.pycache_prefix = str(folder / "pycache")
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    os.chdir(root)
    trial = Trial(work)
    arguments = ["-q", "-s", "-p", "no:xdist", "-p", "no:cacheprovider", "--timeout=60"]
    arguments += ["--hypothesis-seed=1", f"--basetemp={folder / 'tmp'}", *tests]
    code = pytest.main(arguments, plugins=[trial])
    if trial.raised is not None:
        raise trial.raised
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise TestsFail(f"pytest ended with {int(code)}")
