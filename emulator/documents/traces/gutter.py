"""The gutter of a book: the page bends down into it, so its lines bend, and no light comes there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Final

from PIL import Image

from emulator.documents.traces.plan import Parameters, Point
from emulator.documents.traces.sheet import Sheet, as_image
from emulator.printing.paper import Color

_LEAST, _MOST = 0.05, 0.42
"""Inches by which lines are lower at the gutter."""
_REACH: Final = (1.2, 1.6)
"""Inches from the gutter in which lines bend, and so many more when heavy."""
_DARK: Final[Color] = (14, 12, 10)
_QUARTERS: Final = 4


def bend(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """The gutter is at the left or at the right: columns are moved down, more where they are nearer, and shaded."""
    import numpy as np

    left = random.random() < 0.5
    depth = (_LEAST + (_MOST - _LEAST) * strength) * random.uniform(0.8, 1.0) * sheet.ppi
    reach = (_REACH[0] + _REACH[1] * strength) * random.uniform(0.85, 1.0) * sheet.ppi

    def drop(x: float) -> float:
        away = x if left else sheet.width - x
        near = max(0.0, 1 - away / reach)
        return depth * near * near * near

    image = sheet.writable()
    height = sheet.height
    drops = [round(drop(column + 0.5) * _QUARTERS) for column in range(sheet.width)]
    fill = np.array(sheet.ink((255, 255, 255)), np.float32)
    first = 0
    while first < len(drops):
        last = first
        while last < len(drops) and drops[last] == drops[first]:
            last += 1
        if drops[first]:
            columns = np.asarray(image.crop((first, 0, last, height))).astype(np.float32)
            whole, part = divmod(drops[first], _QUARTERS)
            padded = np.empty((height + whole + 1, *columns.shape[1:]), np.float32)
            padded[: whole + 1] = fill
            padded[whole + 1 :] = columns
            moved = padded[1 : height + 1] * (1 - part / _QUARTERS) + padded[:height] * (part / _QUARTERS)
            image.paste(Image.fromarray((moved + 0.5).astype(np.uint8)), (first, 0))
        first = last

    def move(points: Sequence[Point]) -> list[Point]:
        return [(x, y + drop(x)) for x, y in points]

    sheet.bend(move)
    across = np.linspace(0, 1, 128, dtype=np.float32)[None, :]
    shade = (1 - across) ** 2 * np.float32(0.4 + 0.58 * strength)
    wide = max(2, math.ceil(reach * (0.5 + 0.5 * strength)))
    box = (0, 0, wide, height) if left else (sheet.width - wide, 0, sheet.width, height)
    sheet.multiply(as_image(shade if left else shade[:, ::-1]), box, _DARK)
    return {
        "side": "left" if left else "right",
        "depth": depth * 1000 / sheet.ppi,
        "reach": reach * 1000 / sheet.ppi,
    }
