"""TLS for the connections of a host, under the host's control: those whose handshake is not done are known, count
among its connections, and end with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from typing import Final
from weakref import WeakSet

from emulator.trust.server_tls import on_refusal

_log = logging.getLogger(__name__)

_LINGER: Final = 1.0
"""Seconds for which a refused peer may read why."""
_SHUTDOWN: Final = 1.0
"""Seconds for the peer's close_notify, and for what has yet to go out when the host stops."""
_LOOK: Final = 0.01
"""Seconds between two looks whether it has gone."""


class TlsDoor:
    """Shakes hands with who comes in, and hands him on."""

    def __init__(self, context: ssl.SSLContext, seconds: float) -> None:
        """`seconds`: for a handshake."""
        self._context = context
        self._seconds = seconds
        self._waiting: dict[asyncio.Task[None], asyncio.Transport] = {}
        self._through: WeakSet[asyncio.Transport] = WeakSet()
        """The plain connections below those that were handed on."""

    def __len__(self) -> int:
        """Connections whose handshake is not done."""
        return len(self._waiting)

    def admit(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Begin the handshake of a plain connection; `protocol` gets what is inside."""
        transport.pause_reading()  # nothing is read before TLS does
        task = asyncio.get_running_loop().create_task(self._shake(transport, protocol))
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

    async def _shake(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        inside = _Early()
        left: list[socket.socket] = []
        on_refusal.set(
            lambda alert: left.extend(_send_alert(transport, alert))
        )  # in the context of this task alone
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                inside,
                self._context,
                server_side=True,
                ssl_handshake_timeout=self._seconds,
                ssl_shutdown_timeout=_SHUTDOWN,
            )
        except OSError as error:  # ssl.SSLError, TimeoutError, the peer is gone
            _log.debug("no TLS handshake: %s", error)
            transport.abort()
            for sock in left:
                await _linger(sock)
            return
        finally:
            for sock in left:
                sock.close()
        if secured is None or inside.lost or secured.is_closing():
            transport.abort()
            return
        self._through.add(transport)
        secured.set_protocol(protocol)
        protocol.connection_made(secured)
        inside.hand_over(protocol)


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


async def _linger(sock: socket.socket) -> None:
    """Until the peer closes too, or for a second; what it sent meanwhile is for nobody."""
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

    def data_received(self, data: bytes) -> None:
        self._data.append(data)

    def eof_received(self) -> bool:
        self._ended = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def hand_over(self, protocol: asyncio.Protocol) -> None:
        """Give on what came."""
        for data in self._data:
            protocol.data_received(data)
        if self._ended:
            protocol.eof_received()
