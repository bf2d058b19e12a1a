"""An HTTP server for one handler: bodies are streamed to it, and its answer reaches the peer even when the
body was not read to its end.

aiohttp does the HTTP: of the Python servers it needs the least CPU for a received octet (ARCHITECTURE.md).
[soap/http/length-and-chunks] [soap/http/expect-100-continue]"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from emulator.layers import Layers
from emulator.transport.altered_transport import AlteredTransport
from emulator.transport.chain import Layer, chain
from emulator.transport.connection_table import Connection, ConnectionTable
from emulator.transport.descriptors import room_for
from emulator.transport.give_back import give_back_memory
from emulator.transport.host_connection import ArrivingConnection, HttpConnection
from emulator.transport.host_layers import (
    Answered,
    ExchangeReported,
    OwnNamesOnly,
    Received,
    plain_codings_only,
    plain_ip,
)
from emulator.transport.host_limits import HostLimits as HostLimits
from emulator.transport.http import Body, Handler, IncomingRequest, OutgoingResponse
from emulator.transport.observe import ON_PURPOSE, Exchange
from emulator.transport.own_names import OwnNames
from emulator.transport.passing import PassingOctets
from emulator.transport.refusals import Refusals
from emulator.transport.request_body import RequestBody
from emulator.transport.tls_door import TlsDoor

_log = logging.getLogger(__name__)

SERVER: Final = "dsm-emulator"
"""The Server header of every answer that does not bring its own."""


_ACCEPTED_AT_ONCE: Final = 16
"""Connections that asyncio takes in before it looks after those that are there, and ends who gives way."""
_BACKLOG: Final = 4096
"""Connections that wait to be taken in; a system gives what it allows."""
_CROWD: Final = 100
"""Connections whose memory is worth giving back when they have gone."""


class HttpHost:
    """Listens on one address. `start` returns when it does; `stop` ends every connection."""

    def __init__(
        self,
        handler: Handler,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        layers: Layers | None = None,
        limits: HostLimits | None = None,
        accepts: Callable[[str], bool] | None = None,
        names: OwnNames | None = None,
    ) -> None:
        """`bind` is an IP address or a name; `port` 0 takes a free one.

        - `accepts`: whether connections to that IP address of ours are taken (to listen on interfaces whose
          addresses change one listens on all).
        - `names`: what the Host header of a request in plain HTTP that comes to a loopback address may say; None:
          anything.
        - `layers`: who hears of exchanges, and intervenes.
        """
        self._handler = handler
        self._bind = bind
        self._port = port
        self._ssl = ssl_context
        self._door: TlsDoor | None = None
        self._layers = layers or Layers()
        self._limits = limits or HostLimits()
        self._accepts = accepts
        self._table = ConnectionTable(room_for(self._limits.connections))
        self._crowd = 0
        self._refusals = Refusals(_log)
        self._rests_until = 0.0
        """Until when the rests of refused requests have used up their rate."""
        self._answered = chain(self._chain(names), self._handle)
        """What a request passes."""
        self._sweeping: asyncio.Task[None] | None = None
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on; while not started the one asked for."""
        return self._port

    @property
    def listening(self) -> bool:
        """Whether clients can connect."""
        return self._server is not None

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
        self._server = web.Server(self._serve)
        if self._ssl is not None:
            self._door = TlsDoor(self._ssl, limits.handshake, self._layers)
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                self._connection, self._bind or None, self._port, backlog=_ACCEPTED_AT_ONCE
            )
        except OSError as error:
            # asyncio names the address again, in Python's notation; the system's own words stand behind it.
            reason = (
                os.strerror(error.errno).lower()
                if error.errno and error.errno > 0
                else error.strerror or str(error)
            )
            raise OSError(error.errno, f"cannot listen on {self._bind} port {self._port}: {reason}") from None
        self._port = self._listener.sockets[0].getsockname()[1]
        for listening in self._listener.sockets:
            # Who is dropped here asks the system again after one second, then three.
            with listening.dup() as same:
                same.listen(_BACKLOG)
        self._sweeping = asyncio.get_running_loop().create_task(self._keep_sweeping())

    async def stop(self) -> None:
        """Stop listening, end idle connections, give requests in work `HostLimits.stop` seconds, then end them."""
        listener, server = self._listener, self._server
        self._listener = self._server = None
        if listener is None or server is None:
            return
        listener.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait({self._sweeping})
        if self._door is not None:
            await self._door.refuse()
        altered = [each.altered for each in server.connections if isinstance(each, HttpConnection) and each.altered]
        # First those that lie idle, of clients that keep them: `shutdown` would wait for these as well.
        server.pre_shutdown()
        await server.shutdown(self._limits.stop)
        await _let_go(altered, self._limits.stop)
        if self._door is not None:
            await self._door.close()
        await listener.wait_closed()

    async def __aenter__(self) -> HttpHost:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _connection(self) -> asyncio.Protocol:
        return ArrivingConnection(self._admit)

    def _admit(self, transport: asyncio.Transport) -> None:
        """Let a new connection in, or reset it."""
        server, limits = self._server, self._limits
        own, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        local = plain_ip(str(own[0])) if own else ""
        meant = self._accepts is None or (local and self._accepts(local))
        if server is None or not meant or not peer:
            transport.abort()
            return
        entry = Connection(plain_ip(str(peer[0])), asyncio.get_running_loop().time())
        gives_way = self._table.add(entry, transport.abort)
        self._crowd = max(self._crowd, len(self._table))
        if gives_way is not None:
            kind = f"{self._table.size} connections are open, and one that sent nothing whole gave way"
            if gives_way is entry:
                kind = f"{self._table.size} connections are open and being answered, and one more was refused"
            self._refusals.tell(gives_way.address, kind)
            if gives_way is entry:
                transport.abort()
                return
            self._table.end(gives_way)
        protocol = HttpConnection(
            server,
            entry,
            limits,
            self._layers,
            _log,
            plain=transport,
            local=local,
            on_lost=lambda: self._table.remove(entry),
            on_garbage=lambda reason: self._refusals.tell(entry.address, "a request that is no HTTP", reason),
        )
        if self._door is None:
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
        else:
            self._door.admit(transport, protocol, lambda reason: self._refused(entry, reason))

    def _refused(self, entry: Connection, reason: str) -> None:
        self._table.remove(entry)
        if reason:
            self._refusals.tell(entry.address, reason)

    async def _keep_sweeping(self) -> None:
        """End who has been silent for too long, and give memory back when a crowd has gone."""
        idle, loop = self._limits.idle, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, idle / 4))
            for handler in self._server.connections if self._server is not None else ():
                if isinstance(handler, HttpConnection):
                    self._look(handler, loop.time())
            if self._crowd >= _CROWD and len(self._table) <= self._crowd // 4:
                self._crowd = len(self._table)
                await asyncio.to_thread(give_back_memory)

    def _look(self, handler: HttpConnection, now: float) -> None:
        entry, transport = handler.entry, handler.transport
        if transport is None:
            return
        left = transport.get_write_buffer_size() if isinstance(transport, asyncio.WriteTransport) else 0
        if not left and handler.altered is not None and handler.altered.work is not None:
            return  # a handler of OCTETS holds the answer: that has its own time
        if not left or left != entry.stalled[0]:
            entry.stalled = (left, now)
        idle = self._limits.idle
        if left and now - entry.stalled[1] >= idle:
            self._refusals.tell(entry.address, f"an answer was not taken for {idle:g} s")
            transport.abort()
        elif not left and not handler.in_request and now - entry.since >= idle:
            if entry.heard:
                self._refusals.tell(entry.address, f"the head of a request was not whole in {idle:g} s")
            handler.force_close()

    def _chain(self, names: OwnNames | None) -> list[Layer[Received, OutgoingResponse]]:
        """Outermost first."""
        limits = self._limits
        chained: list[Layer[Received, OutgoingResponse]] = [
            ExchangeReported(self._layers),
            Answered(limits.idle, self._refusals),
            plain_codings_only,
        ]
        if names is not None and self._ssl is None:  # with TLS a browser would find no certificate of that site
            chained.insert(0, OwnNamesOnly(names, self._refusals))
        return chained

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        handler = request.protocol
        assert isinstance(handler, HttpConnection)
        handler.in_request, handler.entry.heard = True, False
        handler.count_exchange()
        self._whole(handler, answering=not request.can_read_body)
        try:
            received = self._received(request, handler)
            return await self._give(received, await self._answered(received))
        finally:
            handler.in_request = False
            self._whole(handler, answering=False)

    def _whole(self, handler: HttpConnection, *, answering: bool) -> None:
        self._table.sent_whole(handler.entry, asyncio.get_running_loop().time(), answering=answering)

    def _received(self, request: web.BaseRequest, handler: HttpConnection) -> Received:
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        remote = plain_ip(request.remote or "")
        ON_PURPOSE.set([])
        exchange = Exchange("server", request.method, f"{self.base_url}{request.path_qs}", remote, time.time())
        passing = PassingOctets(self._layers, exchange, "request")
        body = RequestBody(
            request,
            passing,
            self._limits.idle,
            self._limits.min_rate,
            on_progress=lambda: self._whole(handler, answering=False),
            on_end=lambda: self._whole(handler, answering=True),
        )
        incoming = IncomingRequest(
            request.method,
            request.path,
            headers,
            remote,
            body,
            content_length=request.content_length,
            scheme="http" if self._ssl is None else "https",
            query=request.rel_url.raw_query_string,
            client_certificate=self._certificate_of(request),
            local=handler.local,
        )
        return Received(request, handler, incoming, body, passing, exchange)

    async def _handle(self, received: Received) -> OutgoingResponse:
        return await self._handler(received.incoming)

    async def _give(self, received: Received, answer: OutgoingResponse) -> web.StreamResponse:
        """Send the answer; or have aiohttp send it, where it is one piece."""
        request = received.request
        received.connection.carries(answer.carried)
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
        if answer.close or received.body.broken:
            response.force_close()
        if not isinstance(answer.body, bytes):
            await self._send(request, response, answer.body, answer.on_sent)
        elif answer.close and not request.content.is_eof():
            await self._send_early(request, response)
        return response

    async def _send_early(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """An answer that does not wait for the rest of the request; that is taken off the wire, but not faster than
        all such rests may come together, so that who is refused does not keep the host busy."""
        loop, content = asyncio.get_running_loop(), request.content
        try:
            await response.prepare(request)
            await response.write_eof()
            async with asyncio.timeout(self._limits.linger):
                while not content.is_eof():
                    size = len(await content.readany())
                    self._rests_until = max(self._rests_until, loop.time()) + size / self._limits.rest_rate
                    await asyncio.sleep(self._rests_until - loop.time())
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The time is over, or the peer is gone: aiohttp has a class for each way to go.
            _log.debug("%s: the rest of a request did not come: %s", request.remote, error)
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
        # Of what waits for a handler of OCTETS, nobody knows here whether the peer takes it: `_look` does.
        altered = isinstance(request.protocol, HttpConnection) and request.protocol.altered is not None
        patience = None if altered else self._limits.idle
        try:
            await response.prepare(request)
            for piece in body.chunks():
                async with asyncio.timeout(patience):
                    # A copy: the transport may keep what it cannot send at once, and the piece does not last.
                    await response.write(bytes(piece))
            await response.write_eof()
            whole = True
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                _log.info("%s: the answer was not taken: %s", request.remote, error or "too slow")
            else:  # a file of ours that has changed or gone: who reads sees that there should be more
                _log.warning("%s: the answer broke off: %s", request.remote, error)
            if request.transport is not None:
                request.transport.abort()
        finally:
            if on_sent is not None:
                on_sent(whole)


async def _let_go(connections: Sequence[AlteredTransport], seconds: float) -> None:
    """Give what waits for a handler of OCTETS so long to go out; then end the connections."""
    if work := [each.work for each in connections if each.work is not None]:
        await asyncio.wait(work, timeout=seconds)
    for each in connections:
        each.abort()
