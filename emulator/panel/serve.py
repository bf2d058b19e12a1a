"""Devices on the network with their control API: what `run` runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.lab.exit_codes import LabError
from emulator.lab.network import DeviceNetwork, NetworkOptions
from emulator.lab.options import ScanOptions
from emulator.lab.registry import Registered, registered
from emulator.lab.state import state_folder
from emulator.panel.control import ControlApi
from emulator.panel.post_scan import PostScanDesk
from emulator.transport.host import HttpHost


@dataclass(frozen=True, slots=True)
class ReadyDevice:
    """A device that is on the network."""

    uuid: str
    name: str
    xaddrs: tuple[str, ...]
    scan_service: str
    device_service: str
    """Of WS-DSD."""
    control: str


class RunReporter(Protocol):
    """Who is told that the devices are there."""

    def ready(
        self, devices: list[ReadyDevice], *, loopback_only: bool, multicast: bool, ca_file: Path | None
    ) -> None:
        """Everything listens. `ca_file`: what clients of secure devices trust, where the lab made it."""

    def stopped(self) -> None:
        """A signal has stopped them; Bye has been said."""


async def run_devices(
    options: NetworkOptions, defaults: ScanOptions, reporter: RunReporter, *, control_port: int = 0
) -> None:
    """Run until cancelled. `defaults`: for post-scan jobs that are started at a device. Raises LabError when the
    devices cannot be started."""
    async with DeviceNetwork(options) as network:
        desk = PostScanDesk(defaults)
        api = ControlApi(network, desk)
        host = HttpHost(api.handle, port=control_port)
        try:
            await host.start()
        except OSError as error:
            raise LabError(str(error.strerror or error), hint="--control-port 0 takes a free port") from None
        api.base_url = host.base_url
        devices = [
            ReadyDevice(
                str(device.uuid),
                device.scanner.name,
                network.xaddrs_of(device),
                device.scan_service_url,
                device.device_service_url,
                api.url_of(device),
            )
            for device in network.devices
        ]
        folder = state_folder(options.state)
        try:
            with registered(folder, [Registered(each.uuid, each.name, each.control) for each in devices]):
                reporter.ready(
                    devices,
                    loopback_only=not options.interfaces,
                    multicast=options.multicast,
                    ca_file=network.ca_file,
                )
                await _until_cancelled()
        except OSError as error:
            raise _unusable(folder, error) from None
        finally:
            for device in network.devices:
                device.scanner.stop_reading()
            await desk.stop()
            await host.stop()
    reporter.stopped()


async def _until_cancelled() -> None:
    """A signal is how a run ends well: what follows is not cancelled."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()


def _unusable(folder: Path, error: OSError) -> LabError:
    return LabError(
        f"the state folder {folder} cannot be used: {error.strerror or error}", hint="--state names another"
    )
