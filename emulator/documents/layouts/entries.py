"""Places on forms where people write: lines and boxes with a label, and choices with boxes to tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from emulator.documents.layouts.draft import Draft
from emulator.documents.ornaments import Mark, tick_box, write_line
from emulator.documents.sheet import GREY, WHITE
from emulator.documents.writing import Writer
from emulator.printing.setting import Type, fitted

_LEAST: Final = 7.0
"""Points below which nobody writes smaller."""

Place = Callable[[Draft, float, float, float, str], tuple[float, float]]
"""Draws a place to write on, its base line at y, with its label; returns where writing begins and how long it may
be."""


def dotted(draft: Draft, x: float, y: float, inches: float, label: str) -> tuple[float, float]:
    """A dotted line, the label below.

    - `draft`: the page being laid out.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: the base line, inches from the upper edge.
    - `inches`: how long the place is.
    - `label`: what is printed beside it.
    """
    write_line(draft.sheet, x, y, inches)
    small = Type(draft.house.body, 8)
    draft.line(x, y + 0.17, label, small, inches, color=GREY)
    return x + 0.1, inches - 0.15


def solid(draft: Draft, x: float, y: float, inches: float, label: str) -> tuple[float, float]:
    """A label, and a line behind it.

    - `draft`: the page being laid out.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: the base line, inches from the upper edge.
    - `inches`: how long the place is.
    - `label`: what is printed beside it.
    """
    type = Type(draft.house.body, 9)
    wide = min(draft.sheet.measure(label, type), inches * 0.45)
    draft.line(x, y, label, type, wide)
    draft.sheet.rule(x + wide + 0.08, y + 0.03, x + inches, 0.6)
    return x + wide + 0.16, inches - wide - 0.2


def boxed(draft: Draft, x: float, y: float, inches: float, label: str) -> tuple[float, float]:
    """A frame with the label in its upper corner.

    - `draft`: the page being laid out.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: the base line, inches from the upper edge.
    - `inches`: how long the place is.
    - `label`: what is printed beside it.
    """
    sheet = draft.sheet
    sheet.frame(x, y - 0.42, x + inches, y + 0.09, 0.6, draft.house.color)
    small = Type(draft.house.body, 7)
    draft.line(x + 0.05, y - 0.315, label, small, inches - 0.1, color=GREY)
    return x + 0.1, inches - 0.2


def tinted(draft: Draft, x: float, y: float, inches: float, label: str) -> tuple[float, float]:
    """A white field on a tint, the label above.

    - `draft`: the page being laid out.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: the base line, inches from the upper edge.
    - `inches`: how long the place is.
    - `label`: what is printed beside it.
    """
    sheet = draft.sheet
    sheet.fill(x - 0.06, y - 0.45, x + inches + 0.06, y + 0.13, draft.house.tint())
    sheet.fill(x, y - 0.28, x + inches, y + 0.07, WHITE)
    draft.line(x, y - 0.33, label, Type(draft.house.body, 7.5), inches)
    return x + 0.08, inches - 0.16


def write(
    draft: Draft,
    place: Place,
    pen: Writer,
    x: float,
    y: float,
    inches: float,
    label: str,
    field: str,
    value: str,
    *,
    stored: str | None = None,
) -> None:
    """A place with handwriting on it, as small as it must be.

    - `draft`: the page being laid out.
    - `place`: how the place is drawn.
    - `pen`: whose hand writes.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: the base line, inches from the upper edge.
    - `inches`: how long the place is.
    - `label`: what is printed at it.
    - `field`: name of the field.
    - `value`: what is written.
    - `stored`: the field's value, where it is another than what is written.
    """
    at, room = place(draft, x, y, inches, label)
    type = fitted(value, pen.type(17), room, draft.sheet.language, _LEAST)
    draft.sheet.text(at, y - 0.055, value, type, color=pen.ink, field=field, value=stored)


def choices(
    draft: Draft,
    pen: Writer,
    x: float,
    y: float,
    step: float,
    name: str,
    found: Sequence[tuple[str, str]],
    chosen: int,
    random: Random,
    *,
    below: bool = False,
    mark: Mark = "square",
) -> None:
    """Boxes with keys and labels, of which one is ticked.

    - `draft`: the page being laid out.
    - `pen`: whose hand ticks.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: base line of the first label.
    - `step`: inches from one to the next.
    - `name`: what the names of the fields begin with.
    - `found`: key and label of each.
    - `chosen`: which of them is ticked, from 0.
    - `random`: draws the mark.
    - `below`: one stands below the other, else side by side.
    - `mark`: what one ticks.
    """
    type = Type(draft.house.body, 9.5)
    for number, (key, label) in enumerate(found):
        left, base = (x, y + number * step) if below else (x + number * step, y)
        fits = type if below else draft.fitted(label, type, step - 0.28)
        tick_box(
            draft.sheet, left, base, f"{name}_{key}", label, fits, number == chosen, random, pen.ink, mark=mark
        )
