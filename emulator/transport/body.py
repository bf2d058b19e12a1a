"""Request bodies put together from octets in memory and stretches of files, sent without holding the files.

Files are mapped, a window at a time: to read them into a buffer first halves the throughput of a send over
loopback (blocking `sendall` of 10 MB: from memory 1.0, from a mapping 1.0, by `os.sendfile` 0.8, read into a
buffer of 1 MiB 0.67, of 256 KiB 0.63). Small ones are read into a buffer that is used again: to make and unmake a
mapping takes longer than to copy 1 MB (CPU of an exchange of 100 KB: 1.3 times as much).
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 1024 * 1024
"""Octets handed out at a time. Over 256 KiB a page of 1 MB would take four calls instead of one."""
WINDOW: Final = 4 * 1024 * 1024
"""Octets of a file that are mapped at a time, so that a large one does not count as memory in use."""


_KEPT_BUFFERS: Final = 4
_buffers: Final[list[bytearray]] = []
"""Of sends that have ended."""


class SourceChanged(OSError):
    """A file is shorter than it was when its length was announced; the request cannot be finished."""


@dataclass(frozen=True, slots=True)
class FileSegment:
    """`length` octets of a file, from `offset` on. The file is a path, or an open descriptor that stays
    the caller's (its position may be moved)."""

    file: Path | int
    length: int
    offset: int = 0

    def open(self) -> BinaryIO:
        """The file, unbuffered. Closing it leaves a caller's descriptor open."""
        handle: BinaryIO
        if isinstance(self.file, int):
            handle = open(self.file, "rb", buffering=0, closefd=False)  # noqa: SIM115
        else:
            handle = open(self.file, "rb", buffering=0)  # noqa: PTH123, SIM115
        return handle

    def changed(self, missing: int) -> SourceChanged:
        """The error for a file that ended `missing` octets early."""
        name = f"descriptor {self.file}" if isinstance(self.file, int) else os.fspath(self.file)
        return SourceChanged(f"{name}: {missing} octets fewer than announced; it changed while it was sent")


@dataclass(frozen=True, slots=True)
class SegmentedBody:
    """A body made of several segments; can be read more than once."""

    segments: Sequence[bytes | memoryview | FileSegment]

    @property
    def length(self) -> int:
        """Octets in all."""
        return sum(s.length if isinstance(s, FileSegment) else len(s) for s in self.segments)

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The octets in pieces. A memoryview is valid only until the next piece is asked for.
        Raises OSError for a file that cannot be read, SourceChanged for one that has become too short."""
        for segment in self.segments:
            if not isinstance(segment, FileSegment):
                yield segment
            elif segment.length:
                yield from _pieces(segment)


def _pieces(segment: FileSegment) -> Iterator[memoryview]:
    with segment.open() as file:
        position, end = segment.offset, segment.offset + segment.length
        if segment.length <= PIECE:
            yield from _read(segment, file, position)
            return
        while position < end:
            length = min(WINDOW, end - position)
            try:
                window = _Window(file, position, length)
            except (OSError, ValueError):  # a file system, or a kind of file, that cannot be mapped
                yield from _read(segment, file, position)
                return
            with window:
                for start in range(0, length, PIECE):
                    # Touching a mapped page that the file has lost would kill the process (SIGBUS).
                    _check_size(segment, file, position + length)
                    yield window.octets[start : start + PIECE]
            position += length


def _check_size(segment: FileSegment, file: BinaryIO, needed: int) -> None:
    size = os.fstat(file.fileno()).st_size
    if size < needed:
        raise segment.changed(segment.offset + segment.length - size)


class _Window:
    """A stretch of a file, mapped."""

    def __init__(self, file: BinaryIO, position: int, length: int) -> None:
        slack = position % mmap.ALLOCATIONGRANULARITY
        self._map = mmap.mmap(file.fileno(), slack + length, access=mmap.ACCESS_READ, offset=position - slack)
        self.octets = memoryview(self._map)[slack:]

    def __enter__(self) -> _Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.octets.release()
        # Somebody may still hold a piece; then the mapping goes when the piece does.
        with contextlib.suppress(BufferError):
            self._map.close()


def _read(segment: FileSegment, file: BinaryIO, position: int) -> Iterator[memoryview]:
    """The rest of the segment, read into a buffer that is used again."""
    if position or isinstance(segment.file, int):
        file.seek(position)
    missing = segment.offset + segment.length - position
    readinto = file.readinto  # type: ignore[attr-defined]  # a raw file has it
    with _buffer() as buffer:
        while missing:
            got = readinto(buffer[:missing])
            if not got:
                raise segment.changed(missing)
            missing -= got
            yield buffer[:got]


@contextlib.contextmanager
def _buffer() -> Iterator[memoryview]:
    """PIECE octets that nobody else has meanwhile; kept for the next."""
    try:
        buffer = _buffers.pop()
    except IndexError:
        buffer = bytearray()
    if len(buffer) != PIECE:
        buffer = bytearray(PIECE)
    try:
        yield memoryview(buffer)
    finally:
        if len(_buffers) < _KEPT_BUFFERS:
            _buffers.append(buffer)
