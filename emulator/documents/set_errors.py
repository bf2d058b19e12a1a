"""Errors of document sets: file, line, page, field and what is allowed, for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.documents.kinds import KINDS
from emulator.toml_files import Location, TomlFileError, TomlProblem, line_of


@dataclass(frozen=True, slots=True)
class Problem(TomlProblem):
    """One thing that is wrong with a set; `field` as in `documents[3].kind`."""

    page: int | None = None
    """The first page of the stack that it concerns, from 1."""
    missing_font: bool = False

    def __str__(self) -> str:
        said = TomlProblem.__str__(self)
        return said if self.page is None else f"page {self.page}: {said}"


class DocumentSetError(TomlFileError):
    """A document set is missing, no TOML, or says something that it may not."""

    def __init__(self, source: str, problems: Sequence[TomlProblem]) -> None:
        super().__init__(source, problems)
        self.only_fonts_missing = all(isinstance(each, Problem) and each.missing_font for each in problems)
        """With them it could be used."""


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
