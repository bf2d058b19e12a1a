"""Post-scan jobs of a scan server and their table, without a server: what a job says of itself, what ends with it,
which jobs are forgotten; and the time limit, which counts silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from emulator.directory.model import User
from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    PostScanInstructions,
    ScanProcess,
    UnknownFilter,
)
from emulator.dsm.states import FilterState, FilterTrigger, JobState, JobStateReason, JobTransition, JobTrigger
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.files import KeptFile
from emulator.scan_server.jobs import HISTORY, MAX_DEVIATIONS, FilterRun, Job, JobTable, StoredDocument, new_token
from emulator.scan_server.time_limit import MINIMUM_RATE, Arrivals, Patience
from emulator.soap.deviations import Deviation

CREATED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
JOE = User("joe", "example.org", "S-1-5-21-1", "joe@example.org")
GUID = "264a19bf-3604-4603-b59d-b47e0f669a1e"
T = JobTrigger


def job(*filters: object, token: str = "token", state: JobState = JobState.CREATING) -> Job:
    process = cast("ScanProcess", _Process())
    runs = [FilterRun(cast("Any", each)) for each in filters or (FileShareFilter(),)]
    return Job(token, process, cast("PostScanInstructions", None), JOE, CREATED, runs, state)


class _Process:
    """What a job takes of its scan process."""

    identifier: UUID | None = UUID(GUID)
    display_name = "Invoices"


def document(number: int, folder: Path = Path("run")) -> StoredDocument:
    return StoredDocument(number, "jfif", KeptFile(folder / f"image-{number}.jpg", 10 * number, f"hash{number}"))


def test_a_filter_is_named_by_the_last_word_of_its_dialect() -> None:
    assert FilterRun(UnknownFilter("urn:x/y/Print", b"")).name == "Print"
    assert FilterRun(UnknownFilter("Print", b"")).name == "Print"
    assert FilterRun(EmailFilter()).state is FilterState.PENDING
    assert FilterRun(EmailFilter()).reasons == ()


def test_a_job_tells_each_new_state_and_no_state_twice() -> None:
    told: list[str] = []
    seen = job()
    seen.on_change = lambda each: told.append(each.state)
    seen.move(T.IMAGE_RECEIVED)
    assert told == []
    seen.move(T.ENDED)
    seen.move_filter(seen.filters[0], FilterTrigger.BEGIN)
    assert told == ["Pending", "Pending"]
    assert (seen.completed, seen.ended, seen.stop.is_set()) == (None, False, False)


def test_what_has_not_ended_of_a_job_that_ends_is_cancelled() -> None:
    """MS-BDSRR 3.2.4.2: the filters go with the job, but for those that have ended."""
    seen = job(FileShareFilter(), EmailFilter(), EmailFilter())
    for trigger in (T.ENDED, T.SCHEDULED, T.FILTERS_BEGIN):
        seen.move(trigger)
    first, second, _ = seen.filters
    seen.move_filter(first, FilterTrigger.BEGIN)
    seen.move_filter(first, FilterTrigger.SUCCEED)
    seen.move_filter(second, FilterTrigger.BEGIN)
    assert (first.ended, second.ended) == (True, False)
    seen.move(T.CANCELED)
    assert [str(each.state) for each in seen.filters] == ["CompletedSuccessfully", "Canceled", "Canceled"]
    assert seen.stop.is_set()
    assert seen.completed is not None
    assert seen.completed.tzinfo is UTC
    assert [str(each) for each in seen.reasons] == ["PostScanJobCanceled"]


def test_a_job_says_how_it_is() -> None:
    seen = job(FileShareFilter(), EmailFilter())
    seen.documents = {2: document(2), 1: document(1)}
    filters = tuple(FilterStatus(each.dialect, FilterState.PENDING, ()) for each in (FileShareFilter, EmailFilter))
    assert seen.status() == JobStatus("token", JobState.CREATING, (), filters, 2, CREATED, None)
    assert seen.description() == JobDescription(GUID.upper(), "Invoices", JOE.principal)
    assert seen.summary() == JobSummary("token", seen.description(), JobState.CREATING, (), filters, 2)
    assert [(each.document_id, each.format) for each in seen.document_list().entries] == [(1, "jfif"), (2, "jfif")]
    assert [each.document_id for each in seen.documents_in_order()] == [1, 2]


@pytest.mark.parametrize(
    ("filters", "recognised"),
    [
        ((UnknownFilter("urn:x", b""),), False),
        ((UnknownFilter("urn:x", b""), EmailFilter()), True),
        ((FileShareFilter(),), True),
    ],
)
def test_a_job_is_recognised_by_one_filter_that_the_documents_have(
    filters: tuple[object, ...], recognised: bool
) -> None:
    assert job(*filters).recognised is recognised


def test_deviations_of_a_job_are_kept_up_to_a_bound() -> None:
    seen = job()
    each = Deviation("empty", "here", "")
    seen.deviated("SendImage", [each] * (MAX_DEVIATIONS - 1))
    seen.deviated("EndPostScanJob", [each] * 3)
    seen.deviated("EndPostScanJob", [each])
    assert len(seen.deviations) == MAX_DEVIATIONS == 100
    assert [name for name, _ in seen.deviations[-2:]] == ["SendImage", "EndPostScanJob"]


def test_a_document_is_delivered_when_one_target_has_it_whole() -> None:
    seen = job()
    seen.documents = {1: document(1), 2: document(2), 3: document(3)}
    seen.stored = {1: [Path("share/1.jpg")], 3: []}
    seen.deliveries = [cast("Delivery", _Delivered((2,)))]
    assert [seen.is_delivered(number) for number in (1, 2, 3)] == [True, True, False]


class _Delivered:
    def __init__(self, documents: tuple[int, ...]) -> None:
        self.documents = documents

    def as_dict(self) -> dict[str, object]:
        return {"documents": list(self.documents)}


def test_the_record_of_a_job_says_what_job_json_says() -> None:
    seen = job()
    seen.documents = {2: document(2), 1: document(1)}
    seen.stored = {1: [Path("share/1.jpg")]}
    seen.deliveries = [cast("Delivery", _Delivered((1,)))]
    record = seen.record()
    assert record["scan_process"] == {"id": GUID.upper(), "name": "Invoices"}
    assert record.pop("documents") == [
        {"document_id": 1, "bytes": 10, "sha256": "hash1", "format": "jfif"},  # a share has it
        {"document_id": 2, "bytes": 20, "sha256": "hash2", "format": "jfif", "file": "image-2.jpg"},
    ]
    del record["scan_process"]
    assert record == {
        "state": "running",
        "job_token": "token",
        "job_state": "Creating",
        "job_state_reasons": [],
        "user": JOE.principal,
        "user_sid": "S-1-5-21-1",
        "created": "2024-05-06T07:08:09.000Z",
        "deliveries": [{"documents": [1]}],
    }
    end = JobTransition(JobState.ABORTED, None)
    assert (seen.record(end)["job_state"], seen.record(end)["job_state_reasons"]) == ("Aborted", [])


def test_a_scan_process_without_an_identifier_has_an_empty_one() -> None:
    seen = job()
    cast("_Process", seen.process).identifier = None
    assert seen.description() == JobDescription("", "Invoices", JOE.principal)
    assert seen.record()["scan_process"] == {"id": "", "name": "Invoices"}


def test_the_reason_of_the_end_goes_before_the_one_that_is_there() -> None:
    """job.json is written before the job has its final state."""
    seen = job()
    seen.reasons = (JobStateReason.NONE,)
    assert seen.record()["job_state_reasons"] == ["None"]
    assert seen.record(JobTransition(JobState.COMPLETED, None))["job_state_reasons"] == ["None"]
    end = JobTransition(JobState.ABORTED, JobStateReason.PROCESSING_FAILED)
    assert seen.record(end)["job_state_reasons"] == ["PostScanJobProcessingFailed"]
    assert (seen.state, seen.reasons) == ("Creating", ("None",)), "it is not yet there"


def test_a_job_without_a_folder_has_no_custody() -> None:
    with pytest.raises(RuntimeError, match="has no folder"):
        _ = job().kept_by


def test_files_of_a_document_are_those_that_are_there(tmp_path: Path) -> None:
    seen = job()

    class Custody:
        folder = tmp_path / "unfinished"

    seen.custody = cast("Any", Custody())
    one = document(1, tmp_path / "run")
    shared, gone = tmp_path / "share.jpg", tmp_path / "gone.jpg"
    shared.write_bytes(b"x")
    seen.stored = {1: [shared, gone]}
    assert seen.files_of(one) == [shared]
    Custody.folder.mkdir()
    (Custody.folder / "image-1.jpg").write_bytes(b"x")
    assert seen.files_of(one) == [shared, Custody.folder / "image-1.jpg"]
    assert seen.files_of(document(2)) == []


# The table


def test_the_oldest_jobs_that_have_ended_are_forgotten_and_none_that_goes_on() -> None:
    table = JobTable(history=2)
    jobs = [job(token=str(number)) for number in range(5)]
    for each in jobs:
        table.add(each)
    assert (len(table), table.open) == (5, 5)
    for number in (3, 1):
        table.end(jobs[number])
    assert (len(table), table.open) == (5, 3)
    table.end(jobs[4])
    assert [each.token for each in table] == ["0", "2", "3", "4"]
    assert (table.find("1"), table.find("0"), table.open) == (None, jobs[0], 2)
    table.end(jobs[0])
    assert [each.token for each in table] == ["2", "3", "4"]
    table.clear()
    assert (len(table), table.open, list(table)) == (0, 0, [])


def test_a_thousand_ended_jobs_are_remembered() -> None:
    table = JobTable()
    for number in range(HISTORY + 1):
        each = job(token=str(number))
        table.add(each)
        table.end(each)
    assert len(table) == HISTORY == 1000


def test_tokens_are_compared_character_by_character() -> None:
    table = JobTable()
    table.add(job(token="abc"))
    assert table.find("ABC") is None
    token = new_token()
    assert token == str(UUID(token))
    assert token != new_token()


# The time limit


def test_silence_is_counted_from_what_was_heard_last() -> None:
    patience = Patience(10.0, now=100.0)
    assert patience.until == 110.0
    patience.octets_arrived(MINIMUM_RATE * 3, now=105.0)
    assert patience.until == 113.0
    patience.octets_arrived(MINIMUM_RATE * 30, now=106.0)
    assert patience.until == 116.0  # never more than the limit from now
    patience.restart(107.0)
    assert patience.until == 117.0
    assert MINIMUM_RATE == 128


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


async def test_what_arrives_is_counted_for_its_sender_until_it_is_known() -> None:
    now = 0.0
    arrivals = Arrivals(10.0, lambda: now)
    assert arrivals.until("a") == 0.0
    first, second = arrivals.listen("a", pieces(b"x" * 128, b"y")), arrivals.listen("a", pieces())
    other = arrivals.listen("b", pieces())
    now = 5.0
    assert await anext(first) == b"x" * 128
    assert (arrivals.until("a"), arrivals.until("b"), arrivals.until("c")) == (11.0, 10.0, 0.0)
    first.known()
    first.known()  # by the service, and again at its end; the other of that sender still arrives
    assert arrivals.until("a") == 10.0
    second.known()
    second.known()  # nothing more to forget
    assert (arrivals.until("a"), arrivals.until("b")) == (0.0, 10.0)
    other.known()
    assert [each async for each in first] == [b"y"]
    assert arrivals.until("a") == 0.0
