"""States of post-scan jobs and filters as tables, with the documents' own names (dsm.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """dsp:JobState (its page). Vendors may add `prefix:keyword`. [dsp/job-state/vendor-values]"""

    CREATING = "Creating"  # [dsp/job-state/creating]
    PENDING = "Pending"  # [dsp/job-state/pending]
    PENDING_HELD = "Pending-Held"
    """Cannot be caused through the web service. [notes/c-20/pending-held-of-dsp] [dsp/job-state/pending-held]"""
    STARTED = "Started"
    """Transient: seen in status events mostly. [notes/c-13/started-is-transient] [dsp/job-state/started]"""
    PROCESSING = "Processing"  # [dsp/job-state/processing]
    TERMINATING = "Terminating"
    """Never returned by Windows [bdsrr/7/note-9-never-terminating]. [dsp/job-state/terminating]"""
    CANCELED = "Canceled"  # [dsp/job-state/canceled]
    ABORTED = "Aborted"  # [dsp/job-state/aborted]
    COMPLETED = "Completed"  # [dsp/job-state/completed]


FINAL_JOB_STATES: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})
"""JobCompletedState (its page). [notes/c-21/terminating-is-not-final] [dsp/job-state/final-states]"""


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

    NONE = "None"  # [dsp/job-state-reason/none]
    # The law: [dsp/job-state-reason/post-scan-job-timed-out]
    TIMED_OUT = "PostScanJobTimedOut"  # [notes/c-33/timed-out-reason]
    # The law: [dsp/job-state-reason/no-valid-post-scan-instructions-found]
    NO_VALID_INSTRUCTIONS = "NoValidPostScanInstructionsFound"  # [notes/c-38/no-known-dialect-aborts]
    CREATE_FAILED = "CreatePostScanJobFailed"  # [dsp/job-state-reason/create-post-scan-job-failed]
    # The law: [dsp/job-state-reason/send-image-failed]
    SEND_IMAGE_FAILED = "SendImageFailed"  # [notes/c-04/send-image-failed-sent]
    # The law: [dsp/job-state-reason/post-scan-job-canceled]
    CANCELED = "PostScanJobCanceled"  # [notes/c-30/canceled-by-the-cancel-operation]
    PROCESSING_FAILED = "PostScanJobProcessingFailed"  # [dsp/job-state-reason/post-scan-job-processing-failed]
    # The law: [dsp/job-state-reason/post-scan-job-completed-successfully]
    COMPLETED_SUCCESSFULLY = "PostScanJobCompletedSuccessfully"
    # The law: [dsp/job-state-reason/post-scan-job-completed-with-errors]
    COMPLETED_WITH_ERRORS = "PostScanJobCompletedWithErrors"
    COMPLETED_WITH_WARNINGS = "PostScanJobCompletedWithWarnings"
    """Not returned by Windows Server 2008 R2 [bdsrr/7/note-8-no-warnings].
    [dsp/job-state-reason/post-scan-job-completed-with-warnings]"""


class FilterState(StrEnum):
    """dsp:FilterState (its page)."""

    PENDING = "Pending"  # [dsp/filter-state/pending]
    PROCESSING = "Processing"  # [dsp/filter-state/processing]
    CANCELED = "Canceled"  # [dsp/filter-state/canceled]
    COMPLETED_SUCCESSFULLY = "CompletedSuccessfully"  # [dsp/filter-state/completed-successfully]
    COMPLETED_WITH_ERRORS = "CompletedWithErrors"  # [dsp/filter-state/completed-with-errors]
    COMPLETED_WITH_WARNINGS = "CompletedWithWarnings"  # [dsp/filter-state/completed-with-warnings]


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

    INVALID_ARGS = "InvalidArgs"  # [dsp/filter-state-reason/invalid-args]
    OUT_OF_DISK_SPACE = "OutOfDiskSpace"  # [dsp/filter-state-reason/out-of-disk-space]
    SERVER_OUT_OF_MEMORY = "ServerOutOfMemory"  # [dsp/filter-state-reason/server-out-of-memory]
    FILE_SHARE_ACCESS_DENIED = "FileShareAccessDenied"  # [dsp/filter-state-reason/file-share-access-denied]
    # The law: [dsp/filter-state-reason/file-share-out-of-disk-space]
    FILE_SHARE_OUT_OF_DISK_SPACE = "FileShareOutOfDiskSpace"
    SHAREPOINT_ACCESS_DENIED = "SharePointAccessDenied"  # [dsp/filter-state-reason/share-point-access-denied]
    # The law: [dsp/filter-state-reason/share-point-out-of-disk-space]
    SHAREPOINT_OUT_OF_DISK_SPACE = "SharePointOutOfDiskSpace"
    INVALID_SMTP_SERVER = "InvalidSMTPServer"  # [dsp/filter-state-reason/invalid-smtp-server]
    UNABLE_TO_SEND_EMAIL = "UnableToSendEmail"  # [dsp/filter-state-reason/unable-to-send-email]
    UNKNOWN_ERROR = "UnknownError"  # [dsp/filter-state-reason/unknown-error]


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


# The law: [dsp/job-transition/canceled] [bdsrr/3.2.4.2/state-canceled]
# The law: [bdsrr/3.2.4.2/reason-post-scan-job-canceled]
_CANCEL: Final = {JobTrigger.CANCELED: JobTransition(JobState.CANCELED, JobStateReason.CANCELED)}

JOB_TRANSITIONS: Final[Mapping[JobState | None, Mapping[JobTrigger, JobTransition]]] = {
    # None is "no job yet". Nothing moves a job that is in a final state.
    None: {JobTrigger.CREATED: JobTransition(JobState.CREATING)},  # [dsp/job-transition/created]
    JobState.CREATING: {
        # The law: [dsp/job-transition/creating-while-images-arrive]
        JobTrigger.IMAGE_RECEIVED: JobTransition(JobState.CREATING),
        JobTrigger.ENDED: JobTransition(JobState.PENDING),  # [dsp/job-transition/end-leads-to-pending]
        # The law: [dsp/job-transition/creation-failed]
        JobTrigger.CREATE_FAILED: JobTransition(JobState.ABORTED, JobStateReason.CREATE_FAILED),
        # The law: [dsp/job-transition/no-known-dialect]
        JobTrigger.NO_VALID_INSTRUCTIONS: JobTransition(JobState.ABORTED, JobStateReason.NO_VALID_INSTRUCTIONS),
        # The law: [dsp/job-transition/image-failed]
        JobTrigger.SEND_IMAGE_FAILED: JobTransition(JobState.ABORTED, JobStateReason.SEND_IMAGE_FAILED),
        # MS-BDSRR 2.2.5.11 says that the job "completes"; that its state is Aborted is a choice
        # [notes/silent/final-state-after-time-out].
        # The law: [dsp/job-transition/timed-out] [dsp/job-transition/timed-out-is-aborted]
        JobTrigger.TIMED_OUT: JobTransition(JobState.ABORTED, JobStateReason.TIMED_OUT),
        **_CANCEL,
    },
    # The law: [dsp/job-transition/pending-started-processing]
    JobState.PENDING: {JobTrigger.SCHEDULED: JobTransition(JobState.STARTED), **_CANCEL},
    JobState.PENDING_HELD: _CANCEL,
    # The law: [dsp/job-transition/pending-started-processing]
    JobState.STARTED: {JobTrigger.FILTERS_BEGIN: JobTransition(JobState.PROCESSING), **_CANCEL},
    JobState.PROCESSING: {
        # The law: [dsp/job-transition/filters-done]
        JobTrigger.FILTERS_SUCCEEDED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_SUCCESSFULLY),
        JobTrigger.FILTERS_WARNED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_WITH_WARNINGS),
        # The law: [dsp/job-transition/continued-after-an-error]
        JobTrigger.FILTERS_FAILED: JobTransition(JobState.COMPLETED, JobStateReason.COMPLETED_WITH_ERRORS),
        # "The job stops" (DSM pages); that its state is Aborted is a choice
        # [notes/silent/final-state-after-filter-failure].
        # The law: [dsp/job-transition/stopped-at-an-error] [dsp/job-transition/stopped-job-is-aborted]
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
    # A filter begins as Pending.
    FilterState.PENDING: {
        FilterTrigger.BEGIN: FilterState.PROCESSING,  # [dsp/filter-transition/pending-to-processing]
        FilterTrigger.CANCEL: FilterState.CANCELED,  # [dsp/filter-transition/canceled-with-the-job]
    },
    FilterState.PROCESSING: {
        # The law: [dsp/filter-transition/completed-from-processing]
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
    # Only the rows of CancelPostScanJob and GetPostScanJobElements are documented (MS-BDSRR 3.2.4.2, 3.2.4.3); a
    # client must take every other cell either way [dsp/answer/inferred-ones-either-way].
    # The law: [dsp/answer/send-image-to-an-unknown-token] [dsp/answer/send-image-while-creating]
    # The law: [dsp/answer/send-image-after-the-end] [dsp/answer/send-image-to-an-ended-job]
    "SendImage": _row(Answer.ACCEPTED, Answer.OPERATION_FAILED, Answer.NOT_FOUND),
    # The law: [dsp/answer/end-of-an-unknown-token] [dsp/answer/end-while-creating]
    # The law: [dsp/answer/end-after-the-end] [dsp/answer/end-of-an-ended-job]
    "EndPostScanJob": _row(Answer.ACCEPTED, Answer.OPERATION_FAILED, Answer.NOT_FOUND),
    # The law: [dsp/answer/cancel-of-an-unknown-token] [dsp/answer/cancel-while-creating]
    # The law: [dsp/answer/cancel-while-processing] [dsp/answer/cancel-of-an-ended-job]
    # The law: [bdsrr/3.2.4.2/cancel-of-an-ended-job]
    "CancelPostScanJob": _row(Answer.ACCEPTED, Answer.ACCEPTED, Answer.NOT_FOUND),
    # The law: [dsp/answer/elements-of-an-unknown-token] [dsp/answer/elements-while-creating]
    # The law: [dsp/answer/elements-while-processing] [dsp/answer/elements-of-an-ended-job]
    # The law: [bdsrr/3.2.4.3/unknown-token] [bdsrr/3.2.4.3/known-token-is-answered]
    "GetPostScanJobElements": _row(Answer.ACCEPTED, Answer.ACCEPTED, Answer.ACCEPTED),
}
