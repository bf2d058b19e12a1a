"""Errors of device profiles: file, line, field and what is allowed, for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Location = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """One thing that is wrong with a profile."""

    field: str
    """Dotted: `platen.colors`; empty for the file as a whole."""
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class ProfileError(ValueError):
    """A device profile is missing, no TOML, or says something that it may not. `str()` is one line and names
    the first problem; `problems` holds them all."""

    def __init__(self, source: str, problems: Sequence[ProfileProblem]) -> None:
        first = problems[0]
        where = source if first.line is None else f"{source}:{first.line}"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{where}: {first}{more}")
        self.source = source
        self.problems = tuple(problems)


def problem_at(location: Location, reason: str, text: str) -> ProfileProblem:
    """A problem with the line of the TOML text where its field stands."""
    names = [part for part in location if isinstance(part, str)]
    field = " ".join(".".join(names).split())  # a quoted key may hold line breaks
    return ProfileProblem(field, " ".join(reason.split()), line_of(names, text))


_HEADER = re.compile(r"\s*\[\s*([\w\-. \"']+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\-\"']+)\s*=")


def line_of(names: Sequence[str], text: str) -> int | None:
    """The line (from 1) of a field, or of the innermost table of its path that the text names; a best effort,
    for the TOML reader of the standard library gives no positions."""
    best: tuple[int, int | None] = (0, None)
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header is not None:
            table = [part.strip(" \"'") for part in header[1].split(".")]
            path = table
        elif key is not None:
            path = [*table, key[1].strip("\"'")]
        else:
            continue
        if len(path) > best[0] and list(names[: len(path)]) == path:
            best = len(path), number
    return best[1]


def reason_of(error: Mapping[str, Any], allowed_fields: Sequence[str]) -> str:
    """What a pydantic error says, in our words: the value and what is allowed."""
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"no such field; there are: {', '.join(allowed_fields)}"
    if kind == "missing":
        return "missing"
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return f"{_shown(value)} is not allowed; allowed: {expected}"
    if kind in ("model_type", "tuple_type"):
        return f"{_shown(value)} is not allowed; a {'table' if kind == 'model_type' else 'list'} is wanted"
    message = (
        str(error["msg"]).removeprefix("Value error, ").removeprefix("Tuple ").replace(" after validation", "")
    )
    return f"{_shown(value)} is not allowed; {message[:1].lower()}{message[1:]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
