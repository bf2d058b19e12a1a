"""The virtual scanner as it is judged in tests, right or altered in one way, and runs of checks against it."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from disturbed import DEVICE
from mutant import Mutant
from scanner_bench import small_profile

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.devices.asked_device import DeviceLimits
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Recording
from emulator.conformance.runner import Run, Runner
from emulator.conformance.sink import EventSink
from emulator.conformance.verdict import NotRun
from emulator.device.destinations import NoSuchDestination
from emulator.device.device import PREFIXES, ScanDevice
from emulator.device.profile import DeviceProfile, load_profile
from emulator.device.scanner import NotAcceptingJobs
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.dpws.announcer import Announcer
from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.timing import Timing
from emulator.faults.habits import faults_of, habits_named
from emulator.faults.plan import FaultPlan
from emulator.layers import Layers
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.wsscan.values.status import LocalizedText

LIMITS: Final = DeviceLimits(
    silence=5.0,
    job=5.0,
    poll=0.02,
    quiet=0.3,
    event=5.0,
    told=0.6,
    busy=5.0,
    udp_answer=5.0,
    udp_silence=0.5,
    udp_repeats=0.9,
    udp_pause=0.0,
    power=8.0,
)
SOON: Final = Timing(app_max_delay=0.02, hello_max_delay=0.02, multicast_repeat=2, unicast_repeat=2, max_delay=0.1)
SCOPES: Final = (
    "http://Scopes.example/Building/Floor1",
    "urn:uuid:11111111-2222-4333-8444-55555555abcd",
    "ldap:///ou=floor1,ou=building,o=example",
)


class JudgedDevice(ScanDevice):
    """A device with what a mutant does at HTTP around it."""

    mutant: Mutant | None = None

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        if self.mutant is None or self.mutant.http is None:
            return await super().handle(request)
        return await self.mutant.http(request, super().handle)


class BenchHands:
    """Does at once what is asked for. Off is what the network sees of it: Bye, and nothing more."""

    def __init__(self, device: ScanDevice, announcer: Announcer) -> None:
        self._device = device
        self._announcer = announcer

    async def do(self, action: Action, **details: Any) -> None:
        """At the scanner itself."""
        scanner = self._device.scanner
        match action:
            case Action.LOAD:
                scanner.empty_feeder()
                scanner.load_letters(details["sheets"])
            case Action.OPEN:
                scanner.open()
            case Action.CLOSE:
                scanner.close()
            case Action.JAM:
                scanner.jam()
            case Action.CLEAR:
                scanner.clear()
            case Action.CONDITION:
                try:
                    scanner.set_condition(details["name"])
                except ValueError as error:
                    raise NotRun(str(error)) from None
            case Action.DESCRIBE:
                place = (LocalizedText(details["location"]),) if details["location"] else ()
                scanner.change_description(replace(scanner.description, location=place))
            case Action.CANCEL:
                await scanner.cancel_at_panel()
            case Action.OFF:
                self._announcer.remove(self._device.target.address)
            case Action.ON:
                self._device.target.instance_id += 1
                self._device.target.messages = 0
                self._announcer.add(published(self._device))
            case Action.SCAN_TO:
                try:
                    self._device.scan_to(details["to"])
                except (NoSuchDestination, NotAcceptingJobs) as error:
                    raise NotRun(str(error)) from None


def profile_named(name: str) -> DeviceProfile:
    """The office MFP has five sheets in its feeder, and scopes."""
    if name == "office-mfp":
        return small_profile(loaded=5).model_copy(update={"scopes": SCOPES})
    return load_profile(name)


def published(device: ScanDevice) -> Publication:
    """It, as it stands on the network."""
    port = urlsplit(device.url).port
    assert port is not None
    return Publication(device.target, at_port(port), prefixes=PREFIXES)


def free_udp_port() -> int:
    """One on loopback that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def judged_peer(
    folder: Path, mutant: Mutant | None = None, *, profile: str = "office-mfp", seed: int = 1, **settings: Any
) -> AsyncIterator[DevicePeer]:
    """A peer that asks a virtual scanner. `settings`: of ScannerSettings, and
    `strict`: it refuses deviations; `habits`: names of those that it has."""
    layers = Layers(strict=bool(settings.pop("strict", False)))
    of_device = habits_named(settings.pop("habits", ()), DEVICE)
    recording = Recording()
    options = {} if mutant is None else dict(mutant.server)
    profile = options.pop("profile", profile)
    settings = {**settings, **options}
    limits = replace(LIMITS, retrieve=settings.get("retrieve_limit", 60.0))
    if mutant is not None:
        limits = (
            replace(limits, udp_answer=5.0, udp_repeats=2.0) if mutant.patient else replace(limits, udp_answer=1.5)
        )
    known = profile if isinstance(profile, DeviceProfile) else profile_named(profile)
    device = JudgedDevice(
        known,
        DeviceIdentity(uuid.uuid4(), 1),
        settings=ScannerSettings(**settings),
        layers=layers,
        spool=folder,
    )
    device.mutant = mutant
    async with AsyncExitStack() as stack:
        if mutant is not None:
            stack.enter_context(mutant.plugged(layers))
        if of_device:
            nothing = Ledger(FaultPlan("", 0, ()))
            unplug = disturb(nothing, DEVICE, layers, always=faults_of(of_device), scanner=device.scanner)
            stack.callback(unplug)
        await stack.enter_async_context(device)
        timing = SOON if mutant is None or mutant.timing is None else mutant.timing
        generous = RateLimits(burst=1e7, rate=1e7)
        udp_port = free_udp_port()
        announcer = Announcer(port=udp_port, timing=timing, limits=generous, layers=layers, poll=60)
        announcer.add(published(device))
        await stack.enter_async_context(announcer)
        if mutant is not None:
            assert announcer._pump is not None
            mutant.alter_udp(announcer._pump, published(device))
        sink = await stack.enter_async_context(EventSink(recording, "127.0.0.1"))
        peer = DevicePeer(
            device.url,
            hands=BenchHands(device, announcer),
            sink=sink,
            recording=recording,
            limits=limits,
            seed=seed,
        )
        peer.group_port = udp_port
        stack.push_async_callback(peer.aclose)
        yield peer


async def judged(
    folder: Path, ids: Iterable[str], mutant: Mutant | None = None, *, shuffle: int | None = None, **options: Any
) -> tuple[Run, Recording]:
    """What comes of those checks."""
    checks = [all_checks(Subject.DEVICE)[id] for id in ids]
    async with judged_peer(folder, mutant, **options) as peer:
        return await Runner(peer, checks, shuffle=shuffle).run(), peer.recording
