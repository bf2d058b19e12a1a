"""Devices on the network with their control API: what `run` runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from emulator.disturbance.disturbances import require_fired
from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.jobs.truth_index import TruthIndex
from emulator.layers import Unplug
from emulator.network.device_network import DeviceNetwork
from emulator.network.fleet import Fleet
from emulator.network.needs import Needs
from emulator.network.registry import Registered
from emulator.network.wanted_fleet import RUN_ROLES
from emulator.options.groups import ControlOptions
from emulator.options.run import NetworkOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi
from emulator.panel.listening import listed, listening, names_of, token_of
from emulator.panel.opening import opened_panel, panel_url
from emulator.panel.post_scan import PanelJobs
from emulator.scan_server.server import ScanServer
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


@dataclass(frozen=True, slots=True)
class ReadyRun:
    """Everything that listens."""

    devices: Sequence[ReadyDevice]
    loopback_only: bool
    """Nobody but this machine reaches them."""
    multicast: bool
    """They are announced."""
    ca_file: Path | None
    """What clients of secure devices trust, where the lab made it."""
    control_token_file: Path
    """What callers of the control API must know stands there."""
    panel: str
    """URL of the front panel."""
    fleet: Mapping[str, object] | None = None
    """What a fleet's file has come to; None without one."""


class FleetReporter(Protocol):
    """Who is told how a fleet comes to be there."""

    def begins(self, fleet: Fleet, needs: Needs) -> None:
        """Devices are about to start, so many of a fleet's file."""

    def arrived(self, count: int, of: int) -> None:
        """One more device is on the network, of so many that are to come one after another."""


class RunReporter(Protocol):
    """Who is told that the devices are there."""

    def ready(self, ready: ReadyRun) -> None:
        """Everything listens."""

    def stopped(self) -> None:
        """A signal has stopped them; Bye has been said."""


async def run_devices(
    options: NetworkOptions,
    defaults: ScanOptions,
    reporter: RunReporter,
    control: ControlOptions | None = None,
    *,
    fleet: FleetReporter | None = None,
    open_panel: bool = False,
    prepare: Callable[[House], Awaitable[None]] | None = None,
) -> None:
    """Run until cancelled.

    - `defaults`: for post-scan jobs that are started at a device.
    - `fleet`: is told of what is on its way, where there is a file of a fleet.
    - `open_panel`: a browser shows the front panel.
    - `prepare`: is awaited before anybody is told that the devices are there.

    Raises LabError when the devices cannot be started.
    """
    control = control or ControlOptions()
    token = token_of(control)
    network = DeviceNetwork(options)
    if network.disturbances.behaviours and defaults.server not in (None, EMBEDDED):
        raise LabError("--habit says how the embedded scan server behaves, and --server names another one")
    defaults = defaults.but(habits=())  # they are the network's
    begun = time.monotonic()
    if fleet is not None and options.fleet is not None:
        fleet.begins(network.fleet, network.needs)
    async with network:
        panel_jobs = PanelJobs(defaults, network.disturbances)
        house = house_of(network, panel_jobs, options.truth)
        api = ControlApi(house, token, names_of(control))
        async with listening(api, control):
            folder = state_folder(options.state)
            try:
                if not await _all_arrived(network, fleet):
                    return  # a signal came first; what was there has said Bye when this ends
                devices = _ready_devices(network, api)
                those = [Registered(each.uuid, each.name, each.control) for each in devices]
                if prepare is not None:
                    await prepare(house)
                async with AsyncExitStack() as stack:
                    token_file = stack.enter_context(listed(folder, those, token))
                    reporter.ready(
                        ReadyRun(
                            devices,
                            loopback_only=network.loopback_only,
                            multicast=options.multicast,
                            ca_file=network.ca_file,
                            control_token_file=token_file,
                            panel=panel_url(api.base_url),
                            fleet=_fleet_told(network, time.monotonic() - begun),
                        )
                    )
                    await stack.enter_async_context(
                        opened_panel(api.base_url, token, token_file.parent, wanted=open_panel)
                    )
                    await _until_cancelled()
            finally:
                for device in network.devices:
                    device.scanner.stop_reading()
                await panel_jobs.stop()
        unfired = network.disturbances.never_fired
    reporter.stopped()
    require_fired(unfired, must=options.faults_must_fire)


async def _all_arrived(network: DeviceNetwork, fleet: FleetReporter | None) -> bool:
    """Whether all devices of the start have come onto the network, before a signal came. Raises LabError."""
    try:
        await network.arrive(lambda count, of: None if fleet is None else fleet.arrived(count, of))
    except asyncio.CancelledError:
        _uncancelled()
        return False
    return True


def _ready_devices(network: DeviceNetwork, api: ControlApi) -> list[ReadyDevice]:
    found = []
    for device, reached in zip(network.devices, network.all_xaddrs(network.devices), strict=True):
        xaddrs = asked_first(reached) if network.options.interfaces else reached
        found.append(
            ReadyDevice(
                str(device.uuid),
                device.scanner.name,
                xaddrs,
                at_host_of(xaddrs[0], device.scan_service_url),
                at_host_of(xaddrs[0], device.device_service_url),
                api.url_of(device),
            )
        )
    return found


def _fleet_told(network: DeviceNetwork, seconds: float) -> Mapping[str, object] | None:
    if network.options.fleet is None:
        return None
    return {**network.fleet.as_dict(), **network.needs.as_dict(), "seconds": round(seconds, 1)}


def house_of(network: DeviceNetwork, jobs: PanelJobs, truth: Sequence[Path] = ()) -> House:
    """What the control API of devices on the network drives. `truth`: folders of what is on scanned pages. Raises
    LabError."""
    servers = jobs.servers
    house = House(
        network.devices,
        jobs,
        disturbances=network.disturbances,
        roles=RUN_ROLES,
        servers=lambda: servers.servers,
        ready=lambda: network.listening,
        truths=TruthIndex(truth),
        network=network,
    )
    house.resettable = lambda: (
        jobs.started,
        network,
        servers,
        network.disturbances,
        house.truths,
        house.uploads,
        house.exchanges,
        house.journal,
    )
    house.at_close(house.exchanges.record(network.layers))

    recorded: dict[ScanServer, Unplug] = {}

    def started(server: ScanServer) -> None:
        recorded[server] = house.exchanges.record(server.layers)
        house.server_started(server)

    servers.on_start = started
    servers.on_end = lambda server: recorded.pop(server)()
    network.on_document = house.truths.add
    return house


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
        _uncancelled()


def _uncancelled() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
