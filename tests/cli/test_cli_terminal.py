"""`scan` on terminals of 60, 80 and 120 columns, with a retry, a warning and an interrupt: one bar, whole lines."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from lying_server import BUSY, HOLD, Lie, LyingServer
from terminal import Session, session
from variants import exhaustive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")

BAR = re.compile(r"page +\d+ of \d+")
QUICK = ["--set", "Format=png", "--set", "Resolution=75x75", "--set", "ColorProcessing=BlackAndWhite1"]


def in_order(done: Session) -> None:
    """No screen shows two bars, and nothing else stands on the bar's line."""
    for lines in done.screens:
        bars = [line for line in lines if BAR.search(line)]
        assert len(bars) <= 1, "\n".join(lines)
        assert not [line for line in bars if re.search("error:|WARNING|Scan server", line)], bars


def shown(done: Session, words: str) -> list[str]:
    """Lines of all screens that hold it."""
    return [line for lines in done.screens for line in lines if words in line]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_retry_and_an_interrupt(tmp_path: Path, columns: int) -> None:
    interrupted = []

    def interrupt(lines: list[str], pid: int) -> None:
        if not interrupted and server.operations.count("SendImage") > 2 and any(map(BAR.search, lines)):
            interrupted.append(pid)
            os.kill(pid, signal.SIGINT)

    # The first image is refused for a second, the second is never answered.
    lie = Lie(answer={"SendImage": [(False, BUSY), None, *[(False, HOLD)] * 20]})
    with LyingServer(lie) as server:
        given = ["scan", "--pages", "9", *QUICK, "--server", server.url, "--events", "none", "--read-timeout", "2"]
        done = session(given, columns=columns, cwd=tmp_path, on_screen=interrupt)
    assert interrupted and done.code == 130 and server.canceled, "\n".join(done.last)
    in_order(done)
    retry = shown(done, "retry 1 in 1 s after HTTP 503")
    assert retry and all(BAR.search(line) and len(line) <= columns for line in retry)
    (error,) = [number for number, line in enumerate(done.last) if "error:" in line]
    assert done.last[error].startswith("error: interrupted; the job was cancelled")


@pytest.mark.parametrize("columns", [60, pytest.param(80, marks=exhaustive), pytest.param(120, marks=exhaustive)])
def test_a_warning_beside_the_bar(tmp_path: Path, columns: int) -> None:
    given = ["scan", "--pages", "3", *QUICK, "--scan-process", "Scan to everyone", "--force"]
    done = session(given, columns=columns, cwd=tmp_path)
    assert done.code == 1
    in_order(done)
    assert [line for line in done.last if line.startswith("WARNING")]
    assert [line for line in done.last if line.startswith("CompletedWithErrors 3 images")]
