"""Who and what documents are about: companies, people, places, amounts and dates, all from a seed.

Names and places come from Faker, whose import takes longer than drawing a page, so it happens when the first
document is invented.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, Final

from emulator.documents.languages import Language, language

if TYPE_CHECKING:
    from faker import Faker

Color = tuple[int, int, int]
_FIRST_DAY: Final = date(2022, 1, 10)
LAST_DAY: Final = date(2025, 12, 30)
"""No document is dated later: it lies behind every clock that this version meets, and the same seed gives the same
bytes on each day."""
_DAYS: Final = (LAST_DAY - _FIRST_DAY).days
_EARLIER: Final = 700  # days before the last that is allowed, among which a document of a later one goes
_COLORS: Final[tuple[Color, ...]] = (
    (18, 74, 128),
    (140, 28, 36),
    (20, 98, 72),
    (86, 54, 120),
    (176, 92, 16),
    (30, 38, 52),
    (0, 104, 122),
)


def seeded(*parts: object) -> Random:
    """A random source of its own from what it is for; the same on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return Random(int.from_bytes(digest[:16], "big"))  # noqa: S311  # invents documents, guards nothing


def number_from(*parts: object) -> int:
    """A seed below 2**63 from what it is for."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first: str
    last: str
    street: str
    town: str
    """With the postcode."""
    city: str
    mail: str
    iban: str
    surname_first: bool = False

    @property
    def name(self) -> str:
        """As letters have it."""
        return f"{self.last} {self.first}" if self.surname_first else f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Company:
    """A company that does not exist."""

    name: str
    street: str
    town: str
    telephone: str
    mail: str
    web: str
    iban: str
    tax_number: str
    color: Color


@dataclass(frozen=True, slots=True)
class Invention:
    """What one document is about."""

    company: Company
    partner: Company
    person: Person
    clerk: Person
    day: date
    number: int
    """Five figures, for references."""


def before(scanned: date | None) -> date:
    """The last day that a document may speak of which is scanned on the day `scanned` (None: today, whenever that
    is): the one before it."""
    return LAST_DAY if scanned is None else min(LAST_DAY, scanned - timedelta(days=1))


@lru_cache(maxsize=512)
def invent(seed: int, code: str, last: date = LAST_DAY) -> Invention:
    """The same arguments always give the same. `seed`: of the document; `last`: no day is later."""
    random = seeded("invention", seed, code)
    words = language(code)
    faker = _faker(words.locale)
    faker.seed_instance(random.getrandbits(63))
    return Invention(
        company=_company(faker, random, words),
        partner=_company(faker, random, words),
        person=_person(faker, random, words),
        clerk=_person(faker, random, words),
        day=_day(random, last),
        number=random.randrange(10000, 100000),
    )


def _day(random: Random, last: date) -> date:
    day = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
    return day if day <= last else last - timedelta(days=(day - last).days % _EARLIER)


_FAKERS: Final = threading.local()


def _faker(locale: str) -> Faker:
    """Each thread has its own: seeding one while another thread draws from it would mix them."""
    known: dict[str, Any] = _FAKERS.__dict__
    if locale not in known:
        from faker import Faker

        known[locale] = Faker(locale)
    found: Faker = known[locale]
    return found


def _company(faker: Faker, random: Random, words: Language) -> Company:
    name = _plain(faker.company())
    domain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if c.isascii() and c.isalnum())[:18]
    domain = f"{domain or faker.domain_word()}.example"
    street, town, _ = _address(faker, random, words)
    telephone = f"+{random.randrange(30, 50)} {random.randrange(100, 999)} {random.randrange(100000, 9999999)}"
    return Company(
        name,
        street,
        town,
        telephone,
        f"office@{domain}",
        f"www.{domain}",
        _grouped(faker.iban()),
        f"{random.randrange(10, 99)}/{random.randrange(100, 999)}/{random.randrange(10000, 99999)}",
        random.choice(_COLORS),
    )


def _person(faker: Faker, random: Random, words: Language) -> Person:
    first, last = _plain(faker.first_name()), _plain(faker.last_name())
    street, town, city = _address(faker, random, words)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", f"{first}.{last}".lower()) if c.isascii() and c in _MAIL
    )
    mail = f"{plain.strip('.') or faker.user_name()}@mail.example"
    return Person(first, last, street, town, city, mail, _grouped(faker.iban()), words.code in {"ja", "zh", "ko"})


_MAIL: Final = frozenset("abcdefghijklmnopqrstuvwxyz.0123456789")


def _address(faker: Faker, random: Random, words: Language) -> tuple[str, str, str]:
    if words.street:
        street = words.street.format(name=_plain(faker.last_name()), number=random.randrange(1, 120))
        city = random.choice(words.towns)
        return street, f"{random.randrange(10000, 99999)} {city}", city
    street = _plain(faker.street_address().splitlines()[-1])
    city = _plain(faker.city())
    postcode = faker.postcode()
    while _AMBIGUOUS.search(postcode):  # nobody can tell NO8 from N08, and no truth should say that one could
        postcode = faker.postcode()
    return street, _plain(f"{postcode} {city}"), city


_AMBIGUOUS: Final = re.compile("[A-Z]0|0[A-Z]|[OIl][0-9]|[0-9][OIl]")


def _plain(text: str) -> str:
    return " ".join(text.replace("\u200e", "").replace("\u200f", "").split())


def _grouped(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
