"""Virtual scanners on the network: what `run` starts and stops."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from emulator.device.device import PREFIXES, ScanDevice
from emulator.device.pace import Speed
from emulator.device.pipelines.scanned import OnDocument
from emulator.disturbance.disturbances import Disturbances
from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import STABLE_DISCOVERY_PATH
from emulator.dpws.directed import DirectedProbe
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.headers import OF_HOSTS
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.environment.exit_codes import LabError
from emulator.environment.options import TrustOptions
from emulator.environment.state import state_folder
from emulator.environment.tracing import write_trace
from emulator.environment.trusting import client_tls
from emulator.layers import Layers, Unplug
from emulator.network.device_claims import DeviceClaims, RunSettings, WantedDevice, wanted_devices
from emulator.network.fleet import group_called
from emulator.network.identity import Identity
from emulator.network.listeners import Listeners
from emulator.network.needs import needs_of
from emulator.network.of_devices import OfDevices
from emulator.network.own_addresses import OwnAddresses
from emulator.network.reach import advertised, secured, selection_of
from emulator.network.wanted_fleet import RUN_ROLES, fleet_of, profile_called, speakable
from emulator.options.run import NetworkOptions
from emulator.transport.host_limits import HostLimits
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.interfaces import every, interfaces

if TYPE_CHECKING:
    from emulator.documents.truth import PageTruth


class DeviceNetwork:
    """Any number of virtual scanners behind one HTTP port and one discovery socket for each interface. Use it as
    `async with DeviceNetwork(options) as network`: everything listens when the block begins. Devices may come and
    go while it runs."""

    def __init__(self, options: NetworkOptions, disturbances: Disturbances | None = None) -> None:
        """`disturbances`: what is done otherwise at the devices; where None, what the options say. Raises
        LabError."""
        self.options = options
        self.fleet = fleet_of(options)
        """The devices of the start."""
        self.disturbances = disturbances or Disturbances.of(
            options.faults, options.hooks, options.habits, RUN_ROLES, self.fleet.plan
        )
        """What is done otherwise at the devices."""
        self._selection = selection_of(options)
        self._own = OwnAddresses(self._selection)
        self._planned = list(self.fleet.devices(self._own))
        self.needs = needs_of(self.fleet.count, self._own.interfaces(), options.port)
        """What the devices take of the machine."""
        self.needs.require_room()
        self._owners: dict[str, ScanDevice] = {}
        """By the IP addresses that are one device's alone."""
        self._arriving: deque[ScanDevice] = deque()
        """Devices of the fleet that are not on the network yet."""
        self._off: dict[UUID, float] = {}
        """Devices that are switched off, and when the last repetition of their Byes is out."""
        self.devices: list[ScanDevice] = []
        self._by_path: dict[str, ScanDevice] = {}
        self._wanted: dict[UUID, WantedDevice] = {}
        self._targets: list[Target] = []
        self._disturbed: dict[UUID, Unplug] = {}
        self._claims = DeviceClaims(state_folder(options.state))
        self.layers = Layers(strict=options.strict)
        """Of the common HTTP host and of all devices' clients."""
        self._of_devices = OfDevices(self.layers, self.devices)
        self._context: ssl.SSLContext | None = None
        self._event_tls: ssl.SSLContext | None = None
        self._base_url = ""
        self._reached: Callable[[str], str] = at_port(0)
        """From an address of ours to what is told of where a device is."""
        self._stable: Endpoint | None = None
        self._announcer: Announcer | None = None
        self._changing = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._listeners: Listeners | None = None
        self.on_document: OnDocument | None = None
        """Told of each document that is made of what lies in a device; in a thread."""
        self.ca_file: Path | None = None
        """PEM that clients of secure devices trust; None with plain HTTP or a certificate of the user's own."""

    @property
    def listening(self) -> bool:
        """Whether the devices can be reached, all of the start."""
        return self._announcer is not None and not self._arriving

    @property
    def loopback_only(self) -> bool:
        """Whether nobody but this machine reaches any of them."""
        return not self.options.interfaces and all(ip_address(each).is_loopback for each in self._own)

    @property
    def expected(self) -> int:
        """How many devices there are, with those that have not arrived and those that are switched off."""
        return len(self.devices) + len(self._arriving) + len(self._off)

    @property
    def switched_off(self) -> Sequence[UUID]:
        """Devices that are on the network no more until they are switched on."""
        return tuple(self._off)

    def xaddrs_of(self, device: ScanDevice) -> tuple[str, ...]:
        """Everywhere that the device's metadata can be had now: on this machine, and on the chosen interfaces."""
        return self.all_xaddrs((device,))[0]

    def all_xaddrs(self, devices: Sequence[ScanDevice]) -> list[tuple[str, ...]]:
        """The same of many, with one look at the interfaces."""
        assert self._listeners is not None
        port, selection = self._listeners.port, self._selection
        seen = [each for each in interfaces() if selection is not None and selection(each) and not each.is_loopback]
        addresses = [
            str(ip.ip) for each in seen for ip in each.addresses if not (ip.version == 6 and ip.ip.is_link_local)
        ]
        told = [self._reached("")] if self.options.advertise else []
        told += [at_port(port)(each) for each in ("127.0.0.1", *addresses) if each not in self._own]
        shared = tuple(dict.fromkeys(told))
        return [
            (device.url,)
            if device.target.secure or self._wanted[device.uuid].address
            else tuple(url + device.path for url in shared)
            for device in devices
        ]

    async def __aenter__(self) -> DeviceNetwork:
        async with AsyncExitStack() as stack:
            write_trace(self.options.trace, self.layers, stack, overwrite=self.options.overwrite)
            stack.callback(self._claims.close)
            self._arriving.extend(await asyncio.to_thread(self._make_devices))
            host = await asyncio.to_thread(self._secure, stack)
            self._listeners = Listeners(
                self.handle,
                selection=self._selection,
                port=self.options.port,
                ssl_context=self._context,
                layers=self.layers,
                limits=HostLimits(connections=self.needs.connections),
                own=self._owners if self.fleet.own_addresses else None,
            )
            try:
                await self._listeners.start()
            except OSError as error:
                raise LabError(str(error.strerror or error), hint="--port 0 takes a free port") from None
            stack.push_async_callback(self._listeners.stop)
            stack.push_async_callback(self._stop_devices)
            port = self._listeners.port
            self._base_url = at_port(port, "https")(host) if host else self._listeners.base_url
            self._reached = at_port(port)
            if self.options.advertise:
                self._base_url = advertised(self.options, port)
                self._reached = lambda local: self._base_url
            announcer = Announcer(
                selection=every,
                list_interfaces=self._own.interfaces,
                multicast=self.options.multicast,
                layers=self.layers,
                reserved=self._own,
            )
            while self._arriving and self.fleet.per_second is None:
                await self._begin(self._arriving.popleft(), announcer)
            discovery = DirectedProbe(self._targets, self._base_url, prefixes=PREFIXES)
            self._stable = Endpoint(discovery, self.layers, addressing=DISCOVERY_ADDRESSING, understood=OF_HOSTS)
            self._announcer = await stack.enter_async_context(announcer)
            self._stack = stack.pop_all()
        return self

    async def _begin(self, device: ScanDevice, announcer: Announcer, among: int = 1) -> None:
        """It answers, and is announced as one of so many that begin now. Raises LabError."""
        wanted = self._wanted[device.uuid]
        self._disturbed[device.uuid] = self.disturbances.plug_device(
            device.scanner,
            device.layers,
            str(device.uuid),
            *((group_called(wanted.group),) if wanted.group else ()),
            habits=(*device.profile.habits, *wanted.habits),
            context=self._context,
            plugged=lambda: self._of_devices.plug(device),
        )
        own = wanted.address
        try:
            await device.start(self._base_url_at(own))
        except OSError as error:
            self._unplug(device)
            raise LabError(f"the device has no folder for its images: {error.strerror or error}") from None
        if own:
            self._owners[own] = device
        else:
            self._by_path[device.path.lower().lstrip("/")] = device
            self._targets.append(device.target)
        self.devices.append(device)
        reached = Publication(device.target, lambda local: self._reached(local), prefixes=PREFIXES, own=own)
        announcer.add(reached, among)

    def _base_url_at(self, own: str) -> str:
        """Where a device is reached that has this IP address of its own; '' for one that has none."""
        assert self._listeners is not None
        return (
            at_port(self._listeners.port, "https" if self.options.https else "http")(own) if own else self._base_url
        )

    async def arrive(self, arrived: Callable[[int, int], None] = lambda count, of: None) -> None:
        """The devices of the fleet come onto the network, one after another, as many in a second as its file says.
        `arrived`: told of each, how many are there and how many there will be. Raises LabError."""
        loop = asyncio.get_running_loop()
        start, all_of_them = loop.time(), self.expected
        for before in range(len(self._arriving)):
            await asyncio.sleep(max(0.0, start + self.fleet.arrives_after(before) - loop.time()))
            async with self._changing:
                if self._announcer is None:
                    return
                await self._begin(self._arriving.popleft(), self._announcer)
            arrived(len(self.devices), all_of_them)

    async def add(self, profile: str, *, name: str = "", speed: Speed = "max", seed: int = 0) -> ScanDevice:
        """Put one more device onto the network while others run; it is announced by Hello. `name`: the profile's
        where empty, with a number where that one runs already; the rest as of NetworkOptions. Raises LabError."""
        async with self._changing:
            if self._announcer is None:
                raise LabError("the network of the devices is not running")
            kind = await asyncio.to_thread(profile_called, profile)
            wanted = wanted_devices([kind], 1, speakable(name), speed=speed, seed=seed)
            (device,) = await asyncio.to_thread(self._claim, wanted)
            try:
                await self._begin(device, self._announcer)
            except LabError:
                await self._forget(device)
                raise
            return device

    async def remove(self, device: ScanDevice) -> None:
        """Take a device off the network, with Bye; its jobs are cancelled as of one that is switched off. Nothing
        happens when it is not there."""
        async with self._changing:
            if self._announcer is None or device not in self.devices:
                return
            try:
                await self._take_off((device,), self._announcer)
            finally:
                await self._forget(device)

    async def _take_off(self, devices: Sequence[ScanDevice], announcer: Announcer) -> None:
        """Bye; they end."""
        for device in devices:
            self.devices.remove(device)
            announcer.remove(device.target.address, len(devices))
            if (own := self._wanted[device.uuid].address) in self._owners:
                del self._owners[own]
            else:
                self._targets.remove(device.target)
        try:
            await asyncio.gather(*(device.stop() for device in devices))
        finally:
            for device in devices:
                self._by_path.pop(device.path.lower().lstrip("/"), None)
                self._unplug(device)

    async def off(self, devices: Sequence[ScanDevice]) -> None:
        """Switch devices off: Bye, their jobs end, and nobody is subscribed any more. What each is stays its own,
        so that it can be switched `on` again. All others go on. Raises LabError where one is not there."""
        async with self._changing:
            announcer = self._announcer
            if announcer is None or not set(devices) <= set(self.devices):
                raise LabError("the device is not on the network")
            said = announcer.timing.leave_taken(len(devices)) if self.options.multicast else 0.0
            over = asyncio.get_running_loop().time() + said
            self._off.update((device.uuid, over) for device in devices)
            await self._take_off(devices, announcer)

    async def on(self, uuids: Sequence[UUID]) -> list[ScanDevice]:
        """Switch devices on again: when the last repetition of their Byes is out, Hello with a greater InstanceId.
        What is returned are the devices from then on: the same UUIDs, names and addresses, as at their start.
        Raises LabError where one is not switched off; one that cannot start stays so."""
        over = max((self._off.get(each, 0.0) for each in uuids), default=0.0)
        # A Hello between two Byes would be forgotten by whoever hears the second.
        await asyncio.sleep(max(0.0, over - asyncio.get_running_loop().time()))
        async with self._changing:
            if self._announcer is None:
                raise LabError("the network of the devices is not running")
            if not self._off.keys() >= set(uuids):
                raise LabError("the device is not switched off")
            wanted = [self._wanted[each] for each in uuids]
            identities = await asyncio.to_thread(self._claims.again, wanted)
            fresh = [self._made(each, identity) for each, identity in zip(wanted, identities, strict=True)]
            for device in fresh:
                await self._begin(device, self._announcer, len(fresh))
                del self._off[device.uuid]
            return fresh

    async def restart(self, devices: Sequence[ScanDevice]) -> list[ScanDevice]:
        """Switch devices off and on again. Raises LabError where one is not there."""
        await self.off(devices)
        return await self.on([device.uuid for device in devices])

    async def move(self, device: ScanDevice, address: str) -> None:
        """Give a device that has an IP address of its own another one, which this machine has: Hello from there.
        Its jobs and subscriptions go on, and so does every other device. Raises LabError."""
        async with self._changing:
            announcer, wanted = self._announcer, self._wanted.get(device.uuid)
            if announcer is None or wanted is None or device not in self.devices:
                raise LabError("the device is not on the network")
            if not wanted.address:
                raise LabError(
                    f"{device.scanner.name} has no IP address of its own: it is reached as all others are",
                    hint="addresses of its group in the file of --fleet gives it one",
                )
            own = await asyncio.to_thread(self._own.take, address)
            try:
                device.move(self._base_url_at(own))
            except ValueError as error:
                self._own.give_back(own)
                raise LabError(str(error)) from None
            self._wanted[device.uuid] = replace(wanted, address=own)
            del self._owners[wanted.address]
            self._owners[own] = device
            await announcer.move(device.target.address, own)
            self._own.give_back(wanted.address)

    def group_of(self, uuid: UUID) -> str:
        """The group of a fleet that a device is of; '' where it is of none."""
        wanted = self._wanted.get(uuid)
        return "" if wanted is None else wanted.group

    async def start_over(self) -> None:
        """Every device starts over, and those that are switched off are switched on."""
        if self._off:
            await self.on(self.switched_off)
        await asyncio.gather(*(device.start_over() for device in tuple(self.devices)))

    def _unplug(self, device: ScanDevice) -> None:
        self._disturbed.pop(device.uuid, lambda: None)()

    async def _forget(self, device: ScanDevice) -> None:
        wanted = self._wanted.pop(device.uuid)
        self._own.give_back(wanted.address)
        await asyncio.to_thread(self._claims.give_back, wanted)

    async def __aexit__(self, *exc: object) -> None:
        async with self._changing:
            self._announcer = None
        await self._stack.aclose()
        self._listeners = None

    async def _stop_devices(self) -> None:
        """All at once: each may wait some seconds for its subscribers."""
        await asyncio.gather(*(device.stop() for device in self.devices))
        for unplug in self._disturbed.values():
            unplug()

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request: the first part of the path is the device's UUID. Raises BodyBroken."""
        if (owner := self._owners.get(request.local)) is not None:
            return await owner.handle(request)
        if request.local in self._own:  # of a device that is not there just now
            return OutgoingResponse(404, close=True)
        path = request.path.lower()
        if self._stable is not None and self._targets and path.rstrip("/") == STABLE_DISCOVERY_PATH.lower():
            return await self._stable(request)
        device = self._by_path.get(path.lstrip("/").partition("/")[0])
        return OutgoingResponse(404, close=True) if device is None else await device.handle(request)

    def _secure(self, stack: AsyncExitStack) -> str:
        """Host of secure devices, '' of others. Raises LabError."""
        # Two runs may share the state folder; each device runs in one of them.
        name = str(self._arriving[0].uuid if self._arriving else uuid4())
        host, self._context, self.ca_file = secured(self.options, self._selection, self._own, name)
        if self.ca_file is not None:
            stack.callback(self.ca_file.unlink, missing_ok=True)
        return host

    def _claim(self, wanted: Sequence[WantedDevice]) -> list[ScanDevice]:
        """The devices, each with an identity of its own, not yet running. Raises LabError."""
        return [self._made(each, identity) for each, identity in self._claims.claim(wanted)]

    def _made(self, wanted: WantedDevice, identity: Identity) -> ScanDevice:
        """A device with that identity, not yet running."""
        # Layers of its own: a fault plan may come later.
        layers = Layers(outer=self.layers)
        device = wanted.device(identity, RunSettings(layers, self._event_tls, self.options.page_limits))
        device.scanner.engine.on_document = self._document
        self._wanted[device.uuid] = wanted
        return device

    def _document(self, sha256: str, numbers: Sequence[int], truths: Sequence[PageTruth]) -> None:
        if self.on_document is not None:
            self.on_document(sha256, numbers, truths)

    def _make_devices(self) -> list[ScanDevice]:
        """Those of the start. Raises LabError."""
        options = self.options
        # The system's roots are read only where an event goes out over HTTPS.
        trust = options.trust
        self._event_tls = None if trust == TrustOptions(ask=trust.ask) else client_tls(trust)
        return self._claim(self._planned)
