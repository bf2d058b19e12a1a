"""TOML files that people write: read here alone, and what is wrong with one is told as `FILE:LINE: field: reason`,
with what is allowed, in their words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

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


class TomlFileError(ValueError):
    """A TOML file is missing, no TOML, or says something that it may not. `str()` is one line and names the first
    problem; `problems` holds them all."""

    def __init__(self, source: str, problems: Sequence[TomlProblem]) -> None:
        """`source`: the file, as it is called to people."""
        first = problems[0]
        where = source if first.line is None else f"{source}:{first.line}"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{where}: {first}{more}")
        self.source = source
        self.problems = tuple(problems)


def read_toml(path: Path, most: int, what: str, raised: type[TomlFileError] = TomlFileError) -> str:
    """The text of a TOML file.

    - `most`: octets that are read;
    - `what`: what the file should be, for people;
    - `raised`: the error of the room that it is for.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or error
        raise raised(source, [TomlProblem("", f"cannot be read: {why}")]) from None
    if len(data) > most:
        raise raised(source, [TomlProblem("", f"is larger than {most} bytes: no {what}")])
    return toml_text(data, source, raised)


def named_file(name_or_path: str, shipped: Path) -> Path | None:
    """The file that a user names: one of the folder `shipped` by its stem, or any by its path (`./flatbed` is
    one, and what ends in `.toml`). None for a name that is none."""
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.name != name_or_path:
        return path
    found = shipped / f"{name_or_path}.toml"
    if found.is_file():
        return found
    return path if path.is_file() else None


def toml_text(data: bytes, source: str, raised: type[TomlFileError] = TomlFileError) -> str:
    """The text of the octets of a TOML file. Raises `raised`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise raised(source, [TomlProblem("", "is no TOML: not UTF-8")]) from None


_POSITION: Final = re.compile(r"line (\d+), column \d+\)\Z")  # otherwise "end of document)"


def parse_toml(text: str, source: str, raised: type[TomlFileError] = TomlFileError) -> dict[str, Any]:
    """The table that a text is; errors speak of `source`. Raises `raised`, with the line of a mistake."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The standard library tells the line in words; here it stands behind the file, where editors look for it.
        reason, _, position = str(error).rpartition(" (at ")
        found = _POSITION.match(position)
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        raise raised(source, [TomlProblem("", f"is no TOML: {reason or position}", line)]) from None
    except RecursionError:
        raise raised(source, [TomlProblem("", "is no TOML: nested too deep")]) from None
    except ValueError as error:  # a number of thousands of digits
        raise raised(source, [TomlProblem("", f"is no TOML: {error}")]) from None


def problem_at(location: Location, reason: str, text: str) -> TomlProblem:
    """A problem with the line of the TOML text where its field stands."""
    names = [part for part in location if isinstance(part, str)]
    return TomlProblem(_one_line(".".join(names)), _one_line(reason), line_of(location, text))


def _one_line(text: str) -> str:
    """A quoted key may hold anything: line breaks, and what commands a terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in " ".join(text.split()))


_HEADER = re.compile(r"\s*(\[\[?)\s*([\w\-. \"']+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\-\"']+(?:\.[\w\-\"']+)*)\s*=")
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
            path = [*table, *(name.strip(_QUOTES) for name in key[1].split("."))]
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
