"""Papers with a head, somebody to whom they go, facts and a table: their plans, and what stands above the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.drawing import BLACK
from emulator.documents.layouts.choosing import Plan
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.layouts.facts import Facts
from emulator.documents.layouts.feet import Foot
from emulator.documents.layouts.grids import Look
from emulator.documents.layouts.heads import Head
from emulator.documents.layouts.sums import Payment, Sums
from emulator.documents.sheet import GREY, PALE, Align
from emulator.printing.setting import Type

Side = Literal["left", "right", "full"]
Place = tuple[Side, float, float]
"""At which margin, the first base line, how wide; all in inches."""

WINDOW: Final[Place] = ("left", 2.36, 3.3)
"""The address of DIN 5008, form B, in the window of an envelope."""
_HEAD: Final = 1.3
"""Higher than that, letterheads have the left half of a page."""
_FOLDS: Final = (105 / 25.4, 148.5 / 25.4, 210 / 25.4)
"""Marks to fold and punch at, of DIN 5008, form B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPlan(Plan):
    """A plan of a paper with a table."""

    head: Head
    recipient: Place
    facts: Facts
    facts_at: Place
    title: tuple[Align, float, float]
    """Where it stands, its base line, its size in points."""
    look: Look
    columns: tuple[str, ...]
    """Keys, from left to right."""
    top: float
    """Upper edge of the table on the first page."""
    foot: Foot
    sums: Sums
    payment: Payment
    margin: float = 0.8
    bottom: float = 1.15
    """Inches that the foot and what stands above it keep free."""
    boxed: bool = False
    """The recipient stands in a frame."""


def span(draft: Draft, place: Place) -> tuple[float, float]:
    """Left and right edge of a place."""
    side, _, inches = place
    if side == "full":
        return draft.left, draft.right
    return (draft.left, draft.left + inches) if side == "left" else (draft.right - inches, draft.right)


def recipient(
    draft: Draft,
    place: Place,
    lines: Sequence[str],
    field: str,
    *,
    label: str = "",
    boxed: bool = False,
    type: Type | None = None,
) -> None:
    """The address of whom the paper goes to; in the window of an envelope with that of the sender above it.

    - `draft`: the page being laid out.
    - `place`: where it stands.
    - `lines`: name and address.
    - `field`: name of the field.
    - `label`: what stands above it.
    - `boxed`: whether it stands in a frame.
    - `type`: another than that of facts.
    """
    sheet, house = draft.sheet, draft.house
    left, right = span(draft, place)
    y = place[1]
    window = place == WINDOW
    if window:
        said = f"{draft.company.name}, {draft.company.address.line}"
        draft.line(left, y - 0.28, said, house.fine, right - left, color=GREY)
        sheet.rule(left, y - 0.23, right, 0.4, PALE)
        for fold in _FOLDS:
            sheet.rule(0.2, fold, 0.36 if fold == _FOLDS[1] else 0.3, 0.4, GREY)
    if boxed:
        sheet.frame(left, y - 0.34, right, y + 0.95, 0.6, house.color)
        sheet.fill(left, y - 0.34, right, y - 0.16, house.tint())
        draft.line(left + 0.08, y - 0.21, label, house.small, right - left - 0.16)
        left += 0.08
        y += 0.05
    elif label and not window:
        sheet.text(left, y - 0.21, label, house.small, color=GREY)
    type = type or house.text.sized(house.points + 0.5)
    with sheet.field(field):
        draft.lines(left, y, lines, type, 0.185, color=BLACK, inches=right - left - 0.08)


def title(draft: Draft, place: tuple[Align, float, float], text: str) -> None:
    """What the paper is."""
    align, y, points = place
    text = draft.heading(text)
    x = {"left": draft.left, "center": draft.middle, "right": draft.right}[align]
    beside_the_name = align == "right" and y < _HEAD
    type = draft.house.title(points, bold=points < 18)
    draft.line(x, y, text, type, 2.7 if beside_the_name else 4.2, align=align, color=draft.house.color)


def facts(draft: Draft, block: Facts, place: Place, found: Sequence[Fact]) -> None:
    """Number, day and the like, in a place."""
    left, right = span(draft, place)
    block(draft, left, place[1], right, found)
