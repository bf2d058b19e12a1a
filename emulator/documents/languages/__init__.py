"""Languages of documents: their words, dates and money, a TOML file each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Language:
    """What documents in one language say."""

    code: str
    """ISO 639-1."""
    name: str
    locale: str
    """Of Faker, for names and places."""
    months: tuple[str, ...]
    _long_date: str
    _short_date: str
    _money: str
    decimal: str
    """Separates hundredths; empty where money has none."""
    group: str
    subjects: tuple[str, ...]
    salutation: str
    closing: str
    positions: tuple[str, ...]
    sentences: tuple[str, ...]
    goods: tuple[str, ...]
    units: tuple[str, ...]
    """In which goods are counted: piece, box, pack."""
    groceries: tuple[str, ...]
    transactions: tuple[str, ...]
    clauses: tuple[tuple[str, str], ...]
    headlines: tuple[str, ...]
    leads: tuple[str, ...]
    story: tuple[str, ...]
    """What the article under the first headline tells."""
    stamps: tuple[str, ...]
    """Words of rubber stamps: received, paid, copy, approved, entered, confidential, filed, checked."""
    rooms: tuple[str, ...]
    fittings: tuple[str, ...]
    """Of rooms that are let."""
    remarks: tuple[str, ...]
    """That people write on forms."""
    labels: dict[str, str]
    named_salutations: tuple[str, ...] = ()
    """To a man and to a woman, where the language greets people by `{last}` or `{name}`."""
    named_closing: str = ""
    """Where a letter to somebody by name closes otherwise."""

    def percent(self, tenths: int) -> str:
        """A rate, in tenths of a percent, without its sign."""
        return f"{tenths / 10:g}".replace(".", self.decimal or ".")

    def long_date(self, day: date) -> str:
        """Write a day as letters have it."""
        return self._date(self._long_date, day)

    def short_date(self, day: date) -> str:
        """Write a day as tables have it."""
        return self._date(self._short_date, day)

    def _date(self, pattern: str, day: date) -> str:
        return pattern.format(day=day.day, month=self.months[day.month - 1], number=day.month, year=day.year)

    def number(self, hundredths: int) -> str:
        """An amount without its currency."""
        sign, hundredths = ("-" if hundredths < 0 else ""), abs(hundredths)
        whole = _grouped(hundredths // 100, in_pairs=self.code == "hi").replace(",", self.group)
        return f"{sign}{whole}{self.decimal}{hundredths % 100:02}" if self.decimal else sign + whole

    def money(self, hundredths: int) -> str:
        """An amount with its currency."""
        return self._money.format(amount=self.number(hundredths))

    def share(self, hundredths: int, part: int, whole: int) -> int:
        """`part` of `whole` of an amount that is not negative, such as its tax, rounded half up to what the
        language's money can say."""
        unit = 1 if self.decimal else 100
        return (2 * hundredths * part + whole * unit) // (2 * whole * unit) * unit


def _grouped(number: int, *, in_pairs: bool) -> str:
    """Write a number with commas: every three figures, or in India the last three and then every two."""
    if not in_pairs or number < 100_000:
        return f"{number:,}"
    head, tail = divmod(number, 1000)
    pairs = []
    while head:
        head, pair = divmod(head, 100)
        pairs.append(f"{pair:02}" if head else f"{pair}")
    return ",".join([*reversed(pairs), f"{tail:03}"])


def codes() -> tuple[str, ...]:
    """The languages that there are."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@lru_cache(maxsize=64)
def language(code: str) -> Language:
    """A language. Raises KeyError for one that there is not."""
    path = _FOLDER / f"{code}.toml"
    if code not in codes():
        raise KeyError(code)
    with path.open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)
    patterns = {f"_{name}": found.pop(name) for name in ("long_date", "short_date", "money")}
    clauses = tuple((title, text) for title, text in found.pop("clauses"))
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    return Language(code=code, clauses=clauses, **patterns, **values)
