"""A host's connection on which the handler of OCTETS acts."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from emulator.layers import InterventionFailed
from emulator.transport.http import Carried
from emulator.transport.octets import RESET_ON_CLOSE, Alteration, split
from emulator.transport.points import ConnectionEnd, ResetConnection
from emulator.transport.send_queue import arrived

_HIGH: Final = 64 * 1024
"""Octets that wait for the handler before who writes must wait; asyncio has as many before its own sockets."""

_log = logging.getLogger(__name__)


class AlteredTransport(asyncio.Transport):
    """Stands before a connection: what is written waits until the handler has been asked, in order. Without a
    handler it writes at once."""

    def __init__(
        self,
        inner: asyncio.Transport,
        alteration: Alteration,
        peer: str,
        hold: Callable[[bool], None],
        plain: asyncio.Transport,
    ) -> None:
        """These are its parameters.

        - `peer`: for the log.
        - `hold`: tells whether who writes must wait.
        - `plain`: the connection below TLS; without TLS `inner` itself.
        """
        super().__init__()
        self._inner = inner
        self._plain = plain
        self._alteration = alteration
        self._peer = peer
        self._hold = hold
        self._waiting: deque[tuple[bytes, int, Carried | None]] = deque()
        self._size = 0
        self._free = asyncio.Event()
        """The connection itself takes more."""
        self._free.set()
        self._closing = False
        self.exchange = 0
        """Number of the exchange to which belongs what is written now."""
        self.carried: Carried | None = None
        """By what is written now."""
        self.work: asyncio.Task[None] | None = None
        """Asks and writes while something waits."""

    # What the connection says

    def inner_takes(self, more: bool) -> None:
        """Whether the connection itself takes more, as it tells its protocol."""
        if more:
            self._free.set()
        else:
            self._free.clear()
        self._tell()

    def lost(self) -> None:
        """The connection has ended."""
        self._closing = True
        self._drop()

    # As of asyncio.Transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, when the handler has been asked."""
        if self._closing or not data:
            return
        if self.work is None and not self._alteration.wanted:
            self._inner.write(data)
            return
        self._waiting.append((bytes(data), self.exchange, self.carried))
        self._size += len(data)
        if self.work is None:
            self.work = asyncio.get_running_loop().create_task(self._write_waiting())
        self._tell()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Write as `write` does."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """End the connection when all has gone, and as the handler wants it."""
        self._closing = True
        if self.work is None:
            self._inner.close()

    def abort(self) -> None:
        """End it at once."""
        self.lost()
        self._inner.abort()

    def is_closing(self) -> bool:
        """Answer as asyncio wants it."""
        return self._closing or self._inner.is_closing()

    def get_write_buffer_size(self) -> int:
        """Octets that wait for the peer; a slow handler is not its fault."""
        return self._inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Do what the connection does."""
        return self._inner.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Do what the connection does."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Do what the connection does."""
        self._inner.resume_reading()

    def is_reading(self) -> bool:
        """Do what the connection does."""
        return self._inner.is_reading()

    # Inside

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                data, exchange, self._alteration.carried = self._waiting[0]
                for piece in split(data):
                    await self._pass(await self._alteration.of(piece, exchange, self._pass))
                self._waiting.popleft()
                self._size -= len(data)
                self._tell()
        except ConnectionEnd as end:
            _log.info("%s: %s", self._peer, end)
            self._drop()
            self._closing = True
            self._inner.write(end.octets)
            await arrived(self._plain.get_extra_info("socket"), self._kept)
            self._end(reset=isinstance(end, ResetConnection))
        except InterventionFailed as failure:
            _log.warning("%s: the connection was reset: %s", self._peer, failure)
            self._drop()
            self._end(reset=True)
        else:
            self.work = None
            if self._closing:
                self._inner.close()

    async def _pass(self, data: bytes) -> None:
        self._inner.write(data)
        await self._free.wait()

    def _kept(self) -> int:
        """Octets that the system has not taken; of TLS both as they were and as they go out."""
        size = self._inner.get_write_buffer_size()
        return size if self._plain is self._inner else size + self._plain.get_write_buffer_size()

    def _end(self, *, reset: bool) -> None:
        self._closing = True
        self.work = None
        sock = self._inner.get_extra_info("socket")
        if reset:
            with suppress(OSError, AttributeError):  # of a connection that has ended already there is none
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._inner.abort()
        else:
            self._inner.close()

    def _drop(self) -> None:
        self._waiting.clear()
        self._size = 0
        if self.work is not None and self.work is not asyncio.current_task():
            self.work.cancel()
            self.work = None

    def _tell(self) -> None:
        self._hold(self._size > _HIGH or not self._free.is_set())
