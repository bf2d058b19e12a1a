"""The one run behind all items of a peer: `check server` or `check device` in a process of its own, whose results
are read line by line as they come. In this process it would share loops, warnings and threads with the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from emulator.imaging.decoding.child_process import child_environment, interpreter
from emulator.pytest_checks.asked import AskedChecks
from emulator.reports.files import RESULTS
from emulator.reports.reading import ResultReader
from emulator.reports.result import Result

_PAUSE: Final = 0.02
_END_SECONDS: Final = 20.0
"""Longest time in which an interrupted run clears away its jobs."""
_LAST_LINES: Final = 20


class CheckRun:
    """Begins with the first question for a verdict."""

    def __init__(self, asked: AskedChecks, ids: Collection[str]) -> None:
        """`ids`: what is to be run, of what is wanted."""
        self._asked = asked
        self._ids = ids
        self._wanted = set(ids)
        """Whose verdicts nobody has asked for yet."""
        self._folder: TemporaryDirectory[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._reader = ResultReader(RESULTS)
        self._octets = 0
        """Of the file, that the reader has taken."""

    def result_of(self, id: str) -> Result | None:
        """Wait for the verdict of that id; None where the run has ended without one."""
        self._wanted.discard(id)
        if self._child is None:
            self._begin()
        assert self._child is not None
        while id not in self._reader.results:
            ended = self._child.poll() is not None
            self._read()
            if ended:
                return self._reader.results.get(id)
            time.sleep(_PAUSE)
        return self._reader.results[id]

    @property
    def said(self) -> str:
        """What the command has written last."""
        if self._folder is None:
            return ""
        text = (Path(self._folder.name) / "output.txt").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-_LAST_LINES:])

    @property
    def exit_code(self) -> int | None:
        """How the command has ended; None while it runs."""
        return None if self._child is None else self._child.poll()

    def first(self) -> Result | None:
        """The result that came first: of the ordinary job, without which nothing else is asked."""
        return next(iter(self._reader.results.values()), None)

    def end(self) -> None:
        """Wait for its end; where not all verdicts were asked for, end it: no job of it is left at the peer."""
        if self._child is not None and not self._wanted:
            self._child.wait()  # it writes the report; a run has bounds of its own
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            try:
                self._child.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
            self._child.wait()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def _report(self) -> Path:
        assert self._folder is not None
        return self._asked.report or Path(self._folder.name) / "report"

    def _begin(self) -> None:
        self._folder = TemporaryDirectory(prefix="dsm-check-", ignore_cleanup_errors=True)
        asked = self._asked
        command = [interpreter(), "-P", "-m", "emulator", "check", str(asked.subject), asked.url]
        command += [*asked.options, "--report", str(self._report), "--overwrite", *self._selection()]
        (self._report / RESULTS).unlink(missing_ok=True)  # of an earlier run
        with (Path(self._folder.name) / "output.txt").open("wb") as output:
            self._child = subprocess.Popen(  # noqa: S603
                command, env=child_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def _selection(self) -> list[str]:
        """What is shorter to say of the ids: a command line is bounded, on Windows by 32,767 characters."""
        wanted = self._asked.wanted
        run = [id for id in self._asked.ids if id in wanted and id in self._ids]
        left_out = [id for id in self._asked.ids if id in wanted and id not in self._ids]
        if run and len(left_out) <= len(run):
            return [word for id in left_out for word in ("--skip", id)]
        # Of the two ordinary jobs alone no selection speaks: the command wants one check at least.
        return [word for id in (run or left_out[:1]) for word in ("--select", id)]

    def _read(self) -> None:
        """Take what has come since; a line that is being written is left for the next time, and so is the header
        until there is another one: till then it may be written anew."""
        try:
            with (self._report / RESULTS).open("rb") as file:
                file.seek(self._octets)
                whole = [line for line in file if line.endswith(b"\n")]
        except OSError:
            return  # it is not there yet
        if self._octets or len(whole) > 1:
            for line in whole:
                self._reader.take(line)
                self._octets += len(line)
