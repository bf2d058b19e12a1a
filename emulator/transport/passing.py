"""A body while it passes: counted always, its start kept and its octets told where somebody listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from emulator.layers import Layers
from emulator.transport.http import Body
from emulator.transport.observe import KEPT_BODY_BYTES, Exchange
from emulator.transport.points import BODY, EXCHANGE, BodyOctets


def listened_to(layers: Layers) -> bool:
    """Whether somebody listens to exchanges or their bodies."""
    return layers.heard(EXCHANGE) or layers.heard(BODY)


class PassingOctets:
    """Fed with the octets of one body of an exchange."""

    def __init__(self, layers: Layers, exchange: Exchange, of: Literal["request", "response"]) -> None:
        self.size = 0
        self._layers = layers
        self._exchange = exchange
        self._of = of
        self._start = bytearray()
        self._kept = KEPT_BODY_BYTES if layers.heard(EXCHANGE) else 0
        self._told = layers.heard(BODY)

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next octets; the buffer may be used again afterwards."""
        self.size += len(data)
        if len(self._start) < self._kept:
            self._start += data[: self._kept - len(self._start)]
        if self._told and data:
            self._layers.tell(BODY, BodyOctets(self._exchange, self._of, bytes(data)))

    def finish(self) -> None:
        """Write down in the exchange what has passed."""
        if self._of == "request":
            self._exchange.request_size, self._exchange.request_start = self.size, bytes(self._start)
        else:
            self._exchange.response_size, self._exchange.response_start = self.size, bytes(self._start)


class PassingBody:
    """A body that goes out piece by piece, of which `feed` is told."""

    def __init__(self, body: Body, feed: Callable[[bytes | memoryview], None]) -> None:
        self._body = body
        self._feed = feed

    @property
    def length(self) -> int:
        """Octets in all."""
        return self._body.length

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Give the pieces of the body itself."""
        for piece in self._body.chunks():
            self._feed(piece)
            yield piece
