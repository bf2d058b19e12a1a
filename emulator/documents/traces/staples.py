"""Staples: two little holes where one was, or the wire itself."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet
from emulator.printing.paper import Color

_FINER: Final = 4
_CROWN_MM: Final = 11.8
_WIRE_MM: Final = 0.55
"""A 24/6 staple: crown of nearly 12 mm, wire of half a millimetre."""
_STEEL: Final[Color] = (128, 130, 134)
_GLOSS: Final[Color] = (226, 228, 232)
_HOLE: Final[Color] = (62, 58, 54)


def staple(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Staple in the upper left corner, slanting. Light: it was taken out; heavy: it is there, beside holes of
    another."""
    millimetre = sheet.millimetre
    x, y = random.uniform(9, 14) * millimetre, random.uniform(8, 13) * millimetre
    angle = random.choice((-45.0, -45.0, 0.0)) + random.uniform(-9, 9)
    there = strength >= 0.5
    _draw(sheet, x, y, angle, there, strength, random)
    if strength >= 0.8:
        _draw(
            sheet,
            x + random.uniform(2, 5) * millimetre,
            y + random.uniform(1, 4) * millimetre,
            angle + 12,
            False,
            0.6,
            random,
        )
    return {"centre": [x, y], "angle": angle, "removed": not there}


def _draw(sheet: Sheet, x: float, y: float, angle: float, there: bool, strength: float, random: Random) -> None:
    crown, wire = _CROWN_MM * sheet.millimetre, max(1.5, _WIRE_MM * sheet.millimetre)
    side = math.ceil(crown + 8 * wire)
    middle = side * _FINER / 2
    turn = math.radians(angle)
    across = (math.cos(turn), math.sin(turn))

    def at(along: float, off: float = 0.0) -> tuple[float, float]:
        """A point `along` the wire from its middle and `off` it, in pixels of the page."""
        return (
            middle + (across[0] * along - across[1] * off) * _FINER,
            middle + (across[1] * along + across[0] * off) * _FINER,
        )

    def line(begin: tuple[float, float], end: tuple[float, float], width: float) -> Image.Image:
        mask = Image.new("L", (side * _FINER, side * _FINER))
        ImageDraw.Draw(mask).line([begin, end], fill=255, width=max(1, round(width * _FINER)))
        return mask.reduce(_FINER)

    def dots(size: float) -> Image.Image:
        mask = Image.new("L", (side * _FINER, side * _FINER))
        draw = ImageDraw.Draw(mask)
        for end in (-crown / 2, crown / 2):
            cx, cy = at(end)
            reach = size * _FINER * random.uniform(0.8, 1.3)
            draw.ellipse((cx - reach, cy - reach * 0.75, cx + reach, cy + reach), fill=255)
        return mask.reduce(_FINER)

    place = (round(x - side / 2), round(y - side / 2))
    box = (*place, place[0] + side, place[1] + side)
    blur = ImageFilter.GaussianBlur(wire * 0.7)
    # Around a hole the paper bulges; under the wire it is pressed in.
    sheet.multiply(dots(wire * 1.5).filter(blur).point([value * 2 // 5 for value in range(256)]), box)
    if not there:
        pressed = line(at(-crown / 2), at(crown / 2), wire * 0.9).filter(ImageFilter.GaussianBlur(wire * 0.5))
        sheet.multiply(pressed.point([round(value * (0.1 + 0.15 * strength)) for value in range(256)]), box)
        sheet.paint(dots(wire * 0.5), place, _HOLE)
        return
    shadow = line(at(-crown / 2, wire * 0.9), at(crown / 2, wire * 0.9), wire * 1.6).filter(blur)
    sheet.multiply(shadow.point([value * 3 // 5 for value in range(256)]), box)
    body = line(at(-crown / 2), at(crown / 2), wire)
    ends = dots(wire * 0.55)
    sheet.paint(ImageChops.lighter(body, ends), place, _STEEL)
    sheet.paint(
        line(at(-crown / 2 + wire, -wire * 0.18), at(crown / 2 - wire, -wire * 0.18), wire * 0.3), place, _GLOSS
    )
    sheet.multiply(line(at(-crown / 2, wire * 0.42), at(crown / 2, wire * 0.42), wire * 0.25), box, (60, 60, 64))
