"""Scan jobs of the virtual scanner: fetched, timed out, cancelled, stopped, failed; on a clock of the test."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from device_pages import Sheets, names_in
from scanner_bench import Client, Clock, black_ticket, listen, make_scanner, scan_ticket, until

from emulator.device.pipelines import scanned
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_job_limits import ScanJobLimits
from emulator.device.scanner import NoSheets, NotAcceptingJobs, VirtualScanner
from emulator.device.scanner_events import JobChanged, JobEnded
from emulator.wsscan.resolution import TicketRejected
from emulator.wsscan.values.status import ConditionName


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest_asyncio.fixture
async def scanner(spool: Path, clock: Clock) -> AsyncIterator[VirtualScanner]:
    """Five sheets in the feeder; leaves no file when it is stopped."""
    running = make_scanner(spool, clock=clock)
    yield running
    await running.stop()
    assert names_in(spool) == []


def begin(scanner: VirtualScanner, *args: Any, **settings: Any) -> Client:
    return Client(scanner, scanner.create_job(scan_ticket(*args, **settings)))


async def test_a_feeder_is_scanned_until_it_is_empty(scanner: VirtualScanner, spool: Path) -> None:
    # The law: [wscn/job/scans-completed] [wscn/validation/zero-images-of-feeder]
    # The law: [wscn/retrieve-image/feeder-completed-when-empty]
    client = begin(scanner)
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert len(client.documents) == 5
    assert scanner.snapshot().sheets == 0
    status = client.job.status
    assert (status.state, status.reasons, status.scans_completed) == ("Completed", ("None",), 5)
    assert client.job.document_names == [f"document {n}" for n in range(1, 6)]
    assert names_in(spool) == []


async def test_the_pages_are_those_of_the_feeder_in_order(spool: Path) -> None:
    scanner = make_scanner(spool, sheets=0)
    scanner.engine.require_feeder().load_pages(Sheets(4))
    client = begin(scanner)
    assert [await client.shade() for _ in range(4)] == [1, 2, 3, 4]
    await scanner.stop()


async def test_duplex_scans_both_sides_and_an_odd_number_ends_with_a_front(spool: Path) -> None:
    """By the rules [wscn/validation/duplex-counts-sides] [wscn/validation/duplex-odd-number].
    [wscn/job/scans-completed-counts-sides]"""
    scanner = make_scanner(spool, sheets=0)
    scanner.engine.require_feeder().load_pages(Sheets(8), two_sided=True)
    client = begin(scanner, "ADFDuplex", images_to_transfer=3)
    assert [await client.shade() for _ in range(3)] == [1, 2, 3]
    await until(lambda: client.job.ended)
    assert scanner.snapshot().sheets == 2  # a sheet whose front has been scanned has passed
    await scanner.stop()


async def test_images_to_transfer_leaves_the_other_sheets_in_the_feeder(scanner: VirtualScanner) -> None:
    # The law: [wscn/job/scans-completed-updated]
    client = begin(scanner, images_to_transfer=2)
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert len(client.documents) == 2
    assert scanner.snapshot().sheets == 3
    assert await begin(scanner).fetch_all() == "ClientErrorNoImagesAvailable"
    assert scanner.snapshot().sheets == 0


async def test_more_images_than_there_are_sheets(scanner: VirtualScanner) -> None:
    client = begin(scanner, images_to_transfer=9)
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert len(client.documents) == 5
    assert client.job.state == "Completed"


async def test_the_platen_gives_one_image_and_the_job_is_completed(scanner: VirtualScanner) -> None:
    # The law: [wscn/retrieve-image/platen-completed-after-one] [wscn/validation/zero-images-of-platen]
    client = begin(scanner, "Platen", images_to_transfer=0)
    await client.fetch()
    await until(lambda: client.job.ended)
    assert client.job.state == "Completed"
    with pytest.raises(ForbiddenInState, match="NoImagesAvailable"):
        await client.fetch()
    assert scanner.snapshot().sheets == 5


async def test_one_file_holds_all_images_of_a_multi_image_format(scanner: VirtualScanner) -> None:
    # The law: [wscn/format/all-images-in-one-file]
    client = Client(scanner, scanner.create_job(black_ticket()))
    produced = await client.fetch()
    assert produced.info.pages == 5
    assert client.job.scans_completed == 5
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert len(client.documents) == 1


async def test_the_scanner_is_one_page_ahead_of_its_client_and_no_more(scanner: VirtualScanner) -> None:
    client = begin(scanner)
    await until(lambda: client.job.ready)
    await asyncio.sleep(0.1)
    assert (client.job.scans_completed, scanner.snapshot().sheets) == (1, 4)
    await client.fetch()
    await until(lambda: client.job.scans_completed == 2)
    await asyncio.sleep(0.1)
    assert (client.job.scans_completed, scanner.snapshot().sheets) == (2, 3)
    await scanner.cancel_at_panel()


async def test_an_empty_feeder_has_no_images(scanner: VirtualScanner) -> None:
    # The law: [wscn/create-scan-job/empty-feeder]
    scanner.empty_feeder()
    with pytest.raises(NoSheets):
        begin(scanner)
    assert await begin(scanner, "Platen").fetch_all() == "ClientErrorNoImagesAvailable"
    scanner.load_letters(1)
    assert await begin(scanner).fetch_all() == "ClientErrorNoImagesAvailable"


async def test_a_feeder_that_is_emptied_before_the_first_page_gives_none(scanner: VirtualScanner) -> None:
    client = begin(scanner)
    scanner.empty_feeder()
    with pytest.raises(ForbiddenInState, match="NoImagesAvailable"):
        await client.fetch()
    assert (client.job.state, client.job.scans_completed) == ("Completed", 0)


# Time limit


async def test_a_job_that_nobody_fetches_is_aborted_after_a_minute(
    scanner: VirtualScanner, clock: Clock, spool: Path
) -> None:
    # The law: [wscn/retrieve-image/sixty-seconds] [wscn/job-state/pending-to-aborted-by-time]
    # The law: [wscn/job-reason/job-timed-out]
    client = begin(scanner)
    await until(lambda: client.job.ready)
    await clock.advance(59)
    assert client.job.state == "Processing"
    await clock.advance(1.1)
    assert (client.job.state, client.job.reason) == ("Aborted", "JobTimedOut")
    assert names_in(spool) == []
    with pytest.raises(ForbiddenInState, match="JobIdNotFound"):
        await client.fetch()
    assert scanner.state == "Idle"


async def test_the_time_limit_begins_anew_with_each_image(scanner: VirtualScanner, clock: Clock) -> None:
    # The law: [wscn/retrieve-image/sixty-seconds] [wscn/job-state/processing-to-aborted-by-time]
    client = begin(scanner)
    for _ in range(3):
        await clock.advance(59)
        await client.fetch()
    await clock.advance(59)
    assert client.job.state == "Processing"
    await clock.advance(2)
    assert client.job.reason == "JobTimedOut"


async def test_the_time_limit_rests_while_a_request_waits_or_an_image_goes_out(
    scanner: VirtualScanner, clock: Clock
) -> None:
    client = begin(scanner)
    await until(lambda: client.job.ready)
    scanner.jam()
    await client.fetch()
    waiting = asyncio.create_task(client.fetch())
    await asyncio.sleep(0)
    await clock.advance(600)
    assert client.job.state == "Processing"
    scanner.clear()
    await waiting
    produced = await scanner.keeper.retrieve(client.job)
    await clock.advance(600)
    assert client.job.state == "Processing"
    scanner.keeper.sent(client.job, produced, "", whole=True)
    await clock.advance(61)
    assert client.job.reason == "JobTimedOut"


async def test_a_job_that_waits_for_the_scan_head_times_out_too(spool: Path, clock: Clock) -> None:
    scanner = make_scanner(spool, clock=clock, jobs=ScanJobLimits(active=2))
    first = begin(scanner, "Platen")
    async with scanner.engine.head:
        await until(lambda: first.job.state != "Creating")
        second = begin(scanner, "Platen")
        assert second.job.state == "Pending"
        await clock.advance(61)
    assert second.job.status.reasons == ("JobTimedOut",)
    await scanner.stop()


# Cancelled, stopped, failed


async def test_cancel_job(scanner: VirtualScanner, spool: Path) -> None:
    # The law: [wscn/job-state/open-to-terminating] [wscn/job-state/terminating-to-canceled]
    events = listen(scanner)
    client = begin(scanner)
    await until(lambda: client.job.ready)
    await scanner.keeper.cancel(client.job)
    assert (client.job.state, client.job.reason) == ("Canceled", "None")
    states = [event.status.state for event in events if isinstance(event, JobChanged)]
    assert states == ["Creating", "Pending", "Started", "Processing", "Terminating", "Canceled"]
    assert names_in(spool) == []
    with pytest.raises(ForbiddenInState, match="JobCancelled"):
        await client.fetch()
    with pytest.raises(ForbiddenInState, match="OperationFailed"):
        await scanner.keeper.cancel(client.job)
    assert await begin(scanner).fetch_all() == "ClientErrorNoImagesAvailable"


async def test_cancelled_before_the_scan_head_has_taken_it(scanner: VirtualScanner) -> None:
    client = begin(scanner)
    await scanner.keeper.cancel(client.job)
    assert client.job.state == "Canceled"
    assert scanner.snapshot().sheets == 5


async def test_cancelled_at_the_panel(scanner: VirtualScanner) -> None:
    # The law: [wscn/job-reason/job-canceled-at-device]
    client = begin(scanner)
    waiting = asyncio.create_task(client.fetch_all())
    assert await scanner.cancel_at_panel(client.job.id)
    assert (client.job.state, client.job.reason) == ("Canceled", "JobCanceledAtDevice")
    assert await waiting == "ClientErrorJobCancelled"
    assert not await scanner.cancel_at_panel()


async def test_an_image_that_does_not_arrive_ends_the_job(scanner: VirtualScanner, spool: Path) -> None:
    # The law: [wscn/retrieve-image/transfer-error-aborts] [wscn/job-reason/image-transfer-error]
    client = begin(scanner)
    await client.fetch(whole=False)
    assert (client.job.state, client.job.reason) == ("Aborted", "ImageTransferError")
    await until(lambda: scanner.state == "Idle" and not names_in(spool))
    assert await begin(scanner, "Platen").fetch_all() == "ClientErrorNoImagesAvailable"


async def test_a_cancelled_jobs_image_may_still_go_out(scanner: VirtualScanner) -> None:
    client = begin(scanner)
    produced = await scanner.keeper.retrieve(client.job)
    await scanner.keeper.cancel(client.job)
    assert produced.document.path.is_file()
    scanner.keeper.sent(client.job, produced, "", whole=True)
    assert client.job.state == "Canceled"


async def test_a_stopped_scanner_keeps_the_job_and_goes_on_when_it_is_cleared(scanner: VirtualScanner) -> None:
    # The law: [wscn/scanner-state/job-of-a-stopped-scanner] [wscn/job-reason/scanner-stopped]
    client = begin(scanner)
    await client.fetch()
    await until(lambda: client.job.ready)
    scanner.open()
    scanner.jam()
    assert (scanner.state, client.job.state, client.job.reason) == ("Stopped", "Processing", "ScannerStopped")
    await client.fetch()  # what has been scanned can be fetched
    waiting = asyncio.create_task(client.fetch())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    scanner.close()
    await asyncio.sleep(0.05)
    assert not waiting.done() and scanner.state == "Stopped"
    assert scanner.clear_condition(ConditionName.MEDIA_JAM)
    await waiting
    assert scanner.state == "Processing"
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert len(client.documents) == 5  # no page is lost


async def test_a_stopped_or_busy_scanner_takes_no_job(scanner: VirtualScanner) -> None:
    # The law: [wscn/fault/server-error-not-accepting-jobs]
    scanner.open()
    with pytest.raises(NotAcceptingJobs, match="CoverOpen"):
        begin(scanner)
    scanner.close()
    client = begin(scanner, images_to_transfer=1)
    with pytest.raises(NotAcceptingJobs, match="1 scan jobs"):
        begin(scanner)
    assert await client.fetch_all() == "ClientErrorNoImagesAvailable"
    assert await begin(scanner).fetch_all() == "ClientErrorNoImagesAvailable"


async def test_several_jobs_at_once_take_turns_at_the_scan_head(spool: Path) -> None:
    scanner = make_scanner(spool, jobs=ScanJobLimits(active=3))
    first, second = begin(scanner, images_to_transfer=2), begin(scanner, "Platen")
    await until(lambda: first.job.ready)
    assert second.job.state == "Pending"
    third = begin(scanner)
    with pytest.raises(NotAcceptingJobs):
        begin(scanner)
    await asyncio.gather(first.fetch_all(), second.fetch_all(), third.fetch_all())
    assert [len(each.documents) for each in (first, second, third)] == [2, 1, 3]
    await scanner.stop()


async def test_a_page_that_cannot_be_read_aborts_the_job(spool: Path) -> None:
    # The law: [wscn/job-reason/document-format-error]
    scanner = make_scanner(spool, sheets=0)
    scanner.engine.require_feeder().load_pages(Sheets(3, bad=2))
    client = begin(scanner)
    await client.fetch()
    with pytest.raises(ForbiddenInState, match="OperationFailed"):
        await client.fetch()
    assert (client.job.state, client.job.reason) == ("Aborted", "DocumentFormatError")
    assert names_in(spool) == []
    assert scanner.state == "Idle"
    await scanner.stop()


async def test_a_full_disk_is_a_condition(scanner: VirtualScanner, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scanned, "open_document", full)
    client = begin(scanner)
    assert await client.fetch_all() == "OperationFailed"
    assert client.job.state == "Aborted"
    assert scanner.status().reasons == ("InternalStorageFull",)
    assert scanner.state == "Stopped"


async def test_a_bug_in_a_source_aborts_the_job_alone(
    scanner: VirtualScanner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(scanned, "scan", broken)
    assert await begin(scanner).fetch_all() == "OperationFailed"
    assert "a bug" in caplog.text
    monkeypatch.undo()
    assert await begin(scanner).fetch_all() == "ClientErrorNoImagesAvailable"


async def test_a_ticket_that_cannot_be_done_is_rejected(scanner: VirtualScanner) -> None:
    with pytest.raises(TicketRejected):
        begin(scanner, format="jbig")


async def test_stopping_ends_jobs_and_who_waits_for_them(spool: Path) -> None:
    scanner = make_scanner(spool)
    client = begin(scanner)
    scanner.jam()
    waiting = asyncio.create_task(client.fetch_all())
    await asyncio.sleep(0.05)
    await scanner.stop()
    assert await waiting == "ClientErrorJobCancelled"
    assert names_in(spool) == []
    scanner.clear()
    with pytest.raises(NotAcceptingJobs, match="switched off"):
        begin(scanner)


async def test_the_history_is_bounded_and_the_newest_comes_first(scanner: VirtualScanner) -> None:
    # The law: [notes/c-18/job-id-within-xs-int] [wscn/job/job-id] [wscn/job/job-id-not-reused]
    # The law: [wscn/get-job-history/as-many-as-kept]
    for _ in range(35):
        await scanner.keeper.cancel(begin(scanner, "Platen").job)
    finished = scanner.jobs.finished
    assert len(finished) == 30
    assert [job.id for job in finished] == list(range(35, 5, -1))
    assert scanner.jobs.find(1) is None
    assert not scanner.jobs.active


async def test_the_end_of_a_job_is_told_once_after_its_last_change(scanner: VirtualScanner) -> None:
    # The law: [wscn/event/job-end-state]
    events = listen(scanner)
    client = begin(scanner, "Platen", name="Letter")
    await client.fetch_all()
    ended = [event for event in events if isinstance(event, JobEnded)]
    assert len(ended) == 1 and ended[0] is events[-1]
    assert (ended[0].summary.job_name, ended[0].summary.originating_user) == ("Letter", "ann")
    assert ended[0].status.completed is not None
