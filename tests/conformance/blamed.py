"""What the judge blames a habit for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Blamed:
    """What a habit is blamed for."""

    by: frozenset[str] = frozenset()
    why: str = ""
    """How it was read, where the habit's own sentence is not enough."""
    ordinary_job: bool = True
    """The ordinary job can be had with it."""


def blamed_by(*ids: str, why: str = "", ordinary_job: bool = True) -> Blamed:
    """By the checks of these ids."""
    return Blamed(frozenset(ids), why, ordinary_job)
