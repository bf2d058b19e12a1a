"""TLS for the connections of a host, under the host's control: those whose handshake is not done are known, count
among its connections, and end with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from asyncio import sslproto
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakSet

from emulator.layers import InterventionFailed, Layers
from emulator.transport.points import HANDSHAKE, Handshake, HandshakeConduct
from emulator.trust.server_tls import on_refusal, says_goodbye

_log = logging.getLogger(__name__)

_LINGER: Final = 1.0
"""Seconds for which a refused peer may read why."""
_SHUTDOWN: Final = 1.0
"""Seconds for the peer's close_notify, and for what has yet to go out when the host stops."""
_LOOK: Final = 0.01
"""Seconds between two looks whether it has gone."""


_ALERT: Final = 21  # RFC 8446, section 5.1: type of a record
_TLS_1_2: Final = (3, 3)
_FATAL: Final = 2  # RFC 8446, section 6

_BUSY: Final = 1024 * 1024
"""Octets after which a connection is worth a large buffer."""


class _Tls(sslproto.SSLProtocol):
    """asyncio's, with a buffer that is as long as two records, and as long as asyncio has it once much has come: a
    thousand connections that say nothing more than hello would hold 300 MB."""

    max_size = 32 * 1024

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._came = 0

    def buffer_updated(self, nbytes: int) -> None:
        """Do what asyncio.BufferedProtocol says."""
        self._came += nbytes
        if self._came > _BUSY:
            self.max_size = sslproto.SSLProtocol.max_size  # type: ignore[misc]  # of this connection alone
        super().buffer_updated(nbytes)


class TlsDoor:
    """Shakes hands with who comes in, and hands him on. TLS begins when the first octets are there: until then a
    connection takes next to nothing."""

    def __init__(self, context: ssl.SSLContext, seconds: float, layers: Layers | None = None) -> None:
        """`seconds`: for a handshake, from the connection on; `layers`: whose handler of HANDSHAKE is asked, for
        as long as it likes."""
        self._context = context
        self._seconds = seconds
        self._layers = layers or Layers()
        self._waiting: dict[asyncio.Task[None], asyncio.Transport] = {}
        self._through: WeakSet[asyncio.Transport] = WeakSet()
        """The plain connections below those that were handed on."""

    def admit(
        self,
        transport: asyncio.Transport,
        protocol: asyncio.Protocol,
        refused: Callable[[str], None],
    ) -> None:
        """Begin the handshake of a plain connection; `protocol` gets what is inside, `refused` is told why nothing
        comes of it ('' where the peer went)."""
        first = _First(transport)
        transport.set_protocol(first)
        task = asyncio.get_running_loop().create_task(self._let_in(transport, first, protocol, refused))
        self._waiting[task] = transport
        task.add_done_callback(lambda done: self._waiting.pop(done, None))

    async def refuse(self) -> None:
        """End the handshakes under way."""
        waiting = dict(self._waiting)
        for task, transport in waiting.items():
            task.cancel()
            transport.abort()
        if waiting:
            await asyncio.wait(waiting)
            await asyncio.sleep(0)  # the transports close in the next turn of the loop

    async def _let_in(
        self,
        transport: asyncio.Transport,
        first: _First,
        protocol: asyncio.Protocol,
        refused: Callable[[str], None],
    ) -> None:
        reason = ""
        try:
            async with asyncio.timeout(self._seconds) as limit:
                if await first.octets():
                    conduct = await self._conduct(transport, limit)
                    if conduct.refused:
                        await _refuse(transport, conduct.alert)
                    elif await self._shake(transport, first, protocol, conduct):
                        return
        except InterventionFailed as failure:
            reason = str(failure)
        except TimeoutError:
            reason = f"no TLS handshake within {self._seconds:g} s"
        transport.abort()
        refused(reason)

    async def close(self) -> None:
        """End connections that have been closed inside: asyncio would wait for the peer's close_notify, of which
        nothing depends, and nobody would wait for asyncio."""
        for _ in range(int(_SHUTDOWN / _LOOK)):
            if not any(each.get_write_buffer_size() for each in self._through):
                break
            await asyncio.sleep(_LOOK)
        for transport in list(self._through):
            transport.abort()
        await asyncio.sleep(0)

    async def _conduct(self, transport: asyncio.Transport, limit: asyncio.Timeout) -> HandshakeConduct:
        """How the handshake is done. The handler's time is not the peer's. Raises InterventionFailed."""
        if not self._layers.handled(HANDSHAKE):
            return HandshakeConduct(self._context)
        loop, peer = asyncio.get_running_loop(), transport.get_extra_info("peername")
        left = (limit.when() or loop.time()) - loop.time()
        limit.reschedule(None)
        try:
            return await self._layers.ask(
                HANDSHAKE, Handshake("server", str(peer[0]) if peer else "", self._context)
            )
        finally:
            limit.reschedule(loop.time() + left)

    async def _shake(
        self,
        transport: asyncio.Transport,
        first: _First,
        protocol: asyncio.Protocol,
        conduct: HandshakeConduct,
    ) -> bool:
        """The handshake; whether it is done."""
        inside = _Early()
        left: list[socket.socket] = []
        on_refusal.set(
            lambda alert: left.extend(_send_alert(transport, alert))
        )  # in the context of this task alone
        says_goodbye.set(conduct.says_goodbye)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        tls = _Tls(
            loop,
            inside,
            conduct.context,
            done,
            server_side=True,
            ssl_shutdown_timeout=_SHUTDOWN,
        )
        transport.set_protocol(tls)
        try:
            tls.connection_made(transport)
            first.replay(tls)
            if not transport.is_closing():
                transport.resume_reading()
            await done
        except OSError as error:  # ssl.SSLError, TimeoutError, the peer is gone
            _log.debug("no TLS handshake: %s", error)
            transport.abort()
            for sock in left:
                await _linger(sock)
            return False
        finally:
            for sock in left:
                sock.close()
            # The error knows this frame, and the future the error: a ring that would keep all of it for a while.
            del done, tls
        secured = inside.transport
        if secured is None or inside.lost or secured.is_closing():
            return False
        self._through.add(transport)
        secured.set_protocol(protocol)
        protocol.connection_made(secured)
        inside.hand_over(protocol)
        return True


class _First(asyncio.Protocol):
    """Takes the first octets of a connection, before TLS does."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._data = b""
        self._transport = transport
        self._came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def octets(self) -> bool:
        """Wait for some; False when the peer went instead."""
        return await self._came

    def data_received(self, data: bytes) -> None:
        self._data += data
        self._transport.pause_reading()
        if not self._came.done():
            self._came.set_result(True)

    def eof_received(self) -> bool:
        self._lost()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()

    def _lost(self) -> None:
        if not self._came.done():
            self._came.set_result(False)

    def replay(self, tls: asyncio.BufferedProtocol) -> None:
        """Give the octets to the protocol that has the connection now."""
        data = memoryview(self._data)
        while data:
            room = memoryview(tls.get_buffer(len(data)))
            size = min(len(room), len(data))
            room[:size] = data[:size]
            tls.buffer_updated(size)
            data = data[size:]


def _send_alert(transport: asyncio.Transport, alert: bytes) -> list[socket.socket]:
    """Say why the handshake fails. asyncio resets the connection now, and a reset would overtake the alert: what is
    returned is a second hold on the connection."""
    own = transport.get_extra_info("socket")
    if own is None:
        return []
    try:
        sock = own.dup()
    except OSError:
        return []
    with contextlib.suppress(OSError):
        sock.setblocking(False)
        sock.send(alert)
        sock.shutdown(socket.SHUT_WR)
    return [sock]


async def _refuse(transport: asyncio.Transport, alert: int | None) -> None:
    """End a connection without a handshake, with a fatal alert where there is one."""
    left = [] if alert is None else _send_alert(transport, bytes((_ALERT, *_TLS_1_2, 0, 2, _FATAL, alert)))
    transport.abort()
    for sock in left:
        await _linger(sock)
        sock.close()


async def _linger(sock: socket.socket) -> None:
    """Wait until the peer closes too, or for a second; what it sent meanwhile is for nobody."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):  # of it TimeoutError
        async with asyncio.timeout(_LINGER):
            while await loop.sock_recv(sock, 64 * 1024):
                pass


class _Early(asyncio.Protocol):
    """Takes what comes right behind the handshake, until somebody is there for it."""

    def __init__(self) -> None:
        self._data: list[bytes] = []
        self._ended = False
        self.lost = False
        self.transport: asyncio.Transport | None = None
        """Of what is inside."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._data.append(data)

    def eof_received(self) -> None:
        self._ended = True  # TLS closes then, whatever we answer

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def hand_over(self, protocol: asyncio.Protocol) -> None:
        """Give on what came."""
        for data in self._data:
            protocol.data_received(data)
        if self._ended:
            protocol.eof_received()
