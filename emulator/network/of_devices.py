"""Interventions at what devices have in common, their HTTP host and their discovery sockets: each device's own
handlers are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from emulator.device.device import ScanDevice
from emulator.dpws.points import DATAGRAM, DatagramsOut, OutgoingDatagram
from emulator.layers import Layers
from emulator.transport.points import HANDSHAKE, OCTETS, Handshake, HandshakeConduct, OctetsOut

_NAME: Final = "the devices' own handlers"


class OfDevices:
    """Handlers of OCTETS, HANDSHAKE and DATAGRAM that ask those of the device whose octets they are."""

    def __init__(self, layers: Layers, devices: Sequence[ScanDevice]) -> None:
        """`layers`: of the host and the sockets; `devices`: as they come and go."""
        self._layers = layers
        self._devices = devices

    def plug(self, device: ScanDevice) -> None:
        """Be there for a device, if it has handlers of its own."""
        layers = self._layers
        if device.layers.handled_here(OCTETS) and not layers.handled(OCTETS):
            layers.handle(OCTETS, self._octets, name=_NAME)
        if device.layers.handled_here(HANDSHAKE) and not layers.handled(HANDSHAKE):
            layers.handle(HANDSHAKE, self._handshake, name=_NAME)
        if device.layers.handled_here(DATAGRAM) and not layers.handled(DATAGRAM):
            layers.handle(DATAGRAM, self._datagram, name=_NAME)

    async def _octets(self, value: OctetsOut) -> bytes:
        layers = value.carried.layers if value.carried is not None else None
        if layers is None or not layers.handled_here(OCTETS):
            return value.octets
        return await layers.ask(OCTETS, value)

    async def _handshake(self, value: Handshake) -> HandshakeConduct:
        """Whom a client is about to ask nobody knows yet: the first that does otherwise speaks for all."""
        for device in self._devices:
            if device.layers.handled_here(HANDSHAKE):
                return await device.layers.ask(HANDSHAKE, value)
        return HandshakeConduct(value.context)

    async def _datagram(self, value: OutgoingDatagram) -> DatagramsOut:
        for device in self._devices:
            if device.target.address.encode() in value.data and device.layers.handled_here(DATAGRAM):
                return await device.layers.ask(DATAGRAM, value)
        return value.data
