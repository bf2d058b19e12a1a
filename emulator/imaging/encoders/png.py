"""PNG (ISO/IEC 15948), written a band at a time at every depth that WS-Scan knows.

Pillow writes no RGB of 16 bits and no grey of 4, holds the interpreter's lock while it deflates, and tries all
five filters on every row, which takes twice as long and saves nothing on scanned pages. Here a band of rows has
the one of three filters that suits it; `tests/benchmarks/bench_formats.py` compares.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders import rows
from emulator.imaging.encoders.deflating import deflating
from emulator.imaging.encoders.encoder import require_sides
from emulator.imaging.encoders.tiff_directory import software
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.formats import BITS_PER_PIXEL
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_SIDE: Final = 2**31 - 1
"""Pixels (ISO/IEC 15948, 11.2.2)."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_METRES_PER_INCH: Final = 0.0254
_METRE: Final = 1  # unit of pHYs
_IDAT_BYTES: Final = 64 * 1024  # a chunk has at least so many, the last excepted

# Colour types (ISO/IEC 15948, table 11.1)
_GREY, _RGB, _RGBA = 0, 2, 6
_COLOUR_TYPES: Final = {
    ColorEntry.RGB_24: _RGB,
    ColorEntry.RGB_48: _RGB,
    ColorEntry.RGBA_32: _RGBA,
    ColorEntry.RGBA_64: _RGBA,
}
_CHANNELS: Final = {_GREY: 1, _RGB: 3, _RGBA: 4}

# Filter types (ISO/IEC 15948, 9.2)
_NONE, _SUB, _UP = 0, 1, 2
_SAMPLED: Final = 16  # of so many rows one is looked at to choose a band's filter


class PngEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file
        self._origin = origin
        self._pending = bytearray()

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Both sides of the image within MAX_SIDE."""
        require_sides(ticket, across=MAX_SIDE, down=MAX_SIDE)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        color = ColorEntry(scanned.color)
        depth = self._begin(scanned)
        deflate = deflating()
        for band in _filtered(scanned, color, depth):
            self._data(deflate.compress(band))
        self._data(deflate.flush(), last=True)
        self._chunk(b"IEND", b"")

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        self._begin(coded)
        for part in coded.image.parts:
            self._chunk(b"IDAT", part)
        self._chunk(b"IEND", b"")

    def _begin(self, scanned: Scanned | CodedScan) -> int:
        """Write what stands before the pixels; returns bits of a sample."""
        color = ColorEntry(scanned.color)
        colour_type = _COLOUR_TYPES.get(color, _GREY)
        depth = BITS_PER_PIXEL[color] // _CHANNELS[colour_type]
        self._file.write(_SIGNATURE)
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", *scanned.image.size, depth, colour_type, 0, 0, 0))
        per_metre = [round(ppi / _METRES_PER_INCH) for ppi in (scanned.resolution.width, scanned.resolution.height)]
        self._chunk(b"pHYs", struct.pack(">IIB", *per_metre, _METRE))
        self._metadata()
        return depth

    def finish(self) -> None:
        """See Encoder."""

    def _metadata(self) -> None:
        """Software and Source (ISO/IEC 15948, 11.3.4.2). No date: equal pixels of a device are equal files."""
        origin = self._origin
        self._text(b"Software", software(origin))
        if source := " ".join(part for part in (origin.make, origin.model) if part):
            self._text(b"Source", source)

    def _text(self, keyword: bytes, value: str) -> None:
        """tEXt where Latin-1 can say it, else iTXt (UTF-8)."""
        value = value.replace("\0", "")
        try:
            self._chunk(b"tEXt", keyword + b"\0" + value.encode("latin-1"))
        except UnicodeEncodeError:
            self._chunk(b"iTXt", keyword + b"\0\0\0\0\0" + value.encode("utf-8", "replace"))

    def _data(self, data: bytes, *, last: bool = False) -> None:
        self._pending += data
        if last or len(self._pending) >= _IDAT_BYTES:
            self._chunk(b"IDAT", bytes(self._pending))
            self._pending.clear()

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind)
        self._file.write(data)
        self._file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _filtered(scanned: Scanned, color: ColorEntry, depth: int) -> Iterator[bytes]:
    """The image's rows in bands, each row with its filter type before it."""
    image = scanned.image
    row = rows.row_bytes(color, image.width)
    above = None
    for top, bottom in rows.bands(image.height, row):
        data = rows.packed(image, color, top, bottom, big_endian=True)
        if depth < 8:  # filters do not help where an octet is several pixels (ISO/IEC 15948, 12.8)
            yield b"".join(b"\0" + data[at : at + row] for at in range(0, len(data), row))
            continue
        band = _as_array(data, row)
        yield _filter_band(band, above, BITS_PER_PIXEL[color] // 8)
        above = band[-1]


def _as_array(data: bytes, row: int) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(data, np.uint8).reshape(-1, row)


def _filter_band(band: NDArray[np.uint8], above: NDArray[np.uint8] | None, step: int) -> bytes:
    """A band's rows with the filter that leaves the least (the heuristic of ISO/IEC 15948, 12.8). `above` is the
    row before the band, `step` the octets of a pixel."""
    import numpy as np

    kind = _best_filter(band[::_SAMPLED], band[1::_SAMPLED], step)
    result = np.empty((band.shape[0], band.shape[1] + 1), np.uint8)
    result[:, 0] = kind
    if kind == _NONE:
        result[:, 1:] = band
    elif kind == _SUB:
        result[:, 1 : step + 1] = band[:, :step]
        np.subtract(band[:, step:], band[:, :-step], out=result[:, step + 1 :])
    else:
        result[0, 1:] = band[0] if above is None else band[0] - above
        np.subtract(band[1:], band[:-1], out=result[1:, 1:])
    return result.tobytes()


def _best_filter(sampled: NDArray[np.uint8], below: NDArray[np.uint8], step: int) -> int:
    """The filter whose octets, as signed numbers, have the smallest sum; `below` are the rows after `sampled`."""
    import numpy as np

    upper = sampled[: len(below)]
    if not len(below):
        return _NONE if sampled.shape[1] <= step else _SUB

    def weight(octets: NDArray[np.uint8]) -> int:
        return int(np.abs(octets.view(np.int8)).view(np.uint8).sum(dtype=np.int64))

    weights = {_UP: weight(below - upper), _SUB: weight(below[:, step:] - below[:, :-step]), _NONE: weight(below)}
    return min(weights, key=weights.__getitem__)
