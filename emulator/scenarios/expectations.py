"""What a step expects, compared with what was met: by value, list, bounds or pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

BOUNDS: Final = frozenset({"min", "max"})
MATCHES: Final = "matches"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as expected."""

    path: tuple[str | int, ...]
    """Of names, and places (from 0) in lists."""
    expected: Any
    met: Any
    says: str = ""
    """What goes behind the name; '' where the two say it."""

    @property
    def name(self) -> str:
        """`end_state.state`, `images[0].format`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


def mistake_of(expected: Any) -> str:
    """Why nothing can ever be as expected; '' where it can be."""
    if isinstance(expected, Mapping):
        if MATCHES in expected and expected.keys() == {MATCHES}:
            return _no_pattern(expected[MATCHES])
        if expected and expected.keys() <= BOUNDS:
            if not all(_is_number(each) for each in expected.values()):
                return "min and max are numbers"
            if len(expected) == 2 and expected["min"] > expected["max"]:
                return "min is more than max"
            return ""
        if not expected:
            return "an empty table expects nothing"
        if expected.keys() & (BOUNDS | {MATCHES}):
            return "min and max stand together, matches alone, and no other name beside them"
        return next(filter(None, map(mistake_of, expected.values())), "")
    if isinstance(expected, list):
        return next(filter(None, map(mistake_of, expected)), "")
    if isinstance(expected, bool | int | float | str):
        return ""
    return f"{expected!r} is neither a truth value, a number, a text, a list nor a table"


def _no_pattern(pattern: Any) -> str:
    if not isinstance(pattern, str):
        return "matches is a regular expression"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"matches is no regular expression: {error}"
    return ""


def mismatches(
    expected: Mapping[str, Any], met: Mapping[str, Any], at: tuple[str | int, ...] = ()
) -> list[Mismatch]:
    """Everything in which `met` is not as expected; what is not expected may be anything."""
    found: list[Mismatch] = []
    for name, value in expected.items():
        if name in met:
            found += _of(value, met[name], (*at, name))
        else:
            there = ", ".join(met) or "nothing"
            found.append(Mismatch((*at, name), value, None, f"is not there; there are: {there}"))
    return found


def _of(expected: Any, met: Any, at: tuple[str | int, ...]) -> Iterator[Mismatch]:
    if isinstance(expected, Mapping):
        if expected.keys() <= BOUNDS or expected.keys() == {MATCHES}:
            if not _fits(expected, met):
                yield Mismatch(at, dict(expected), met)
        elif isinstance(met, Mapping):
            yield from mismatches(expected, met, at)
        else:
            yield Mismatch(at, dict(expected), met)
    elif isinstance(expected, list) and isinstance(met, list) and len(expected) == len(met):
        for number, (each, one) in enumerate(zip(expected, met, strict=True)):
            yield from _of(each, one, (*at, number))
    elif not _same(expected, met):
        yield Mismatch(at, expected, met)


def _fits(expected: Mapping[str, Any], met: Any) -> bool:
    if MATCHES in expected:
        return isinstance(met, str) and re.fullmatch(expected[MATCHES], met) is not None
    number = len(met) if isinstance(met, list) else met
    if not _is_number(number):
        return False
    return bool(expected.get("min", number) <= number <= expected.get("max", number))


def _same(expected: Any, met: Any) -> bool:
    """A whole number fits a list of so many; '' and an empty list fit what is not there."""
    if isinstance(expected, bool) or isinstance(met, bool):
        return expected is met
    if _is_number(expected) and isinstance(met, list):
        return bool(expected == len(met))
    if met is None:
        return expected in ("", [])
    if isinstance(expected, str) != isinstance(met, str):
        return False
    return bool(expected == met)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
