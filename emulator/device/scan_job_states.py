"""States of scan jobs as tables, with the documents' own names (ws-scan.md 2.4 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emulator.wsscan.values.jobs import FINAL_SCAN_JOB_STATES, ScanJobState, ScanJobStateReason


class ScanJobTrigger(StrEnum):
    """What moves a scan job."""

    CREATED = "CreateScanJob accepted"
    SET_UP = "the job is set up and waits for the scan head"
    TAKEN = "the scan head takes the job"
    ACQUISITION_BEGINS = "acquisition begins"
    DIGITISED = "the last image of a scan at the panel has been digitised"
    DELIVERED = "the last image has been delivered"
    TIMED_OUT = "no RetrieveImage within the time limit"
    TRANSFER_FAILED = "an image could not be transferred"
    SCAN_FAILED = "a page could not be scanned or encoded"
    CANCELED = "CancelJob accepted"
    CANCELED_AT_DEVICE = "a user cancels at the panel"
    TERMINATED = "work on the job has ended"


@dataclass(frozen=True, slots=True)
class ScanJobTransition:
    """Where a job goes, and the JobStateReason it then has (None: the reason stays as it is)."""

    state: ScanJobState
    reason: ScanJobStateReason | None = None


_CANCEL: Final = {
    # The law: [wscn/job-state/open-to-terminating]
    ScanJobTrigger.CANCELED: ScanJobTransition(ScanJobState.TERMINATING, ScanJobStateReason.NONE),
    ScanJobTrigger.CANCELED_AT_DEVICE: ScanJobTransition(  # [wscn/job-state/open-to-terminating-at-device]
        ScanJobState.TERMINATING, ScanJobStateReason.JOB_CANCELED_AT_DEVICE
    ),
}
_ABORT: Final = {
    # RetrieveImage page: a device ends a job whose images nobody fetches.
    # The law: [wscn/job-state/pending-to-aborted-by-time] [wscn/job-state/processing-to-aborted-by-time]
    ScanJobTrigger.TIMED_OUT: ScanJobTransition(ScanJobState.ABORTED, ScanJobStateReason.JOB_TIMED_OUT),
    # No reason of the list speaks of a page that cannot be scanned; this one is nearest.
    ScanJobTrigger.SCAN_FAILED: ScanJobTransition(ScanJobState.ABORTED, ScanJobStateReason.DOCUMENT_FORMAT_ERROR),
}

# The law: [dsd/job/ends-with-the-last-image]
SCAN_JOB_TRANSITIONS: Final[Mapping[ScanJobState | None, Mapping[ScanJobTrigger, ScanJobTransition]]] = {
    # None is "no job yet". Nothing moves a job that is in a final state [wscn/job-state/final-stays].
    # The law: [wscn/job-state/none-to-creating]
    None: {ScanJobTrigger.CREATED: ScanJobTransition(ScanJobState.CREATING, ScanJobStateReason.NONE)},
    # The law: [wscn/job-state/creating-to-pending]
    ScanJobState.CREATING: {ScanJobTrigger.SET_UP: ScanJobTransition(ScanJobState.PENDING), **_CANCEL},
    # The law: [wscn/job-state/pending-to-started]
    ScanJobState.PENDING: {ScanJobTrigger.TAKEN: ScanJobTransition(ScanJobState.STARTED), **_CANCEL, **_ABORT},
    ScanJobState.HELD: _CANCEL,
    ScanJobState.STARTED: {
        # The law: [wscn/job-state/started-to-processing]
        ScanJobTrigger.ACQUISITION_BEGINS: ScanJobTransition(ScanJobState.PROCESSING),
        **_CANCEL,
        **_ABORT,
    },
    ScanJobState.PROCESSING: {
        # All image data has been delivered [wscn/job-state/processing-to-completed].
        ScanJobTrigger.DELIVERED: ScanJobTransition(ScanJobState.COMPLETED, ScanJobStateReason.NONE),
        # Scan Job Execution page of WS-DSD: a scan that a user has begun at the device ends here
        # [wscn/job-state/ended-when-digitised-for-dsd].
        ScanJobTrigger.DIGITISED: ScanJobTransition(ScanJobState.COMPLETED, ScanJobStateReason.NONE),
        ScanJobTrigger.TRANSFER_FAILED: ScanJobTransition(  # [wscn/job-state/processing-to-aborted-by-transfer]
            ScanJobState.ABORTED, ScanJobStateReason.IMAGE_TRANSFER_ERROR
        ),
        **_CANCEL,
        **_ABORT,
    },
    # The law: [wscn/job-state/terminating-to-canceled]
    ScanJobState.TERMINATING: {ScanJobTrigger.TERMINATED: ScanJobTransition(ScanJobState.CANCELED)},
    ScanJobState.CANCELED: {},
    ScanJobState.ABORTED: {},
    ScanJobState.COMPLETED: {},
}


class IllegalScanJobTransition(RuntimeError):
    """A transition that the table does not have: a bug of whoever asked for it."""

    def __init__(self, state: ScanJobState | None, trigger: ScanJobTrigger) -> None:
        super().__init__(f"no transition from {state or 'no job'} when {trigger}")
        self.state = state
        self.trigger = trigger


def next_scan_job_state(state: ScanJobState | None, trigger: ScanJobTrigger) -> ScanJobTransition:
    """Where `trigger` moves a job that is in `state`. Raises IllegalScanJobTransition."""
    try:
        return SCAN_JOB_TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalScanJobTransition(state, trigger) from None


@dataclass(frozen=True, slots=True)
class JobActivity:
    """What goes on with a job that is in Processing."""

    stopped: bool
    """The scanner is Stopped."""
    scanning: bool
    transferring: bool


_R: Final = ScanJobStateReason
PROCESSING_REASONS: Final[Mapping[JobActivity, ScanJobStateReason]] = {
    # JobStateReason page. A job may wait for its client with all pages scanned: then nothing is to be told.
    JobActivity(stopped=False, scanning=False, transferring=False): _R.NONE,  # [wscn/job-reason/none]
    JobActivity(
        stopped=False, scanning=True, transferring=False
    ): _R.JOB_SCANNING,  # [wscn/job-reason/job-scanning]
    # The law: [wscn/job-reason/job-transferring]
    JobActivity(stopped=False, scanning=False, transferring=True): _R.JOB_TRANSFERRING,
    # The law: [wscn/job-reason/job-scanning-and-transferring]
    JobActivity(stopped=False, scanning=True, transferring=True): _R.JOB_SCANNING_AND_TRANSFERRING,
    # A job whose pages have all been scanned does not need the scanner any more.
    JobActivity(stopped=True, scanning=False, transferring=False): _R.NONE,
    JobActivity(stopped=True, scanning=False, transferring=True): _R.JOB_TRANSFERRING,
    # The law: [wscn/job-reason/scanner-stopped]
    JobActivity(stopped=True, scanning=True, transferring=False): _R.SCANNER_STOPPED,
    # The law: [wscn/job-reason/scanner-stopped]
    JobActivity(stopped=True, scanning=True, transferring=True): _R.SCANNER_STOPPED,
}
"""JobStateReason inside Processing; what goes on changes it without a change of state."""

WAITING_REASONS: Final[Mapping[bool, ScanJobStateReason]] = {False: _R.NONE, True: _R.SCANNER_STOPPED}
"""JobStateReason of a job that waits for the scan head (Pending, Started), by whether the scanner is Stopped
(JobStateReason page)."""


class ScanJobAnswer(StrEnum):
    """What the device answers to an operation by the state of its job, the other arguments being right."""

    ACCEPTED = "accepted"
    NO_IMAGES_AVAILABLE = "ClientErrorNoImagesAvailable"
    JOB_CANCELLED = "ClientErrorJobCancelled"
    OPERATION_FAILED = "OperationFailed"
    NOT_FOUND = "ClientErrorJobIdNotFound"


_OPEN: Final = tuple(state for state in ScanJobState if state not in FINAL_SCAN_JOB_STATES)

SCAN_JOB_ANSWERS: Final[Mapping[str, Mapping[ScanJobState | None, ScanJobAnswer]]] = {
    # None is "no such job". A finished job cannot be cancelled
    # [wscn/cancel-job/ended-job-refused]; which fault is a
    # choice [wscn/fault/cancel-of-an-ended-job]. A job
    # that was aborted must not look like the end of a batch: OperationFailed.
    "RetrieveImage": {
        None: ScanJobAnswer.NOT_FOUND,
        **dict.fromkeys(_OPEN, ScanJobAnswer.ACCEPTED),
        ScanJobState.TERMINATING: ScanJobAnswer.JOB_CANCELLED,
        ScanJobState.CANCELED: ScanJobAnswer.JOB_CANCELLED,  # [wscn/fault/client-error-job-cancelled]
        ScanJobState.ABORTED: ScanJobAnswer.OPERATION_FAILED,
        ScanJobState.COMPLETED: ScanJobAnswer.NO_IMAGES_AVAILABLE,  # [wscn/retrieve-image/after-the-last-image]
    },
    "CancelJob": {  # [wscn/cancel-job/unknown-job]
        None: ScanJobAnswer.NOT_FOUND,
        **dict.fromkeys(_OPEN, ScanJobAnswer.ACCEPTED),
        ScanJobState.TERMINATING: ScanJobAnswer.OPERATION_FAILED,
        **dict.fromkeys(FINAL_SCAN_JOB_STATES, ScanJobAnswer.OPERATION_FAILED),
    },
    # The law: [wscn/get-job-elements/unknown-job]
    "GetJobElements": {None: ScanJobAnswer.NOT_FOUND, **dict.fromkeys(ScanJobState, ScanJobAnswer.ACCEPTED)},
}

SCAN_JOB_ANSWERS_BY_REASON: Final[Mapping[tuple[str, ScanJobStateReason | None], ScanJobAnswer]] = {
    # The device has given up a job whose client did not come (RetrieveImage page): for who comes after all it is
    # there no more. Clients know that answer; OperationFailed they take for a broken scanner.
    ("RetrieveImage", ScanJobStateReason.JOB_TIMED_OUT): ScanJobAnswer.NOT_FOUND,
}
"""What goes before the answer by state. [clients/sane-airscan/batch-ends-by-fault]"""


def scan_job_answer(
    operation: str, state: ScanJobState | None, reason: ScanJobStateReason | None = None
) -> ScanJobAnswer:
    """What the device answers to `operation` on a job of that state and reason; None: no such job."""
    return SCAN_JOB_ANSWERS_BY_REASON.get((operation, reason), SCAN_JOB_ANSWERS[operation][state])
