"""The virtual scanner as a client of the judge's scan server, right or altered in one way, and runs of checks."""

from __future__ import annotations

import pkgutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from lying_client import Answers, Lie, MakesLie
from scanner_bench import small_profile

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.devices.hands import Action
from emulator.conformance.exchange import Recording
from emulator.conformance.post_scan.peer import PostScanLimits, PostScanPeer
from emulator.conformance.runner import Run, Runner
from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, load_profile
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.environment.exit_codes import LabError
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import Handler, HttpRequest, HttpResponse, TimeLimits

LIMITS: Final = PostScanLimits(comes=2.0, silence=1.0, job=20.0, poll=0.01, quiet=0.1, subscription=4.0)


@dataclass(frozen=True)
class ClientMutant:
    """A device that sends one thing otherwise."""

    caught_by: str
    does: str
    lie: MakesLie
    """What its HTTP client does otherwise."""
    options: dict[str, Any] = field(default_factory=dict)
    """More options of each job."""
    device: dict[str, Any] = field(default_factory=dict)
    """Its profile."""
    sink: Answers | None = None
    """What it says where it takes events."""
    also: tuple[str, ...] = ()
    """Globs of checks that may find it too, in a run of all."""

    @property
    def name(self) -> str:
        return f"{self.caught_by}: {self.does}"


class ScanningHands:
    """Does at once what is asked for; a scan is over when it says so."""

    tells_end = True

    def __init__(self, device: ScanDevice, mutant: ClientMutant | None, commons: JobCommons) -> None:
        self._device = device
        self._mutant = mutant
        self._lie = None if mutant is None else mutant.lie()
        self._commons = commons
        self.outcomes: list[str] = []

    async def do(self, action: Action, **details: Any) -> None:
        """At the scanner itself."""
        scanner = self._device.scanner
        match action:
            case Action.LOAD:
                scanner.empty_feeder()
                scanner.load_letters(details["sheets"])
            case Action.JAM:
                scanner.jam()
            case Action.CLEAR:
                scanner.clear()
            case Action.CANCEL:
                await scanner.cancel_at_panel()
            case Action.SCAN_TO:
                await self._scan(details)

    async def _scan(self, details: dict[str, Any]) -> None:
        named = {name: details[name] for name in ("server", "scan_process", "psp_id", "user_sid")}
        more = {} if self._mutant is None else self._mutant.options
        options = ScanOptions(
            **{
                **named,
                "ca_file": None if more.get("insecure") else Path(details["ca_file"]),
                "loaded": True,
                "manifest": "none",
                **more,
            }
        )
        with _lying(self._lie, None if self._mutant is None else self._mutant.sink):
            try:
                outcome = await run_scan(
                    options, SilentReporter(), None, self._device.scanner, commons=self._commons
                )
            except LabError as error:
                self.outcomes.append(f"LabError: {error}")
            else:
                self.outcomes.append(f"{outcome.exit_code}: {outcome.error}")


class LyingClient(StreamClient):
    """The HTTP client of a mutant."""

    lie: Lie | None = None

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        if LyingClient.lie is None:
            return await super().exchange(request, limits)
        plain = super().exchange
        return await LyingClient.lie(request, lambda each: plain(each, limits))


def _host_of(sink: Answers) -> Callable[..., HttpHost]:
    """The host of a mutant's events."""

    def made(handler: Handler, **options: Any) -> HttpHost:
        return HttpHost(lambda request: sink(request, handler), **options)

    return made


@contextmanager
def _lying(lie: Lie | None, sink: Answers | None) -> Iterator[None]:
    """The clients of jobs, and who takes their events, are those of the mutant."""
    with ExitStack() as stack:
        if sink is not None:
            stack.enter_context(patch("emulator.dpws.eventing.listener.HttpHost", _host_of(sink)))
        for module in ("emulator.jobs.client_pool", "emulator.jobs.service_subscription"):
            stack.enter_context(patch(f"{module}.StreamClient", LyingClient))
        stack.enter_context(patch.object(LyingClient, "lie", staticmethod(lie) if lie is not None else None))
        yield


_PAUSES: Final = (
    "open_request.STORING_PAUSES",
    "open_request.PARTIAL_PAUSES",
    "open_request.ENDING_PAUSES",
    "sequencer.CONFIRM_PAUSES",
    "sequence_steps.RETRY_PAUSES",
)
"""Of the device, before it asks again."""


@contextmanager
def short_pauses() -> Iterator[None]:
    """The pauses of the device are those of the table, a tenth as long."""
    with ExitStack() as stack:
        for each in _PAUSES:
            target = f"emulator.dsm.{each}"
            seconds = pkgutil.resolve_name(target)
            stack.enter_context(patch(target, tuple(pause / 10 for pause in seconds)))
        yield


def profile_named(name: str) -> DeviceProfile:
    """The office MFP has a small feeder."""
    return small_profile(loaded=2) if name == "office-mfp" else load_profile(name)


@asynccontextmanager
async def judged_peer(
    folder: Path, mutant: ClientMutant | None = None, *, profile: str = "office-mfp", seed: int = 1
) -> AsyncIterator[tuple[PostScanPeer, ScanningHands]]:
    """A peer that a virtual scanner scans to, and who stands at the scanner."""
    layers = Layers()
    told = {} if mutant is None else dict(mutant.device)
    known = told.pop("profile", profile)
    device = ScanDevice(
        known if isinstance(known, DeviceProfile) else profile_named(known),
        DeviceIdentity(uuid.uuid4(), 1),
        settings=ScannerSettings(**told),
        layers=layers,
        spool=folder,
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(short_pauses())
        commons = JobCommons()
        stack.push_async_callback(commons.aclose)
        await stack.enter_async_context(device)
        hands = ScanningHands(device, mutant, commons)
        peer = PostScanPeer(device.url, hands=hands, recording=Recording(), limits=LIMITS, seed=seed)
        stack.push_async_callback(peer.aclose)
        yield peer, hands


async def judged(
    folder: Path,
    ids: Iterable[str],
    mutant: ClientMutant | None = None,
    *,
    shuffle: int | None = None,
    **options: Any,
) -> tuple[Run, Recording]:
    """What comes of those checks."""
    checks = [all_checks(Subject.DSP_CLIENT)[id] for id in ids]
    async with judged_peer(folder, mutant, **options) as (peer, _):
        return await Runner(peer, checks, shuffle=shuffle).run(), peer.recording
