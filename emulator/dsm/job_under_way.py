"""A post-scan job under way, for the sequencer: what is known of it, and the steps that can be taken. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from emulator.dsm.contradictions import JobTestimony
from emulator.dsm.job_status import JobStatus
from emulator.dsm.open_request import OpenRequest
from emulator.dsm.outcome import Failure, JobOutcome, outcome_of, warnings_of
from emulator.dsm.poll_pace import PollPace
from emulator.dsm.request_counts import RequestCounts
from emulator.dsm.sequence_steps import (
    FAILURES,
    OPERATIONS,
    Acknowledge,
    Failed,
    Finished,
    Operation,
    SendRequest,
    Step,
    Trouble,
    Wait,
)
from emulator.dsm.sequence_table import CANCEL_LIMIT, CONFIRM_LIMIT, Phase
from emulator.dsm.states import FINAL_JOB_STATES, JobState, precedes
from emulator.dsm.verdict import verdict

REPEATED: Final = frozenset({Phase.SEND, Phase.END})
"""Requests that may have been processed although their exchange broke."""


class JobUnderWay:
    """What is known of one post-scan job, and the steps that it can take next."""

    def __init__(
        self,
        service_url: str,
        *,
        dialects: Sequence[str] = (),
        psp_identifier: str = "",
        job_limit: float = 600.0,
        wait: bool = True,
        strict: bool = False,
        counts: RequestCounts | None = None,
    ) -> None:
        """These are its parameters.

        - `service_url`: address of the WS-DSP service.
        - `dialects` and `psp_identifier`: of the filters and the scan process that the job is created with, where
          they are known.
        - `job_limit`: seconds from EndPostScanJobResponse to the final state.
        - `wait` False: done at EndPostScanJobResponse.
        - `strict`: a contradiction of the server is a failure.
        - `counts`: those of the search for the service.
        """
        self.service_url = service_url
        self.testimony = JobTestimony(dialects)
        self.counts = counts or RequestCounts()
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
        self._pace = PollPace(job_limit)
        self._wait = wait
        self._strict = strict
        self._now = 0.0
        self._tries = 0  # of the request of this phase
        self._under_way = False
        self._request = OpenRequest()  # the SendImage or EndPostScanJob under way
        self._copies = 0  # images acknowledged that may be at the server, and be counted, once more
        self._confirmations = 0
        self._ended_before = False  # an EndPostScanJob before the one under way may have been taken
        self._handed_over = False
        self._failing: Failed | None = None
        self._refused_in = Phase.ENDED

    @property
    def job_token(self) -> str:
        """JobToken as the server gave it; '' while there is none."""
        return self.testimony.job_token

    @property
    def _in_creating(self) -> bool:
        """Whether the server still takes images, as far as it has said."""
        return self.status is None or self.status.job_state == JobState.CREATING

    def _learn(self, status: JobStatus, way: Literal["event", "poll"]) -> bool:
        """Take it unless it is old news; whether the job's end is known by it for the first time."""
        if self.status is not None and precedes(status.job_state, self.status.job_state):
            return False
        self.status = status
        if self.end_known_by or outcome_of(status) is None:
            return False
        self.end_known_by = way
        return True

    def _enter(self, phase: Phase) -> Step:
        self.phase = phase
        self._tries = self._request.sends if phase in REPEATED else 0
        return self._exchange()

    def _exchange(self) -> Step:
        """The request of this phase."""
        self._tries += 1
        self._under_way = True
        operation = OPERATIONS[self.phase]
        if self.phase in REPEATED:
            self._request.sends = self._tries
        document_id = self._request.document_id if self.phase is Phase.SEND else None
        if document_id is not None:
            self.attempts[document_id] = self._tries
            self.testimony.sent += 1
        if self.phase is Phase.END:
            self._ended_before, self.testimony.ended = self.testimony.ended, True
        limit = CANCEL_LIMIT if self.phase in (Phase.CANCEL, Phase.POSTMORTEM) else None
        if self.phase is Phase.CONFIRM:
            limit = CONFIRM_LIMIT
        step = SendRequest(operation, self.service_url, self.service_url, document_id, limit, self._again())
        self.counts.sent(again=step.again, poll=step.poll)
        return step

    def _again(self) -> Literal["", "retry", "repeat"]:
        if self._tries <= 1:
            return ""
        return "repeat" if self.phase in REPEATED and self._request.in_doubt else "retry"

    def _undo(self) -> None:
        """The request under way has changed nothing."""
        if self.phase is Phase.SEND:
            self.testimony.sent -= 1
        elif self.phase is Phase.END:
            self.testimony.ended = self._ended_before

    def _acknowledge(self) -> Step:
        request = self._request
        assert request.document_id is not None
        self.acknowledged.append(request.document_id)
        self.testimony.acknowledged += 1
        self._copies += request.copies
        return Acknowledge(request.document_id, request.sends)

    def _finish(self, outcome: JobOutcome, reason: str = "") -> Step:
        self.phase = Phase.ENDED
        outcome, reason = verdict(outcome, reason, self.testimony, self.status)
        if self.status is not None and outcome is JobOutcome.COMPLETED_WITH_WARNINGS:
            self.warnings += warnings_of(self.status)
        return Finished(outcome, self.status, reason)

    def _ended_at_server(self) -> Step | None:
        """The end, or the question whether it is true, if a JobStatus has told of it."""
        outcome = None if self.status is None else outcome_of(self.status)
        if outcome is None or self.phase is Phase.CONFIRM:
            return None
        if self.end_known_by == "event":
            self._confirmations = 0
            return self._enter(Phase.CONFIRM)
        return self._finish(outcome)

    def _ask_again(self, pause: float) -> Step:
        self._tries = 0
        return Wait(pause)

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
            document_id = self._request.document_id
        if self.phase is Phase.SEND_CHECK and operation is Operation.ELEMENTS:
            reason += f"; unknown whether image {document_id} arrived"
        return Failed(FAILURES[trouble.result], operation, reason, document_id, trouble.fault)
