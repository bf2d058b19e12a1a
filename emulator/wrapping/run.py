"""Devices, a scan server and their control API around a command of somebody."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Protocol

from emulator.device.device import ScanDevice
from emulator.disturbance.disturbances import Disturbances
from emulator.environment.control_token import VARIABLE as TOKEN
from emulator.environment.control_token import new_token
from emulator.environment.directories import office_folder, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.options import TrustOptions
from emulator.environment.report_folder import report_lines
from emulator.environment.state import VARIABLE as STATE
from emulator.jobs.manifest_files import manifest_folder
from emulator.jobs.options import ScanOptions
from emulator.layers import Layers
from emulator.network.device_network import DeviceNetwork
from emulator.network.registry import Registered, RegisteredServer
from emulator.network.wanted_fleet import RUN_ROLES
from emulator.options.groups import ControlOptions
from emulator.options.run import NetworkOptions
from emulator.options.wrapping import ExecOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi
from emulator.panel.listening import listed, listening, names_of
from emulator.panel.post_scan import PanelJobs
from emulator.panel.serve import at_host_of, house_of
from emulator.reports.result import Header, Report, Result, tool_of
from emulator.scan_server.delivery_file import delivery_settings
from emulator.scan_server.embedded import embedded_server
from emulator.scan_server.server import ScanServer
from emulator.trace.recording import record
from emulator.wrapping.process import CommandCannotRun, WrappedCommand, own_path, until
from emulator.wrapping.proof import EXIT_CODE, of_command, of_deviations, of_faults, of_jobs, of_manifests

SETTLE: Final = 10.0
"""Seconds that jobs have to end, which still run when the command is over."""
_PROFILE: Final = "office-mfp"


class ExecReporter(Protocol):
    """Who is told of it."""

    def ready(self, variables: Mapping[str, str], names: Sequence[str]) -> None:
        """All listens; what the command is told by its environment, and the names of the devices."""

    def found(self, result: Result) -> None:
        """One thing was looked at, after the command."""


@dataclass(slots=True)
class Wrapped:
    """What came of it."""

    code: int
    """Exit code of the command."""
    report: Report

    @property
    def exit_code(self) -> int:
        """The exit code of the command; 1 where it was 0 and something else is wrong."""
        return self.code or (0 if self.report.passed else 1)


@dataclass(slots=True)
class _Surroundings:
    """What the command finds."""

    folder: Path
    disturbances: Disturbances
    store: Path
    server: ScanServer | None = None
    ca_file: Path | None = None
    network: DeviceNetwork | None = None
    jobs: PanelJobs | None = None
    house: House = field(default_factory=House)

    @property
    def state(self) -> Path:
        return self.folder / "state"


async def wrap(options: ExecOptions, reporter: ExecReporter) -> Wrapped:
    """Start what is asked for, run the command, end what it has left, prove, and write the report. Raises LabError
    where something cannot be started; a command that cannot be is a result."""
    header = Header(tool_of("exec"), " ".join(options.command))
    disturbances = Disturbances.of(options.faults, options.hooks, options.habits, RUN_ROLES)
    with report_lines(header, options.report, overwrite=options.overwrite) as lines:
        async with AsyncExitStack() as stack:
            there = await _start(options, disturbances, stack)
            token = new_token()
            api = ControlApi(there.house, token, names_of(ControlOptions()))
            await stack.enter_async_context(listening(api, ControlOptions()))
            _register(there, api, token, stack)
            variables = _variables(there, api, token)
            reporter.ready(variables, [each.scanner.name for each in there.house.devices])
            results = [await _commanded(options.command, {**os.environ, **own_path(), **variables})]
            results += await _proved(there)
        results += of_faults(disturbances)
        for result in results:
            lines.add(result)
            reporter.found(result)
        return Wrapped(int(results[0].evidence[EXIT_CODE]), lines.end())


async def _commanded(command: Sequence[str], environment: Mapping[str, str]) -> Result:
    begun = time.monotonic()
    try:
        wrapped = WrappedCommand(command, environment)
    except CommandCannotRun as error:
        return of_command(command, error.code, str(error))
    try:
        code = await wrapped.ended()
    finally:
        left = await asyncio.shield(wrapped.end_what_is_left())
    return of_command(command, code, f"exit code {code}", (time.monotonic() - begun) * 1000, left)


async def _start(options: ExecOptions, disturbances: Disturbances, stack: AsyncExitStack) -> _Surroundings:
    folder = Path(mkdtemp(prefix="dsm-exec-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    there = _Surroundings(folder, disturbances, options.store or folder / "store")
    both = not options.devices and not options.server
    if options.server or both:
        await _start_server(options, there, stack)
    if options.devices or both:
        await _start_devices(options, there, stack)
    else:
        house = there.house = House(disturbances=disturbances, roles=RUN_ROLES)
        server = there.server
        assert server is not None, "one of the two is there"
        house.servers = lambda: (server,)
        house.resettable = lambda: (server, disturbances, house.truths, house.journal)
    if there.server is not None:
        there.house.at_close(record(there.house.journal, there.server.layers))
        there.house.server_started(there.server)
    return there


async def _start_server(options: ExecOptions, there: _Surroundings, stack: AsyncExitStack) -> None:
    directory = open_directory(options.directory or office_folder(), options.user, options.ldap)
    stack.callback(directory.close)
    embedded = await stack.enter_async_context(
        embedded_server(
            there.store,
            directory,
            layers=Layers(strict=options.strict),
            plug=there.disturbances.plug_server,
            delivery=await asyncio.to_thread(delivery_settings, options.delivery),
            behaviours=there.disturbances.behaviours,
        )
    )
    there.server = embedded.server
    there.ca_file = there.folder / "ca.pem"
    there.ca_file.write_bytes(embedded.ca_pem)


async def _start_devices(options: ExecOptions, there: _Surroundings, stack: AsyncExitStack) -> None:
    network = DeviceNetwork(
        NetworkOptions(
            profiles=_profiles(options.devices),
            multicast=options.multicast,
            strict=options.strict,
            state=there.state,
        ),
        there.disturbances,
    )
    there.network = await stack.enter_async_context(network)
    there.jobs = jobs = PanelJobs(_defaults(options, there), there.disturbances)
    there.house = house_of(network, jobs)
    if (server := there.server) is not None:
        also = there.house.servers
        there.house.servers = lambda: (server, *also())
        before = there.house.resettable
        assert before is not None, "devices can be reset"
        there.house.resettable = lambda: (*before(), server)
    stack.push_async_callback(jobs.stop)

    def switched_off() -> None:
        for device in network.devices:
            device.scanner.stop_reading()

    stack.callback(switched_off)


def _profiles(asked: Sequence[str]) -> tuple[str, ...]:
    """Raises LabError."""
    found: list[str] = []
    for each in asked or ("1",):
        if each.isdecimal():
            if not 1 <= int(each) <= 1000:
                raise LabError(f"--devices {each}: 1 to 1000 devices", hint="`run` has more")
            found += [_PROFILE] * int(each)
        else:
            found.append(each)
    return tuple(found)


def _defaults(options: ExecOptions, there: _Surroundings) -> ScanOptions:
    """Options of post-scan jobs that are started at a device."""
    given = {"directory": options.directory, "user": options.user, "ldap": options.ldap, "state": there.state}
    if there.server is None:
        return ScanOptions.of(**given, store=there.store)
    return ScanOptions.of(**given, server=there.server.url, trust=TrustOptions(ca_file=there.ca_file))


def _register(there: _Surroundings, api: ControlApi, token: str, stack: AsyncExitStack) -> None:
    devices = [] if there.network is None else there.network.devices
    those = [Registered(str(each.uuid), each.scanner.name, api.url_of(each)) for each in devices]
    server = None if there.server is None else RegisteredServer(there.server.url, api.base_url)
    stack.enter_context(listed(there.state, those, token, server))


def _variables(there: _Surroundings, api: ControlApi, token: str) -> dict[str, str]:
    """What the command is told."""
    told = {"DSM_CONTROL": api.base_url, TOKEN: token, STATE: str(there.state)}
    if there.server is not None:
        told |= {
            "DSM_SERVER_URL": there.server.url,
            "DSM_CA_FILE": str(there.ca_file),
            "DSM_STORE": str(there.store.absolute()),
        }
    if there.network is not None and there.network.devices:
        first: ScanDevice = there.network.devices[0]
        url = there.network.xaddrs_of(first)[0]
        service = at_host_of(url, first.scan_service_url)
        told |= {
            "DSM_DEVICE_URL": url,
            "DSM_SCAN_SERVICE_URL": service,
            "SANE_AIRSCAN_DEVICE": f"wsd:{first.scanner.name}:{service}",
        }
    return told


async def _proved(there: _Surroundings) -> list[Result]:
    """After the command: jobs have a moment to end, then what was acknowledged is looked for."""
    await until(lambda: not _running(there), SETTLE)
    if there.jobs is not None:
        await there.jobs.stop()
    results: list[Result] = []
    if (server := there.server) is not None:
        results += await asyncio.to_thread(lambda: list(of_jobs(server.jobs)))
        manifests = manifest_folder(there.state)
        results += await asyncio.to_thread(lambda: list(of_manifests(manifests, server.url, there.store)))
    return [*results, *of_deviations(there.house.journal.since(0).entries)]


def _running(there: _Surroundings) -> bool:
    at_devices = there.jobs is not None and any(not job.done for job in there.jobs.started.jobs)
    return at_devices or (there.server is not None and any(not job.ended for job in there.server.jobs))
