"""Who a virtual scanner is, and how it works, beside what its profile says."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from emulator.device.pace import Speed
from emulator.imaging.decoding.limits import PageLimits
from emulator.wsscan.constants import RETRIEVE_IMAGE_LIMIT


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who a device on the network is."""

    uuid: UUID
    """The same over restarts."""
    instance_id: int
    """Grows with each start (WS-Discovery 2005/04, appendix I)."""
    metadata_version: int = 1
    """Grows with each change of the metadata."""
    name: str = ""
    """Empty: the profile's."""
    serial_number: str = ""
    """Empty: the profile's."""
    location: str = ""
    """ScannerLocation. Empty: the profile's."""


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """How a scanner works."""

    speed: Speed = "max"
    seed: int = 0
    retrieve_limit: float = RETRIEVE_IMAGE_LIMIT
    """Seconds for which an image waits to be retrieved."""
    page_limits: PageLimits | None = None
    """Of files put into it."""
