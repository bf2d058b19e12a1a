"""The rules by which a scope asked for matches a scope of the target (WS-Discovery 2005/04, section 5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote
from uuid import UUID

from emulator.transport.url import Url, read_url

_COMMA: Final = re.compile(r"(?<!\\),")  # RFC 4514, section 2.4: a comma of a value is escaped


def each(rule: Callable[[str, str], bool]) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """Tell whether, for lists, every scope asked for matches one of the target's. [discovery/match/every-scope]"""
    return lambda wanted, own: all(any(rule(one, other) for other in own) for one in wanted)


def has_none(wanted: Sequence[str], own: Sequence[str]) -> bool:
    """none (WS-Discovery 1.1): the target has no scopes; those asked for do not count. [discovery/match/none]"""
    return not own


def same_string(wanted: str, own: str) -> bool:
    """strcmp0: equal, character for character. [discovery/match/strcmp0] [wsdapi/wsdbit/strcmp0-case-sensitive]"""
    return wanted == own


def same_uuid(wanted: str, own: str) -> bool:
    """uuid: both `uuid:` or `urn:uuid:` URIs of the same UUID, in any case. [discovery/match/uuid]"""
    first, second = _uuid(wanted), _uuid(own)
    return first is not None and first == second


def _uuid(text: str) -> UUID | None:
    lower = text.lower().removeprefix("urn:")
    if not lower.startswith("uuid:"):
        return None
    try:
        return UUID(lower.removeprefix("uuid:"))
    except ValueError:
        return None


def starts_with(wanted: str, own: str) -> bool:
    """rfc2396: same scheme and authority in any case, and the path of `wanted` is a prefix of the other's by
    whole segments, case-sensitively, after %-decoding; neither has '.' or '..' segments.
    [discovery/match/rfc2396-scheme-and-authority] [discovery/match/rfc2396-path]"""
    first, second = read_url(wanted), read_url(own)
    if not _same_authority(first, second):
        return False
    asked, has = _segments(first.path), _segments(second.path)
    if any(segment in (".", "..") for segment in asked + has):
        return False
    return asked == has[: len(asked)]


def _segments(path: str) -> list[str]:
    """Decoded segments; a trailing slash makes no difference."""
    segments = [unquote(segment) for segment in path.split("/")]
    return segments[:-1] if len(segments) > 1 and not segments[-1] else segments


def ends_with_names(wanted: str, own: str) -> bool:
    """ldap: both `ldap:` URLs of the same host, and the distinguished name of `wanted` is the end of the other's
    by whole parts, in any case. [discovery/match/ldap]"""
    first, second = read_url(wanted), read_url(own)
    if first.scheme != "ldap" or not _same_authority(first, second):
        return False
    asked, has = _names(first.path), _names(second.path)
    return not asked or asked == has[-len(asked) :]


def _names(path: str) -> list[str]:
    """Parts of a distinguished name, in lower case, without white space round `=`."""
    parts = _COMMA.split(unquote(path).removeprefix("/"))
    return ["=".join(side.strip() for side in part.lower().split("=", 1)) for part in parts if part.strip()]


def _same_authority(one: Url, other: Url) -> bool:
    """Whether both can be read, and have the same scheme and authority, in any case."""
    if not (one.readable and other.readable):
        return False
    return (one.scheme, one.authority.lower()) == (other.scheme, other.authority.lower())
