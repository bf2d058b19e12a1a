"""The plug between protocol code and the network: requests, responses, errors, and who carries them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from emulator.layers import Layers

Headers = tuple[tuple[str, str], ...]


class Body(Protocol):
    """A request body of known length that can be read more than once."""

    @property
    def length(self) -> int:
        """Octets in all; sent as Content-Length."""

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The octets from the start, in pieces fit for one write (some 64 to 512 KiB)."""


@dataclass(frozen=True, slots=True)
class BytesBody:
    """A body that is in memory."""

    data: bytes

    @property
    def length(self) -> int:
        return len(self.data)

    def chunks(self) -> Iterator[bytes | memoryview]:
        yield self.data


@dataclass(frozen=True, slots=True)
class Carried:
    """What a body carries: nobody below reads it, and who alters octets knows by it whose they are."""

    operation: str
    """The name of the operation that asks, also of an answer; of an event, its name."""
    asked: object = field(default=None, repr=False)
    """The SOAP message that asks, where there is one."""
    layers: Layers | None = field(default=None, repr=False)
    """Of the service that answers, where a host has several."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to be sent. Host, Content-Length and Connection are added by the client."""

    url: str
    headers: Headers
    body: Body
    method: str = "POST"
    carried: Carried | None = None
    """What the body carries, for who alters its octets."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, wholly read. `early`: it came before the request's body was wholly sent."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    early: bool = False

    def header(self, name: str) -> str:
        """The first header of that name, or ''."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


class Stage(Enum):
    """How far an exchange had come when it broke; decides whether the request may be sent again."""

    CONNECT = "connecting"
    """Nothing was sent: the peer surely processed nothing."""
    TLS = "TLS handshake"
    """No octet of the request was sent."""
    SEND = "sending the request"
    """The body was not wholly sent."""
    ANSWER = "waiting for the answer"
    """The body was wholly sent, no answer (or not a whole one) came."""


class ExchangeError(Exception):
    """An exchange that brought no answer. `str()` is one line naming peer and reason."""

    def __init__(self, message: str, stage: Stage, *, body_bytes_sent: int = 0) -> None:
        super().__init__(message)
        self.stage = stage
        self.body_bytes_sent = body_bytes_sent


class Refused(ExchangeError):
    """No connection: refused, unreachable, name not found."""


class TimedOut(ExchangeError):
    """A time limit ran out at `stage`."""


class TlsFailed(ExchangeError):
    """TLS failed: certificate, name, protocol, or the server did not take our certificate."""


class ClientRefused(TlsFailed):
    """The peer's TLS alert says that it wants a certificate of ours, or another one."""


class ConnectionLost(ExchangeError):
    """The peer closed or reset the connection at `stage`."""


class EndedOnPurpose(ConnectionLost):
    """A handler that is plugged in has ended the connection."""


class HandlerFailed(ExchangeError):
    """A handler that is plugged in has failed: the reason names it. The peer has done nothing wrong."""


class NotHttp(ExchangeError):
    """The peer answered with something that is no HTTP response, or with more than we read."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for each stage of one exchange."""

    connect: float = 10.0
    """TCP connect and TLS handshake."""
    read: float = 60.0
    """Longest silence: while sending, until the peer takes more; after that, until its answer."""


class HttpClient(Protocol):
    """Sends requests. One client serves one job; connections are kept alive inside it."""

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        """Send and read the answer. Raises a subclass of ExchangeError."""

    async def aclose(self) -> None:
        """Close all connections."""


@dataclass(slots=True)
class IncomingRequest:
    """A request that a host received. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    remote: str
    """The peer's IP address."""
    body: AsyncIterator[bytes]
    """The octets as they arrive. Iterating raises `BodyBroken` when the peer stops half way."""
    content_length: int | None = None
    scheme: str = "http"
    query: str = ""
    """What stands behind the `?` of the address, as it was sent."""
    client_certificate: bytes = b""
    """DER of the verified certificate that the peer showed, where the host asks for one; else b''."""
    local: str = ""
    """Our own IP address that it came to; '' where that is not known."""


class BodyBroken(Exception):
    """The request's body ended before its announced end, or arrived too slowly."""


class Unanswered(Exception):
    """Raised by a handler for a request that gets no answer at all: the connection stays open and silent."""


@dataclass(frozen=True, slots=True)
class OutgoingResponse:
    """What a handler answers. `close`: the connection ends after it (an unread body is not waited for)."""

    status: int
    body: bytes | Body = b""
    """A Body is sent piece by piece as the peer takes it."""
    headers: Headers = field(default=())
    close: bool = False
    on_sent: Callable[[bool], None] | None = None
    """Told, for a Body, whether all of it went out before the peer or the time limit ended it."""
    carried: Carried | None = None
    """As of HttpRequest."""


Handler = Callable[[IncomingRequest], Awaitable[OutgoingResponse]]
