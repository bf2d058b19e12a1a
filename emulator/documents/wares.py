"""What goods and groceries cost, how many of them one buys, and what a household pays in a month."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from emulator.documents.countries import Country


@dataclass(frozen=True, slots=True)
class Ware:
    """What is sold; prices in euro cents."""

    low: int
    high: int
    counts: tuple[int, ...]


GOODS: Final = (
    Ware(449, 699, (5, 10, 20, 40)),  # paper
    Ware(89, 249, (10, 20, 50)),  # ball pens
    Ware(2490, 5990, (1, 2, 3)),  # lamps
    Ware(18900, 34900, (1, 1, 2)),  # cabinets
    Ware(4900, 11900, (1, 2, 3)),  # toner
    Ware(990, 1990, (1, 2, 5)),  # envelopes
    Ware(9900, 28900, (1, 2, 4)),  # chairs
    Ware(690, 1490, (1, 2, 5)),  # calendars
    Ware(119, 349, (2, 5, 10)),  # clips
    Ware(490, 1290, (1, 2, 5)),  # markers
)
"""In the order of a language's `goods`."""

GROCERIES: Final = (
    Ware(189, 429, (1, 1, 2)),  # bread
    Ware(189, 329, (1, 1, 2)),  # butter
    Ware(99, 179, (1, 2, 3)),  # milk
    Ware(159, 399, (1,)),  # apples
    Ware(499, 899, (1, 1, 2)),  # coffee
    Ware(149, 329, (1, 2)),  # juice
    Ware(199, 389, (1, 1, 2)),  # eggs
    Ware(249, 599, (1,)),  # cheese
    Ware(149, 359, (1,)),  # tomatoes
    Ware(109, 249, (1, 2, 3)),  # chocolate
)
"""In the order of a language's `groceries`."""


@dataclass(frozen=True, slots=True)
class Order:
    """A line of an invoice or a receipt."""

    ware: int
    """Its place in the language's list."""
    count: int
    price: int
    """Of one, in hundredths."""

    @property
    def amount(self) -> int:
        """Hundredths."""
        return self.count * self.price


def ordered(wares: tuple[Ware, ...], fewest: int, most: int, country: Country, random: Random) -> list[Order]:
    """Different wares.

    - `wares`: what there is to order.
    - `fewest`: how many at least.
    - `most`: how many at most.
    - `country`: whose prices count.
    - `random`: chooses.
    """
    chosen = random.sample(range(len(wares)), random.randint(fewest, most))
    return [
        Order(ware, random.choice(wares[ware].counts), country.price(random, wares[ware].low, wares[ware].high))
        for ware in chosen
    ]


@dataclass(frozen=True, slots=True)
class Habit:
    """A booking that comes each month."""

    transaction: int
    """Its place in the language's list."""
    low: int
    high: int
    """Euro cents; those of an income are positive."""
    days: tuple[int, int]
    """Of the month."""
    fixed: bool = False
    """The same amount each month."""


INCOME: Final = Habit(0, 260_000, 390_000, (25, 28), fixed=True)
_MONTHLY: Final = (
    Habit(1, 65_000, 110_000, (1, 3), fixed=True),  # rent
    Habit(2, 5_900, 13_900, (4, 9), fixed=True),  # electricity
    Habit(4, 1_999, 4_999, (6, 12)),  # telephone
    Habit(5, 2_200, 8_900, (1, 5), fixed=True),  # insurance
    Habit(8, 4_900, 9_500, (1, 2), fixed=True),  # monthly ticket
    Habit(10, 10_000, 30_000, (26, 28), fixed=True),  # to the savings account
)
_NOW_AND_THEN: Final = (
    Habit(3, 1_150, 9_800, (1, 28)),  # supermarket, three times as often as the others
    Habit(3, 1_150, 9_800, (1, 28)),
    Habit(3, 1_150, 9_800, (1, 28)),
    Habit(11, 1_500, 6_900, (1, 28)),  # restaurant
    Habit(6, 2_000, 20_000, (1, 28)),  # cash
    Habit(7, 890, 4_500, (1, 28)),  # books
)
_DENTIST: Final = Habit(9, 4_000, 18_000, (3, 27))
_CASH: Final = 6


def bookings(count: int, last: date, country: Country, random: Random) -> list[tuple[date, int, int]]:
    """So many bookings of a household in whole months that end not later than `last`, in the order of days: day,
    number of the transaction in the language's list, hundredths (what is paid is negative)."""
    months = max(1, round(count / 30))
    year, month = last.year, last.month
    if last.day < calendar.monthrange(year, month)[1]:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    fixed = {habit.transaction: country.amount(random, habit.low, habit.high) for habit in (INCOME, *_MONTHLY)}
    found: list[tuple[date, int, int]] = []
    for back in range(months):
        when = year * 12 + month - 1 - back
        own = (INCOME, *_MONTHLY)[: max(1, count // months)]
        for habit in own:
            found.append(_booking(habit, when, fixed, country, random))
        if months > 1 and back == 1:
            found.append(_booking(_DENTIST, when, fixed, country, random))
    at = 0
    while len(found) < count:
        habit = _NOW_AND_THEN[random.randrange(len(_NOW_AND_THEN))]
        found.append(_booking(habit, year * 12 + month - 1 - at % months, fixed, country, random))
        at += 1
    return sorted(found[:count], key=lambda booking: booking[0])


def _booking(
    habit: Habit, month: int, fixed: dict[int, int], country: Country, random: Random
) -> tuple[date, int, int]:
    day = date(month // 12, month % 12 + 1, random.randint(*habit.days))
    size = fixed[habit.transaction] if habit.fixed else country.amount(random, habit.low, habit.high)
    if habit.transaction == _CASH:  # machines give notes
        note = 10 ** (len(str(size)) - 1)
        size = max(note, size // note * note)
    return day, habit.transaction, size if habit is INCOME else -size
