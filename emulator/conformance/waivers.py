"""Departures that are known and allowed for a time: a TOML file with one entry for each. What is waived must go on
failing as it did: an entry that covers nothing any more fails the run, so that the file cannot rot."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.conformance.verdict import Judged
from emulator.reports.verdict import Verdict
from emulator.toml_files import (
    TomlFileError,
    TomlProblem,
    parse_toml,
    problem_at,
    read_toml,
    reason_of,
)

MAX_OCTETS: Final = 1024 * 1024
_DAYS: Final = 90
"""For which an entry holds that is written by --write-waivers."""
_GLOB: Final = frozenset("*?[")
_OPEN: Final = (Verdict.FAILED, Verdict.WARNED)


class WaiverError(TomlFileError):
    """A file of waivers that cannot be read, or says what cannot be."""


class Waiver(BaseModel):
    """One entry."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    check: Annotated[str, Field(min_length=1)]
    """One id."""
    peer: Annotated[str, Field(min_length=1)]
    """A glob over what the server calls itself: manufacturer, model and firmware."""
    because: Annotated[str, Field(min_length=1)]
    until: date
    """The last day on which it holds."""
    seen: Annotated[str, Field(min_length=1)]
    """A text that what was met must hold: another departure is no waived one."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    waiver: list[Waiver] = []


@dataclass(frozen=True, slots=True)
class Waivers:
    """The entries of a file."""

    source: str = ""
    entries: Sequence[Waiver] = ()

    def applied(self, judged: Judged, peer: str, today: date) -> Judged:
        """The verdict with what is waived. `peer`: what the server calls itself."""
        waiver = next((w for w in self.entries if w.check == judged.id and fnmatch.fnmatchcase(peer, w.peer)), None)
        if waiver is None:
            return judged
        met = judged.evidence.met
        if judged.verdict not in _OPEN:
            if judged.verdict in (Verdict.PASSED, Verdict.OBSERVED):
                return self._failed(
                    judged, f"it is kept now, and {self.source} still waives it: take the entry out"
                )
            return judged
        if today > waiver.until:
            return self._failed(judged, f"{met} (waived until {waiver.until}, which is over)")
        if waiver.seen not in met:
            return self._failed(judged, f"{met} (the waiver is for another departure: {waiver.seen!r})")
        found = replace(judged.evidence, met=f"{met} (waived until {waiver.until}: {waiver.because})")
        return replace(judged, verdict=Verdict.WAIVED, evidence=found)

    @staticmethod
    def _failed(judged: Judged, met: str) -> Judged:
        return replace(judged, verdict=Verdict.FAILED, evidence=replace(judged.evidence, met=met))


def read_waivers(path: Path, known: Collection[str]) -> Waivers:
    """The waivers of a file. `known`: ids that there are. Raises WaiverError with every mistake and its line."""
    text = read_toml(path, MAX_OCTETS, "file of waivers", WaiverError)
    table = parse_toml(text, str(path), WaiverError)
    try:
        entries = _File.model_validate(table).waiver
    except ValidationError as error:
        raise WaiverError(str(path), [_problem(each, text) for each in error.errors()]) from None
    problems: list[TomlProblem] = []
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(entries):
        place = ("waiver", number, "check")
        if _GLOB & set(each.check):
            problems.append(problem_at(place, f"{each.check!r} is a pattern; a waiver names one check", text))
        elif each.check not in known:
            problems.append(problem_at(place, f"no check is called {each.check!r}", text))
        elif (each.check, each.peer) in seen:
            problems.append(problem_at(place, f"{each.check!r} is waived twice for {each.peer!r}", text))
        seen.add((each.check, each.peer))
    if problems:
        raise WaiverError(str(path), problems)
    return Waivers(str(path), tuple(entries))


def _problem(error: Any, text: str) -> TomlProblem:
    return problem_at(error["loc"], reason_of(error, list(Waiver.model_fields)), text)


def waivers_text(judged: Sequence[Judged], peer: str, today: date) -> str:
    """A file with an entry for each departure. The reasons are left to people: without them it is not read."""
    until = today + timedelta(days=_DAYS)
    head = "# Each entry needs its reason in `because`; without it the file is refused.\n"
    entries = [
        f'\n[[waiver]]\ncheck = {_toml(each.id)}\npeer = {_toml(_literal(peer))}\nbecause = ""\nuntil = {until}\n'
        f"seen = {_toml(each.evidence.met)}\n"
        for each in judged
        if each.verdict is Verdict.FAILED
    ]
    return head + "".join(entries)


def _literal(text: str) -> str:
    """A glob that matches this text alone."""
    return "".join(f"[{each}]" if each in _GLOB else each for each in text)


def _toml(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(each):04x}"
        if ord(each) < 0x20 or ord(each) == 0x7F
        else {"\\": "\\\\", '"': '\\"'}.get(each, each)
        for each in text
    )
    return f'"{escaped}"'
