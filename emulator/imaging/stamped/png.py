"""PNG: the deflate stream begins anew at the strip, its checksum goes on from that of the rest (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders.deflating import deflating
from emulator.imaging.encoders.encoder import UnsupportedFormat

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ZLIB_HEADER: Final = b"\x78\x01"
"""Deflate, a window of 32 KB, fastest (RFC 1950, 2.2)."""
_BAND_BYTES: Final = 1024 * 1024
_NO_FILTER, _UP = 0, 2
_FORMS: Final = {(1, 0): "1", (8, 0): "L", (8, 2): "RGB"}
"""Bit depth and colour type (11.2.2) of each Pillow mode."""


class PngSplice:
    """See Splice."""

    def __init__(self, document: Path, image: Image.Image, top: int, body: BinaryIO) -> None:
        chunks = list(_chunks(document.read_bytes()))
        header = chunks[0][1]
        if _FORMS.get((header[8], header[9])) != image.mode or header[12]:
            raise UnsupportedFormat("this PNG cannot be stamped: its samples are not those of the image")
        first = next(number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT")
        last = max(number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT")
        self._behind = b"".join(_chunk(kind, data) for kind, data in chunks[last + 1 :])
        body.write(_SIGNATURE)
        for kind, data in chunks[:first]:
            body.write(_chunk(kind, data))
        body.write(_chunk(b"IDAT", _ZLIB_HEADER))
        compressor = deflating(raw=True)
        self._checksum = zlib.adler32(b"")
        rows = max(1, _BAND_BYTES // _row_bytes(image))
        for begin in range(0, top, rows):
            end = min(top, begin + rows)
            above = image.crop((0, begin - 1, image.width, begin)) if begin else None
            filtered = _filtered(image.crop((0, begin, image.width, end)), above)
            self._checksum = zlib.adler32(filtered, self._checksum)
            if data := compressor.compress(filtered):
                body.write(_chunk(b"IDAT", data))
        # A full flush ends at a whole octet, and what follows refers to nothing before it.
        body.write(_chunk(b"IDAT", compressor.flush(zlib.Z_FULL_FLUSH)))
        self._above = image.crop((0, top - 1, image.width, top)) if top else None

    def around(self, strip: Image.Image) -> tuple[bytes, bytes]:
        """See Splice."""
        filtered = _filtered(strip, self._above)
        compressor = deflating(raw=True)
        data = compressor.compress(filtered) + compressor.flush(zlib.Z_FINISH)
        checksum = zlib.adler32(filtered, self._checksum)
        return b"", _chunk(b"IDAT", data + struct.pack(">I", checksum)) + self._behind


def _filtered(rows: Image.Image, above: Image.Image | None) -> bytes:
    """Rows with their filter octets: each the difference to the row above, but for black and white (12.7)."""
    import numpy as np

    pixels = np.frombuffer(rows.tobytes(), np.uint8).reshape(rows.height, _row_bytes(rows))
    result = np.empty((rows.height, pixels.shape[1] + 1), np.uint8)
    if rows.mode == "1":
        result[:, 0] = _NO_FILTER
        result[:, 1:] = pixels
        return result.tobytes()
    result[:, 0] = _UP
    np.subtract(pixels[1:], pixels[:-1], out=result[1:, 1:])
    result[0, 1:] = pixels[0] if above is None else pixels[0] - np.frombuffer(above.tobytes(), np.uint8)
    return result.tobytes()


def _row_bytes(image: Image.Image) -> int:
    return (image.width + 7) // 8 if image.mode == "1" else image.width * len(image.getbands())


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and data of every chunk."""
    at = len(_SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
