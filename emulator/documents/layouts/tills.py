"""Plans of receipts: how tills print them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.layouts.choosing import Plan
from emulator.printing.faces import Role
from emulator.printing.setting import Type

Lines = Literal["below", "above", "before", "after"]
"""Where count and price of an item stand: on a line below it or above it, before its name, or behind it."""
Rule = Literal["dashes", "stars", "line", "equals", "none"]
Total = Literal["large", "band", "frame", "plain"]
"""How the sum stands out: large, white on black, in a frame, bold."""
CodeKind = Literal["Code128", "QRCode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TillPlan(Plan):
    """A plan of a receipt."""

    width: float
    """Of the roll in inches: 80 or 58 mm, or as a stationer's printer has it."""
    face: Role
    points: float
    lines: Lines
    rule: Rule
    total: Total
    code: CodeKind
    logo: bool = False
    left: bool = False
    """The shop's name and address stand left; else in the middle."""
    day_last: bool = False
    """Day, time and number stand at the end; else at the beginning."""
    lettered: bool = False
    """Letters say which rate of tax a line has."""
    margin: float = 0.18

    @property
    def text(self) -> Type:
        """Type of lines."""
        return Type(self.face, self.points)

    @property
    def bold(self) -> Type:
        """Type of what is to be seen."""
        return Type(self.face, self.points, bold=True)

    @property
    def small(self) -> Type:
        """Type of the address."""
        return Type(self.face, self.points - 1)

    @property
    def row(self) -> float:
        """Inches from line to line."""
        return self.points * 0.0183


_WIDE: Final = 3.15
_NARROW: Final = 2.28

TILLS: Final = (
    TillPlan(
        name="till",
        width=_WIDE,
        face="mono",
        points=8.5,
        lines="below",
        rule="dashes",
        total="large",
        code="Code128",
    ),
    TillPlan(
        name="supermarket",
        width=_WIDE,
        face="mono",
        points=8.5,
        lines="above",
        rule="equals",
        total="band",
        code="Code128",
        logo=True,
        lettered=True,
    ),
    TillPlan(
        name="narrow",
        width=_NARROW,
        face="mono",
        points=7.5,
        lines="below",
        rule="stars",
        total="plain",
        code="QRCode",
        day_last=True,
        margin=0.12,
    ),
    TillPlan(
        name="columns",
        width=_WIDE,
        face="narrow",
        points=9.5,
        lines="before",
        rule="line",
        total="frame",
        code="QRCode",
        logo=True,
    ),
    TillPlan(
        name="left",
        width=_WIDE,
        face="mono",
        points=8.0,
        lines="after",
        rule="none",
        total="large",
        code="Code128",
        left=True,
        day_last=True,
        lettered=True,
    ),
    TillPlan(
        name="bistro",
        width=_NARROW,
        face="sans2",
        points=8.0,
        lines="before",
        rule="line",
        total="plain",
        code="QRCode",
        logo=True,
        day_last=True,
        margin=0.14,
    ),
    TillPlan(
        name="wide",
        width=4.1,
        face="sans",
        points=10.0,
        lines="after",
        rule="dashes",
        total="frame",
        code="Code128",
        left=True,
        margin=0.25,
    ),
)
