"""Thermal paper that lay in the sun or in a purse: print fades in patches, paper becomes yellow."""

from __future__ import annotations

from random import Random
from typing import Final

from PIL import Image

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, as_image, grain, stretched
from emulator.printing.paper import Color

_LEAST, _MOST = 0.3, 0.8
"""Part of the ink that is gone."""
_PATCHES: Final = 0.25
_PAPER: Final[Color] = (247, 243, 233)
_COLUMNS, _ROWS = 64, 96


def fade(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Ink is gone by `lost`, here more and there less."""
    lost = _LEAST + (_MOST - _LEAST) * strength
    clouds = grain(_COLUMNS, _ROWS, 3, random.getrandbits(32)) - 0.5
    gone = as_image(lost + 2 * _PATCHES * strength * clouds)
    image, size = sheet.writable(), (sheet.width, sheet.height)
    for band in sheet.bands():
        image.paste(sheet.ink((255, 255, 255)), band, stretched(gone, size, band))
    sheet.multiply(Image.new("L", (1, 1), 255), (0, 0, *size), _PAPER)
    return {"lost": lost}
