"""The sequence of a post-scan job: what holds of the whole table (its rows: test_dsm_sequencer_told.py), whole
sequences, and random failures against a model of a scan server."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequencer_play import SERVICE, TOKEN, Play, created, ending, sending, status, trouble

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import HostedService, Metadata
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import Failure, JobOutcome, outcome_of
from emulator.dsm.sequence_steps import (
    OPERATIONS,
    Acknowledge,
    Acknowledged,
    Answered,
    AwaitAnswer,
    Event,
    Failed,
    Finished,
    Found,
    Interrupted,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SendRequest,
    SourceFailed,
    Wait,
    Waited,
)
from emulator.dsm.sequence_table import RETRY_PAUSES, RULES, TRIES, Phase, Reaction, Result
from emulator.dsm.sequencer import Sequencer
from emulator.dsm.service_search import ServiceSearch
from emulator.soap.xml import QName

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"


# The table


def test_the_table_has_a_row_for_everything_that_can_happen() -> None:
    assert set(RULES) == set(OPERATIONS) == set(Phase) - {Phase.DOCUMENT, Phase.ENDED}
    assert all(set(row) == set(Result) for row in RULES.values())
    assert all(
        (row[result] is Reaction.TAKE) == (result is Result.ANSWERED) for row in RULES.values() for result in Result
    )


BAD = [
    (phase, result)
    for phase in (Phase.CREATE, Phase.SEND, Phase.END)
    for result in Result
    if result not in (Result.NOT_SENT, Result.TEMPORARY, Result.BUSY)
]


def test_nothing_is_cancelled_before_it_has_been_asked_for() -> None:
    assert not any(Reaction.CANCEL in RULES[phase].values() for phase in (Phase.CREATE, Phase.SEND, Phase.END))


@pytest.mark.parametrize(("phase", "result"), BAD)
def test_nothing_that_may_have_been_processed_is_simply_sent_again(phase: Phase, result: Result) -> None:
    assert RULES[phase][result] is not Reaction.RETRY


# Whole sequences


def test_a_job_that_goes_well() -> None:
    # The law: [dsp/sequence/one-send-image-for-each-document] [dsp/sequence/end-after-the-last-response]
    play = Play(Sequencer(SERVICE))
    assert play.step == SendRequest(Operation.CREATE, SERVICE, SERVICE)
    assert play.answer(TOKEN) == NextDocument()
    assert play.job.job_token == TOKEN
    assert play.tell(NewDocument(1)) == SendRequest(Operation.SEND_IMAGE, SERVICE, SERVICE, 1)
    assert play.answer() == Acknowledge(1, 1)
    assert play.tell(Acknowledged()) == NextDocument()
    play.documents(2)
    assert play.tell(NoMoreDocuments()) == SendRequest(Operation.END, SERVICE, SERVICE)
    assert play.answer() == SendRequest(Operation.ELEMENTS, SERVICE, SERVICE)
    for state in ("Pending", "Started", "Processing", "Terminating", "vendor:Busy"):
        play.answer(status(state, 3))
        play.wait()
    end = status("Completed", 3, "PostScanJobCompletedSuccessfully", filters=("CompletedSuccessfully",))
    assert play.answer(end) == Finished(JobOutcome.COMPLETED, end)
    assert play.job.acknowledged == [1, 2, 3]


def test_without_waiting_the_answer_to_end_is_the_end() -> None:
    play = created(wait=False)
    play.documents(1)
    play.tell(NoMoreDocuments())
    assert play.answer() == Finished(JobOutcome.NOT_AWAITED, None)


def test_pauses_between_questions_grow_to_five_seconds_up_to_the_limit_of_the_job() -> None:
    play = created(job_limit=60)
    play.tell(NoMoreDocuments())
    play.answer()
    while not isinstance(play.step, Finished):
        play.answer(status("Processing", 0))
        play.wait()
    assert play.waits[:4] == [0.02, 0.04, 0.08, 0.16]
    assert play.waits[:-1] == sorted(play.waits[:-1])
    assert max(play.waits) == 5.0
    assert sum(play.waits) == pytest.approx(60)
    assert play.step.outcome is JobOutcome.UNCONFIRMED
    assert "60 s" in play.step.reason


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (status("Completed", 1, "PostScanJobCompletedSuccessfully"), JobOutcome.COMPLETED),
        (status("Completed", 1), JobOutcome.COMPLETED),
        (status("Completed", 1, "vendor:Fine"), JobOutcome.COMPLETED),
        (status("Completed", 1, "PostScanJobCompletedWithErrors"), JobOutcome.COMPLETED_WITH_ERRORS),
        (status("Completed", 1, "None", filters=("CompletedWithErrors",)), JobOutcome.COMPLETED_WITH_ERRORS),
        (status("Completed", 1, filters=("CompletedSuccessfully", "Canceled")), JobOutcome.COMPLETED_WITH_ERRORS),
        (status("Completed", 1, "PostScanJobTimedOut"), JobOutcome.COMPLETED_WITH_ERRORS),
        (status("Completed", 1, "PostScanJobCompletedWithWarnings"), JobOutcome.COMPLETED_WITH_WARNINGS),
        (status("Completed", 1, filters=("CompletedWithWarnings",)), JobOutcome.COMPLETED_WITH_WARNINGS),
        (status("Aborted", 1, "PostScanJobTimedOut"), JobOutcome.ABORTED),
        (status("Canceled", 1, "PostScanJobCanceled"), JobOutcome.CANCELED),
        *((status(state), None) for state in ("Creating", "Pending", "Pending-Held", "Started", "Processing")),
        (status("Terminating"), None),
        (status("vendor:Finished"), None),
        (status("completed"), None),
    ],
)
def test_what_a_job_status_means(seen: JobStatus, outcome: JobOutcome | None) -> None:
    assert outcome_of(seen) is outcome


@pytest.mark.parametrize("result", [Result.NOT_SENT, Result.TEMPORARY])
def test_tries_are_bounded_and_their_pauses_grow(result: Result) -> None:
    play = Play(Sequencer(SERVICE))
    tries = 0
    while isinstance(play.step, SendRequest):
        tries += 1
        play.tell(trouble(result))
        play.wait()
    assert tries == TRIES
    assert tuple(play.waits) == RETRY_PAUSES == (0.5, 1.0, 2.0, 4.0)
    assert isinstance(play.step, Failed)
    expected = Failure.UNREACHABLE if result is Result.NOT_SENT else Failure.FAULTED
    assert (play.step.failure, play.step.operation, play.step.canceled) == (expected, "CreatePostScanJob", None)


@pytest.mark.parametrize("result", [Result.PARTLY_SENT, Result.UNANSWERED])
def test_a_create_that_may_have_arrived_is_not_repeated(result: Result) -> None:
    play = Play(Sequencer(SERVICE))
    step = play.tell(trouble(result))
    assert isinstance(step, Failed)
    assert step.failure is Failure.OUTCOME_UNKNOWN
    assert "unknown whether the job exists" in step.reason


def test_an_image_that_is_counted_is_acknowledged_and_not_sent_again() -> None:
    play = sending(acknowledged=2)
    play.tell(trouble(Result.UNANSWERED))
    assert play.asks is Operation.ELEMENTS
    assert play.answer(status("Creating", 3)) == Acknowledge(3, 1)
    assert play.tell(Acknowledged()) == NextDocument()


def test_an_image_that_is_counted_late_is_not_sent_again() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    for _ in range(3):
        play.answer(status("Creating", 0))
        assert isinstance(play.step, Wait)
        play.wait()
        assert play.asks is Operation.ELEMENTS
    assert play.answer(status("Creating", 1)) == Acknowledge(1, 1)
    assert play.waits == [0.5, 1.0, 2.0]


def test_an_image_that_is_not_counted_is_sent_again_a_bounded_number_of_times() -> None:
    # The law: [notes/silent/send-image-retried]
    play = sending()
    sends = 0
    while play.asks is not Operation.CANCEL:
        sends += 1
        again = "repeat" if sends > 1 else ""
        assert play.step == SendRequest(Operation.SEND_IMAGE, SERVICE, SERVICE, 1, again=again)
        play.tell(trouble(Result.PARTLY_SENT))
        while play.asks is Operation.ELEMENTS:
            play.answer(status("Creating", 0))
            play.wait()
    assert sends == TRIES
    failed = play.answer()
    assert isinstance(failed, Failed)
    assert (failed.failure, failed.operation, failed.document_id) == (Failure.UNREACHABLE, "SendImage", 1)
    assert failed.canceled is True


def test_an_image_that_cannot_have_arrived_is_asked_for_less_long() -> None:
    waits = []
    for whole in (False, True):
        play = sending()
        play.tell(trouble(Result.PARTLY_SENT, whole=whole))
        while play.asks is Operation.ELEMENTS:
            play.answer(status("Creating", 0))
            play.wait()
        assert play.asks is Operation.SEND_IMAGE
        waits.append(play.waits)
    assert waits == [[0.5], [0.5, 1.0, 2.0, 4.0]]


def test_attempts_are_counted() -> None:
    play = sending()
    play.tell(trouble(Result.TEMPORARY))
    play.wait()
    play.tell(trouble(Result.PARTLY_SENT))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    assert play.answer() == Acknowledge(1, 3)


def test_the_refusal_of_a_repetition_is_checked_against_the_count() -> None:
    """The first copy was still being stored when the count was asked for; the server refuses the second."""
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    assert play.asks is Operation.SEND_IMAGE
    play.tell(trouble(Result.FAULT))
    assert play.asks is Operation.ELEMENTS
    assert play.answer(status("Creating", 1)) == Acknowledge(1, 2)


def test_the_refusal_of_a_repetition_that_is_not_counted_is_final() -> None:
    play = sending()
    play.tell(trouble(Result.PARTLY_SENT))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    play.tell(trouble(Result.FAULT))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    assert play.asks is Operation.CANCEL
    failed = play.answer()
    assert isinstance(failed, Failed) and failed.failure is Failure.FAULTED and failed.document_id == 1


def test_a_late_copy_of_one_image_does_not_pass_for_the_next() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    play.answer()  # the repetition is answered; the first copy arrives later
    play.tell(Acknowledged(), NewDocument(2))
    play.tell(trouble(Result.PARTLY_SENT))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 2))
        play.wait()
    assert play.step == SendRequest(Operation.SEND_IMAGE, SERVICE, SERVICE, 2, again="repeat")
    assert play.job.acknowledged == [1]


@pytest.mark.parametrize("first", [None, Result.FAULT])
def test_a_late_copy_does_not_pass_for_an_image_whose_repetition_is_refused(first: Result | None) -> None:
    """Image 1 went out twice (its repetition was answered, or refused although it was stored) and is there twice;
    image 2 is not, and its repetition is refused."""
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 0))
        play.wait()
    if first is None:
        play.answer()
    else:
        play.tell(trouble(first, whole=True))
        play.answer(status("Creating", 1))
    play.tell(Acknowledged(), NewDocument(2))
    for result in (Result.UNANSWERED, Result.FAULT):
        assert play.asks is Operation.SEND_IMAGE
        play.tell(trouble(result, whole=True))
        while isinstance(play.step, SendRequest) and play.asks is Operation.ELEMENTS:
            play.answer(status("Creating", 2))
            play.wait()
    assert play.asks is Operation.CANCEL and play.job.acknowledged == [1]


def test_a_job_aborted_because_of_a_broken_image_is_told_as_aborted() -> None:
    play = sending()
    play.tell(trouble(Result.PARTLY_SENT))
    end = status("Aborted", 0, "SendImageFailed")
    assert play.answer(end) == Finished(JobOutcome.ABORTED, end)


def test_an_image_counted_by_a_job_that_ended_is_still_acknowledged() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    assert play.answer(status("Aborted", 1, "PostScanJobTimedOut")) == Acknowledge(1, 1)
    step = play.tell(Acknowledged())
    assert isinstance(step, Finished) and step.outcome is JobOutcome.ABORTED


def test_a_job_that_the_server_completes_too_early_is_no_success() -> None:
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    step = play.answer(status("Completed", 0, "PostScanJobCompletedSuccessfully"))
    assert isinstance(step, Finished)
    assert (step.outcome, "before EndPostScanJob" in step.reason) == (JobOutcome.CONTRADICTED, True)


def test_a_job_that_the_server_gave_up_waiting_for_may_be_called_completed() -> None:
    """MS-BDSRR 2.2.5.11: no contradiction, and no success. [dsp/job-transition/timed-out]"""
    play = sending()
    play.tell(trouble(Result.UNANSWERED))
    step = play.answer(status("Completed", 0, "PostScanJobTimedOut"))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.COMPLETED_WITH_ERRORS
    assert play.job.testimony.contradictions == ()


def test_a_server_that_forgets_the_job_between_images() -> None:
    play = sending(acknowledged=1)
    play.tell(trouble(Result.JOB_NOT_FOUND))
    assert play.asks is Operation.ELEMENTS  # it may know how the job ended
    step = play.tell(trouble(Result.JOB_NOT_FOUND))
    assert isinstance(step, Failed)
    assert (step.failure, step.operation, step.document_id) == (Failure.FAULTED, "SendImage", 2)


def test_a_server_that_timed_the_job_out_says_so() -> None:
    play = sending(acknowledged=1)
    play.tell(trouble(Result.JOB_NOT_FOUND))
    end = status("Aborted", 1, "PostScanJobTimedOut")
    assert play.answer(end) == Finished(JobOutcome.ABORTED, end)


@pytest.mark.parametrize(
    "seen", [trouble(Result.JOB_NOT_FOUND), Answered(status("Canceled", 1)), trouble(Result.FAULT)]
)
def test_a_job_cancelled_at_the_server_is_canceled(seen: Event) -> None:
    play = sending(acknowledged=1)
    play.tell(trouble(Result.JOB_CANCELED))
    step = play.tell(seen)
    assert isinstance(step, Finished) and step.outcome is JobOutcome.CANCELED


def test_a_final_fault_cancels_the_job_and_names_operation_and_image() -> None:
    play = sending(acknowledged=1)
    play.tell(trouble(Result.FAULT))
    assert play.asks is Operation.ELEMENTS
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 1))
        play.wait()
    assert play.step == SendRequest(Operation.CANCEL, SERVICE, SERVICE, limit=5.0)
    step = play.tell(trouble(Result.UNANSWERED))
    assert step == Failed(Failure.FAULTED, "SendImage", str(Result.FAULT), 2, canceled=False)


def test_a_fault_to_create_leaves_nothing_to_cancel() -> None:
    step = Play(Sequencer(SERVICE)).tell(trouble(Result.FAULT))
    assert isinstance(step, Failed) and step.canceled is None


@pytest.mark.parametrize("state", ["Pending", "Processing", "vendor:Busy"])
def test_an_end_that_was_processed_is_not_repeated(state: str) -> None:
    play = ending()
    play.tell(trouble(Result.UNANSWERED))
    assert play.asks is Operation.ELEMENTS
    play.answer(status(state, 2))
    assert play.asks is Operation.ELEMENTS
    step = play.answer(status("Completed", 2))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.COMPLETED


def test_an_end_that_was_not_processed_is_repeated_a_bounded_number_of_times() -> None:
    play = ending()
    ends = 0
    while play.asks is not Operation.CANCEL:
        ends += play.asks is Operation.END
        play.tell(trouble(Result.UNANSWERED))
        while play.asks is Operation.ELEMENTS:
            play.answer(status("Creating", 2))
            play.wait()
    assert ends == TRIES


def test_an_end_whose_repetition_is_refused_was_processed() -> None:
    play = ending()
    play.tell(trouble(Result.UNANSWERED))
    while play.asks is Operation.ELEMENTS:
        play.answer(status("Creating", 2))
        play.wait()
    assert play.asks is Operation.END
    play.tell(trouble(Result.FAULT))
    play.answer(status("Processing", 2))
    step = play.answer(status("Completed", 2))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.COMPLETED


def test_an_end_unanswered_by_a_server_that_then_forgot_is_unconfirmed() -> None:
    play = ending()
    play.tell(trouble(Result.UNANSWERED))
    step = play.tell(trouble(Result.JOB_NOT_FOUND))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.UNCONFIRMED


def test_a_job_forgotten_while_it_is_watched_is_unconfirmed() -> None:
    # The law: [dsp/answer/unseen-end-is-unconfirmed]
    play = ending()
    play.answer()
    play.answer(status("Processing", 2))
    play.wait()
    step = play.tell(trouble(Result.JOB_NOT_FOUND))
    assert isinstance(step, Finished)
    assert (step.outcome, step.reason) == (JobOutcome.UNCONFIRMED, "the server no longer knows the job")


@pytest.mark.parametrize(
    "result",
    [
        Result.FAULT,
        Result.NONSENSE,
        Result.REFUSED_US,
        Result.NOT_SENT,
        Result.TEMPORARY,
    ],
)
def test_a_job_handed_over_is_not_cancelled_because_it_cannot_be_watched(result: Result) -> None:
    play = ending()
    play.answer()
    while isinstance(play.step, SendRequest):
        assert play.asks is Operation.ELEMENTS
        play.tell(trouble(result))
        play.wait()
    assert isinstance(play.step, Failed) and play.step.canceled is None


def test_watching_survives_a_restart_of_the_network() -> None:
    play = ending()
    play.answer()
    for _ in range(3):
        for result in (
            Result.NOT_SENT,
            Result.UNANSWERED,
            Result.TEMPORARY,
            Result.PARTLY_SENT,
        ):
            play.tell(trouble(result))
            play.wait()
        play.answer(status("Processing", 2))
        play.wait()
    step = play.answer(status("Completed", 2))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.COMPLETED


def test_a_status_seen_elsewhere_ends_the_job() -> None:
    play = created()
    play.documents(1)
    play.job.status_seen(JobStatus(job_token="another", job_state="Aborted", filter_statuses=(), images_received=0))
    play.documents(1)
    play.job.status_seen(status("Aborted", 2, "PostScanJobTimedOut"))
    play.tell(NewDocument(3))
    step = play.answer(status("Aborted", 2, "PostScanJobTimedOut"))
    assert isinstance(step, Finished) and step.outcome is JobOutcome.ABORTED


def test_an_objection_cancels_the_job_that_was_created() -> None:
    play = Play(Sequencer(SERVICE))
    play.tell(Answered(TOKEN, "strict: white space"))
    assert play.asks is Operation.CANCEL
    step = play.answer()
    assert isinstance(step, Failed)
    assert (step.failure, step.reason) == (Failure.NONSENSE, "strict: white space")


# Interrupts and failures on our side


def test_an_interrupt_before_there_is_a_job_ends_at_once() -> None:
    play = Play(Sequencer(SERVICE))
    play.tell(trouble(Result.NOT_SENT))
    assert isinstance(play.step, Wait)
    step = play.tell(Interrupted())
    assert isinstance(step, Failed) and step.failure is Failure.INTERRUPTED


def test_an_interrupted_create_is_waited_for_and_its_job_cancelled() -> None:
    play = Play(Sequencer(SERVICE))
    assert play.tell(Interrupted()) == AwaitAnswer(5.0)
    play.tell(Answered(TOKEN))
    assert play.step == SendRequest(Operation.CANCEL, SERVICE, SERVICE, limit=5.0)
    step = play.answer()
    assert isinstance(step, Failed) and (step.failure, step.canceled) == (Failure.INTERRUPTED, True)


@pytest.mark.parametrize(
    ("result", "known"),
    [(Result.UNANSWERED, False), (Result.NONSENSE, False), (Result.NOT_SENT, True)],
)
def test_an_interrupted_create_without_an_answer_says_what_is_not_known(result: Result, known: bool) -> None:
    play = Play(Sequencer(SERVICE))
    play.tell(Interrupted())
    step = play.tell(trouble(result))
    assert isinstance(step, Failed)
    assert ("unknown whether the job exists" not in step.reason) is known


def at_document() -> Play:
    return created()


def at_send() -> Play:
    return sending(1)


def at_send_pause() -> Play:
    play = sending(1)
    play.tell(trouble(Result.TEMPORARY))
    return play


def at_send_check() -> Play:
    play = sending(1)
    play.tell(trouble(Result.UNANSWERED))
    return play


def at_end() -> Play:
    return ending()


def at_watch() -> Play:
    play = ending()
    play.answer()
    return play


@pytest.mark.parametrize("reach", [at_document, at_send, at_send_pause, at_send_check, at_end, at_watch])
@pytest.mark.parametrize(
    "result",
    [
        Result.ANSWERED,
        Result.JOB_NOT_FOUND,
        Result.FAULT,
        Result.UNANSWERED,
        Result.NOT_SENT,
    ],
)
def test_an_interrupt_at_any_moment_cancels_the_job(reach: object, result: Result) -> None:
    play: Play = reach()  # type: ignore[operator]
    assert play.tell(Interrupted()) == SendRequest(Operation.CANCEL, SERVICE, SERVICE, limit=5.0)
    step = play.tell(Answered() if result is Result.ANSWERED else trouble(result))
    assert isinstance(step, Failed)
    assert step.failure is Failure.INTERRUPTED
    # A job that is not found does not go on: that is as good as cancelled.
    assert step.canceled is (result in (Result.ANSWERED, Result.JOB_NOT_FOUND))


def test_a_second_interrupt_does_not_wait_for_the_cancellation() -> None:
    play = sending()
    play.tell(Interrupted())
    step = play.tell(Interrupted())
    assert isinstance(step, Failed) and step.failure is Failure.INTERRUPTED


def test_a_failing_source_cancels_the_job() -> None:
    play = created()
    play.documents(1)
    play.tell(SourceFailed("page 2 of b.pdf is encrypted"))
    assert play.asks is Operation.CANCEL
    step = play.answer()
    assert isinstance(step, Failed)
    assert (step.failure, step.reason, step.canceled) == (Failure.SOURCE, "page 2 of b.pdf is encrypted", True)


# Finding the service

SERVER = "https://dsm1.contoso.com:5362/ScanServer"
ADDRESS = "urn:uuid:978e9349-e854-444f-87a6-1946553e14a6"
WITH_DSP = Metadata(
    hosted=(
        HostedService("https://dsm1/dsc", (QName("urn:dsc", "S"),), "uri:c"),
        HostedService("http://dsm1/open", (QName(DSP, "T"),), "uri:p", ("https://dsm1/dsp",)),
    )
)


def matches(*xaddrs: str) -> Answered:
    return Answered((ProbeMatch(ADDRESS, (), (), xaddrs),))


def test_probe_get_service() -> None:
    # The law: [dsp/sequence/directed-probe] [dsp/sequence/get-from-that-address]
    search = ServiceSearch(SERVER)
    assert search.start() == SendRequest(
        Operation.PROBE, SERVER, "urn:schemas-xmlsoap-org:ws:2005:04:discovery", limit=10.0
    )
    assert search.feed(matches("https://dsm1/meta")) == SendRequest(Operation.GET, "https://dsm1/meta", ADDRESS)
    assert search.feed(Answered(WITH_DSP)) == Found("https://dsm1/dsp")
    assert [(each.place, each.id) for each in search.deviations] == [("Get", "address-scheme")]


def test_the_next_address_is_tried_when_one_fails_and_the_given_url_last() -> None:
    search = ServiceSearch(SERVER)
    search.start()
    asked = [search.feed(matches("https://10.0.0.1/a", "http://10.0.0.1/a", "soap.udp://x", "https://[::1/", "/r"))]
    for result in (Result.NOT_SENT, Result.NONSENSE):
        asked.append(search.feed(trouble(result)))
    assert asked[0] == SendRequest(Operation.GET, "https://10.0.0.1/a", ADDRESS)
    assert asked[1] == SendRequest(Operation.GET, SERVER, ADDRESS)
    assert isinstance(asked[2], Failed) and asked[2].failure is Failure.NONSENSE
    assert len(asked) == 3


@pytest.mark.parametrize("result", [Result.FAULT, Result.NONSENSE, Result.UNANSWERED])
def test_a_server_that_does_not_answer_probe_is_asked_for_metadata_and_that_is_told(result: Result) -> None:
    search = ServiceSearch(SERVER)
    search.start()
    assert search.feed(trouble(result)) == SendRequest(Operation.GET, SERVER, SERVER)
    assert search.feed(Answered(WITH_DSP)) == Found("https://dsm1/dsp")
    assert "probe-unanswered" in [each.id for each in search.deviations]


def test_empty_probe_matches_are_told_too() -> None:
    search = ServiceSearch(SERVER)
    search.start()
    assert search.feed(Answered(())) == SendRequest(Operation.GET, SERVER, SERVER)
    assert [each.id for each in search.deviations] == ["probe-unanswered"]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Metadata(), "names no services"),
        (Metadata(hosted=WITH_DSP.hosted[:1]), "no WS-DSP service, only S"),
        (Metadata(hosted=(HostedService("http://a/", (QName(DSP, "T"),), "u"),)), "no address that can be used"),
        (Metadata(hosted=(HostedService("urn:uuid:1", (QName(DSP, "T"),), "u"),)), "no address that can be used"),
    ],
)
def test_a_host_without_a_usable_service(found: Metadata, says: str) -> None:
    search = ServiceSearch(SERVER)
    search.start()
    search.feed(Answered(()))
    step = search.feed(Answered(found))
    assert isinstance(step, Failed) and step.failure is Failure.NONSENSE and says in step.reason


def test_an_open_server_may_have_an_open_service() -> None:
    # The law: [dsp/security/https]
    search = ServiceSearch("http://127.0.0.1:1/ScanServer")
    search.start()
    search.feed(Answered(()))
    assert search.feed(Answered(WITH_DSP)) == Found("http://dsm1/open")


def test_a_service_may_be_named_by_its_path_alone() -> None:
    search = ServiceSearch(SERVER)
    search.start()
    search.feed(matches("https://10.0.0.1:1/meta"))
    service = HostedService("/dsp", (QName(DSP, "T"),), "u", parameters=(("/dsp", (b"<id/>",)),))
    assert search.feed(Answered(Metadata(hosted=(service,)))) == Found("https://10.0.0.1:1/dsp", (b"<id/>",))
    assert not list(search.deviations)


@pytest.mark.parametrize(
    ("result", "failure", "tries"),
    [(Result.NOT_SENT, Failure.UNREACHABLE, 5), (Result.NOT_TRUSTED, Failure.NOT_TRUSTED, 1),
     (Result.REFUSED_US, Failure.REFUSED_US, 1), (Result.UNANSWERED, Failure.UNREACHABLE, 2),
     (Result.NONSENSE, Failure.NONSENSE, 2), (Result.TEMPORARY, Failure.FAULTED, 5)],
)  # fmt: skip
def test_a_search_ends(result: Result, failure: Failure, tries: int) -> None:
    search = ServiceSearch(SERVER)
    step = search.start()
    exchanges = 0
    while not isinstance(step, Failed):
        exchanges += isinstance(step, SendRequest)
        step = search.feed(Waited() if isinstance(step, Wait) else trouble(result))
    assert (step.failure, exchanges) == (failure, tries)


def test_an_endless_list_of_addresses_is_cut() -> None:
    search = ServiceSearch(SERVER)
    search.start()
    step = search.feed(Answered(tuple(ProbeMatch(f"urn:{n}", xaddrs=(f"https://h{n}/",)) for n in range(200))))
    asked = []
    while isinstance(step, SendRequest):
        asked.append(step.url)
        step = search.feed(trouble(Result.NONSENSE))
    assert len(asked) <= 8 and asked[-1] == SERVER


# Random failures against a model of a scan server


class ScanServerModel:
    """What a scan server does with requests that may or may not arrive, be answered, or be late.

    `lax`: it stores an image twice when a DocumentId comes twice; a strict one refuses.
    """

    def __init__(self, data: st.DataObject, *, lax: bool) -> None:
        self.data = data
        self.lax = lax
        self.exists = False
        self.state = "Creating"
        self.stored: list[int] = []
        self.late: list[int] = []
        self.creates_out = 0
        self.faults = 0

    def exchange(self, step: SendRequest) -> Event:
        if self.late and self.data.draw(st.booleans(), "a late image is stored now"):
            self._store(self.late.pop())
        fate = self.data.draw(
            st.sampled_from(["well"] * 6 + ["refused", "busy", "lost", "unanswered", "dropped", "late"]), "fate"
        )
        if fate == "refused":
            return trouble(Result.NOT_SENT)
        if step.operation is Operation.CREATE:
            self.creates_out += fate != "busy"
        if fate == "busy":
            return trouble(Result.TEMPORARY)
        if fate == "lost":
            return trouble(Result.PARTLY_SENT)
        if fate == "dropped":  # a relay took all of it, the server nothing
            return trouble(Result.UNANSWERED)
        if fate == "late" and step.operation is Operation.SEND_IMAGE:
            assert step.document_id is not None
            self.late.append(step.document_id)
            return trouble(Result.UNANSWERED)
        event = self._process(step)
        return trouble(Result.UNANSWERED) if fate == "unanswered" else event

    def _process(self, step: SendRequest) -> Event:
        match step.operation:
            case Operation.CREATE:
                self.exists = True
                return Answered(TOKEN)
            case Operation.SEND_IMAGE:
                assert step.document_id is not None
                return Answered() if self._store(step.document_id) else trouble(Result.FAULT)
            case Operation.END:
                if self.state != "Creating":
                    return trouble(Result.FAULT)
                self.state = "Pending"
                return Answered()
            case Operation.CANCEL:
                self.state = "Canceled"
                return Answered()
            case _:
                if self.state == "Pending":
                    self.state = "Completed"
                    return Answered(status("Pending", len(self.stored)))
                return Answered(status(self.state, len(self.stored)))

    def _store(self, document_id: int) -> bool:
        if self.state != "Creating" or (document_id in self.stored and not self.lax):
            return False
        self.stored.append(document_id)
        return True


@settings(max_examples=400, deadline=None)
@given(st.data(), st.booleans(), st.integers(1, 4))
def test_whatever_fails_nothing_acknowledged_is_missing_or_acknowledged_twice(
    data: st.DataObject, lax: bool, total: int
) -> None:
    server = ScanServerModel(data, lax=lax)
    job = Sequencer(SERVICE)
    step = job.start()
    told: list[int] = []
    for _ in range(500):
        event: Event
        match step:
            case SendRequest():
                event = server.exchange(step)
            case Wait():
                event = Waited()
            case Acknowledge(document_id, attempts):
                assert 1 <= attempts <= TRIES
                assert document_id in server.stored, "acknowledged, but the server does not have it"
                told.append(document_id)
                event = Acknowledged()
            case NextDocument():
                event = NewDocument(len(told) + 1) if len(told) < total else NoMoreDocuments()
            case _:
                break
        step = job.feed(event)
    else:
        raise AssertionError("the job does not end")
    assert told == list(range(1, len(told) + 1)) == job.acknowledged
    assert server.creates_out <= 1
    if not lax:
        assert len(set(server.stored)) == len(server.stored)
    if isinstance(step, Finished) and step.outcome is JobOutcome.COMPLETED:
        assert told == sorted(set(server.stored)) == list(range(1, total + 1))
