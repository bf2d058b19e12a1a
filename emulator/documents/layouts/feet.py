"""Feet of pages: where a company is registered, reached and paid, in small type."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.documents.layouts.draft import Draft, Fact, contact_of
from emulator.documents.ornaments import dotted_row
from emulator.documents.sheet import GREY, PALE, WHITE

Foot = Callable[[Draft, Sequence[Fact]], None]
"""Draws the foot; the facts stand in it with their labels."""


def _said(fact: Fact) -> str:
    return f"{fact.label} {fact.text}"


def _fact(draft: Draft, x: float, y: float, fact: Fact, inches: float) -> None:
    """A fact behind its label, both as small as they must be."""
    type = draft.fitted(_said(fact), draft.house.fine, inches)
    x += draft.sheet.text(x, y, fact.label, type, color=GREY) + draft.sheet.measure(" ", type)
    draft.fact(x, y, fact, type, color=GREY)


def columns(draft: Draft, facts: Sequence[Fact]) -> None:
    """Three columns below a rule: address, ways to be reached, facts."""
    sheet, house = draft.sheet, draft.house
    y = sheet.height - 0.88
    sheet.rule(draft.left, y, draft.right, 0.6, house.color)
    wide = draft.room / 3
    company = draft.company
    draft.lines(
        draft.left, y + 0.17, (company.name, *company.address.lines)[:5], house.fine, 0.13, inches=wide - 0.12
    )
    draft.lines(draft.left + wide, y + 0.17, contact_of(company, draft.job), house.fine, 0.13, inches=wide - 0.12)
    for number, fact in enumerate(facts[:5]):
        _fact(draft, draft.left + 2 * wide, y + 0.17 + number * 0.13, fact, wide)


def dotted(draft: Draft, facts: Sequence[Fact]) -> None:
    """Lines in the middle, a dot between their parts."""
    sheet, house = draft.sheet, draft.house
    y = sheet.height - 0.6
    sheet.rule(draft.left, y - 0.17, draft.right, 0.5, PALE)
    dotted_row(sheet, draft.middle, y, contact_of(draft.company, draft.job), house.fine, GREY, centered=True)
    _row(draft, y + 0.15, facts, centered=True)


def plain_lines(draft: Draft, facts: Sequence[Fact]) -> None:
    """Two lines from the left margin."""
    sheet, company = draft.sheet, draft.company
    y = sheet.height - 0.62
    dotted_row(sheet, draft.left, y, (company.name, company.address.line), draft.house.fine, GREY)
    _row(draft, y + 0.14, facts)


def ruled(draft: Draft, facts: Sequence[Fact]) -> None:
    """A rule of the house's strength, the name left, the rest at the right margin and below."""
    sheet, house = draft.sheet, draft.house
    y = sheet.height - 0.62
    sheet.rule(draft.left, y - 0.18, draft.right, house.rule, house.color)
    half = draft.room / 2 - 0.1
    name = draft.company.name
    draft.line(draft.left, y, name, house.fine, half, color=GREY)
    contact = contact_of(draft.company, draft.job)[1:]
    share = half / len(contact) - 0.09
    at = draft.right
    for part in reversed(contact):
        type = draft.fitted(part, house.fine, share)
        draft.line(at, y, part, type, share, color=GREY, align="right")
        at -= sheet.measure(part, type) + 0.18
    _row(draft, y + 0.15, facts)


def banded(draft: Draft, facts: Sequence[Fact]) -> None:
    """How the company is reached, white on a band along the edge; the facts above it."""
    sheet = draft.sheet
    top = sheet.height - 0.4
    sheet.fill(0, top, sheet.width, sheet.height, draft.house.color)
    contact = contact_of(draft.company, draft.job)
    dotted_row(sheet, draft.middle, top + 0.17, contact, draft.house.small, WHITE, centered=True)
    _row(draft, top - 0.14, facts, centered=True)


def _row(draft: Draft, y: float, facts: Sequence[Fact], *, centered: bool = False) -> None:
    """Facts on one line, as small as they must be to fit."""
    gap, room = 0.2, draft.room
    type = draft.house.fine
    widths = [draft.sheet.measure(_said(fact), type) for fact in facts]
    total = sum(widths) + gap * (len(facts) - 1)
    if total > room:
        factor = (room - gap * (len(facts) - 1)) / sum(widths)
        widths = [wide * factor for wide in widths]
        total = room
    at = draft.middle - total / 2 if centered else draft.left
    for fact, wide in zip(facts, widths, strict=True):
        _fact(draft, at, y, fact, wide + 0.001)
        at += wide + gap
