"""A model of a scan server that misbehaves, for the test of all sequences (test_dsm_sequencer_model.py). It knows
nothing of the sequencer's table: what it has, what it says and what it lets a device hear are three things."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.sequence_steps import Answered, Event, Operation, SendRequest, Trouble
from emulator.dsm.sequence_table import Result
from emulator.dsm.states import FilterState, JobState, JobStateReason

TOKEN = "264a19bf-3604-4603-b59d-b47e0f669a1e"
ANOTHER = "00000000-0000-4000-8000-00000000beef"
DIALECT = "urn:filter"

#: What may become of a request: whether it is done, and what the device hears instead of the answer.
FATES: dict[str, tuple[bool, Result]] = {
    "refused": (False, Result.NOT_SENT),
    "no trust": (False, Result.NOT_TRUSTED),
    "temporary": (False, Result.TEMPORARY),
    "temporary, done": (True, Result.TEMPORARY),
    "busy": (False, Result.BUSY),
    "busy, done": (True, Result.BUSY),
    "turned away": (False, Result.TURNED_AWAY),
    "login": (False, Result.REFUSED_US),
    "half sent": (False, Result.PARTLY_SENT),
    "no answer": (False, Result.UNANSWERED),
    "no answer, done": (True, Result.UNANSWERED),
    "gateway": (False, Result.HTTP_FAILED),
    "gateway, done": (True, Result.HTTP_FAILED),
    "nonsense": (False, Result.NONSENSE),
    "nonsense, done": (True, Result.NONSENSE),
    "fault": (False, Result.FAULT),
    "fault, done": (True, Result.FAULT),
    "not found": (False, Result.JOB_NOT_FOUND),
    "canceled": (False, Result.JOB_CANCELED),
}
SEND_FATES = ("late", "very late", "answered, not stored")
LIES = ("count more", "count less", "no count", "another job", "foreign filter", "no filter", "filter at work",
        "state back", "completed", "aborted", "wrong reason")  # fmt: skip
EVENTS = {
    "event true": "",
    "event completed": "completed",
    "event aborted": "aborted",
    "event count less": "count less",
    "event without count": "no count",
}
"""Events that come before the answer, and the lie in each."""
DETECTED = frozenset(LIES) - {"no count", "completed", "aborted", "count more", "count less", "state back"}
"""Lies that contradict what everybody knows, whenever they are told; the others may happen to be true."""
PROCESSING = JobState.PROCESSING


def fates(operation: Operation) -> list[str]:
    """What may happen beside the right answer."""
    found = list(FATES)
    if operation is Operation.SEND_IMAGE:
        found += SEND_FATES
    if operation is Operation.ELEMENTS:
        found += LIES
    if operation in (Operation.SEND_IMAGE, Operation.END, Operation.ELEMENTS):
        found += EVENTS
    return found


@dataclass
class ServerModel:
    """What the server has and has said."""

    state: JobState | None = None
    stored: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    """On their way; there before the next question is answered."""
    very_late: list[int] = field(default_factory=list)
    """The same, when the next document has been begun."""
    polls: int = 0
    creates: int = 0
    """CreatePostScanJob requests that the device cannot know to have been without effect."""
    lies: set[str] = field(default_factory=set)
    """What it has told that is not so."""
    told: JobStatus | None = None
    """The last JobStatus about our job that the device has heard; the last final one, if there was any."""
    told_count: int | None = None
    """The last ImagesReceived that the device has heard."""
    denied: int = 0
    """Answers in a row that know nothing of an end that an event has told."""
    told_final: set[str] = field(default_factory=set)
    end_accepted: bool = False
    """EndPostScanJobResponse has been heard."""
    taken_over: bool = False
    """An answer has told a state beyond Creating."""

    def exchange(self, step: SendRequest, fate: str) -> tuple[JobStatus | None, Event]:
        """An event that comes first, if any, and what comes of the request."""
        if step.operation is Operation.CREATE and (fate == "well" or FATES[fate][1] not in _SURE):
            self.creates += 1
        if step.document_id is not None:
            self.late += [each for each in self.very_late if each != step.document_id]
            self.very_late = [each for each in self.very_late if each == step.document_id]
        if fate in ("late", "very late"):
            assert step.document_id is not None
            (self.late if fate == "late" else self.very_late).append(step.document_id)
            return None, Trouble(Result.UNANSWERED, fate, whole=True)
        if fate == "answered, not stored":
            self.lies.add(fate)
            return None, Answered()
        if fate in FATES:
            done, met = FATES[fate]
            if done:
                self._do(step)
                if met in _SURE:
                    self.lies.add(fate)
            if met is Result.JOB_CANCELED and self.state in (JobState.CREATING, PROCESSING):
                self.state = JobState.CANCELED
            if met is Result.JOB_NOT_FOUND and self.state is not None:
                self.lies.add(fate)
            return None, Trouble(met, fate, whole=met is not Result.PARTLY_SENT)
        event = self._event(fate) if fate in EVENTS else None
        answer = self._do(step)
        if event is None and fate in EVENTS:  # of this moment
            event = self._event(fate, after=True)
        if isinstance(answer, Answered) and isinstance(answer.content, JobStatus):
            answer = Answered(self._lied(answer.content, fate) if fate in LIES else answer.content)
            self._heard(answer.content, answer=True)
        if step.operation is Operation.END and isinstance(answer, Answered):
            self.end_accepted = True
        return event, answer

    def status(self) -> JobStatus:
        """The truth."""
        state = self.state or JobState.ABORTED
        reasons = {
            JobState.COMPLETED: (JobStateReason.COMPLETED_SUCCESSFULLY,),
            JobState.CANCELED: (JobStateReason.CANCELED,),
        }
        filters = {
            JobState.COMPLETED: FilterState.COMPLETED_SUCCESSFULLY,
            JobState.CANCELED: FilterState.CANCELED,
            JobState.ABORTED: FilterState.CANCELED,
        }
        filter_status = FilterStatus(DIALECT, filters.get(state, FilterState.PENDING))
        return JobStatus(TOKEN, state, reasons.get(state, ()), (filter_status,), len(self.stored))

    def _do(self, step: SendRequest) -> Event:
        match step.operation:
            case Operation.CREATE:
                self.state = JobState.CREATING
                return Answered(TOKEN)
            case Operation.SEND_IMAGE:
                if self.state is not JobState.CREATING:
                    return Trouble(Result.FAULT, "not now", whole=True)
                assert step.document_id is not None
                self.stored.append(step.document_id)
            case Operation.END:
                self._store_late()
                if self.state is not JobState.CREATING:
                    return Trouble(Result.FAULT, "not now", whole=True)
                self.state = PROCESSING
            case Operation.CANCEL:
                if self.state in (JobState.CREATING, PROCESSING):
                    self.state = JobState.CANCELED
            case _:
                self._store_late()
                if self.state is PROCESSING:
                    self.polls += 1
                    if self.polls > 1:
                        self.state = JobState.COMPLETED
                return Answered(self.status())
        return Answered()

    def _store_late(self) -> None:
        """What was on its way arrives before the next question is answered, or the job ended."""
        if self.state is JobState.CREATING:
            self.stored += self.late
        self.late = []

    def _heard(self, content: object, *, answer: bool) -> None:
        if not isinstance(content, JobStatus) or content.job_token != TOKEN:
            return
        ended = content.job_state in (JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED)
        if answer:
            self.denied = 0 if ended or not self.told_final else self.denied + 1
            self.taken_over |= content.job_state != JobState.CREATING
        if self.denied >= 4:
            self.told_final.clear()
        if content.images_received is not None:
            self.told_count = content.images_received
        if ended or not self.told_final:  # an answer may be older than an event
            self.told = content
        if ended:
            self.told_final.add(str(content.job_state))

    def _lied(self, status: JobStatus, lie: str) -> JobStatus:
        told = changed(status, lie)
        if told != status:
            self.lies.add(lie)
        return told

    def _event(self, fate: str, *, after: bool = False) -> JobStatus | None:
        """An event; it tells the truth of the moment behind the answer."""
        if not after:
            return None
        truth = self.status()
        told = changed(truth, EVENTS[fate])
        if told != truth:
            self.lies.add(fate)
        self._heard(told, answer=False)
        return told


_SURE = frozenset({Result.NOT_SENT, Result.NOT_TRUSTED, Result.TEMPORARY, Result.BUSY, Result.TURNED_AWAY,
                   Result.REFUSED_US, Result.FAULT, Result.JOB_NOT_FOUND, Result.JOB_CANCELED})  # fmt: skip
"""What says that nothing was done."""


def changed(status: JobStatus, lie: str) -> JobStatus:
    """The status with one thing otherwise."""
    token, state, reasons = status.job_token, status.job_state, status.job_state_reasons
    filters, count = status.filter_statuses, status.images_received
    assert count is not None
    match lie:
        case "count more":
            count += 1
        case "count less":
            count = max(count - 1, 0)
        case "no count":
            return JobStatus(token, state, reasons, filters, None)
        case "another job":
            token = ANOTHER
        case "foreign filter":
            filters = (*filters, FilterStatus("urn:other", filters[0].filter_state))
        case "no filter":
            filters = () if state in (JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED) else (
                FilterStatus("urn:other", filters[0].filter_state),
            )  # fmt: skip
        case "filter at work":
            ended = state in (JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED)
            wrong = FilterState.PROCESSING if ended or state is not PROCESSING else FilterState.PENDING
            filters = (FilterStatus(DIALECT, wrong),)
        case "state back":
            state, reasons = JobState.CREATING, ()
            filters = (FilterStatus(DIALECT, FilterState.PENDING),)
        case "completed":
            state, reasons = JobState.COMPLETED, (JobStateReason.COMPLETED_SUCCESSFULLY,)
            filters = (FilterStatus(DIALECT, FilterState.COMPLETED_SUCCESSFULLY),)
        case "aborted":
            state, reasons = JobState.ABORTED, (JobStateReason.PROCESSING_FAILED,)
            filters = (FilterStatus(DIALECT, FilterState.CANCELED),)
        case "wrong reason":
            reasons = (
                JobStateReason.PROCESSING_FAILED
                if state == JobState.COMPLETED
                else JobStateReason.COMPLETED_SUCCESSFULLY,
            )
    return JobStatus(token, state, reasons, filters, count)
