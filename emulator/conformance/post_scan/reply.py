"""What the judge's scan server answers with, down to the connection."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.conformance.requests import SOAP_TYPE
from emulator.transport.http import Headers


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of HTTP, or what is done in its place."""

    body: bytes = b""
    status: int = 200
    content_type: str = SOAP_TYPE
    headers: Headers = ()
    after: float = 0.0
    """Seconds before it goes."""
    chunk: int = 0
    """Octets of each chunk; 0: with Content-Length."""
    interim: int = 0
    """So many answers 100 go before it."""
    lost: bool = False
    """The connection is closed, and nothing is answered."""
    cut: int | None = None
    """The connection is closed behind so many octets of the body."""
    closes: bool = False
    """The connection is closed behind it."""
    raw: bytes | None = None
    """These octets in the place of an answer of HTTP."""
    wrong: bool = False
    """The envelope is not as the documents have it, on purpose."""
