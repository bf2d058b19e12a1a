"""Plans of letters: what stands where on the first page, and how the text is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.layouts import feet, heads
from emulator.documents.layouts.choosing import Plan, one_of
from emulator.documents.layouts.feet import Foot
from emulator.documents.layouts.heads import Head
from emulator.documents.layouts.papers import WINDOW, Place
from emulator.printing.setting import Type

Dated = Literal["line", "facts", "stacked"]
"""How day and reference are said: place and date on a line at the right margin; with labels in a block; below each
other at the left margin, as in the United States."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPlan(Plan):
    """A plan of a letter."""

    head: Head
    recipient: Place
    dated: Dated
    dated_at: Place
    subject: float
    """Base line of the subject."""
    text: Type
    leading: float
    foot: Foot
    margin: float = 1.0
    justify: bool = False
    gap: float = 0.09
    """Room between paragraphs besides the leading."""
    subject_rule: bool = False

    def line(self, language: str) -> float:
        """Inches from line to line: Arabic reaches higher and lower than other scripts."""
        return self.leading * (1.15 if language == "ar" and self.text.role == "serif2" else 1.0)


LETTERS: Final = (
    LetterPlan(
        name="opposite",
        head=one_of(heads.opposite, heads.bar),
        recipient=("left", 1.95, 3.3),
        dated="line",
        dated_at=("right", 1.95, 3.0),
        subject=3.2,
        text=one_of(Type("serif", 11), Type("sans", 10.5), Type("serif2", 12)),
        leading=0.205,
        foot=one_of(feet.plain_lines, feet.ruled, feet.dotted),
    ),
    LetterPlan(
        name="din-5008",
        head=one_of(heads.on_the_right, heads.opposite, heads.large, heads.band),
        recipient=WINDOW,
        dated="facts",
        dated_at=("right", 2.2, 2.6),
        subject=4.05,
        text=one_of(Type("sans", 11), Type("sans2", 10.5), Type("narrow", 11.5)),
        leading=0.2,
        foot=feet.columns,
        margin=0.98,
        countries=("DE",),
    ),
    LetterPlan(
        name="block",
        head=one_of(heads.crowned, heads.centered),
        recipient=("left", 2.6, 3.4),
        dated="stacked",
        dated_at=("left", 2.05, 3.0),
        subject=3.75,
        text=one_of(Type("serif2", 12), Type("serif", 11)),
        leading=0.205,
        foot=one_of(feet.dotted, feet.plain_lines),
        margin=1.15,
        justify=True,
    ),
    LetterPlan(
        name="band",
        head=heads.band,
        recipient=("left", 1.95, 3.3),
        dated="line",
        dated_at=("right", 3.05, 3.2),
        subject=3.5,
        text=one_of(Type("sans2", 10), Type("sans", 10.5)),
        leading=0.2,
        foot=one_of(feet.banded, feet.dotted, feet.columns),
        margin=0.95,
        gap=0.11,
    ),
    LetterPlan(
        name="address-right",
        head=heads.typed,
        recipient=("right", 1.95, 3.0),
        dated="line",
        dated_at=("right", 3.1, 3.0),
        subject=3.6,
        text=Type("serif2", 12.5),
        leading=0.215,
        foot=feet.plain_lines,
        margin=1.05,
        justify=True,
        countries=("FR", "ES", "IT", "PL", "GR", "RU"),
    ),
    LetterPlan(
        name="column",
        head=heads.column,
        recipient=("left", 1.9, 3.4),
        dated="facts",
        dated_at=("right", 3.1, 1.7),
        subject=3.9,
        text=Type("narrow", 11.5),
        leading=0.2,
        foot=feet.ruled,
        margin=0.95,
    ),
    LetterPlan(
        name="typed",
        head=one_of(heads.centered, heads.large),
        recipient=("left", 2.25, 3.6),
        dated="stacked",
        dated_at=("left", 1.85, 3.0),
        subject=3.4,
        text=Type("mono", 10),
        leading=0.2,
        foot=feet.ruled,
        margin=1.05,
        gap=0.2,
    ),
    LetterPlan(
        name="corner",
        head=heads.corner,
        recipient=("left", 2.2, 3.3),
        dated="facts",
        dated_at=("right", 2.2, 2.4),
        subject=3.6,
        text=Type("sans", 10.5),
        leading=0.195,
        foot=one_of(feet.dotted, feet.ruled),
        margin=0.95,
        subject_rule=True,
    ),
    LetterPlan(
        name="large",
        head=heads.large,
        recipient=("left", 1.95, 3.3),
        dated="line",
        dated_at=("right", 1.75, 3.2),
        subject=3.3,
        text=one_of(Type("serif", 10.5), Type("sans2", 10), Type("narrow", 11.5)),
        leading=0.2,
        foot=one_of(feet.columns, feet.ruled),
        margin=1.0,
    ),
    LetterPlan(
        name="us-letter",
        head=heads.large,
        recipient=("left", 2.35, 3.4),
        dated="stacked",
        dated_at=("left", 1.8, 3.0),
        subject=3.4,
        text=Type("serif", 11),
        leading=0.2,
        foot=feet.dotted,
        margin=1.0,
        gap=0.16,
        paper="Letter",
    ),
)
