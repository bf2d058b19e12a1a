"""One connection of a host: who has come, and aiohttp's reader of its requests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from emulator.layers import Layers
from emulator.transport.altered_transport import AlteredTransport
from emulator.transport.connection_table import Connection
from emulator.transport.host_limits import HostLimits
from emulator.transport.http import Carried
from emulator.transport.octets import Alteration, connection_numbers
from emulator.transport.points import OCTETS

_QUIET: Final = 0.5
"""Seconds of silence behind which a peer who was told that he speaks no HTTP is thought to have heard it."""
_MOST_REST: Final = 1024 * 1024
"""Octets that are taken off the wire for him meanwhile."""
_REQUEST_LINE: Final = re.compile(r"[A-Z]+ (?:/|[a-z]+://)|Status line is")


class ArrivingConnection(asyncio.Protocol):
    """A connection that has just come: `admit` says what becomes of it."""

    def __init__(self, admit: Callable[[asyncio.Transport], None]) -> None:
        self._admit = admit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._admit(transport)


class HttpConnection(web.RequestHandler):
    """aiohttp's, which tells how far it is, and of what is no HTTP in one line."""

    def __init__(
        self,
        server: web.Server,
        entry: Connection,
        limits: HostLimits,
        layers: Layers,
        log: logging.Logger,
        *,
        plain: asyncio.Transport,
        local: str,
        on_lost: Callable[[], None],
        on_garbage: Callable[[str], None],
    ) -> None:
        """These are its parameters.

        - `plain`: the connection itself, below TLS.
        - `local`: our own IP address that it came to.
        - `on_garbage`: told why octets are no HTTP.
        """
        settings: dict[str, Any] = {
            "access_log": None,
            "logger": log,
            # The host ends silent connections itself; this is for what it might miss.
            "keepalive_timeout": 2 * limits.idle,
            "lingering_time": limits.linger,
            "max_line_size": limits.header_bytes,
            "max_field_size": limits.header_bytes,
            "read_bufsize": limits.buffer,
            "auto_decompress": False,
        }
        super().__init__(server, loop=asyncio.get_running_loop(), **settings)
        self.entry = entry
        self.local = local
        self.in_request = False
        """From a request's head until its answer is made."""
        self._plain = plain
        self._linger = limits.linger
        self._on_lost = on_lost
        self._on_garbage = on_garbage
        self._layers = layers
        self._number = next(connection_numbers)
        self._exchanges = 0
        self._rest: int | None = None
        """Octets behind what is no HTTP, once that is being answered."""
        self._moved = asyncio.Event()
        """Some of them came, or the peer has gone."""
        self.altered: AlteredTransport | None = None
        """Stands before the connection once somebody intervenes."""

    def data_received(self, data: bytes) -> None:
        """Do what asyncio.Protocol says."""
        if self._rest is not None:
            self._rest += len(data)
            self._moved.set()
            return
        self.entry.heard = not self.in_request
        if self.altered is None and self._layers.handled(OCTETS):
            self._alter()
        super().data_received(data)

    def _alter(self) -> None:
        if self.transport is not None:
            alteration = Alteration(self._layers, "server", self.entry.address, self._number)
            self.transport = self.altered = AlteredTransport(
                self.transport, alteration, self.entry.address, self._hold, self._plain
            )
            self.altered.exchange = self._exchanges
            self.altered.inner_takes(not self.writing_paused)

    def count_exchange(self) -> None:
        """Another request has come; what is written from now on belongs to its answer."""
        self._exchanges += 1
        if self.altered is not None:
            self.altered.exchange, self.altered.carried = self._exchanges, None

    def carries(self, carried: Carried | None) -> None:
        """What the answer carries that is written next."""
        if self.altered is not None:
            self.altered.carried = carried

    def pause_writing(self) -> None:
        """Do what asyncio.Protocol says."""
        if self.altered is None:
            super().pause_writing()
        else:
            self.altered.inner_takes(False)

    def resume_writing(self) -> None:
        """Do what asyncio.Protocol says."""
        if self.altered is None:
            super().resume_writing()
        else:
            self.altered.inner_takes(True)

    def _hold(self, wait: bool) -> None:
        if wait and not self.writing_paused:
            super().pause_writing()
        elif not wait and self.writing_paused:
            super().resume_writing()

    def _make_error_handler(self, err_info: Any) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        answered = super()._make_error_handler(err_info)

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = await answered(request)
            self._rest = 0
            await response.prepare(request)
            await response.write_eof()
            await self._take_rest()
            return response

        return handler

    async def _take_rest(self) -> None:
        """Take off the wire what still comes, so that no reset destroys the answer (RFC 9112, section 9.6),
        until he closes, is silent or has had his share."""
        transport = self.transport
        if isinstance(transport, asyncio.Transport) and self.altered is None and transport.can_write_eof():
            transport.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._linger):
                while self.transport is not None and (self._rest or 0) <= _MOST_REST:
                    self._moved.clear()
                    async with asyncio.timeout(_QUIET):
                        await self._moved.wait()

    def handle_error(self, request: web.BaseRequest, *args: Any, **kw: Any) -> web.StreamResponse:
        """aiohttp's answer to what is no HTTP; 414 and 431 where it knows but 400."""
        self.count_exchange()
        error = args[1] if len(args) > 1 else kw.get("exc")
        answer = super().handle_error(request, *args, **kw)
        if isinstance(error, LineTooLong):
            answer.set_status(414 if _is_of_the_target(error) else 431)
        return answer

    def connection_lost(self, exc: BaseException | None) -> None:
        """Do what asyncio.Protocol says."""
        self._on_lost()
        if self.altered is not None:
            self.altered.lost()
        super().connection_lost(exc)
        self._moved.set()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """aiohttp writes a traceback for whatever a port scanner sends."""
        error = kw.get("exc_info")
        if isinstance(error, HttpProcessingError):
            self._on_garbage(" ".join(str(error.message).split())[:200])
        else:
            super().log_exception(*args, **kw)


def _is_of_the_target(error: LineTooLong) -> bool:
    """Whether the line is the first of a request. aiohttp's parser in C tells the target, the only thing of which
    it shows its own buffer (before 3.14: a sentence); that in Python tells the line. [http/target/too-long]"""
    said = error.args[0]
    line = said if isinstance(said, str) else bytes(said).decode("latin-1")
    return isinstance(said, bytearray) or _REQUEST_LINE.match(line) is not None
