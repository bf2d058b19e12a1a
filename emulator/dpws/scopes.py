"""The rules by which a scope asked for matches a scope of the target (WS-Discovery 2005/04, section 5.1).

The ldap rule is left out: no device or server met uses LDAP scopes.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit
from uuid import UUID


def same_string(wanted: str, own: str) -> bool:
    """strcmp0: equal, character for character."""
    return wanted == own


def same_uuid(wanted: str, own: str) -> bool:
    """uuid: both `uuid:` or `urn:uuid:` URIs of the same UUID, in any case."""
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
    whole segments, case-sensitively, after %-decoding; neither has '.' or '..' segments."""
    try:
        first, second = urlsplit(wanted), urlsplit(own)
    except ValueError:  # a bracketed host that is no address
        return False
    if first.scheme.lower() != second.scheme.lower() or first.netloc.lower() != second.netloc.lower():
        return False
    asked, has = _segments(first.path), _segments(second.path)
    if any(segment in (".", "..") for segment in asked + has):
        return False
    return asked == has[: len(asked)]


def _segments(path: str) -> list[str]:
    """Decoded segments; a trailing slash makes no difference."""
    segments = [unquote(segment) for segment in path.split("/")]
    return segments[:-1] if len(segments) > 1 and not segments[-1] else segments
