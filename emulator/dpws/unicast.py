"""Answers Probes and Resolves that are sent to one port of ours, not to the group: what a scan server does on the
UDP port of the same number as its HTTP port (MS-BDSRR: 5362)."""

from __future__ import annotations

from emulator.dpws.publication import Publication
from emulator.dpws.pump import Pump
from emulator.transport.udp import BoundLink, SocketAddress


class UnicastAnswerer:
    """Listens when `start` returns."""

    def __init__(self, publication: Publication, host: str, port: int) -> None:
        """`host`: an IP address of ours; 0.0.0.0 and :: mean all."""
        self._publication = publication
        self._link = BoundLink(host, port, self._received)
        self._pump: Pump | None = None

    async def start(self) -> None:
        """Raises OSError when the port cannot be had."""
        self._pump = Pump()
        self._pump.responder.add(self._publication)
        await self._link.open()

    def stop(self) -> None:
        """Answer nothing more."""
        self._link.close()
        if self._pump is not None:
            self._pump.close()

    def _received(self, data: bytes, sender: SocketAddress, unicast: bool) -> None:
        if self._pump is not None:
            self._pump.received(data, sender, self._link, unicast=unicast)
