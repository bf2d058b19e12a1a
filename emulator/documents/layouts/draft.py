"""A page while it is laid out: the sheet, the house whose paper it is, and the margins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from emulator.documents.drawing import BLACK
from emulator.documents.invention import Company
from emulator.documents.layouts.house import House, house_of
from emulator.documents.logos import logo
from emulator.documents.sheet import GREY, Align, Sheet
from emulator.printing.paper import Color
from emulator.printing.setting import Type

if TYPE_CHECKING:
    from emulator.documents.kinds.kind import Job

_LEAST: Final = 5.5  # points; who sets smaller type sends no paper
_CAPITALS: Final = frozenset({"en", "fr", "es", "it", "pl", "ru"})
"""Languages whose headings lose nothing in capitals: no sharp s, no accents that go."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something with a name: a number, a day, an account."""

    key: str
    """Name of its field; empty: it is none."""
    label: str
    text: str
    value: str | None = None
    """As programs store it, where that is another than the text."""


class Draft:
    """One page of a company's paper. `left` and `right` are its margins in inches."""

    def __init__(self, sheet: Sheet, job: Job, company: Company, margin: float) -> None:
        self.sheet = sheet
        self.job = job
        self.company = company
        self.house: House = house_of(company)
        self.left, self.right = margin, sheet.width - margin

    @property
    def room(self) -> float:
        """Inches between the margins."""
        return self.right - self.left

    @property
    def middle(self) -> float:
        """The middle of the sheet."""
        return self.sheet.width / 2

    def fitted(self, text: str, type: Type, inches: float) -> Type:
        """`type`, or as much smaller as the line needs to be no longer than `inches`."""
        long = self.sheet.measure(text, type)
        if long <= inches:
            return type
        return type.sized(max(_LEAST, int(type.points * inches / long * 4) / 4))

    def heading(self, text: str) -> str:
        """A heading as the house writes it."""
        return text.upper() if self.house.spelled and self.job.words.code in _CAPITALS else text

    def fact(
        self,
        x: float,
        y: float,
        fact: Fact,
        type: Type,
        *,
        align: Align = "left",
        color: Color = BLACK,
        inches: float = inf,
    ) -> float:
        """The text of a fact as its field; returns its width.

        - `x`: inches from the left edge (the right one where the layout is mirrored).
        - `y`: the base line, inches from the upper edge.
        - `fact`: what is written.
        - `type`: of the text.
        - `align`: which end of the text is at `x`.
        - `color`: of the text.
        - `inches`: how long it may be.
        """
        return self.line(
            x,
            y,
            fact.text,
            type,
            inches,
            align=align,
            color=color,
            field=fact.key or None,
            value=fact.value,
        )

    def line(
        self,
        x: float,
        y: float,
        text: str,
        type: Type,
        inches: float,
        *,
        align: Align = "left",
        color: Color = BLACK,
        field: str | None = None,
        value: str | None = None,
    ) -> float:
        """A line as Sheet.text writes it, in smaller type where it would be too long; returns its width.

        - `x`: inches from the left edge (the right one where the layout is mirrored).
        - `y`: the base line, inches from the upper edge.
        - `text`: what is written.
        - `type`: of the text.
        - `inches`: how long it may be.
        - `align`: which end of the text is at `x`.
        - `color`: of the text.
        - `field`: name of the field whose value it is.
        - `value`: of the field, where it is another than the text.
        """
        fits = self.fitted(text, type, inches)
        return self.sheet.text(x, y, text, fits, align=align, color=color, field=field, value=value)

    def lines(
        self,
        x: float,
        y: float,
        lines: Iterable[str],
        type: Type,
        leading: float,
        *,
        align: Align = "left",
        color: Color = GREY,
        inches: float = inf,
    ) -> float:
        """Lines one below the other, each no longer than `inches`; returns the base line
        after the last.

        - `x`: inches from the left edge (the right one where the layout is mirrored).
        - `y`: base line of the first.
        - `lines`: what is written.
        - `type`: of the text.
        - `leading`: inches from line to line.
        - `align`: which end of a line is at `x`.
        - `color`: of the text.
        - `inches`: how long a line may be.
        """
        for line in lines:
            self.line(x, y, line, type, inches, align=align, color=color)
            y += leading
        return y

    def logo(self, x: float, y: float, size: float, color: Color | None = None) -> None:
        """The company's mark in a square."""
        logo(self.sheet, x, y, size, color or self.house.color, self.job.random("logo"), self.company.name)


def contact_of(company: Company, job: Job) -> Sequence[str]:
    """Return how a company is reached, as its papers say it."""
    return f"{job.label('telephone')} {company.address.telephone}", company.mail, company.web


def tax_of(company: Company, job: Job) -> Fact:
    """The number by which the tax office knows a company."""
    number = company.tax_number
    return Fact("tax_number", job.country.tax, number.text, number.value)


def account_of(company: Company, job: Job) -> list[Fact]:
    """What one must know to pay a company."""
    account = company.account
    found = [Fact("bank_name", job.own("bank"), account.bank)]
    found += [Fact(each.key, account_label(job, each.key), each.text, each.value) for each in account.details]
    return found


def account_label(job: Job, key: str) -> str:
    """What a part of an account is called: as the country does, else it is an IBAN."""
    return job.country.labels.get(key, "IBAN")
