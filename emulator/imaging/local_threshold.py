"""Black and white by what lies around: ink is told from paper where pale, coloured or shaded it is, and white print
from dark ground.

For each block (blocks.py) two grounds are known. The light one is the paper: the page without all that is dark and
narrower than a tenth of an inch. The dark one is the same the other way round. Where something thin stands out from
a ground, the threshold lies between both (INK of the way from paper to ink). Elsewhere nothing stands out, and what
is printed on the same tint decides: under dark print a tint is paper and becomes white, under light print it is ink
and becomes black; without print half grey is the threshold, as under a fixed one. So

- a wide black area stays black, and a letter in it is seen, where a threshold from mean and deviation (Niblack,
  Sauvola) makes both white;
- the edge of a tint is no ink: both grounds end before it;
- what is paler than FAINT of the paper, or lost in the grain of the page, is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.imaging.areas import Areas
from emulator.imaging.blocks import (
    Blocks,
    Grid,
    block_size,
    blocks_of,
    darkest_around,
    lightest_around,
    means_of,
    tints_of,
)
from emulator.imaging.pixels import black_and_white

HALF: Final = 128
INK: Final = 0.45
"""Of the way from paper to ink: a little more than half of the blurred edge of a stroke is paper."""
FAINT: Final = 0.1
"""What is darker than the paper by less than this part of it is no ink: what shines through, stains, folds."""
GRAIN: Final = 2
"""So many times the difference of pixels in the quietest block near by is the grain of the paper, and no ink."""

_FAINTEST: Final = 20
_STROKE: Final = 1  # block: a stroke is at most three blocks wide
_ASIDE: Final = 2  # blocks by which a ground ends before its edge
_QUIET: Final = 4
_BESIDE: Final = 4
_NEAR: Final = 1
_WHITE: Final = 217  # what is darker is no white paper
_TONES: Final = ((64, 128, _WHITE), (96, 170, _WHITE))
_ENOUGH: Final = 0.01 * 64**2  # for each block: a hundredth of them under print that stands out by 64 levels
_CLEARLY: Final = 2.0
_FADING: Final = 6  # blocks along which two tints have no edge between them
_FAR: Final = 0.3  # of the way from a ground to black or white
_ALIKE: Final = 24
"""Where all thresholds are as near to half, half does: only pixels of blurred edges would be others."""
_MOST_GRAIN: Final = 30


def by_surroundings(grey: Image.Image, ppi: tuple[float, float]) -> Image.Image:
    """Mode `L` to mode `1`, black 0."""
    across, down = block_size(ppi)
    blocks = blocks_of(grey, across, down)
    levels = thresholds(grey, blocks)
    result = black_and_white(grey, halftone=False)
    # Where no pixel lies between the threshold and half, half has done.
    other = (blocks.darkest < np.maximum(levels, HALF)) & (blocks.lightest >= np.minimum(levels, HALF))
    other &= abs(levels - HALF) > _ALIKE
    for top, bottom in _stretches(np.any(other, axis=1)):
        columns = np.flatnonzero(other[top:bottom].any(axis=0))
        left, right = int(columns[0]), int(columns[-1]) + 1
        box = (left * across, top * down, min(right * across, grey.width), min(bottom * down, grey.height))
        part = grey.crop(box)
        wide = np.repeat(levels[top:bottom, left:right].astype(np.uint8), across, axis=1)[:, : part.width]
        white = np.asarray(part) >= np.repeat(wide, down, axis=0)[: part.height]
        result.paste(Image.frombytes("1", part.size, white.tobytes(), "raw", "1;8"), box[:2])
    return result


def thresholds(grey: Image.Image, blocks: Blocks) -> Grid:
    """The level from which on a pixel is white, for each block of the image."""
    closed = lightest_around(blocks.lightest, _STROKE)
    paper = darkest_around(closed, _STROKE + _ASIDE).astype(np.int16)
    dark = paper - darkest_around(blocks.darkest, _NEAR)
    grain = np.minimum(darkest_around(blocks.lightest - blocks.darkest, _QUIET), _MOST_GRAIN)
    faint = np.maximum(np.maximum(paper * FAINT, GRAIN * grain), _FAINTEST).astype(np.int16)
    above = darkest_around(closed, _STROKE)
    levels: Grid = np.where(dark > faint, paper - np.maximum(dark * INK, faint).astype(np.int16), HALF)
    tinted = above < _WHITE
    for top, bottom in _stretches(lightest_around(np.any(tinted, axis=1)[:, None], _BESIDE)[:, 0]):
        columns = np.flatnonzero(tinted[top:bottom].any(axis=0))
        part = slice(top, bottom), slice(max(0, int(columns[0]) - _BESIDE), int(columns[-1]) + 1 + _BESIDE)
        levels[part] = _on_tints(grey, blocks.within(*part), part, paper[part], faint[part], dark[part])
    return levels


def _on_tints(
    grey: Image.Image,
    blocks: Blocks,
    part: tuple[slice, ...],
    paper: Grid,
    faint: Grid,
    dark: Grid,
) -> Grid:
    """The thresholds of a part of the page where not all is on white."""
    height, width = blocks.darkest.shape
    left, top = part[1].start * blocks.across, part[0].start * blocks.down
    box = (left, top, min(grey.width, left + width * blocks.across), min(grey.height, top + height * blocks.down))
    tints, above = tints_of(blocks, means_of(grey, blocks.across, blocks.down, box), faint, _STROKE)
    ground = lightest_around(darkest_around(blocks.darkest, _STROKE), _STROKE + _ASIDE).astype(np.int16)
    light = lightest_around(blocks.lightest, _NEAR) - ground
    print_ = (light > faint) & (ground < _WHITE - _FAINTEST)
    ink = (dark > faint) & ~((tints < above) & print_)
    print_ &= ~ink
    is_paper, is_ink = _verdicts(tints, dark * ink, light * print_)
    print_ &= ~is_paper
    ink &= ~is_ink
    inks = darkest_around(tints, _ASIDE)
    flat = np.where(is_paper, paper * (1 - _FAR), np.where(is_ink, inks + (255 - inks) * _FAR, HALF))
    on_dark = ground + (1 - INK) * light
    levels: Grid = np.where(ink, paper - np.maximum(dark * INK, faint), np.where(print_, on_dark, flat))
    return levels.astype(np.int16)


def _verdicts(tints: Grid, dark: Grid, light: Grid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which blocks are of tints under dark print and which under light print, and what is beside them."""
    is_paper, is_ink = np.zeros(tints.shape, np.bool_), np.zeros(tints.shape, np.bool_)
    smooth = lightest_around(tints, 1) - darkest_around(tints, 1) <= _FAINTEST
    for tones in _TONES:  # a tint that lies in two tones of the one is whole in the other
        classes = np.zeros(tints.shape, np.uint8)
        for tone in tones:
            classes += tints < tone
        areas = Areas(classes)
        # White beside a tint is no print.
        inner = darkest_around(classes, _ASIDE) == lightest_around(classes, _ASIDE)
        least = _ENOUGH * areas.sizes()
        inks, prints = (areas.sums((depth * inner).astype(np.float32) ** 2) for depth in (dark, light))
        papers, blacks = (inks > least) & (inks > _CLEARLY * prints), (prints > least) & (prints > _CLEARLY * inks)
        papers[0] = blacks[0] = False
        # A shadow grows darker without an edge: what it falls on is the same paper where nothing is printed.
        fading = smooth & lightest_around(papers[areas.of_block], 1)
        papers |= (areas.sums(fading) >= _FADING) & (inks <= least) & (prints <= least)
        papers[0] = False
        is_paper |= papers[areas.of_block]
        is_ink |= blacks[areas.of_block]
    is_ink &= ~is_paper
    near_paper, near_ink = lightest_around(is_paper, _ASIDE), lightest_around(is_ink, _ASIDE)
    beside = tints >= _WHITE
    return is_paper | (beside & near_paper), is_ink | (beside & near_ink & ~near_paper)


def _stretches(wanted: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield from where to where something is wanted."""
    edges = np.flatnonzero(np.diff(wanted.astype(np.int8), prepend=0, append=0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield int(first), int(last)
