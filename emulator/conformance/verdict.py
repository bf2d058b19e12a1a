"""What is said of a check, and how a check says it: by returning, or by raising what stands here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.clauses.clause import Basis, Clause, Grade
from emulator.conformance.exchange import Exchange
from emulator.reports.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """By what a verdict was come to."""

    met: str = ""
    """What came, or what was found."""
    expected: str = ""
    """What should have come."""
    place: str = ""
    """Where in the message: a path of names."""
    exchanges: tuple[int, ...] = ()
    """Numbers of the exchanges that show it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict of one check."""

    id: str
    verdict: Verdict
    ms: int
    evidence: Evidence = field(default_factory=Evidence)


class Departure(Exception):
    """The peer does otherwise than the clause says."""

    def __init__(self, met: str, expected: str, exchanges: Sequence[Exchange] = (), place: Any = None) -> None:
        super().__init__(f"{met}; expected: {expected}")
        self.evidence = Evidence(met, expected, place_of(place), tuple(each.number for each in exchanges))


class NotApplicable(Exception):
    """The peer has not got what the clause speaks of, by its own words in an exchange."""

    def __init__(self, met: str, exchanges: Sequence[Exchange]) -> None:
        super().__init__(met)
        self.evidence = Evidence(met, exchanges=tuple(each.number for each in exchanges))


class NotRun(Exception):
    """What a check needs first cannot be had."""

    def __init__(self, met: str, exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(met)
        self.evidence = Evidence(met, exchanges=tuple(each.number for each in exchanges))


class NotNow(NotRun):
    """What a check needs first cannot be had just now: whoever asks later may have it."""


class Inconclusive(Exception):
    """Nothing can be said."""

    def __init__(self, met: str, exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(met)
        self.evidence = Evidence(met, exchanges=tuple(each.number for each in exchanges))


class NobodyCame(Inconclusive):
    """The peer was to come by itself, and has not."""


class OwnMistake(Exception):
    """The judge has done something wrong; the peer is not to blame."""


def verdict_of_departure(clause: Clause) -> Verdict:
    """What it is when a clause is not kept: only a document's own MUST can fail anybody."""
    if clause.grade is Grade.MAY:
        return Verdict.OBSERVED
    if clause.grade is Grade.SHOULD or clause.basis in (Basis.INFERRED, Basis.OBSERVED):
        return Verdict.WARNED
    return Verdict.FAILED


def place_of(place: Any) -> str:
    """A place in a message as a path; '' where there is none."""
    from emulator.conformance.reading import path_to

    if place is None or isinstance(place, str):
        return place or ""
    return path_to(place)
