"""Which traces a page gets and how strong; what is told of those it got."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Final

from PIL import Image

from emulator.documents.invention import LAST_DAY
from emulator.documents.truth import Line, Word
from emulator.imaging import affine
from emulator.imaging.affine import Affine

TRACE_NAMES: Final = (
    "tinted_paper",
    "thermal_fade",
    "folds",
    "punch_holes",
    "staples",
    "stains",
    "stamp",
    "highlighter",
    "pen",
    "bleed_through",
    "gutter",
    "photocopy",
    "fax",
    "skew",
    "feed_shift",
    "double_feed",
    "uneven_light",
    "dark_edges",
    "streaks",
    "dust",
    "noise",
)
"""Names of all traces, in the order in which they come about: paper, copies, feed, optics and sensor."""

STRENGTHS: Final[Mapping[str, float]] = MappingProxyType({"off": 0.0, "light": 0.3, "heavy": 1.0})
"""The strengths that have names."""

Strength = str | float
Point = tuple[float, float]
PointMap = Callable[[Sequence[Point]], list[Point]]
"""Where points of the page, in pixels of it, are in the traced image; pixel (0, 0) covers the square from (0, 0)
to (1, 1)."""
Parameters = dict[str, object]


class TracePlanError(ValueError):
    """A table of traces with a mistake. `str()` is one line: the trace, and what is allowed."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class TracePlan(Mapping[str, float]):
    """Trace name -> strength, from more than 0 to 1, in the order in which the traces come about; those that are
    off are not in it. Immutable."""

    def __init__(self, traces: Mapping[str, object] = MappingProxyType({})) -> None:
        """`traces` as in a set's `[traces]` table: name -> `off`, `light`, `heavy` or a number from 0 to 1. Raises
        TracePlanError."""
        for name in traces:
            if name not in TRACE_NAMES:
                raise TracePlanError(str(name), _unknown(str(name)))
        found = {name: strength_of(name, traces[name]) for name in TRACE_NAMES if name in traces}
        self._strengths = {name: strength for name, strength in found.items() if strength > 0}

    def __getitem__(self, name: str) -> float:
        return self._strengths[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._strengths)

    def __len__(self) -> int:
        return len(self._strengths)

    def __hash__(self) -> int:
        return hash(tuple(self._strengths.items()))

    def __repr__(self) -> str:
        return f"TracePlan({self._strengths})"


def strength_of(name: str, value: object) -> float:
    """The number of a strength. Raises TracePlanError in the name of the trace."""
    if isinstance(value, str) and value in STRENGTHS:
        return STRENGTHS[value]
    # bool is a number for Python: `skew = true` says nothing of how much.
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1:
        return float(value)
    raise TracePlanError(name, f"{value!r} is no strength; allowed: off, light, heavy, or a number from 0 to 1")


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, TRACE_NAMES, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"no such trace; {meant}there are: {', '.join(TRACE_NAMES)}"


@dataclass(frozen=True, slots=True)
class AppliedTrace:
    """A trace that a page got."""

    name: str
    strength: float
    """0 to 1."""
    seed: int
    """Of this trace alone, made from the page's seed and the trace's name."""
    parameters: Mapping[str, object]
    """What was drawn: angles in degrees (clockwise), lengths in 1/1000 inch, polygons in pixels of the traced
    image; only what JSON can hold."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The document that a page belongs to, as far as stamps and fax headers speak of it."""

    language: str = "en"
    """ISO 639-1."""
    day: date | None = None
    """Of the document; None: nobody knows it."""
    last: date = LAST_DAY
    """No day is later."""
    telephone: str | None = None
    """Of who sent it."""

    def later(self, random: Random, days: int) -> date:
        """A day on which something happened to the document, at most so many days after its own."""
        if self.day is None:
            return self.last - timedelta(days=random.randrange(700))
        return min(self.last, self.day + timedelta(days=random.randrange(days)))


NOBODY: Final = Subject()
"""Of a page of which nothing is known."""


@dataclass(frozen=True, slots=True)
class TraceWriting:
    """What a trace wrote on the page, in pixels of the traced image; it may reach beyond it."""

    source: str
    """Name of the trace."""
    words: tuple[Word, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TracedPage:
    """A page with its traces, of the size and mode that it had."""

    image: Image.Image
    point_map: PointMap | None
    """None where every point stayed in its place."""
    applied: tuple[AppliedTrace, ...]
    """In the order in which they came about; without those that had nothing to show (bleed-through of a page
    without a back)."""
    written: tuple[TraceWriting, ...] = ()
    map: Affine | None = affine.IDENTITY
    """What `point_map` does, as a whole; None where the page is bent."""
