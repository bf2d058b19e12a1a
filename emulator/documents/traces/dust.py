"""Dust: specks and hairs on the glass, on the paper and on the lens."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet

_FINER: Final = 4
_SPECKS_PER_SQUARE_INCH: Final = 3.2
_HAIRS: Final = 9


def scatter(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Many small specks, few large ones, a hair or two; most are darker than the paper, some lighter."""
    area = sheet.width * sheet.height / sheet.ppi**2
    specks = max(3, round(area * _SPECKS_PER_SQUARE_INCH * strength * random.uniform(0.7, 1.0)))
    hairs = round(_HAIRS * strength * random.uniform(0.4, 1.0))
    for _ in range(specks):
        _paint(sheet, _speck(random, sheet.millimetre), random, 0.4 + 0.5 * random.random())
    for _ in range(hairs):
        _paint(sheet, _hair(random, sheet.millimetre), random, 0.3 + 0.35 * random.random())
    return {"specks": specks, "hairs": hairs}


def _paint(sheet: Sheet, mask: Image.Image, random: Random, opacity: float) -> None:
    place = (random.randrange(sheet.width), random.randrange(sheet.height))
    tone = random.randint(225, 250) if random.random() < 0.18 else random.randint(30, 110)
    sheet.paint(mask.point([round(value * opacity) for value in range(256)]), place, (tone, tone, max(0, tone - 4)))


def _speck(random: Random, millimetre: float) -> Image.Image:
    """A lump of 0.05 to 0.5 mm, seldom a large one."""
    size = (0.09 + 0.6 * random.random() ** 4) * millimetre * _FINER
    half = max(2, math.ceil(size))
    corners = random.randint(5, 9)
    points = []
    for corner in range(corners):
        turn = 2 * math.pi * corner / corners
        reach = size / 2 * random.uniform(0.5, 1.15)
        points.append((half + reach * math.cos(turn), half + reach * math.sin(turn)))
    mask = Image.new("L", (2 * half + 2, 2 * half + 2))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.reduce(_FINER)


def _hair(random: Random, millimetre: float) -> Image.Image:
    """A fine curve of 1.5 to 7 mm that bends as it likes."""
    length = random.uniform(1.5, 7.0) * millimetre * _FINER
    x, y, turn, bend = 0.0, 0.0, random.uniform(0, 2 * math.pi), random.uniform(-0.12, 0.12)
    points = [(x, y)]
    for _ in range(24):
        x += math.cos(turn) * length / 24
        y += math.sin(turn) * length / 24
        points.append((x, y))
        bend += random.uniform(-0.05, 0.05)
        turn += bend
    left, top = min(x for x, _ in points) - _FINER, min(y for _, y in points) - _FINER
    size = tuple(math.ceil(max(p[axis] for p in points) - (left, top)[axis]) + 2 * _FINER for axis in (0, 1))
    mask = Image.new("L", (size[0], size[1]))
    width = max(2, round(random.uniform(0.05, 0.09) * millimetre * _FINER))
    ImageDraw.Draw(mask).line([(x - left, y - top) for x, y in points], fill=255, width=width, joint="curve")
    return mask.reduce(_FINER)
