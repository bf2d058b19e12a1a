"""The sequencer's table as a whole, and what it tells of a job that does not come to its end: the kind of failing,
the operation, the image, and what nobody knows."""

from __future__ import annotations

import pytest
from sequencer_play import SERVICE, TOKEN, Play, created, ending, sending, status, trouble

from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import JobOutcome
from emulator.dsm.sequence_steps import (
    FAILURES,
    OPERATIONS,
    Acknowledge,
    Acknowledged,
    Answered,
    AwaitAnswer,
    Failed,
    Failure,
    Finished,
    Interrupted,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SendRequest,
    SourceFailed,
    Trouble,
    Wait,
    Waited,
    pause_before_retry,
)
from emulator.dsm.sequence_table import RULES, Phase, Reaction, Result
from emulator.dsm.sequencer import Sequencer
from emulator.soap.deviations import Deviation

#: What an exchange came to, in the order of the columns below.
COLUMNS = (
    "ANSWERED TEMPORARY JOB_NOT_FOUND JOB_CANCELED FAULT DOUBTFUL_FAULT NOT_SENT PARTLY_SENT UNANSWERED "
    "NOT_TRUSTED BUSY HTTP_FAILED TURNED_AWAY NONSENSE ANOTHER_JOB REFUSED_US"
)
#: P the next address, A the next address or this one later, R retry, F fail, U unknown whether there is a job,
#: C check and repeat, ? ask and else cancel, M ask once how it ended, X cancel, N the server has forgotten it,
#: K cancelled there, G go on without, T take the answer.
LETTERS = {
    "T": "TAKE",
    "R": "RETRY",
    "P": "NEXT_ADDRESS",
    "A": "RETRY_ADDRESS",
    "C": "CHECK",
    "?": "ASK",
    "M": "POSTMORTEM",
    "X": "CANCEL",
    "F": "FAIL",
    "U": "UNKNOWN",
    "N": "UNCONFIRMED",
    "K": "JOB_CANCELED",
    "G": "GO_ON",
}
TABLE = {
    "PROBE": "T R P P P P R P P F R P P P P F",
    "GET": "T R P P P P A P P P A P P P P F",
    "CREATE": "T R F F F F R U U F R U F U F F",
    "SEND": "T R M M ? ? R C C ? R C ? ? ? ?",
    "SEND_CHECK": "T R F K R R R R R X R R X R R X",
    "END": "T R M M ? ? R C C ? R C ? C ? ?",
    "END_CHECK": "T R N K R R R R R X R R X R R X",
    "WATCH": "T R N K R R R R R F R R F R R F",
    "CONFIRM": "T" + " G" * 15,
    "POSTMORTEM": "T" + " G" * 15,
    "LATE_CREATE": "T" + " G" * 15,
    "CANCEL": "T" + " G" * 15,
}


@pytest.mark.parametrize("phase", TABLE)
def test_a_phase_of_the_table(phase: str) -> None:
    """What was surely not processed goes out again; what may have been is asked for; a question is asked again."""
    # The law: [dsp/answer/inferred-ones-either-way]
    wanted = dict(zip(COLUMNS.split(), (LETTERS[each] for each in TABLE[phase].split()), strict=True))
    assert {met.name: reaction.name for met, reaction in RULES[Phase[phase]].items()} == wanted
    assert set(RULES) == {Phase[each] for each in TABLE}
    assert {each.name for each in Reaction} == set(LETTERS.values())


def test_each_phase_waits_for_the_answer_to_the_request_of_its_name() -> None:
    assert {phase.name: str(operation) for phase, operation in OPERATIONS.items()} == {
        "PROBE": "Probe",
        "GET": "Get",
        "CREATE": "CreatePostScanJob",
        "SEND": "SendImage",
        "SEND_CHECK": "GetPostScanJobElements",
        "END": "EndPostScanJob",
        "END_CHECK": "GetPostScanJobElements",
        "WATCH": "GetPostScanJobElements",
        "CONFIRM": "GetPostScanJobElements",
        "POSTMORTEM": "GetPostScanJobElements",
        "LATE_CREATE": "CreatePostScanJob",
        "CANCEL": "CancelPostScanJob",
    }


def test_the_kind_of_failing_says_who_is_to_be_asked() -> None:
    """A fault is the server's word, an unreachable one the network's, nonsense a bug's, a refusal the right's."""
    kinds = {met.name: failure.name for met, failure in FAILURES.items()}
    assert kinds == {
        **dict.fromkeys(("TEMPORARY", "JOB_NOT_FOUND", "JOB_CANCELED", "FAULT", "DOUBTFUL_FAULT"), "FAULTED"),
        **dict.fromkeys(("NOT_SENT", "PARTLY_SENT", "UNANSWERED"), "UNREACHABLE"),
        **dict.fromkeys(("BUSY", "HTTP_FAILED", "TURNED_AWAY", "NONSENSE", "ANOTHER_JOB"), "NONSENSE"),
        "NOT_TRUSTED": "NOT_TRUSTED",
        "REFUSED_US": "REFUSED_US",
    }


def test_a_pause_before_a_retry_is_the_servers_within_bounds() -> None:
    """Retry-After (RFC 9110, 10.2.3) is obeyed up to half a minute, and never shortens a pause."""

    def pause(tries: int, retry_after: float | None) -> float:
        return pause_before_retry(tries, Trouble(Result.BUSY, "busy", retry_after=retry_after))

    assert [pause(tries, None) for tries in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert [pause(1, each) for each in (0.0, 0.4, 7.0, 30.0, 31.0)] == [0.5, 0.5, 7.0, 30.0, 30.0]


@pytest.mark.parametrize("operation", Operation)
def test_only_get_post_scan_job_elements_is_a_poll(operation: Operation) -> None:
    assert SendRequest(operation, SERVICE, SERVICE).poll is (operation == "GetPostScanJobElements")


# What a failure tells


def failed(step: object) -> tuple[Failure, str, int | None, bool | None]:
    assert isinstance(step, Failed), step
    return step.failure, step.operation, step.document_id, step.canceled


def until_asked_for_no_more(play: Play, seen: JobStatus) -> None:
    """Answer all questions with the same status."""
    play.wait()
    while play.asks is Operation.ELEMENTS:
        play.answer(seen)
        play.wait()


def test_an_image_that_nobody_can_count_is_not_sent_again_and_that_is_said() -> None:
    """GetPostScanJobElements without ImagesReceived: it is unknown whether the image arrived."""
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    without = JobStatus(TOKEN, "Creating", (), (), None)
    until_asked_for_no_more(play, without)
    assert play.asks is Operation.CANCEL
    step = play.answer()
    assert failed(step) == (Failure.UNREACHABLE, "SendImage", 1, True)
    assert isinstance(step, Failed)
    assert step.reason == f"{Result.UNANSWERED}; unknown whether image 1 arrived"


def test_an_image_that_is_not_counted_is_not_called_unknown() -> None:
    play = sending()
    play.tell(trouble(Result.FAULT))
    until_asked_for_no_more(play, status("Creating", 0))
    step = play.answer()
    assert failed(step) == (Failure.FAULTED, "SendImage", 1, True)
    assert isinstance(step, Failed)
    assert step.reason == str(Result.FAULT)


def test_an_end_that_the_server_never_took_is_the_failing_of_end_post_scan_job() -> None:
    play = ending()
    play.tell(trouble(Result.FAULT))
    until_asked_for_no_more(play, status("Creating", 2))
    assert play.asks is Operation.CANCEL
    assert failed(play.answer()) == (Failure.FAULTED, "EndPostScanJob", None, True)


def test_a_question_for_an_image_that_fails_says_what_is_not_known() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    play.tell(trouble(Result.NOT_TRUSTED))
    assert play.asks is Operation.CANCEL
    step = play.tell(trouble(Result.NOT_SENT))
    assert failed(step) == (Failure.NOT_TRUSTED, "GetPostScanJobElements", 1, False)
    assert isinstance(step, Failed)
    assert step.reason.endswith("; unknown whether image 1 arrived")


@pytest.mark.parametrize("met", [Result.PARTLY_SENT, Result.UNANSWERED])
def test_a_create_that_broke_leaves_it_unknown_whether_there_is_a_job(met: Result) -> None:
    step = Play(Sequencer(SERVICE)).tell(trouble(met))
    assert failed(step) == (Failure.OUTCOME_UNKNOWN, "CreatePostScanJob", None, None)


@pytest.mark.parametrize("met", [Result.HTTP_FAILED, Result.NONSENSE])
@pytest.mark.parametrize("whole", [True, False])
def test_a_create_answered_with_nonsense_is_nonsense_and_unknown_only_if_all_of_it_went_out(
    met: Result, whole: bool
) -> None:
    step = Play(Sequencer(SERVICE)).tell(trouble(met, whole=whole))
    assert failed(step) == (Failure.NONSENSE, "CreatePostScanJob", None, None)
    assert isinstance(step, Failed)
    assert step.reason == str(met) + ("; unknown whether the job exists" if whole else "")


def test_an_interrupt_names_what_was_under_way_and_its_image() -> None:
    play = sending()
    assert play.tell(Interrupted()) == SendRequest(Operation.CANCEL, SERVICE, SERVICE, None, 5.0)
    step = play.answer()
    assert failed(step) == (Failure.INTERRUPTED, "SendImage", 1, True)
    assert isinstance(step, Failed)
    assert step.reason == "interrupted"


def test_an_interrupted_create_is_waited_for_five_seconds() -> None:
    play = Play(Sequencer(SERVICE))
    assert play.tell(Interrupted()) == AwaitAnswer(5.0)
    assert play.tell(Answered(TOKEN)) == SendRequest(Operation.CANCEL, SERVICE, SERVICE, None, 5.0)
    assert play.job.job_token == TOKEN
    assert failed(play.answer()) == (Failure.INTERRUPTED, "CreatePostScanJob", None, True)


def test_a_create_that_waits_to_be_sent_again_is_not_waited_for() -> None:
    """An interrupt in the pause between two tries: nothing is under way, so there is no job to cancel."""
    play = Play(Sequencer(SERVICE))
    assert isinstance(play.tell(trouble(Result.NOT_SENT)), Wait)
    assert failed(play.tell(Interrupted())) == (Failure.INTERRUPTED, "CreatePostScanJob", None, None)


def test_a_source_that_fails_cancels_the_job_and_is_named() -> None:
    play = created()
    assert play.tell(SourceFailed("no paper")) == SendRequest(Operation.CANCEL, SERVICE, SERVICE, None, 5.0)
    step = play.answer()
    assert failed(step) == (Failure.SOURCE, Phase.DOCUMENT, None, True)
    assert isinstance(step, Failed)
    assert step.reason == "no paper"


@pytest.mark.parametrize(
    ("met", "canceled"), [(Result.JOB_NOT_FOUND, True), (Result.FAULT, False), (Result.NOT_SENT, False)]
)
def test_a_cancellation_counts_when_the_server_took_it_or_knows_no_such_job(met: Result, canceled: bool) -> None:
    play = created()
    play.tell(SourceFailed("no paper"))
    assert failed(play.tell(trouble(met))) == (Failure.SOURCE, Phase.DOCUMENT, None, canceled)


# Answers that contradict


def strictly(*, ended: bool = True) -> Play:
    play = Play(Sequencer(SERVICE, strict=True))
    play.answer(TOKEN)
    play.documents(1)
    if ended:
        play.tell(NoMoreDocuments())
    return play


def test_strictly_a_contradiction_fails_the_job_and_is_named() -> None:
    play = strictly()
    play.tell(trouble(Result.UNANSWERED))
    play.answer(status("Processing", 7))
    step = play.step
    assert isinstance(step, Failed), step
    assert step.failure is Failure.NONSENSE
    assert step.reason.startswith("strict: ")
    assert "7" in step.reason


def test_a_job_that_was_handed_over_is_not_cancelled_for_a_contradiction() -> None:
    """After EndPostScanJobResponse the job goes on at the server, though its word is no longer believed."""
    play = strictly()
    play.answer()
    assert play.asks is Operation.ELEMENTS
    step = play.answer(status("Creating", 7))
    assert failed(step) == (Failure.NONSENSE, "GetPostScanJobElements", None, None)


def test_an_objection_to_the_answer_to_end_does_not_cancel_the_job() -> None:
    play = ending(1)
    step = play.tell(Answered(None, "nonsense about it"))
    assert failed(step) == (Failure.NONSENSE, "EndPostScanJob", None, None)
    assert isinstance(step, Failed)
    assert step.reason == "nonsense about it"


def test_an_objection_to_the_answer_to_cancel_changes_nothing() -> None:
    play = created()
    play.tell(SourceFailed("no paper"))
    assert failed(play.tell(Answered(None, "nonsense about it"))) == (Failure.SOURCE, Phase.DOCUMENT, None, True)


def another_job() -> JobStatus:
    return JobStatus("another", "Completed", (), (), 2)


def test_an_answer_about_another_job_is_asked_for_again_and_changes_nothing() -> None:
    play = ending(2)
    play.answer()
    for _ in range(5):
        assert play.asks is Operation.ELEMENTS
        play.answer(another_job())
        play.wait()
    step = play.step
    assert isinstance(step, Finished), step
    assert step.outcome is JobOutcome.UNCONFIRMED
    assert step.status is None
    assert step.reason == "the server answers about another job, another"


@pytest.mark.parametrize("reach", [ending, lambda: sending(1)])
def test_a_job_cancelled_at_the_server_ends_cancelled(reach: object) -> None:
    assert callable(reach)
    play = reach()
    play.tell(trouble(Result.UNANSWERED))
    step = play.tell(trouble(Result.JOB_CANCELED))
    assert isinstance(step, Finished)
    assert step.outcome is JobOutcome.CANCELED


def test_an_acknowledgement_by_the_count_alone_is_a_warning_that_names_image_and_cause() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    assert play.answer(status("Creating", 1)) == Acknowledge(1, 1)
    assert play.job.warnings == [f"image 1 is acknowledged by ImagesReceived alone: {Result.UNANSWERED}"]


def test_an_end_that_is_known_by_the_state_alone_is_a_warning_that_names_the_cause() -> None:
    play = ending(1)
    play.tell(trouble(Result.UNANSWERED))
    play.answer(status("Pending", 1))
    assert play.job.warnings == [f"EndPostScanJob is acknowledged by JobState alone: {Result.UNANSWERED}"]
    assert play.asks is Operation.ELEMENTS


def test_a_job_that_is_watched_too_long_is_unconfirmed_and_the_limit_is_named() -> None:
    play = created(job_limit=12.5)
    play.tell(NoMoreDocuments())
    play.answer()
    while not isinstance(play.step, Finished):
        play.answer(status("Processing", 0))
        play.wait()
    assert play.step.outcome is JobOutcome.UNCONFIRMED
    assert play.step.reason == "no final state within 12.5 s of EndPostScanJob"


@pytest.mark.parametrize("met", [Result.PARTLY_SENT, Result.UNANSWERED, Result.NOT_SENT, Result.FAULT])
def test_broken_exchanges_are_counted_as_dropped(met: Result) -> None:
    play = sending()
    play.tell(trouble(met))
    assert play.job.counts.dropped == (met in (Result.PARTLY_SENT, Result.UNANSWERED))


def test_deviations_of_an_event_are_kept_where_they_contradict() -> None:
    play = created()
    play.job.contradicted([Deviation("job-token", "Event", "another")])
    assert [each.id for each in play.job.testimony.found] == ["job-token"]


# Events


def test_an_event_of_another_job_or_before_there_is_one_is_no_news() -> None:
    play = Play(Sequencer(SERVICE))
    assert play.job.status_seen(status("Completed", 0)) is False
    assert play.job.status is None
    play.answer(TOKEN)
    assert play.job.status_seen(another_job()) is False
    assert play.job.status_seen(status("Creating", 0)) is False
    assert play.job.status == status("Creating", 0)
    assert play.job.status_seen(status("Aborted", 0)) is True
    assert play.job.end_known_by == "event"


def test_an_end_told_by_an_event_is_confirmed_by_a_few_questions() -> None:
    """0.2, 0.5 and 1 s: the event may have gone out a moment too early."""
    play = ending(1)
    play.answer()
    assert play.job.status_seen(status("Completed", 1)) is True
    play.answer(status("Processing", 1))
    assert play.step == SendRequest(Operation.ELEMENTS, SERVICE, SERVICE, None, 2.0)
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Processing", 1))
        play.wait()
        if isinstance(play.step, Finished):
            break
    assert play.waits[-3:] == [0.2, 0.5, 1.0]


def test_an_aborted_job_that_the_server_when_asked_still_takes_images_for_is_cancelled() -> None:
    play = created()
    play.job.status_seen(status("Aborted", 0))
    play.tell(NewDocument(1))
    for _ in range(4):
        play.answer(status("Creating", 0))
        play.wait()
    assert play.asks is Operation.CANCEL
    step = play.answer()
    assert failed(step) == (Failure.NONSENSE, "GetPostScanJobElements", None, True)
    assert isinstance(step, Failed)
    assert step.reason == "an event told the state Aborted, and the scan server, when asked, Creating"


@pytest.mark.parametrize(
    ("met", "warned"), [(Result.JOB_NOT_FOUND, False), (Result.UNANSWERED, True), (Result.JOB_CANCELED, True)]
)
def test_an_end_that_only_an_event_told_is_a_warning_unless_the_job_is_forgotten(met: Result, warned: bool) -> None:
    play = ending(1)
    play.answer()
    play.job.status_seen(status("Aborted", 1, "PostScanJobTimedOut"))
    play.answer(status("Processing", 1))
    step = play.tell(trouble(met))
    assert isinstance(step, Finished)
    wanted = [f"the end of the job is known by an event alone: {met}"] if warned else []
    assert play.job.warnings == wanted
    assert bool(play.job.testimony.contradictions) is (met is Result.JOB_CANCELED)


def test_an_end_that_only_an_event_told_before_end_post_scan_job_was_answered_is_unconfirmed() -> None:
    play = ending(1)
    play.job.status_seen(status("Completed", 1))
    play.tell(trouble(Result.UNANSWERED))
    assert play.step == SendRequest(Operation.ELEMENTS, SERVICE, SERVICE, None, 2.0)
    step = play.tell(trouble(Result.UNANSWERED))
    assert isinstance(step, Finished)
    assert step.outcome is JobOutcome.UNCONFIRMED
    assert "EndPostScanJob was not answered" in step.reason


# A job that the server refuses


def test_a_job_that_the_server_refuses_to_know_and_that_goes_on_is_cancelled() -> None:
    play = sending()
    play.tell(trouble(Result.JOB_NOT_FOUND))
    assert play.step == SendRequest(Operation.ELEMENTS, SERVICE, SERVICE, None, 5.0)
    play.answer(status("Creating", 0))
    assert play.asks is Operation.CANCEL
    assert failed(play.answer()) == (Failure.FAULTED, "SendImage", 1, True)
    assert play.job.testimony.contradictions


def test_a_refused_end_of_a_job_that_goes_on_was_processed() -> None:
    play = ending(1)
    play.tell(trouble(Result.JOB_NOT_FOUND))
    play.answer(status("Processing", 1))
    assert play.asks is Operation.ELEMENTS
    assert play.job.phase is Phase.WATCH


@pytest.mark.parametrize("met", [Result.UNANSWERED, Result.JOB_NOT_FOUND])
def test_a_job_refused_as_cancelled_is_cancelled_though_nobody_says_more(met: Result) -> None:
    play = sending()
    play.tell(trouble(Result.JOB_CANCELED))
    step = play.tell(trouble(met))
    assert isinstance(step, Finished)
    assert step.outcome is JobOutcome.CANCELED


def test_a_job_refused_as_cancelled_that_goes_on_is_a_contradiction() -> None:
    play = sending()
    play.tell(trouble(Result.JOB_CANCELED))
    step = play.answer(status("Creating", 0))
    assert isinstance(step, Finished)
    assert step.outcome is JobOutcome.CANCELED
    assert play.job.testimony.contradictions


def test_a_refusal_leaves_the_number_of_images_sent_as_it_was() -> None:
    """What was surely not processed does not count as sent, so that a right count stays right."""
    play = sending()
    assert play.job.testimony.sent == 1
    play.tell(trouble(Result.TEMPORARY))
    assert play.job.testimony.sent == 0
    play.wait()
    assert play.job.testimony.sent == 1
    play.answer()
    play.tell(Acknowledged())
    assert play.step == NextDocument()
    play.tell(NoMoreDocuments())
    assert play.job.testimony.ended
    play.tell(trouble(Result.TEMPORARY))
    assert not play.job.testimony.ended
    assert isinstance(play.step, Wait)
    play.tell(Waited())
    assert play.asks is Operation.END


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (Result.JOB_NOT_FOUND, "ClientErrorJobTokenNotFound"),
        (Result.JOB_CANCELED, "ServerErrorPostScanJobCanceled"),
    ],
)
def test_a_refusal_that_contradicts_the_status_is_told_by_the_faults_own_name(result: Result, fault: str) -> None:
    play = sending()
    play.tell(trouble(result))
    play.answer(status("Creating", 0))
    assert any(fault in each.detail for each in play.job.testimony.contradictions)


def test_an_event_that_the_fault_of_a_cancelled_job_contradicts_is_told_by_the_faults_own_name() -> None:
    play = ending(1)
    play.answer()
    play.job.status_seen(status("Aborted", 1, "PostScanJobTimedOut"))
    play.answer(status("Processing", 1))
    play.tell(trouble(Result.JOB_CANCELED))
    assert any("ServerErrorPostScanJobCanceled" in each.detail for each in play.job.testimony.contradictions)


def test_a_refused_image_of_a_job_that_is_processed_already_fails() -> None:
    """Only a refused EndPostScanJob may have been taken: an image may not."""
    play = sending()
    play.tell(trouble(Result.JOB_NOT_FOUND))
    assert failed(play.answer(status("Processing", 0))) == (Failure.FAULTED, "SendImage", 1, None)


def test_a_refused_end_of_a_job_that_still_takes_images_cancels_it() -> None:
    play = ending(1)
    play.tell(trouble(Result.JOB_NOT_FOUND))
    play.answer(status("Creating", 1))
    assert play.asks is Operation.CANCEL


def test_an_end_that_may_still_be_taken_is_asked_for_after_half_a_second_and_one() -> None:
    play = ending(1)
    play.tell(trouble(Result.UNANSWERED))
    until_asked_for_no_more(play, status("Creating", 1))
    assert play.asks is Operation.END
    assert play.waits == [0.5, 1.0]


def test_a_trouble_of_which_nothing_is_said_is_no_whole_request() -> None:
    assert Trouble(Result.NONSENSE, "why") == Trouble(Result.NONSENSE, "why", None, False, None)
