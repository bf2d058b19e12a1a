"""Scan jobs and their table, without a scanner: what a job says of itself, which ids jobs get, which are forgotten;
and the rows of the conditions' table."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from emulator.device.scan_job_limits import ANY_NUMBER, ScanJobLimits
from emulator.device.scan_job_states import IllegalScanJobTransition, ScanJobTrigger
from emulator.device.scan_jobs import JOB_HISTORY, ScanJob, ScanJobTable
from emulator.device.scanner_states import CONDITION_RULES
from emulator.wsscan.constants import MAX_JOB_ID
from emulator.wsscan.values.jobs import JobSummary, ScanJobState, ScanJobStateReason, ScanJobStatus
from emulator.wsscan.values.ticket import JobDescription, ScanTicket

CREATED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
TICKET = ScanTicket(JobDescription("Letter", "joe"))
T = ScanJobTrigger
RESOLVED = cast("Any", None)  # nothing here looks into it


def job(*triggers: ScanJobTrigger, at_panel: bool = False) -> ScanJob:
    new = ScanJob(7, "token", TICKET, RESOLVED, CREATED, at_panel)
    for trigger in triggers:
        new.move(trigger)
    return new


PROCESSING = (T.CREATED, T.SET_UP, T.TAKEN, T.ACQUISITION_BEGINS)


def test_a_job_of_which_nothing_has_been_told_is_creating_and_has_no_reason() -> None:
    new = job()
    assert new.status == ScanJobStatus(7, ScanJobState.CREATING, (ScanJobStateReason.NONE,), 0, CREATED, None)
    assert new.summary == JobSummary(7, "Letter", "joe", ScanJobState.CREATING, (ScanJobStateReason.NONE,), 0)
    assert (new.ended, new.all_scanned, new.given_up, new.at_panel, new.on_its_way) == (False,) * 5
    assert (new.transferring, new.retrieving, list(new.ready), new.document_names) == (0, 0, [], [])
    assert new.on_image(1) is None
    assert new.originals is None
    assert new.failure is None


def test_what_a_job_says_of_itself_follows_its_state() -> None:
    ended = job(*PROCESSING, T.TRANSFER_FAILED)
    ended.scans_completed = 3
    ended.completed = replace_minute(9)
    reasons = (ScanJobStateReason.IMAGE_TRANSFER_ERROR,)
    assert ended.status == ScanJobStatus(7, ScanJobState.ABORTED, reasons, 3, CREATED, replace_minute(9))
    assert ended.summary == JobSummary(7, "Letter", "joe", ScanJobState.ABORTED, reasons, 3)
    assert ended.ended


def replace_minute(minute: int) -> datetime:
    return CREATED.replace(minute=minute)


def test_a_transition_without_a_reason_keeps_the_one_that_is_there() -> None:
    """Canceled says why it was Terminating."""
    ended = job(*PROCESSING, T.CANCELED_AT_DEVICE)
    assert (ended.state, ended.reason) == ("Terminating", "JobCanceledAtDevice")
    ended.move(T.TERMINATED)
    assert (ended.state, ended.reason) == ("Canceled", "JobCanceledAtDevice")
    with pytest.raises(IllegalScanJobTransition) as caught:
        ended.move(T.CANCELED)
    assert (caught.value.state, caught.value.trigger) == ("Canceled", T.CANCELED)
    assert str(caught.value) == f"no transition from Canceled when {T.CANCELED}"
    with pytest.raises(IllegalScanJobTransition, match="from no job when"):
        job(T.SET_UP)


@pytest.mark.parametrize(
    ("triggers", "stopped", "reason"),
    [
        (PROCESSING[:1], True, "None"),
        (PROCESSING[:2], True, "ScannerStopped"),
        (PROCESSING[:2], False, "None"),
        (PROCESSING[:3], True, "ScannerStopped"),
        (PROCESSING[:3], False, "None"),
        (PROCESSING, True, "ScannerStopped"),
        (PROCESSING, False, "JobScanning"),
        ((*PROCESSING, T.CANCELED_AT_DEVICE), True, "JobCanceledAtDevice"),
        ((*PROCESSING, T.TIMED_OUT), True, "JobTimedOut"),
    ],
)
def test_a_reason_says_what_goes_on_unless_somebody_has_given_it(
    triggers: tuple[ScanJobTrigger, ...], stopped: bool, reason: str
) -> None:
    """A job that waits for a scanner that is stopped says so (JobStateReason page); one that ends says why."""
    seen = job(*triggers)
    seen.update_reason(stopped=stopped)
    assert seen.reason == reason


@pytest.mark.parametrize(
    ("all_scanned", "transferring", "reason"),
    [
        (False, 0, "JobScanning"),
        (False, 1, "JobScanningAndTransferring"),
        (True, 2, "JobTransferring"),
        (True, 0, "None"),
    ],
)
def test_a_job_in_processing_scans_until_all_is_scanned(all_scanned: bool, transferring: int, reason: str) -> None:
    seen = job(*PROCESSING)
    seen.all_scanned, seen.transferring = all_scanned, transferring
    seen.update_reason(stopped=False)
    assert seen.reason == reason


@pytest.mark.parametrize("at_panel", [True, False])
@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize(("ready", "transferring"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_images_are_on_their_way_of_a_scan_at_the_panel_that_has_ended(
    at_panel: bool, ended: bool, ready: int, transferring: int
) -> None:
    seen = job(*PROCESSING, *((T.DIGITISED,) if ended else ()), at_panel=at_panel)
    seen.ready.extend([cast("Any", None)] * ready)
    seen.transferring = transferring
    assert seen.on_its_way is (at_panel and ended and bool(ready or transferring))


async def test_who_waits_for_a_change_is_woken_by_the_next_one_only() -> None:
    seen = job()
    seen.notify()
    waits = asyncio.ensure_future(seen.change())
    await asyncio.sleep(0)
    assert not waits.done()
    seen.notify()
    await asyncio.wait_for(waits, 5)


# The table


def filled(history: int, count: int) -> tuple[ScanJobTable, list[ScanJob]]:
    table = ScanJobTable(history)
    return table, [table.new(TICKET, RESOLVED, CREATED) for _ in range(count)]


def end(table: ScanJobTable, seen: ScanJob) -> None:
    for trigger in (*PROCESSING, T.DELIVERED):
        seen.move(trigger)
    table.ended(seen)


def test_ids_count_from_1_and_begin_anew_without_one_that_is_in_use() -> None:
    table, jobs = filled(3, 3)
    assert [each.id for each in jobs] == [1, 2, 3]
    assert len({each.token for each in jobs}) == 3
    assert all(len(each.token) == 32 for each in jobs)
    table._last_id = MAX_JOB_ID - 1
    assert [table.new(TICKET, RESOLVED, CREATED).id for _ in range(2)] == [MAX_JOB_ID, 4]
    assert table.find(4) is not None
    assert table.find(5) is None


def test_a_new_job_is_what_it_was_made_of() -> None:
    table = ScanJobTable()
    new = table.new(TICKET, RESOLVED, CREATED, at_panel=True)
    assert (new.ticket, new.created, new.at_panel) == (TICKET, CREATED, True)
    assert table.new(TICKET, RESOLVED, CREATED).at_panel is False
    assert table.find(new.id) is new


def test_jobs_that_have_ended_are_told_newest_first_and_the_oldest_are_forgotten() -> None:
    table, jobs = filled(2, 5)
    for index in (3, 0, 1):
        end(table, jobs[index])
    assert table.active == (jobs[2], jobs[4])
    assert table.finished == (jobs[1], jobs[0])
    assert table.find(jobs[3].id) is None
    assert list(table) == [jobs[2], jobs[4], jobs[0], jobs[1]]


def test_as_many_ended_jobs_are_kept_as_wsdapi_takes_in_one_answer() -> None:
    table = ScanJobTable()
    for _ in range(31):
        end(table, table.new(TICKET, RESOLVED, CREATED))
    assert len(table.finished) == JOB_HISTORY == 30


def test_one_job_at_a_time_unless_somebody_says_otherwise() -> None:
    assert ScanJobLimits() == ScanJobLimits(active=1, transferring=0, documents_ahead=1)
    assert replace(ANY_NUMBER) == ScanJobLimits(active=None, transferring=None, documents_ahead=1)


# Conditions

ANYWHERE = "MediaPath ADF Platen Film"

#: Condition, where it may be (the first where nobody says), severity, effect, ScannerStateReason.
CONDITIONS = [
    ("Calibrating", "Platen MediaPath ADF Film", "Informational", "WAIT", "Calibrating"),
    ("LampWarming", "Platen ADF Film", "Informational", "WAIT", "LampWarming"),
    ("CoverOpen", "Platen ADF MediaPath Film", "Warning", "STOP", "CoverOpen"),
    ("InterlockOpen", ANYWHERE, "Critical", "STOP", "InterlockOpen"),
    ("InputTrayEmpty", "ADF", "Warning", "NONE", None),
    ("InternalStorageFull", ANYWHERE, "Warning", "STOP", "InternalStorageFull"),
    ("LampError", "Platen ADF Film", "Critical", "STOP", "LampError"),
    ("MediaJam", ANYWHERE, "Critical", "STOP", "MediaJam"),
    ("MultipleFeedError", "ADF MediaPath", "Critical", "STOP", "MultipleFeedError"),
]


def test_the_rows_of_the_conditions() -> None:
    """What stops the scanner, what lets jobs wait, and where: DeviceCondition pages."""
    found = [
        (
            str(name),
            " ".join(map(str, rule.components)),
            str(rule.severity),
            rule.effect.name,
            None if rule.reason is None else str(rule.reason),
        )
        for name, rule in CONDITION_RULES.items()
    ]
    assert found == CONDITIONS
