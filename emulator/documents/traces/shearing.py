"""A sheet turned by a small angle, as two shears: along the rows, then along the columns.

Pillow's own turning takes 8 to 17 times as long as encoding the page; a shear is a sum of two neighbours, which
numpy does in a tenth of that. Two shears by the same tangent are no pure rotation: a column comes out shorter by
the square of the tangent (3 degrees: 0.3 %, less than feeders differ by). The map that is told is the shears' own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PIL import Image

from emulator.imaging.affine import Affine

BAND_BYTES: Final = 256 * 1024
"""A page is changed in bands of so many octets: they stay in a processor's cache, and no second page is made."""

_PARTS: Final = 128  # of a pixel; a difference of two octets times this is an int16


@dataclass(frozen=True, slots=True)
class Motion:
    """Clockwise by an angle about a point of the upper edge, then a shift."""

    tangent: float = 0.0
    pivot: float = 0.0
    """Pixels from the left."""
    across: float = 0.0
    """Pixels to the right."""
    down: float = 0.0

    @property
    def along_rows(self) -> Affine:
        """The first shear, and the shift across."""
        return Affine(1.0, -self.tangent, self.across, 0.0, 1.0, 0.0)

    @property
    def along_columns(self) -> Affine:
        """The second shear, and the shift down."""
        return Affine(1.0, 0.0, 0.0, self.tangent, 1.0, self.down - self.tangent * self.pivot)

    @property
    def whole(self) -> Affine:
        """Where a point goes."""
        return self.along_rows.then(self.along_columns)


NO_MOTION: Final = Motion()


def moved(image: Image.Image, motion: Motion, fill: tuple[int, ...]) -> Image.Image:
    """The image (mode L or RGB) moved within its size; `fill` (a value a channel) is where it was not."""
    if motion.tangent == 0:
        result = Image.new(image.mode, image.size, fill if len(fill) > 1 else fill[0])
        result.paste(image, (round(motion.across), round(motion.down)))
        return result
    first, second = motion.along_rows, motion.along_columns
    # Each step frees what it came from: there are two pages in memory at most, beside the caller's.
    result = _sheared(image, first.b, first.c, fill).transpose(Image.Transpose.TRANSPOSE)
    result = _sheared(result, second.d, second.f, fill)
    return result.transpose(Image.Transpose.TRANSPOSE)


def _sheared(image: Image.Image, slope: float, offset: float, fill: tuple[int, ...]) -> Image.Image:
    """Each row moved to the right by `slope` times the height of its middle, plus `offset`."""
    import numpy as np

    width, height = image.size
    channels = len(fill)
    result = Image.new(image.mode, image.size)
    rows = max(1, BAND_BYTES // (width * channels))
    colors = np.array(fill, np.int16)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        shifts = [slope * (row + 0.5) + offset for row in range(top, bottom)]
        # Row r of the result at x is the source at x - shift: whole pixels to the left, and a part between two.
        least, most = math.floor(min(-s for s in shifts)), math.floor(max(-s for s in shifts)) + 1
        padded = np.empty((bottom - top, most - least + width, channels), np.int16)
        padded[:] = colors
        begin, end = max(0, least), min(width, width + most)
        if begin < end:
            source = np.asarray(image.crop((begin, top, end, bottom)))
            padded[:, begin - least : end - least] = source.reshape(bottom - top, end - begin, channels)
        band = np.empty((bottom - top, width, channels), np.uint8)
        row = 0
        while row < bottom - top:
            whole = math.floor(-shifts[row])
            last = row
            while last < bottom - top and math.floor(-shifts[last]) == whole:
                last += 1
            parts = np.array([round((-s - whole) * _PARTS) for s in shifts[row:last]], np.int16)[:, None, None]
            left = padded[row:last, whole - least : whole - least + width]
            between = padded[row:last, whole - least + 1 : whole - least + 1 + width] - left
            between *= parts
            between >>= 7
            between += left
            band[row:last] = between
            row = last
        result.paste(Image.frombuffer(image.mode, (width, bottom - top), band, "raw", image.mode, 0, 1), (0, top))
    return result
