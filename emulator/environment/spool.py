"""Where pages wait until they are sent: a folder of this run, and what killed runs left of theirs."""

from __future__ import annotations

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


@contextmanager
def spool_folder() -> Iterator[Path]:
    """A folder that is gone afterwards. Raises OSError when the system gives none.

    Folders that killed runs left are removed first: a lab that kills scanners on purpose must not fill the disk.
    """
    _clear(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire()
        pages = folder / "pages"
        pages.mkdir()
        yield pages
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


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
