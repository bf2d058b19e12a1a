"""What a request is sent for: known to who decides to send it, told by who sees it go out and be answered."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

from emulator.transport.observe import Exchange


@dataclass(slots=True, eq=False)
class RequestPurpose:
    """Of the next request of the running task."""

    operation: str
    again: Literal["", "retry", "repeat"] = ""
    poll: bool = False
    document_id: int | None = None
    problem: str = ""
    """What came of it that was no good answer."""
    _exchange: Callable[[], Exchange | None] | None = None

    def is_of(self, exchange: Exchange, operation: str) -> bool:
        """Return whether the exchange is the one that was meant: the first of that operation. Several may ask."""
        if self._exchange is None and operation == self.operation:
            self._exchange = weakref.ref(exchange)
        return self._exchange is not None and self._exchange() is exchange


PURPOSE: Final[ContextVar[RequestPurpose | None]] = ContextVar("purpose", default=None)
