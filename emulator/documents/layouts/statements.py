"""Plans of bank statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.layouts import facts, feet, heads
from emulator.documents.layouts.choosing import Plan, one_of
from emulator.documents.layouts.facts import Facts
from emulator.documents.layouts.feet import Foot
from emulator.documents.layouts.grids import Look
from emulator.documents.layouts.heads import Head
from emulator.documents.layouts.papers import Place
from emulator.documents.sheet import Align

Balances = Literal["lines", "tint", "boxes"]
"""How the first and the last balance stand: as lines of the table, on a tint, in frames."""

_AMOUNTS: Final = ("debit", "credit", "balance")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlan(Plan):
    """A plan of a bank statement."""

    head: Head
    facts: Facts
    facts_at: Place
    title: tuple[Align, float, float]
    look: Look
    columns: tuple[str, ...]
    top: float
    """Upper edge of the table on the first page."""
    foot: Foot
    balances: Balances = "lines"
    margin: float = 0.8
    holder_at: Place | None = None
    """Where the holder's address stands, as in a window; None: only the name, among the facts."""


STATEMENTS: Final = (
    StatementPlan(
        name="ruled",
        head=one_of(heads.opposite, heads.bar, heads.large),
        facts=facts.pairs,
        facts_at=("left", 1.95, 4.5),
        title=("right", 1.95, 14),
        look=Look("rules", "stripes", 0.225, closed=True),
        columns=("date", "details", "reference", *_AMOUNTS),
        top=2.8,
        foot=feet.plain_lines,
    ),
    StatementPlan(
        name="band",
        head=heads.band,
        facts=facts.strip,
        facts_at=("full", 1.95, 0.0),
        title=("left", 1.6, 16),
        look=one_of(Look("tint", "rules", 0.23), Look("dark", "stripes", 0.22)),
        columns=("date", "value_date", "details", "debit", "credit", "balance"),
        top=2.55,
        foot=feet.banded,
        balances="tint",
        margin=0.7,
    ),
    StatementPlan(
        name="window",
        head=one_of(heads.on_the_right, heads.opposite),
        facts=facts.underlined,
        facts_at=("right", 2.1, 2.9),
        title=("left", 3.75, 14),
        look=Look("plain", "plain", 0.21, closed=True),
        columns=("date", "value_date", "details", "reference", "amount", "balance"),
        top=3.95,
        foot=feet.columns,
        margin=0.9,
        holder_at=("left", 2.2, 3.2),
    ),
    StatementPlan(
        name="boxes",
        head=heads.framed,
        facts=facts.boxes,
        facts_at=("full", 2.0, 0.0),
        title=("left", 1.72, 12),
        look=Look("frame", "frame", 0.225),
        columns=("date", "reference", "details", *_AMOUNTS),
        top=2.65,
        foot=feet.ruled,
        balances="boxes",
        margin=0.65,
    ),
    StatementPlan(
        name="dark",
        head=heads.corner,
        facts=facts.framed,
        facts_at=("left", 2.2, 4.2),
        title=("right", 1.85, 18),
        look=one_of(Look("dark", "stripes", 0.23), Look("rules", "dots", 0.22, closed=True)),
        columns=("date", "details", "reference", "amount", "balance"),
        top=3.15,
        foot=feet.ruled,
        balances="tint",
        margin=0.75,
    ),
    StatementPlan(
        name="typed",
        head=heads.typed,
        facts=facts.pairs,
        facts_at=("right", 2.05, 3.1),
        title=("right", 0.95, 14),
        look=Look("rules", "dots", 0.215, closed=True),
        columns=("date", "details", "debit", "credit", "balance"),
        top=3.15,
        foot=feet.plain_lines,
        margin=0.9,
        holder_at=("left", 2.1, 3.2),
    ),
    StatementPlan(
        name="centered",
        head=one_of(heads.centered, heads.crowned),
        facts=one_of(facts.ledger, facts.pairs),
        facts_at=("right", 1.95, 3.4),
        title=("left", 2.0, 15),
        look=Look("rules", "rules", 0.225, closed=True),
        columns=("date", "details", "reference", *_AMOUNTS),
        top=2.85,
        foot=feet.dotted,
        balances="boxes",
        margin=0.8,
    ),
)
