"""What a scan server says of a job, held against what it said before, what it acknowledged and what it was asked
to do. Pure; a contradiction is a deviation, and no job with one is a success."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from emulator.dsm.guid import parse_guid
from emulator.dsm.job_status import JobStatus
from emulator.dsm.states import (
    FINAL_FILTER_STATES,
    FINAL_JOB_STATES,
    FilterState,
    JobState,
    JobStateReason,
    precedes,
)
from emulator.soap.deviations import Deviation

IMAGES_RECEIVED: Final = "images-received"  # [dsp/job-status/images-received]
JOB_TOKEN: Final = "job-token"  # noqa: S105  # the name of a deviation
FILTER_STATUSES: Final = "filter-statuses"
FILTER_STATE: Final = "filter-state"
JOB_STATE: Final = "job-state"
JOB_STATE_REASON: Final = "job-state-reason"
JOB_DESCRIPTION: Final = "job-description"

CONTRADICTIONS: Final = frozenset(
    {IMAGES_RECEIVED, JOB_TOKEN, FILTER_STATUSES, FILTER_STATE, JOB_STATE, JOB_STATE_REASON, JOB_DESCRIPTION}
)
"""Ids of the deviations that keep a job from being a success."""

_COMPLETIONS: Final = frozenset(
    {
        JobStateReason.COMPLETED_SUCCESSFULLY,
        JobStateReason.COMPLETED_WITH_ERRORS,
        JobStateReason.COMPLETED_WITH_WARNINGS,
    }
)
_FAILURES: Final = frozenset(
    {
        JobStateReason.NO_VALID_INSTRUCTIONS,
        JobStateReason.CREATE_FAILED,
        JobStateReason.SEND_IMAGE_FAILED,
        JobStateReason.PROCESSING_FAILED,
    }
)
_EXCLUDED_REASONS: Final[dict[str, frozenset[str]]] = {
    # PostScanJobTimedOut goes with every state: MS-BDSRR 2.2.5.11 lets such a job "complete". A reason
    # to fail may stand before the state follows it.
    JobState.COMPLETED: _FAILURES | {JobStateReason.CANCELED},
    JobState.ABORTED: _COMPLETIONS | {JobStateReason.CANCELED},
    JobState.CANCELED: _COMPLETIONS,
    JobState.TERMINATING: _COMPLETIONS,
    **dict.fromkeys(
        (JobState.CREATING, JobState.PENDING, JobState.PENDING_HELD, JobState.STARTED, JobState.PROCESSING),
        _COMPLETIONS | {JobStateReason.CANCELED},
    ),
}
_UNFINISHED: Final = frozenset({FilterState.PENDING, FilterState.PROCESSING})
_EXCLUDED_FILTER_STATES: Final[dict[str, frozenset[str]]] = {
    # Filters begin when the job is Processing, and are done or cancelled before it has ended.
    # Started is documented both as before and as in the processing
    # [notes/c-13/started-is-transient].
    JobState.CREATING: FINAL_FILTER_STATES | {FilterState.PROCESSING},
    JobState.PENDING: FINAL_FILTER_STATES | {FilterState.PROCESSING},
    JobState.PENDING_HELD: FINAL_FILTER_STATES | {FilterState.PROCESSING},
    **dict.fromkeys(FINAL_JOB_STATES, _UNFINISHED),
}
_ONLY_AFTER_END: Final = frozenset({JobState.STARTED, JobState.PROCESSING, JobState.COMPLETED})
"""Processing follows EndPostScanJob (its WS-DSP page)."""


def names_same_job(token: str, other: str) -> bool:
    """Whether two JobTokens mean one job: white space around them, and how a GUID is written, make no other.
    [dsp/job-token/unique-at-its-server]"""
    if token.strip() == other.strip():
        return True
    try:
        return parse_guid(token) == parse_guid(other)
    except ValueError:
        return False


class JobTestimony:
    """All that a scan server says of one job. Whoever drives the job keeps the public fields true."""

    def __init__(self, dialects: Sequence[str] = ()) -> None:
        """`dialects`: of the filters that CreatePostScanJob asks for; none: they are not known."""
        self.job_token = ""
        self.acknowledged = 0
        """Images that the server has answered for, or counted."""
        self.sent = 0
        """SendImage requests that it may have taken."""
        self.ended = False
        """Whether it may have taken an EndPostScanJob."""
        self.count: int | None = None
        """The newest ImagesReceived; None while none was told."""
        self.found: dict[Deviation, None] = {}
        """What departs from the documents, in order, each once."""
        self._dialects = Counter(dialects)
        self._polled: JobStatus | None = None
        self._final: JobStatus | None = None
        self._most = 0

    @property
    def contradictions(self) -> tuple[Deviation, ...]:
        """Those of what was found that keep the job from being a success."""
        return tuple(each for each in self.found if each.id in CONTRADICTIONS)

    def note(self, id: str, detail: str, place: str = "JobStatus") -> None:
        """Keep one deviation; `detail` has both values."""
        self.found[Deviation(id, place, detail[:200])] = None

    def keep(self, deviations: Iterable[Deviation]) -> None:
        """Keep the contradictions among what a reader has found in one message about the job."""
        self.found.update({each: None for each in deviations if each.id in CONTRADICTIONS})

    def answered_about(self, token: str) -> bool:
        """Whether an answer about the job `token` is one about ours; what is wrong with it is kept."""
        detail = f"{token[:80]}, asked for {self.job_token[:80]}"
        if not names_same_job(token, self.job_token):
            self.note(JOB_TOKEN, detail, "JobStatus/JobToken")
            return False
        if token.strip() != self.job_token.strip():
            self.note("spelling", detail, "JobStatus/JobToken")
        return True

    def hear(self, status: JobStatus, *, polled: bool) -> None:
        """Hold a JobStatus of our job against everything. `polled`: it answers a question that was asked after all
        that is known; an event may be older."""
        self._hold_state(status, polled=polled)
        self._hold_count(status, polled=polled)
        self._hold_reasons(status)
        self._hold_filters(status)
        if polled:
            self._polled = status
        if status.job_state in FINAL_JOB_STATES and self._final is None:
            self._final = status

    def not_ended(self, status: JobStatus) -> None:
        """An event told the end, and the server, asked for it, still says `status`."""
        told = self._final.job_state if self._final is not None else "the end"
        self.note(JOB_STATE, f"{status.job_state} when asked, {told} in an event", "JobStatus/JobState")

    def refused_as(self, fault: str, status: JobStatus) -> None:
        """A request was refused with `fault`, and the server, asked, says `status`."""
        self.note(JOB_STATE, f"{status.job_state} when asked, {fault} before", "JobStatus/JobState")

    def described(self, psp_identifier: str, ours: str) -> None:
        """An event of our job names a scan process."""
        if psp_identifier and not names_same_job(psp_identifier, ours):
            self.note(
                JOB_DESCRIPTION, f"{psp_identifier}, created with {ours}", "PostScanJobEndState/PSP_Identifier"
            )

    def _hold_state(self, status: JobStatus, *, polled: bool) -> None:
        state, where = status.job_state, "JobStatus/JobState"
        final = self._final
        if final is not None and state in FINAL_JOB_STATES and state != final.job_state:
            self.note(JOB_STATE, f"{state}, before {final.job_state}", where)
        elif polled and self._polled is not None and precedes(state, self._polled.job_state):
            self.note(JOB_STATE, f"{state}, before {self._polled.job_state}", where)
        if state in _ONLY_AFTER_END and not self.ended and JobStateReason.TIMED_OUT not in status.job_state_reasons:
            self.note(JOB_STATE, f"{state}, before EndPostScanJob", where)

    def _hold_count(self, status: JobStatus, *, polled: bool) -> None:
        count, where = status.images_received, "JobStatus/ImagesReceived"
        if count is None:
            return
        newest = polled or status.job_state in FINAL_JOB_STATES
        if count > self.sent:
            self.note(IMAGES_RECEIVED, f"{count} in {status.job_state}, {self.sent} sent", where)
        elif newest and count < self.acknowledged:
            self.note(IMAGES_RECEIVED, f"{count} in {status.job_state}, {self.acknowledged} acknowledged", where)
        elif newest and count < self._most:
            self.note(IMAGES_RECEIVED, f"{count} in {status.job_state}, {self._most} before", where)
        elif self.ended and count > self.acknowledged and status.job_state == JobState.COMPLETED:
            detail = f"{count} in Completed, {self.acknowledged} acknowledged of {self.sent} sent"
            self.note(IMAGES_RECEIVED, detail, where)
        if newest or self.count is None or count > self.count:
            self.count = count
        if count <= self.sent:  # what cannot be is nothing to be held against
            self._most = max(self._most, count)

    def _hold_reasons(self, status: JobStatus) -> None:
        where = "JobStatus/JobStateReasons"
        reasons = frozenset(status.job_state_reasons)
        for reason in sorted(reasons & _EXCLUDED_REASONS.get(status.job_state, frozenset())):
            self.note(JOB_STATE_REASON, f"{reason} in {status.job_state}", where)
        completions = sorted(reasons & _COMPLETIONS)
        if len(completions) > 1:
            self.note(JOB_STATE_REASON, " and ".join(completions), where)

    def _hold_filters(self, status: JobStatus) -> None:
        told = Counter(each.dialect for each in status.filter_statuses)
        where = "JobStatus/FilterStatuses"
        if self._dialects:
            for dialect, count in (told - self._dialects).items():
                self.note(FILTER_STATUSES, f"{count} more of {dialect}, asked for {_listed(self._dialects)}", where)
            if status.job_state in FINAL_JOB_STATES:
                for dialect, count in (self._dialects - told).items():
                    self.note(FILTER_STATUSES, f"{count} missing of {dialect}, told {_listed(told)}", where)
        excluded = _EXCLUDED_FILTER_STATES.get(status.job_state, frozenset())
        where += "/FilterStatus/FilterState"
        for each in status.filter_statuses:
            if each.filter_state in excluded:
                self.note(FILTER_STATE, f"{each.filter_state} of {each.dialect}, job {status.job_state}", where)
        self._hold_success(status, where)

    def _hold_success(self, status: JobStatus, where: str) -> None:
        """A reason that speaks of success, or of errors, has filters that say the same. Warnings have no reason of
        their own at every server [bdsrr/7/note-8-no-warnings]."""
        if status.job_state != JobState.COMPLETED:
            return
        failed = {FilterState.COMPLETED_WITH_ERRORS, FilterState.CANCELED}
        bad = [each for each in status.filter_statuses if each.filter_state in failed]
        good = _COMPLETIONS - {JobStateReason.COMPLETED_WITH_ERRORS}
        for reason in sorted(good.intersection(status.job_state_reasons)):
            for each in bad:
                self.note(FILTER_STATE, f"{each.filter_state} of {each.dialect}, job {reason}", where)
        done = {FilterState.COMPLETED_SUCCESSFULLY, FilterState.COMPLETED_WITH_WARNINGS}
        all_done = bool(status.filter_statuses) and all(e.filter_state in done for e in status.filter_statuses)
        if all_done and JobStateReason.COMPLETED_WITH_ERRORS in status.job_state_reasons:
            self.note(FILTER_STATE, f"no filter with errors, job {JobStateReason.COMPLETED_WITH_ERRORS}", where)


def _listed(dialects: Iterable[str]) -> str:
    names = [dialect.rpartition("/")[2] or dialect for dialect in dialects]
    return ", ".join(names) or "none"
