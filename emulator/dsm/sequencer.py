"""The sequencer of a post-scan job: told what happened, it says what to do next. No clock, no I/O.

`start()` gives the first step; each step is done by the caller, who tells what came of it with `feed()`
and gets the next one, until Finished or Failed. What is done when lies in the table (sequence_table.py);
here is how. Whether what the server says of the job can be believed: contradictions.py. How the service is found:
service_search.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emulator.dsm.job_status import JobStatus
from emulator.dsm.job_under_way import REPEATED, JobUnderWay
from emulator.dsm.open_request import OpenRequest
from emulator.dsm.outcome import SUCCESSES, Failure, JobOutcome, outcome_of
from emulator.dsm.sequence_steps import (
    FAILURES,
    Acknowledged,
    Answered,
    AwaitAnswer,
    Event,
    Failed,
    Interrupted,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SourceFailed,
    Step,
    Trouble,
    Wait,
    Waited,
    pause_before_retry,
)
from emulator.dsm.sequence_table import (
    CANCEL_LIMIT,
    CONFIRM_PAUSES,
    NOT_PROCESSED,
    RULES,
    TRIES,
    Phase,
    Reaction,
    Result,
)
from emulator.dsm.states import FINAL_JOB_STATES, JobState
from emulator.soap.deviations import Deviation

_BROKEN: Final = frozenset({Result.PARTLY_SENT, Result.UNANSWERED})


class Sequencer(JobUnderWay):
    """One post-scan job.
    [dsp/sequence/create-before-images] [dsp/sequence/one-send-image-for-each-document]
    [dsp/sequence/end-after-the-last-response]"""

    # What the caller does

    def start(self) -> Step:
        """The first step."""
        return self._enter(Phase.CREATE)

    def feed(self, event: Event, now: float = 0.0) -> Step:
        """Tell what came of the last step. `now`: seconds of any clock that only goes forward."""
        self._now = now
        match event:
            case Interrupted():
                return self._interrupted()
            case SourceFailed(reason):
                return self._cancel(Failed(Failure.SOURCE, self.phase, reason))
            case Waited():
                return self._ended_at_server() or self._exchange()
            case Acknowledged():
                return self._document()
            case NewDocument(document_id):
                self._request = OpenRequest(document_id)
                return self._ended_at_server() or self._enter(Phase.SEND)
            case NoMoreDocuments():
                self._request = OpenRequest()
                return self._ended_at_server() or self._enter(Phase.END)
            case Answered():
                self._under_way = False
                return self._answered(event)
            case Trouble():
                self._under_way = False
                return self._trouble(event)

    def status_seen(self, status: JobStatus, psp_identifier: str = "") -> bool:
        """A JobStatus that came another way (an event of the server), at any moment; another job's is ignored, and
        old news changes nothing. `psp_identifier`: the scan process that the event names. Whether the end of the
        job is known by it: a Wait, and a question for the final state, need not come to their end then (tell
        Waited)."""
        if not self.job_token or status.job_token != self.job_token:
            return False
        self._pace.events = True
        self.testimony.described(psp_identifier, self._psp_identifier)
        self.testimony.hear(status, polled=False)
        return self._learn(status, "event")

    def contradicted(self, deviations: Iterable[Deviation]) -> None:
        """What is wrong with an event of the job: contradictions among it are kept."""
        self.testimony.keep(deviations)

    def events_lost(self) -> None:
        """Events come no more: the server is asked as often as if there had been none."""
        self._pace.events_lost()

    # From phase to phase

    def _document(self) -> Step:
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        self.phase = Phase.DOCUMENT
        return NextDocument()

    # Answers

    def _answered(self, answer: Answered) -> Step:
        content = answer.content
        if self.phase in (Phase.CREATE, Phase.LATE_CREATE) and isinstance(content, str):
            self.testimony.job_token = content
        self.testimony.keep(answer.deviations)
        foreign = False
        if isinstance(content, JobStatus):
            foreign = not self.testimony.answered_about(content.job_token)
            if not foreign:
                self.testimony.hear(content, polled=True)
                self._learn(content, "poll")
        objection = answer.objection
        if self._strict and not objection:
            objection = next((f"strict: {each}" for each in self.testimony.found), "")
        if objection and self.phase not in (Phase.CANCEL, Phase.LATE_CREATE):
            self._handed_over |= self.phase is Phase.END
            return self._cancel(self._failed(Trouble(Result.NONSENSE, objection)))
        if foreign:
            assert isinstance(content, JobStatus)
            return self._trouble(
                Trouble(Result.ANOTHER_JOB, f"the server answers about another job, {content.job_token[:80]}")
            )
        match self.phase:
            case Phase.CREATE:
                return self._document()
            case Phase.LATE_CREATE:
                return self._enter(Phase.CANCEL)
            case Phase.SEND:
                self._request.answered()
                return self._acknowledge()
            case Phase.SEND_CHECK:
                return self._checked_send(content)
            case Phase.END:
                return self._taken_over()
            case Phase.END_CHECK:
                return self._checked_end()
            case Phase.WATCH:
                self._tries = 0
                return self._ended_at_server() or self._poll_again()
            case Phase.CONFIRM:
                return self._confirmed(content)
            case Phase.POSTMORTEM:
                return self._ended_at_server() or self._give_up()
            case Phase.CANCEL:
                return self._canceled(True)
        raise AssertionError(f"an answer of {type(content).__name__} in {self.phase}")

    def _checked_send(self, content: object) -> Step:
        """ImagesReceived decides whether the server has the image whose SendImage is open.
        [dsp/job-status/images-received]"""
        assert isinstance(content, JobStatus)
        request, count = self._request, content.images_received
        trouble = request.trouble
        others = len(self.acknowledged) + self._copies  # a late copy of an earlier image must not pass for this one
        if count is not None and count > others and trouble.result not in NOT_PROCESSED:
            self.warnings.append(
                f"image {request.document_id} is acknowledged by ImagesReceived alone: {trouble.reason}"
            )
            return self._acknowledge()
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        pause = request.pause()
        if pause is not None:
            return self._ask_again(pause)
        # Not counted. A refusal was the server's last word on it; else it goes out once more.
        if request.may_go_out_again and count is not None and self._in_creating:
            return self._enter(Phase.SEND)
        reason = trouble.reason + (
            "" if count is not None else f"; unknown whether image {request.document_id} arrived"
        )
        return self._cancel(self._failed(Trouble(trouble.result, reason, trouble.fault), Operation.SEND_IMAGE))

    def _checked_end(self) -> Step:
        """The job's state tells whether the server had the EndPostScanJob that is open."""
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        request = self._request
        if not self._in_creating:
            self.warnings.append(f"EndPostScanJob is acknowledged by JobState alone: {request.trouble.reason}")
            return self._taken_over()
        pause = request.pause()
        if pause is not None:
            return self._ask_again(pause)
        if request.may_go_out_again:
            return self._enter(Phase.END)
        return self._cancel(self._failed(request.trouble, Operation.END))

    def _taken_over(self) -> Step:
        """The server has the whole job."""
        self._handed_over = True
        if not self._wait:
            return self._finish(JobOutcome.NOT_AWAITED)
        self._pace.begin(self._now)
        self.phase, self._tries = Phase.WATCH, 0
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        return self._poll_again() if self._pace.events else self._exchange()

    def _poll_again(self) -> Step:
        pause = self._pace.pause(self._now)
        if pause is None:
            limit = f"{self._pace.job_limit:g} s"
            return self._finish(JobOutcome.UNCONFIRMED, f"no final state within {limit} of EndPostScanJob")
        return Wait(pause)

    def _confirmed(self, content: object) -> Step:
        """An event has told the end; the server, asked, says so too or not."""
        assert isinstance(content, JobStatus) and self.status is not None
        if content.job_state not in FINAL_JOB_STATES:
            if self._confirmations < len(CONFIRM_PAUSES):
                self._confirmations += 1
                return self._ask_again(CONFIRM_PAUSES[self._confirmations - 1])
            self.testimony.not_ended(content)
            if not self.testimony.ended:
                # It still takes images, and the device has stopped: the job is not left there.
                told, self.status = self.status.job_state, content
                reason = f"an event told the state {told}, and the scan server, when asked, {content.job_state}"
                return self._cancel(Failed(Failure.NONSENSE, Operation.ELEMENTS, reason))
        return self._finish(outcome_of(self.status) or JobOutcome.UNCONFIRMED)

    # Trouble

    def _trouble(self, trouble: Trouble) -> Step:
        self.counts.dropped += trouble.result in _BROKEN
        if trouble.result in NOT_PROCESSED:
            self._undo()
        if self.phase in (Phase.WATCH, Phase.END_CHECK):
            ended = self._ended_at_server()  # an event has told it: no matter what became of the question
            if ended is not None:
                return ended
        if (
            self._request.in_doubt
            and self.phase in REPEATED
            and trouble.result in (Result.FAULT, Result.JOB_NOT_FOUND)
        ):
            trouble = Trouble(Result.DOUBTFUL_FAULT, trouble.reason, trouble.fault, trouble.whole)
        result = trouble.result
        match RULES[self.phase][result]:
            case Reaction.RETRY:
                return self._retry(trouble)
            case Reaction.CHECK:
                return self._check(trouble, may_repeat=True)
            case Reaction.ASK:
                return self._check(trouble, may_repeat=False)
            case Reaction.POSTMORTEM:
                self._failing, self._refused_in = self._failed(trouble), self.phase
                self._undo()
                if result is Result.JOB_CANCELED:
                    self._failing = None
                return self._ended_at_server() or self._enter(Phase.POSTMORTEM)
            case Reaction.CANCEL:
                return self._cancel(self._failed(trouble))
            case Reaction.FAIL:
                return self._fail(self._failed(trouble))
            case Reaction.UNKNOWN:
                return self._fail(self._created_or_not(trouble))
            case Reaction.UNCONFIRMED:
                return self._finish(JobOutcome.UNCONFIRMED, "the server no longer knows the job")
            case Reaction.JOB_CANCELED:
                return self._finish(JobOutcome.CANCELED)
            case Reaction.GO_ON:
                return self._go_on(trouble)
        raise AssertionError(f"no row of the table for {result} in {self.phase}")

    def _created_or_not(self, trouble: Trouble) -> Failed:
        reason = trouble.reason
        if trouble.result in _BROKEN:
            return Failed(Failure.OUTCOME_UNKNOWN, Operation.CREATE, f"{reason}; unknown whether the job exists")
        if trouble.whole:
            reason += "; unknown whether the job exists"
        return Failed(FAILURES[trouble.result], Operation.CREATE, reason)

    def _retry(self, trouble: Trouble) -> Step:
        if self._tries < TRIES:
            return Wait(pause_before_retry(self._tries, trouble))
        if self.phase in REPEATED and trouble.result is not Result.NOT_SENT:
            return self._check(trouble, may_repeat=False)
        if trouble.result is Result.ANOTHER_JOB and self.phase in (Phase.WATCH, Phase.END_CHECK):
            return self._finish(JobOutcome.UNCONFIRMED, trouble.reason)
        return self._cancel(self._failed(trouble))

    def _check(self, trouble: Trouble, *, may_repeat: bool) -> Step:
        """Ask what became of a SendImage or EndPostScanJob."""
        self._request.opened(trouble, may_repeat=may_repeat)
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        return self._enter(Phase.SEND_CHECK if self.phase is Phase.SEND else Phase.END_CHECK)

    def _go_on(self, trouble: Trouble) -> Step:
        match self.phase:
            case Phase.CONFIRM:
                return self._unconfirmed_event(trouble)
            case Phase.POSTMORTEM if self._failing is not None:
                return self._fail(self._failing)
            case Phase.POSTMORTEM:
                return self._finish(JobOutcome.CANCELED)
            case Phase.LATE_CREATE:
                assert self._failing is not None
                known = trouble.result in NOT_PROCESSED or trouble.fault is not None
                reason = self._failing.reason if known else "interrupted; unknown whether the job exists"
                return self._fail(Failed(Failure.INTERRUPTED, Operation.CREATE, reason))
            case _:
                # A job that is not found is none that goes on.
                return self._canceled(trouble.result is Result.JOB_NOT_FOUND)

    def _unconfirmed_event(self, trouble: Trouble) -> Step:
        """An event has told the end, and the question for it is not answered: a server may forget a job that has
        ended, and some leave questions without an answer. [dsp/answer/jobs-may-be-forgotten]"""
        assert self.status is not None
        if trouble.result is Result.JOB_CANCELED and self.status.job_state != JobState.CANCELED:
            self.testimony.refused_as("ServerErrorPostScanJobCanceled", self.status)
        if trouble.result is not Result.JOB_NOT_FOUND:
            self.warnings.append(f"the end of the job is known by an event alone: {trouble.reason}")
        outcome = outcome_of(self.status)
        if outcome is None or (outcome in SUCCESSES and not self._handed_over):
            reason = "the end of the job is known by an event alone, and EndPostScanJob was not answered"
            return self._finish(JobOutcome.UNCONFIRMED, reason)
        return self._finish(outcome)

    def _give_up(self) -> Step:
        """The server has refused a request of a job that goes on all the same, as its JobStatus says."""
        assert self.status is not None
        if self._failing is None:
            self.testimony.refused_as("ServerErrorPostScanJobCanceled", self.status)
            return self._finish(JobOutcome.CANCELED)
        self.testimony.refused_as("ClientErrorJobTokenNotFound", self.status)
        if self._refused_in is Phase.END and not self._in_creating:
            return self._taken_over()
        return self._cancel(self._failing)

    def _interrupted(self) -> Step:
        # The law: [dsp/cancel-post-scan-job/best-effort]
        failed = Failed(Failure.INTERRUPTED, self.phase, "interrupted", self._request.document_id)
        if self.phase is Phase.CREATE and self._under_way:
            self._failing = failed
            self.phase = Phase.LATE_CREATE
            return AwaitAnswer(CANCEL_LIMIT)
        if self.phase in (Phase.CANCEL, Phase.LATE_CREATE):
            return self._fail(self._failing or failed)
        return self._cancel(failed)
