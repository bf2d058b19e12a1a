"""What is told of HTTP traffic: one record for each exchange, by client and host alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from emulator.transport.http import Body, Headers


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart body: an attachment."""

    content_id: str
    media_type: str
    size: int
    sha256: str


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange, finished or broken. Times are seconds; `started` is a Unix time.

    A body is kept as `*_start`: at most its first `KEPT_BODY_BYTES`; the whole is told by size and,
    by SHA-256.
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
    request_parts: tuple[Part, ...] = ()
    """Of a multipart request: its parts after the root."""
    status: int = 0
    reason: str = ""
    response_headers: Headers = ()
    response_start: bytes = b""
    response_size: int = 0
    response_sha256: str = ""
    error: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds for "connect", "ssl", "send", "wait", "receive"; missing where not done."""

    def keep_response(self, body: bytes | Body) -> None:
        """Take down the response's body; of one that is streamed only its first piece, not its hash."""
        if not isinstance(body, bytes):
            first = next(iter(body.chunks()), b"")
            self.response_start, self.response_size = bytes(first[:KEPT_BODY_BYTES]), body.length
            return
        self.response_start = body[:KEPT_BODY_BYTES]
        self.response_size = len(body)
        self.response_sha256 = hashlib.sha256(body).hexdigest()


KEPT_BODY_BYTES: Final = 64 * 1024
