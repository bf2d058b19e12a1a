"""What documents of a country have: addresses, telephone numbers, companies, banks, prices and rates of tax; a TOML
file for the country of each language.

Telephone numbers are of the ranges kept for fiction where a country has some (Ofcom, Bundesnetzagentur, ARCEP),
else of no more than the right form. Rates of value added tax are those in force on a document's day.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

_FOLDER: Final = Path(__file__).resolve().parent
_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
"""What `@` of a pattern stands for: those that end British postcodes."""
_ENDINGS: Final = (0, 5, 9)
_LARGE_ENDINGS: Final = (0, 0, 50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Vat:
    """Rates of value added tax in tenths of a percent."""

    since: date
    standard: int
    groceries: tuple[int, ...]
    """Of each of the language's groceries."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country as documents in its language know it. `#` in a pattern is a figure, `@` a letter."""

    code: str
    """ISO 3166-1."""
    currency: float
    """Units of its money to what costs a euro there."""
    step: int
    """Prices are multiples of so many hundredths."""
    towns: tuple[tuple[str, str, str], ...]
    """Name, pattern of the postcode, pattern of the telephone number."""
    streets: tuple[str, ...]
    street: str
    town: str
    houses: int
    """The highest number of a house."""
    block: tuple[str, ...]
    """Lines of an address on a letter, in the country's order."""
    inline: str
    """An address on one line."""
    companies: tuple[str, ...]
    """Patterns of names with the forms of companies."""
    trades: tuple[str, ...]
    """Of companies that sell what offices need, as all that sell on these documents do."""
    callings: tuple[str, ...]
    """Of companies that buy it."""
    shops: tuple[str, ...]
    """Patterns of names of those that sell food."""
    clubs: tuple[str, ...]
    """And of associations."""
    banks: tuple[tuple[str, str], ...]
    """Name, four letters."""
    tax: str
    """What the number is called by which the tax office knows a company."""
    place: str
    """Place and date of a letter."""
    labels: dict[str, str]
    vat_rates: tuple[Vat, ...]
    company_block: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    closing: Literal["left", "right"] = "left"
    """Where a letter's closing stands."""
    hosts: tuple[str, ...] = ()
    """Names of web sites, where those of companies are not written in Latin letters."""

    def vat(self, day: date) -> Vat:
        """The rates on that day."""
        return [rates for rates in self.vat_rates if rates.since <= day][-1]

    def amount(self, random: Random, low: int, high: int) -> int:
        """Hundredths of the country's money that are worth between `low` and `high` euro cents."""
        found = round(random.randint(low, high) * self.currency)
        return found if self.step < 1000 else max(self.step, found // self.step * self.step)

    def price(self, random: Random, low: int, high: int) -> int:
        """Write an amount as `amount` does, rounded as shops round it."""
        found = round(random.randint(low, high) * self.currency)
        if self.step == 1:
            large = found >= 2000
            ending = random.choice(_LARGE_ENDINGS if large else _ENDINGS)
            found = found - found % (100 if large else 10) + ending
        return max(self.step, (found + self.step // 2) // self.step * self.step)


@lru_cache(maxsize=64)
def country(language: str) -> Country:
    """The country whose documents are written in a language. Raises OSError where there is none."""
    found: dict[str, Any] = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    rates = tuple(Vat(date.fromisoformat(since), rate, tuple(rest)) for since, rate, rest in found.pop("vat"))
    values: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, list):
            value = tuple(tuple(item) if isinstance(item, list) else item for item in value)
        values[name] = value
    return Country(vat_rates=rates, **values)


def filled(pattern: str, random: Random) -> str:
    """A pattern with its figures and letters."""
    return "".join(
        random.choice("0123456789")
        if character == "#"
        else random.choice(_LETTERS)
        if character == "@"
        else character
        for character in pattern
    )
