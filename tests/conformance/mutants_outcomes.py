"""Mutants of what jobs come to by their filters. The office has scan processes with dialects that nobody knows."""

from __future__ import annotations

from typing import Any

from disturbed import fault
from mutant import Change, Mutant, at, rewritten, text

OF_JOBS = ("dsp/job-*", "dsp/filter-*", "notes/*", "psp/*", "bdsrr/*", "dsc/*", "dsp/*")
REASON = "//dsp:JobStatus//dsp:JobStateReason"
WITH_WARNINGS = fault("delivery", "with-warnings", text="the paper was creased", may_miss=True)
STOPPED = "//dsp:JobStatus[.//dsp:JobStateReason='PostScanJobProcessingFailed']"


def _told(id: str, does: str, change: Change) -> Mutant:
    return Mutant(id, does, (rewritten(change, "GetPostScanJobElements"),), office="several", also=OF_JOBS)


def _reason(id: str, before: str, after: str) -> Mutant:
    return _told(id, f"the reason {after}", text(f"{REASON}[.='{before}']", after))


FILTERS = "//dsp:FilterStatus//dsp:FilterStateReason"
REASONS = {
    "invalid-args": "InvalidArgs",
    "out-of-disk-space": "OutOfDiskSpace",
    "server-out-of-memory": "ServerOutOfMemory",
    "file-share-access-denied": "FileShareAccessDenied",
    "file-share-out-of-disk-space": "FileShareOutOfDiskSpace",
    "share-point-access-denied": "SharePointAccessDenied",
    "share-point-out-of-disk-space": "SharePointOutOfDiskSpace",
    "invalid-smtp-server": "InvalidSMTPServer",
    "unable-to-send-email": "UnableToSendEmail",
    "unknown-error": "UnknownError",
}
"""End of an id -> a reason of filters."""


def _of_one_that_is_done(reason: str) -> Change:
    """Filters that have ended with an error are told as done, with that reason."""

    def change(root: Any) -> None:
        for each in at(root, "//dsp:FilterStatus[.//dsp:FilterStateReason='InvalidArgs']"):
            text(".//dsp:FilterState", "CompletedSuccessfully")(each)
            text(".//dsp:FilterStateReason", reason)(each)

    return change


def _all_done(root: Any) -> None:
    """The filters of a job that was stopped have all done their work."""
    for each in at(root, STOPPED):
        text(".//dsp:FilterState", "CompletedSuccessfully")(each)


MUTANTS = (
    *(
        _told(f"dsp/filter-state-reason/{id}", "of a filter that has done its work", _of_one_that_is_done(reason))
        for id, reason in REASONS.items()
    ),
    *(
        _told(
            f"dsp/filter-state-reason/{id}",
            "of a filter of another dialect",
            text(f"{FILTERS}[.='InvalidArgs']", reason),
        )
        for id, reason in REASONS.items()
        if any(word in id for word in ("share", "email", "smtp"))
    ),
    *(
        _told(id, "all its filters have done their work", _all_done)
        for id in ("dsp/job-state/aborted", "dsp/job-state-reason/post-scan-job-processing-failed")
    ),
    _reason("dsp/job-state-reason/send-image-failed", "PostScanJobCompletedWithErrors", "SendImageFailed"),
    _reason(
        "dsp/job-state-reason/create-post-scan-job-failed",
        "PostScanJobCompletedWithErrors",
        "CreatePostScanJobFailed",
    ),
    _told(
        "dsp/job-transition/no-known-dialect",
        "its filters have ended otherwise",
        text("//dsp:FilterState[.='Canceled']", "CompletedWithErrors"),
    ),
    *(
        _reason(id, "NoValidPostScanInstructionsFound", "PostScanJobProcessingFailed")
        for id in (
            "dsp/job-transition/no-known-dialect",
            "dsp/job-state-reason/no-valid-post-scan-instructions-found",
            "notes/c-38/no-known-dialect-aborts",
        )
    ),
    *(
        _told(id, "another reason", text("//dsp:FilterStateReason[.='InvalidArgs']", "UnknownError"))
        for id in ("dsp/job-transition/some-known-dialect", "notes/c-38/unknown-dialect-among-known")
    ),
    *(
        _told(id, "Completed", text(f"{STOPPED}/dsp:JobState", "Completed"))
        for id in ("dsp/job-transition/stopped-at-an-error", "psp/scan-process/continue-on-error")
    ),
    _told(
        "dsp/job-transition/stopped-at-an-error",
        "the next filter is run",
        text(f"{STOPPED}//dsp:FilterStatus[2]/dsp:FilterState", "CompletedSuccessfully"),
    ),
    *(
        _reason(id, "PostScanJobProcessingFailed", "SendImageFailed")
        for id in ("dsp/job-transition/stopped-job-is-aborted", "notes/silent/final-state-after-filter-failure")
    ),
    *(
        _reason(id, "PostScanJobCompletedWithErrors", "PostScanJobCompletedSuccessfully")
        for id in (
            "dsp/job-transition/continued-after-an-error",
            "dsp/job-state-reason/post-scan-job-completed-with-errors",
        )
    ),
    _told(
        "dsp/filter-state/completed-with-errors",
        "it does not say which",
        text("//dsp:FilterStateReason[.='InvalidArgs']", "None"),
    ),
    *(
        Mutant(
            id,
            "as if there were none",
            (
                rewritten(
                    text(f"{REASON}[.='PostScanJobCompletedWithWarnings']", "PostScanJobCompletedSuccessfully"),
                    "GetPostScanJobElements",
                ),
            ),
            delivery=WITH_WARNINGS,
            also=OF_JOBS,
        )
        for id in (
            "dsp/job-state-reason/post-scan-job-completed-with-warnings",
            "dsp/filter-state/completed-with-warnings",
        )
    ),
)
