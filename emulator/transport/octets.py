"""What client and host have in common where the handler of OCTETS acts on a connection."""

from __future__ import annotations

import itertools
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final, Literal

from emulator.layers import Deliberate, GoOn, Layers
from emulator.transport.http import Carried
from emulator.transport.points import OCTETS, ConnectionEnd, OctetsOut

PIECE: Final = 1024 * 1024
"""Octets that a handler is given at a time, at most."""

RESET_ON_CLOSE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""The value of SO_LINGER with which closing a socket resets its connection."""

connection_numbers: Final = itertools.count(1)
"""Of the connections of this process, clients' and hosts'."""


async def ask_octets(layers: Layers, value: OctetsOut) -> bytes:
    """Return what goes out instead of these octets. What is sent before that takes no time of the handler's, and
    what it raises is no failure of the handler. Raises InterventionFailed, ConnectionEnd, and what sending does."""
    go_on = GoOn(partial(value.send, value.octets))

    def send(octets: bytes) -> Awaitable[None]:
        return go_on.instead(partial(value.send, octets))

    return await layers.ask(OCTETS, replace(value, send=send), go_on)


class Alteration:
    """Asks the handler for what goes out on one connection."""

    def __init__(self, layers: Layers, side: Literal["client", "server"], peer: str, connection: int) -> None:
        self._layers = layers
        self._side = side
        self._peer = peer
        self._connection = connection
        self._exchange = 0
        self._offset = 0
        self.carried: Carried | None = None
        """By the exchange whose octets come next."""

    @property
    def wanted(self) -> bool:
        """Whether there is a handler now."""
        return self._layers.handled(OCTETS)

    async def of(self, piece: bytes, exchange: int, send: Callable[[bytes], Awaitable[None]]) -> bytes:
        """Return what goes out instead of the next piece of the exchange of that number. `send`: sends octets
        before that. Raises InterventionFailed, ConnectionEnd, and what `send` does."""
        if exchange != self._exchange:
            self._exchange, self._offset = exchange, 0
        offset, self._offset = self._offset, self._offset + len(piece)
        if not self.wanted:  # taken away meanwhile
            return piece
        value = OctetsOut(self._side, self._peer, self._connection, exchange, offset, piece, self.carried, send)
        try:
            return await ask_octets(self._layers, value)
        except ConnectionEnd:
            raise
        except Deliberate as error:  # of another point
            reason = f"raised {type(error).__name__}, which means nothing there"
            raise self._layers.nonsense(OCTETS, reason) from error


def split(data: bytes | memoryview) -> Iterator[bytes]:
    """The octets in pieces as a handler is given them."""
    for start in range(0, len(data), PIECE):
        yield bytes(data[start : start + PIECE])
