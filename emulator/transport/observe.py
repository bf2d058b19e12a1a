"""What an observer of HTTP traffic is told: one record for each exchange, by client and host alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.transport.http import Headers


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange, finished or broken. Times are seconds; `started` is a Unix time.

    A body is kept as `*_start`: at most its first `KEPT_BODY_BYTES`; the whole is told by size and,
    where an observer asked for it (`wants_hash`), by SHA-256.
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
    request_sha256: str = ""
    status: int = 0
    reason: str = ""
    response_headers: Headers = ()
    response_start: bytes = b""
    response_size: int = 0
    response_sha256: str = ""
    error: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds for "connect", "ssl", "send", "wait", "receive"; missing where not done."""


Observer = Callable[[Exchange], None]

KEPT_BODY_BYTES = 64 * 1024
