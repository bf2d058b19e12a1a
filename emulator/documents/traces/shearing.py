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


def move(image: Image.Image, motion: Motion, fill: tuple[int, ...]) -> Image.Image:
    """Move the image (mode L or RGB) within its size, in place or into a new one; `fill` (a value a channel) is
    where it was not."""
    if motion.tangent == 0:
        result = Image.new(image.mode, image.size, fill if len(fill) > 1 else fill[0])
        result.paste(image, (round(motion.across), round(motion.down)))
        return result
    width, height = image.size
    first, second = motion.along_rows, motion.along_columns
    # A row's shear asks for no other row, and a column's for no other column: no second page is needed.
    rows = _lines(width, len(fill), motion.tangent)
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(height, top + rows)))
        image.paste(_sheared(band, first.b, first.b * top + first.c, fill), (0, top))
    columns = _lines(height, len(fill), motion.tangent)
    for left in range(0, width, columns):
        band = image.crop((left, 0, min(width, left + columns), height)).transpose(Image.Transpose.TRANSPOSE)
        band = _sheared(band, second.d, second.d * left + second.f, fill)
        image.paste(band.transpose(Image.Transpose.TRANSPOSE), (left, 0))
    return image


def _lines(length: int, channels: int, slope: float) -> int:
    """Return how many rows (or columns) of a length are sheared at once: what fits into a band, but not so many
    that the last is moved further against the first than it is long."""
    return max(1, min(BAND_BYTES // (length * channels), int(length / abs(slope))))


def _sheared(image: Image.Image, slope: float, offset: float, fill: tuple[int, ...]) -> Image.Image:
    """Each row moved to the right by `slope` times the height of its middle, plus `offset`."""
    import numpy as np

    width, height = image.size
    shifts = [slope * (row + 0.5) + offset for row in range(height)]
    # Row r of the result at x is the source at x - shift: whole pixels to the left, and a part between two.
    least, most = math.floor(min(-s for s in shifts)), math.floor(max(-s for s in shifts)) + 1
    padded = np.empty((height, most - least + width, len(fill)), np.int16)
    padded[:] = np.array(fill, np.int16)
    begin, end = max(0, least), min(width, width + most)
    if begin < end:
        source = np.asarray(image).reshape(height, width, len(fill))
        padded[:, begin - least : end - least] = source[:, begin:end]
    result = np.empty((height, width, len(fill)), np.uint8)
    row = 0
    while row < height:
        whole = math.floor(-shifts[row])
        last = row
        while last < height and math.floor(-shifts[last]) == whole:
            last += 1
        parts = np.array([round((-s - whole) * _PARTS) for s in shifts[row:last]], np.int16)[:, None, None]
        left = padded[row:last, whole - least : whole - least + width]
        between = padded[row:last, whole - least + 1 : whole - least + 1 + width] - left
        between *= parts
        between >>= 7
        between += left
        result[row:last] = between
        row = last
    return Image.frombuffer(image.mode, image.size, result, "raw", image.mode, 0, 1)
