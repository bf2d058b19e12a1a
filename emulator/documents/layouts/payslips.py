"""Plans of payslips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.documents.layouts import facts, feet, heads, sums
from emulator.documents.layouts.choosing import Plan
from emulator.documents.layouts.facts import Facts
from emulator.documents.layouts.feet import Foot
from emulator.documents.layouts.grids import Look
from emulator.documents.layouts.heads import Head
from emulator.documents.layouts.papers import WINDOW, Place
from emulator.documents.layouts.sums import Sums
from emulator.documents.sheet import Align


@dataclass(frozen=True, slots=True, kw_only=True)
class PayslipPlan(Plan):
    """A plan of a payslip."""

    head: Head
    title: tuple[Align, float, float]
    facts: tuple[tuple[Place, Facts], tuple[Place, Facts]]
    """Who is paid, and for when."""
    look: Look
    top: float
    """Upper edge of the first table."""
    sums: Sums
    account: Facts
    foot: Foot
    side_by_side: bool = False
    """Earnings and deductions stand beside each other."""
    recipient: Place | None = None
    """Where the address stands, if the slip goes by mail."""
    margin: float = 0.8


PAYSLIPS: Final = (
    PayslipPlan(
        name="frames",
        head=heads.framed,
        title=("left", 1.8, 16),
        facts=((("left", 2.1, 3.2), facts.framed), (("right", 2.1, 3.2), facts.framed)),
        look=Look("frame", "frame", 0.26),
        top=3.1,
        sums=sums.boxed,
        account=facts.framed,
        foot=feet.plain_lines,
    ),
    PayslipPlan(
        name="window",
        head=heads.on_the_right,
        title=("left", 4.0, 15),
        facts=((("right", 2.0, 2.8), facts.pairs), (("right", 2.7, 2.8), facts.pairs)),
        look=Look("rules", "plain", 0.24, closed=True),
        top=4.2,
        sums=sums.ruled,
        account=facts.pairs,
        foot=feet.columns,
        recipient=WINDOW,
        margin=0.98,
    ),
    PayslipPlan(
        name="two-columns",
        head=heads.bar,
        title=("right", 0.85, 20),
        facts=((("left", 1.7, 3.1), facts.pairs), (("right", 1.7, 3.1), facts.pairs)),
        look=Look("dark", "rules", 0.27),
        top=2.6,
        sums=sums.banded,
        account=facts.pairs,
        foot=feet.dotted,
        side_by_side=True,
        margin=0.7,
    ),
    PayslipPlan(
        name="strips",
        head=heads.band,
        title=("left", 1.65, 18),
        facts=((("full", 2.0, 0.0), facts.strip), (("full", 2.55, 0.0), facts.strip)),
        look=Look("tint", "stripes", 0.27),
        top=3.15,
        sums=sums.banded,
        account=facts.underlined,
        foot=feet.banded,
    ),
    PayslipPlan(
        name="boxes",
        head=heads.opposite,
        title=("left", 1.75, 15),
        facts=((("full", 2.1, 0.0), facts.boxes), (("full", 2.66, 0.0), facts.boxes)),
        look=Look("tint", "frame", 0.25),
        top=3.2,
        sums=sums.boxed,
        account=facts.framed,
        foot=feet.ruled,
        side_by_side=True,
        margin=0.65,
    ),
    PayslipPlan(
        name="typed",
        head=heads.typed,
        title=("right", 0.75, 16),
        facts=((("right", 1.05, 2.9), facts.pairs), (("right", 1.7, 2.9), facts.pairs)),
        look=Look("plain", "dots", 0.24, closed=True),
        top=3.35,
        sums=sums.ruled,
        account=facts.pairs,
        foot=feet.plain_lines,
        recipient=("left", 2.25, 3.2),
        margin=0.95,
    ),
)
