"""What a table comes to, and how it is paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from emulator.documents import symbols
from emulator.documents.amounts import plain
from emulator.documents.drawing import BLACK
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.layouts.facts import framed, pairs
from emulator.documents.layouts.grids import Grid
from emulator.documents.sheet import GREY, PALE, WHITE, Align
from emulator.printing.codes import modules
from emulator.printing.paper import Color
from emulator.printing.setting import Type

Sums = Callable[[Draft, float, Grid, Sequence[Fact]], float]
"""Draws amounts below a table whose lower edge is given; the last is the one to pay. Returns the lower edge."""

_STEP: Final = 0.25


def amount(draft: Draft, key: str, label: str, hundredths: int, *, currency: bool = False) -> Fact:
    """An amount as a fact; with its currency where it is the one to pay.

    - `draft`: the page being laid out.
    - `key`: name of its field.
    - `label`: what it is called.
    - `hundredths`: how much it is.
    - `currency`: whether the currency is said, as where it is the one to pay.
    """
    words = draft.job.words
    text = words.money(hundredths) if currency else words.number(hundredths)
    return Fact(key, label, text, plain(hundredths))


def below_last(draft: Draft, y: float, made: Grid, fact: Fact, type: Type, color: Color = BLACK) -> float:
    """An amount below the figures of a table's last column; returns where it begins.

    - `draft`: the page being laid out.
    - `y`: the base line, inches from the upper edge.
    - `made`: the table.
    - `fact`: the amount.
    - `type`: of the text.
    - `color`: of the text.
    """
    x, align = made.figures(draft, made.columns[-1].key, fact.text, type)
    long = draft.fact(x, y, fact, type, align=align, color=color)
    return x - long if align == "right" else x


def _label(draft: Draft, facts: Sequence[Fact], right: float, type: Type) -> float:
    """Where labels begin so that they and the amounts have room."""
    widest = max(draft.sheet.measure(fact.label, type) + draft.sheet.measure(fact.text, type) for fact in facts)
    return right - max(2.3, widest + 0.35)


def ruled(draft: Draft, y: float, made: Grid, facts: Sequence[Fact]) -> float:
    """Labels and amounts below the last column, a rule before the total."""
    house, right = draft.house, made.right_of(made.columns[-1].key)
    total = Type(house.body, house.points + 1.5, bold=True)
    x = _label(draft, facts, right, total)
    y += 0.04
    for number, fact in enumerate(facts):
        y += _STEP
        last = number + 1 == len(facts)
        if last:
            draft.sheet.rule(x, y - 0.18, made.edges[-1], house.rule)
        type = total if last else house.text
        draft.sheet.text(x, y, fact.label, type)
        below_last(draft, y, made, fact, type)
    return y + 0.1


def banded(draft: Draft, y: float, made: Grid, facts: Sequence[Fact]) -> float:
    """Labels and amounts below the last column, the total white on a band of colour."""
    house, right = draft.house, made.right_of(made.columns[-1].key)
    total = Type(house.body, house.points + 1.5, bold=True)
    x = _label(draft, facts, right, total)
    y += 0.02
    for fact in facts[:-1]:
        y += _STEP
        draft.sheet.text(x, y, fact.label, house.text)
        below_last(draft, y, made, fact, house.text)
    y += _STEP + 0.06
    draft.sheet.fill(x - 0.1, y - 0.2, made.edges[-1], y + 0.09, house.color)
    draft.sheet.text(x, y, facts[-1].label, total, color=WHITE)
    below_last(draft, y, made, facts[-1], total, WHITE)
    return y + 0.15


def boxed(draft: Draft, y: float, made: Grid, facts: Sequence[Fact]) -> float:
    """Boxes that go on below the table."""
    house, right = draft.house, made.right_of(made.columns[-1].key)
    bold = house.bold
    x = _label(draft, facts, right, bold) - 0.05
    tall, top = 0.25, y
    for number, fact in enumerate(facts):
        last = number + 1 == len(facts)
        if last:
            draft.sheet.fill(x, y, made.edges[-1], y + tall, house.tint(0.82))
        base = y + tall * 0.66
        draft.sheet.text(x + 0.08, base, fact.label, bold if last else house.text)
        below_last(draft, base, made, fact, bold if last else house.text)
        y += tall
    for number in range(len(facts) + 1):
        draft.sheet.rule(x, top + number * tall, made.edges[-1], 0.5)
    for edge in (x, made.edges[-1]):
        draft.sheet.hairline(edge, top, y)
    return y + 0.05


def side_by_side(draft: Draft, y: float, made: Grid, facts: Sequence[Fact]) -> float:
    """Across the page in a row, labels above amounts, as a recapitulation."""
    sheet, house = draft.sheet, draft.house
    left, right = draft.left, made.edges[-1]
    wide = (right - left) / len(facts)
    y += 0.16
    sheet.fill(left, y, right, y + 0.22, house.tint())
    sheet.frame(left, y, right, y + 0.52, 0.6, house.color)
    align: Align = "left" if sheet.mirrored else "right"  # on the paper right in both directions
    for number, fact in enumerate(facts):
        last = number + 1 == len(facts)
        x = left + (number + 1) * wide - 0.08 if align == "right" else left + number * wide + 0.08
        if number:
            sheet.hairline(left + number * wide, y, y + 0.52, house.color)
        draft.line(x, y + 0.155, fact.label, house.small, wide - 0.14, align=align)
        type = house.bold if last else house.text
        draft.fact(x, y + 0.42, fact, type, inches=wide - 0.14, align=align)
    return y + 0.6


Payment = Callable[[Draft, float, str, Sequence[Fact]], None]
"""Says below the given place how the bill is paid: the code's contents, the account."""
_MODULE: Final = 0.022


def _asking(draft: Draft, y: float, inches: float) -> float:
    leading = draft.house.points / 72 * 1.36
    label = draft.job.label("pay")
    return draft.sheet.paragraph(draft.left, y, inches, label, draft.house.text, leading)


def with_code(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """The code left, the account beside it."""
    y = _asking(draft, y + 0.22, draft.room - 1.5) + 0.05
    wide, _ = symbols.code(draft.sheet, draft.left, y, "QRCode", payload, _MODULE)
    pairs(draft, draft.left + wide + 0.3, y + 0.14, draft.right, account)


def account_alone(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """No code: the account below what is asked for."""
    y = _asking(draft, y + 0.22, draft.room - 0.5) + 0.05
    pairs(draft, draft.left, y + 0.1, draft.right, account)


def framed_alone(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """No code: the account as a framed table."""
    y = _asking(draft, y + 0.22, draft.room - 0.5) + 0.1
    framed(draft, draft.left, y + 0.08, draft.left + 4.2, account)


def code_on_the_right(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """The account left, the code at the right margin."""
    wide = modules("QRCode", payload).width * _MODULE
    y = _asking(draft, y + 0.22, draft.room - wide - 0.5) + 0.05
    left = draft.right - symbols.wide(draft.sheet, "QRCode", payload, _MODULE)
    symbols.code(draft.sheet, left, y - 0.12, "QRCode", payload, _MODULE)
    pairs(draft, draft.left, y + 0.1, draft.right - wide - 0.4, account)


def in_a_frame(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """The account as a framed table, the code beside it."""
    y = _asking(draft, y + 0.22, draft.room - 0.5) + 0.1
    end = framed(draft, draft.left, y + 0.08, draft.left + 4.2, account)
    wide = modules("QRCode", payload).width * _MODULE
    high = max(0.0, (end - y - wide) / 2)
    symbols.code(draft.sheet, draft.left + 4.5, y - 0.08 + high, "QRCode", payload, _MODULE)


def slip(draft: Draft, y: float, payload: str, account: Sequence[Fact]) -> None:
    """A slip to cut off: a dashed line, the code, the account."""
    sheet = draft.sheet
    y = _asking(draft, y + 0.2, draft.room)
    sheet.dashed(0.3, y, sheet.width - 0.3, y + 0.009, 0.07, 0.13, GREY)
    sheet.rule(draft.left, y + 1.08, draft.right, 0.4, PALE)
    wide, _ = symbols.code(sheet, draft.right - 0.85, y + 0.12, "QRCode", payload, _MODULE)
    pairs(draft, draft.left, y + 0.28, draft.right - wide - 0.3, account)
