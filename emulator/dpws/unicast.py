"""Answers Probes and Resolves that are sent to one port of ours, not to the group: what a scan server does on the
UDP port of the same number as its HTTP port (MS-BDSRR: 5362)."""

from __future__ import annotations

import asyncio
import socket

from emulator.dpws.outbox import Link, SocketAddress
from emulator.dpws.publication import Publication
from emulator.dpws.pump import Pump
from emulator.layers import Layers
from emulator.transport.udp import BoundLink


class UnicastAnswerer:
    """Listens when `start` returns."""

    def __init__(self, publication: Publication, host: str, port: int, layers: Layers | None = None) -> None:
        """`host`: an IP address or name of ours; 0.0.0.0, :: and '' mean all."""
        self._publication = publication
        self._host = host
        self._port = port
        self._layers = layers
        self._link: BoundLink | None = None
        self._pump: Pump | None = None

    async def start(self) -> None:
        """Raises OSError when the port cannot be had."""
        loop = asyncio.get_running_loop()
        known = await loop.getaddrinfo(
            self._host or None, self._port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
        )
        self._pump = Pump(layers=self._layers)
        self._pump.responder.add(self._publication)
        self._link = BoundLink(str(known[0][4][0]), self._port, self._received)
        await self._link.open()

    def stop(self) -> None:
        """Answer nothing more."""
        if self._link is not None:
            self._link.close()
        if self._pump is not None:
            self._pump.close()

    def _received(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
        if self._pump is not None:
            self._pump.received(link, data, sender, local)
