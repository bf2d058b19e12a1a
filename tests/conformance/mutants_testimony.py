"""Mutants of a server that contradicts itself."""

from __future__ import annotations

from typing import Any

from mutant import Mutant, at, rewritten, text

ASKS, END = "GetPostScanJobElements", "PostScanJobEndStateEvent"
WORDS = ("dsp/*", "bdsrr/*", "notes/*", "dsc/*")


def _one(id: str, does: str, change: Any, *operations: str) -> Mutant:
    return Mutant(id, does, (rewritten(change, *(operations or (ASKS,)), faults=False),), also=WORDS)


def _in(state: str, name: str) -> str:
    return f"//dsp:JobStatus[dsp:JobState='{state}']//dsp:{name}"


def _another_token(root: Any) -> None:
    for each in at(root, "//dsp:JobStatus/dsp:JobToken"):
        each.text = "5d1e8f3a-0000-4000-8000-000000000001"


MUTANTS = (
    _one("dsp/job-token/answer-is-about-that-job", "another", _another_token),
    _one("dsp/filter-state/goes-with-its-job", "at work", text(_in("Completed", "FilterState"), "Processing")),
    _one(
        "dsp/job-state-reason/goes-with-its-state",
        "cancelled",
        text(_in("Completed", "JobStateReason"), "PostScanJobCanceled"),
    ),
    *(
        _one(id, "a span", text("//dsp:JobCreatedTime", "PT5S"))
        for id in ("dsp/time/date-time", "notes/c-12/job-times-are-date-times")
    ),
    *(
        _one(id, "of 1970", text("//dsp:JobCreatedTime", "1970-01-01T00:00:00Z"))
        for id in ("dsp/time/local-time", "bdsrr/2.2.4.1/local-time")
    ),
    _one("notes/c-20/pending-held-of-dsp", "PendingHeld", text(_in("Creating", "JobState"), "PendingHeld")),
    _one("notes/c-21/terminating-is-not-final", "Terminating", text("//dsp:JobCompletedState", "Terminating"), END),
    _one(
        "notes/c-30/completed-state-is-a-state",
        "a reason",
        text("//dsp:JobCompletedState", "PostScanJobCanceled"),
        END,
    ),
    _one(
        "notes/c-03/sharepoint-reasons-sent", "Sharepoint", text("//dsp:JobStateReason", "SharepointAccessDenied")
    ),
    _one("notes/c-04/send-image-failed-sent", "SendImangeFailed", text("//dsp:JobStateReason", "SendImangeFailed")),
)
