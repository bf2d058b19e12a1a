"""What the tests of the virtual scanner share: a scanner on a clock that the test moves, tickets, and fetching."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from device_pages import shade_of

from emulator.device.points import SCANNER_EVENT
from emulator.device.produced import Produced
from emulator.device.profile import DeviceProfile, load_profile
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import ScannerEvent
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.ticket import DocumentParameters, JobDescription, MediaSide, ScanTicket, Setting

PATIENCE = 20.0
"""Seconds after which a test gives up."""
_LONG = 30.0


class Clock:
    """Whoever sleeps for less than half a minute (pages, warm-up) wakes at once, that much later; the time limits
    of jobs run out when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now

    def utc(self) -> datetime:
        """The calendar time of the clock."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        if seconds < _LONG:
            self.slept.append(seconds)
            self.now += seconds
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Time passes, and who has slept long enough wakes."""
        await settle()
        self.now += seconds
        for due, future in list(self._sleepers):
            if due <= self.now and not future.done():
                future.set_result(None)
        self._sleepers = [(due, future) for due, future in self._sleepers if not future.done()]
        await settle()


async def settle() -> None:
    """Let every task run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def small_profile(**changes: Any) -> DeviceProfile:
    """The office MFP with a feeder of five sheets."""
    profile = load_profile("office-mfp")
    assert profile.feeder is not None
    feeder = profile.feeder.model_copy(update={"sheets": 5, **changes})
    return profile.model_copy(update={"feeder": feeder})


def make_scanner(spool: Path, *, clock: Clock | None = None, sheets: int = 5, **options: Any) -> VirtualScanner:
    """A scanner with five sheets in its feeder."""
    spool.mkdir(exist_ok=True)
    timing = {} if clock is None else {"clock": clock, "sleep": clock.sleep, "now": clock.utc}
    return VirtualScanner(small_profile(loaded=sheets), spool, **{**timing, **options})


def scan_ticket(source: str = "ADF", format: str = "png", name: str = "Job", **settings: Any) -> ScanTicket:
    """A ticket at 75 ppi in grey."""
    side = MediaSide(color_processing=Setting("Grayscale8"), resolution=Setting(Resolution(75, 75)))
    asked = {key: Setting(value) for key, value in settings.items()}
    parameters = DocumentParameters(format=Setting(format), input_source=Setting(source), media_front=side, **asked)
    return ScanTicket(JobDescription(name, "ann"), parameters)


def black_ticket(format: str = "tiff-multi-g4", source: str = "ADF") -> ScanTicket:
    """A ticket for a format of fax pages."""
    ticket = scan_ticket(source, format)
    side = MediaSide(color_processing=Setting("BlackAndWhite1"), resolution=Setting(Resolution(75, 75)))
    return replace(ticket, document_parameters=replace(ticket.document_parameters, media_front=side))


class Client:
    """Fetches the images of a job as a client would."""

    def __init__(self, scanner: VirtualScanner, job: ScanJob) -> None:
        self.scanner = scanner
        self.job = job
        self.documents: list[Produced] = []

    async def fetch(self, *, whole: bool = True) -> Produced:
        """One RetrieveImage. Raises ForbiddenInState."""
        produced = await asyncio.wait_for(self.scanner.keeper.retrieve(self.job), PATIENCE)
        assert produced.document.path.is_file()
        self.documents.append(produced)
        number = len(self.documents)
        self.scanner.keeper.sent(self.job, produced, f"document {number}", whole=whole)
        assert not produced.document.path.exists()
        return produced

    async def fetch_all(self) -> str:
        """Every image; what ended the batch."""
        while True:
            try:
                await self.fetch()
            except ForbiddenInState as end:
                return str(end.answer)

    async def shade(self) -> int:
        """Fetches an image; the number of its page (device_pages.Sheets)."""
        produced = await asyncio.wait_for(self.scanner.keeper.retrieve(self.job), PATIENCE)
        shade = shade_of(produced.document.path)
        self.scanner.keeper.sent(self.job, produced, "", whole=True)
        return shade


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # of whatever state
            await asyncio.sleep(0.002)


def listen(scanner: VirtualScanner) -> list[ScannerEvent]:
    """The list that every event is added to from now on."""
    events: list[ScannerEvent] = []
    scanner.layers.listen(SCANNER_EVENT, events.append)
    return events
