"""Names and places of many devices: a text in which `{n}` is the number of a device in its group, `{n:03}` the same
with three digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BRACE: Final = re.compile(r"\{\{|\}\}|\{n(?::(0?)(\d{1,2}))?\}|[{}]")
MOST_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """One that has been read."""

    text: str

    @property
    def counts(self) -> bool:
        """Whether the number is in it."""
        return any(found[0].startswith("{n") for found in _BRACE.finditer(self.text))

    def of(self, number: int) -> str:
        """The text for the device of that number."""

        def filled(found: re.Match[str]) -> str:
            if not found[0].startswith("{n"):
                return found[0][0]
            return str(number).rjust(int(found[2] or 0), "0" if found[1] else " ")

        return _BRACE.sub(filled, self.text)


def read_pattern(text: str) -> Pattern:
    """Raises ValueError for a brace that is none of ours."""
    for found in _BRACE.finditer(text):
        if len(found[0]) == 1:
            raise ValueError(
                "a brace means {n}, the number of the device, or {n:03}; one that is meant is doubled: {{"
            )
        if found[2] and int(found[2]) > MOST_DIGITS:
            raise ValueError(f"{found[0]}: at most {MOST_DIGITS} digits")
    return Pattern(text)
