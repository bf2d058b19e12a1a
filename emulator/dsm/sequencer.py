"""The sequencer of a post-scan job: told what happened, it says what to do next. No clock, no I/O.

`start()` gives the first step; each step is done by the caller, who tells what came of it with `feed()`
and gets the next one, until Finished or Failed. What is done when lies in the table (sequence_table.py);
here is how. How the service is found: service_search.py.
"""

from __future__ import annotations

from typing import Literal

from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import JobOutcome, outcome_of
from emulator.dsm.sequence_steps import (
    FAILURES,
    OPERATIONS,
    Acknowledge,
    Answered,
    AwaitAnswer,
    Content,
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
)
from emulator.dsm.sequence_table import (
    CANCEL_LIMIT,
    EVENT_POLL_FIRST,
    EVENT_POLL_LONGEST,
    PARTIAL_PAUSES,
    POLL_FIRST,
    POLL_GROWTH,
    POLL_LONGEST,
    RETRY_PAUSES,
    RULES,
    STORING_PAUSES,
    TRIES,
    Met,
    Phase,
    Reaction,
)
from emulator.dsm.states import JobState, precedes

_REPEATED = frozenset({Phase.SEND, Phase.END})
"""Requests that may have been processed although their exchange broke."""


class Sequencer:
    """One post-scan job."""

    def __init__(self, service_url: str, *, job_limit: float = 600.0, wait: bool = True) -> None:
        """`service_url`: address of the WS-DSP service. `job_limit`: seconds from EndPostScanJobResponse to
        the final state. `wait` False: done at EndPostScanJobResponse."""
        self.service_url = service_url
        self.job_token = ""
        self.acknowledged: list[int] = []
        self.status: JobStatus | None = None
        """The last JobStatus seen."""
        self.end_known_by: Literal["", "event", "poll"] = ""
        """Which way the final state was told first."""
        self.phase = Phase.ENDED
        self._job_limit = job_limit
        self._wait = wait
        self._tries = 0  # of the request of this phase
        self._document_id: int | None = None
        self._sends = 0  # of the document under way, or of EndPostScanJob
        self._under_way = False
        self._in_doubt = False  # the fate of an earlier send of the same request is unknown
        self._whole_sends = 0  # of the document under way, that may have arrived
        self._copies = 0  # images acknowledged that may be at the server, and be counted, once more
        self._questions = 0
        self._doubt: Trouble | None = None
        self._poll = 0.0
        self._events = False  # events of the job arrive
        self._watch_began = 0.0
        self._failing: Failed | None = None

    # What the caller does

    def start(self) -> Step:
        """The first step."""
        return self._enter(Phase.CREATE)

    def feed(self, event: Event, now: float = 0.0) -> Step:
        """Tell what came of the last step. `now`: seconds of any clock that only goes forward."""
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
                self._document_id, self._sends, self._in_doubt = document_id, 0, False
                self._whole_sends = 0
                return self._ended_at_server() or self._enter(Phase.SEND)
            case NoMoreDocuments():
                self._document_id, self._sends, self._in_doubt = None, 0, False
                return self._ended_at_server() or self._enter(Phase.END)
            case Answered(content, objection):
                self._under_way = False
                return self._answered(content, objection, now)
            case Trouble():
                self._under_way = False
                return self._trouble(event)

    def status_seen(self, status: JobStatus) -> bool:
        """A JobStatus that came another way (an event of the server), at any moment; another job's and old news
        are ignored. Whether the end of the job is known by it: a Wait, and a question for the final state, need
        not come to their end then (tell Waited)."""
        if not self.job_token or status.job_token != self.job_token:
            return False
        self._events = True
        return self._learn(status, "event")

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

    def _enter(self, phase: Phase) -> Step:
        self.phase = phase
        self._tries = self._sends if phase in (Phase.SEND, Phase.END) else 0
        return self._exchange()

    def _exchange(self) -> Step:
        """The request of this phase."""
        self._tries += 1
        self._under_way = True
        if self.phase in (Phase.SEND, Phase.END):
            self._sends = self._tries
        operation = OPERATIONS[self.phase]
        document_id = self._document_id if self.phase is Phase.SEND else None
        limit = CANCEL_LIMIT if self.phase in (Phase.CANCEL, Phase.POSTMORTEM) else None
        return Exchange(operation, self.service_url, self.service_url, document_id, limit)

    def _document(self) -> Step:
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        self.phase = Phase.DOCUMENT
        return NextDocument()

    def _acknowledge(self) -> Step:
        assert self._document_id is not None
        self.acknowledged.append(self._document_id)
        self._copies += max(0, self._whole_sends - 1)
        return Acknowledge(self._document_id, self._sends)

    def _finish(self, outcome: JobOutcome, reason: str = "") -> Step:
        self.phase = Phase.ENDED
        return Finished(outcome, self.status, reason)

    def _ended_at_server(self) -> Step | None:
        """The end, if a JobStatus has told of it."""
        outcome = None if self.status is None else outcome_of(self.status)
        if outcome is None:
            return None
        handed_over = self.phase in (Phase.WATCH, Phase.END_CHECK) or (self.phase is Phase.END and self._in_doubt)
        if not handed_over and outcome not in (JobOutcome.ABORTED, JobOutcome.CANCELED):
            # Completed without our EndPostScanJob: images are missing, so it is no success.
            return self._finish(JobOutcome.COMPLETED_WITH_ERRORS, "the server ended the job before EndPostScanJob")
        return self._finish(outcome)

    # Answers

    def _answered(self, content: Content, objection: str, now: float) -> Step:
        if self.phase in (Phase.CREATE, Phase.LATE_CREATE) and isinstance(content, str):
            self.job_token = content
        if objection and self.phase is not Phase.CANCEL:
            return self._cancel(self._failed(Trouble(Met.NONSENSE, objection)))
        if isinstance(content, JobStatus):
            self._learn(content, "poll")
        match self.phase:
            case Phase.CREATE:
                return self._document()
            case Phase.LATE_CREATE:
                return self._enter(Phase.CANCEL)
            case Phase.SEND:
                self._whole_sends += 1
                return self._acknowledge()
            case Phase.SEND_CHECK:
                return self._checked_send()
            case Phase.END:
                return self._handed_over(now)
            case Phase.END_CHECK:
                return self._checked_end(now)
            case Phase.WATCH:
                self._tries = 0
                return self._ended_at_server() or self._poll_again(now)
            case Phase.POSTMORTEM:
                return self._ended_at_server() or self._give_up()
            case Phase.CANCEL:
                return self._canceled(True)
        raise AssertionError(f"an answer of {type(content).__name__} in {self.phase}")

    def _checked_send(self) -> Step:
        """ImagesReceived decides whether the server has the image whose SendImage broke."""
        assert self._doubt is not None and self.status is not None
        others = len(self.acknowledged)
        if self._doubt.met is not Met.DOUBTFUL_FAULT:
            # A late copy of an earlier image must not pass for this one; where the server has refused the
            # repetition, it keeps no copies.
            others += self._copies
        if self.status.images_received > others:
            return self._acknowledge()
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        pauses = STORING_PAUSES if self._doubt.whole or self._doubt.met is not Met.PARTLY_SENT else PARTIAL_PAUSES
        if self._questions < len(pauses):
            self._questions += 1
            self._tries = 0
            return Wait(pauses[self._questions - 1])
        # Not counted. A fault was the server's last word on the repetition; else it goes out once more.
        if self._doubt.met is Met.DOUBTFUL_FAULT or self._sends >= TRIES:
            return self._cancel(self._failed(self._doubt, Operation.SEND_IMAGE))
        return self._enter(Phase.SEND)

    def _checked_end(self, now: float) -> Step:
        """The job's state tells whether the server had the EndPostScanJob that broke."""
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        assert self._doubt is not None and self.status is not None
        if self.status.job_state != JobState.CREATING:
            return self._handed_over(now)
        if self._doubt.met is Met.DOUBTFUL_FAULT or self._sends >= TRIES:
            return self._cancel(self._failed(self._doubt, Operation.END))
        return self._enter(Phase.END)

    def _handed_over(self, now: float) -> Step:
        if not self._wait:
            return self._finish(JobOutcome.NOT_AWAITED)
        self._watch_began = now
        self.phase, self._tries = Phase.WATCH, 0
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        return self._poll_again(now) if self._events else self._exchange()

    def _poll_again(self, now: float) -> Step:
        left = self._job_limit - (now - self._watch_began)
        if left <= 0:
            return self._finish(
                JobOutcome.UNCONFIRMED, f"no final state within {self._job_limit:g} s of EndPostScanJob"
            )
        first, longest = (EVENT_POLL_FIRST, EVENT_POLL_LONGEST) if self._events else (POLL_FIRST, POLL_LONGEST)
        pause = self._poll or first
        self._poll = min(pause * POLL_GROWTH, longest)
        return Wait(min(pause, left))

    # Trouble

    def _trouble(self, trouble: Trouble) -> Step:
        met = trouble.met
        if self.phase in (Phase.WATCH, Phase.END_CHECK):
            ended = self._ended_at_server()  # an event has told it: no matter what became of the question
            if ended is not None:
                return ended
        if self._in_doubt and self.phase in _REPEATED and met in (Met.FAULT, Met.JOB_NOT_FOUND):
            trouble = Trouble(Met.DOUBTFUL_FAULT, trouble.reason, trouble.fault, trouble.whole)
            met = trouble.met
        match RULES[self.phase][met]:
            case Reaction.RETRY:
                return self._retry(trouble)
            case Reaction.CHECK:
                return self._check(trouble)
            case Reaction.POSTMORTEM:
                self._failing = self._failed(trouble)
                if met is Met.JOB_CANCELED:
                    self._failing = None
                return self._ended_at_server() or self._enter(Phase.POSTMORTEM)
            case Reaction.CANCEL:
                return self._cancel(self._failed(trouble))
            case Reaction.FAIL:
                return self._fail(self._failed(trouble))
            case Reaction.UNKNOWN:
                reason = f"{trouble.reason}; unknown whether the job exists"
                return self._fail(Failed(Failure.OUTCOME_UNKNOWN, Operation.CREATE, reason))
            case Reaction.UNCONFIRMED:
                return self._finish(JobOutcome.UNCONFIRMED, "the server no longer knows the job")
            case Reaction.JOB_CANCELED:
                return self._finish(JobOutcome.CANCELED)
            case Reaction.GO_ON:
                return self._go_on(trouble)
        raise AssertionError(f"no row of the table for {met} in {self.phase}")

    def _retry(self, trouble: Trouble) -> Step:
        if self._tries >= TRIES:
            return self._cancel(self._failed(trouble))
        return Wait(RETRY_PAUSES[self._tries - 1])

    def _check(self, trouble: Trouble) -> Step:
        """Ask what became of a SendImage or EndPostScanJob."""
        self._doubt, self._in_doubt, self._questions = trouble, True, 0
        if trouble.whole and trouble.met is not Met.DOUBTFUL_FAULT:
            self._whole_sends += 1
        ended = self._ended_at_server()
        if ended is not None:
            return ended
        return self._enter(Phase.SEND_CHECK if self.phase is Phase.SEND else Phase.END_CHECK)

    def _go_on(self, trouble: Trouble) -> Step:
        match self.phase:
            case Phase.POSTMORTEM if self._failing is not None:
                return self._fail(self._failing)
            case Phase.POSTMORTEM:
                return self._finish(JobOutcome.CANCELED)
            case Phase.LATE_CREATE:
                assert self._failing is not None
                known = trouble.met in (Met.NOT_SENT, Met.NOT_TRUSTED) or trouble.fault is not None
                reason = self._failing.reason if known else "interrupted; unknown whether the job exists"
                return self._fail(Failed(Failure.INTERRUPTED, Operation.CREATE, reason))
            case _:
                # A job that is not found is none that goes on.
                return self._canceled(trouble.met is Met.JOB_NOT_FOUND)

    def _give_up(self) -> Step:
        """The server has refused a request of a job that goes on all the same, as its JobStatus says."""
        if self._failing is None:
            return self._finish(JobOutcome.CANCELED)
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
        """End with `failed`, but cancel the job at the server before, if there is one.

        A job that was handed over goes on at the server, though it cannot be watched, unless the user
        wants it to end.
        """
        watched = self.phase is Phase.WATCH and failed.failure is not Failure.INTERRUPTED
        if not self.job_token or watched or self.phase in (Phase.CANCEL, Phase.ENDED):
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
        failure = FAILURES[trouble.met]
        reason = trouble.reason
        document_id = None
        if operation is Operation.SEND_IMAGE or self.phase is Phase.SEND_CHECK:
            document_id = self._document_id
        if self.phase is Phase.SEND_CHECK and operation is Operation.ELEMENTS:
            reason += f"; unknown whether image {document_id} arrived"
        return Failed(failure, operation, reason, document_id, trouble.fault)
