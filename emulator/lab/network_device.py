"""A device of a lab that is on the network: other clients find it and scan from it, and Python drives it."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from emulator.device.device import ScanDevice
from emulator.environment.exit_codes import LabError
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import run_scan
from emulator.lab.driven import Driven
from emulator.lab.silent import Silent
from emulator.network.device_network import DeviceNetwork
from emulator.wsscan.values.destinations import ScanDestination

if TYPE_CHECKING:
    from emulator.lab.lab import Lab

OF_PAGES = frozenset({"files", "documents", "truth", "pages", "repeat", "stamped", "as_is", "skip_bad", "speed"})
"""Options of a job that makes its own pages and has a scanner of its own."""


class NetworkDevice(Driven):
    """Found by WS-Discovery on loopback, and hosts WS-Scan and WS-DSD, until `remove` or the lab's end."""

    def __init__(self, lab: Lab, network: DeviceNetwork, device: ScanDevice) -> None:
        super().__init__(device.scanner)
        self._lab = lab
        self._network = network
        self._device = device
        self._xaddrs = network.xaddrs_of(device)

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
        return self._device.destinations.offered

    def scan_to(self, destination: str) -> str:
        """Offer a scan to the PC whose destination has that name: a ScanAvailableEvent goes to it, and its
        ScanIdentifier is returned. It is for the PC to fetch the scan."""
        with self._at():
            return self._device.scan_to(destination)

    async def scan(
        self,
        *files: str | PathLike[str],
        two_sided: bool = False,
        settings: tuple[str, ...] = (),
        on_page: Callable[[int], None] | None = None,
        **options: Any,
    ) -> ScanOutcome:
        """Run one post-scan job of what lies in it, as `press start`, at the lab's scan server or at `server`.

        `files`: are loaded first, in place of what is there, with `two_sided` two pages on each sheet. `settings`:
        as `--set`. `on_page` is told the number of each image that has been scanned. `options`: the other fields of
        ScanOptions by name. Raises LabError when nothing was sent; otherwise `error` of the outcome says why a job
        failed.
        """
        for name in options:
            if name in OF_PAGES:
                raise LabError(f"{name}: a job at a device takes what lies in it; load puts pages there")
        asked = self._lab.job_options(settings, options)
        with self._at():
            self._scanner.require_accepting()
        if files:
            await self._lay_in(files, two_sided=two_sided)
        return await run_scan(asked, Silent(on_page), self._lab.embedded, scanner=self._scanner)

    async def remove(self) -> None:
        """Take it off the network, with Bye; jobs are cancelled as of a device that is switched off."""
        await self._network.remove(self._device)
