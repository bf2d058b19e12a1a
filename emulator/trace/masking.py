"""What is a secret in a URL, a header or an element by its name, and what stands in its place."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from emulator.transport.url import read_url

MASK: Final = "(masked)"
SENSITIVE: Final = r"[\w.-]*(?:password|passwd|passphrase|secret|credential|apikey|accesstoken)[\w.-]*"
"""Pattern of names, in any case."""

_USER_INFO: Final = re.compile(r"(?<=//)[^/\s]*@")
_QUERY: Final = re.compile(SENSITIVE, re.IGNORECASE)


def masked(text: str) -> str:
    """A text without the login that stands in a URL in it."""
    return _USER_INFO.sub(f"{MASK}@", text) if "@" in text else text


def masked_query(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The URL without a login in it and without what its query calls a secret, and its query."""
    parts = read_url(url)
    if not parts.readable:
        return masked(url), []
    if parts.login:
        parts = replace(parts, authority=f"{MASK}@{parts.authority.rpartition('@')[2]}")
    query = [
        (name, MASK if _QUERY.fullmatch(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    if any(value == MASK for _, value in query):
        parts = replace(parts, query="&".join(f"{name}={value}" for name, value in query))
    return str(parts), query


def masked_url(url: str) -> str:
    """The URL alone."""
    return masked_query(url)[0] if "@" in url or "?" in url else url
