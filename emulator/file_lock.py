"""Locks on files, which end with the process that holds them however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final
from weakref import WeakSet

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; False where another has it locked."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; False where another has it locked."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks (some network mounts): as if nobody else were there.
            return True
        return True


class FileLock:
    """An exclusive lock on a file, which is made when it is not there. Advisory: only other FileLocks heed it. A
    fork does not share it: else the lock would be held until the fork has ended too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take the lock; False when another process (or FileLock) held it for `timeout` seconds. Raises OSError
        when the file cannot be opened."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        limit = time.monotonic() + timeout
        while not try_lock(descriptor):
            if time.monotonic() >= limit:
                os.close(descriptor)
                return False
            time.sleep(0.02)
        self._descriptor = descriptor
        _held.add(self)
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        descriptor, self._descriptor = self._descriptor, -1
        _held.discard(self)
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_held: Final[WeakSet[FileLock]] = WeakSet()


def _let_go() -> None:
    """Close the copies of a fork; the parent holds the locks."""
    for lock in tuple(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
