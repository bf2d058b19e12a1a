"""Folds: the creases of a letter that was in an envelope, or in somebody's pocket."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from PIL import Image

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Box, Sheet, as_image, grain
from emulator.printing.paper import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CELLS_PER_INCH: Final = 120
_REACH_MM: Final = 14.0
"""How far from a crease the paper is still bent."""
_SHADE: Final[Color] = (40, 36, 30)
_PAPER: Final[Color] = (252, 251, 248)


def fold(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Fold in thirds for an envelope; strong: once more the other way. The crease is a fine dark line, the paper on
    its sides is lit differently, and ink on the ridge has come off. Nothing moves: pressed flat on the glass,
    folded paper lies where flat paper would."""
    horizontal = [1 / 3, 2 / 3] if strength < 0.8 or random.random() < 0.6 else [0.25, 0.5, 0.75]
    vertical = [0.5] if strength >= 0.5 else []
    rows, columns = [], []
    for place in horizontal:
        y = round((place + random.uniform(-0.012, 0.012)) * sheet.height)
        _crease(sheet, y, True, strength, random)
        rows.append(y * 1000 / sheet.ppi)
    for place in vertical:
        x = round((place + random.uniform(-0.012, 0.012)) * sheet.width)
        _crease(sheet, x, False, strength, random)
        columns.append(x * 1000 / sheet.ppi)
    return {"y": rows, "x": columns}


def _crease(sheet: Sheet, place: int, across: bool, strength: float, random: Random) -> None:
    import numpy as np

    length = sheet.width if across else sheet.height
    reach = max(4, round(_REACH_MM * sheet.millimetre))
    cells = max(8, round(length / sheet.ppi * _CELLS_PER_INCH))
    half = round(_REACH_MM / 25.4 * _CELLS_PER_INCH)
    distance = (np.arange(2 * half, dtype=np.float32) - np.float32(half - 0.5))[:, None] * np.float32(25.4)
    distance = distance / np.float32(_CELLS_PER_INCH)  # millimetres
    along = grain(cells, 1, 40, random.getrandbits(32))
    wobble = (along - np.float32(0.5)) * np.float32(0.25)
    lit = random.choice((-1, 1))
    side = np.where(distance * lit > 0, 1.0, 0.4).astype(np.float32)
    slope = side * np.exp(-np.abs(distance) / np.float32(5.5)) * np.float32(0.035 + 0.085 * strength)
    line = np.exp(-(((distance - wobble) / np.float32(0.2)) ** 2)) * np.float32(0.08 + 0.26 * strength)
    line = line * (np.float32(0.3) + np.float32(1.2) * grain(cells, 1, 160, random.getrandbits(32)))
    fade = np.clip((np.float32(_REACH_MM) - np.abs(distance)) / 4, 0, 1)
    density = (slope + line) * fade
    box = _box(place, reach, length, across)
    _wear(sheet, place, across, strength, random, cells)
    sheet.multiply(_laid(density, across), box, _SHADE)


def _wear(sheet: Sheet, place: int, across: bool, strength: float, random: Random, cells: int) -> None:
    """Ink that has come off along the ridge: paper shows in crumbs."""
    import numpy as np

    width = max(2, round((0.25 + 0.5 * strength) * sheet.millimetre))
    length = sheet.width if across else sheet.height
    crumbs = grain(min(length, cells * 2), 6, cells, random.getrandbits(32))
    profile = np.array([0.2, 0.7, 1, 1, 0.7, 0.2], np.float32)[:, None]
    mask = np.clip((crumbs - np.float32(0.62 - 0.16 * strength)) * 5, 0, 1) * profile * np.float32(0.85)
    image = _laid(mask, across).resize((length, width) if across else (width, length), Image.Resampling.BILINEAR)
    sheet.paint(image, (0, place - width // 2) if across else (place - width // 2, 0), _PAPER)


def _laid(values: NDArray[np.float32], across: bool) -> Image.Image:
    return as_image(values if across else values.T.copy())


def _box(place: int, reach: int, length: int, across: bool) -> Box:
    return (0, place - reach, length, place + reach) if across else (place - reach, 0, place + reach, length)
