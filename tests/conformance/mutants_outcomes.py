"""Mutants of what jobs come to by their filters. The office has scan processes with dialects that nobody knows."""

from __future__ import annotations

from disturbed import fault
from mutant import Change, Mutant, rewritten, text

OF_JOBS = ("dsp/job-*", "dsp/filter-*", "notes/*", "psp/*", "bdsrr/*", "dsc/*", "dsp/*")
REASON = "//dsp:JobStatus//dsp:JobStateReason"
WITH_WARNINGS = fault("delivery", "with-warnings", text="the paper was creased", may_miss=True)
STOPPED = "//dsp:JobStatus[.//dsp:JobStateReason='PostScanJobProcessingFailed']"


def _told(id: str, does: str, change: Change) -> Mutant:
    return Mutant(id, does, (rewritten(change, "GetPostScanJobElements"),), office="several", also=OF_JOBS)


def _reason(id: str, before: str, after: str) -> Mutant:
    return _told(id, f"the reason {after}", text(f"{REASON}[.='{before}']", after))


MUTANTS = (
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
