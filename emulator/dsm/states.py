"""States of post-scan jobs and filters as tables, with the documents' own names (dsm.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """dsp:JobState (its page). Vendors may add `prefix:keyword`."""

    CREATING = "Creating"
    PENDING = "Pending"
    PENDING_HELD = "Pending-Held"
    """Cannot be caused through the web service. [notes/c-20/pending-held-of-dsp]"""
    STARTED = "Started"
    """Transient: seen in status events mostly. [notes/c-13/started-is-transient]"""
    PROCESSING = "Processing"
    TERMINATING = "Terminating"
    """Never returned by Windows (MS-BDSRR section 7, note 9)."""
    CANCELED = "Canceled"
    ABORTED = "Aborted"
    COMPLETED = "Completed"


FINAL_JOB_STATES: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})
"""JobCompletedState (its page). [notes/c-21/terminating-is-not-final]"""


_PROGRESS: Final = {
    JobState.CREATING: 0,
    JobState.PENDING: 1,
    JobState.PENDING_HELD: 1,
    JobState.STARTED: 2,
    JobState.PROCESSING: 3,
    JobState.TERMINATING: 4,
    JobState.CANCELED: 5,
    JobState.ABORTED: 5,
    JobState.COMPLETED: 5,
}


def precedes(state: JobState | str, other: JobState | str) -> bool:
    """Whether a job comes through `state` before it is in `other`, so that to hear of it then is old news. A
    vendor's state precedes the final ones only."""
    if not isinstance(state, JobState) or not isinstance(other, JobState):
        return other in FINAL_JOB_STATES and state not in FINAL_JOB_STATES
    return _PROGRESS[state] < _PROGRESS[other]


class JobStateReason(StrEnum):
    """dsp:JobStateReason (its page; MS-BDSRR 2.2.5.11 for PostScanJobTimedOut)."""

    NONE = "None"
    TIMED_OUT = "PostScanJobTimedOut"  # [notes/c-33/timed-out-reason]
    NO_VALID_INSTRUCTIONS = "NoValidPostScanInstructionsFound"  # [notes/c-38/no-known-dialect-aborts]
    CREATE_FAILED = "CreatePostScanJobFailed"
    SEND_IMAGE_FAILED = "SendImageFailed"  # [notes/c-04/send-image-failed-sent]
    CANCELED = "PostScanJobCanceled"  # [notes/c-30/canceled-by-the-cancel-operation]
    PROCESSING_FAILED = "PostScanJobProcessingFailed"
    COMPLETED_SUCCESSFULLY = "PostScanJobCompletedSuccessfully"
    COMPLETED_WITH_ERRORS = "PostScanJobCompletedWithErrors"
    COMPLETED_WITH_WARNINGS = "PostScanJobCompletedWithWarnings"
    """Not returned by Windows Server 2008 R2 (MS-BDSRR section 7, note 8)."""


class FilterState(StrEnum):
    """dsp:FilterState (its page)."""

    PENDING = "Pending"
    PROCESSING = "Processing"
    CANCELED = "Canceled"
    COMPLETED_SUCCESSFULLY = "CompletedSuccessfully"
    COMPLETED_WITH_ERRORS = "CompletedWithErrors"
    COMPLETED_WITH_WARNINGS = "CompletedWithWarnings"


FINAL_FILTER_STATES: Final = frozenset(
    {
        FilterState.CANCELED,
        FilterState.COMPLETED_SUCCESSFULLY,
        FilterState.COMPLETED_WITH_ERRORS,
        FilterState.COMPLETED_WITH_WARNINGS,
    }
)


class FilterStateReason(StrEnum):
    """dsp:FilterStateReason; the SharePoint ones as MS-BDSRR spells them
    [notes/c-03/sharepoint-reasons-sent]."""

    INVALID_ARGS = "InvalidArgs"
    OUT_OF_DISK_SPACE = "OutOfDiskSpace"
    SERVER_OUT_OF_MEMORY = "ServerOutOfMemory"
    FILE_SHARE_ACCESS_DENIED = "FileShareAccessDenied"
    FILE_SHARE_OUT_OF_DISK_SPACE = "FileShareOutOfDiskSpace"
    SHAREPOINT_ACCESS_DENIED = "SharePointAccessDenied"
    SHAREPOINT_OUT_OF_DISK_SPACE = "SharePointOutOfDiskSpace"
    INVALID_SMTP_SERVER = "InvalidSMTPServer"
    UNABLE_TO_SEND_EMAIL = "UnableToSendEmail"
    UNKNOWN_ERROR = "UnknownError"


class JobTrigger(StrEnum):
    """What moves a job at the scan server."""

    CREATED = "CreatePostScanJob accepted"
    CREATE_FAILED = "the creation fails"
    NO_VALID_INSTRUCTIONS = "no filter dialect is recognised"
    IMAGE_RECEIVED = "SendImage accepted"
    SEND_IMAGE_FAILED = "a SendImage fails"
    TIMED_OUT = "no SendImage or EndPostScanJob within the time limit"
    ENDED = "EndPostScanJob accepted"
    SCHEDULED = "the scheduler takes the job"
    FILTERS_BEGIN = "the first filter begins"
    FILTERS_SUCCEEDED = "all filters are done, none with an error or a warning"
    FILTERS_WARNED = "all filters are done, some with a warning, none with an error"
    FILTERS_FAILED = "all filters are done, some with an error, and ContinueOnError is true"
    FILTER_STOPPED_JOB = "a filter fails and ContinueOnError is false"
    CANCELED = "CancelPostScanJob accepted"


@dataclass(frozen=True, slots=True)
class JobTransition:
    """Where a job goes, and the JobStateReason it then has (None: the reason stays as it is)."""

    state: JobState
    reason: JobStateReason | None = None


_CANCEL: Final = {JobTrigger.CANCELED: JobTransition(JobState.CANCELED, JobStateReason.CANCELED)}

JOB_TRANSITIONS: Final[Mapping[JobState | None, Mapping[JobTrigger, JobTransition]]] = {
    # dsm.md 6.1; None is "no job yet". Nothing moves a job that is in a final state.
    None: {JobTrigger.CREATED: JobTransition(JobState.CREATING)},
    JobState.CREATING: {
        JobTrigger.IMAGE_RECEIVED: JobTransition(JobState.CREATING),
        JobTrigger.ENDED: JobTransition(JobState.PENDING),
        JobTrigger.CREATE_FAILED: JobTransition(JobState.ABORTED, JobStateReason.CREATE_FAILED),
        JobTrigger.NO_VALID_INSTRUCTIONS: JobTransition(JobState.ABORTED, JobStateReason.NO_VALID_INSTRUCTIONS),
        JobTrigger.SEND_IMAGE_FAILED: JobTransition(JobState.ABORTED, JobStateReason.SEND_IMAGE_FAILED),
        # MS-BDSRR 2.2.5.11 says that the job "completes"; that its state is Aborted is a choice
        # [notes/silent/final-state-after-time-out].
        JobTrigger.TIMED_OUT: JobTransition(JobState.ABORTED, JobStateReason.TIMED_OUT),
        **_CANCEL,
    },
    JobState.PENDING: {JobTrigger.SCHEDULED: JobTransition(JobState.STARTED), **_CANCEL},
    JobState.PENDING_HELD: _CANCEL,
    JobState.STARTED: {JobTrigger.FILTERS_BEGIN: JobTransition(JobState.PROCESSING), **_CANCEL},
    JobState.PROCESSING: {
        JobTrigger.FILTERS_SUCCEEDED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_SUCCESSFULLY),
        JobTrigger.FILTERS_WARNED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_WITH_WARNINGS),
        JobTrigger.FILTERS_FAILED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_WITH_ERRORS),
        # "The job stops" (DSM pages); that its state is Aborted is a choice
        # [notes/silent/final-state-after-filter-failure].
        JobTrigger.FILTER_STOPPED_JOB: JobTransition(JobState.ABORTED, JobStateReason.PROCESSING_FAILED),
        **_CANCEL,
    },
    JobState.TERMINATING: _CANCEL,
    JobState.CANCELED: {},
    JobState.ABORTED: {},
    JobState.COMPLETED: {},
}


class FilterTrigger(StrEnum):
    """What moves a filter."""

    BEGIN = "the job reaches the filter"
    SUCCEED = "done"
    WARN = "done, with a warning"
    FAIL = "an error"
    CANCEL = "the job ends before the filter is done"


FILTER_TRANSITIONS: Final[Mapping[FilterState, Mapping[FilterTrigger, FilterState]]] = {
    # dsm.md 6.2; a filter begins as Pending.
    FilterState.PENDING: {
        FilterTrigger.BEGIN: FilterState.PROCESSING,
        FilterTrigger.CANCEL: FilterState.CANCELED,
    },
    FilterState.PROCESSING: {
        FilterTrigger.SUCCEED: FilterState.COMPLETED_SUCCESSFULLY,
        FilterTrigger.WARN: FilterState.COMPLETED_WITH_WARNINGS,
        FilterTrigger.FAIL: FilterState.COMPLETED_WITH_ERRORS,
        FilterTrigger.CANCEL: FilterState.CANCELED,
    },
    FilterState.CANCELED: {},
    FilterState.COMPLETED_SUCCESSFULLY: {},
    FilterState.COMPLETED_WITH_ERRORS: {},
    FilterState.COMPLETED_WITH_WARNINGS: {},
}


class IllegalTransition(RuntimeError):
    """A transition that the table does not have: a bug of whoever asked for it."""

    def __init__(self, state: JobState | FilterState | None, trigger: JobTrigger | FilterTrigger) -> None:
        super().__init__(f"no transition from {state or 'no job'} when {trigger}")
        self.state = state
        self.trigger = trigger


def next_state(state: JobState | None, trigger: JobTrigger) -> JobTransition:
    """Where `trigger` moves a job that is in `state`. Raises IllegalTransition."""
    try:
        return JOB_TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalTransition(state, trigger) from None


def next_filter_state(state: FilterState, trigger: FilterTrigger) -> FilterState:
    """Where `trigger` moves a filter that is in `state`. Raises IllegalTransition."""
    try:
        return FILTER_TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalTransition(state, trigger) from None


class Answer(StrEnum):
    """What a scan server answers to an operation by the state of its job, the other arguments being right."""

    ACCEPTED = "accepted"
    OPERATION_FAILED = "OperationFailed"
    NOT_FOUND = "ClientErrorJobTokenNotFound"


_RUNNING: Final = (
    JobState.PENDING,
    JobState.PENDING_HELD,
    JobState.STARTED,
    JobState.PROCESSING,
    JobState.TERMINATING,
)


def _row(creating: Answer, running: Answer, ended: Answer) -> dict[JobState | None, Answer]:
    """None, no such job, is the same for every operation."""
    row: dict[JobState | None, Answer] = {None: Answer.NOT_FOUND, JobState.CREATING: creating}
    return row | dict.fromkeys(_RUNNING, running) | dict.fromkeys(FINAL_JOB_STATES, ended)


OPERATION_ANSWERS: Final[Mapping[str, Mapping[JobState | None, Answer]]] = {
    # dsm.md 6.3. Only the rows of CancelPostScanJob and GetPostScanJobElements are documented (MS-BDSRR
    # 3.2.4.2, 3.2.4.3); a client must take every other cell either way.
    "SendImage": _row(Answer.ACCEPTED, Answer.OPERATION_FAILED, Answer.NOT_FOUND),
    "EndPostScanJob": _row(Answer.ACCEPTED, Answer.OPERATION_FAILED, Answer.NOT_FOUND),
    "CancelPostScanJob": _row(Answer.ACCEPTED, Answer.ACCEPTED, Answer.NOT_FOUND),
    "GetPostScanJobElements": _row(Answer.ACCEPTED, Answer.ACCEPTED, Answer.ACCEPTED),
}
