"""BMP: fields of the header and indices of colours that Pillow takes as they come."""

from __future__ import annotations

import struct
from typing import Final

from PIL import Image

from emulator.imaging.readers.palette import check_indices
from emulator.imaging.readers.unreadable import Unreadable, damage

# BITMAPCOREHEADER and BITMAPINFOHEADER (Windows GDI, wingdi.h), from the begin of the file.
_CORE_HEADER: Final = 12
_HEADER_SIZE_AT: Final = 14
_LEAST: Final = 50


def read(image: Image.Image, head: bytes) -> Image.Image:
    """The pixels of a file that Pillow has opened; `head`: its first octets. Raises Unreadable."""
    colours = _colours(head.ljust(_LEAST, b"\0"))
    with damage():
        image.load()
    if image.mode == "P":
        check_indices(image, colours)
    return image


def _colours(head: bytes) -> int:
    """Colours in the palette."""
    (size,) = struct.unpack_from("<I", head, _HEADER_SIZE_AT)
    planes, bits = struct.unpack_from("<HH", head, 22 if size == _CORE_HEADER else 26)
    used = 0 if size == _CORE_HEADER else struct.unpack_from("<I", head, 46)[0]
    if planes != 1:
        raise Unreadable(f"damaged: a BMP of {planes} planes")
    if bits <= 8 and used > 2**bits:
        raise Unreadable(f"damaged: a BMP of {bits} bits with {used} colours")
    return int(used) or 2 ** int(bits)
