"""A child process of ours, from its parent's side: started, asked, ended, and what it said when it died.

It is started as `python -m emulator...` and not by multiprocessing, which would import the main module of the
program that uses this package once more: a script without a `__main__` guard would start itself again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import IO, Any, Final

from emulator.imaging.decoding.interruption import waiting

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection

    Channel = PipeConnection
else:
    from multiprocessing.connection import Connection

    Channel = Connection

READY: Final = b"ready"
"""First word of a child."""
STOP: Final = b""
"""Last word to a child: it finishes what it is at, if that does not take long, and ends."""
STOP_SECONDS: Final = 1.0
START_SECONDS: Final = 60.0
"""For a child's start: an interpreter and its imports, on a machine that is busy."""
_LAST_WORDS: Final = 3  # lines
_LONGEST_WORDS: Final = 400  # characters
_STDERR_TAIL: Final = 4096  # octets


class ChildError(Exception):
    """What was asked of a child has not been done. `str()` says why."""


class CannotStart(ChildError):
    """There is no interpreter to start a child with, or it does not start."""


class TooSlow(ChildError):
    """The answer did not come in time; the child has been ended."""


class ChildDied(ChildError):
    """It has ended by itself, by a signal or by its bound of memory."""

    def __init__(self, text: str, *, exit_code: int | None) -> None:
        super().__init__(text)
        self.exit_code = exit_code
        """Negative for a signal; None where nobody knows."""


def interpreter() -> str:
    """The Python that runs this process. Raises CannotStart."""
    if getattr(sys, "frozen", False):
        raise CannotStart(
            "it needs a process of its own, and this program is frozen: there is no Python to start one with"
        )
    if not sys.executable:
        raise CannotStart(
            "it needs a process of its own, and this Python does not know its own program (sys.executable is "
            "empty, as where Python is embedded): set sys.executable to a Python that has this package"
        )
    return sys.executable


def child_environment() -> Mapping[str, str]:
    """Ours, with the modules of this process in their order, so that the child finds the same ones wherever it is
    started. What `` on sys.path means, the current folder, is left out but where it holds this package."""
    root = str(Path(__file__).resolve().parents[3])
    path = [os.path.abspath(each) for each in sys.path if isinstance(each, str) and each]  # noqa: PTH100
    if root not in {os.path.realpath(each) for each in path}:
        path.insert(0, root)
    path = [each for each in path if os.pathsep not in each]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


class ChildProcess:
    """One thread at a time may ask it; any may `kill` it."""

    def __init__(self, module: str, *arguments: str, inherited: Sequence[int] = ()) -> None:
        """Start `python -m MODULE HANDLE ARGUMENTS`; it is not waited for. `inherited`: descriptors that it is
        given beside its own. Raises CannotStart."""
        self.owner = os.getpid()
        self._ready = False
        self._ended: ChildDied | None = None
        # -P: a module of that name in the current folder is none of ours.
        command = [interpreter(), "-P", "-m", module]
        ours, theirs = Pipe()
        self._connection: Channel[Any, Any] = ours
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the child
        handle = theirs.fileno()
        options: dict[str, Any] = {"pass_fds": (handle, *inherited)}
        if sys.platform == "win32":
            os.set_handle_inheritable(handle, True)
            startup = subprocess.STARTUPINFO()
            startup.lpAttributeList = {"handle_list": [handle]}
            # A console's Ctrl-C is for the parent alone.
            options = {"startupinfo": startup, "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter
                [*command, str(handle), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                env=child_environment(),
                **options,
            )
        except OSError as error:
            ours.close()
            self._stderr.close()
            raise CannotStart(f"a process for it cannot be started: {error.strerror or error}") from None
        finally:
            theirs.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._ended is None and self._process.poll() is None

    def ask(self, request: bytes, seconds: float | None, *, gently: bool = False) -> bytes:
        """Its answer within `seconds` (None: however long it takes). `gently`: an interruption lets it clear up
        first. Raises TooSlow, ChildDied, CannotStart, and Interrupted; afterwards it has ended."""
        with self._ended_by_errors(), waiting(self.dismiss if gently else self.kill):
            if not self._ready:
                self._wait_ready()
            self._connection.send_bytes(request)
            return self._heard(seconds)

    def tell(self, request: bytes) -> None:
        """Ask, and let the answer be: `hear` it before anything else is asked. Does not wait, in an event loop
        neither. Raises ChildDied."""
        try:
            self._connection.send_bytes(request)
        except OSError:
            raise self._died() from None

    def hear(self, seconds: float) -> bytes:
        """The answer to `tell`. Raises TooSlow, ChildDied; afterwards it has ended."""
        with self._ended_by_errors():
            return self._heard(seconds)

    @contextmanager
    def _ended_by_errors(self) -> Iterator[None]:
        """Whatever is raised ends the process. Raises ChildDied where it had died."""
        try:
            yield
        except (EOFError, OSError):
            raise self._died() from None
        except BaseException:
            self.end()
            raise

    def _heard(self, seconds: float | None) -> bytes:
        if not self._connection.poll(seconds):
            raise TooSlow
        return self._connection.recv_bytes()

    def _wait_ready(self) -> None:
        try:
            if not self._connection.poll(START_SECONDS):
                raise CannotStart(f"a process for it has not started within {START_SECONDS:g} s{self._words()}")
            if self._connection.recv_bytes() != READY:
                raise CannotStart(f"what was started as {self._process.args!r} is none of ours")
        except (EOFError, OSError):
            raise CannotStart(f"a process for it has not started: {self._died()}") from None
        self._ready = True

    def kill(self) -> None:
        """End it at once; whoever waits for its answer learns that it has died."""
        if self.owner == os.getpid():  # a fork of the parent has no children
            with suppress(OSError):
                self._process.kill()

    def end(self) -> None:
        """End it, and give back what belongs to it. Safe to call twice."""
        self._connection.close()
        if self.owner == os.getpid() and self._ended is None:
            self.kill()
            with suppress(OSError):
                self._process.wait()
        self._stderr.close()

    def dismiss(self) -> None:
        """Have it end soon, from any thread: by itself, or else by force."""
        with suppress(OSError, ValueError):
            self._connection.send_bytes(STOP)
        killer = threading.Timer(STOP_SECONDS * 1.5, self.kill)
        killer.daemon = True
        killer.start()

    def _died(self) -> ChildDied:
        """It has ended, or closed its end of the pipe."""
        if self._ended is None:
            try:
                code: int | None = self._process.wait(5)
            except subprocess.TimeoutExpired:  # it talks no more
                self.kill()
                code = self._process.wait()
            except OSError:
                code = None
            self._ended = ChildDied(f"its process {_how(code)}{self._words()}", exit_code=code)
        self.end()
        return self._ended

    def _words(self) -> str:
        """The last lines that it wrote, for a message."""
        if self._stderr.closed:
            return ""
        with suppress(OSError, ValueError):
            length = self._stderr.seek(0, os.SEEK_END)
            self._stderr.seek(max(0, length - _STDERR_TAIL))
            lines = [line.strip() for line in self._stderr.read().decode(errors="replace").splitlines()]
            words = " / ".join([line for line in lines if line][-_LAST_WORDS:])[-_LONGEST_WORDS:]
            return f": {words}" if words else ""
        return ""


def _how(code: int | None) -> str:
    if code is None:
        return "has ended"
    if code >= 0:
        return f"has ended with code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
