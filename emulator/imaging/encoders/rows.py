"""The rows of an image as octets: packed to the depth of its colour, from the top, a band at a time.
[wscn/color/black-is-0]"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emulator.imaging.samples import LEVEL_4, DeepImage, Raster
from emulator.wsscan.values.formats import BITS_PER_PIXEL
from emulator.wsscan.values.keywords import ColorEntry

BAND_BYTES: Final = 1024 * 1024
"""How much of an image is packed at a time, unless a row alone is more."""

_TO_LEVEL: Final = [value // LEVEL_4 for value in range(256)]


def row_bytes(color: str, width: int) -> int:
    """Octets of a row of that ColorProcessing, without padding."""
    return (width * BITS_PER_PIXEL[color] + 7) // 8


def bands(height: int, row: int, *, at_most: int = BAND_BYTES, multiple: int = 1) -> Iterator[tuple[int, int]]:
    """First row and end of each band of an image whose rows have `row` octets; bands of `multiple` rows."""
    rows = rows_of_band(height, row, at_most=at_most, multiple=multiple)
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def rows_of_band(height: int, row: int, *, at_most: int = BAND_BYTES, multiple: int = 1) -> int:
    """How many rows a band has; the last one may have fewer. Of one band only, any number will do."""
    rows = at_most // row
    return height if rows >= height else max(1, rows // multiple) * multiple


def packed(image: Raster, color: str, top: int, bottom: int, *, big_endian: bool = False) -> bytes:
    """Rows `top` to `bottom` of an image of that ColorProcessing, each ending on a whole octet (zeros fill it);
    black is 0. `big_endian` is the order of samples of 16 bits.

    - `image`: the whole picture.
    - `color`: the ColorProcessing.
    - `top`: the first row.
    - `bottom`: the row behind the last.
    - `big_endian`: whether the more significant octet of a sample comes first.
    """
    if isinstance(image, DeepImage):
        return image.samples[top:bottom].astype(">u2" if big_endian else "<u2").tobytes()
    band = image if (top, bottom) == (0, image.height) else image.crop((0, top, image.width, bottom))
    if color == ColorEntry.GRAYSCALE_4:
        levels = band.point(_TO_LEVEL)
        levels.putpalette(bytes(768))  # Pillow packs two pixels into an octet for images with a palette only
        return levels.tobytes("raw", "P;4")
    return band.tobytes()
