"""Mutants of scan jobs: how they are told, their states."""

from __future__ import annotations

from typing import Any

from device_plugs import WSCN, another_fault, refuses, says, wrong
from lxml import etree
from mutant import Plug, handled, text, twice, without

from emulator.dpws.points import OperationCall
from emulator.wsscan import faults

ELEMENTS = "GetJobElements"
SHORT: dict[str, Any] = {"retrieve_limit": 2.0}
JOB = "//wscn:JobElements//wscn:JobStatus"


def later_state(value: str) -> Plug:
    """A job that is Completed is told otherwise, but not when it is first asked for: of the ordinary job."""

    def begin() -> Plug:
        told: list[Any] = []

        def change(root: Any) -> None:
            for each in root.xpath("//*[local-name()='JobState'][.='Completed']"):
                told.append(each)
                if len(told) > 2:
                    each.text = value

        return says(change, ELEMENTS)

    return lambda layers: begin()(layers)


def no_active_job(root: Any) -> None:
    """ActiveJobs is empty."""
    for each in root.iter(f"{WSCN}ActiveJobs"):
        del each[:]


def same_id(root: Any) -> None:
    """Every job has the same JobId."""
    for each in root.xpath("//*[local-name()='CreateScanJobResponse']/*[local-name()='JobId']"):
        each.text = "1"


def an_ended_one(root: Any) -> None:
    """Among the active jobs is one that has ended."""
    for each in root.iter(f"{WSCN}ActiveJobs"):
        job = etree.SubElement(each, f"{WSCN}JobSummary")
        etree.SubElement(job, f"{WSCN}JobId").text = "1"
        etree.SubElement(job, f"{WSCN}JobState").text = "Completed"


async def with_own_token(call: OperationCall) -> Any:
    """Every job has the same JobToken."""
    for each in () if call.asked.body is None else call.asked.body.findall("{*}JobToken"):
        each.text = TOKENS.get(call.asked.body.findtext("{*}JobId") or "", each.text)  # type: ignore[union-attr]
    answer = await call.go_on()
    if call.name == "CreateScanJob":
        token = answer.body.find("{*}JobToken")
        TOKENS[answer.body.findtext("{*}JobId")] = token.text
        token.text = "everybodys"
    return answer


TOKENS: dict[str, str] = {}
"""Of jobs, by their ids."""


MUTANTS = (
    wrong("wscn/scanner-state/processing", "Idle", says(text("//wscn:ScannerState", "Idle"))),
    wrong("wscn/scanner-state/idle-to-processing", "Idle", says(text("//wscn:ScannerState", "Idle"))),
    wrong("wscn/get-job-elements/supported", "refused", refuses(ELEMENTS, later=2)),
    wrong("wscn/get-job-elements/response", "no Documents", says(without("//wscn:Documents"), ELEMENTS)),
    wrong("wscn/get-job-elements/sections", "no ScanTicket", says(without("//wscn:ScanTicket"), ELEMENTS)),
    wrong("wscn/get-job-elements/unknown-job", "another fault", another_fault(ELEMENTS)),
    wrong("dsd/get-job-elements/unknown-job", "another fault", another_fault(ELEMENTS)),
    wrong(
        "wscn/get-job-elements/root-without-suffix-accepted",
        "refused",
        refuses(ELEMENTS, lambda body: body.tag.endswith("GetJobElements"), faults.invalid_args("GetJobElements")),
    ),
    wrong(
        "notes/c-23/get-job-elements-read",
        "refused",
        refuses(ELEMENTS, lambda body: body.tag.endswith("GetJobElements"), faults.invalid_args("GetJobElements")),
    ),
    wrong("wscn/get-active-jobs/supported", "refused", refuses("GetActiveJobs")),
    wrong("wscn/get-active-jobs/response", "empty", says(no_active_job, "GetActiveJobs")),
    wrong("wscn/get-active-jobs/response", "twice", says(twice("//wscn:JobSummary"), "GetActiveJobs")),
    wrong(
        "wscn/get-active-jobs/jobs-not-final",
        "the history instead",
        says(an_ended_one, "GetActiveJobs"),
    ),
    wrong("wscn/get-job-history/supported", "refused", refuses("GetJobHistory")),
    wrong("wscn/get-job-history/response", "twice", says(twice("//wscn:JobSummary"), "GetJobHistory")),
    wrong("wscn/get-job-history/as-many-as-kept", "none", says(without("//wscn:JobSummary"), "GetJobHistory")),
    wrong(
        "wscn/get-job-history/end-state", "Processing", says(text("//wscn:JobState", "Processing"), "GetJobHistory")
    ),
    wrong("wscn/get-job-history/end-state", "Canceled", says(text("//wscn:JobState", "Canceled"), "GetJobHistory")),
    wrong("wscn/job/job-summary", "no JobName", says(without("//wscn:JobName"), "GetActiveJobs")),
    wrong("wscn/job/job-status", "no ScansCompleted", says(without(f"{JOB}/wscn:ScansCompleted"), ELEMENTS)),
    wrong("wscn/job/times", "a day", says(text("//wscn:JobCreatedTime", "2026-11-30"), ELEMENTS)),
    wrong("wscn/job/documents", "no Document", says(without("//wscn:Documents/wscn:Document"), ELEMENTS)),
    wrong("wscn/job/documents", "another name", says(text("//wscn:DocumentName", "image"), ELEMENTS)),
    wrong("wscn/job/job-id", "the same", says(same_id, "CreateScanJob")),
    wrong("notes/c-18/job-id-within-xs-int", "the same", says(same_id, "CreateScanJob")),
    wrong("wscn/job/job-id-not-reused", "the same", says(same_id, "CreateScanJob")),
    wrong("wscn/job/job-token", "of everybody", handled(with_own_token)),
    wrong("wscn/job/scans-completed", "0", says(text(f"{JOB}/wscn:ScansCompleted", "0"), ELEMENTS)),
    wrong(
        "notes/c-18/scans-completed-from-0", "one too many", says(text(f"{JOB}/wscn:ScansCompleted", "2"), ELEMENTS)
    ),
    wrong("wscn/job-state/keywords", "Running", says(text("//wscn:JobState[.='Processing']", "Running"), ELEMENTS)),
    wrong("wscn/job-reason/detectable-ones", "a word", says(text("//wscn:JobStateReason", "Nothing"), ELEMENTS)),
    wrong(
        "wscn/job-state/none-to-creating",
        "Aborted",
        says(text("//wscn:JobState[.='Processing']", "Aborted"), ELEMENTS),
    ),
    wrong("wscn/job-state/completed", "Aborted", later_state("Aborted")),
    wrong("wscn/job-state/processing-to-completed", "Aborted", later_state("Aborted")),
    wrong("wscn/job-state/canceled", "Aborted", says(text("//wscn:JobState[.='Canceled']", "Aborted"), ELEMENTS)),
    wrong(
        "wscn/job-state/terminating-to-canceled",
        "Aborted",
        says(text("//wscn:JobState[.='Canceled']", "Aborted"), ELEMENTS),
    ),
    wrong("wscn/job-state/final-stays", "Canceled", later_state("Canceled")),
    wrong(
        "wscn/job-state/open-to-terminating-at-device",
        "no such reason",
        says(text("//wscn:JobStateReason", "None"), ELEMENTS),
    ),
    wrong(
        "wscn/job-reason/job-canceled-at-device",
        "no such reason",
        says(text("//wscn:JobStateReason", "None"), ELEMENTS),
    ),
    wrong("wscn/job-reason/scanner-stopped", "None", says(text("//wscn:JobStateReason", "None"), ELEMENTS)),
    wrong(
        "wscn/scanner-state/job-of-a-stopped-scanner",
        "Pending",
        says(text("//wscn:JobState[.='Processing']", "Pending"), ELEMENTS),
    ),
    wrong(
        "wscn/job-state/pending-to-aborted-by-time",
        "Processing for ever",
        says(text("//wscn:JobState[.='Aborted']", "Processing"), ELEMENTS),
        **SHORT,
    ),
    wrong(
        "wscn/job-reason/job-timed-out",
        "no such reason",
        says(text("//wscn:JobStateReason", "None"), ELEMENTS),
        **SHORT,
    ),
    wrong(
        "wscn/job-state/processing-to-aborted-by-time",
        "Canceled",
        says(text("//wscn:JobState[.='Aborted']", "Canceled"), ELEMENTS),
        **SHORT,
    ),
)
