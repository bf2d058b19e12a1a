"""Sends the datagrams of discovery, altered where somebody intervenes at DATAGRAM."""

from __future__ import annotations

import asyncio

from emulator.dpws.outbox import Datagram
from emulator.dpws.points import DATAGRAM, OutgoingDatagram
from emulator.layers import InterventionFailed, Layers


class DatagramSender:
    """Each datagram waits for its own handler call alone: one that takes long, or fails, holds up no other."""

    def __init__(self, layers: Layers | None) -> None:
        self._layers = layers or Layers()
        self._asked: set[asyncio.Task[None]] = set()

    def send(self, datagram: Datagram) -> None:
        """Send it, now or when a handler has answered. Raises nothing."""
        if not self._layers.handled(DATAGRAM):
            datagram.link.send(datagram.data, datagram.to, datagram.local)
            return
        # What it is now: a repetition comes while this one waits.
        task = asyncio.get_running_loop().create_task(self._intervened(datagram, datagram.data))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _intervened(self, datagram: Datagram, data: bytes) -> None:
        for octets in await self._altered(datagram, data):
            datagram.link.send(octets, datagram.to, datagram.local)

    async def _altered(self, datagram: Datagram, data: bytes) -> tuple[bytes, ...]:
        to = None if datagram.to is None else (str(datagram.to[0]), int(datagram.to[1]))
        try:
            answer = await self._layers.ask(DATAGRAM, OutgoingDatagram(data, to, datagram.kind))
        except InterventionFailed:  # told already; discovery goes on
            return (data,)
        found = (answer,) if isinstance(answer, bytes) else tuple(answer or ())
        if not all(isinstance(each, bytes) for each in found):
            self._layers.nonsense(DATAGRAM, f"returned {answer!r:.100}")
            return (data,)
        return found

    async def drain(self, seconds: float) -> None:
        """Wait for the handlers that are asked, so many seconds at most."""
        if self._asked:
            await asyncio.wait(set(self._asked), timeout=seconds)

    def close(self) -> None:
        """Send nothing more."""
        for task in self._asked:
            task.cancel()
