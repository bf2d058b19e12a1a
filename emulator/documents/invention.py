"""Who and what documents are about: companies, people, places, amounts and dates, all from a seed.

Names of people come from Faker, whose import takes longer than drawing a page, so it happens when the first
document is invented.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, Final

from emulator.documents.countries import Country, country, filled
from emulator.documents.identifiers import Account, Detail, account, tax_number
from emulator.documents.languages import Language, language
from emulator.printing.paper import Color

if TYPE_CHECKING:
    from faker import Faker

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
class Address:
    """Where somebody lives."""

    street: str
    city: str
    postcode: str
    telephone: str
    country: Country

    @property
    def town(self) -> str:
        """City and postcode as the country writes them on one line."""
        return self.country.town.format(city=self.city, postcode=self.postcode)

    @property
    def line(self) -> str:
        """All on one line."""
        return self.country.inline.format(
            street=self.street, city=self.city, postcode=self.postcode, town=self.town
        )

    @property
    def lines(self) -> list[str]:
        """The address as on a letterhead: without a name, in the country's order."""
        parts = {"street": self.street, "city": self.city, "postcode": self.postcode, "town": self.town}
        return [line.format(**parts) for line in self.country.block if "{name}" not in line]

    def block(self, name: str, *, company: bool = False) -> list[str]:
        """Lines of a letter's address in the country's order."""
        lines = (company and self.country.company_block) or self.country.block
        parts = {
            "name": name,
            "street": self.street,
            "city": self.city,
            "postcode": self.postcode,
            "town": self.town,
        }
        return [line.format(**parts) for line in lines]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first: str
    last: str
    address: Address
    mail: str
    account: Account
    surname_first: bool = False
    woman: bool = False

    @property
    def name(self) -> str:
        """The name as letters have it."""
        return f"{self.last} {self.first}" if self.surname_first else f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Company:
    """A company that does not exist."""

    name: str
    address: Address
    mail: str
    web: str
    account: Account
    tax_number: Detail
    color: Color


@dataclass(frozen=True, slots=True)
class Invention:
    """What one document is about."""

    company: Company
    partner: Company
    bank: Company
    """Where `person` has an account."""
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
    land = country(code)
    bank = random.choice(land.banks)
    return Invention(
        company=_company(faker, random, land, land.trades),
        partner=_company(faker, random, land, land.callings),
        bank=replace(_company(faker, random, land, land.trades), name=bank[0]),
        person=_person(faker, random, land, words, bank),
        clerk=_person(faker, random, land, words, None),
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


def _company(faker: Faker, random: Random, land: Country, trades: Sequence[str]) -> Company:
    address = _address(random, land)
    parts = {
        "last": _plain(_last_name(faker, "male")),
        "other": _plain(_last_name(faker, "male")),
        "trade": random.choice(trades),
        "short": address.city[:2],
    }
    name_pattern = random.choice(land.companies)
    name = name_pattern.format(**parts)
    named = " ".join(parts[key] for key in ("last", "other", "trade") if f"{{{key}}}" in name_pattern)
    host = "".join(c for c in _plainly(named, land) if c.isalnum())[:22]
    host = random.choice(land.hosts) if land.hosts else host
    return Company(
        name,
        address,
        f"{random.choice(('office', 'info', 'mail', 'contact'))}@{host}.example",
        f"www.{host}.example",
        account(land, random),
        tax_number(land, random),
        random.choice(_COLORS),
    )


def _person(faker: Faker, random: Random, land: Country, words: Language, bank: tuple[str, str] | None) -> Person:
    gender = random.choice(("male", "female"))
    first = _plain(getattr(faker, f"first_name_{gender}", faker.first_name)())
    last = _plain(_last_name(faker, gender))
    plain = "".join(c for c in _plainly(f"{first}.{last}", land) if c in _MAIL)
    user = plain.strip(".") if land.hosts == () else faker.user_name()
    return Person(
        first,
        last,
        _address(random, land),
        f"{user}@mail.example",
        account(land, random, bank),
        words.code in {"ja", "zh", "ko"},
        gender == "female",
    )


def _last_name(faker: Faker, gender: str) -> str:
    """Where surnames have one, that of the gender."""
    found: str = getattr(faker, f"last_name_{gender}", faker.last_name)()
    return found


_MAIL: Final = frozenset("abcdefghijklmnopqrstuvwxyz.0123456789")


def _address(random: Random, land: Country) -> Address:
    city, pattern, telephone = random.choice(land.towns)
    number = random.randrange(1, land.houses)
    street = land.street.format(
        name=random.choice(land.streets),
        number=number,
        block=random.randrange(1, 6),
        house=random.randrange(1, 25),
    )
    postcode = filled(pattern, random)
    while _AMBIGUOUS.search(postcode):  # nobody can tell NO8 from N08, and no truth should say that one could
        postcode = filled(pattern, random)
    return Address(street, city, postcode, filled(telephone, random), land)


_AMBIGUOUS: Final = re.compile("[A-Z]0|0[A-Z]|[OIl][0-9]|[0-9][OIl]")


_SPELLED: Final = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart."""
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
"""As names of hosts have them in German."""


def _plainly(name: str, land: Country) -> str:
    """A name as names of hosts and mailboxes have it: small, in ASCII."""
    text = name.lower()
    text = (text.translate(_UMLAUTS) if land.code == "DE" else text).translate(_SPELLED)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isascii())


def _plain(text: str) -> str:
    return " ".join(text.replace("\u200e", "").replace("\u200f", "").split())
