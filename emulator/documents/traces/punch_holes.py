"""Punch holes: through them the scanner sees what is behind the sheet."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet
from emulator.printing.paper import Color

_FINER: Final = 4
_TWO: Final = (6.0, 12.0, (-40.0, 40.0))
_FOUR: Final = (6.0, 12.0, (-120.0, -40.0, 40.0, 120.0))
"""ISO 838: diameter, centre from the edge, centres from the middle of the edge; millimetres. Four: "888"."""
_THREE: Final = (8.0, 12.7, (-107.95, 0.0, 107.95))
"""The American way: 8 mm holes 4.25 inches apart."""
_DARK: Final[Color] = (34, 34, 36)
_SHADOW: Final[Color] = (60, 58, 55)


def punch(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Two holes at the left edge, more when heavy; then the backing is dark and a hole may be torn."""
    diameter, inset, places = _TWO if strength < 0.5 else random.choice((_FOUR, _THREE))
    millimetre = sheet.millimetre
    slip = random.uniform(-3, 3)
    inset += random.uniform(-2.5, 1.0)
    dark = strength >= 0.5
    torn = random.randrange(len(places)) if strength >= 0.8 and random.random() < 0.5 else -1
    centres = []
    for number, place in enumerate(places):
        x = inset * millimetre
        y = sheet.height / 2 + (place + slip) * millimetre
        if not diameter * millimetre < y < sheet.height - diameter * millimetre:
            continue
        _hole(sheet, x, y, diameter * millimetre, dark, number == torn, random)
        centres.append([x, y])
    return {"diameter": diameter / 0.0254, "centres": centres}


def _hole(sheet: Sheet, x: float, y: float, diameter: float, dark: bool, torn: bool, random: Random) -> None:
    margin = max(2, math.ceil(diameter * 0.18))
    side = math.ceil(diameter) + 2 * margin
    left, top = round(x - side / 2), round(y - side / 2)
    large = Image.new("L", (side * _FINER, side * _FINER))
    draw = ImageDraw.Draw(large)
    begin, end = margin * _FINER, (side - margin) * _FINER
    draw.ellipse((begin, begin, end, end), fill=255)
    if torn:
        middle = side * _FINER / 2
        rip = [(middle, middle - diameter * 1.2), (0, middle - diameter * 0.5 * random.random() * _FINER)]
        rip += [(0, middle + diameter * 0.3 * _FINER), (middle, middle + diameter * 1.4)]
        draw.polygon(rip, fill=255)
    hole = large.reduce(_FINER)
    if torn:
        # The tear goes on to the edge of the sheet.
        draw_at = sheet.writable()
        height = max(2, round(diameter * 0.35))
        draw_at.paste(sheet.ink(_DARK if dark else sheet.backing), (0, round(y), max(0, left), round(y) + height))
    shade = max(1.0, 0.35 * sheet.millimetre)
    sheet.paint(hole, (left, top), _DARK if dark else sheet.backing)
    # The paper's thickness throws a shadow inwards from one side.
    moved = ImageChops.offset(hole, round(shade), round(shade))
    rim = ImageChops.subtract(hole, moved).filter(ImageFilter.GaussianBlur(shade * 0.6))
    rim = ImageChops.multiply(rim, hole)
    sheet.multiply(
        rim.point([value * 3 // 4 for value in range(256)]), (left, top, left + side, top + side), _SHADOW
    )
    if not dark:
        outline = ImageChops.subtract(hole.filter(ImageFilter.MaxFilter(3)), hole)
        sheet.multiply(outline.point([value // 2 for value in range(256)]), (left, top, left + side, top + side))
