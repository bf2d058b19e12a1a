"""Streaks: a speck on the glass that the sheet is drawn over becomes a line along the whole feed."""

from __future__ import annotations

from random import Random
from typing import Final

from PIL import Image

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet
from emulator.printing.paper import Color

_MOST: Final = 11
_COLORS: Final[tuple[Color, ...]] = ((70, 70, 72), (120, 112, 100), (40, 40, 44), (90, 120, 150), (150, 90, 110))
_BRIGHT: Final[Color] = (252, 252, 252)


def streak(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Each a fraction of a millimetre wide and the same from top to bottom: the glass does not move. Some are of
    one colour, where one row of the sensor alone is covered; some are bright."""
    count = max(1, round(_MOST * strength * random.uniform(0.6, 1.0)))
    image = sheet.writable()
    places = []
    for _ in range(count):
        x = random.randrange(sheet.width)
        width = max(1, round(random.uniform(0.04, 0.1 + 0.28 * strength) * sheet.millimetre))
        alpha = random.uniform(0.12, 0.3 + 0.55 * strength)
        color = _BRIGHT if random.random() < 0.15 else random.choice(_COLORS)
        profile = [alpha * random.uniform(0.75, 1.0) for _ in range(width)]
        for column, weight in enumerate([alpha * 0.3, *profile, alpha * 0.3], start=x - 1):
            if 0 <= column < sheet.width:
                box = (column, 0, column + 1, sheet.height)
                strip = image.crop(box)
                image.paste(Image.blend(strip, Image.new(strip.mode, strip.size, sheet.ink(color)), weight), box)
        places.append(x * 1000 / sheet.ppi)
    return {"x": places}
