"""What the synthetic letter says. All names are invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from emulator.printing.paper import Color


@dataclass(frozen=True, slots=True)
class Company:
    """Who writes."""

    name: str
    trade: str
    street: str
    town: str
    telephone: str
    mail: str
    color: Color


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What is the same on all pages of a letter."""

    company: Company
    recipient: tuple[str, ...]
    salutation: str
    written: date
    reference: str
    subject: str
    signatory: str
    position: str


COMPANIES: Final = (
    Company(
        "Harbour & Pine Ltd",
        "Timber, joinery and restoration",
        "14 Quay Street",
        "Northwick NW4 7HP",
        "01632 960 114",
        "office@harbourpine.example",
        (24, 78, 119),
    ),
    Company(
        "Meridian Valve Works",
        "Fittings and pipework since 1931",
        "Unit 6, Foundry Lane",
        "Aldersham AL2 9QT",
        "01632 960 482",
        "sales@meridianvalve.example",
        (138, 43, 32),
    ),
    Company(
        "Lindqvist Surveyors",
        "Land, buildings, boundaries",
        "2 Old Mill Court",
        "Easterby EB1 3LS",
        "01632 960 730",
        "post@lindqvist.example",
        (36, 102, 66),
    ),
    Company(
        "Tamarind Office Supplies",
        "Paper, furniture, machines",
        "88 Canal Road",
        "Stonebridge SB6 2TM",
        "01632 960 057",
        "orders@tamarind.example",
        (107, 63, 160),
    ),
)

_PEOPLE: Final = (
    ("Ms", "Clara", "Whitfield"),
    ("Mr", "Tobias", "Rennick"),
    ("Ms", "Amina", "Osei"),
    ("Mr", "Henrik", "Dahl"),
    ("Ms", "Rosalind", "Pike"),
    ("Mr", "Samuel", "Okafor"),
    ("Ms", "Ingrid", "Vale"),
    ("Mr", "Peter", "Kovacs"),
)
_POSITIONS: Final = ("Head of Accounts", "Project Manager", "Office Manager", "Director", "Customer Service")
_FIRMS: Final = (
    "Brightwater Housing",
    "Castle Lane School",
    "Fenn & Daughters",
    "Orchard Clinic",
    "Riverside Press",
)
_STREETS: Final = ("Market Square", "Station Road", "Chapel Hill", "Linden Avenue", "Mill Lane")
_TOWNS: Final = ("Westbourne WB3 5RT", "Kingsford KF8 1AA", "Marlow End ME2 4DN", "Thornby TH7 6JQ")
_SUBJECTS: Final = (
    "Repair of the loading bay and revised schedule",
    "Your order for the second quarter",
    "Annual inspection: findings and next steps",
    "Renewal of the maintenance agreement",
    "Quotation for the new archive room",
)
_SENTENCES: Final = (
    "Thank you for your letter and for the drawings that came with it.",
    "We have compared the figures with our own records and agree with all but two of them.",
    "The delivery was checked on arrival and found to be complete and in good order.",
    "Our engineer will call on you next week to settle the remaining details.",
    "Please sign the enclosed copy and return it to us in the envelope provided.",
    "The price includes transport, but not the removal of the old equipment.",
    "Work can begin as soon as the permit has been issued, which we expect before the end of the month.",
    "Should the weather hold, the roof will be finished well ahead of the date that we agreed.",
    "A full list of the parts, with their numbers and prices, follows on the next pages.",
    "We would be glad to show you a similar installation nearby.",
    "The invoice is payable within thirty days; early payment earns the usual discount.",
    "Two of the windows on the north side need new frames, the others can be repaired.",
    "As discussed by telephone, the meeting has been moved to the small conference room.",
    "The auditors have asked for the original receipts, which we keep for seven years.",
    "It would help us to know how many people will use the building at the same time.",
    "Nothing in this letter changes the terms of the contract.",
    "The samples were tested twice, with the same result.",
    "In the meantime the old machine may be used, provided that the guard stays closed.",
    "Your account manager has been told and will keep you informed.",
    "We regret the delay and have taken steps to prevent another one.",
    "The second coat needs three days to dry and should not be touched before then.",
    "Both keys are with the caretaker, who is in the building every morning.",
    "Further copies of this letter have gone to the architect and to the insurers.",
    "The measurements were taken from the edge of the pavement, not from the wall.",
)
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ITEMS: Final = (
    "Oak boards, planed, first grade",
    "Brass hinges with screws",
    "Steel brackets, galvanised",
    "Labour, joiner",
    "Labour, apprentice",
    "Glass, toughened, clear",
    "Sealing compound",
    "Transport and packing",
    "Ball valves, stainless",
    "Paint, white, satin",
    "Hire of scaffolding",
    "Survey and drawings",
    "Disposal of waste",
    "Cable, three cores",
)


def correspondence(seed: int) -> Correspondence:
    """The letter of a seed; the same for ever."""
    random = Random(f"letter {seed}")  # noqa: S311  # invents text, guards nothing
    title, given, family = random.choice(_PEOPLE)
    _, signing, signer = random.choice([person for person in _PEOPLE if person[2] != family])
    written = date(2024, 1, 8) + timedelta(days=random.randrange(700))
    if written.weekday() >= 5:
        written += timedelta(days=2)
    return Correspondence(
        company=COMPANIES[seed % len(COMPANIES)],
        recipient=(
            f"{title} {given} {family}",
            random.choice(_FIRMS),
            f"{random.randrange(2, 190)} {random.choice(_STREETS)}",
            random.choice(_TOWNS),
        ),
        salutation=f"Dear {title} {family},",
        written=written,
        reference=f"{family[:2].upper()}/{random.randrange(1000, 9999)}-{written.year % 100}",
        subject=random.choice(_SUBJECTS),
        signatory=f"{signing} {signer}",
        position=random.choice(_POSITIONS),
    )


def paragraphs(random: Random) -> Iterator[str]:
    """Paragraphs without end; within some twenty sentences none comes twice."""
    while True:
        sentences = random.sample(_SENTENCES, len(_SENTENCES))
        while len(sentences) >= 3:
            length = random.randint(3, 5)
            yield " ".join(sentences[:length])
            sentences = sentences[length:]


def long_date(day: date) -> str:
    """`9 March 2025`, in English whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def money(pence: int) -> str:
    """`1,234.50`."""
    return f"{pence // 100:,}.{pence % 100:02d}"


def bill(random: Random) -> list[tuple[str, int, int]]:
    """Lines of a small bill: what, how many, price of one in pence."""
    items = random.sample(_ITEMS, random.randint(4, 8))
    return [(item, random.randint(1, 24), random.randrange(150, 18000, 5)) for item in items]
