"""Mutants of what becomes of a job."""

from __future__ import annotations

from typing import Any

from mutant import (
    Mutant,
    accepted,
    another_fault,
    changed_when_asked_again,
    other_tokens,
    refused,
    rewritten,
    text,
    twice,
    unsupported,
    without,
)

CREATE, SEND, ASKS, CANCEL = "CreatePostScanJob", "SendImage", "GetPostScanJobElements", "CancelPostScanJob"
JOBS = ("dsp/*", "bdsrr/*", "notes/*", "psp/*", "dsc/*", "mtom/*", "soap/*", "eventing/*")
SAME = "5d1e8f3a-0000-4000-8000-000000000001"
CREATED = f"<dsp:CreatePostScanJobResponse><dsp:JobToken>{SAME}</dsp:JobToken></dsp:CreatePostScanJobResponse>"


def _told(change: Any, *, later: bool = False) -> tuple[Any, ...]:
    return (rewritten(change, ASKS, faults=False, later=later),)


def _in(state: str, name: str) -> str:
    """A path to an element of a JobStatus in that state."""
    return f"//dsp:JobStatus[dsp:JobState='{state}']//dsp:{name}"


MUTANTS = (
    Mutant(
        "dsp/create-post-scan-job/new-token",
        "the same",
        (rewritten(text("//dsp:JobToken", SAME), CREATE, later=True),),
        also=JOBS,
    ),
    Mutant(
        "dsp/job-token/unique-at-its-server",
        "the same",
        (rewritten(text("//dsp:JobToken", SAME), CREATE, later=True),),
        also=JOBS,
    ),
    Mutant(
        "dsp/create-post-scan-job/checked-against-the-directory", "not", (accepted(CREATE, CREATED),), also=JOBS
    ),
    Mutant(
        "dsp/create-post-scan-job/psp-identifier-compared-as-guid",
        "refused",
        (refused(CREATE, after=1),),
        also=("*",),
    ),
    Mutant("notes/c-05/psp-identifier-compared-as-a-guid", "refused", (refused(CREATE, after=1),), also=("*",)),
    *(
        Mutant(id, "told as Pending", _told(text(_in("Creating", "JobState"), "Pending")), also=JOBS)
        for id in (
            "dsp/job-state/creating",
            "dsp/job-transition/created",
            "dsp/job-transition/creating-while-images-arrive",
            "notes/c-34/images-in-creating",
        )
    ),
    Mutant(
        "dsp/filter-state/pending", "at work", _told(text(_in("Creating", "FilterState"), "Processing")), also=JOBS
    ),
    Mutant(
        "dsp/job-status/images-received",
        "always none",
        _told(text(_in("Creating", "ImagesReceived"), "0")),
        also=JOBS,
    ),
    Mutant(
        "dsp/send-image/response-means-received",
        "always none",
        _told(text(_in("Creating", "ImagesReceived"), "0")),
        also=JOBS,
    ),
    Mutant("dsp/send-image/document-id-once", "taken", (accepted(SEND),), also=JOBS),
    Mutant("dsp/send-image/document-id-once", "another fault", (another_fault(SEND),), also=JOBS),
    Mutant(
        "dsp/end-post-scan-job/processing-may-begin",
        "Creating for ever",
        _told(text("//dsp:JobState", "Creating"), later=True),
        also=JOBS,
    ),
    *(
        Mutant(id, "Aborted", _told(text(_in("Completed", "JobState"), "Aborted"), later=True), also=JOBS)
        for id in ("dsp/job-state/completed", "dsp/job-transition/filters-done")
    ),
    Mutant(
        "dsp/job-state-reason/post-scan-job-completed-successfully",
        "None",
        _told(text(_in("Completed", "JobStateReason"), "None")),
        also=JOBS,
    ),
    *(
        Mutant(id, "Processing", _told(text(_in("Completed", "FilterState"), "Processing")), also=JOBS)
        for id in ("dsp/filter-state/completed-successfully", "dsp/filter-transition/completed-from-processing")
    ),
    Mutant("dsp/job-state/final-states", "left again", (changed_when_asked_again("Processing"),), also=JOBS),
    *(
        Mutant(id, "Aborted", _told(text(_in("Canceled", "JobState"), "Aborted")), also=JOBS)
        for id in (
            "dsp/job-state/canceled",
            "dsp/job-transition/canceled",
            "bdsrr/3.2.4.2/state-canceled",
            "notes/c-30/canceled-by-the-cancel-operation",
        )
    ),
    *(
        Mutant(id, "None", _told(text(_in("Canceled", "JobStateReason"), "None")), also=JOBS)
        for id in ("dsp/job-state-reason/post-scan-job-canceled", "bdsrr/3.2.4.2/reason-post-scan-job-canceled")
    ),
    *(
        Mutant(id, "still Pending", _told(text(_in("Canceled", "FilterState"), "Pending")), also=JOBS)
        for id in (
            "dsp/job-transition/canceled-filters",
            "dsp/filter-state/canceled",
            "dsp/filter-transition/canceled-with-the-job",
            "bdsrr/3.2.4.2/waiting-filters-canceled",
        )
    ),
    Mutant("bdsrr/3.2.4.2/response", "refused", (refused(CANCEL),), also=JOBS),
    Mutant("dsp/cancel-post-scan-job/best-effort", "not done", (refused(CANCEL, ended=True),), also=JOBS),
    Mutant(
        "dsp/job-description/psp-display-name", "another", _told(text("//dsp:PSP_DisplayName", "Other")), also=JOBS
    ),
    Mutant(
        "dsp/job-description/user-name", "another", _told(text("//dsp:JobOriginatingUserName", "eve")), also=JOBS
    ),
    Mutant(
        "dsp/create-post-scan-job/psp-identifier-as-text",
        "in braces",
        _told(text("//dsp:PSP_Identifier", "{C4F199C7-6876-4549-A86E-A85035952448}")),
        also=JOBS,
    ),
    Mutant("dsp/filter-status/one-for-each-filter", "two", _told(twice("//dsp:FilterStatus")), also=JOBS),
    *(
        Mutant(id, "a QName", _told(text("//dsp:FilterStatus/dsp:Dialect", "ftr:fileshare")), also=JOBS)
        for id in ("dsp/filter-status/dialect-is-the-whole-uri", "notes/c-11/dialect-elsewhere-is-a-uri")
    ),
    Mutant("bdsrr/3.2.1/post-scan-job", "no description", _told(without("//dsp:JobDescription")), also=JOBS),
    Mutant("dsp/operations/all-five", "one less", (unsupported(CANCEL),), also=JOBS),
    Mutant("dsp/job-token/guid", "numbered", (other_tokens(lambda token: f"job {token}"),), also=JOBS),
    Mutant(
        "notes/c-05/job-token-as-a-guid",
        "in braces",
        (other_tokens(lambda token: "{" + token.upper() + "}"),),
        also=JOBS,
    ),
    Mutant("dsp/job-token/length", "300 characters", (other_tokens(lambda token: token + "x" * 264),), also=JOBS),
)
