"""The error of this room."""

from __future__ import annotations


class TrustError(ValueError):
    """A certificate, key or password that cannot be used. `str()` is one line that names the file."""
