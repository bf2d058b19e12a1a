"""What is told of HTTP traffic: one record for each exchange, by client and host alike."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from emulator.transport.http import Headers

KEPT_BODY_BYTES: Final = 64 * 1024
"""Octets of the start of a body that are kept while it passes."""


ON_PURPOSE: Final[ContextVar[list[str]]] = ContextVar("on purpose")
"""Where is noted what is done on purpose to the exchange that the running task sends or answers."""


def purposes() -> list[str]:
    """The list of this exchange; one of its own where nobody has begun one."""
    return ON_PURPOSE.get([])


@dataclass(slots=True, eq=False, repr=False, weakref_slot=True)
class Exchange:
    """One HTTP exchange, finished or broken. Times are seconds; `started` is a Unix time.

    Of a body its size is told, and as `*_start` at most its first `KEPT_BODY_BYTES`; who wants all of it listens to
    BODY (transport/points.py).
    """

    side: str
    """"client" or "server"."""
    method: str
    url: str
    remote: str
    started: float
    request_headers: Headers = ()
    request_start: bytes = b""
    request_size: int = 0
    status: int = 0
    reason: str = ""
    response_headers: Headers = ()
    response_start: bytes = b""
    response_size: int = 0
    error: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds for "connect", "ssl", "send", "wait", "receive"; missing where not done."""
    on_purpose: list[str] = field(default_factory=purposes)
    """Names of faults of a plan that acted at it, as far as they are known when it is told."""

    def __repr__(self) -> str:
        answer = self.error or self.status
        sizes = f"{self.request_size} bytes and {self.response_size}"
        return f"<Exchange {self.side}: {self.method} {self.url:.100}, {sizes}, {answer!s:.80}>"
