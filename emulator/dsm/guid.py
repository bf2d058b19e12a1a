"""GUIDs as DSM writes them: compared as numbers, emitted in upper case without braces
[notes/c-05/psp-identifier-sent] [notes/c-05/psp-identifier-compared-as-a-guid]."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

_GUID: Final = re.compile(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?\Z")


def parse_guid(text: str) -> UUID:
    """A GUID with or without braces, in either case. Raises ValueError.
    [dsp/create-post-scan-job/psp-identifier-compared-as-guid]"""
    text = text.strip()
    if not _GUID.match(text) or text.startswith("{") != text.endswith("}"):
        raise ValueError(f"{text[:60]!r} is no GUID")
    return UUID(text.strip("{}"))


def format_guid(identifier: UUID) -> str:
    """PSP_Identifier's form: upper case, no braces. [dsp/create-post-scan-job/psp-identifier-as-text]
    [adds/lookup/identifier-as-text]"""
    return str(identifier).upper()


def from_octets(octets: bytes) -> UUID:
    """msImaging-PSPIdentifier: 16 octets, the first three fields little endian, as Windows lays GUIDs out.
    Raises ValueError. [notes/silent/psp-identifier-octets] [adds/schema/psp-identifier-is-a-guid]"""
    if len(octets) != 16:
        raise ValueError(f"a GUID of {len(octets)} octets instead of 16")
    return UUID(bytes_le=octets)


def to_octets(identifier: UUID) -> bytes:
    """The 16 octets of msImaging-PSPIdentifier."""
    return identifier.bytes_le
