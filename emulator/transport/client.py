"""The HTTP client: bodies of any size go out without being held, and an answer that comes while the body is
still going out is read, not lost.

Ratio to blocking `sendall` of the same bytes into the same sink, and the way it was chosen: see
emulator/transport/stream.py and tests/benchmarks/bench_send.py.
[habits/strict/fault-before-the-attachment] [habits/strict/fault-closes]"""

from __future__ import annotations

import ssl
import time
from typing import Final

from emulator.layers import Layers
from emulator.transport.address import Address, parse_address
from emulator.transport.altered_stream import AlteredStream
from emulator.transport.chain import Inner, chain
from emulator.transport.connect import open_stream
from emulator.transport.http import (
    ConnectionLost,
    EndedOnPurpose,
    Headers,
    HttpRequest,
    HttpResponse,
    TimeLimits,
)
from emulator.transport.kept_connections import KeptConnections
from emulator.transport.observe import Exchange
from emulator.transport.octets import Alteration
from emulator.transport.passing import PassingOctets, listened_to
from emulator.transport.points import EXCHANGE, OCTETS
from emulator.transport.talk import HttpDialogue, Sending

MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
"""Longest response body read, in octets."""


class StreamClient:
    """Keeps connections alive; each carries one exchange at a time. Redirects are answers like others."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        layers: Layers | None = None,
        user_agent: str = "WSDAPI",
        *,
        max_response: int = MAX_RESPONSE_BYTES,
        connections: KeptConnections | None = None,
    ) -> None:
        """Verify https, without `ssl_context`, against the system's roots. `user_agent` is sent where a request
        brings none; WSDAPI is what Windows' own clients call themselves.

        - `layers`: who hears of exchanges, and intervenes.
        - `connections`: those that this client shares with others, in place of `ssl_context`: who made them closes
          them.
        """
        self._own = connections is None
        if connections is None:
            connections = KeptConnections() if ssl_context is None else KeptConnections(ssl_context)
        self._connections = connections
        self._layers = layers or Layers()
        self._user_agent = user_agent
        self._max_response = max_response
        self._exchange = chain((self._told, self._addressed, self._connected), self._talk)
        """What a request passes."""

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        """Send and read the answer. Raises a subclass of ExchangeError; OSError when the body's own source
        fails (the connection is closed then)."""
        return await self._exchange(
            Sending(request, limits, Exchange("client", request.method, request.url, "", time.time()))
        )

    async def aclose(self) -> None:
        """Close all connections that are not in use, unless they are shared; those in use close after their
        exchange."""
        if self._own:
            self._connections.close()

    # The layers, outermost first

    async def _told(self, sending: Sending, inner: Inner[Sending, HttpResponse]) -> HttpResponse:
        """Tells of the exchange, and of its bodies, to whoever listens."""
        layers, exchange = self._layers, sending.exchange
        if not listened_to(layers):
            return await inner(sending)
        sending.passing = passing = PassingOctets(layers, exchange, "request")
        try:
            response = await inner(sending)
        except BaseException as error:
            exchange.error = str(error) or type(error).__name__
            raise
        else:
            exchange.status, exchange.reason = response.status, response.reason
            exchange.response_headers = response.headers
            answer = PassingOctets(layers, exchange, "response")
            answer.feed(response.body)
            answer.finish()
            return response
        finally:
            passing.finish()
            layers.tell(EXCHANGE, exchange)

    async def _addressed(self, sending: Sending, inner: Inner[Sending, HttpResponse]) -> HttpResponse:
        """Adds the headers that a request must have."""
        request = sending.request
        sending.address = parse_address(request.url)
        headers = self._headers(request, sending.address)
        sending.exchange.request_headers = headers
        sending.head = _head(f"{request.method} {sending.address.target} HTTP/1.1", headers)
        return await inner(sending)

    async def _connected(self, sending: Sending, inner: Inner[Sending, HttpResponse]) -> HttpResponse:
        """Finds a connection; another where a kept one turns out to be dead."""
        exchange = sending.exchange
        stream = self._connections.take(sending.address)
        while True:
            kept = stream is not None
            if stream is None:
                context = self._connections.context(sending.address)
                stream = await open_stream(sending.address, context, sending.limits.connect, exchange.timings)
            exchange.remote = stream.peer
            sending.stream = stream
            try:
                return await inner(sending)
            except EndedOnPurpose:
                raise
            except ConnectionLost:
                # A kept connection that took not one octet: the peer has closed it meanwhile. With one octet
                # gone it may have been processed, and that is for the caller to decide.
                if not kept or not stream.untouched or sending.answer_begun:
                    raise
                stream = None

    async def _talk(self, sending: Sending) -> HttpResponse:
        """Sends and reads on the connection, which is kept or closed afterwards."""
        stream, layers = sending.stream, self._layers
        altered: AlteredStream | None = None
        if layers.handled(OCTETS):
            altered = AlteredStream(stream, Alteration(layers, "client", stream.peer, stream.number))
        talk = HttpDialogue(altered or stream, sending, self._max_response)
        try:
            return await talk.run(sending.exchange.timings)
        finally:
            sending.answer_begun = talk.answer_begun
            if talk.reusable:
                self._connections.keep(sending.address, stream)
            else:
                (altered or stream).close()

    def _headers(self, request: HttpRequest, address: Address) -> Headers:
        headers = [("Host", address.host_header), *request.headers]
        # Nothing here reads a coded body; without the header a server may choose any coding (RFC 9110, 12.5.3).
        given = {name.lower() for name, value in request.headers if value}
        if "accept-encoding" not in given:
            headers.append(("Accept-Encoding", "identity"))
        if "user-agent" not in given:
            headers.append(("User-Agent", self._user_agent))
        length = request.body.length
        if length or request.method not in ("GET", "HEAD"):
            headers.append(("Content-Length", str(length)))
        return tuple(headers)


def _head(request_line: str, headers: Headers) -> bytes:
    lines = [request_line, *(f"{name}: {value}" for name, value in headers)]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("a header has a line break in it")
    return (text + "\r\n\r\n").encode("latin-1")
