"""The sheet comes askew (skew) and not where it should (feed shift): both are one movement of the pixels."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Final

from PIL import ImageDraw

from emulator.documents.traces import shearing
from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.shearing import NO_MOTION
from emulator.documents.traces.sheet import Sheet, blend
from emulator.printing.paper import Color

_LEAST_SKEW: Final = 0.2
_MOST_SKEW: Final = 3.5
"""Degrees. Feeders keep within 0.5; a sheet that catches on one side comes at several."""
_MOST_SHIFT: Final = 240
"""1/1000 inch: 6 mm."""
_DARK_BACKING_FROM: Final = 0.6  # strength
_DARK_BACKING: Final[Color] = (46, 46, 48)
_SHADOW_MM: Final = 0.5


def skew(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Turned about a point of the upper edge, where the rollers take it."""
    most = _LEAST_SKEW + (_MOST_SKEW - _LEAST_SKEW) * strength**1.5
    angle = random.choice((-1, 1)) * random.uniform(0.6 * most, most)
    pivot = random.uniform(0.3, 0.7) * sheet.width
    sheet.motion = replace(sheet.motion, tangent=math.tan(math.radians(angle)), pivot=pivot)
    if strength >= _DARK_BACKING_FROM and random.random() < 0.5:
        sheet.backing = _DARK_BACKING
    return {"angle": angle, "pivot": [pivot, 0.0]}


def shift(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """The sheet lies to one side, and the scan begins too early or too late. By whole pixels."""
    most = _MOST_SHIFT * (0.15 + 0.85 * strength)
    x = random.choice((-1, 1)) * random.uniform(0.5 * most, most)
    y = random.choice((-1, 1)) * random.uniform(0.5 * most, most)
    across, down = round(x * sheet.ppi / 1000), round(y * sheet.ppi / 1000)
    sheet.motion = replace(sheet.motion, across=float(across), down=float(down))
    return {"x": across * 1000 / sheet.ppi, "y": down * 1000 / sheet.ppi}


def move(sheet: Sheet) -> None:
    """Make the movement that was noted: pixels are interpolated once at most."""
    motion, sheet.motion = sheet.motion, NO_MOTION
    if motion == NO_MOTION:
        return
    whole = motion.whole
    sheet.to_traced = sheet.to_traced.then(whole)
    ink = sheet.ink(sheet.backing)
    sheet.replace(shearing.move(sheet.writable(), motion, ink if isinstance(ink, tuple) else (ink,)))
    corners = [(0, 0), (sheet.width, 0), (sheet.width, sheet.height), (0, sheet.height)]
    _edge_shadow(sheet, [whole(x, y) for x, y in corners])


def _edge_shadow(sheet: Sheet, corners: list[tuple[float, float]]) -> None:
    """Paper has a thickness: its edge throws a fine shadow on the backing."""
    draw = ImageDraw.Draw(sheet.writable())
    steps = max(1, round(_SHADOW_MM * sheet.millimetre))
    centre = (sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4)
    for step in range(steps, -1, -1):
        tone = blend((150, 150, 150) if sheet.backing[0] > 128 else (20, 20, 20), sheet.backing, step / (steps + 1))
        outline = [_away(corner, centre, step) for corner in corners]
        draw.polygon(outline, outline=sheet.ink(tone))


def _away(corner: tuple[float, float], centre: tuple[float, float], pixels: float) -> tuple[float, float]:
    return (
        corner[0] + math.copysign(pixels, corner[0] - centre[0]),
        corner[1] + math.copysign(pixels, corner[1] - centre[1]),
    )
