"""Scan jobs at the panel, whose images the device takes itself, and what a job tells of its end; on a clock of the
test."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from device_pages import Sheets, names_in
from scanner_bench import Client, Clock, listen, make_scanner, scan_ticket, until

from emulator.device.panel_production import PanelProduction, PanelScanFailed
from emulator.device.pipelines import scanned
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_job_limits import ScanJobLimits
from emulator.device.scan_job_states import ScanJobAnswer
from emulator.device.scanner import NotAcceptingJobs, VirtualScanner
from emulator.device.scanner_events import JobChanged, JobEnded
from emulator.imaging.pages import SourceError


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def scanner(tmp_path: Path, clock: Clock) -> AsyncIterator[VirtualScanner]:
    """Three sheets in the feeder; scans far ahead of who takes the images, and leaves no file behind."""
    running = make_scanner(tmp_path / "spool", clock=clock, sheets=3, jobs=ScanJobLimits(documents_ahead=9))
    yield running
    await running.stop()
    assert names_in(tmp_path / "spool") == []


def at_panel(scanner: VirtualScanner) -> PanelProduction:
    ticket = scan_ticket()
    return PanelProduction(scanner, ticket, scanner.resolve(ticket))


async def test_a_scan_at_the_panel_ends_with_its_last_image_and_what_is_still_to_be_sent_can_be_given_up(
    scanner: VirtualScanner, clock: Clock, tmp_path: Path
) -> None:
    """The device has no time limit for itself; the job that is given up stays Completed, and nothing of it is left.
    [dsd/job/ends-with-the-last-image] [wscn/job-state/ended-when-digitised-for-dsd]"""
    documents = at_panel(scanner).documents()
    first = await anext(documents)
    (job,) = scanner.jobs
    await until(lambda: job.ended)
    assert (job.state, job.reason, job.scans_completed, len(job.ready)) == ("Completed", "None", 3, 2)
    assert scanner.state == "Idle"
    await clock.advance(3600)
    assert (job.state, job.on_its_way) == ("Completed", True)
    assert await scanner.cancel_at_panel(job.id)
    assert job.given_up is True
    assert names_in(tmp_path / "spool") == [first.document.path.name], "the one that is being sent is still needed"
    with pytest.raises(PanelScanFailed, match="cancelled at the panel, with its pages scanned"):
        await anext(documents)
    assert job.document_names == [first.document.path.name]
    assert (job.state, job.on_its_way) == ("Completed", False)
    assert not await scanner.cancel_at_panel()


async def test_a_scan_at_the_panel_is_not_aborted_while_nobody_takes_its_images(
    scanner: VirtualScanner, clock: Clock
) -> None:
    """One of a client is. [wscn/retrieve-image/sixty-seconds]"""
    documents = at_panel(scanner).documents()
    await anext(documents)
    (job,) = scanner.jobs
    await until(lambda: job.ended)
    scanner.load_letters(1)
    client = Client(scanner, scanner.create_job(scan_ticket()))
    await until(lambda: client.job.ready)
    await clock.advance(61)
    assert (client.job.state, client.job.reason) == ("Aborted", "JobTimedOut")
    assert len([document async for document in documents]) == 2
    assert (job.state, len(job.document_names)) == ("Completed", 3)


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (SourceError("page.tif", "damaged"), ()),
        (OSError(errno.ENOSPC, "No space"), ("InternalStorageFull",)),
        (OSError(errno.EIO, "Broken"), ()),
        (RuntimeError("a bug"), ()),
    ],
    ids=["page", "full", "broken", "bug"],
)
async def test_why_a_scan_failed_is_remembered_and_told_to_who_asks_for_an_image(
    scanner: VirtualScanner, monkeypatch: pytest.MonkeyPatch, error: Exception, condition: tuple[str, ...]
) -> None:
    """[wscn/job-reason/document-format-error] [wscn/condition/internal-storage-full]"""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(scanned, "open_document", fail)
    events = listen(scanner)
    client = Client(scanner, scanner.create_job(scan_ticket()))
    with pytest.raises(ForbiddenInState) as caught:
        await client.fetch()
    assert (caught.value.answer, str(caught.value)) == (ScanJobAnswer.OPERATION_FAILED, "OperationFailed")
    assert client.job.failure is error
    assert (client.job.state, client.job.reason) == ("Aborted", "DocumentFormatError")
    assert tuple(name for name in scanner.status().reasons if name != "None") == condition
    assert [each.status.reasons for each in events if isinstance(each, JobEnded)] == [("DocumentFormatError",)]
    if not condition:
        with pytest.raises(type(error)):  # who stands at the device hears the same
            await anext(at_panel(scanner).documents())


async def test_a_job_that_has_ended_is_not_cancelled_again(scanner: VirtualScanner) -> None:
    """[wscn/cancel-job/ended-job-refused]"""
    events = listen(scanner)
    job = scanner.create_job(scan_ticket())
    await until(lambda: job.ready)
    await scanner.keeper.cancel(job)
    with pytest.raises(ForbiddenInState, match="OperationFailed") as caught:
        await scanner.keeper.cancel(job)
    assert caught.value.answer is ScanJobAnswer.OPERATION_FAILED
    assert not await scanner.cancel_at_panel(job.id)
    assert [each.status.state for each in events if isinstance(each, JobChanged)][-2:] == [
        "Terminating",
        "Canceled",
    ]
    assert job.completed is not None


async def test_a_scanner_that_is_switched_off_cancels_at_the_device_the_youngest_job_first(
    tmp_path: Path, clock: Clock
) -> None:
    """The scan head takes no job that is about to be cancelled.
    [wscn/job-state/open-to-terminating-at-device] [wscn/job-reason/job-canceled-at-device]"""
    scanner = make_scanner(tmp_path / "spool", clock=clock, jobs=ScanJobLimits(active=3))
    events = listen(scanner)
    jobs = [scanner.create_job(scan_ticket(images_to_transfer=1)) for _ in range(3)]
    await until(lambda: jobs[0].ready)
    await scanner.stop()
    assert scanner.keeper.stopped is True
    ended = [each for each in events if isinstance(each, JobEnded)]
    assert [each.summary.job_id for each in ended] == [3, 2, 1]
    assert {(each.status.state, each.status.reasons) for each in ended} == {("Canceled", ("JobCanceledAtDevice",))}
    assert [job.scans_completed for job in jobs] == [1, 0, 0]
    assert names_in(tmp_path / "spool") == []
    with pytest.raises(NotAcceptingJobs, match="switched off"):
        scanner.create_job(scan_ticket())


async def test_a_scanner_that_is_switched_off_waits_for_a_job_that_is_being_cancelled(
    tmp_path: Path, clock: Clock
) -> None:
    """It is Terminating until the page at work is done, and who had it cancelled is told the end.
    [wscn/job-state/open-to-terminating] [wscn/job-state/terminating-to-canceled]"""
    go = threading.Event()
    scanner = make_scanner(tmp_path / "spool", clock=clock, sheets=0, jobs=ScanJobLimits(active=2))
    sheets = Sheets(3, hold={1: go})
    scanner.engine.require_feeder().load_pages(sheets)
    job, waits = (scanner.create_job(scan_ticket()) for _ in range(2))
    await until(lambda: 1 in sheets.taken)
    cancelling = asyncio.create_task(scanner.keeper.cancel(job))
    await until(lambda: job.state == "Terminating")
    stopping = asyncio.create_task(scanner.stop())
    await until(lambda: waits.ended)
    assert not cancelling.done() and not stopping.done()
    go.set()
    await asyncio.wait_for(asyncio.gather(cancelling, stopping), 20)
    assert [(each.state, each.reason) for each in (job, waits)] == [
        ("Canceled", "None"),
        ("Canceled", "JobCanceledAtDevice"),
    ]
    assert names_in(tmp_path / "spool") == []
