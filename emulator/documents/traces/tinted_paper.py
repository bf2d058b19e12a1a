"""Tinted paper: the sheet is no white one."""

from __future__ import annotations

from random import Random
from typing import Final

from PIL import Image

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, blend
from emulator.printing.paper import Color

_WHITE: Final[Color] = (255, 255, 255)
_PALE: Final[tuple[Color, ...]] = (
    (255, 240, 150),
    (255, 205, 215),
    (190, 235, 195),
    (185, 215, 245),
    (250, 225, 180),
)
_DEEP: Final[tuple[Color, ...]] = (
    (250, 205, 60),
    (240, 120, 130),
    (110, 180, 120),
    (105, 150, 205),
    (165, 125, 85),
)
_DEEP_FROM: Final = 0.6  # strength


def tint(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Pastel as of forms and carbon copies; heavy: strong colours and kraft paper."""
    deep = strength >= _DEEP_FROM
    color = blend(_WHITE, random.choice(_DEEP if deep else _PALE), min(1.0, 0.4 + strength))
    sheet.multiply(Image.new("L", (1, 1), 255), (0, 0, sheet.width, sheet.height), color)
    return {"color": list(color)}
