"""Letterheads: who sends the paper. Each but `column` stays above 1.7 inches, and all leave the middle of the upper
edge free, where archives stick their labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulator.documents.drawing import BLACK
from emulator.documents.layouts.draft import Draft, contact_of
from emulator.documents.ornaments import dotted_row
from emulator.documents.sheet import GREY, PALE, WHITE, Align
from emulator.printing.paper import Color

Head = Callable[[Draft, str], None]
"""Draws a letterhead; the company's name is the field of that name."""

COLUMN_END: Final = 2.75
"""Where the column of `column` ends, in inches."""
_LEADING: Final = 0.155


def _name(
    draft: Draft,
    x: float,
    y: float,
    points: float,
    inches: float,
    field: str,
    *,
    align: Align = "left",
    color: Color | None = None,
    bold: bool = True,
) -> None:
    name = draft.company.name
    type = draft.house.title(points, bold=bold)
    draft.line(x, y, name, type, inches, align=align, color=color or draft.house.color, field=field or None)


def bar(draft: Draft, field: str) -> None:
    """A bar of colour along the edge, logo and name left."""
    draft.sheet.fill(0, 0, draft.sheet.width, 0.22, draft.house.color)
    draft.logo(draft.left, 0.52, 0.6)
    _name(draft, draft.left + 0.76, 0.8, 15, 3.0, field, color=BLACK)
    draft.sheet.text(draft.left + 0.76, 1.0, draft.company.address.line, draft.house.small, color=GREY)


def band(draft: Draft, field: str) -> None:
    """The name white on a band of colour, the address below it."""
    sheet = draft.sheet
    sheet.fill(0, 0, sheet.width, 1.12, draft.house.color)
    draft.logo(draft.left, 0.55, 0.42, WHITE)
    _name(draft, draft.left + 0.58, 0.87, 18, draft.room - 0.7, field, color=WHITE)
    line = f"{draft.company.address.line}, {draft.company.address.telephone}"
    draft.line(draft.right, 1.31, line, draft.house.small, draft.room, align="right", color=GREY)


def on_the_right(draft: Draft, field: str) -> None:
    """All at the right margin, below the logo."""
    draft.logo(draft.right - 0.55, 0.42, 0.55)
    _name(draft, draft.right, 1.17, 12, 3.2, field, align="right")
    line = draft.company.address.line
    draft.line(draft.right, 1.34, line, draft.house.small, 3.4, align="right", color=GREY)
    number = contact_of(draft.company, draft.job)[0]
    draft.sheet.text(draft.right, 1.48, number, draft.house.small, align="right", color=GREY)


def centered(draft: Draft, field: str) -> None:
    """All in the middle, between rules."""
    sheet, house = draft.sheet, draft.house
    _name(draft, draft.middle, 0.95, 20, draft.room, field, align="center")
    line = draft.company.address.line
    draft.line(draft.middle, 1.16, line, house.small, draft.room, align="center", color=GREY)
    dotted_row(
        sheet, draft.middle, 1.32, contact_of(draft.company, draft.job)[:2], house.small, GREY, centered=True
    )
    sheet.rule(draft.left, 1.45, draft.right, house.rule, house.color)
    sheet.rule(draft.left, 1.49, draft.right, 0.4, house.color)


def crowned(draft: Draft, field: str) -> None:
    """The logo in the middle, the name below, letters wide apart in size."""
    draft.logo(draft.middle - 0.26, 0.62, 0.52)
    _name(draft, draft.middle, 1.36, 13, draft.room, field, align="center", color=BLACK)
    line = draft.company.address.line
    draft.line(draft.middle, 1.53, line, draft.house.fine, draft.room, align="center", color=GREY)


def opposite(draft: Draft, field: str) -> None:
    """Logo and name left, the address at the right margin, a rule below."""
    sheet, house = draft.sheet, draft.house
    draft.logo(draft.left, 0.5, 0.55)
    _name(draft, draft.left + 0.7, 0.86, 17, draft.room - 3.2, field)
    lines = (*draft.company.address.lines, *contact_of(draft.company, draft.job)[:2])
    draft.lines(draft.right, 0.6, lines, house.small, _LEADING, align="right", inches=2.4)
    sheet.rule(draft.left, 0.55 + len(lines) * _LEADING + 0.05, draft.right, house.rule, house.color)


def framed(draft: Draft, field: str) -> None:
    """Name and address in a frame of two parts."""
    sheet, house = draft.sheet, draft.house
    part = draft.right - 2.6
    sheet.frame(draft.left, 0.6, draft.right, 1.5, house.rule, house.color)
    sheet.fill(part - 0.004, 0.6, part + 0.004, 1.5, house.color)
    draft.logo(draft.left + 0.15, 0.82, 0.46)
    _name(draft, draft.left + 0.74, 1.11, 14, part - draft.left - 0.9, field)
    lines = (*draft.company.address.lines, *contact_of(draft.company, draft.job)[:1])[-5:]
    y = 1.09 - (len(lines) - 1) * 0.075
    draft.lines(part + 0.12, y, lines, house.small, 0.15, inches=2.4)


def typed(draft: Draft, field: str) -> None:
    """No logo: name and address as a typist heads a page."""
    _name(draft, draft.left, 0.75, 11, 3.6, field, color=BLACK)
    lines = (*draft.company.address.lines, *contact_of(draft.company, draft.job)[:1])
    draft.lines(draft.left, 0.92, lines, draft.house.small, _LEADING, color=BLACK, inches=3.4)


def large(draft: Draft, field: str) -> None:
    """A large name in thin letters, the address along a hairline."""
    sheet, house = draft.sheet, draft.house
    wide = draft.room
    _name(draft, draft.left, 1.02, 27, wide, field, bold=False)
    sheet.rule(draft.left, 1.16, draft.right, 0.5, PALE)
    line = draft.company.address.line
    draft.line(draft.left, 1.32, line, house.small, wide * 0.62, color=GREY)
    sheet.text(draft.right, 1.32, draft.company.web, house.small, align="right", color=GREY)


def column(draft: Draft, field: str) -> None:
    """A narrow column at the right margin, from the logo down."""
    sheet, house = draft.sheet, draft.house
    x, wide = draft.right - 1.7, 1.7
    sheet.fill(x - 0.13, 0.5, x - 0.115, COLUMN_END, house.color)
    draft.logo(x, 0.5, 0.42)
    _name(draft, x, 1.13, 11, wide, field)
    y = draft.lines(x, 1.32, draft.company.address.lines, house.small, 0.145, inches=wide)
    draft.lines(x, y + 0.06, contact_of(draft.company, draft.job), house.small, 0.145, inches=wide)


def corner(draft: Draft, field: str) -> None:
    """A wedge of colour in the corner, the name right of the middle."""
    sheet = draft.sheet
    sheet.polygon([(0, 0), (1.9, 0), (0, 1.25)], draft.house.color)
    sheet.polygon([(1.9, 0), (2.25, 0), (0, 1.48), (0, 1.25)], draft.house.tint(0.55))
    _name(draft, draft.right, 0.88, 16, 3.9, field, align="right")
    line = draft.company.address.line
    draft.line(draft.right, 1.07, line, draft.house.small, 4.2, align="right", color=GREY)
    number = contact_of(draft.company, draft.job)[0]
    sheet.text(draft.right, 1.22, number, draft.house.small, align="right", color=GREY)


def running(draft: Draft, title: str) -> float:
    """What heads the pages after the first: name, title, number of the page. Returns where the page goes on."""
    sheet, job = draft.sheet, draft.job
    page = job.label("page", page=job.page + 1, pages=job.pages)
    small = draft.house.small
    sheet.text(draft.right, 0.72, page, small, color=GREY, align="right")
    text = f"{draft.company.name}, {title}" if title else draft.company.name
    room = draft.room - sheet.measure(page, small) - 0.3
    draft.line(draft.left, 0.72, text, small, room, color=GREY)
    sheet.rule(draft.left, 0.82, draft.right, 0.5, PALE)
    return 1.25
