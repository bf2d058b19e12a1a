"""TIFF of Group 4: each strip is coded for itself (TIFF 6.0, section 11), so the last one can be exchanged."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders import tiff_directory as tiff
from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.encoders.tiff_strips import NUMBERS, WHITE_IS_ZERO, group4_strip

_HEADER: Final = 8


class Group4Splice:
    """See Splice."""

    def __init__(self, document: Path, image: Image.Image, top: int, body: BinaryIO) -> None:
        entries = tiff.first_directory(document.read_bytes())
        compression, photometric = (tiff.number(entries, tag) for tag in (tiff.COMPRESSION, tiff.PHOTOMETRIC))
        if (compression, photometric) != (NUMBERS["group4"], WHITE_IS_ZERO):
            raise UnsupportedFormat("this TIFF cannot be stamped: it is not Group 4 with white as 0")
        # All strips but the last have as many rows, and the last not more.
        rows = _rows_per_strip(image.height, top)
        strips = [group4_strip(image.crop((0, at, image.width, at + rows))) for at in range(0, top, rows)]
        counts = [len(strip) for strip in strips]
        entries[tiff.ROWS_PER_STRIP] = (tiff.LONG, 1, struct.pack("<I", rows))
        number = len(strips) + 1
        entries[tiff.STRIP_BYTE_COUNTS] = (tiff.LONG, number, struct.pack(f"<{number}I", *counts, 0))
        entries[tiff.STRIP_OFFSETS] = (tiff.LONG, number, bytes(4 * number))
        at = len(_packed(entries)[0])
        offsets = []
        for count in (*counts, 0):
            offsets.append(at)
            at += count + count % 2
        entries[tiff.STRIP_OFFSETS] = (tiff.LONG, len(offsets), struct.pack(f"<{len(offsets)}I", *offsets))
        head, places = _packed(entries)
        self._head = bytearray(head)
        self._count_at = places[tiff.STRIP_BYTE_COUNTS] + 4 * len(strips)
        for strip in strips:
            body.write(strip + b"\0" * (len(strip) % 2))

    def around(self, strip: Image.Image) -> tuple[bytes, bytes]:
        """See Splice."""
        data = group4_strip(strip)
        head = bytearray(self._head)
        head[self._count_at : self._count_at + 4] = struct.pack("<I", len(data))
        return bytes(head), data


def _rows_per_strip(height: int, top: int) -> int:
    """Rows of each strip before row `top`, where the last strip begins; as few strips as may be."""
    last = height - top
    return next((rows for rows in range(last, top + 1) if top % rows == 0), last)


def _packed(entries: dict[int, tiff.Value]) -> tuple[bytes, dict[int, int]]:
    """Header and directory of a file whose only directory this is, of even length, and where each value stands."""
    directory = bytearray(struct.pack("<2sHIH", b"II", 42, _HEADER, len(entries)))
    behind = bytearray()
    behind_at = _HEADER + 2 + 12 * len(entries) + 4
    places = {}
    for tag, (kind, count, data) in sorted(entries.items()):
        directory += struct.pack("<HHI", tag, kind, count)
        if len(data) > 4:
            places[tag] = behind_at + len(behind)
            directory += struct.pack("<I", places[tag])
            behind += data + b"\0" * (len(data) % 2)
        else:
            places[tag] = len(directory)
            directory += data.ljust(4, b"\0")
    return bytes(directory + struct.pack("<I", 0) + behind), places
