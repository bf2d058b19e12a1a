"""Which image files are decoded in a child too: those whose few octets can make a decoder work for minutes.

Measured: libjpeg goes over the whole picture for each scan of a progressive JPEG, however short; Pillow counts the
pages of a TIFF by reading every tag of every directory, and OpenJPEG takes fifty times the pixels in memory. All
others need time and memory in proportion to their pixels, which are bounded. Only headers are looked at, so that
an ordinary file does not wait.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final

from emulator.imaging.kinds import FileKind

MOST_SCANS: Final = 32
"""Of a JPEG; encoders write about ten."""
MOST_DIRECTORIES: Final = 1000
"""Pages and reduced copies of a TIFF."""

_START_OF_SCAN: Final = b"\xff\xda"
_SEVERAL_SCANS: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})  # progressive frames (ITU-T T.81, table B.1)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_COMPRESSION: Final = 259
_JPEG_COMPRESSIONS: Final = frozenset({6, 7})


def is_suspicious(path: Path, kind: FileKind) -> bool:
    """Return whether a child is to decode the file. Raises OSError."""
    if kind is FileKind.JPEG_2000:
        return True
    if kind not in {FileKind.JPEG, FileKind.TIFF}:
        return False
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _many_scans(data) if kind is FileKind.JPEG else _much_tiff(data)
    except ValueError:  # empty
        return False


def _many_scans(data: mmap.mmap) -> bool:
    """Return whether a JPEG has so many scans that the picture is gone over again and again."""
    at = 2
    components = 1
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return True  # no JPEG that we can follow
        marker = data[at + 1]
        if marker in _STANDALONE or marker == 0xFF:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _SEVERAL_SCANS:
            return _scans(data, at) > MOST_SCANS
        if marker in _FRAMES and at + 10 <= len(data):
            components = data[at + 9]
        if marker == 0xDA:  # of a sequential frame: one scan for all, or several
            return at + 5 <= len(data) and data[at + 4] < components and _scans(data, at) > MOST_SCANS
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _scans(data: mmap.mmap, at: int) -> int:
    """Starts of scans from `at` on, but no more than matter. In coded data an FF is never followed by DA."""
    count = 0
    while count <= MOST_SCANS and (at := data.find(_START_OF_SCAN, at)) >= 0:
        count, at = count + 1, at + 2
    return count


def _much_tiff(data: mmap.mmap) -> bool:
    """Return whether a TIFF has many directories, or a progressive JPEG in it."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        big = struct.unpack_from(order + "H", data, 2)[0] == 43
        offset, count_format, entry_size, value_at = (
            (order + "Q", order + "Q", 20, 12) if big else (order + "I", order + "H", 12, 8)
        )
        at = struct.unpack_from(offset, data, 8 if big else 4)[0]
        jpeg = False
        for _ in range(MOST_DIRECTORIES):
            if not at:
                return jpeg and data.find(b"\xff\xc2") >= 0
            count = struct.unpack_from(count_format, data, at)[0]
            first = at + struct.calcsize(count_format)
            for entry in range(first, first + min(count, 64) * entry_size, entry_size):
                tag = struct.unpack_from(order + "H", data, entry)[0]
                if tag >= _COMPRESSION:  # they are in ascending order
                    value = struct.unpack_from(order + "H", data, entry + value_at)[0]
                    jpeg = jpeg or (tag == _COMPRESSION and value in _JPEG_COMPRESSIONS)
                    break
            at = struct.unpack_from(offset, data, first + count * entry_size)[0]
    except (struct.error, OverflowError):
        return False  # damaged, which its reader says
    return True
