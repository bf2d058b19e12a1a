"""Plans of forms that one fills in letter by letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.layouts import heads
from emulator.documents.layouts.choosing import Plan
from emulator.documents.layouts.combs import Comb
from emulator.documents.layouts.heads import Head
from emulator.documents.ornaments import Mark
from emulator.documents.sheet import Align

Section = Literal["band", "tint", "rule", "number"]
"""What heads a part of the form: white on a band, on a tint, above a rule, with a number in a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPlan(Plan):
    """A plan of a form with combs and marks."""

    head: Head
    title: tuple[Align, float, float]
    top: float
    """Base line of the sentence that says how to fill the form in."""
    comb: Comb
    cell: float
    """Width of a box in inches."""
    mark: Mark
    section: Section
    registered: bool = False
    """Black squares in the corners tell machines where the page is."""
    ground: bool = False
    """The page has a tint that machines drop out."""
    margin: float = 0.8


MEMBERSHIP_FORMS: Final = (
    FormPlan(
        name="boxes",
        head=heads.opposite,
        title=("left", 1.75, 17),
        top=2.0,
        comb="boxes",
        cell=0.235,
        mark="square",
        section="tint",
    ),
    FormPlan(
        name="teeth",
        head=heads.framed,
        title=("left", 1.85, 16),
        top=2.08,
        comb="teeth",
        cell=0.225,
        mark="square",
        section="rule",
        margin=0.85,
    ),
    FormPlan(
        name="marks",
        head=heads.typed,
        title=("right", 0.95, 16),
        top=1.9,
        comb="apart",
        cell=0.245,
        mark="bubble",
        section="number",
        registered=True,
        margin=0.95,
    ),
    FormPlan(
        name="dropout",
        head=heads.bar,
        title=("right", 0.85, 16),
        top=1.5,
        comb="white",
        cell=0.235,
        mark="square",
        section="band",
        ground=True,
        margin=0.75,
    ),
    FormPlan(
        name="band",
        head=heads.band,
        title=("left", 1.6, 18),
        top=1.85,
        comb="boxes",
        cell=0.22,
        mark="circle",
        section="band",
        margin=0.7,
    ),
    FormPlan(
        name="centered",
        head=heads.centered,
        title=("center", 1.85, 16),
        top=2.1,
        comb="apart",
        cell=0.23,
        mark="circle",
        section="rule",
        registered=True,
        margin=0.9,
    ),
)
