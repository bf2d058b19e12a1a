"""What the control API drives: devices of `run`, and the scanner of a job that `scan` runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

from emulator.device.destinations import Destinations, NoSuchDestination
from emulator.device.scanner import VirtualScanner
from emulator.layers import Layers


class Drivable(Protocol):
    """A scanner, and where else it can be reached; '' where it is not on the network."""

    @property
    def uuid(self) -> UUID: ...
    @property
    def scanner(self) -> VirtualScanner: ...
    @property
    def layers(self) -> Layers: ...
    @property
    def destinations(self) -> Destinations: ...
    @property
    def url(self) -> str: ...
    @property
    def scan_service_url(self) -> str: ...
    @property
    def device_service_url(self) -> str: ...

    def scan_to(self, name: str) -> str:
        """Offer a scan to a PC; its ScanIdentifier. Raises NotAcceptingJobs, NoSuchDestination, ValueError."""


@dataclass(frozen=True, slots=True)
class JobScanner:
    """The scanner of one job, which is not on the network."""

    scanner: VirtualScanner
    layers: Layers = field(default_factory=Layers)
    """Of the job: all that it does is told there."""
    uuid: UUID = field(default_factory=uuid4)
    destinations: Destinations = field(default_factory=lambda: Destinations(Layers()))
    url: str = ""
    scan_service_url: str = ""
    device_service_url: str = ""

    def scan_to(self, name: str) -> str:
        """Nobody can subscribe to it. Raises NoSuchDestination."""
        raise NoSuchDestination("the scanner of a job of scan is not on the network: no PC offers a destination")
