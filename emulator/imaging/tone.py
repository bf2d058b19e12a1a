"""Tone: functions of one pixel's value, as tables of 256 or 65,536 levels, and what a picture's levels are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image

from emulator.imaging.samples import DeepImage, Raster

GLANCE: Final = 512
"""Measures are taken of every n-th pixel, so many at most in each direction: as good, and a page is not
looked at twice."""

_DEEP_LEVELS: Final = 65_536


class Table:
    """A function from 0..1 to 0..1 (what goes beyond is cut off) for whole levels."""

    def __init__(self, function: Callable[[float], float]) -> None:
        self._function = function

    def of(self, levels: int) -> list[int]:
        """The level that each of `levels` becomes, rounded half up."""
        top = levels - 1
        return [int(min(1.0, max(0.0, self._function(level / top))) * top + 0.5) for level in range(levels)]


def table(function: Callable[[float], float]) -> Table:
    """The table of a function."""
    return Table(function)


def mapped(image: Raster, tables: Sequence[Table]) -> Raster:
    """The image (grey or RGB) with each value replaced: by the one table, or channel by channel. The samples of a
    DeepImage are changed where they are."""
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.mapped(image, [each.of(_DEEP_LEVELS) for each in tables])
    if len(tables) == 1:
        return image.point(tables[0].of(256) * len(image.getbands()))
    return image.point([level for each in tables for level in each.of(256)])


def glance(image: Raster) -> Image.Image:
    """A small image of 8 bits of every n-th pixel, mode `L` or `RGB` as the image is."""
    width, height = image.size
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.glance(image, max(1, -(-width // GLANCE)), max(1, -(-height // GLANCE)))
    return image.resize((min(width, GLANCE), min(height, GLANCE)), Image.Resampling.NEAREST)


def level_below(grey: Image.Image, share: float) -> float:
    """The lowest level (0..1) which at least `share` of the pixels of a mode `L` image do not exceed."""
    counts = grey.histogram()
    wanted = share * sum(counts)
    seen = 0
    for level, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return level / 255
    return 1.0
