"""A device of a lab that is on the network: other clients find it and scan from it, and Python drives it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack
from uuid import UUID

from emulator.device.device import ScanDevice
from emulator.jobs.outcome import ScanOutcome
from emulator.lab.lab_scanner import LabScanner
from emulator.layers import Layers
from emulator.network.device_network import DeviceNetwork
from emulator.options.keywords import ScanKeywords
from emulator.options.press import ScanToAction
from emulator.options.scan import ScanOptions
from emulator.wsscan.values.destinations import ScanDestination

if TYPE_CHECKING:
    from emulator.lab.lab import Lab

_BROUGHT: Final = frozenset({"files", "documents", "pages", "loaded"})
"""Options that say what is scanned where no files are given."""


class NetworkDevice(LabScanner):
    """Found by WS-Discovery on loopback, and hosts WS-Scan and WS-DSD, until `remove` or the lab's end. Its feeder
    starts with as many letters as the profile says."""

    def __init__(self, lab: Lab, network: DeviceNetwork, device: ScanDevice) -> None:
        super().__init__(lab, device.scanner)
        self._network = network
        self._device = device
        self._xaddrs = network.xaddrs_of(device)
        self._known_by = str(device.uuid)

    @property
    def uuid(self) -> UUID:
        """The same over restarts, as long as the state folder is."""
        return self._device.uuid

    @property
    def xaddrs(self) -> tuple[str, ...]:
        """Where its metadata are, for clients that are told and do not search."""
        return self._xaddrs

    @property
    def scan_service(self) -> str:
        """URL of its WS-Scan service."""
        return self._device.scan_service_url

    @property
    def device_service(self) -> str:
        """URL of its WS-DSD service."""
        return self._device.device_service_url

    @property
    def ca_file(self) -> Path | None:
        """PEM that clients of an HTTPS device trust; None with plain HTTP."""
        return self._network.ca_file

    @property
    def destinations(self) -> tuple[ScanDestination, ...]:
        """What PCs offer at its panel."""
        return self._device.destinations.choices

    def scan_to(self, destination: str) -> str:
        """Offer a scan to the PC whose destination has that name: a ScanAvailableEvent goes to it, and its
        ScanIdentifier is returned. It is for the PC to fetch the scan."""
        with self._at():
            return self._device.scan_to(ScanToAction.of(to=destination).to)

    async def scan(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        on_page: Callable[[int], None] | None = None,
        layers: Layers | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> ScanOutcome:
        """Scan as any scanner of the lab does, but where nothing says what is brought, what lies in it is scanned,
        as by `press start`."""
        keywords.setdefault("loaded", _nothing_brought(files, options, keywords))
        return await super().scan(*files, options=options, on_page=on_page, layers=layers, **keywords)

    async def start(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> int:
        """Begin a job as any scanner of the lab does, but where nothing says what is brought, of what lies in it;
        the job's number."""
        keywords.setdefault("loaded", _nothing_brought(files, options, keywords))
        return await super().start(*files, options=options, **keywords)

    async def remove(self) -> None:
        """Take it off the network, with Bye; jobs are cancelled as of a device that is switched off."""
        await self._network.remove(self._device)
        self._end_listening()


def _nothing_brought(
    files: Collection[object], options: ScanOptions | None, keywords: Mapping[str, object]
) -> bool:
    brought = keywords.keys() if options is None else keywords.keys() | options.model_fields_set
    return not files and not _BROUGHT & brought
