"""Groups of facts: number, day, customer and what else is to be found at a glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from emulator.documents.drawing import BLACK
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.sheet import GREY, PALE

Facts = Callable[[Draft, float, float, float, Sequence[Fact]], float]
"""Draws facts between two edges, the first at a base line; returns the base line after the last."""

_ROW: Final = 0.2


def ledger(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """Labels left, texts at the right edge.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    for fact in facts:
        room = right - left - draft.sheet.measure(fact.text, draft.house.text) - 0.12
        draft.line(left, y, fact.label, draft.house.small, room, color=GREY)
        draft.fact(right, y, fact, draft.house.text, align="right")
        y += _ROW
    return y


def pairs(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """Labels left, texts in a column of their own.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    small = draft.house.small
    wide = max(draft.sheet.measure(f"{fact.label}:", small) for fact in facts)
    at = left + min(wide + 0.15, (right - left) * 0.6)
    for fact in facts:
        label = f"{fact.label}:"
        draft.line(left, y, label, small, at - left - 0.08, color=BLACK)
        draft.fact(at, y, fact, draft.house.text, inches=right - at)
        y += _ROW
    return y


def underlined(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """A ledger with a hairline below each line.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    for fact in facts:
        ledger(draft, left, y, right, [fact])
        draft.sheet.rule(left, y + 0.06, right, 0.4, PALE)
        y += _ROW + 0.03
    return y


def framed(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """A table of two columns in a frame, the labels on a tint.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    sheet, tall = draft.sheet, 0.225
    top = y - 0.16
    part = left + (right - left) * 0.5
    sheet.fill(left, top, part, top + tall * len(facts), draft.house.tint())
    for number in range(len(facts) + 1):
        sheet.rule(left, top + number * tall, right, 0.5, draft.house.color)
    for x in (left, part, right):
        sheet.hairline(x, top, top + tall * len(facts), draft.house.color)
    for number, fact in enumerate(facts):
        base = top + number * tall + 0.155
        draft.line(left + 0.06, base, fact.label, draft.house.small, part - left - 0.12)
        draft.fact(part + 0.07, base, fact, draft.house.text, inches=right - part - 0.12)
    return y + tall * len(facts)


def strip(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """Side by side, labels above the texts, between rules.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    _side_by_side(draft, left, y, right, facts, framed=False)
    return y + 0.5


def boxes(draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact]) -> float:
    """Side by side in boxes, the labels on a tint.

    - `draft`: the page being laid out.
    - `left`: inches of the left side.
    - `y`: base line of the first.
    - `right`: inches of the right side.
    - `facts`: what is said.
    """
    _side_by_side(draft, left, y, right, facts, framed=True)
    return y + 0.55


def _side_by_side(
    draft: Draft, left: float, y: float, right: float, facts: Sequence[Fact], *, framed: bool
) -> None:
    sheet, house = draft.sheet, draft.house
    wide = (right - left) / len(facts)
    top, bottom = y - 0.15, y + 0.29
    if framed:
        sheet.fill(left, top, right, y + 0.05, house.tint())
        sheet.frame(left, top, right, bottom, 0.6, house.color)
        for number in range(1, len(facts)):
            sheet.hairline(left + number * wide, top, bottom, house.color)
    else:
        sheet.rule(left, bottom, right, 0.5, PALE)
    inset = 0.06 if framed else 0.0
    for number, fact in enumerate(facts):
        x, room = left + number * wide + inset, wide - 0.1
        draft.line(x, y, fact.label, house.small, room, color=GREY)
        draft.fact(x, y + 0.2, fact, house.text, inches=room)
