"""Scan jobs that wait and overlap as the profile says (JobState, JobStateReason and RetrieveImage pages)."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from device_pages import Sheets, names_in, shade_of
from event_sink_bench import sink, subscribe
from scan_service_bench import Answer, Caller, Job, ticket
from scanner_bench import Client, Clock, listen, make_scanner, scan_ticket, settle, small_profile, until

from emulator.device.device import ScanDevice
from emulator.device.points import PAGE_EVENT, SCANNER_EVENT, SheetTaken
from emulator.device.profile import ProfileError, load_profile, profile_from_text
from emulator.device.profile_sections import JobsSection
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_job_limits import ScanJobLimits
from emulator.device.scanner import NotAcceptingJobs, VirtualScanner
from emulator.device.scanner_events import JobChanged, ScannerEvent
from emulator.device.settings import DeviceIdentity
from emulator.resources import resource_folder


@asynccontextmanager
async def mfp(tmp_path: Path, sheets: int, *, two_sided: bool = False, **jobs: int) -> AsyncIterator[Caller]:
    """A client of an MFP of such [jobs], in whose feeder lie pages of shade 1, 2 and so on."""
    profile = small_profile(sheets=100, loaded=0).model_copy(update={"jobs": JobsSection(**jobs)})
    async with ScanDevice(profile, DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path / "spool") as running:
        pages = Sheets(sheets * 2 if two_sided else sheets)
        running.scanner.engine.require_feeder().load_pages(pages, two_sided=two_sided)
        running.scanner.engine.tray_changed()
        yield Caller(running)


def shades(tmp_path: Path, answers: list[Answer]) -> list[int]:
    """The numbers of the pages that came."""
    found = []
    for answer in answers:
        path = tmp_path / "image"
        path.write_bytes(answer.parts[1][2])
        found.append(shade_of(path))
    return found


async def digitised(job: Job) -> None:
    """Return when all pages of the job have been scanned; nobody fetches them meanwhile."""
    known = job.caller.device.scanner.jobs.find(job.id)
    assert known is not None
    await until(lambda: known.all_scanned)


async def active(caller: Caller) -> list[tuple[str, ...]]:
    """JobId, JobState and reason of ActiveJobs."""
    answer = await caller.call("GetActiveJobs", "")
    names = ("JobId", "JobState", "JobStateReason")
    return list(zip(*(answer.texts(f"//wscn:JobSummary//wscn:{name}") for name in names), strict=True))


async def test_scanning_and_transferring_overlap_and_each_sheet_is_taken_once(tmp_path: Path) -> None:
    """Two jobs digitised and not fetched, the third is scanned; the fourth is one too many."""
    async with mfp(tmp_path, 9, active=3, transferring=2, documents_ahead=10) as caller:
        jobs = [await caller.job(ticket(images=count)) for count in (2, 3, 2)]
        for job in jobs:
            await digitised(job)
        assert [await job.state() for job in jobs] == [("Processing", "None")] * 3
        assert (await caller.create()).fault == "ServerErrorNotAcceptingJobs"
        assert len(caller.device.scanner.engine.require_feeder()) == 2
        # In another order than they were scanned.
        fetched = [await jobs[number].images() for number in (2, 0, 1)]
        assert [shades(tmp_path, images) for images, _ in fetched] == [[6, 7], [1, 2], [3, 4, 5]]
        assert [end.fault for _, end in fetched] == ["ClientErrorNoImagesAvailable"] * 3
        assert [await job.ended() for job in jobs] == [("Completed", "None")] * 3
        last = await caller.job()
        assert shades(tmp_path, (await last.images())[0]) == [8, 9]


async def test_a_job_is_pending_until_no_more_are_fetched_than_may_be(tmp_path: Path) -> None:
    # The law: [wscn/job-state/pending]
    async with mfp(tmp_path, 6, active=3, transferring=1, documents_ahead=10) as caller:
        first, second, third = [await caller.job(ticket(images=2)) for _ in range(3)]
        await digitised(second)
        assert await third.state() == ("Pending", "None")
        assert await active(caller) == [
            (str(first.id), "Processing", "None"),
            (str(second.id), "Processing", "None"),
            (str(third.id), "Pending", "None"),
        ]
        waiting = asyncio.create_task(third.images())
        assert (await first.retrieve()).status == 200
        assert await third.state() == ("Pending", "None")
        await first.images()
        images, _ = await waiting
        assert shades(tmp_path, images) == [5, 6]
        assert shades(tmp_path, (await second.images())[0]) == [3, 4]


async def test_without_overlap_the_next_is_scanned_when_the_one_before_has_been_fetched(tmp_path: Path) -> None:
    async with mfp(tmp_path, 4, active=2) as caller:
        first, second = await caller.job(ticket(images=2)), await caller.job(ticket(images=2))
        assert (await first.retrieve()).status == 200
        await digitised(first)
        assert await second.state() == ("Pending", "None")
        assert (await first.retrieve()).status == 200
        assert shades(tmp_path, (await second.images())[0]) == [3, 4]


async def test_events_of_a_job_that_waits(tmp_path: Path) -> None:
    """The first says Started (JobStatusEvent page), when the job before is digitised; until then it is Pending.
    [wscn/event/first-job-status] [wscn/job-state/pending-to-started] [dsd/event/first-job-status-is-started]"""
    async with mfp(tmp_path, 2, active=2, transferring=1, documents_ahead=5) as caller:
        with sink() as here:
            await subscribe(caller, caller.device.scan_service_url, here.url)
            hold = asyncio.Event()

            async def at_the_door() -> None:
                await hold.wait()

            caller.device.scanner.engine.go_ahead = at_the_door  # type: ignore[method-assign]
            first = await caller.job(ticket(images=1))
            await until(lambda: caller.device.scanner.jobs.find(first.id).state == "Processing")  # type: ignore[union-attr]
            second = await caller.job(ticket(images=1))
            assert await second.state() == ("Pending", "None")
            hold.set()
            await digitised(second)
            await asyncio.gather(first.images(), second.images())
            await until(lambda: [each.name for each in here.came].count("JobEndStateEvent") == 2)
        told = [
            (each.text("//wscn:JobId"), each.text("//wscn:JobState"), each.text("//wscn:JobStateReason"))
            for each in here.came
            if each.name == "JobStatusEvent"
        ]
        of_second = [state for job, state, _ in told if job == str(second.id)]
        assert of_second[:2] == ["Started", "Processing"]
        done = told.index((str(first.id), "Processing", "None"))
        assert done < [(job, state) for job, state, _ in told].index((str(second.id), "Started"))
        assert [state for job, state, _ in told if job == str(first.id)][-1] == "Completed"


async def test_a_job_that_waits_is_cancelled(tmp_path: Path) -> None:
    """By its client, who is waiting for an image; it takes no sheet, and the others go on."""
    async with mfp(tmp_path, 6, active=3) as caller:
        first, second, third = [await caller.job(ticket(images=2)) for _ in range(3)]
        waiting = asyncio.create_task(second.retrieve())
        await until(lambda: caller.device.scanner.jobs.find(second.id).retrieving)  # type: ignore[union-attr]
        assert (await second.cancel()).status == 200
        assert (await waiting).fault == "ClientErrorJobCancelled"
        assert await second.state() == ("Canceled", "None")
        assert await third.state() == ("Pending", "None")
        assert shades(tmp_path, (await first.images())[0]) == [1, 2]
        assert shades(tmp_path, (await third.images())[0]) == [3, 4]


async def test_duplex_and_simplex_jobs_take_whole_sheets(tmp_path: Path) -> None:
    """A sheet whose front has been scanned has passed [wscn/validation/duplex-odd-number]."""
    async with mfp(tmp_path, 5, two_sided=True, active=3, transferring=2, documents_ahead=9) as caller:
        jobs = [
            await caller.job(ticket(source=source, images=count))
            for source, count in (("ADFDuplex", 3), ("ADF", 1), ("ADFDuplex", 0))
        ]
        fetched = await asyncio.gather(*(job.images() for job in jobs))
        assert [len(images) for images, _ in fetched] == [3, 1, 4]
        assert [shades(tmp_path, images) for images, _ in fetched] == [[1, 2, 3], [5], [7, 8, 9, 10]]


async def test_who_finds_the_feeder_empty_is_told_so(tmp_path: Path) -> None:
    async with mfp(tmp_path, 3, active=2, transferring=1) as caller:
        first, second = await caller.job(), await caller.job()
        (images, _), (none, end) = await asyncio.gather(first.images(), second.images())
        assert (len(images), none, end.fault) == (3, [], "ClientErrorNoImagesAvailable")
        assert await second.ended() == ("Completed", "None")


async def test_a_jam_holds_up_the_job_that_scans_and_those_that_wait_not_those_that_are_fetched(
    tmp_path: Path,
) -> None:
    async with mfp(tmp_path, 8, active=4, transferring=1, documents_ahead=2) as caller:
        scanner = caller.device.scanner
        fetched, scans, waits = [await caller.job(ticket(images=count)) for count in (1, 5, 2)]
        await digitised(fetched)
        known = scanner.jobs.find(scans.id)
        await until(lambda: known is not None and len(known.ready) == 2)
        events = listen(scanner)
        scanner.jam()
        changed = [(each.status.job_id, each.status.state, each.status.reasons) for each in events if
                   isinstance(each, JobChanged)]  # fmt: skip
        assert changed == [
            (scans.id, "Processing", ("ScannerStopped",)), (waits.id, "Pending", ("ScannerStopped",))
        ]  # fmt: skip
        assert (await caller.create()).fault == "ServerErrorNotAcceptingJobs"
        assert shades(tmp_path, (await fetched.images())[0]) == [1]
        assert await fetched.ended() == ("Completed", "None")
        assert await waits.state() == ("Pending", "ScannerStopped")
        scanner.clear()
        assert await waits.state() == ("Pending", "None")
        assert shades(tmp_path, (await scans.images())[0]) == [2, 3, 4, 5, 6]
        assert shades(tmp_path, (await waits.images())[0]) == [7, 8]


# On a clock of the test


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begin(scanner: VirtualScanner, *args: Any, **settings: Any) -> Client:
    return Client(scanner, scanner.create_job(scan_ticket(*args, **settings)))


async def test_the_time_limit_of_a_job_that_waits(tmp_path: Path, clock: Clock) -> None:
    """A RetrieveImage that waits rests it; a client that does not come loses its job, which takes no sheet."""
    scanner = make_scanner(tmp_path / "spool", clock=clock, jobs=ScanJobLimits(active=3, transferring=0))
    first = begin(scanner, images_to_transfer=1)
    await until(lambda: first.job.all_scanned)
    patient, absent = begin(scanner, images_to_transfer=1), begin(scanner)
    waiting = asyncio.create_task(patient.fetch())
    produced = await scanner.keeper.retrieve(first.job)  # a long transfer: its limit rests too
    for _ in range(5):
        await clock.advance(59)
    assert [each.job.state for each in (first, patient, absent)] == ["Processing", "Pending", "Aborted"]
    assert absent.job.reason == "JobTimedOut"
    with pytest.raises(ForbiddenInState, match="JobIdNotFound"):
        await absent.fetch()
    scanner.keeper.sent(first.job, produced, "", whole=True)
    await waiting
    assert (patient.job.state, scanner.snapshot().sheets) == ("Completed", 3)
    await scanner.stop()


async def test_a_client_that_stays_away_holds_up_the_others_for_the_time_limit_at_most(
    tmp_path: Path, clock: Clock
) -> None:
    scanner = make_scanner(tmp_path / "spool", clock=clock, jobs=ScanJobLimits(active=2, transferring=0))
    absent, second = begin(scanner, images_to_transfer=1), begin(scanner, images_to_transfer=2)
    await until(lambda: absent.job.all_scanned)
    waiting = asyncio.create_task(second.fetch_all())
    await settle()
    assert second.job.state == "Pending"
    await clock.advance(61)
    assert await waiting == "ClientErrorNoImagesAvailable"
    assert absent.job.reason == "JobTimedOut" and len(second.documents) == 2
    await scanner.stop()


@pytest.mark.parametrize("way", ["switched off", "all cancelled at the panel", "reset"])
async def test_the_end_of_all_jobs_takes_no_sheet_more(tmp_path: Path, clock: Clock, way: str) -> None:
    """The scan head is not handed on from the job that is ended to one that is about to be."""
    spool = tmp_path / "spool"
    scanner = make_scanner(spool, clock=clock, jobs=ScanJobLimits(active=4, transferring=3))
    digitised = begin(scanner, images_to_transfer=1)
    await until(lambda: digitised.job.all_scanned)
    jobs = [begin(scanner) for _ in range(3)]
    await until(lambda: jobs[0].job.ready)
    taken: list[int] = []
    scanner.layers.listen(
        PAGE_EVENT, lambda event: taken.append(event.job_id) if isinstance(event, SheetTaken) else None
    )
    waiting = asyncio.create_task(jobs[2].fetch_all())
    events = listen(scanner)
    if way == "switched off":
        await scanner.stop()
    elif way == "reset":
        await scanner.reset()
    else:
        assert await scanner.cancel_at_panel()
    assert [(each.job.state, each.job.reason) for each in (digitised, *jobs)] == [
        ("Canceled", "JobCanceledAtDevice")
    ] * 4
    assert await waiting == "ClientErrorJobCancelled"
    states = {each.status.state for each in events if isinstance(each, JobChanged)}
    assert states == {"Terminating", "Canceled"} and taken == [] and names_in(spool) == []
    await scanner.stop()


async def test_a_page_that_cannot_be_read_ends_its_own_job_alone(tmp_path: Path) -> None:
    scanner = make_scanner(
        tmp_path / "spool", sheets=0, jobs=ScanJobLimits(active=3, transferring=2, documents_ahead=5)
    )
    scanner.engine.require_feeder().load_pages(Sheets(5, bad=3))
    first, second, third = [begin(scanner, images_to_transfer=2) for _ in range(3)]
    assert await first.fetch_all() == "ClientErrorNoImagesAvailable"
    with pytest.raises(ForbiddenInState, match="OperationFailed"):
        await second.fetch()
    assert [await third.shade(), await third.shade()] == [4, 5]
    await scanner.stop()


@pytest.mark.parametrize("seed", range(8))
async def test_many_jobs_of_any_fate(tmp_path: Path, seed: int) -> None:
    """Whatever becomes of them, each sheet is taken once, no image goes to two, no job is scanned while more are
    fetched than may be, and none is left over."""
    dice = random.Random(seed)
    transferring = dice.randint(0, 3)
    limits = ScanJobLimits(dice.randint(2, 6), transferring, documents_ahead=dice.randint(1, 4))
    scanner = make_scanner(tmp_path / "spool", sheets=0, jobs=limits)
    sheets = Sheets(60)
    scanner.engine.require_feeder().capacity = 100
    scanner.engine.require_feeder().load_pages(sheets)
    scanner.engine.tray_changed()
    got: list[int] = []
    fetched_beside: list[int] = []

    def heard(event: ScannerEvent) -> None:
        if isinstance(event, JobChanged) and event.status.state == "Started":
            fetched_beside.append(sum(each.all_scanned for each in scanner.jobs.active))

    scanner.layers.listen(SCANNER_EVENT, heard)

    async def client(images: int, fate: str) -> None:
        while True:
            try:
                one = begin(scanner, images_to_transfer=images)
                break
            except NotAcceptingJobs:
                await asyncio.sleep(0.01)
        try:
            for number in range(images):
                await asyncio.sleep(dice.random() * 0.01)
                if fate == "cancel" and number == images // 2:
                    await scanner.keeper.cancel(one.job)
                    return
                if fate == "broken" and number == 1:
                    await one.fetch(whole=False)
                    return
                got.append(await one.shade())
        except ForbiddenInState:
            pass

    await asyncio.gather(
        *(client(dice.randint(1, 4), dice.choice(("fetch", "fetch", "cancel", "broken"))) for _ in range(12))
    )
    await until(lambda: not scanner.jobs.active)
    assert fetched_beside and max(fetched_beside) <= transferring
    assert len(got) == len(set(got)) and sheets.taken == sorted(set(sheets.taken))
    await scanner.stop()
    assert names_in(tmp_path / "spool") == []


# The profile

GREY = (resource_folder("profiles") / "flatbed.toml").read_text("utf-8")


def test_jobs_of_a_profile() -> None:
    assert load_profile("office-mfp").jobs.values() == ScanJobLimits(1, 0, 1), "one at a time, as ever"
    profile = profile_from_text(GREY + "\n[jobs]\nactive = 4\ntransferring = 3\n", "grey", "grey.toml")
    assert profile.jobs.values() == ScanJobLimits(4, 3, 1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("active = 0", "active"),
        ("active = 1.5", "active"),
        ("active = 2\ntransferring = 2", "transferring: 2 is not less than active, 2"),
        ("transferring = 1", "transferring: 1 is not less than active, 1"),
        ("transferring = -1", "transferring"),
        ("documents_ahead = 0", "documents_ahead"),
        ("at_once = 3", "there are: active, transferring, documents_ahead"),
    ],
)
def test_a_mistake_in_jobs_is_named(table: str, said: str) -> None:
    with pytest.raises(ProfileError) as found:
        profile_from_text(f"{GREY}\n[jobs]\n{table}\n", "grey", "grey.toml")
    assert said in str(found.value) and "grey.toml" in str(found.value)
