"""What is drawn and not set: logos, ticks, lines to write on."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from emulator.documents.sheet import PALE, Sheet
from emulator.printing.paper import Color
from emulator.printing.setting import Type
from emulator.printing.shapes import disc_with_waves


def logo(sheet: Sheet, x: float, y: float, size: float, color: Color, random: Random) -> None:
    """A company's mark in a square.

    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `size`: inches of its side.
    - `color`: of the mark.
    - `random`: chooses its form.
    """
    kind = random.randrange(4)
    if kind == 0:
        disc_with_waves(sheet, x, y, size, color)
    elif kind == 1:
        third = size / 3
        for column, row in ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (0, 2)):
            left, top = x + column * third, y + row * third
            sheet.fill(left, top, left + third * 0.82, top + third * 0.82, color)
    elif kind == 2:
        sheet.polygon([(x, y + size), (x + size * 0.42, y + size * 0.1), (x + size * 0.84, y + size)], color)
        pale = _mixed(color, 0.45)
        sheet.polygon([(x + size * 0.45, y + size), (x + size * 0.74, y + size * 0.42), (x + size, y + size)], pale)
    else:
        sheet.ellipse(x, y, x + size, y + size, color, size * 9)
        sheet.stroke([(x + size * 0.3, y + size * 0.72), (x + size * 0.3, y + size * 0.3)], size * 9, color)
        sheet.stroke([(x + size * 0.3, y + size * 0.5), (x + size * 0.72, y + size * 0.5)], size * 9, color)


def _mixed(color: Color, white: float) -> Color:
    red, green, blue = (round(value + (255 - value) * white) for value in color)
    return red, green, blue


def tint(color: Color) -> Color:
    """The same as a background."""
    return _mixed(color, 0.88)


def tick_box(
    sheet: Sheet, x: float, y: float, name: str, label: str, type: Type, ticked: bool, random: Random, ink: Color
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
    sheet.frame(x, top, x + size, top + size, 0.7)
    if ticked:
        # A hook is drawn as one writes it, whichever way the text runs.
        turn = 2 * x + size if sheet.mirrored else None

        def wobble() -> float:
            return random.uniform(-0.018, 0.018)

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
    sheet.mark_field(name, "ticked" if ticked else "empty", (x, top, x + size, top + size))
    return size + 0.08 + sheet.text(x + size + 0.08, y, label, type)


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
    at = x
    while at < x + inches:
        sheet.fill(at, y - 0.006, at + 0.014, y + 0.004, PALE)
        at += 0.04
