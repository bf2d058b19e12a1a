"""What is wrong with a TOML file that people write: line, field and what is allowed, in their words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Location = Sequence[str | int]
"""Where a field stands, as pydantic tells it: names of tables and fields, and the place (from 0) in a list."""


@dataclass(frozen=True, slots=True)
class TomlProblem:
    """One thing that is wrong with a file."""

    field: str
    """Dotted: `platen.colors`; empty for the file as a whole."""
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


def problem_at(location: Location, reason: str, text: str) -> TomlProblem:
    """A problem with the line of the TOML text where its field stands."""
    names = [part for part in location if isinstance(part, str)]
    field = " ".join(".".join(names).split())  # a quoted key may hold line breaks
    return TomlProblem(field, " ".join(reason.split()), line_of(location, text))


_HEADER = re.compile(r"\s*(\[\[?)\s*([\w\-. \"']+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\-\"']+)\s*=")
_QUOTES = " \"'"


def line_of(location: Location, text: str) -> int | None:
    """The line (from 1) of a field, or of the innermost table of its path that the text names; a best effort,
    for the TOML reader of the standard library gives no positions."""
    wanted = list(location)
    best: tuple[int, int | None] = (0, None)
    counts: dict[str, int] = {}
    table: list[str | int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            names = [name.strip(_QUOTES) for name in header[2].split(".")]
            if header[1] == "[[":
                full = ".".join(names)
                counts[full] = counts.get(full, -1) + 1
                for deeper in [name for name in counts if name.startswith(f"{full}.")]:
                    del counts[deeper]
            path = table = _path(names, counts)
        elif key := _KEY.match(line):
            path = [*table, key[1].strip(_QUOTES)]
        else:
            continue
        if len(path) > best[0] and wanted[: len(path)] == path:
            best = len(path), number
    return best[1]


def _path(names: Sequence[str], counts: Mapping[str, int]) -> list[str | int]:
    """A table's path, with the place of the last entry of each array in it."""
    path: list[str | int] = []
    for position, name in enumerate(names):
        path.append(name)
        full = ".".join(names[: position + 1])
        if full in counts:
            path.append(counts[full])
    return path


def reason_of(error: Mapping[str, Any], allowed_fields: Sequence[str]) -> str:
    """Return what a pydantic error says, in our words: the value and what is allowed."""
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"no such field; there are: {', '.join(allowed_fields)}"
    if kind == "missing":
        return "missing"
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return f"{_shown(value)} is not allowed; allowed: {expected}"
    if kind in ("model_type", "dict_type", "tuple_type"):
        return f"{_shown(value)} is not allowed; a {'list' if kind == 'tuple_type' else 'table'} is wanted"
    message = (
        str(error["msg"]).removeprefix("Value error, ").removeprefix("Tuple ").replace(" after validation", "")
    )
    return f"{_shown(value)} is not allowed; {message[:1].lower()}{message[1:]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
