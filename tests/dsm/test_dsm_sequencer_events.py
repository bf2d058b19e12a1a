"""What events tell of a job, in whatever order: the sequencer, and what comes before the token is known."""

from __future__ import annotations

import itertools

import pytest

from emulator.dsm.early_events import EarlyEvents, HeardOfJob
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.outcome import JobOutcome
from emulator.dsm.sequence_steps import (
    Acknowledge,
    Answered,
    Exchange,
    Failed,
    Finished,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    Step,
    Told,
    Trouble,
    Wait,
    Waited,
)
from emulator.dsm.sequence_table import EVENT_POLL_FIRST, POLL_FIRST, Met
from emulator.dsm.sequencer import Sequencer
from emulator.dsm.states import JobState, JobStateReason, precedes

TOKEN = "token"


def status(state: JobState | str, *reasons: JobStateReason, token: str = TOKEN, images: int = 1) -> JobStatus:
    filters = {JobState.COMPLETED: "CompletedSuccessfully", JobState.ABORTED: "Canceled"}
    return JobStatus(
        token, state, reasons, (FilterStatus("urn:f", filters.get(JobState(state), "Pending")),), images
    )


CREATING, PROCESSING = status(JobState.CREATING), status(JobState.PROCESSING)
DONE = status(JobState.COMPLETED, JobStateReason.COMPLETED_SUCCESSFULLY)
ABORTED = status(JobState.ABORTED, JobStateReason.PROCESSING_FAILED)


def sent() -> Sequencer:
    """A job whose one image is acknowledged and whose EndPostScanJob is under way."""
    job = Sequencer("https://s/x")
    job.start()
    assert job.feed(Answered(TOKEN)) == NextDocument()
    job.feed(NewDocument(1))
    assert job.feed(Answered()) == Acknowledge(1, 1)
    job.feed(Told())
    step = job.feed(NoMoreDocuments())
    assert isinstance(step, Exchange) and step.operation is Operation.END
    return job


def question(step: Step) -> bool:
    return isinstance(step, Exchange) and step.operation is Operation.ELEMENTS


def confirmed(job: Sequencer, step: Step) -> Step:
    """The end told by an event is asked for, and the server says the same."""
    assert question(step)
    return job.feed(Answered(DONE))


def test_without_events_the_first_question_comes_at_once_and_the_pauses_are_short() -> None:
    # The law: [dsp/sequence/subscription-is-optional]
    job = sent()
    assert question(job.feed(Answered()))
    assert job.feed(Answered(PROCESSING)) == Wait(POLL_FIRST)
    assert question(job.feed(Waited()))
    assert job.feed(Answered(DONE)) == Finished(JobOutcome.COMPLETED, DONE)
    assert job.end_known_by == "poll"


def test_with_events_the_questions_wait_and_the_end_ends_the_waiting() -> None:
    job = sent()
    assert not job.status_seen(CREATING)
    assert job.feed(Answered()) == Wait(EVENT_POLL_FIRST)
    assert not job.status_seen(PROCESSING)
    assert job.status_seen(DONE), "the caller may stop waiting"
    assert confirmed(job, job.feed(Waited())) == Finished(JobOutcome.COMPLETED, DONE)
    assert job.end_known_by == "event"


def test_an_end_before_the_answer_to_end_post_scan_job_counts_when_that_is_there() -> None:
    job = sent()
    assert job.status_seen(DONE)
    assert confirmed(job, job.feed(Answered())) == Finished(JobOutcome.COMPLETED, DONE)


def test_an_answer_that_is_older_than_an_event_does_not_undo_it() -> None:
    job = sent()
    assert question(job.feed(Answered()))
    assert job.status_seen(DONE)
    assert confirmed(job, job.feed(Answered(PROCESSING))) == Finished(JobOutcome.COMPLETED, DONE)


@pytest.mark.parametrize("met", [Met.JOB_NOT_FOUND, Met.UNANSWERED, Met.FAULT, Met.NONSENSE])
def test_a_question_that_fails_does_not_matter_when_the_end_is_known(met: Met) -> None:
    job = sent()
    job.feed(Answered())
    job.status_seen(DONE)
    assert question(job.feed(Trouble(met, "x")))
    assert job.feed(Trouble(met, "x")) == Finished(JobOutcome.COMPLETED, DONE)
    assert bool(job.warnings) is (met is not Met.JOB_NOT_FOUND), "a server may forget what has ended"


def test_a_broken_end_post_scan_job_of_a_job_that_is_known_to_have_ended_is_not_repeated() -> None:
    job = sent()
    job.status_seen(DONE)
    step = confirmed(job, job.feed(Trouble(Met.UNANSWERED, "x", whole=True)))
    assert step == Finished(JobOutcome.COMPLETED, DONE)


def test_a_job_that_ended_before_its_end_was_sent_is_no_success() -> None:
    job = Sequencer("https://s/x")
    job.start()
    job.feed(Answered(TOKEN))
    job.feed(NewDocument(1))
    job.status_seen(DONE)
    assert job.feed(Answered()) == Acknowledge(1, 1)
    step = confirmed(job, job.feed(Told()))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.CONTRADICTED


def test_an_abort_while_images_are_sent_stops_the_sending() -> None:
    job = Sequencer("https://s/x")
    job.start()
    job.feed(Answered(TOKEN))
    job.feed(NewDocument(1))
    job.status_seen(ABORTED)
    assert question(job.feed(Trouble(Met.JOB_NOT_FOUND, "gone")))
    assert job.feed(Answered(ABORTED)) == Finished(JobOutcome.ABORTED, ABORTED)


def test_an_abort_that_the_server_when_asked_knows_nothing_of_does_not_leave_the_job_there() -> None:
    job = Sequencer("https://s/x")
    job.start()
    job.feed(Answered(TOKEN))
    job.feed(NewDocument(1))
    job.status_seen(ABORTED)
    job.feed(Answered())
    step = job.feed(Told())
    while not isinstance(step, Failed) and not (isinstance(step, Exchange) and step.operation is Operation.CANCEL):
        step = job.feed(Answered(CREATING) if question(step) else Waited())
    assert isinstance(step, Exchange)
    step = job.feed(Answered())
    assert isinstance(step, Failed) and step.canceled is True
    assert "an event told the state Aborted" in step.reason and "when asked, Creating" in step.reason


@pytest.mark.parametrize("order", list(itertools.permutations([CREATING, PROCESSING, DONE, DONE])))
def test_events_in_any_order_and_twice_tell_the_same_end(order: tuple[JobStatus, ...]) -> None:
    job = sent()
    job.feed(Answered())
    assert [job.status_seen(each) for each in order].count(True) == 1, "the end is told once"
    assert confirmed(job, job.feed(Waited())) == Finished(JobOutcome.COMPLETED, DONE)


@pytest.mark.parametrize("event", [DONE, ABORTED])
def test_an_event_that_the_server_when_asked_knows_nothing_of_is_a_contradiction(event: JobStatus) -> None:
    """It is asked a few times: the event may have gone out a moment too early."""
    job = sent()
    job.feed(Answered())
    job.status_seen(event)
    step = job.feed(Waited())
    questions = 0
    while not isinstance(step, Finished):
        questions += question(step)
        step = job.feed(Answered(PROCESSING) if question(step) else Waited())
    assert questions == 4
    assert step.outcome is (JobOutcome.CONTRADICTED if event is DONE else JobOutcome.ABORTED)
    assert [each.detail for each in job.testimony.contradictions] == [
        f"Processing when asked, {event.job_state} in an event"
    ]


def test_an_event_and_an_answer_that_tell_different_ends() -> None:
    for event, answer, outcome in (
        (DONE, ABORTED, JobOutcome.ABORTED),
        (ABORTED, DONE, JobOutcome.CONTRADICTED),
    ):
        job = sent()
        job.feed(Answered())
        job.status_seen(event)
        job.feed(Waited())
        step = job.feed(Answered(answer))
        assert isinstance(step, Finished) and step.outcome is outcome
        assert [each.id for each in job.testimony.contradictions] == ["job-state"]


def test_events_of_another_job_change_nothing() -> None:
    # The law: [dsp/job-token/answer-is-about-that-job]
    job = sent()
    assert not job.status_seen(status(JobState.ABORTED, token="other"))
    assert question(job.feed(Answered())), "they are not taken for events of ours either"


def test_lost_events_bring_the_short_pauses_back() -> None:
    job = sent()
    job.status_seen(CREATING)
    assert job.feed(Answered()) == Wait(EVENT_POLL_FIRST)
    job.events_lost()
    job.feed(Waited())
    assert job.feed(Answered(PROCESSING)) == Wait(POLL_FIRST)


def test_states_in_their_order() -> None:
    """Stated here on their own; a vendor's state is before the end and else in no order."""
    after = {
        JobState.CREATING: 0,
        JobState.PENDING: 1,
        JobState.STARTED: 2,
        JobState.PROCESSING: 3,
        JobState.COMPLETED: 5,
        JobState.ABORTED: 5,
        JobState.CANCELED: 5,
    }
    for first, second in itertools.product(after, after):
        assert precedes(first, second) == (after[first] < after[second])
    assert precedes("v:waiting", JobState.COMPLETED) and not precedes("v:waiting", JobState.PROCESSING)
    assert not precedes(JobState.COMPLETED, "v:waiting") and not precedes(JobState.CREATING, "v:waiting")


def test_what_comes_before_the_token_is_kept_newest_first_and_bounded() -> None:
    def heard(told: JobStatus) -> HeardOfJob:
        return HeardOfJob("PostScanJobStatusEvent", told)

    early = EarlyEvents()
    early.keep(heard(PROCESSING))
    early.keep(heard(CREATING))
    early.keep(heard(status(JobState.ABORTED, token="other")))
    assert early.take(TOKEN) == heard(PROCESSING) and early.take(TOKEN) is None
    assert early.forget() == ["other"] and early.forget() == []
    for number in range(1000):
        early.keep(heard(status(JobState.CREATING, token=str(number))))
    assert early.take("999") is not None and 50 < len(early.forget()) < 100
    for number in range(1000):
        early.keep(heard(status(JobState.CREATING, token=str(number))), waiting=500)
    assert early.take("0") is not None, "five hundred jobs that begin at once are all remembered"
