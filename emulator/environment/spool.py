"""Where pages wait until they are sent: a folder of this run, and what killed runs left of theirs."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from emulator.file_lock import FileLock

_PREFIX: Final = "dsm-emulator-spool-"
_LOCK: Final = "lock"
_YOUNG: Final = 60.0
"""Seconds for which a folder is left alone: its owner may not have locked it yet."""


class Spool:
    """The folder of a process, and in it one for each job. It is made when the first is wanted; what killed runs
    left of theirs is removed then: a lab that kills scanners on purpose must not fill the disk."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock: FileLock | None = None
        self._numbers = itertools.count(1)

    @contextmanager
    def job_folder(self) -> Iterator[Path]:
        """A folder that is gone afterwards. Raises OSError when the system gives none."""
        # The folder around it is this process's own: a number is a name that nobody else takes.
        pages = self._made() / f"pages-{next(self._numbers)}"
        pages.mkdir(mode=0o700)
        try:
            yield pages
        finally:
            try:
                pages.rmdir()  # nothing is left of most jobs; to look for it takes four times as long
            except OSError:
                shutil.rmtree(pages, ignore_errors=True)

    def close(self) -> None:
        """Remove all."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _made(self) -> Path:
        if self._folder is not None and not self._folder.is_dir():
            self.close()  # the system has tidied its temporary folder
        if self._folder is None:
            _clear(Path(tempfile.gettempdir()))
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = FileLock(self._folder / _LOCK)
            self._lock.acquire()
        return self._folder


def _clear(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if not _is_ours(folder.lstat()):
                continue
            lock = FileLock(folder / _LOCK)
            if lock.acquire():
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(found: os.stat_result) -> bool:
    """A folder, no link, of this user, and not just being made."""
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and own and time.time() - found.st_mtime > _YOUNG
