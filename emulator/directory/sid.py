"""Security identifiers: the octets of objectSid and their text (MS-DTYP 2.4.2)."""

from __future__ import annotations

import re
from typing import Final

_TEXT: Final = re.compile(r"S-1-(\d{1,15}|0x[0-9A-Fa-f]{12})((?:-\d{1,10}){0,15})\Z")
_HEAD: Final = 8
"""Octets before the sub-authorities: revision, their number, the authority."""


def sid_length(data: bytes, offset: int = 0) -> int:
    """Return how many octets the SID at `offset` takes. Raises ValueError."""
    if len(data) < offset + _HEAD or data[offset] != 1 or data[offset + 1] > 15:
        raise ValueError("no SID")
    return _HEAD + 4 * data[offset + 1]


def sid_text(data: bytes) -> str:
    """`S-1-5-21-...`. Raises ValueError for octets that are no SID. [adds/lookup/sid-as-text]"""
    if len(data) != sid_length(data):
        raise ValueError(f"a SID of {len(data)} octets")
    authority = int.from_bytes(data[2:8], "big")
    parts = [int.from_bytes(data[at : at + 4], "little") for at in range(_HEAD, len(data), 4)]
    shown = f"0x{authority:012X}" if authority >= 1 << 32 else str(authority)
    return "-".join(("S-1", shown, *map(str, parts)))


def sid_octets(text: str) -> bytes:
    """The octets of `S-1-5-21-...`. Raises ValueError."""
    found = _TEXT.match(text.strip())
    if found is None:
        raise ValueError(f"{text[:80]!r} is no SID")
    authority = int(found[1], 0) if found[1].startswith("0x") else int(found[1])
    parts = [int(part) for part in found[2].split("-")[1:]]
    if authority >= 1 << 48 or any(part >= 1 << 32 for part in parts):
        raise ValueError(f"{text[:80]!r} is no SID")
    octets = bytes((1, len(parts))) + authority.to_bytes(6, "big")
    return octets + b"".join(part.to_bytes(4, "little") for part in parts)
