"""The scanner of a lab: its jobs can jam, be watched, held and cancelled like those of a device on the network, and
wait for each other at its scan head."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from emulator import Lab, LabError
from emulator.device.points import PAGE, PAGE_EVENT, SCANNER_EVENT, PageAtHead, PageEvent, PageFailed, PageScanned
from emulator.device.scanner_events import ConditionActive, ConditionCleared, JobEnded, ScannerEvent
from emulator.imaging.scanned import Scanned
from emulator.jobs.manifest import read_manifest
from emulator.jobs.options import ScanOptions
from emulator.jobs.pages import Pages
from emulator.jobs.scan import run_scan
from emulator.lab.lab import LabScanner

GREY = ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")
QUICK: dict[str, Any] = {"settings": GREY, "manifest": "none", "events": "none"}


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab() as running:
        yield running


@pytest_asyncio.fixture
async def mfp(lab: Lab) -> LabScanner:
    return await lab.add_device("office-mfp")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # of whatever state
            await asyncio.sleep(0.002)


def at_page(mfp: LabScanner, number: int, do: Callable[[], object]) -> None:
    """Do something when that image has been scanned."""

    def told(event: PageEvent) -> None:
        if isinstance(event, PageScanned) and event.number == number:
            do()

    mfp.scanner.layers.listen(PAGE_EVENT, told)


@pytest.mark.parametrize("break_it", ["jam", "open"])
async def test_a_job_waits_until_a_jam_is_cleared_or_the_cover_closed(mfp: LabScanner, break_it: str) -> None:
    events: list[ScannerEvent] = []
    mfp.scanner.layers.listen(SCANNER_EVENT, events.append)
    at_page(mfp, 2, getattr(mfp.scanner, break_it))
    scan = asyncio.create_task(mfp.scan(pages=4, **QUICK))
    await until(lambda: mfp.scanner.state == "Stopped")
    await asyncio.sleep(0.1)
    assert not scan.done() and mfp.scanner.jobs.active[0].scans_completed == 2
    assert mfp.scanner.jobs.active[0].reason == "ScannerStopped"
    mfp.scanner.clear()
    outcome = await scan
    assert (outcome.outcome, len(outcome.images), outcome.exit_code) == ("Completed", 4, 0)
    told = [each for each in events if isinstance(each, ConditionActive | ConditionCleared | JobEnded)]
    laid_in, broken, repaired, empty, ended = told
    assert isinstance(laid_in, ConditionCleared) and isinstance(ended, JobEnded)
    assert isinstance(broken, ConditionActive) and isinstance(repaired, ConditionCleared)
    assert broken.condition.name == {"jam": "MediaJam", "open": "CoverOpen"}[break_it]
    assert repaired.id == broken.condition.id
    assert isinstance(empty, ConditionActive) and empty.condition.name == "InputTrayEmpty"
    (job,) = mfp.scanner.jobs.finished
    assert (job.state, job.scans_completed) == ("Completed", 4)


async def test_a_job_that_is_cancelled_at_the_panel_is_cancelled_at_the_scan_server(mfp: LabScanner) -> None:
    under_way: list[asyncio.Task[bool]] = []
    at_page(mfp, 2, lambda: under_way.append(asyncio.create_task(mfp.scanner.cancel_at_panel())))
    outcome = await mfp.scan(pages=20, **QUICK)
    assert await under_way[0]
    assert str(outcome.error) == (
        "the job was cancelled at the panel (JobCanceledAtDevice); the job was cancelled at the scan server"
    )
    assert (outcome.exit_code, outcome.as_dict()["canceled"]) == (1, True)
    assert len(outcome.images) < 3
    assert [job.state for job in mfp.scanner.jobs.finished] == ["Canceled"]
    assert (await mfp.scan(pages=1, **QUICK)).outcome == "Completed"


@pytest.mark.parametrize("held_by", ["a jam", "a handler"])
async def test_a_job_that_is_held_up_can_be_interrupted(mfp: LabScanner, held_by: str, tmp_path: Path) -> None:
    async def hold(page: PageAtHead) -> Scanned | None:
        if page.number == 3:
            await asyncio.sleep(60)
        return None

    if held_by == "a jam":
        at_page(mfp, 2, mfp.scanner.jam)
    else:
        mfp.scanner.layers.handle(PAGE, hold)
    manifest = tmp_path / "m.jsonl"
    scan = asyncio.create_task(mfp.scan(pages=5, **{**QUICK, "manifest": manifest}))
    await until(lambda: mfp.scanner.jobs.active and mfp.scanner.jobs.active[0].scans_completed == 2)
    await until(lambda: len(read_manifest(manifest).acknowledged) == 2)
    scan.cancel()
    with pytest.raises(LabError, match=r"^interrupted; the job was cancelled at the scan server$") as raised:
        await scan
    assert raised.value.code == 130
    assert len(read_manifest(manifest).acknowledged) == 2
    assert [job.state for job in mfp.scanner.jobs.finished] == ["Canceled"]
    assert list(mfp.scanner.keeper._spool.iterdir()) == []


async def test_jobs_at_once_wait_for_each_other_and_scan_their_own_pages(mfp: LabScanner, tmp_path: Path) -> None:
    outcomes = await asyncio.gather(*(mfp.scan(pages=n, seed=n, **QUICK) for n in (1, 2, 3, 4)))
    assert [(each.outcome, len(each.images)) for each in outcomes] == [("Completed", n) for n in (1, 2, 3, 4)]
    alone = await mfp.scan(pages=3, seed=3, **QUICK)
    pixels = [{hashlib.sha256(path.read_bytes()).hexdigest() for path in each.delivered} for each in outcomes]
    assert {image.sha256 for image in outcomes[2].images} == pixels[2]
    assert [image.width for image in alone.images] == [image.width for image in outcomes[2].images]
    assert sorted(job.scans_completed for job in mfp.scanner.jobs.finished) == [1, 2, 3, 3, 4]


async def staples(page: PageAtHead) -> Scanned | None:
    if page.number == 3:
        raise PageFailed("page 3 is stapled to page 4")
    return None


async def fails(page: PageAtHead) -> Scanned | None:
    return None if page.number < 3 else 1 / 0  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        (staples, "page 3 is stapled to page 4"),
        (fails, "the handler fails of page raised ZeroDivisionError: division by zero"),
    ],
)
async def test_a_page_that_is_not_to_be_scanned_ends_the_job_with_that_text(
    mfp: LabScanner, handler: Any, text: str
) -> None:
    unplug = mfp.scanner.layers.handle(PAGE, handler)
    outcome = await mfp.scan(pages=5, **QUICK)
    assert str(outcome.error) == f"{text}; the job was cancelled at the scan server"
    assert outcome.exit_code == 1 and [image.acknowledged for image in outcome.images] == [True, True]
    unplug()
    assert (await mfp.scan(pages=1, **QUICK)).outcome == "Completed"


async def test_what_lies_in_it_is_scanned_where_that_is_wanted(mfp: LabScanner) -> None:
    with pytest.raises(LabError, match="the feeder is empty"):
        await mfp.scan(loaded=True, **QUICK)
    mfp.scanner.load_letters(2)
    assert len((await mfp.scan(pages=3, **QUICK)).images) == 3
    assert mfp.scanner.snapshot().sheets == 2, "what is brought lies on top, and is taken away"
    assert len((await mfp.scan(loaded=True, **QUICK)).images) == 2
    assert mfp.scanner.snapshot().sheets == 0


async def test_a_scanner_that_is_stopped_begins_no_job(mfp: LabScanner) -> None:
    mfp.scanner.jam()
    with pytest.raises(LabError, match=r"^not now: the scanner is Stopped: MediaJam$"):
        await mfp.scan(pages=1, **QUICK)
    mfp.scanner.clear()
    assert (await mfp.scan(pages=1, **QUICK)).outcome == "Completed"


async def test_nobody_scans_when_the_lab_is_closed(tmp_path: Path) -> None:
    async with Lab() as lab:
        mfp = await lab.add_device("office-mfp")
        job = asyncio.create_task(mfp.scan(pages=500, **QUICK))
        await until(lambda: mfp.scanner.jobs.active)
    outcome = await job
    assert outcome.exit_code != 0 and len(outcome.images) < 500
    with pytest.raises(LabError, match="not running"):
        await lab.add_device("office-mfp")


async def test_whoever_runs_a_job_is_given_its_scanner(tmp_path: Path) -> None:
    """One is made for the job: the same way as for those that run already."""

    class Reporter:
        def __init__(self) -> None:
            self.scanners: list[Any] = []
            self.pages: list[int] = []

        def planned(self, plan: object, server: str, store: object, pages: Pages) -> None:
            self.scanners.append(pages.scanner)
            assert (pages.production.total, pages.scanner.snapshot().sheets) == (3, 0)

        def page_scanned(self, number: int) -> None:
            self.pages.append(number)
            assert self.scanners[0].snapshot().sheets == 3 - number

        def acknowledged(self, image: object) -> None: ...

    reporter = Reporter()
    options = ScanOptions(server="embedded", store=tmp_path / "store", pages=3, **QUICK)
    outcome = await run_scan(options, reporter)
    assert outcome.outcome == "Completed" and reporter.pages == [1, 2, 3]
    (job,) = reporter.scanners[0].jobs.finished
    assert (job.state, job.scans_completed, job.at_panel) == ("Completed", 3, True)
