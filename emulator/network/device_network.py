"""Virtual scanners on the network: what `run` starts and stops."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.device.device import PREFIXES, ScanDevice
from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import STABLE_DISCOVERY_PATH
from emulator.dpws.directed import DirectedProbe
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.headers import OF_HOSTS
from emulator.dpws.hosting import Hosting
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.environment.exit_codes import LabError
from emulator.environment.machine_names import LOOPBACK_NAMES
from emulator.environment.options import ServeTls, TrustOptions
from emulator.environment.state import state_folder
from emulator.environment.tracing import write_trace
from emulator.environment.trusting import client_tls, server_tls
from emulator.imaging.decoding.limits import PAGE_MEMORY, PAGE_SECONDS, PageLimits
from emulator.layers import Layers
from emulator.network.identity import Claim, Identity, IdentityStore, metadata_digest
from emulator.network.listeners import Listeners
from emulator.network.taken_identities import TakenIdentities
from emulator.soap.fault import not_in_xml
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.interfaces import Selection, every, interfaces, loopback_only, named

_log = logging.getLogger(__name__)

EVERY_INTERFACE: Final = "all"
"""`--interface all`."""


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """Options of `run`; each says what its command line option of the same name says."""

    profiles: tuple[str, ...] = ("office-mfp",)
    count: int = 1
    name: str = ""
    """Name of the device; with several they are numbered. Empty: the profile's."""
    interfaces: tuple[str, ...] = ()
    """Names or IP addresses of interfaces beside loopback, or `all`."""
    port: int = 0
    multicast: bool = True
    speed: Speed = "max"
    seed: int = 0
    state: Path | None = None
    strict: bool = False
    trace: Path | None = None
    overwrite: bool = False
    """Replace a trace that is there."""
    https: bool = False
    host: str = ""
    """DNS name or IP address in the URL of secure devices; empty: the first address of the chosen interfaces."""
    tls: ServeTls = field(default_factory=ServeTls)
    trust: TrustOptions = field(default_factory=TrustOptions)
    """For subscribers that take events over HTTPS."""
    page_seconds: float = PAGE_SECONDS
    """To open a PDF or a suspicious image, and to render each of its pages; a process of its own does it."""
    page_memory: int = PAGE_MEMORY
    """Octets of that process."""

    @property
    def page_limits(self) -> PageLimits:
        """Raises ValueError for bounds under which nothing could be done."""
        return PageLimits(self.page_seconds, self.page_memory)


class DeviceNetwork:
    """Any number of virtual scanners behind one HTTP port and one discovery socket for each interface. Use it as
    `async with DeviceNetwork(options) as network`: everything listens when the block begins."""

    def __init__(self, options: NetworkOptions) -> None:
        self.options = options
        self.devices: list[ScanDevice] = []
        self._by_path: dict[str, ScanDevice] = {}
        self._stable: Endpoint | None = None
        self.layers = Layers(strict=options.strict)
        """Of the common HTTP host and of all devices' clients."""
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
            self.devices = await asyncio.to_thread(self._make_devices, stack)
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
            base_url = at_port(self._listeners.port, "https")(host) if host else self._listeners.base_url
            for device in self.devices:
                await device.start(base_url)
                self._by_path[device.path.lower().lstrip("/")] = device
            targets = [device.target for device in self.devices]
            discovery = DirectedProbe(targets, base_url, prefixes=PREFIXES)
            self._stable = Endpoint(discovery, self.layers, addressing=DISCOVERY_ADDRESSING, understood=OF_HOSTS)
            announcer = Announcer(
                selection=_with_loopback(selection) if selection else loopback_only,
                multicast=self.options.multicast,
                layers=self.layers,
            )
            for target in targets:
                announcer.add(Publication(target, at_port(self._listeners.port), prefixes=PREFIXES))
            await stack.enter_async_context(announcer)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()
        self._listeners = None

    async def _stop_devices(self) -> None:
        """All at once: each may wait some seconds for its subscribers."""
        await asyncio.gather(*(device.stop() for device in self.devices))

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request: the first part of the path is the device's UUID. Raises BodyBroken."""
        path = request.path.lower()
        if self._stable is not None and path.rstrip("/") == STABLE_DISCOVERY_PATH.lower():
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
                raise LabError("--host, --tls-cert, --client-ca and what goes with them need --https")
            return "", None
        there = [] if selection is None else [each for each in interfaces() if selection(each)]
        known = [ip.ip for each in there if not each.is_loopback for ip in each.addresses]
        ips = [ip for ip in known if not ip.is_link_local]
        # An address that others reach, IPv4 first: all are told this one.
        first = str(min(ips, key=lambda ip: ip.version)) if ips else "127.0.0.1"
        host = options.host.strip("[]") or first
        # Two runs may share the state folder; each device runs in one of them.
        ca_file = state_folder(options.state) / "ca" / f"{self.devices[0].uuid}.pem"
        names = tuple(dict.fromkeys((host, *LOOPBACK_NAMES, *map(str, ips))))
        context, self.ca_file = server_tls(options.tls, names, ca_file, ca_dir_for=f"the folder {ca_file.parent}")
        if self.ca_file is not None:
            stack.callback(ca_file.unlink, missing_ok=True)
        return host, context

    def _make_devices(self, stack: AsyncExitStack) -> list[ScanDevice]:
        """The devices' identities are theirs as long as `stack` lasts. Raises LabError."""
        options = self.options
        if found := not_in_xml(options.name):
            raise LabError(f"--name: {found} is no character of XML 1.0: no message can hold it")
        try:
            profiles = [load_profile(name) for name in options.profiles]
        except ProfileError as error:
            raise LabError(str(error)) from None
        folder = state_folder(options.state)
        try:
            taken = TakenIdentities(folder)
            stack.callback(taken.close)
            with taken:
                wanted = [_free(each, taken) for each in _wanted(profiles, options.count, options.name)]
            # What a device says of itself decides its MetadataVersion; who it is does not matter there.
            claims = [Claim(each.key, each.digest(), each.uuid) for each in wanted]
            identities = IdentityStore(folder).claim(claims)
        except OSError as error:
            raise LabError(
                f"the state folder {folder} cannot be used: {error.strerror or error}", hint="--state names another"
            ) from None
        # The system's roots are read only where an event goes out over HTTPS.
        tls = None if options.trust == TrustOptions(ask=options.trust.ask) else client_tls(options.trust)
        return [
            each.device(identities[each.key], options, options.seed + 1000 * index, self.layers, tls)
            for index, each in enumerate(wanted)
        ]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One device that is to run."""

    profile: DeviceProfile
    number: int
    """From 1 among those of its profile; 0: the only one."""
    name: str
    named: bool = False
    """The name is one that the user gave to this device alone."""

    @property
    def key(self) -> str:
        """Under which its identity is kept."""
        return f"{self.profile.name}#{self.number or 1}"

    @property
    def uuid(self) -> UUID | None:
        """The profile's own, which only one device can have."""
        return self.profile.uuid if self.number in (0, 1) else None

    @property
    def serial_number(self) -> str:
        """The profile's, and behind it the number where there are several."""
        own = self.profile.serial_number
        return f"{own}-{self.number}" if self.number else own

    def digest(self) -> str:
        """Hash of its metadata."""
        identity = Identity(self.uuid or UUID(int=0), 0, 0)
        return metadata_digest(self.device(identity, NetworkOptions()).metadata("http://localhost"))

    def device(
        self,
        identity: Identity,
        options: NetworkOptions,
        seed: int = 0,
        layers: Layers | None = None,
        event_tls: ssl.SSLContext | None = None,
    ) -> ScanDevice:
        """It, not yet running; requests come through `handle`."""
        return ScanDevice(
            self.profile,
            DeviceIdentity(
                identity.uuid, identity.instance_id, identity.metadata_version, self.name, self.serial_number
            ),
            hosting=Hosting(listen=False, event_tls=event_tls),
            settings=ScannerSettings(options.speed, seed, page_limits=options.page_limits),
            layers=layers,
        )


def _wanted(profiles: Sequence[DeviceProfile], count: int, name: str) -> list[_Wanted]:
    """Each profile `count` times. A profile that is named twice counts on."""
    repeats = Counter(profile.name for profile in profiles)
    numbers: Counter[str] = Counter()
    found = []
    several = len(profiles) * count > 1
    for profile in profiles:
        for _ in range(count):
            numbers[profile.name] += 1
            number = 0 if repeats[profile.name] * count == 1 else numbers[profile.name]
            own = name or profile.friendly_name
            found.append(_Wanted(profile, number, own, bool(name) and not several))
            if number or (name and several):
                found[-1] = replace(found[-1], name=f"{own} {number or len(found)}")
    return found


def _free(wanted: _Wanted, taken: TakenIdentities) -> _Wanted:
    """The device, or the next of its profile whose identity no running device has."""
    found = wanted
    while not taken.take(f"device {found.key}", *([f"uuid {found.uuid}"] if found.uuid else [])):
        number = (found.number or 1) + 1
        name = wanted.name if wanted.named else f"{wanted.profile.friendly_name} {number}"
        found = replace(found, number=number, name=name)
    if found is not wanted:
        _log.warning("%s is running already, or its UUID is: this one is %s, %r", wanted.key, found.key, found.name)
    return found


def _with_loopback(selection: Selection) -> Selection:
    return lambda interface: interface.is_loopback or selection(interface)
