"""The highest numbers that a store's folders have, kept so that none is listed for each job.

What is known of a folder holds while its identity and its times are those that our own last name left behind.
Whatever anybody else does to its names (adds, removes, renames, makes the folder anew) changes them, and the folder
is listed once more. Only what happens within the same tick of the file system's clock as a name of ours, or in the
moment between two looks at the folder, can stay unseen: a number may then be tried that is taken. That costs one
more attempt and never a file, because a name is taken by a call that fails where it exists (link, or
`disk.rename_to_new`).

A file system whose times are whole seconds (FAT, HFS+), or that leaves a folder's time as it was when a name comes,
is not believed: its folders are listed for each job.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emulator.scan_server.naming import document_name, highest_numbers, stem_key

KEPT_STEMS: Final = 100_000
"""Beginnings of names that are kept for all folders together, some 20 MB. What was used longest ago goes."""

_SECOND: Final = 1_000_000_000
_Stamp = tuple[int, int, int, int]
"""Device, inode, times of the last change of content and of status, in nanoseconds. A program that copies times
back (rsync, tar) cannot set the second."""


class KeptNumbers:
    """Of the folders of one store. May be used from any thread."""

    def __init__(self, limit: int = KEPT_STEMS) -> None:
        """`limit`: how many stems are kept."""
        self._limit = limit
        self._lock = threading.Lock()
        self._folders: OrderedDict[Path, FolderNumbers] = OrderedDict()
        self._size = 0

    def of(self, folder: Path) -> FolderNumbers:
        """Those of a folder, for one job."""
        with self._lock:
            found = self._folders.pop(folder, None)
            if found is None:
                found = FolderNumbers(folder, self._limit, self._grown)
                self._size += found.counted
            self._folders[folder] = found  # the last is the youngest
            self._forget_oldest()
            return found

    def _grown(self, numbers: FolderNumbers) -> None:
        with self._lock:
            if self._folders.get(numbers.folder) is numbers:
                self._size += numbers.size - numbers.counted
                numbers.counted = numbers.size
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        while self._size > self._limit and len(self._folders) > 1:
            _, oldest = self._folders.popitem(last=False)  # who works with it goes on; the next job lists
            self._size -= oldest.counted

    def __len__(self) -> int:
        """Return how many stems and folders are kept."""
        return self._size


class FolderNumbers:
    """The numbers of one folder. Jobs that give it documents at the same moment share it."""

    def __init__(self, folder: Path, limit: int, grown: Callable[[FolderNumbers], None]) -> None:
        """`grown`: is told that more or less is kept."""
        self.folder = folder
        self.counted = 1
        """Its size as KeptNumbers knows it."""
        self._limit = limit
        self._grown = grown
        self._lock = threading.RLock()
        self._stamp: _Stamp | None = None
        """Of the folder as `_highest` knows it; None: it is not known."""
        self._highest: dict[str, int] = {}
        self._all = True
        """Whether a stem that is not kept has no file."""

    @property
    def size(self) -> int:
        """How much of the limit it takes: its stems, and itself."""
        return len(self._highest) + 1

    def names(self, stem: str) -> FolderNames:
        """Names that go on behind those that the folder has. Raises OSError where it cannot be listed."""
        key = stem_key(stem)
        with self._lock:
            known = self._stamp is not None and _stamp(self.folder) == self._stamp
            if not known or not (self._all or key in self._highest):
                self._list(key)
            return FolderNames(self, stem, self._highest.get(key, 0))

    def _list(self, wanted: str) -> None:
        before = _stamp(self.folder)
        found = highest_numbers(os.listdir(self.folder))  # noqa: PTH208 - a Path for each costs three times that
        self._all = len(found) < self._limit
        self._highest = found if self._all else {key: found[key] for key in (wanted,) if key in found}
        self._grown(self)
        # What changes while it is listed may be in the list or not.
        self._stamp = before if _stamp(self.folder) == before and not _is_coarse(before) else None

    def take(self, stem: str, above: int) -> int:
        """The next number of a stem, above one that the job knows of."""
        key = stem_key(stem)
        with self._lock:
            number = max(above, self._highest.get(key, 0) if self._stamp is not None else 0) + 1
            if self._stamp is not None:
                if len(self._highest) >= self._limit and key not in self._highest:
                    self._highest, self._all = {}, False
                new = key not in self._highest
                self._highest[key] = number
                if new:
                    self._grown(self)
            return number

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Around the call that takes a name in the folder: what it changes is our own. A FileExistsError tells
        that somebody else's file was not seen."""
        with self._lock:
            known = self._stamp is not None and _stamp(self.folder) == self._stamp
            try:
                yield
            except FileExistsError:
                self._stamp = None
                raise
            self._stamp = _believable(self.folder, self._stamp) if known else None

    def forget(self) -> None:
        """A number was taken and no file has it: list the folder for the next job."""
        with self._lock:
            self._stamp = None


class FolderNames:
    """The names of one job's documents in a folder."""

    def __init__(self, numbers: FolderNumbers, stem: str, last: int) -> None:
        self._numbers = numbers
        self._stem = stem
        self._last = last

    def next(self, extension: str) -> str:
        """The next name, for a document with that extension."""
        self._last = self._numbers.take(self._stem, self._last)
        return document_name(self._stem, self._last, extension)


def _stamp(folder: Path) -> _Stamp | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _is_coarse(stamp: _Stamp | None) -> bool:
    """Return whether the folder's time is one of whole seconds."""
    return stamp is not None and stamp[2] % _SECOND == 0


def _believable(folder: Path, before: _Stamp | None) -> _Stamp | None:
    """Return what a folder shows behind a name of ours, where its times tell of names at all."""
    after = _stamp(folder)
    if after is None or before is None or after[:2] != before[:2] or _is_coarse(after):
        return None
    # Unchanged: the same tick, or a folder whose time does not follow.
    return after if after[2] != before[2] or abs(time.time_ns() - after[2]) < _SECOND else None
