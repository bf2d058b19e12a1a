"""Reason phrases of HTTP (RFC 9110, section 15)."""

from __future__ import annotations

from http import HTTPStatus


def reason_phrase(status: int) -> str:
    """The registered phrase, or ''."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
