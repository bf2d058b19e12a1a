"""Request bodies put together from octets in memory and stretches of files, sent without holding the files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 256 * 1024
"""Octets read from a file, and sent, at a time: more brings no speed on loopback, less costs calls."""


class SourceChanged(OSError):
    """A file is shorter than it was when its length was announced; the request cannot be finished."""


@dataclass(frozen=True, slots=True)
class FileSegment:
    """`length` octets of a file, from `offset` on. The file is a path, or an open descriptor that stays
    the caller's (its position is moved)."""

    file: Path | int
    length: int
    offset: int = 0

    def open(self) -> BinaryIO:
        """The file, unbuffered, at `offset`. Closing it leaves a caller's descriptor open."""
        handle: BinaryIO
        if isinstance(self.file, int):
            handle = open(self.file, "rb", buffering=0, closefd=False)  # noqa: SIM115
        else:
            handle = self.file.open("rb", buffering=0)
        handle.seek(self.offset)
        return handle

    def changed(self, missing: int) -> SourceChanged:
        """The error for a file that ended `missing` octets early."""
        name = f"descriptor {self.file}" if isinstance(self.file, int) else os.fspath(self.file)
        return SourceChanged(f"{name}: {missing} octets fewer than announced; it changed while it was sent")


@dataclass(frozen=True, slots=True)
class SegmentedBody:
    """A body made of several segments; can be read more than once."""

    segments: Sequence[bytes | FileSegment]

    @property
    def length(self) -> int:
        """Octets in all."""
        return sum(s.length if isinstance(s, FileSegment) else len(s) for s in self.segments)

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The octets in pieces. A memoryview is valid only until the next piece is asked for: the buffer
        is used again. Raises OSError for a file that cannot be read, SourceChanged for one too short."""
        buffer: memoryview | None = None
        for segment in self.segments:
            if isinstance(segment, bytes):
                yield segment
                continue
            if buffer is None:
                buffer = memoryview(bytearray(min(PIECE, max(1, self.length))))
            yield from _pieces(segment, buffer)


def _pieces(segment: FileSegment, buffer: memoryview) -> Iterator[memoryview]:
    missing = segment.length
    with segment.open() as handle:
        readinto = handle.readinto  # type: ignore[attr-defined]  # a raw file has it
        while missing:
            got = readinto(buffer[: min(missing, len(buffer))])
            if not got:
                raise segment.changed(missing)
            missing -= got
            yield buffer[:got]
