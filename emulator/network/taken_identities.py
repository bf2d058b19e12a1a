"""Which identities running devices of this user have: no two processes put one UUID onto the network.

One file for each process, beside a lock that ends with it however it ends; whoever takes identities holds the
folder's lock meanwhile.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from emulator.file_lock import FileLock

_FOLDER: Final = "running"
_SUFFIX: Final = ".identities"
_LOCK_SECONDS: Final = 10.0
"""How long another process may be choosing its own."""


class TakenIdentities:
    """The identities that this process takes. Within `with`, as often as it likes, it chooses and gives back; what
    it has then it holds until `close`. Blocks for milliseconds."""

    def __init__(self, state: Path) -> None:
        """`state`: the state folder; it is made when it is not there."""
        self._folder = state / _FOLDER
        self._choosing = FileLock(self._folder / "identities.lock")
        self._path = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._lock = FileLock(self._path.with_suffix(f"{_SUFFIX}-lock"))
        self._holds = False
        self._others: set[str] = set()
        self._own: set[str] = set()

    def __enter__(self) -> TakenIdentities:
        """Raises OSError when the folder cannot be used (or another process holds it for longer than 10 s)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._choosing.acquire(_LOCK_SECONDS):
            raise TimeoutError(f"{self._folder} is held by another process")
        self._others = self._of_others()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._holds = self._holds or self._lock.acquire()
                self._path.write_text(json.dumps(sorted(self._own)), encoding="utf-8")
        finally:
            self._choosing.release()

    def take(self, *names: str) -> bool:
        """Take all of the names (of a device, of a UUID), or none where a running device has one."""
        wanted = {name.casefold() for name in names}
        if wanted & (self._others | self._own):
            return False
        self._own |= wanted
        return True

    def has_another(self, *names: str) -> bool:
        """Return whether a device of another process has one of the names; those of this one are no surprise."""
        return bool({name.casefold() for name in names} & self._others)

    def give_back(self, *names: str) -> None:
        """Others may take the names again."""
        self._own -= {name.casefold() for name in names}

    def close(self) -> None:
        """Give all back."""
        self._holds = False
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        self._lock.release()
        with suppress(OSError):
            self._path.with_suffix(f"{_SUFFIX}-lock").unlink(missing_ok=True)

    def _of_others(self) -> set[str]:
        found: set[str] = set()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            if path == self._path:
                continue
            held = path.with_suffix(f"{_SUFFIX}-lock")
            lock = FileLock(held)
            with suppress(OSError, ValueError, TypeError, AttributeError):
                if lock.acquire():  # its process has ended
                    path.unlink(missing_ok=True)
                    lock.release()
                    held.unlink(missing_ok=True)
                    continue
                found |= {str(name) for name in json.loads(path.read_text(encoding="utf-8"))}
        return found
