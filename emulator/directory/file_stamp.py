"""By what it is told, without reading it, that a file or folder has changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

_SECOND: Final = 1_000_000_000
_TICK: Final = 20_000_000
"""Longest tick of a clock that counts in less than seconds: Windows' 15.6 ms, Linux' 1 to 10 ms."""
_COARSE_TICK: Final = 2 * _SECOND + _TICK
"""That of file systems whose times are whole seconds: FAT counts two at a time."""


class FileStamp(NamedTuple):
    """Size and times of a file."""

    size: int
    modified: int
    """Nanoseconds."""
    changed: int
    """Nanoseconds; of the status, which no program can set back. On Windows of its making."""

    def is_settled(self, now: int) -> bool:
        """Return whether whatever is written from `now` (nanoseconds of the system's clock) on shows in the stamp:
        not within the same tick of the file system's clock."""
        latest = max(self.modified, self.changed)
        return abs(now - latest) > (_TICK if self.modified % _SECOND else _COARSE_TICK)


def stamp_from(found: os.stat_result) -> FileStamp:
    """Make a stamp of what stat tells."""
    return FileStamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stamp_of(path: Path | str) -> FileStamp | None:
    """None where it cannot be asked for; a file that then comes is another."""
    try:
        return stamp_from(os.stat(path))  # noqa: PTH116 - a Path for each of thousands costs more than the question
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
