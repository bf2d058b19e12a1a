"""Combs: places on forms with a box for each letter."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final, Literal

from emulator.documents.layouts.draft import Draft
from emulator.documents.sheet import GREY, WHITE, letters_of
from emulator.documents.writing import Writer
from emulator.printing.setting import Type, rightwards

Comb = Literal["boxes", "teeth", "apart", "white"]
"""Boxes side by side; a line with teeth, open above; boxes with room between them; white boxes on a tint."""

_HIGH: Final = 1.18
"""Height of a box to its width."""
_APART: Final = 0.82
_WRITTEN: Final = 0.84
"""Of a box's width in points: how large one writes in it."""


def comb(
    draft: Draft,
    look: Comb,
    pen: Writer,
    x: float,
    y: float,
    inches: float,
    cell: float,
    label: str,
    field: str,
    text: str,
    *,
    value: str | None = None,
    boxes: int = 0,
) -> None:
    """A comb whose boxes stand on the line at `y`, with its label above and handwriting in it.

    - `inches`, `cell`: room for it, and the width of a box; boxes are narrower where the text needs more of them.
    - `boxes`: how many; 0: as many as there is room for.
    - `value`: of the field, where it is another than the text.
    """
    sheet = draft.sheet
    needed = sum(len(letters_of(word)) for word in text.split()) + text.count(" ")
    count = max(boxes or int(inches / cell + 0.001), needed, 1)
    cell = min(cell, inches / count)
    top = y - cell * _HIGH
    small = Type(draft.house.body, 7.5)
    draft.line(x, top - 0.06, label, small, inches, color=GREY)
    # Figures and Latin letters go from left to right on a mirrored form too.
    turned = sheet.mirrored and not any(map(rightwards, text.split()))
    if turned:
        x = sheet.width - x - count * cell
    with sheet.left_to_right() if turned else nullcontext():
        _boxes(draft, look, x, top, y, cell, count)
        _letters(draft, pen, x, y, cell, field, text, value)


def _boxes(draft: Draft, look: Comb, x: float, top: float, y: float, cell: float, count: int) -> None:
    sheet, color = draft.sheet, draft.house.color
    right = x + count * cell
    if look == "apart":
        gap = cell * (1 - _APART) / 2
        for number in range(count):
            left = x + number * cell + gap
            sheet.frame(left, top, left + cell * _APART, y, 0.6, color)
        return
    if look == "white":
        sheet.fill(x - 0.03, top - 0.03, right + 0.03, y + 0.03, draft.house.tint(0.6))
        for number in range(count):
            sheet.fill(x + number * cell + 0.012, top, x + (number + 1) * cell - 0.012, y, WHITE)
        return
    sheet.rule(x, y, right, 0.6, color)
    if look == "boxes":
        sheet.rule(x, top, right, 0.6, color)
    start = top if look == "boxes" else y - cell * 0.4
    for number in range(count + 1):
        sheet.hairline(x + number * cell, start, y, color)


def _letters(
    draft: Draft, pen: Writer, x: float, y: float, cell: float, field: str, text: str, value: str | None
) -> None:
    sheet = draft.sheet
    type = pen.type(cell * 72 * _WRITTEN)
    with sheet.joined(field, text, value):
        at = 0
        for word in text.split(" "):
            letters = letters_of(word)
            for letter in letters if not sheet.mirrored or rightwards(word) else reversed(letters):
                middle = x + (at + 0.5) * cell
                sheet.text(middle, y - cell * 0.2, letter, type, align="center", color=pen.ink)
                at += 1
            at += 1


def capitals(text: str) -> str:
    """A text as one writes it into boxes: in capitals, Greek ones without accents."""
    upper = text.upper()
    return upper.translate(_UNACCENTED)


_UNACCENTED: Final = str.maketrans("ΆΈΉΊΌΎΏΪΫ", "ΑΕΗΙΟΥΩΙΥ")
