"""Double feed: the rollers took two sheets, and the second covers the lower part of the first."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Box, Sheet
from emulator.imaging import affine
from emulator.printing.paper import Color

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
    second = sheet.next_page
    if second is not None and second.mode != sheet.image.mode:
        second = second.convert(sheet.image.mode)
    width, height = second.size if second is not None else size
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    turn = affine.Affine(cosine, -sine, 0, sine, cosine, 0)
    place = affine.shift(-width / 2, 0).then(turn).then(affine.shift(width / 2 + left, top))
    back = place.inverse()
    # Only the rows that it can reach are made.
    begin = max(0, top - math.ceil(abs(sine) * width) - 2)
    area = (0, begin, *size)
    whole = Image.new("L", (width, height), 255)
    _shadow(sheet, _placed(whole, back, area, Image.Resampling.BILINEAR, 0), begin)
    image = sheet.writable()
    for band in sheet.bands(area):
        mask = _placed(whole, back, band, Image.Resampling.BILINEAR, 0)
        if second is None:
            image.paste(sheet.ink(_PAPER), band, mask)
        else:
            image.paste(_placed(second, back, band, Image.Resampling.BICUBIC, sheet.ink(_PAPER)), band, mask)
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    covered = [list(place(*corner)) for corner in corners]
    return {"covered": covered, "angle": angle, "shift": [left * 1000 / sheet.ppi, top * 1000 / sheet.ppi]}


def _placed(
    image: Image.Image, back: affine.Affine, box: Box, method: Image.Resampling, fill: Color | int
) -> Image.Image:
    """Return what lies in a box of the page; `back` is the way from the page to the image."""
    there = affine.shift(box[0], box[1]).then(back)
    size = (box[2] - box[0], box[3] - box[1])
    coefficients = (there.a, there.b, there.c, there.d, there.e, there.f)
    return image.transform(size, Image.Transform.AFFINE, coefficients, method, fillcolor=fill)


def _shadow(sheet: Sheet, shape: Image.Image, begin: int) -> None:
    """Soft, above the edge of the sheet that covers."""
    reach = max(2, round(_SHADOW_MM * sheet.millimetre))
    scale = max(1, reach // 3)
    small = shape.reduce(scale)
    soft = small.filter(ImageFilter.GaussianBlur(reach / scale * 0.6))
    weak = soft.point([round(value * 0.7) for value in range(256)])
    sheet.multiply(weak, (0, begin, sheet.width, begin + shape.height), _EDGE)
