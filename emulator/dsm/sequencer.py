"""The sequencer of a post-scan job: told what happened, it says what to do next. No clock, no I/O.

`start()` gives the first step; each step is done by the caller, who tells what came of it with `feed()`
and gets the next one, until Finished or Failed. What is done when lies in the table (sequence_table.py);
here is how. Whether what the server says of the job can be believed: contradictions.py. How the service is found:
service_search.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from emulator.dsm.contradictions import Testimony
from emulator.dsm.exchange_counts import ExchangeCounts
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import SUCCESSES, JobOutcome, outcome_of, warnings_of
from emulator.dsm.sequence_steps import (
    FAILURES,
    OPERATIONS,
    Acknowledge,
    Answered,
    AwaitAnswer,
    Event,
    Exchange,
    Failed,
    Failure,
    Finished,
    Interrupted,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SourceFailed,
    Step,
    Told,
    Trouble,
    Wait,
    Waited,
    pause_before_retry,
)
from emulator.dsm.sequence_table import (
    CANCEL_LIMIT,
    CONFIRM_LIMIT,
    CONFIRM_PAUSES,
    ENDING_PAUSES,
    EVENT_POLL_FIRST,
    EVENT_POLL_LONGEST,
    NOT_PROCESSED,
    PARTIAL_PAUSES,
    POLL_FIRST,
    POLL_GROWTH,
    POLL_LONGEST,
    RULES,
    STORING_PAUSES,
    TRIES,
    Met,
    Phase,
    Reaction,
)
from emulator.dsm.states import FINAL_JOB_STATES, JobState, precedes
from emulator.soap.deviations import Deviation

_REPEATED: Final = frozenset({Phase.SEND, Phase.END})
"""Requests that may have been processed although their exchange broke."""
_BROKEN: Final = frozenset({Met.PARTLY_SENT, Met.UNANSWERED})


class Sequencer:
    """One post-scan job."""

    def __init__(
        self,
        service_url: str,
        *,
        dialects: Sequence[str] = (),
        psp_identifier: str = "",
        job_limit: float = 600.0,
        wait: bool = True,
        strict: bool = False,
        counts: ExchangeCounts | None = None,
    ) -> None:
        """`service_url`: address of the WS-DSP service. `dialects` and `psp_identifier`: of the filters and the scan
        process that the job is created with, where they are known. `job_limit`: seconds from
        EndPostScanJobResponse to the final state. `wait` False: done at EndPostScanJobResponse. `strict`: a
        contradiction of the server is a failure. `counts`: those of the search for the service."""
        self.service_url = service_url
        self.testimony = Testimony(dialects)
        self.counts = counts or ExchangeCounts()
        self.warnings: list[str] = []
        """What went otherwise than it should, and did no harm; a line each."""
        self.attempts: dict[int, int] = {}
        """How often each document went out, by DocumentId."""
        self.acknowledged: list[int] = []
        self.status: JobStatus | None = None
        """The last JobStatus seen."""
        self.end_known_by: Literal["", "event", "poll"] = ""
        """Which way the final state was told first."""
        self.phase = Phase.ENDED
        self._psp_identifier = psp_identifier
        self._job_limit = job_limit
        self._wait = wait
        self._strict = strict
        self._now = 0.0
        self._tries = 0  # of the request of this phase
        self._document_id: int | None = None
        self._sends = 0  # of the document under way, or of EndPostScanJob
        self._under_way = False
        self._in_doubt = False  # the fate of an earlier send of the same request is unknown
        self._whole_sends = 0  # of the document under way, that may have arrived
        self._copies = 0  # images acknowledged that may be at the server, and be counted, once more
        self._questions = 0
        self._doubt = Trouble(Met.ANSWERED, "")
        self._may_repeat = False  # the request in doubt
        self._ended_before = False  # an EndPostScanJob before the one under way may have been taken
        self._handed_over = False
        self._poll = 0.0
        self._events = False  # events of the job arrive
        self._watch_began = 0.0
        self._failing: Failed | None = None
        self._refused_in = Phase.ENDED

    # What the caller does

    @property
    def job_token(self) -> str:
        """JobToken as the server gave it; '' while there is none."""
        return self.testimony.job_token

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
            case Told():
                return self._document()
            case NewDocument(document_id):
                self._begin(document_id)
                return self._ended_at_server() or self._enter(Phase.SEND)
            case NoMoreDocuments():
                self._begin(None)
                return self._ended_at_server() or self._enter(Phase.END)
            case Answered():
                self._under_way = False
                return self._answered(event)
            case Trouble():
                self._under_way = False
                return self._trouble(event)

    def status_seen(self, status: JobStatus, psp_identifier: str = "") -> bool:
        """A JobStatus that came another way (an event of the server), at any moment; another job's is ignored, and old
        news changes nothing. `psp_identifier`: the scan process that the event names. Whether the end of the job is
        known by it: a Wait, and a question for the final state, need not come to their end then (tell Waited)."""
        if not self.job_token or status.job_token != self.job_token:
            return False
        self._events = True
        self.testimony.described(psp_identifier, self._psp_identifier)
        self.testimony.hear(status, polled=False)
        return self._learn(status, "event")

    def contradicted(self, deviations: Iterable[Deviation]) -> None:
        """What is wrong with an event of the job: contradictions among it are kept."""
        self.testimony.keep(deviations)

    def events_lost(self) -> None:
        """Events come no more: the server is asked as often as if there had been none."""
        self._events = False
        self._poll = 0.0

    def _learn(self, status: JobStatus, way: Literal["event", "poll"]) -> bool:
        """Take it unless it is old news; whether the job's end is known by it for the first time."""
        if self.status is not None and precedes(status.job_state, self.status.job_state):
            return False
        self.status = status
        if self.end_known_by or outcome_of(status) is None:
            return False
        self.end_known_by = way
        return True

    # From phase to phase

    def _begin(self, document_id: int | None) -> None:
        self._document_id, self._sends, self._in_doubt, self._whole_sends = document_id, 0, False, 0

    def _enter(self, phase: Phase) -> Step:
        self.phase = phase
        self._tries = self._sends if phase in _REPEATED else 0
        return self._exchange()

    def _exchange(self) -> Step:
        """The request of this phase."""
        self._tries += 1
        self._under_way = True
        operation = OPERATIONS[self.phase]
        self._count(operation)
        if self.phase in _REPEATED:
            self._sends = self._tries
        document_id = self._document_id if self.phase is Phase.SEND else None
        if document_id is not None:
            self.attempts[document_id] = self._sends
            self.testimony.sent += 1
        if self.phase is Phase.END:
            self._ended_before, self.testimony.ended = self.testimony.ended, True
        limit = CANCEL_LIMIT if self.phase in (Phase.CANCEL, Phase.POSTMORTEM) else None
        if self.phase is Phase.CONFIRM:
            limit = CONFIRM_LIMIT
        return Exchange(operation, self.service_url, self.service_url, document_id, limit)

    def _count(self, operation: Operation) -> None:
        self.counts.requests += 1
        self.counts.polls += operation is Operation.ELEMENTS
        if self._tries > 1:
            if self.phase in _REPEATED and self._in_doubt:
                self.counts.repeats += 1
            else:
                self.counts.retries += 1

    def _document(self) -> Step:
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        self.phase = Phase.DOCUMENT
        return NextDocument()

    def _acknowledge(self) -> Step:
        assert self._document_id is not None
        self.acknowledged.append(self._document_id)
        self.testimony.acknowledged += 1
        self._copies += max(0, self._whole_sends - 1)
        return Acknowledge(self._document_id, self._sends)

    def _finish(self, outcome: JobOutcome, reason: str = "") -> Step:
        """The end; a success only if all that the server says agrees with it."""
        self.phase = Phase.ENDED
        contradictions = self.testimony.contradictions
        if contradictions and outcome in SUCCESSES | {JobOutcome.NOT_AWAITED}:
            told = "; ".join(f"{each.place.rpartition('/')[2]} {each.detail}" for each in contradictions)
            return Finished(JobOutcome.CONTRADICTED, self.status, f"the scan server contradicts itself: {told}")
        if outcome in SUCCESSES:
            told_last = None if self.status is None else self.status.images_received
            count = self.testimony.count if told_last is None else told_last
            if count != len(self.acknowledged):
                told = "never told" if count is None else f"last told as {count}"
                reason = f"ImagesReceived was {told}, {len(self.acknowledged)} images were acknowledged"
                return Finished(JobOutcome.UNCONFIRMED, self.status, reason)
        if self.status is not None and outcome is JobOutcome.COMPLETED_WITH_WARNINGS:
            self.warnings += warnings_of(self.status)
        return Finished(outcome, self.status, reason)

    def _ended_at_server(self) -> Step | None:
        """The end, or the question whether it is true, if a JobStatus has told of it."""
        outcome = None if self.status is None else outcome_of(self.status)
        if outcome is None or self.phase is Phase.CONFIRM:
            return None
        if self.end_known_by == "event" and self.testimony.ended:
            self._questions = 0
            return self._enter(Phase.CONFIRM)
        return self._finish(outcome)

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
            return self._cancel(self._failed(Trouble(Met.NONSENSE, objection)))
        if foreign:
            assert isinstance(content, JobStatus)
            return self._trouble(Trouble(Met.ANOTHER_JOB, f"an answer about the job {content.job_token[:80]}"))
        match self.phase:
            case Phase.CREATE:
                return self._document()
            case Phase.LATE_CREATE:
                return self._enter(Phase.CANCEL)
            case Phase.SEND:
                self._whole_sends += 1
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
        """ImagesReceived decides whether the server has the image whose SendImage is open."""
        assert isinstance(content, JobStatus)
        doubt, count = self._doubt, content.images_received
        others = len(self.acknowledged)
        if doubt.met is not Met.DOUBTFUL_FAULT:
            # A late copy of an earlier image must not pass for this one; where the server has refused the
            # repetition, it keeps no copies.
            others += self._copies
        if count is not None and count > others and doubt.met not in NOT_PROCESSED:
            self.warnings.append(f"image {self._document_id} is acknowledged by ImagesReceived alone: {doubt.reason}")
            return self._acknowledge()
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        if doubt.met in NOT_PROCESSED:
            pauses: tuple[float, ...] = ()
        elif doubt.met is Met.DOUBTFUL_FAULT or (doubt.whole and doubt.met is not Met.FAULT):
            pauses = STORING_PAUSES
        else:
            pauses = PARTIAL_PAUSES
        if self._questions < len(pauses):
            return self._ask_again(pauses)
        # Not counted. A refusal was the server's last word on it; else it goes out once more.
        if not self._may_repeat or self._sends >= TRIES or count is None or not self._in_creating:
            reason = doubt.reason + (f"; unknown whether image {self._document_id} arrived" if count is None else "")
            refused = Trouble(doubt.met, reason, doubt.fault)
            return self._cancel(self._failed(refused, Operation.SEND_IMAGE))
        return self._enter(Phase.SEND)

    def _checked_end(self) -> Step:
        """The job's state tells whether the server had the EndPostScanJob that is open."""
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        doubt = self._doubt
        if not self._in_creating:
            self.warnings.append(f"EndPostScanJob is acknowledged by JobState alone: {doubt.reason}")
            return self._taken_over()
        if doubt.met in NOT_PROCESSED or not doubt.whole:
            pauses: tuple[float, ...] = ()
        else:
            pauses = PARTIAL_PAUSES if doubt.met is Met.FAULT else ENDING_PAUSES
        if self._questions < len(pauses):
            return self._ask_again(pauses)
        if not self._may_repeat or self._sends >= TRIES:
            return self._cancel(self._failed(doubt, Operation.END))
        return self._enter(Phase.END)

    @property
    def _in_creating(self) -> bool:
        """Whether the server still takes images, as far as it has said."""
        return self.status is None or self.status.job_state == JobState.CREATING

    def _ask_again(self, pauses: tuple[float, ...]) -> Step:
        self._questions += 1
        self._tries = 0
        return Wait(pauses[self._questions - 1])

    def _taken_over(self) -> Step:
        """The server has the whole job."""
        self._handed_over = True
        if not self._wait:
            return self._finish(JobOutcome.NOT_AWAITED)
        self._watch_began = self._now
        self.phase, self._tries = Phase.WATCH, 0
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        return self._poll_again() if self._events else self._exchange()

    def _poll_again(self) -> Step:
        left = self._job_limit - (self._now - self._watch_began)
        if left <= 0:
            return self._finish(
                JobOutcome.UNCONFIRMED, f"no final state within {self._job_limit:g} s of EndPostScanJob"
            )
        first, longest = (EVENT_POLL_FIRST, EVENT_POLL_LONGEST) if self._events else (POLL_FIRST, POLL_LONGEST)
        pause = self._poll or first
        self._poll = min(pause * POLL_GROWTH, longest)
        return Wait(min(pause, left))

    def _confirmed(self, content: object) -> Step:
        """An event has told the end; the server, asked, says so too or not."""
        assert isinstance(content, JobStatus) and self.status is not None
        if content.job_state not in FINAL_JOB_STATES:
            if self._questions < len(CONFIRM_PAUSES):
                return self._ask_again(CONFIRM_PAUSES)
            self.testimony.not_ended(content)
        return self._finish(outcome_of(self.status) or JobOutcome.UNCONFIRMED)

    # Trouble

    def _trouble(self, trouble: Trouble) -> Step:
        self.counts.dropped += trouble.met in _BROKEN
        if trouble.met in NOT_PROCESSED:
            self._undo()
        if self.phase in (Phase.WATCH, Phase.END_CHECK):
            ended = self._ended_at_server()  # an event has told it: no matter what became of the question
            if ended is not None:
                return ended
        if self._in_doubt and self.phase in _REPEATED and trouble.met in (Met.FAULT, Met.JOB_NOT_FOUND):
            trouble = Trouble(Met.DOUBTFUL_FAULT, trouble.reason, trouble.fault, trouble.whole)
        met = trouble.met
        match RULES[self.phase][met]:
            case Reaction.RETRY:
                return self._retry(trouble)
            case Reaction.CHECK:
                return self._check(trouble, may_repeat=True)
            case Reaction.ASK:
                return self._check(trouble, may_repeat=False)
            case Reaction.POSTMORTEM:
                self._failing, self._refused_in = self._failed(trouble), self.phase
                self._undo()
                if met is Met.JOB_CANCELED:
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
        raise AssertionError(f"no row of the table for {met} in {self.phase}")

    def _undo(self) -> None:
        """The request under way has changed nothing."""
        if self.phase is Phase.SEND:
            self.testimony.sent -= 1
        elif self.phase is Phase.END:
            self.testimony.ended = self._ended_before

    def _created_or_not(self, trouble: Trouble) -> Failed:
        reason = trouble.reason
        if trouble.met in _BROKEN:
            return Failed(
                Failure.OUTCOME_UNKNOWN, Operation.CREATE, f"{reason}; unknown whether the job exists"
            )
        if trouble.whole:
            reason += "; unknown whether the job exists"
        return Failed(FAILURES[trouble.met], Operation.CREATE, reason)

    def _retry(self, trouble: Trouble) -> Step:
        if self._tries < TRIES:
            return Wait(pause_before_retry(self._tries, trouble))
        if self.phase in _REPEATED and trouble.met is not Met.NOT_SENT:
            return self._check(trouble, may_repeat=False)
        if trouble.met is Met.ANOTHER_JOB and self.phase in (Phase.WATCH, Phase.END_CHECK):
            return self._finish(JobOutcome.UNCONFIRMED, f"the server answers about another job: {trouble.reason}")
        return self._cancel(self._failed(trouble))

    def _check(self, trouble: Trouble, *, may_repeat: bool) -> Step:
        """Ask what became of a SendImage or EndPostScanJob."""
        self._doubt, self._may_repeat, self._questions = trouble, may_repeat, 0
        self._in_doubt |= trouble.met not in NOT_PROCESSED
        if trouble.whole and trouble.met not in NOT_PROCESSED | {Met.FAULT, Met.DOUBTFUL_FAULT}:
            self._whole_sends += 1
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
                known = trouble.met in NOT_PROCESSED or trouble.fault is not None
                reason = self._failing.reason if known else "interrupted; unknown whether the job exists"
                return self._fail(Failed(Failure.INTERRUPTED, Operation.CREATE, reason))
            case _:
                # A job that is not found is none that goes on.
                return self._canceled(trouble.met is Met.JOB_NOT_FOUND)

    def _unconfirmed_event(self, trouble: Trouble) -> Step:
        """An event has told the end, and the question for it is not answered: a server may forget a job that has
        ended, and some leave questions without an answer."""
        assert self.status is not None
        if trouble.met is Met.JOB_CANCELED and self.status.job_state != JobState.CANCELED:
            self.testimony.refused_as("ServerErrorPostScanJobCanceled", self.status)
        if trouble.met is not Met.JOB_NOT_FOUND:
            self.warnings.append(f"the end of the job is known by an event alone: {trouble.reason}")
        return self._finish(outcome_of(self.status) or JobOutcome.UNCONFIRMED)

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
        failed = Failed(Failure.INTERRUPTED, self.phase, "interrupted", self._document_id)
        if self.phase is Phase.CREATE and self._under_way:
            self._failing = failed
            self.phase = Phase.LATE_CREATE
            return AwaitAnswer(CANCEL_LIMIT)
        if self.phase in (Phase.CANCEL, Phase.LATE_CREATE):
            return self._fail(self._failing or failed)
        return self._cancel(failed)

    def _cancel(self, failed: Failed) -> Step:
        """End with `failed`, but cancel the job at the server before, if it is in Creating or nobody can say.

        A job that was handed over goes on at the server, though it cannot be watched, unless the user wants it to
        end; what has ended is not cancelled.
        """
        state = None if self.status is None else self.status.job_state
        if failed.failure is Failure.INTERRUPTED:
            cancels = state not in FINAL_JOB_STATES
        else:
            cancels = not self._handed_over and self._in_creating
        if not self.job_token or not cancels or self.phase in (Phase.CANCEL, Phase.ENDED):
            return self._fail(failed)
        self._failing = failed
        return self._enter(Phase.CANCEL)

    def _canceled(self, done: bool) -> Step:
        assert self._failing is not None
        failing = self._failing
        return self._fail(
            Failed(failing.failure, failing.operation, failing.reason, failing.document_id, failing.fault, done)
        )

    def _fail(self, failed: Failed) -> Step:
        self.phase = Phase.ENDED
        return failed

    def _failed(self, trouble: Trouble, operation: Operation | None = None) -> Failed:
        operation = operation or OPERATIONS[self.phase]
        reason = trouble.reason
        document_id = None
        if operation is Operation.SEND_IMAGE or self.phase is Phase.SEND_CHECK:
            document_id = self._document_id
        if self.phase is Phase.SEND_CHECK and operation is Operation.ELEMENTS:
            reason += f"; unknown whether image {document_id} arrived"
        return Failed(FAILURES[trouble.met], operation, reason, document_id, trouble.fault)
