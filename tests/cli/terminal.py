"""A command on a pseudo-terminal, and what a person sees there: every screen that it has shown (by pyte)."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from programs import COMMAND, environment

ROWS = 40


@dataclass
class Session:
    code: int = -1
    screens: list[list[str]] = field(default_factory=list)
    """Each screen that differed from the one before, as lines; the last is what stays."""

    @property
    def last(self) -> list[str]:
        return self.screens[-1]


def session(
    arguments: list[str],
    *,
    columns: int,
    cwd: Path,
    on_screen: Callable[[list[str], int], None] = lambda lines, pid: None,
) -> Session:
    """Run it to its end. `on_screen` is told the screen whenever something was written, and the process's id."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl
    import pty
    import struct
    import termios

    import pyte

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    screen = pyte.Screen(columns, ROWS)
    stream = pyte.ByteStream(screen)
    shell = {key: value for key, value in environment(checked=False).items() if key not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
        env={**shell, "TERM": "xterm", "DSM_EMULATOR_STATE": str(cwd / "state")},
    )  # fmt: skip
    os.close(terminal)
    done = Session()
    limit = time.monotonic() + 60
    try:
        while time.monotonic() < limit:
            if not select.select([controller], [], [], 1)[0]:
                continue
            try:
                data = os.read(controller, 65536)
            except OSError:  # Linux, when the last who had the terminal has gone
                break
            if not data:
                break
            stream.feed(data)
            lines = [line.rstrip() for line in screen.display]
            if not done.screens or lines != done.last:
                done.screens.append(lines)
            on_screen(lines, process.pid)
        done.code = process.wait(60)
    finally:
        os.close(controller)
        if process.poll() is None:
            process.kill()
            process.wait()
    return done
