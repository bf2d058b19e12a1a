"""DIB: a Windows bitmap with its file header (BITMAPFILEHEADER).

WS-Scan says "Windows Device Independent Bitmap" and clients disagree whether that is a file. Here it is one:
what Windows itself saves, what image/bmp means (RFC 7903), and what every program opens.
[wscn/format/dib-file-header]"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders import rows
from emulator.imaging.encoders.encoder import require_octets
from emulator.imaging.samples import LEVEL_4
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.formats import BITS_PER_PIXEL, bytes_per_line
from emulator.wsscan.values.keywords import ColorEntry, Format
from emulator.wsscan.values.ticket import EffectiveTicket

MAX_BYTES: Final = 2**32 - 1
"""bfSize has 32 bits."""
MAX_SIDE: Final = 2**31 - 1
"""biWidth and biHeight have 32 bits and a sign."""

_FILE_HEADER: Final = struct.Struct("<2sIHHI")
_INFO_HEADER: Final = struct.Struct("<IiiHHIIiiII")
_V4_TAIL: Final = struct.Struct("<4I4s36s3I")
_BI_RGB: Final = 0
_BI_BITFIELDS: Final = 3
_SRGB: Final = b"BGRs"  # LCS_sRGB, 'sRGB' as a number in little-endian order
_RGBA_MASKS: Final = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
_METRES_PER_INCH: Final = 0.0254

_GREYS: Final = {
    ColorEntry.BLACK_AND_WHITE_1: (0, 255),
    ColorEntry.GRAYSCALE_4: tuple(range(0, 256, LEVEL_4)),
    ColorEntry.GRAYSCALE_8: tuple(range(256)),
}
"""Palette of the grey colours: black is 0."""

_RAW_MODES: Final = {ColorEntry.RGB_24: "BGR", ColorEntry.RGBA_32: "BGRA"}
"""Order of the channels in the file, as Pillow names it."""


class DibEncoder:
    """See Encoder. BITMAPINFOHEADER, for RGBa32 BITMAPV4HEADER, which has a mask for alpha; rows bottom-up."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Both sides of the image and the file's length within their fields."""
        require_octets(ticket, MAX_BYTES - 2048, longest=MAX_SIDE)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image, color = scanned.image, scanned.color
        assert isinstance(image, Image.Image)
        row = bytes_per_line(Format.DIB, color, image.width)
        self._file.write(_headers(scanned, row * image.height))
        for top, bottom in reversed(list(rows.bands(image.height, row))):
            self._file.write(_bottom_up(image, color, top, bottom, row))

    def finish(self) -> None:
        """See Encoder."""


def _headers(scanned: Scanned, pixel_bytes: int) -> bytes:
    """All that stands before the pixels."""
    image, color = scanned.image, scanned.color
    alpha = color == ColorEntry.RGBA_32
    greys = _GREYS.get(ColorEntry(color), ())
    palette = b"".join(bytes((grey, grey, grey, 0)) for grey in greys)
    info_bytes = _INFO_HEADER.size + (_V4_TAIL.size if alpha else 0)
    pixels_at = _FILE_HEADER.size + info_bytes + len(palette)
    per_metre = [round(ppi / _METRES_PER_INCH) for ppi in (scanned.resolution.width, scanned.resolution.height)]
    headers = _FILE_HEADER.pack(b"BM", pixels_at + pixel_bytes, 0, 0, pixels_at)
    headers += _INFO_HEADER.pack(
        info_bytes,
        image.width,
        image.height,
        1,
        BITS_PER_PIXEL[color],
        _BI_BITFIELDS if alpha else _BI_RGB,
        pixel_bytes,
        *per_metre,
        len(greys),
        0,
    )
    if alpha:
        headers += _V4_TAIL.pack(*_RGBA_MASKS, _SRGB, bytes(36), 0, 0, 0)
    return headers + palette


def _bottom_up(image: Image.Image, color: str, top: int, bottom: int, row: int) -> bytes:
    """Rows of a band, the last first, each padded to `row` octets."""
    raw_mode = _RAW_MODES.get(ColorEntry(color))
    if raw_mode is not None:
        return image.crop((0, top, image.width, bottom)).tobytes("raw", raw_mode, row, -1)
    data = rows.packed(image, color, top, bottom)
    width = rows.row_bytes(color, image.width)
    padding = bytes(row - width)
    return b"".join(data[at : at + width] + padding for at in range(len(data) - width, -1, -width))
