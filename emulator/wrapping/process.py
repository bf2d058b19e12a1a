"""A command as a process, and the processes that it leaves: on every system they are ended when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from emulator.environment.signals import told_of_signals

MARK: Final = "DSM_EXEC"
"""Environment variable by which processes of a command are known on Linux, whatever group they are in. A command
that wraps another adds its own mark."""
GRACE: Final = 10.0
"""Seconds that a command has to end after a signal, and what it has left after SIGTERM."""
NOT_FOUND: Final = 127
NOT_RUNNABLE: Final = 126
"""As of shells, env and xargs."""
_LOOK: Final = 0.05


class CommandCannotRun(Exception):
    """`str()` says why; `code` is the exit code for it, as shells have it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class WrappedCommand:
    """Starts when it is made."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, stdout: int | None = None
    ) -> None:
        """These are its parameters. Raises CommandCannotRun.

        - `command`: with its arguments; the name is looked for as shells do.
        - `stdout`: descriptor that it writes to; None: ours.
        """
        self._mark = secrets.token_hex(8)
        self._came: list[int] = []
        """Signals, while it was waited for."""
        outer = environment.get(MARK, "")
        own = {**environment, MARK: f"{outer} {self._mark}".strip()}
        program = shutil.which(command[0], path=environment.get("PATH"))
        if program is None:
            found = Path(command[0]).exists()
            raise CommandCannotRun(
                f"{command[0]}: {'it cannot be run' if found else 'there is no such command'}",
                NOT_RUNNABLE if found else NOT_FOUND,
            )
        # Who sits at a terminal answers the command: one in another group would be stopped for reading.
        self._own_group = os.name == "posix" and not _at_terminal()
        self._job = None
        try:
            if sys.platform == "win32":
                from emulator.wrapping.windows_job import WindowsJob

                self._job = WindowsJob()
                self._process = subprocess.Popen(  # noqa: S603 - it is what the user wants
                    [program, *command[1:]],
                    env=own,
                    stdout=stdout,
                    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
                )
                self._job.take(self._process)
            else:
                self._process = subprocess.Popen(  # noqa: S603
                    [program, *command[1:]],
                    env=own,
                    stdout=stdout,
                    process_group=0 if self._own_group else None,
                )
        except OSError as error:
            raise CommandCannotRun(f"{command[0]}: {error.strerror or error}", NOT_RUNNABLE) from None

    async def ended(self) -> int:
        """Wait for it; its exit code, 128 and the number of the signal that ended it. A signal that comes meanwhile
        goes on to it, and the second one, or ten seconds, end it."""
        loop = asyncio.get_running_loop()

        def go_on(number: int) -> None:
            self._came.append(number)
            if len(self._came) > 1:
                self._process.kill()
                return
            if self._own_group or number != signal.SIGINT or os.name != "posix":
                self._tell(number)  # else the terminal has told it
            loop.call_later(GRACE, self._kill_if_there)

        with told_of_signals(lambda number: loop.call_soon_threadsafe(go_on, number)):
            code = await asyncio.to_thread(self._process.wait)
        return code if code >= 0 else 128 - code

    @property
    def interrupted(self) -> bool:
        """Whether a signal came while it was waited for."""
        return bool(self._came)

    async def stop(self, grace: float) -> None:
        """End it by SIGTERM, and if it is still there after so many seconds by SIGKILL."""
        self._tell(signal.SIGTERM)
        if not await until(lambda: self._process.poll() is not None, grace):
            self._kill_if_there()

    def _tell(self, number: int) -> None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.send_signal(signal.CTRL_BREAK_EVENT)
            elif self._own_group:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def _kill_if_there(self) -> None:
        if self._process.poll() is None:
            self._process.kill()

    async def end_what_is_left(self) -> int:
        """End every process that it has started and that is still there, by SIGTERM first; how many they were."""
        if self._process.poll() is None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        if sys.platform == "win32":
            return 0 if self._job is None else self._job.end()
        left = self._left()
        if left:
            self._signal_all(left, signal.SIGTERM)
            if not await until(lambda: not self._left(), GRACE):
                while rest := self._left():  # one may start another meanwhile
                    self._signal_all(rest, signal.SIGKILL)
                    await asyncio.sleep(_LOOK)
        return len(left)

    def _left(self) -> list[int]:
        """Processes; where the system does not list them, the group as a whole, by a negative number."""
        if Path("/proc/self/environ").exists():
            return sorted(_marked(self._mark))
        if sys.platform != "win32" and self._own_group:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, 0)
                return [-self._process.pid]
        return []

    @staticmethod
    def _signal_all(processes: Sequence[int], number: int) -> None:
        for each in processes:
            with contextlib.suppress(OSError):  # it has ended
                os.kill(each, number)


def own_path() -> dict[str, str]:
    """A PATH with dsm-emulator of this environment behind all that was found before."""
    found = [os.environ.get("PATH", ""), sysconfig.get_path("scripts")]
    return {"PATH": os.pathsep.join(filter(None, found))}


def _at_terminal() -> bool:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.isatty(sys.stdin.fileno())
    return False


def _marked(mark: str) -> Iterator[int]:
    name, wanted = f"{MARK}=".encode(), mark.encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has ended, or is another user's
                for variable in (folder / "environ").read_bytes().split(b"\0"):
                    if variable.startswith(name) and wanted in variable:
                        yield int(folder.name)


async def until(so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so, for so many seconds at most; whether it is."""
    deadline = time.monotonic() + seconds
    while not so():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK)
    return True
