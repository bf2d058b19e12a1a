"""A client's connection on which the handler of OCTETS acts, for one exchange."""

from __future__ import annotations

import time

from emulator.transport.octets import Alteration, split
from emulator.transport.points import ConnectionEnd, ResetConnection
from emulator.transport.stream import Stream


class AlteredStream:
    """Sends by a stream what the handler makes of it. `sent` counts octets before they were altered: those are what
    the exchange knows of."""

    blocked = False

    def __init__(self, inner: Stream, alteration: Alteration) -> None:
        self._inner = inner
        self._alteration = alteration
        self._asking = False
        self._reset = False
        self.sent = 0
        self.context = inner.context

    @property
    def progress(self) -> float:
        """When octets last moved; a slow handler is not the peer's fault."""
        return time.monotonic() if self._asking else self._inner.progress

    @progress.setter
    def progress(self, at: float) -> None:
        self._inner.progress = at

    def begin(self) -> None:
        """A new exchange starts."""
        self.sent = 0
        self._inner.begin()

    def send_now(self, data: memoryview) -> int:
        """Nothing goes at once: the handler is asked first."""
        return 0

    async def send(self, data: bytes | memoryview) -> None:
        """Send what the handler makes of it. Raises OSError, InterventionFailed and ConnectionEnd."""
        self._asking = True
        try:
            for piece in split(data):
                await self._pass(await self._alteration.of(piece, self._inner.exchanges, self._pass))
        except ConnectionEnd as end:
            await self._pass(end.octets)
            self._reset = isinstance(end, ResetConnection)
            await self._inner.arrived()
            raise
        finally:
            self._asking = False
        self.sent += len(data)

    async def _pass(self, data: bytes) -> None:
        self._asking = False
        self._inner.progress = time.monotonic()
        try:
            await self._inner.send(data)
        finally:
            self._asking = True

    async def receive(self) -> bytes:
        """Do what the stream does."""
        return await self._inner.receive()

    def shut(self) -> None:
        """Do what the stream does."""
        self._inner.shut()

    def close(self) -> None:
        """Close at once, or reset where the handler wanted that."""
        if self._reset:
            self._inner.reset()
        else:
            self._inner.close()
