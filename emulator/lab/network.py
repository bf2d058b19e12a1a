"""Virtual scanners on the network: what `run` starts and stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.device.device import PREFIXES, ScanDevice
from emulator.device.identity import Claim, Identity, IdentityStore, metadata_digest
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.device.scan_engine import Speed
from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import STABLE_DISCOVERY_PATH
from emulator.dpws.directed import DirectedProbe
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.lab.exit_codes import LabError
from emulator.lab.listeners import Listeners
from emulator.lab.state import state_folder
from emulator.lab.tracing import trace_observers
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.interfaces import Selection, every, interfaces, loopback_only, named
from emulator.transport.observe import Observer

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


class DeviceNetwork:
    """Any number of virtual scanners behind one HTTP port and one discovery socket for each interface. Use it as
    `async with DeviceNetwork(options) as network`: everything listens when the block begins."""

    def __init__(self, options: NetworkOptions) -> None:
        self.options = options
        self.devices: list[ScanDevice] = []
        self._by_path: dict[str, ScanDevice] = {}
        self._stable: Endpoint | None = None
        self._stack = AsyncExitStack()
        self._listeners: Listeners | None = None

    def xaddrs_of(self, device: ScanDevice) -> tuple[str, ...]:
        """Everywhere that the device's metadata can be had now: on this machine, and on the chosen interfaces."""
        assert self._listeners is not None
        port, selection = self._listeners.port, self._selection()
        own = [each for each in interfaces() if selection is not None and selection(each) and not each.is_loopback]
        addresses = [
            str(ip.ip) for each in own for ip in each.addresses if not (ip.version == 6 and ip.ip.is_link_local)
        ]
        return tuple(at_port(port)(address) + device.path for address in ("127.0.0.1", *addresses))

    async def __aenter__(self) -> DeviceNetwork:
        async with AsyncExitStack() as stack:
            selection = self._selection()
            observers = trace_observers(self.options.trace, stack)
            self.devices = await asyncio.to_thread(self._make_devices, observers)
            self._listeners = Listeners(
                self.handle, selection=selection, port=self.options.port, observers=observers
            )
            try:
                await self._listeners.start()
            except OSError as error:
                raise LabError(str(error.strerror or error), hint="--port 0 takes a free port") from None
            stack.push_async_callback(self._listeners.stop)
            stack.push_async_callback(self._stop_devices)
            for device in self.devices:
                await device.start(self._listeners.base_url)
                self._by_path[device.path.lower().lstrip("/")] = device
            targets = [device.target for device in self.devices]
            discovery = DirectedProbe(targets, self._listeners.base_url, prefixes=PREFIXES)
            self._stable = Endpoint(discovery, strict=self.options.strict, addressing=DISCOVERY_ADDRESSING)
            announcer = Announcer(
                selection=_with_loopback(selection) if selection else loopback_only,
                multicast=self.options.multicast,
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

    def _make_devices(self, observers: Sequence[Observer]) -> list[ScanDevice]:
        """`observers`: of the exchanges that bring events. Raises LabError."""
        options = self.options
        try:
            profiles = [load_profile(name) for name in options.profiles]
        except ProfileError as error:
            raise LabError(str(error)) from None
        wanted = _wanted(profiles, options.count, options.name)
        folder = state_folder(options.state)
        try:
            # What a device says of itself decides its MetadataVersion; who it is does not matter there.
            claims = [Claim(each.key, each.digest(), each.uuid) for each in wanted]
            identities = IdentityStore(folder).claim(claims)
        except OSError as error:
            raise LabError(
                f"the state folder {folder} cannot be used: {error.strerror or error}", hint="--state names another"
            ) from None
        return [
            each.device(identities[each.key], options, seed=options.seed + 1000 * index, observers=observers)
            for index, each in enumerate(wanted)
        ]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One device that is to run."""

    profile: DeviceProfile
    number: int
    """From 1 among those of its profile; 0: the only one."""
    name: str

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
        self, identity: Identity, options: NetworkOptions, seed: int = 0, observers: Sequence[Observer] = ()
    ) -> ScanDevice:
        """It, not yet running; requests come through `handle`."""
        return ScanDevice(
            self.profile,
            uuid=identity.uuid,
            instance_id=identity.instance_id,
            metadata_version=identity.metadata_version,
            name=self.name,
            serial_number=self.serial_number,
            speed=options.speed,
            seed=seed,
            strict=options.strict,
            observers=observers,
            listen=False,
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
            found.append(_Wanted(profile, number, own))
            if number or (name and several):
                found[-1] = replace(found[-1], name=f"{own} {number or len(found)}")
    return found


def _with_loopback(selection: Selection) -> Selection:
    return lambda interface: interface.is_loopback or selection(interface)
