"""Companies' marks."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Final

from emulator.documents.ornaments import tint
from emulator.documents.sheet import WHITE, Sheet
from emulator.printing.faces import Role
from emulator.printing.paper import Color
from emulator.printing.setting import Type
from emulator.printing.shapes import disc_with_waves

_LETTERED: Final = frozenset({"en", "de", "fr", "es", "it", "pl", "el", "ru"})
"""Languages whose companies have an initial for a mark."""
_FACES: Final[tuple[Role, ...]] = ("sans", "serif", "serif2", "narrow")

_Mark = Callable[[Sheet, float, float, float, Color], None]
"""Draws a mark into a square: left, top, size, colour."""


def logo(sheet: Sheet, x: float, y: float, size: float, color: Color, random: Random, name: str = "") -> None:
    """A company's mark in a square.

    - `sheet`: what it is drawn on.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `size`: inches of its side.
    - `color`: of the mark.
    - `random`: chooses its form.
    - `name`: of the company, whose initial may be the mark.
    """
    with sheet.region("picture"):
        if name and sheet.language in _LETTERED and random.random() < 0.4:
            _initial(sheet, x, y, size, color, random, name)
        else:
            random.choice(_MARKS)(sheet, x, y, size, color)


def _initial(sheet: Sheet, x: float, y: float, size: float, color: Color, random: Random, name: str) -> None:
    ground = random.randrange(4)
    ink = WHITE if ground < 2 and color != WHITE else color
    if color == WHITE:
        ground = 3
    if ground == 0:
        sheet.fill(x, y, x + size, y + size, color)
    elif ground == 1:
        sheet.ellipse(x, y, x + size, y + size, color)
    elif ground == 2:
        sheet.frame(x, y, x + size, y + size, 1.6, color)
    else:
        sheet.fill(x, y + size * 0.9, x + size, y + size, color)
    type = Type(random.choice(_FACES), size * 72 * 0.72, bold=True)
    with sheet.unnoted():
        sheet.text(x + size / 2, y + size * 0.76, name[0].upper(), type, align="center", color=ink)


def _waves(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    if color == WHITE:
        sheet.ellipse(x, y, x + size, y + size, color, size * 6)
    else:
        disc_with_waves(sheet, x, y, size, color)


def _steps(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    third = size / 3
    for column, row in ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (0, 2)):
        left, top = x + column * third, y + row * third
        sheet.fill(left, top, left + third * 0.82, top + third * 0.82, color)


def _peaks(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    sheet.polygon([(x, y + size), (x + size * 0.42, y + size * 0.1), (x + size * 0.84, y + size)], color)
    pale = tint(color, 0.45)
    sheet.polygon([(x + size * 0.45, y + size), (x + size * 0.74, y + size * 0.42), (x + size, y + size)], pale)


def _ring(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    sheet.ellipse(x, y, x + size, y + size, color, size * 9)
    sheet.stroke([(x + size * 0.3, y + size * 0.72), (x + size * 0.3, y + size * 0.3)], size * 9, color)
    sheet.stroke([(x + size * 0.3, y + size * 0.5), (x + size * 0.72, y + size * 0.5)], size * 9, color)


def _columns(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    for number, high in enumerate((0.4, 0.62, 0.85, 1.0)):
        left = x + number * size / 4
        shade = tint(color, 0.45 - 0.15 * number)
        sheet.fill(left, y + size * (1 - high), left + size * 0.2, y + size, shade)


def _leaf(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    steps = 12
    outline = [(t / steps, 0.5 - 0.42 * math.sin(math.pi * t / steps)) for t in range(steps + 1)]
    outline += [(1 - t / steps, 0.5 + 0.42 * math.sin(math.pi * t / steps)) for t in range(steps + 1)]
    turned = [
        (x + size * (0.5 + (u - 0.5) * 0.8 + (v - 0.5) * 0.6), y + size * (0.5 - (u - 0.5) * 0.6 + (v - 0.5) * 0.8))
        for u, v in outline
    ]
    sheet.polygon(turned, color)
    vein = [(x + size * 0.12, y + size * 0.78), (x + size * 0.86, y + size * 0.23)]
    sheet.stroke(vein, size * 4, WHITE)


def _hexagon(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    def corners(radius: float) -> list[tuple[float, float]]:
        return [
            (
                x + size / 2 + radius * size * math.sin(k * math.pi / 3),
                y + size / 2 - radius * size * math.cos(k * math.pi / 3),
            )
            for k in range(6)
        ]

    sheet.polygon(corners(0.5), color)
    sheet.polygon(corners(0.34), WHITE)
    sheet.polygon(corners(0.2), tint(color, 0.3))


def _chevrons(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    for number in range(2):
        left = x + number * size * 0.4
        shade = tint(color, 0.4 * (1 - number))
        points = [(0.0, 0.05), (0.28, 0.05), (0.6, 0.5), (0.28, 0.95), (0.0, 0.95), (0.32, 0.5)]
        sheet.polygon([(left + u * size, y + v * size) for u, v in points], shade)


def _circles(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    sheet.ellipse(x, y + size * 0.15, x + size * 0.68, y + size * 0.83, tint(color, 0.45))
    sheet.ellipse(x + size * 0.34, y + size * 0.15, x + size, y + size * 0.81, color)


def _rays(sheet: Sheet, x: float, y: float, size: float, color: Color) -> None:
    middle = (x + size / 2, y + size / 2)
    for number in range(8):
        angle = number * math.pi / 4
        near, far = 0.24 * size, (0.5 if number % 2 == 0 else 0.4) * size
        line = [(middle[0] + r * math.sin(angle), middle[1] - r * math.cos(angle)) for r in (near, far)]
        sheet.stroke(line, size * 6, color)
    sheet.ellipse(x + size * 0.36, y + size * 0.36, x + size * 0.64, y + size * 0.64, color)


_MARKS: Final[tuple[_Mark, ...]] = (
    _waves,
    _steps,
    _peaks,
    _ring,
    _columns,
    _leaf,
    _hexagon,
    _chevrons,
    _circles,
    _rays,
)
