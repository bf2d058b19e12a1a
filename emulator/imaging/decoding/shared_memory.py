"""Memory that parent and child share: the child puts a page's pixels there, the parent takes them out.

On Linux it has no name and lives as long as either of them; elsewhere it is a temporary file, which the parent
removes.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_ANONYMOUS: Final = sys.platform == "linux"


class SharedMemory:
    """The parent's end."""

    def __init__(self) -> None:
        """Raises OSError."""
        self._path: Path | None = None
        if sys.platform == "linux":
            self._file = os.memfd_create("dsm-emulator-page")
        else:
            self._file, name = tempfile.mkstemp(prefix="dsm-emulator-page-")
            self._path = Path(name)

    @property
    def name(self) -> str:
        """What the child opens it by: the number of a descriptor that it inherits, or a path."""
        return str(self._file if self._path is None else self._path)

    @property
    def inherited(self) -> tuple[int, ...]:
        """Descriptors that the child must be given."""
        return (self._file,) if self._path is None else ()

    @contextmanager
    def contents(self, octets: int) -> Iterator[mmap.mmap]:
        """The first `octets`, to be read. Raises OSError, ValueError where there are not so many."""
        if sys.platform == "linux":
            view = mmap.mmap(self._file, octets, mmap.MAP_SHARED | mmap.MAP_POPULATE, mmap.PROT_READ)
        else:
            view = mmap.mmap(self._file, octets, access=mmap.ACCESS_READ)
        with view:
            yield view

    def close(self) -> None:
        """Give it back; the child must have ended. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


class Canvas:
    """The child's end: as large as the last page needed it."""

    def __init__(self, name: str) -> None:
        """Raises OSError."""
        self._file = int(name) if _ANONYMOUS else os.open(name, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._view: mmap.mmap | None = None

    def place(self, octets: int) -> mmap.mmap:
        """Room for `octets`. Raises OSError, and MemoryError where the page takes more than may be."""
        if self._view is None or len(self._view) < octets:
            self.clear()
            os.ftruncate(self._file, octets)
            self._view = mmap.mmap(self._file, octets)
        return self._view

    def clear(self) -> None:
        """Give the memory back."""
        if self._view is not None:
            # A view of it that somebody still holds would be an error of ours: BufferError.
            self._view.close()
            self._view = None
            os.ftruncate(self._file, 0)
