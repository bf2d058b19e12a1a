"""Sends the datagrams of discovery, altered where somebody intervenes at DATAGRAM."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from emulator.dpws.outbox import Datagram
from emulator.dpws.points import DATAGRAM, LaterDatagram, OutgoingDatagram
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
        self._keep(self._intervened(datagram, datagram.data))

    async def _intervened(self, datagram: Datagram, data: bytes) -> None:
        for each in await self._altered(datagram, data):
            if isinstance(each, bytes):
                datagram.link.send(each, datagram.to, datagram.local)
            else:
                self._keep(self._later(datagram, each))

    async def _later(self, datagram: Datagram, later: LaterDatagram) -> None:
        await asyncio.sleep(later.seconds)
        datagram.link.send(later.data, datagram.to, datagram.local)

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _altered(self, datagram: Datagram, data: bytes) -> tuple[bytes | LaterDatagram, ...]:
        to = None if datagram.to is None else (str(datagram.to[0]), int(datagram.to[1]))
        try:
            answer = await self._layers.ask(DATAGRAM, OutgoingDatagram(data, to, datagram.kind))
        except InterventionFailed:  # told already; discovery goes on
            return (data,)
        found = (answer,) if isinstance(answer, bytes | LaterDatagram) else tuple(answer or ())
        if not all(isinstance(each, bytes | LaterDatagram) for each in found):
            self._layers.nonsense(DATAGRAM, f"returned {answer!r:.100}")
            return (data,)
        return found

    async def drain(self, seconds: float) -> None:
        """Wait for the handlers that are asked and for what goes out later, so many seconds at most."""
        end = asyncio.get_running_loop().time() + seconds
        while self._asked and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._asked), timeout=left)

    def close(self) -> None:
        """Send nothing more."""
        for task in self._asked:
            task.cancel()
