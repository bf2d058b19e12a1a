"""How long, and with how much memory, one page of a file may be worked on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PAGE_SECONDS: Final = 60.0
PAGE_MEMORY: Final = 2 * 1024**3
LEAST_MEMORY: Final = 128 * 1024**2
"""Below it the child itself does not start."""

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS: Final = ("", "k", "m", "g", "t")


@dataclass(frozen=True, slots=True)
class PageLimits:
    """Bounds of the processes that open and decode PDF files and suspicious images."""

    seconds: float = PAGE_SECONDS
    """For opening a file and counting its pages, and for each page."""
    memory: int = PAGE_MEMORY
    """Octets of such a process. Held by the kernel on Linux, by watching what is resident on other POSIX systems;
    on Windows memory is not bounded."""

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"{self.seconds:g} seconds for a page: more than 0 are needed")
        if self.memory < LEAST_MEMORY:
            raise ValueError(
                f"{size_text(self.memory)} of memory for a page: {size_text(LEAST_MEMORY)} is the least"
            )


def parse_size(text: str) -> int:
    """Octets from `2G`, `512M`, `1.5GiB` or a bare number; k, M, G and T are powers of 1024. Raises ValueError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size: it is a number with k, M, G or T behind it, as 2G")
    return int(float(found[1]) * 1024 ** _UNITS.index(found[2].lower()))


def size_text(octets: int) -> str:
    """The same the other way round, as short as it can be: `2G`, `1536M`."""
    power = 0
    while octets >= 1024 and octets % 1024 == 0 and power < len(_UNITS) - 1:
        octets //= 1024
        power += 1
    return f"{octets}{_UNITS[power].upper() if power > 1 else _UNITS[power]}"


DEFAULT_LIMITS: Final = PageLimits()
"""Where nobody says otherwise."""
