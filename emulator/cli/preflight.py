"""How thoroughly files are looked through before anything is made of them."""

from __future__ import annotations

from enum import StrEnum


class Preflight(StrEnum):
    """--preflight."""

    NORMAL = "normal"
    """Headers of every file, and the first page decoded."""
    FULL = "full"
    """Every page decoded."""
