"""What is drawn and not set: ticks, dots, lines to write on."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

from emulator.documents.drawing import BLACK
from emulator.documents.sheet import PALE, Sheet
from emulator.printing.paper import Color
from emulator.printing.setting import Type


def tint(color: Color, white: float = 0.88) -> Color:
    """A colour with so much white in it, from 0 to 1; without saying how much, as a background."""
    red, green, blue = (round(value + (255 - value) * white) for value in color)
    return red, green, blue


Mark = Literal["square", "circle", "bubble"]
"""What one ticks: a box; a circle; an oval that one blackens, for machines that read marks."""


def tick_box(
    sheet: Sheet,
    x: float,
    y: float,
    name: str,
    label: str,
    type: Type,
    ticked: bool,
    random: Random,
    ink: Color,
    *,
    mark: Mark = "square",
) -> float:
    """A box with its label, its base line at `y`; returns the width of both. It is a field called `name`, whatever
    the label's language.

    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `name`: of the field.
    - `label`: what is printed beside it.
    - `type`: of the label.
    - `ticked`: whether there is a mark in it.
    - `random`: draws the mark.
    - `ink`: of the pen.
    """
    size = type.points / 72 * 0.95
    top = y - size * 0.85
    wide = size * 1.7 if mark == "bubble" else size
    if mark == "square":
        sheet.frame(x, top, x + size, top + size, 0.7)
    else:
        sheet.ellipse(x, top, x + wide, top + size, BLACK, 0.7)
    if ticked:
        _tick(sheet, x, top, wide, size, random, ink, blackened=mark == "bubble")
    sheet.mark_field(name, "ticked" if ticked else "empty", (x, top, x + wide, top + size))
    return wide + 0.08 + sheet.text(x + wide + 0.08, y, label, type)


def _tick(
    sheet: Sheet, x: float, top: float, wide: float, size: float, random: Random, ink: Color, *, blackened: bool
) -> None:
    def wobble() -> float:
        return random.uniform(-0.018, 0.018)

    if blackened:
        inset = size * 0.16
        lines = 5
        path = []
        for number in range(lines):
            level = top + size * (0.22 + 0.14 * number)
            ends = (x + inset + abs(wobble()), x + wide - inset - abs(wobble()))
            path += [(end, level) for end in (ends if number % 2 == 0 else ends[::-1])]
        sheet.stroke(path, size * 72 * 0.17, ink)
        return
    # A hook is drawn as one writes it, whichever way the text runs.
    turn = 2 * x + size if sheet.mirrored else None
    if random.random() < 0.5:
        for pair in (((0.0, 0.0), (1.0, 1.0)), ((1.0, 0.0), (0.0, 1.0))):
            line = [(x + size * a + wobble(), top + size * b + wobble()) for a, b in pair]
            sheet.stroke(line, 1.2, ink)
    else:
        line = [
            (x + size * 0.12 + wobble(), top + size * 0.5),
            (x + size * 0.42, top + size * 0.92 + wobble()),
            (x + size * 1.25 + wobble(), top - size * 0.3 + wobble()),
        ]
        if turn is not None:
            line = [(turn - px, py) for px, py in line]
        sheet.stroke(line, 1.3, ink)


def dotted_row(
    sheet: Sheet, x: float, y: float, texts: Sequence[str], type: Type, color: Color, *, centered: bool = False
) -> None:
    """Texts on one line, with a dot between them.

    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `texts`: what is set, in this order.
    - `type`: of the texts.
    - `color`: of texts and dots.
    - `centered`: whether `x` is the middle of the row.
    """
    gap = type.points / 72 * 1.6
    widths = [sheet.measure(text, type) for text in texts]
    at = x - (sum(widths) + gap * (len(texts) - 1)) / 2 if centered else x
    radius = type.points / 72 * 0.09
    for number, (text, wide) in enumerate(zip(texts, widths, strict=True)):
        if number:
            middle = at - gap / 2
            high = y - type.points / 72 * 0.3
            sheet.ellipse(middle - radius, high - radius, middle + radius, high + radius, color)
        sheet.text(at, y, text, type, color=color)
        at += wide + gap


def write_line(sheet: Sheet, x: float, y: float, inches: float) -> None:
    """A dotted line to write on."""
    sheet.dashed(x, y - 0.006, x + inches, y + 0.004, 0.014, 0.04, PALE)
