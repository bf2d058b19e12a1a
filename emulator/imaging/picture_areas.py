"""Where the pictures of a page are: areas that are no paper and have tones.

An area is what hangs together of blocks (blocks.py) darker than WHITE of the paper, print not counted, and is at
least SMALLEST square inches large. It is a picture where its tones change from block to block (DETAIL), or where it
is an even tint on which nothing is written; it is none where it is even and written on (coloured paper, the head of
a table), black, or fades into the paper as shadows do. What a picture encloses belongs to it. So the edges of
pictures are edges of what is printed, not of a raster.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.imaging.areas import Areas
from emulator.imaging.blocks import PER_INCH, Grid, blocks_of, darkest_around, lightest_around, means_of, tints_of

WHITE: Final = 0.85
SKY: Final = 0.96
"""What is darker than this part of the paper and hangs together with a picture belongs to it."""
SMALLEST: Final = 0.15
DETAIL: Final = 0.08
"""Share of the blocks whose tone is another than that of a neighbour."""

_Marks: TypeAlias = NDArray[np.bool_]

_COARSE: Final = 100
"""Pixels an inch at which pages are looked at: a printer's screen is not seen there."""
_LEAST_PAPER: Final = 160
_STROKE: Final = 1
_INSIDE: Final = 3
_ASIDE: Final = 2
_OTHER: Final = 8  # levels twice so far apart: more than a shadow has, or the grain of paper
_EDGE: Final = 24  # levels
_FADING: Final = 0.5  # of the edge
_WRITTEN: Final = 0.02
_INK: Final = 0.2
_BLACK: Final = 64
_WIDER: Final = 3
_RECTANGLE: Final = 0.6  # filled by more: it is a rectangle, whose sky is as white as paper


def paper_level(grey: Image.Image) -> int:
    """The level of the paper that a mode `L` image shows, if it shows any."""
    return _paper(np.asarray(_coarse(grey, (float(_COARSE), float(_COARSE)))).ravel())


def pictures(grey: Image.Image, ppi: tuple[float, float]) -> Image.Image | None:
    """A small image of mode `L` that covers the whole: 255 where a picture is, else 0. None where no picture is."""
    coarse = _coarse(grey, ppi)
    across = max(1, round(coarse.width / grey.width * ppi[0] / PER_INCH))
    down = max(1, round(coarse.height / grey.height * ppi[1] / PER_INCH))
    blocks = blocks_of(coarse, across, down)
    above = darkest_around(lightest_around(blocks.lightest, _STROKE), _STROKE)
    paper = _paper(above.ravel())
    if np.count_nonzero(above < WHITE * paper) < SMALLEST * PER_INCH**2 or min(above.shape) <= 2 * _ASIDE:
        return None
    tones, _ = tints_of(blocks, means_of(coarse, across, down), _EDGE, _STROKE)
    prints, light_prints = tones - blocks.darkest > _INK * paper, blocks.lightest - tones > _INK * paper
    mask = _chosen(tones < WHITE * paper, tones, prints, light_prints, tones < SKY * paper)
    if not mask.any():
        return None
    size = (mask.shape[1] * across, mask.shape[0] * down)
    whole = Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)
    return whole.crop((0, 0, *coarse.size))


def _coarse(grey: Image.Image, ppi: tuple[float, float]) -> Image.Image:
    factors = max(1, round(ppi[0] / _COARSE)), max(1, round(ppi[1] / _COARSE))
    return grey if factors == (1, 1) else grey.reduce(factors)


def _paper(levels: NDArray[np.integer]) -> int:
    """The level that a twentieth of the page is lighter than."""
    return max(_LEAST_PAPER, int(np.partition(levels, levels.size * 19 // 20)[levels.size * 19 // 20]))


def _chosen(dark: _Marks, tones: Grid, prints: _Marks, light_prints: _Marks, grey: _Marks) -> _Marks:
    """Tell which blocks are of pictures.

    - `dark`, `grey`: darker than paper; darker than bright paper.
    - `tones`: without print.
    - `prints`, `light_prints`: where print stands out.
    """
    areas = Areas(dark.astype(np.uint8))
    sizes = areas.sizes()
    mask = np.zeros_like(dark)
    wider: Areas | None = None
    for number in np.flatnonzero(sizes >= SMALLEST * PER_INCH**2):
        area = areas.of_block == number
        part = _around(area)
        if not number or not _is_picture(area[part], tones[part], prints[part], light_prints[part]):
            continue
        if wider is None:
            wider = Areas(grey.astype(np.uint8))
        whole = wider.of_block == wider.of_block[area][0]
        _add(mask, whole if np.count_nonzero(whole) <= _WIDER * sizes[number] else area)
    return lightest_around(mask, 1)


def _is_picture(area: _Marks, tones: Grid, prints: _Marks, light_prints: _Marks) -> bool:
    size = np.count_nonzero(area)
    inner = darkest_around(area, _INSIDE) & ~lightest_around(
        light_prints, _ASIDE
    )  # where the ground is surely known
    steps = np.zeros_like(tones)
    steps[:, _ASIDE:-_ASIDE] = abs(tones[:, 2 * _ASIDE :] - tones[:, : -2 * _ASIDE])
    down = abs(tones[2 * _ASIDE :] - tones[: -2 * _ASIDE])
    steps[_ASIDE:-_ASIDE] = np.maximum(steps[_ASIDE:-_ASIDE], down)
    if np.count_nonzero(inner & (steps > _OTHER)) > DETAIL * np.count_nonzero(inner):
        return True
    within = darkest_around(area, 1)
    if np.count_nonzero((prints | light_prints) & within) > _WRITTEN * size or tones[area].mean() < _BLACK:
        return False
    edge = area & ~within
    sharp = edge & (lightest_around(tones, 2) - darkest_around(tones, 2) >= _EDGE)
    return bool(np.count_nonzero(sharp) >= _FADING * np.count_nonzero(edge))


def _around(area: _Marks) -> tuple[slice, slice]:
    """The part of the page in which an area lies, and a little more."""
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    return _stretch(rows), _stretch(columns)


def _stretch(numbers: NDArray[np.int64]) -> slice:
    return slice(max(0, int(numbers[0]) - 2 * _ASIDE), int(numbers[-1]) + 1 + 2 * _ASIDE)


def _add(mask: _Marks, area: _Marks) -> None:
    """An area with what it encloses on the left and right, above and below: white skies, holes."""
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    seen = area[part]
    between = np.ones_like(seen)
    for axis in (0, 1):
        before = np.maximum.accumulate(seen, axis=axis)
        after = np.flip(np.maximum.accumulate(np.flip(seen, axis), axis=axis), axis)
        between &= before & after
    mask[part] |= between | (between.mean() > _RECTANGLE)
