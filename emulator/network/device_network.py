"""Virtual scanners on the network: what `run` starts and stops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from emulator.device.device import PREFIXES, ScanDevice
from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import STABLE_DISCOVERY_PATH
from emulator.dpws.directed import DirectedProbe
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.headers import OF_HOSTS
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.environment.exit_codes import LabError
from emulator.environment.machine_names import LOOPBACK_NAMES, can_be_certified
from emulator.environment.next_step import profile_hint
from emulator.environment.options import ServeTls, TrustOptions
from emulator.environment.state import state_folder
from emulator.environment.tracing import write_trace
from emulator.environment.trusting import client_tls, server_tls
from emulator.layers import Layers
from emulator.network.device_claims import DeviceClaims, RunSettings, WantedDevice, wanted_devices
from emulator.network.listeners import Listeners
from emulator.options.run import NetworkOptions
from emulator.soap.fault import not_in_xml
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.interfaces import Selection, every, interfaces, loopback_only, named

EVERY_INTERFACE: Final = "all"
"""`--interface all`."""


class DeviceNetwork:
    """Any number of virtual scanners behind one HTTP port and one discovery socket for each interface. Use it as
    `async with DeviceNetwork(options) as network`: everything listens when the block begins. Devices may come and
    go while it runs."""

    def __init__(self, options: NetworkOptions) -> None:
        self.options = options
        self.devices: list[ScanDevice] = []
        self._by_path: dict[str, ScanDevice] = {}
        self._wanted: dict[UUID, WantedDevice] = {}
        self._targets: list[Target] = []
        self._claims = DeviceClaims(state_folder(options.state))
        self.layers = Layers(strict=options.strict)
        """Of the common HTTP host and of all devices' clients."""
        self._event_tls: ssl.SSLContext | None = None
        self._base_url = ""
        self._stable: Endpoint | None = None
        self._announcer: Announcer | None = None
        self._changing = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._listeners: Listeners | None = None
        self.ca_file: Path | None = None
        """PEM that clients of secure devices trust; None with plain HTTP or a certificate of the user's own."""

    def xaddrs_of(self, device: ScanDevice) -> tuple[str, ...]:
        """Everywhere that the device's metadata can be had now: on this machine, and on the chosen interfaces."""
        assert self._listeners is not None
        if device.target.secure:
            return (device.target.address,)
        port, selection = self._listeners.port, self._selection()
        own = [each for each in interfaces() if selection is not None and selection(each) and not each.is_loopback]
        addresses = [
            str(ip.ip) for each in own for ip in each.addresses if not (ip.version == 6 and ip.ip.is_link_local)
        ]
        return tuple(at_port(port)(address) + device.path for address in ("127.0.0.1", *addresses))

    async def __aenter__(self) -> DeviceNetwork:
        async with AsyncExitStack() as stack:
            selection = self._selection()
            write_trace(self.options.trace, self.layers, stack, overwrite=self.options.overwrite)
            stack.callback(self._claims.close)
            self.devices = await asyncio.to_thread(self._make_devices)
            host, context = await asyncio.to_thread(self._secure, selection, stack)
            self._listeners = Listeners(
                self.handle,
                selection=selection,
                port=self.options.port,
                ssl_context=context,
                layers=self.layers,
            )
            try:
                await self._listeners.start()
            except OSError as error:
                raise LabError(str(error.strerror or error), hint="--port 0 takes a free port") from None
            stack.push_async_callback(self._listeners.stop)
            stack.push_async_callback(self._stop_devices)
            port = self._listeners.port
            self._base_url = at_port(port, "https")(host) if host else self._listeners.base_url
            announcer = Announcer(
                selection=_with_loopback(selection) if selection else loopback_only,
                multicast=self.options.multicast,
                layers=self.layers,
            )
            for device in self.devices:
                await self._begin(device, announcer)
            discovery = DirectedProbe(self._targets, self._base_url, prefixes=PREFIXES)
            self._stable = Endpoint(discovery, self.layers, addressing=DISCOVERY_ADDRESSING, understood=OF_HOSTS)
            self._announcer = await stack.enter_async_context(announcer)
            self._stack = stack.pop_all()
        return self

    async def _begin(self, device: ScanDevice, announcer: Announcer) -> None:
        """It answers, and is announced."""
        assert self._listeners is not None
        await device.start(self._base_url)
        self._by_path[device.path.lower().lstrip("/")] = device
        self._targets.append(device.target)
        announcer.add(Publication(device.target, at_port(self._listeners.port), prefixes=PREFIXES))

    async def add(self, profile: str, *, name: str = "", speed: Speed = "max", seed: int = 0) -> ScanDevice:
        """Put one more device onto the network while others run; it is announced by Hello. `name`: the profile's
        where empty, with a number where that one runs already; the rest as of NetworkOptions. Raises LabError."""
        async with self._changing:
            if self._announcer is None:
                raise LabError("the network of the devices is not running")
            wanted = wanted_devices([await asyncio.to_thread(_profile, profile)], 1, _speakable(name))
            (device,) = await asyncio.to_thread(self._claim, wanted, [self._conduct(speed, seed)])
            try:
                await self._begin(device, self._announcer)
            except OSError as error:
                await self._forget(device)
                raise LabError(f"the device has no folder for its images: {error.strerror or error}") from None
            self.devices.append(device)
            return device

    async def remove(self, device: ScanDevice) -> None:
        """Take a device off the network, with Bye; its jobs are cancelled as of one that is switched off. Nothing
        happens when it is not there."""
        async with self._changing:
            if self._announcer is None or device not in self.devices:
                return
            self.devices.remove(device)
            self._announcer.remove(device.target.address)
            self._targets.remove(device.target)
            try:
                await device.stop()
            finally:
                del self._by_path[device.path.lower().lstrip("/")]
                await self._forget(device)

    async def _forget(self, device: ScanDevice) -> None:
        await asyncio.to_thread(self._claims.give_back, self._wanted.pop(device.uuid))

    async def __aexit__(self, *exc: object) -> None:
        async with self._changing:
            self._announcer = None
        await self._stack.aclose()
        self._listeners = None

    async def _stop_devices(self) -> None:
        """All at once: each may wait some seconds for its subscribers."""
        await asyncio.gather(*(device.stop() for device in self.devices))

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request: the first part of the path is the device's UUID. Raises BodyBroken."""
        path = request.path.lower()
        if self._stable is not None and self._targets and path.rstrip("/") == STABLE_DISCOVERY_PATH.lower():
            return await self._stable(request)
        device = self._by_path.get(path.lstrip("/").partition("/")[0])
        return OutgoingResponse(404, close=True) if device is None else await device.handle(request)

    def _selection(self) -> Selection | None:
        wanted = self.options.interfaces
        if not wanted:
            return None
        if EVERY_INTERFACE in wanted:
            return every
        selection = named(wanted)
        there = interfaces()
        for name in wanted:
            if not any(named((name,))(each) for each in there):
                names = ", ".join(each.name for each in there)
                raise LabError(f"--interface {name}: no such interface; there are: {names}")
        return selection

    def _secure(self, selection: Selection | None, stack: AsyncExitStack) -> tuple[str, ssl.SSLContext | None]:
        """Host and TLS context of secure devices; '' and None for others. Raises LabError."""
        options = self.options
        if not options.https:
            if options.host or options.tls != ServeTls(ask=options.tls.ask):
                raise LabError(
                    "--host, --tls-cert, --client-ca and what goes with them need --https",
                    hint="add --https",
                )
            return "", None
        there = [] if selection is None else [each for each in interfaces() if selection(each)]
        known = [ip.ip for each in there if not each.is_loopback for ip in each.addresses]
        ips = [ip for ip in known if not ip.is_link_local]
        # An address that others reach, IPv4 first: all are told this one.
        first = str(min(ips, key=lambda ip: ip.version)) if ips else "127.0.0.1"
        host = options.host.strip("[]") or first
        if not can_be_certified(host):
            raise LabError(
                f"--host {options.host!r} is no DNS name and no IP address",
                hint="--host takes the name by which clients reach this machine",
            )
        # Two runs may share the state folder; each device runs in one of them.
        own = self.devices[0].uuid if self.devices else uuid4()
        ca_file = state_folder(options.state) / "ca" / f"{own}.pem"
        names = tuple(dict.fromkeys((host, *LOOPBACK_NAMES, *map(str, ips))))
        context, self.ca_file = server_tls(options.tls, names, ca_file, ca_dir_for=f"the folder {ca_file.parent}")
        if self.ca_file is not None:
            stack.callback(ca_file.unlink, missing_ok=True)
        return host, context

    def _claim(self, wanted: Sequence[WantedDevice], conduct: Sequence[RunSettings]) -> list[ScanDevice]:
        """The devices, each with an identity of its own, not yet running. Raises LabError."""
        made = []
        for (each, identity), how in zip(self._claims.claim(wanted), conduct, strict=True):
            made.append(each.device(identity, how))
            self._wanted[made[-1].uuid] = each
        return made

    def _conduct(self, speed: Speed, seed: int) -> RunSettings:
        options = self.options
        return RunSettings(speed, seed, self.layers, self._event_tls, options.page_limits)

    def _make_devices(self) -> list[ScanDevice]:
        """Those of the options. Raises LabError."""
        options = self.options
        profiles = [_profile(name) for name in options.profiles]
        # The system's roots are read only where an event goes out over HTTPS.
        trust = options.trust
        self._event_tls = None if trust == TrustOptions(ask=trust.ask) else client_tls(trust)
        wanted = wanted_devices(profiles, options.count, _speakable(options.name))
        return self._claim(
            wanted, [self._conduct(options.speed, options.seed + 1000 * index) for index in range(len(wanted))]
        )


def _profile(profile: str) -> DeviceProfile:
    """Raises LabError."""
    try:
        return load_profile(profile)
    except ProfileError as error:
        raise LabError(str(error), hint=profile_hint(profile)) from None


def _speakable(name: str) -> str:
    """A name that messages can hold. Raises LabError."""
    if found := not_in_xml(name):
        raise LabError(f"--name: {found} is no character of XML 1.0: no message can hold it")
    return name


def _with_loopback(selection: Selection) -> Selection:
    return lambda interface: interface.is_loopback or selection(interface)
