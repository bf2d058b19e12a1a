"""The darkest and the lightest pixel of small blocks of a grey image, and what lies around a block.

A page is looked at in bands, which stay in the processor's cache: so it costs a tenth of an encode.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

PER_INCH: Final = 37
"""Blocks, in each direction: of 8 pixels at 300 ppi, so that a letter is some blocks large and a stroke one."""

Grid: TypeAlias = NDArray[np.int16]
"""A value for each block."""
Levels: TypeAlias = NDArray[np.uint8]
"""The same of 0 to 255: four times as fast, but only to compare."""

_Value = TypeVar("_Value", np.int16, np.uint8, np.bool_)

_BAND: Final = 64  # rows; some hundred kB of a page


@dataclass(frozen=True, slots=True)
class Blocks:
    """An image in blocks."""

    across: int
    """Pixels of a block."""
    down: int
    darkest: Levels
    lightest: Levels

    def within(self, rows: slice, columns: slice) -> Blocks:
        """Return a part of them."""
        return Blocks(self.across, self.down, self.darkest[rows, columns], self.lightest[rows, columns])


def block_size(ppi: tuple[float, float]) -> tuple[int, int]:
    """Pixels of a block across and down at so many pixels an inch."""
    return max(1, round(ppi[0] / PER_INCH)), max(1, round(ppi[1] / PER_INCH))


def bands(grey: Image.Image, rows: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The pixels of a mode `L` image in bands of whole blocks of `rows`, each with the number of its first row."""
    step = max(1, _BAND // rows) * rows
    for top in range(0, grey.height, step):
        yield top, np.asarray(grey.crop((0, top, grey.width, min(grey.height, top + step))))


def blocks_of(grey: Image.Image, across: int, down: int) -> Blocks:
    """A mode `L` image in blocks of `across` x `down` pixels; the last of a row and a column may be smaller."""
    darkest, lightest = [], []
    for _, band in bands(grey, down):
        missing = -len(band) % down
        rows = np.pad(band, ((0, missing), (0, 0)), mode="edge") if missing else band
        cut = rows.reshape(len(rows) // down, down, grey.width)
        darkest.append(cut.min(axis=1))
        lightest.append(cut.max(axis=1))
    low, high = np.concatenate(darkest), np.concatenate(lightest)
    missing = -grey.width % across
    if missing:
        low = np.pad(low, ((0, 0), (0, missing)), mode="edge")
        high = np.pad(high, ((0, 0), (0, missing)), mode="edge")
    least, most = low[:, ::across], high[:, ::across]
    for column in range(1, across):
        least = np.minimum(least, low[:, column::across])
        most = np.maximum(most, high[:, column::across])
    return Blocks(across, down, least, most)


def darkest_around(grid: NDArray[_Value], reach: int) -> NDArray[_Value]:
    """The least value of the blocks that are at most `reach` away across and down."""
    return _around(grid, reach, np.minimum)


def lightest_around(grid: NDArray[_Value], reach: int) -> NDArray[_Value]:
    """The largest value of the blocks that are at most `reach` away across and down."""
    return _around(grid, reach, np.maximum)


def _around(grid: NDArray[_Value], reach: int, choose: np.ufunc) -> NDArray[_Value]:
    found = grid.copy()
    for axis in (0, 1):
        seen = found.T if axis else found
        for _ in range(reach):
            before = seen.copy()
            choose(seen[1:], before[:-1], out=seen[1:])
            choose(seen[:-1], before[1:], out=seen[:-1])
    return found


def tints_of(blocks: Blocks, means: Grid, faint: Grid | int, stroke: int) -> tuple[Grid, Grid]:
    """What is printed on, and the same with all print taken for dark.

    - `means`: of a few blocks; they tell dark print on light ground from light print on dark ground.
    - `faint`: print stands out by more.
    - `stroke`: half the width of a stroke, in blocks.
    """
    above = darkest_around(lightest_around(blocks.lightest, stroke), stroke).astype(np.int16)
    below = lightest_around(darkest_around(blocks.darkest, stroke), stroke).astype(np.int16)
    inverse = (means - below < above - means) & (above - below > faint)
    return np.where(inverse, below, above), above


def means_of(grey: Image.Image, across: int, down: int, box: tuple[int, int, int, int] | None = None) -> Grid:
    """The mean of each block of the image, or of a part of it, and those beside."""
    return np.asarray(grey.reduce((across, down), box=box).filter(ImageFilter.BoxBlur(1))).astype(np.int16)
