"""Devices on the network with their control API: what `run` runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from emulator.disturbance.disturbances import require_fired
from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.network.device_network import DeviceNetwork
from emulator.network.registry import Registered, registered
from emulator.options.groups import ControlOptions
from emulator.options.run import NetworkOptions
from emulator.panel.control import ControlApi
from emulator.panel.listening import listening, names_of, token_of, unusable
from emulator.panel.post_scan import PanelJobs
from emulator.transport.url import read_url


@dataclass(frozen=True, slots=True)
class ReadyDevice:
    """A device that is on the network."""

    uuid: str
    name: str
    xaddrs: tuple[str, ...]
    """The first is that of an interface that was asked for, where one was."""
    scan_service: str
    device_service: str
    """Of WS-DSD."""
    control: str


class RunReporter(Protocol):
    """Who is told that the devices are there."""

    def ready(
        self,
        devices: list[ReadyDevice],
        *,
        loopback_only: bool,
        multicast: bool,
        ca_file: Path | None,
        control_token_file: Path,
    ) -> None:
        """Everything listens.

        - `ca_file`: what clients of secure devices trust, where the lab made it.
        - `control_token_file`: what callers of the control API must know stands there.
        """

    def stopped(self) -> None:
        """A signal has stopped them; Bye has been said."""


async def run_devices(
    options: NetworkOptions, defaults: ScanOptions, reporter: RunReporter, control: ControlOptions | None = None
) -> None:
    """Run until cancelled. `defaults`: for post-scan jobs that are started at a device. Raises LabError when the
    devices cannot be started."""
    control = control or ControlOptions()
    token = token_of(control)
    network = DeviceNetwork(options)
    if network.disturbances.behaviours and defaults.server not in (None, EMBEDDED):
        raise LabError("--habit says how the embedded scan server behaves, and --server names another one")
    defaults = defaults.but(habits=())  # they are the network's
    async with network:
        panel_jobs = PanelJobs(defaults, network.disturbances)
        api = ControlApi(network.devices, panel_jobs, token, names_of(control))
        async with listening(api, control):
            devices = []
            for device in network.devices:
                xaddrs = asked_first(network.xaddrs_of(device)) if options.interfaces else network.xaddrs_of(device)
                devices.append(
                    ReadyDevice(
                        str(device.uuid),
                        device.scanner.name,
                        xaddrs,
                        at_host_of(xaddrs[0], device.scan_service_url),
                        at_host_of(xaddrs[0], device.device_service_url),
                        api.url_of(device),
                    )
                )
            folder = state_folder(options.state)
            try:
                listed = [Registered(each.uuid, each.name, each.control) for each in devices]
                with registered(folder, listed, token) as token_file:
                    reporter.ready(
                        devices,
                        loopback_only=not options.interfaces,
                        multicast=options.multicast,
                        ca_file=network.ca_file,
                        control_token_file=token_file,
                    )
                    await _until_cancelled()
            except OSError as error:
                raise unusable(folder, error) from None
            finally:
                for device in network.devices:
                    device.scanner.stop_reading()
                await panel_jobs.stop()
        unfired = network.disturbances.unfired
    reporter.stopped()
    require_fired(unfired, must=options.faults_must_fire)


def asked_first(xaddrs: Sequence[str]) -> tuple[str, ...]:
    """The URLs of a device by which others reach it, before those of loopback, which somebody who asks for an
    interface has no use for."""
    return tuple(sorted(xaddrs, key=lambda url: is_loopback_url(url)))


def is_loopback_url(url: str) -> bool:
    """Whether a URL with an IP address leads to this machine alone."""
    try:
        return ip_address(read_url(url).host).is_loopback
    except ValueError:  # a name
        return False


def at_host_of(xaddr: str, url: str) -> str:
    """A service's URL at the host of this URL of its device."""
    there = read_url(xaddr)
    return read_url(url).at(there.authority, scheme=there.scheme)


async def _until_cancelled() -> None:
    """A signal is how a run ends well: what follows is not cancelled."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
