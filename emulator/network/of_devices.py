"""Interventions at what devices have in common, their HTTP host and their discovery sockets: each device's own
handlers are asked."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from emulator.device.device import ScanDevice
from emulator.dpws.points import DATAGRAM, DatagramsOut, OutgoingDatagram
from emulator.layers import Intervention, Layers
from emulator.transport.octets import ask_octets
from emulator.transport.points import HANDSHAKE, OCTETS, Handshake, HandshakeConduct, OctetsOut

V = TypeVar("V")
R = TypeVar("R")

_ADDRESSES: Final = re.compile(rb"(?:urn:uuid:|https://)[^<\s]+")
"""What may be the address of an endpoint."""
_NAME: Final = "the devices' own handlers"


class OfDevices:
    """Handlers of OCTETS, HANDSHAKE and DATAGRAM that ask those of the device whose octets they are."""

    def __init__(self, layers: Layers, devices: Sequence[ScanDevice]) -> None:
        """`layers`: of the host and the sockets; `devices`: as they come and go."""
        self._layers = layers
        self._devices = devices
        self._known: tuple[ScanDevice, ...] = ()
        self._addresses: dict[bytes, ScanDevice] = {}

    def plug(self, device: ScanDevice) -> None:
        """Be there for a device, if it has handlers of its own."""
        self._plug(device, OCTETS, self._octets)
        self._plug(device, HANDSHAKE, self._handshake)
        self._plug(device, DATAGRAM, self._datagram)

    def _plug(self, device: ScanDevice, point: Intervention[V, R], handler: Callable[[V], Awaitable[R]]) -> None:
        if device.layers.handled_here(point) and not self._layers.handled(point):
            # Each device's own handler has its own time.
            self._layers.handle(point, handler, name=_NAME, limit=math.inf)

    async def _octets(self, value: OctetsOut) -> bytes:
        layers = value.carried.layers if value.carried is not None else None
        if layers is None or not layers.handled_here(OCTETS):
            return value.octets
        return await ask_octets(layers, value)

    async def _handshake(self, value: Handshake) -> HandshakeConduct:
        """Whom a client is about to ask nobody knows yet: the first that does otherwise speaks for all."""
        for device in self._devices:
            if device.layers.handled_here(HANDSHAKE):
                return await device.layers.ask(HANDSHAKE, value)
        return HandshakeConduct(value.context)

    async def _datagram(self, value: OutgoingDatagram) -> DatagramsOut:
        for name in _ADDRESSES.findall(value.data):
            device = self._by_address().get(name)
            if device is not None and device.layers.handled_here(DATAGRAM):
                return await device.layers.ask(DATAGRAM, value)
        return value.data

    def _by_address(self) -> dict[bytes, ScanDevice]:
        """The devices by their endpoint addresses: a thousand send a thousand datagrams."""
        if self._known != (now := tuple(self._devices)):
            self._known = now
            self._addresses = {each.target.address.encode(): each for each in now}
        return self._addresses
