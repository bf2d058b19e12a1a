"""The screens of a printer: grey and colours as dots, which a scanner half resolves.

Laser printers set some 141 lines an inch, each ink at another angle so that the dots do not beat.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LINES: Final = 141
_ANGLES: Final = {1: (45,), 3: (15, 75, 30)}
"""Degrees: of black; of cyan, magenta and yellow, which take red, green and blue from the paper."""
_SIDE: Final = 256
_PART: Final = 256
"""Pixels each way that are screened at once at most."""
_STEEP: Final = 2
"""How much steeper than the tone the edge of a dot is: a dot is not much larger than a pixel."""


@lru_cache(maxsize=8)
def _thresholds(ppi: int, channels: int) -> NDArray[np.int16]:
    """A tile of levels that fits to itself: as many of each level, in cells of a screen; and what of it follows to
    the right and below, so that a part of a page can be cut out anywhere."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float64)
    tile = np.empty((_SIDE, _SIDE, channels), np.int16)
    for channel, degrees in enumerate(_ANGLES[channels]):
        turn = math.radians(degrees)
        lines = _LINES / ppi * _SIDE
        across, down = round(lines * math.cos(turn)), round(lines * math.sin(turn))
        waves = np.cos(2 * np.pi * (across * x + down * y) / _SIDE)
        waves += np.cos(2 * np.pi * (across * y - down * x) / _SIDE)
        order = np.argsort(waves, axis=None, kind="stable")
        levels = np.empty(order.size, np.int16)
        levels[order] = np.arange(order.size) * 256 // order.size
        tile[..., channel] = levels.reshape(_SIDE, _SIDE)
    return np.pad(tile, ((0, _PART), (0, _PART), (0, 0)), mode="wrap")


def resolved(ppi: float) -> int:
    """How much of the dots is seen, in sixteenths; all else is their mean."""
    return max(0, min(16, round((ppi - 220) / 380 * 16)))


def screen(part: NDArray[np.uint8], where: NDArray[np.bool_], ppi: float, top: int, left: int) -> None:
    """Print a part of a page (rows x columns x channels, of 256 x 256 at most) in dots, in place.

    - `where`: it has tones.
    - `ppi`: pixels an inch.
    - `top`, `left`: its place on the page.
    """
    tile = _thresholds(max(1, round(ppi)), part.shape[2])
    top, left = top % _SIDE, left % _SIDE
    dots = tile[top : top + part.shape[0], left : left + part.shape[1]] + part
    dots -= 255
    dots *= _STEEP
    dots += 128
    np.clip(dots, 0, 255, out=dots)
    dots -= part
    dots *= resolved(ppi)
    dots >>= 4
    dots += part
    np.copyto(part, dots, where=where, casting="unsafe")
