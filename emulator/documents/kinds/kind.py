"""What every kind of document is made of: a `Job` says what to draw, a `Kind` how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from emulator.documents.countries import Country, country
from emulator.documents.invention import LAST_DAY, Company, Invention, invent, seeded
from emulator.documents.languages import Language
from emulator.documents.layouts.choosing import Plan
from emulator.documents.sheet import Sheet

Size = tuple[float, float]

SIZES: Final[dict[str, Size]] = {
    "A3": (11.693, 16.535),
    "A4": (8.268, 11.693),
    "A5": (5.827, 8.268),
    "A6": (4.134, 5.827),
    "Letter": (8.5, 11.0),
    "Legal": (8.5, 14.0),
    "ID-1": (3.370, 2.125),
    "Cheque": (6.5, 2.75),
    "Photo": (4.0, 6.0),
    "Receipt": (3.15, 7.5),
}
"""Names of sizes, in inches, upright. A4 is wscn's ISO A4, 210 x 297 mm; ID-1 is that of ISO/IEC 7810."""


_NEARLY: Final = 0.9
"""A sheet that much smaller than the one a layout was made for still takes it: Letter for A4."""


@dataclass(frozen=True, slots=True)
class Job:
    """One page to draw."""

    seed: int
    """Of the document: all of its pages have the same."""
    words: Language
    page: int
    """Of the document, from 0."""
    pages: int
    options: dict[str, Any] = field(default_factory=dict)
    """What the set's entry says beyond what every kind has."""
    last: date = LAST_DAY
    """No day on it is later than this one, but those by which something is to be done."""
    size: str | None = None
    """Name of the sheet's size, where the set names one."""

    @property
    def invention(self) -> Invention:
        """Whom and what the document is about."""
        return invent(self.seed, self.words.code, self.last)

    @property
    def country(self) -> Country:
        """Whose documents are written in the language."""
        return country(self.words.code)

    def named(self, patterns: Sequence[str]) -> Company:
        """The company under a name of another sort: that of a shop, of an association."""
        made = self.invention
        pattern = self.random("name").choice(patterns)
        return replace(made.company, name=pattern.format(last=made.clerk.last, city=made.company.address.city))

    def own(self, name: str) -> str:
        """A label that only the country has."""
        return self.country.labels[name]

    def random(self, purpose: str) -> Random:
        """A random source, the same for every page of the document."""
        return seeded(purpose, self.seed)

    def page_random(self, purpose: str) -> Random:
        """A random source of this page."""
        return seeded(purpose, self.seed, self.page)

    def label(self, name: str, **values: object) -> str:
        """A label in the document's language."""
        text = self.words.labels[name]
        return text.format(**values) if values else text


Draw = Callable[[Sheet, Job], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document."""

    name: str
    about: str
    """For people, one line."""
    draw: Draw
    size: str = "A4"
    pages: int = 1
    landscape: bool = False
    blank: bool = False
    options: tuple[str, ...] = ()
    """Fields of a set's entry that only this kind takes."""
    required: tuple[str, ...] = ()
    """Those of them that it cannot do without."""
    fixed_size: bool = False
    fits: bool = True
    """On a smaller sheet the whole layout is smaller, as printers fit it; else only the paper is."""
    many_pages: bool = False
    measure: Callable[[Job], Size] | None = None
    """The size, where the contents decide it."""
    plans: tuple[Plan, ...] = ()
    """Its layouts, of which a seed or the set chooses one."""


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def sheet_size(kind: Kind, job: Job, size: str | Size | None, orientation: str | None) -> Size:
    """Width and height of a page in inches; `size` and `orientation` as a set's entry has them."""
    if isinstance(size, tuple):
        return size
    if kind.measure is not None:
        return kind.measure(job)
    width, height = SIZES[size or _paper(kind, job) or kind.size]
    if kind.fixed_size:
        return width, height
    landscape = kind.landscape if orientation is None else orientation == "landscape"
    return (max(width, height), min(width, height)) if landscape else (min(width, height), max(width, height))


def _paper(kind: Kind, job: Job) -> str:
    """The size of paper for which the set's layout is made, where that is not the kind's."""
    named = job.options.get("layout")
    return next((plan.paper for plan in kind.plans if plan.name == named), "")


def fitting(kind: Kind, size: Size) -> float:
    """Return by how much the layout of a kind is smaller on a sheet of that size; at most 1."""
    if not kind.fits or kind.fixed_size or kind.measure is not None:
        return 1.0
    short, long = sorted(SIZES[kind.size])
    width, height = (long, short) if kind.landscape else (short, long)
    return min(1.0, size[0] / width / _NEARLY, size[1] / height / _NEARLY)
