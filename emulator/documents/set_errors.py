"""Errors of document sets: file, line, page, field and what is allowed, for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.documents.kinds import KINDS
from emulator.toml_problems import Location, line_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a set."""

    field: str
    """Dotted: `documents[3].kind`; empty for the file as a whole."""
    reason: str
    line: int | None = None
    page: int | None = None
    """The first page of the stack that it concerns, from 1."""
    missing_font: bool = False

    def __str__(self) -> str:
        page = f"page {self.page}: " if self.page is not None else ""
        return f"{page}{self.field}: {self.reason}" if self.field else page + self.reason


class DocumentSetError(ValueError):
    """A document set is missing, no TOML, or says something that it may not. `str()` is one line and names the
    first problem; `problems` holds them all."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        where = source if first.line is None else f"{source}:{first.line}"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{where}: {first}{more}")
        self.source = source
        self.problems = tuple(problems)


def problem_at(location: Location, reason: str, text: str, document: Mapping[str, Any]) -> Problem:
    """A problem with the line of the TOML text where its field stands and the page that it spoils."""
    location = _without_union(location)
    field = ""
    for part in location:
        field += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if field else str(part)
    number = location[1] if len(location) > 1 and location[0] == "documents" else None
    page = _page(document, number) if isinstance(number, int) else None
    return Problem(" ".join(field.split()), " ".join(reason.split()), line_of(location, text), page)


_UNION = re.compile(r"[A-Z]|str$|float$|constrained-|function-|literal\[")


def _without_union(location: Location) -> list[str | int]:
    """Pydantic names the branches of a union like fields of their own."""
    return [part for part in location if not (isinstance(part, str) and _UNION.match(part))]


def deepest(errors: Sequence[Any]) -> list[Any]:
    """Leave out the errors of a union's branches that another branch came further than."""
    places = [_without_union(error["loc"]) for error in errors]
    return [
        error
        for error, place in zip(errors, places, strict=True)
        if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def _page(document: Mapping[str, Any], number: int) -> int | None:
    """The first page of a document, where those before it can be counted."""
    page = 1
    for entry in document.get("documents", ())[:number]:
        if not isinstance(entry, dict):
            return None
        kind = KINDS.get(str(entry.get("kind")))
        pages, copies = entry.get("pages", kind.pages if kind else 1), entry.get("copies", 1)
        if not (isinstance(pages, int) and isinstance(copies, int)):
            return None
        sides = {"blank": pages * 2, "printed": (pages + 1) // 2 * 2}.get(str(entry.get("backs")), pages)
        page += sides * copies
    return page
