"""Plans of order forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.documents.layouts import entries, heads
from emulator.documents.layouts.choosing import Plan
from emulator.documents.layouts.grids import Look
from emulator.documents.layouts.heads import Head
from emulator.documents.sheet import Align


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFormPlan(Plan):
    """A plan of an order form. Its parts follow each other from `top` on."""

    head: Head
    title: tuple[Align, float, float]
    top: float
    """Base line of the sentence that says how to fill the form in."""
    place: entries.Place
    step: float
    """From one line of places to the next."""
    look: Look
    columns: tuple[str, ...]
    rows: int
    """Of the table, filled in or not."""
    table_first: bool = False
    """The table stands above name and address."""
    choices_below: bool = False
    """Boxes stand one below the other."""
    margin: float = 0.8
    column: float = 0.0
    """Inches at the right margin that the sender's column takes."""


_COLUMNS: Final = ("article", "item", "quantity", "price")

ORDER_FORMS: Final = (
    OrderFormPlan(
        name="dotted",
        head=heads.opposite,
        title=("right", 1.75, 20),
        top=1.75,
        place=entries.dotted,
        step=0.6,
        look=Look("tint", "frame", 0.34),
        columns=_COLUMNS,
        rows=6,
    ),
    OrderFormPlan(
        name="band",
        head=heads.band,
        title=("left", 1.62, 18),
        top=1.85,
        place=entries.boxed,
        step=0.58,
        look=Look("dark", "frame", 0.33),
        columns=("quantity", "article", "item", "price"),
        rows=7,
        margin=0.7,
    ),
    OrderFormPlan(
        name="tinted",
        head=heads.bar,
        title=("right", 0.85, 20),
        top=1.4,
        place=entries.tinted,
        step=0.62,
        look=Look("tint", "rules", 0.34, closed=True),
        columns=_COLUMNS,
        rows=6,
        choices_below=True,
        margin=0.85,
    ),
    OrderFormPlan(
        name="table-first",
        head=heads.large,
        title=("left", 1.75, 16),
        top=2.0,
        place=entries.solid,
        step=0.42,
        look=Look("frame", "frame", 0.32),
        columns=("article", "item", "price", "quantity"),
        rows=8,
        table_first=True,
        margin=0.9,
    ),
    OrderFormPlan(
        name="typed",
        head=heads.typed,
        title=("right", 0.8, 22),
        top=1.85,
        place=entries.solid,
        step=0.46,
        look=Look("rules", "dots", 0.34, closed=True),
        columns=("quantity", "item", "article", "price"),
        rows=6,
        choices_below=True,
        margin=1.0,
    ),
    OrderFormPlan(
        name="centered",
        head=heads.centered,
        title=("center", 1.88, 17),
        top=2.1,
        place=entries.dotted,
        step=0.56,
        look=Look("frame", "frame", 0.32),
        columns=_COLUMNS,
        rows=6,
        table_first=True,
        margin=0.85,
    ),
    OrderFormPlan(
        name="column",
        head=heads.column,
        title=("left", 0.95, 24),
        top=1.25,
        place=entries.boxed,
        step=0.6,
        look=Look("tint", "frame", 0.33),
        columns=_COLUMNS,
        rows=5,
        margin=0.75,
        choices_below=True,
        column=1.95,
    ),
)
