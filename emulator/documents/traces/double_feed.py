"""Double feed: the rollers took two sheets, and the second covers the lower part of the first."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Color, Sheet
from emulator.imaging import affine

_LEAST, _MOST = 0.12, 0.68
"""Part of the page that is covered."""
_SHADOW_MM: Final = 1.1
_EDGE: Final[Color] = (70, 70, 70)
_PAPER: Final[Color] = (253, 253, 252)


def overlap(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """The second sheet lies nearer to the glass, a little askew and to one side; its upper edge throws a shadow.
    `covered` is where nothing of the first can be seen."""
    part = (_LEAST + (_MOST - _LEAST) * strength) * random.uniform(0.85, 1.0)
    top = round(sheet.height * (1 - part))
    left = round(random.uniform(-3.5, 3.5) * sheet.millimetre)
    angle = random.choice((-1, 1)) * random.uniform(0.15, 0.4 + 0.9 * strength)
    size = sheet.image.size
    page = sheet.next_page
    second = (
        page.convert(sheet.image.mode) if page is not None else Image.new(sheet.image.mode, size, sheet.ink(_PAPER))
    )
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    turn = affine.Affine(cosine, -sine, 0, sine, cosine, 0)
    place = affine.shift(-second.width / 2, 0).then(turn).then(affine.shift(second.width / 2 + left, top))
    back = place.inverse()
    # Only the rows that it can reach are made.
    begin = max(0, top - math.ceil(abs(sine) * second.width) - 2)
    rows = sheet.height - begin
    upwards = affine.shift(0, begin).then(back)
    coefficients = (upwards.a, upwards.b, upwards.c, upwards.d, upwards.e, upwards.f)
    moved = second.transform(
        (size[0], rows), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor=sheet.ink(_PAPER)
    )
    shape = Image.new("L", second.size, 255).transform(
        (size[0], rows), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR, fillcolor=0
    )
    _shadow(sheet, shape, begin)
    sheet.writable().paste(moved, (0, begin), shape)
    corners = [(0, 0), (second.width, 0), (second.width, second.height), (0, second.height)]
    covered = [list(place(*corner)) for corner in corners]
    return {"covered": covered, "angle": angle, "shift": [left * 1000 / sheet.ppi, top * 1000 / sheet.ppi]}


def _shadow(sheet: Sheet, shape: Image.Image, begin: int) -> None:
    """Soft, above the edge of the sheet that covers."""
    reach = max(2, round(_SHADOW_MM * sheet.millimetre))
    scale = max(1, reach // 3)
    small = shape.reduce(scale)
    soft = small.filter(ImageFilter.GaussianBlur(reach / scale * 0.6))
    weak = soft.point([round(value * 0.7) for value in range(256)])
    sheet.multiply(weak, (0, begin, sheet.width, begin + shape.height), _EDGE)
