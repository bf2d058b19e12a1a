"""The state tables against dsm.md section 6, good and bad pairs written out here and not taken from the tables."""

from __future__ import annotations

import pytest

from emulator.dsm.states import (
    FILTER_TRANSITIONS,
    FINAL_FILTER_STATES,
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    OPERATION_ANSWERS,
    Answer,
    FilterState,
    FilterStateReason,
    FilterTrigger,
    IllegalTransition,
    JobState,
    JobStateReason,
    JobTransition,
    JobTrigger,
    next_filter_state,
    next_state,
)

# The keywords, letter by letter as on the wire


def test_the_keywords_are_those_of_the_documents() -> None:
    # The law: [dsp/job-state/creating] [dsp/job-state/pending] [dsp/job-state/pending-held]
    # The law: [dsp/job-state/started] [dsp/job-state/processing] [dsp/job-state/terminating]
    # The law: [dsp/job-state/canceled] [dsp/job-state/aborted] [dsp/job-state/completed]
    # The law: [dsp/job-state-reason/none] [dsp/job-state-reason/post-scan-job-timed-out]
    # The law: [dsp/job-state-reason/no-valid-post-scan-instructions-found]
    # The law: [dsp/job-state-reason/create-post-scan-job-failed] [dsp/job-state-reason/send-image-failed]
    # The law: [dsp/job-state-reason/post-scan-job-canceled]
    # The law: [dsp/job-state-reason/post-scan-job-processing-failed]
    # The law: [dsp/job-state-reason/post-scan-job-completed-successfully]
    # The law: [dsp/job-state-reason/post-scan-job-completed-with-errors]
    # The law: [dsp/job-state-reason/post-scan-job-completed-with-warnings] [dsp/filter-state/pending]
    # The law: [dsp/filter-state/processing] [dsp/filter-state/canceled]
    # The law: [dsp/filter-state/completed-successfully] [dsp/filter-state/completed-with-errors]
    # The law: [dsp/filter-state/completed-with-warnings] [dsp/filter-state-reason/invalid-args]
    # The law: [dsp/filter-state-reason/out-of-disk-space] [dsp/filter-state-reason/server-out-of-memory]
    # The law: [dsp/filter-state-reason/file-share-access-denied]
    # The law: [dsp/filter-state-reason/file-share-out-of-disk-space]
    # The law: [dsp/filter-state-reason/share-point-access-denied]
    # The law: [dsp/filter-state-reason/share-point-out-of-disk-space]
    # The law: [dsp/filter-state-reason/invalid-smtp-server] [dsp/filter-state-reason/unable-to-send-email]
    # The law: [dsp/filter-state-reason/unknown-error] [notes/c-20/pending-held-of-dsp]
    # The law: [notes/c-33/timed-out-reason] [notes/c-03/sharepoint-reasons-sent]
    # The law: [notes/c-04/send-image-failed-sent]
    assert {str(each) for each in JobState} == {
        "Creating",
        "Pending",
        "Pending-Held",
        "Started",
        "Processing",
        "Terminating",
        "Canceled",
        "Aborted",
        "Completed",
    }
    assert {str(each) for each in FilterState} == {
        "Pending",
        "Processing",
        "Canceled",
        "CompletedSuccessfully",
        "CompletedWithErrors",
        "CompletedWithWarnings",
    }
    assert {str(each) for each in JobStateReason} == {
        "None",
        "PostScanJobTimedOut",
        "NoValidPostScanInstructionsFound",
        "CreatePostScanJobFailed",
        "SendImageFailed",
        "PostScanJobCanceled",
        "PostScanJobProcessingFailed",
        "PostScanJobCompletedSuccessfully",
        "PostScanJobCompletedWithErrors",
        "PostScanJobCompletedWithWarnings",
    }
    assert {str(each) for each in FilterStateReason} == {
        "InvalidArgs",
        "OutOfDiskSpace",
        "ServerOutOfMemory",
        "FileShareAccessDenied",
        "FileShareOutOfDiskSpace",
        "SharePointAccessDenied",
        "SharePointOutOfDiskSpace",
        "InvalidSMTPServer",
        "UnableToSendEmail",
        "UnknownError",
    }


def test_final_states_are_those_of_the_documents() -> None:
    # The law: [dsp/job-state/final-states] [notes/c-21/terminating-is-not-final]
    assert {"Canceled", "Aborted", "Completed"} == FINAL_JOB_STATES  # JobCompletedState; Terminating is not final
    assert {
        "Canceled",
        "CompletedSuccessfully",
        "CompletedWithErrors",
        "CompletedWithWarnings",
    } == FINAL_FILTER_STATES


# Jobs

C, P, H, S, R, T = (
    JobState.CREATING,
    JobState.PENDING,
    JobState.PENDING_HELD,
    JobState.STARTED,
    JobState.PROCESSING,
    JobState.TERMINATING,
)
ENDS = (JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED)
W = JobTrigger

GOOD = [
    (None, W.CREATED, "Creating", None),
    (C, W.IMAGE_RECEIVED, "Creating", None),
    (C, W.ENDED, "Pending", None),
    (C, W.CREATE_FAILED, "Aborted", "CreatePostScanJobFailed"),
    (C, W.NO_VALID_INSTRUCTIONS, "Aborted", "NoValidPostScanInstructionsFound"),
    (C, W.SEND_IMAGE_FAILED, "Aborted", "SendImageFailed"),
    (C, W.TIMED_OUT, "Aborted", "PostScanJobTimedOut"),
    (P, W.SCHEDULED, "Started", None),
    (S, W.FILTERS_BEGIN, "Processing", None),
    (R, W.FILTERS_SUCCEEDED, "Completed", "PostScanJobCompletedSuccessfully"),
    (R, W.FILTERS_WARNED, "Completed", "PostScanJobCompletedWithWarnings"),
    (R, W.FILTERS_FAILED, "Completed", "PostScanJobCompletedWithErrors"),
    (R, W.FILTER_STOPPED_JOB, "Aborted", "PostScanJobProcessingFailed"),
    *((state, W.CANCELED, "Canceled", "PostScanJobCanceled") for state in (C, P, H, S, R, T)),
]


@pytest.mark.parametrize(("state", "trigger", "to", "reason"), GOOD)
def test_a_trigger_moves_the_job(state: JobState | None, trigger: JobTrigger, to: str, reason: str | None) -> None:
    # The law: [dsp/job-transition/created] [dsp/job-transition/creating-while-images-arrive]
    # The law: [dsp/job-transition/end-leads-to-pending] [dsp/job-transition/pending-started-processing]
    # The law: [dsp/job-transition/filters-done] [dsp/job-transition/canceled] [dsp/job-transition/timed-out]
    # The law: [dsp/job-transition/timed-out-is-aborted] [dsp/job-transition/image-failed]
    # The law: [dsp/job-transition/creation-failed] [dsp/job-transition/no-known-dialect]
    # The law: [dsp/job-transition/stopped-at-an-error] [dsp/job-transition/stopped-job-is-aborted]
    # The law: [dsp/job-transition/continued-after-an-error] [notes/silent/final-state-after-time-out]
    # The law: [notes/silent/final-state-after-filter-failure] [notes/c-30/canceled-by-the-cancel-operation]
    moved = next_state(state, trigger)
    assert moved == JobTransition(JobState(to), None if reason is None else JobStateReason(reason))


BAD = [
    # without a job nothing happens but its creation
    *((None, trigger) for trigger in JobTrigger if trigger is not W.CREATED),
    # what has ended stays ended
    *((state, trigger) for state in ENDS for trigger in JobTrigger),
    # a job is created once
    *((state, W.CREATED) for state in (C, P, H, S, R, T)),
    # images and EndPostScanJob come while the job is being created, and so does the time limit
    *(
        (state, trigger)
        for state in (P, H, S, R, T)
        for trigger in (W.IMAGE_RECEIVED, W.SEND_IMAGE_FAILED, W.ENDED, W.TIMED_OUT, W.CREATE_FAILED)
    ),
    *((state, W.NO_VALID_INSTRUCTIONS) for state in (P, H, S, R, T)),
    # no step is left out
    *((state, W.SCHEDULED) for state in (C, H, S, R, T)),
    *((state, W.FILTERS_BEGIN) for state in (C, P, H, R, T)),
    # filters end only where they run
    *(
        (state, trigger)
        for state in (C, P, H, S, T)
        for trigger in (W.FILTERS_SUCCEEDED, W.FILTERS_WARNED, W.FILTERS_FAILED, W.FILTER_STOPPED_JOB)
    ),
]


@pytest.mark.parametrize(("state", "trigger"), BAD)
def test_a_trigger_that_cannot_be_is_a_bug(state: JobState | None, trigger: JobTrigger) -> None:
    with pytest.raises(IllegalTransition) as caught:
        next_state(state, trigger)
    assert (caught.value.state, caught.value.trigger) == (state, trigger)
    assert str(trigger) in str(caught.value)


def test_good_and_bad_pairs_are_all_there_are() -> None:
    good = [(state, trigger) for state, trigger, _, _ in GOOD]
    assert len(set(good)) == len(good) and len(set(BAD)) == len(BAD)
    assert set(good) | set(BAD) == {(state, trigger) for state in (None, *JobState) for trigger in JobTrigger}
    assert set(good).isdisjoint(BAD)
    assert set(JOB_TRANSITIONS) == {None, *JobState}


def test_every_job_that_is_not_over_can_end() -> None:
    def reachable(state: JobState | None) -> set[JobState | None]:
        found: set[JobState | None] = {state}
        while True:
            more = {moved.state for each in found for moved in JOB_TRANSITIONS[each].values()} | found
            if more == found:
                return found
            found = more

    for state in (None, *JobState):
        if state not in FINAL_JOB_STATES:
            assert reachable(state) & FINAL_JOB_STATES, state
    # Pending-Held cannot be caused through the web service, and Windows never answers Terminating.
    assert reachable(None) == set(JobState) - {H, T} | {None}


# Filters

FILTERS_GOOD = [
    ("Pending", FilterTrigger.BEGIN, "Processing"),
    ("Pending", FilterTrigger.CANCEL, "Canceled"),
    ("Processing", FilterTrigger.SUCCEED, "CompletedSuccessfully"),
    ("Processing", FilterTrigger.WARN, "CompletedWithWarnings"),
    ("Processing", FilterTrigger.FAIL, "CompletedWithErrors"),
    ("Processing", FilterTrigger.CANCEL, "Canceled"),
]
FILTERS_BAD = [
    ("Pending", FilterTrigger.SUCCEED),
    ("Pending", FilterTrigger.WARN),
    ("Pending", FilterTrigger.FAIL),
    ("Processing", FilterTrigger.BEGIN),
    *(
        (state, trigger)
        for state in ("Canceled", "CompletedSuccessfully", "CompletedWithErrors", "CompletedWithWarnings")
        for trigger in FilterTrigger
    ),
]


@pytest.mark.parametrize(("state", "trigger", "to"), FILTERS_GOOD)
def test_a_trigger_moves_the_filter(state: str, trigger: FilterTrigger, to: str) -> None:
    # The law: [dsp/filter-transition/pending-to-processing] [dsp/filter-transition/canceled-with-the-job]
    # The law: [dsp/filter-transition/completed-from-processing]
    assert next_filter_state(FilterState(state), trigger) is FilterState(to)


@pytest.mark.parametrize(("state", "trigger"), FILTERS_BAD)
def test_a_trigger_that_cannot_move_the_filter_is_a_bug(state: str, trigger: FilterTrigger) -> None:
    with pytest.raises(IllegalTransition):
        next_filter_state(FilterState(state), trigger)


def test_good_and_bad_pairs_of_filters_are_all_there_are() -> None:
    pairs = {(str(state), trigger) for state in FilterState for trigger in FilterTrigger}
    assert {(state, trigger) for state, trigger, _ in FILTERS_GOOD} | set(FILTERS_BAD) == pairs
    assert set(FILTER_TRANSITIONS) == set(FilterState)


# What a server answers

RUNNING = (P, H, S, R, T)
ANSWERS = [
    *((name, None, Answer.NOT_FOUND) for name in OPERATION_ANSWERS),
    *((name, C, Answer.ACCEPTED) for name in OPERATION_ANSWERS),
    *(("SendImage", state, Answer.OPERATION_FAILED) for state in RUNNING),
    *(("EndPostScanJob", state, Answer.OPERATION_FAILED) for state in RUNNING),
    *(("CancelPostScanJob", state, Answer.ACCEPTED) for state in RUNNING),
    *(("GetPostScanJobElements", state, Answer.ACCEPTED) for state in JobState if state is not C),
    # MS-BDSRR 3.2.4.2: no job that is being processed has the token
    *(
        (name, end, Answer.NOT_FOUND)
        for name in ("SendImage", "EndPostScanJob", "CancelPostScanJob")
        for end in ENDS
    ),
]


@pytest.mark.parametrize(("operation", "state", "answer"), ANSWERS)
def test_what_a_server_answers_in_which_state(operation: str, state: JobState | None, answer: Answer) -> None:
    # The law: [dsp/answer/send-image-to-an-unknown-token] [dsp/answer/send-image-while-creating]
    # The law: [dsp/answer/send-image-after-the-end] [dsp/answer/send-image-to-an-ended-job]
    # The law: [dsp/answer/end-of-an-unknown-token] [dsp/answer/end-while-creating]
    # The law: [dsp/answer/end-after-the-end] [dsp/answer/end-of-an-ended-job]
    # The law: [dsp/answer/cancel-of-an-unknown-token] [dsp/answer/cancel-while-creating]
    # The law: [dsp/answer/cancel-while-processing] [dsp/answer/cancel-of-an-ended-job]
    # The law: [dsp/answer/elements-of-an-unknown-token] [dsp/answer/elements-while-creating]
    # The law: [dsp/answer/elements-while-processing] [dsp/answer/elements-of-an-ended-job]
    assert OPERATION_ANSWERS[operation][state] is answer


def test_every_operation_on_a_job_has_an_answer_in_every_state() -> None:
    assert set(OPERATION_ANSWERS) == {
        "SendImage",
        "EndPostScanJob",
        "CancelPostScanJob",
        "GetPostScanJobElements",
    }
    assert len(ANSWERS) == len(OPERATION_ANSWERS) * (len(JobState) + 1)
    assert all(set(row) == {None, *JobState} for row in OPERATION_ANSWERS.values())


@pytest.mark.parametrize("state", JobState)
def test_what_is_accepted_is_what_the_job_can_take(state: JobState) -> None:
    """The two tables agree: an operation is accepted where its trigger moves the job, and nowhere else."""
    for operation, trigger in (
        ("SendImage", W.IMAGE_RECEIVED),
        ("EndPostScanJob", W.ENDED),
        ("CancelPostScanJob", W.CANCELED),
    ):
        accepted = OPERATION_ANSWERS[operation][state] is Answer.ACCEPTED
        assert accepted == (trigger in JOB_TRANSITIONS[state])
