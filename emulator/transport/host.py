"""An HTTP server for one handler: bodies are streamed to it, and its answer reaches the peer even when the
body was not read to its end.

aiohttp does the HTTP: of the Python servers it needs the least CPU for a received octet (design.md).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from emulator.transport.codings import refused_coding
from emulator.transport.http import Body, BodyBroken, Handler, IncomingRequest, OutgoingResponse, Unanswered
from emulator.transport.observe import Exchange, Observer, observe
from emulator.transport.reasons import reason_phrase
from emulator.transport.tally import BodyTally
from emulator.transport.tls_door import TlsDoor

_log = logging.getLogger(__name__)

_SILENT_LOOK: Final = 0.2
"""Seconds between two looks whether a peer that gets no answer is still there."""
SERVER: Final = "dsm-emulator"
"""The Server header of every answer that does not bring its own."""


@dataclass(frozen=True, slots=True)
class HostLimits:
    """What a peer may use up. Times are seconds, sizes octets."""

    idle: float = 30.0
    """Longest silence: before the head of a request is whole, and between pieces of a body."""
    header_bytes: int = 16 * 1024
    """Longest single header line, and longest request line."""
    connections: int = 1000
    """Most connections at once; one more is closed unanswered."""
    linger: float = 5.0
    """How long an unread body is taken off the wire after the answer. A connection closed with octets unread
    is reset by TCP, and the reset destroys the answer on its way (RFC 9112, section 9.6)."""
    handshake: float = 15.0
    """TLS handshake."""
    stop: float = 2.0
    """How long `stop` waits for requests in work."""
    buffer: int = 256 * 1024
    """Octets of a body that wait for the handler before the peer is made to wait."""


class HttpHost:
    """Listens on one address. `start` returns when it does; `stop` ends every connection."""

    def __init__(
        self,
        handler: Handler,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        observers: Sequence[Observer] = (),
        limits: HostLimits | None = None,
        accepts: Callable[[str], bool] | None = None,
    ) -> None:
        """`bind` is an IP address or a name; `port` 0 takes a free one. `accepts`: whether connections to that IP
        address of ours are taken (to listen on interfaces whose addresses change one listens on all)."""
        self._handler = handler
        self._bind = bind
        self._port = port
        self._ssl = ssl_context
        self._door: TlsDoor | None = None
        self._observers = tuple(observers)
        self._limits = limits or HostLimits()
        self._accepts = accepts
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on; while not started the one asked for."""
        return self._port

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a slash at the end. A wildcard address is named by its loopback."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self._bind, self._bind)  # noqa: S104
        scheme = "http" if self._ssl is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raises OSError with a one-line reason when the address cannot be had."""
        if self._listener is not None:
            raise RuntimeError("the host has been started already")
        limits = self._limits
        self._server = web.Server(
            self._serve,
            access_log=None,
            logger=_log,
            keepalive_timeout=limits.idle,
            lingering_time=limits.linger,
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
            read_bufsize=limits.buffer,
            auto_decompress=False,
        )
        self._door = None if self._ssl is None else TlsDoor(self._ssl, limits.handshake)
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                self._connection, self._bind or None, self._port, backlog=512
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise OSError(error.errno, f"cannot listen on {self._bind} port {self._port}: {reason}") from None
        self._port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, give requests in work `HostLimits.stop` seconds, then end them."""
        listener, server = self._listener, self._server
        self._listener = self._server = None
        if listener is None or server is None:
            return
        listener.close()
        if self._door is not None:
            await self._door.refuse()
        await server.shutdown(self._limits.stop)
        if self._door is not None:
            await self._door.close()
        await listener.wait_closed()

    async def __aenter__(self) -> HttpHost:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _connection(self) -> asyncio.Protocol:
        server, door = self._server, self._door
        waiting = 0 if door is None else len(door)
        if server is None or len(server.connections) + waiting >= self._limits.connections:
            return _Closed()
        protocol = server()
        return protocol if self._accepts is None and door is None else _Gate(protocol, self._accepts, door)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        tally = BodyTally(headers.get("content-type", ""), self._observers)
        body = _Body(request, tally, self._limits.idle)
        incoming = IncomingRequest(
            request.method,
            request.path,
            headers,
            _plain_ip(request.remote or ""),
            body,
            content_length=request.content_length,
            scheme="http" if self._ssl is None else "https",
            query=request.rel_url.raw_query_string,
            client_certificate=self._certificate_of(request),
        )
        record = Exchange(
            "server", request.method, f"{self.base_url}{request.path_qs}", incoming.remote, time.time()
        )
        begun = time.perf_counter()
        try:
            answer = refused_coding(headers) or await self._handler(incoming)
        except Unanswered as error:
            record.error = str(error)
            await self._silence(request)
            answer = OutgoingResponse(0, close=True)  # goes nowhere: the connection has ended
        except BodyBroken as error:
            record.error = str(error)
            answer = OutgoingResponse(400, close=True)
        except Exception as error:
            _log.exception("%s %s: the handler failed", request.method, request.path)
            record.error = f"{type(error).__name__}: {error}"
            answer = OutgoingResponse(500, close=True)
        finally:
            body.finish()
        if self._observers:
            self._tell(record, tally, body, request, answer, begun)
        if isinstance(answer.body, bytes):
            response: web.StreamResponse = web.Response(status=answer.status, body=answer.body or None)
        else:
            response = web.StreamResponse(status=answer.status)
            response.content_length = answer.body.length
        if not answer.body and "Content-Type" in response.headers:
            del response.headers["Content-Type"]
        response.headers["Server"] = SERVER
        for name, value in answer.headers:
            response.headers[name] = value
        if answer.close or body.broken:
            response.force_close()
        if not isinstance(answer.body, bytes):
            await self._send(request, response, answer.body, answer.on_sent)
        return response

    async def _silence(self, request: web.BaseRequest) -> None:
        """Say nothing until the peer has gone, at most `HostLimits.idle` seconds; then the connection ends."""
        until = time.monotonic() + self._limits.idle
        while request.transport is not None and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(_SILENT_LOOK)
        if request.transport is not None:
            request.transport.abort()

    def _certificate_of(self, request: web.BaseRequest) -> bytes:
        if self._ssl is None or self._ssl.verify_mode is ssl.CERT_NONE:
            return b""
        tls = request.get_extra_info("ssl_object")
        return (tls.getpeercert(binary_form=True) or b"") if isinstance(tls, ssl.SSLObject) else b""

    async def _send(
        self,
        request: web.BaseRequest,
        response: web.StreamResponse,
        body: Body,
        on_sent: Callable[[bool], None] | None,
    ) -> None:
        """A body piece by piece. A peer that takes nothing for `HostLimits.idle` seconds is cut off."""
        whole = False
        try:
            await response.prepare(request)
            for piece in body.chunks():
                async with asyncio.timeout(self._limits.idle):
                    # A copy: the transport may keep what it cannot send at once, and the piece does not last.
                    await response.write(bytes(piece))
            await response.write_eof()
            whole = True
        except (ConnectionError, TimeoutError) as error:
            _log.info("%s: the answer was not taken: %s", request.remote, error or "too slow")
            if request.transport is not None:
                request.transport.abort()
        finally:
            if on_sent is not None:
                on_sent(whole)

    def _tell(
        self,
        record: Exchange,
        tally: BodyTally,
        body: _Body,
        request: web.BaseRequest,
        answer: OutgoingResponse,
        begun: float,
    ) -> None:
        now = time.perf_counter()
        body_end = body.ended_at or now
        record.request_headers = tuple((str(name), value) for name, value in request.headers.items())
        tally.finish(record)
        record.status = answer.status
        record.reason = reason_phrase(answer.status)
        record.response_headers = answer.headers
        record.keep_response(answer.body)
        record.timings = {"send": body_end - begun, "wait": now - body_end, "receive": 0.0}
        observe(self._observers, record)


def _plain_ip(text: str) -> str:
    """An IPv4 address that came mapped into IPv6, as itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


class _Closed(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Gate(asyncio.Protocol):
    """Looks at which address of ours a connection was made to, and lets it through (to TLS, where there is a door)
    or resets it."""

    def __init__(
        self, protocol: asyncio.Protocol, accepts: Callable[[str], bool] | None, door: TlsDoor | None
    ) -> None:
        self._protocol = protocol
        self._accepts = accepts
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        local = transport.get_extra_info("sockname")
        meant = self._accepts is None or (local and self._accepts(_plain_ip(str(local[0]).partition("%")[0])))
        if not meant:
            transport.abort()
        elif self._door is not None:
            self._door.admit(transport, self._protocol)
        else:
            transport.set_protocol(self._protocol)
            self._protocol.connection_made(transport)


class _Body:
    """A request's body as an async iterator. One timer watches that the peer does not fall silent while the
    handler waits; a slow handler is not the peer's fault."""

    def __init__(self, request: web.BaseRequest, tally: BodyTally, idle: float) -> None:
        self._request = request
        self._content = request.content
        self._tally = tally
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._waiting_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False
        self.broken = False
        self.ended_at: float | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.broken:
            raise BodyBroken("the request's body broke off before")
        if not self._begun:
            await self._begin()
        self._waiting_since = self._loop.time()
        try:
            data = await self._content.readany()
        except asyncio.CancelledError:
            raise
        except _Silent:
            self.broken = True
            raise BodyBroken(f"the request's body stopped for {self._idle:g} s") from None
        except Exception as error:
            # Connection lost, a chunk that is none, a Content-Length that lies: aiohttp has a class for each.
            self.broken = True
            raise BodyBroken(f"the request's body broke off after {self._tally.size} octets: {error}") from None
        finally:
            self._waiting_since = None
        if not data:
            self.ended_at = time.perf_counter()
            raise StopAsyncIteration
        self._tally.feed(data)
        return data

    async def _begin(self) -> None:
        self._begun = True
        expect = self._request.headers.get("Expect", "")
        if expect.lower() == "100-continue" and not self._content.is_eof():
            writer = self._request.writer
            await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.output_size = 0
        self._timer = self._loop.call_later(self._idle, self._look)

    def _look(self) -> None:
        since = self._waiting_since
        silent = 0.0 if since is None else self._loop.time() - since
        if silent >= self._idle:
            self._content.set_exception(_Silent())
        else:
            self._timer = self._loop.call_later(self._idle - silent, self._look)

    def finish(self) -> None:
        """The handler is done; stop the watch."""
        if self._timer is not None:
            self._timer.cancel()


class _Silent(Exception):
    """The peer sent nothing for too long."""
