"""Devices on the network with their control API: what `run` runs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.environment.control_token import given_token, new_token
from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.network.device_network import DeviceNetwork, NetworkOptions
from emulator.network.registry import Registered, registered
from emulator.panel.control import ControlApi
from emulator.panel.post_scan import PostScanDesk
from emulator.scan_server.embedded import habitual
from emulator.transport.host import HttpHost
from emulator.transport.interfaces import interfaces
from emulator.transport.own_names import OwnNames, machine_names


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
        self,
        devices: list[ReadyDevice],
        *,
        loopback_only: bool,
        multicast: bool,
        ca_file: Path | None,
        control_token_file: Path,
    ) -> None:
        """Everything listens. `ca_file`: what clients of secure devices trust, where the lab made it;
        `control_token_file`: what callers of the control API must know stands there."""

    def stopped(self) -> None:
        """A signal has stopped them; Bye has been said."""


@dataclass(frozen=True, slots=True)
class ControlOptions:
    """Where the control API listens, and whom it lets in; each as the option of `run` of its name."""

    port: int = 0
    bind: str = "127.0.0.1"
    """Address or host name; 0.0.0.0 and :: mean all."""
    token_file: Path | None = None
    """Its first line is the token; None: DSM_EMULATOR_TOKEN, and without that a new one."""

    def names(self) -> OwnNames:
        """What a Host header may say."""
        if self.bind in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            addresses = (str(address.ip) for each in interfaces() for address in each.addresses)
            return OwnNames((*addresses, *machine_names()))
        return OwnNames((self.bind,))


async def run_devices(
    options: NetworkOptions, defaults: ScanOptions, reporter: RunReporter, control: ControlOptions | None = None
) -> None:
    """Run until cancelled. `defaults`: for post-scan jobs that are started at a device. Raises LabError when the
    devices cannot be started."""
    control = control or ControlOptions()
    token = given_token(control.token_file, os.environ) or new_token()
    habitual(defaults.habits)
    if defaults.habits and defaults.server not in (None, EMBEDDED):
        raise LabError("--habit says how the embedded scan server behaves, and --server names another one")
    async with DeviceNetwork(options) as network:
        desk = PostScanDesk(defaults)
        api = ControlApi(network, desk, token, control.names())
        host = HttpHost(api.handle, bind=control.bind, port=control.port)
        try:
            await host.start()
        except OSError as error:
            hint = "--control-port 0 takes a free port; --control-bind is an address of this machine"
            raise LabError(str(error.strerror or error), hint=hint) from None
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
