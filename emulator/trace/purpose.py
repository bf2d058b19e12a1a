"""What a request is sent for: known to who decides to send it, told by who sees it go out and be answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(slots=True, eq=False)
class Purpose:
    """Of the next request of the running task."""

    operation: str
    again: Literal["", "retry", "repeat"] = ""
    poll: bool = False
    document_id: int | None = None
    seen: bool = False
    """The request has been told of."""
    problem: str = ""
    """What came of it that was no good answer."""


PURPOSE: Final[ContextVar[Purpose | None]] = ContextVar("purpose", default=None)
