"""JobStatus and lists of JobSummary (their WS-Scan pages; ws-scan.md 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import Cursor
from emulator.soap.structure import check_structure, optional_time
from emulator.soap.xml import place
from emulator.wsscan.constants import MAX_JOB_ID
from emulator.wsscan.values.jobs import (
    FINAL_SCAN_JOB_STATES,
    JobEndState,
    JobSummary,
    ScanJobState,
    ScanJobStateReason,
    ScanJobStatus,
)
from emulator.wsscan.xml.settings import MAX_STRING, add, whole_number
from emulator.wsscan.xml.structure import (
    add_each,
    add_time,
    enumerated,
    expected,
    keywords,
    new,
    structure,
    text,
)

_STATUS_ORDER: Final = (
    "JobId",
    "JobState",
    "JobStateReasons",
    "ScansCompleted",
    "JobCreatedTime",
    "JobCompletedTime",
)
_SUMMARY_ORDER: Final = (
    "JobId",
    "JobName",
    "JobOriginatingUserName",
    "JobState",
    "JobStateReasons",
    "ScansCompleted",
)

_END_ORDER: Final = (
    "JobId",
    "JobCompletedState",
    "JobCompletedStateReasons",
    "JobName",
    "JobOriginatingUserName",
    "ScansCompleted",
    "JobCompletedTime",
)


def read_job_id(cursor: Cursor) -> int:
    """JobId in `cursor`; one outside 1..2147483647 is noted: no job has it, which is another fault than that of an
    argument of the wrong type. Raises ContentError when it is missing or no number.
    [wscn/job/job-id] [wscn/get-job-elements/unknown-job] [dsd/get-job-elements/job-id-range]"""
    return whole_number(1, MAX_JOB_ID, beyond_int=True)(cursor.required("JobId"))


def read_scan_job_status(element: etree._Element, deviations: Deviations) -> ScanJobStatus:
    """Read wscn:JobStatus. Raises ContentError when JobId or JobState is missing or a number is none; all else
    is noted."""
    cursor = structure(element, _STATUS_ORDER, deviations)
    return ScanJobStatus(
        read_job_id(cursor),
        enumerated(cursor.required("JobState"), ScanJobState),
        _read_reasons(cursor),
        _read_count(cursor),
        optional_time(cursor.child("JobCreatedTime")),
        optional_time(cursor.child("JobCompletedTime")),
    )


def _read_reasons(cursor: Cursor, name: str = "JobStateReasons") -> tuple[ScanJobStateReason | str, ...]:
    reasons = expected(cursor, name)
    if reasons is None:
        return ()
    check_structure(reasons, ("JobStateReason",))
    return keywords(reasons, "JobStateReason", ScanJobStateReason)


def _read_count(cursor: Cursor) -> int:
    """ScansCompleted; its page says from 1, the examples print 0. [wscn/job/scans-completed]
    [notes/c-18/scans-completed-from-0]"""
    count = expected(cursor, "ScansCompleted")
    return 0 if count is None else whole_number(0)(count)


def write_scan_job_status(status: ScanJobStatus) -> etree._Element:
    """wscn:JobStatus. [wscn/job/job-status] [wscn/job/times] [dsd/event/children-of-job-status]"""
    root = new("JobStatus")
    add(root, "JobId", status.job_id)
    add(root, "JobState", status.state)
    add_each(root, "JobStateReasons", "JobStateReason", status.reasons)
    add(root, "ScansCompleted", status.scans_completed)
    add_time(root, "JobCreatedTime", status.created)
    add_time(root, "JobCompletedTime", status.completed)
    return root


def read_job_summaries(jobs: Cursor) -> tuple[JobSummary, ...]:
    """The JobSummary entries of ActiveJobs or JobHistory, whose structure has been checked. Raises ContentError
    as JobStatus does."""
    return tuple(_read_summary(each) for each in jobs.children("JobSummary"))


def _read_summary(cursor: Cursor) -> JobSummary:
    check_structure(cursor, _SUMMARY_ORDER)
    return JobSummary(
        read_job_id(cursor),
        text(cursor, "JobName"),
        text(cursor, "JobOriginatingUserName"),
        enumerated(cursor.required("JobState"), ScanJobState),
        _read_reasons(cursor),
        _read_count(cursor),
    )


def write_job_summaries(parent: etree._Element, jobs: Sequence[JobSummary]) -> None:
    """Append a JobSummary for each job; strings are cut to 255 characters.
    [wscn/job/job-summary] [wscn/job/texts-of-255-characters]"""
    for job in jobs:
        root = add(parent, "JobSummary")
        add(root, "JobId", job.job_id)
        add(root, "JobName", xml_text(job.job_name)[:MAX_STRING])
        add(root, "JobOriginatingUserName", xml_text(job.originating_user)[:MAX_STRING])
        add(root, "JobState", job.state)
        add_each(root, "JobStateReasons", "JobStateReason", job.reasons)
        add(root, "ScansCompleted", job.scans_completed)


def read_job_end_state(element: etree._Element, deviations: Deviations) -> JobEndState:
    """Read wscn:JobEndState; a state that is not final is noted. Raises ContentError when JobId or
    JobCompletedState is missing or a number is none; all else is noted. [wscn/job-state/end-states]"""
    cursor = structure(element, _END_ORDER, deviations)
    state = cursor.required("JobCompletedState")
    found = enumerated(state, ScanJobState)
    if isinstance(found, ScanJobState) and found not in FINAL_SCAN_JOB_STATES:
        deviations.note("value", place(state.element), found)
    return JobEndState(
        read_job_id(cursor),
        found,
        _read_reasons(cursor, "JobCompletedStateReasons"),
        text(cursor, "JobName"),
        text(cursor, "JobOriginatingUserName"),
        _read_count(cursor),
        optional_time(cursor.child("JobCompletedTime")),
    )


def write_job_end_state(end: JobEndState) -> etree._Element:
    """wscn:JobEndState; strings are cut to 255 characters. [wscn/job/job-end-state]
    [dsd/event/children-of-job-end-state]"""
    root = new("JobEndState")
    add(root, "JobId", end.job_id)
    add(root, "JobCompletedState", end.completed_state)
    add_each(root, "JobCompletedStateReasons", "JobStateReason", end.reasons)
    add(root, "JobName", xml_text(end.job_name)[:MAX_STRING])
    add(root, "JobOriginatingUserName", xml_text(end.originating_user)[:MAX_STRING])
    add(root, "ScansCompleted", end.scans_completed)
    add_time(root, "JobCompletedTime", end.completed)
    return root
