"""What a post-scan job comes to: the result of one that ended, the errors of one that did not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, Literal

from emulator.dsm.job_status import JobStatus
from emulator.dsm.request_counts import RequestCounts
from emulator.dsm.states import FINAL_JOB_STATES, FilterState, JobState, JobStateReason
from emulator.soap.deviations import Deviation
from emulator.soap.fault import Fault


class JobOutcome(StrEnum):
    """How a job ended that the device brought to its end."""

    COMPLETED = "Completed"
    COMPLETED_WITH_ERRORS = "CompletedWithErrors"
    COMPLETED_WITH_WARNINGS = "CompletedWithWarnings"
    ABORTED = "Aborted"
    CANCELED = "Canceled"
    """Not by us: an interrupt is no outcome."""
    UNCONFIRMED = "Unconfirmed"
    """The server forgot the job, went on beyond the time limit before its end was seen, or did not say how many
    images it has."""
    CONTRADICTED = "Contradicted"
    """The server calls the job Completed, and contradicts itself or what it has acknowledged."""
    NOT_AWAITED = "NotAwaited"
    """The job was handed over; nobody asked how it ends."""


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Seconds."""

    connect: float = 10.0
    """TCP connect and TLS handshake."""
    read: float = 60.0
    """Longest silence of the server within one exchange."""
    job: float = 600.0
    """From the answer to EndPostScanJob to the job's final state."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that came to its end, or was handed over (NotAwaited)."""

    outcome: JobOutcome
    job_token: str
    service_url: str
    end_status: JobStatus | None
    """The last JobStatus seen; final unless the outcome is Unconfirmed or NotAwaited."""
    acknowledged: list[int]
    """DocumentIds that the server has answered for, in order."""
    deviations: list[tuple[str, Deviation]]
    """Operation and what the server did in it that the documents do not allow."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds for "find", "subscribe", "create", "send", "end", "wait" (for the final state) and "total";
    "end_known" are those from the sending of EndPostScanJob until the final state was known."""
    reason: str = ""
    """Why the outcome is not a plain final state; '' otherwise."""
    end_known_by: Literal["", "event", "poll"] = ""
    """Which way the final state was told first."""


@dataclass(slots=True)
class JobAccount:
    """What is known of a job at any moment, whether or not it comes to its end."""

    job_token: str = ""
    """'' while the server has given none."""
    service_url: str = ""
    exchanges: RequestCounts = field(default_factory=RequestCounts)
    attempts: dict[int, int] = field(default_factory=dict)
    """How often each document went out, by DocumentId."""
    warnings: list[str] = field(default_factory=list)
    """What went otherwise than it should, and did no harm; a line each."""
    status: JobStatus | None = None
    """The last JobStatus seen."""
    deviations: dict[tuple[str, Deviation], None] = field(default_factory=dict)
    """Operation or event, and what the server did in it that the documents do not allow; in order, each once."""
    timings: dict[str, float] = field(default_factory=dict)
    """As of JobResult."""
    canceled: bool | None = None
    """Whether the server took a cancellation; None when there was nothing to cancel."""

    def deviated(self, operation: str, deviations: Iterable[Deviation]) -> None:
        """Add departures from the documents that were met in an operation."""
        self.deviations.update({(operation, each): None for each in deviations})

    def contradicted(self, operation: str, found: Iterable[Deviation]) -> None:
        """Add what does not agree with what was said before; what is known already stays where it was met first."""
        known = {deviation for _, deviation in self.deviations}
        self.deviated(operation, (each for each in found if each not in known))


class Failure(Enum):
    """Why a job did not come to its end."""

    UNREACHABLE = "unreachable"
    """No connection, or no answer in time."""
    NOT_TRUSTED = "not trusted"
    """TLS failed: the server's certificate is not one that we trust for this name."""
    FAULTED = "fault"
    """The server answered with a fault that is final."""
    NONSENSE = "nonsense"
    """The server answered with something that is no answer to what was asked."""
    REFUSED_US = "refused us"
    """The server wants a login, a client certificate or rights that we do not have."""
    OUTCOME_UNKNOWN = "outcome unknown"
    """CreatePostScanJob went out and no answer came: nobody knows whether the job exists."""
    INTERRUPTED = "interrupted"
    SOURCE = "source failed"
    """There are no more pages: ours failed."""


_EXIT_HINTS: Final[dict[Failure, Literal[3, 4, 5]]] = {
    Failure.UNREACHABLE: 3,
    Failure.NOT_TRUSTED: 3,
    Failure.OUTCOME_UNKNOWN: 3,
    Failure.REFUSED_US: 5,
}


class PostScanJobFailed(Exception):
    """A job that did not come to its end. `str()` is one line: what, in which operation, at which image."""

    def __init__(
        self,
        failure: Failure,
        reason: str,
        *,
        operation: str,
        document_id: int | None = None,
        job_token: str = "",
        service_url: str = "",
        canceled: bool | None = None,
        acknowledged: list[int] | None = None,
        deviations: list[tuple[str, Deviation]] | None = None,
        fault: Fault | None = None,
    ) -> None:
        """These are its parameters.

        - `canceled`: whether the job was cancelled at the server; None when there was none to cancel.
        - `fault`: of the server.
        """
        where = operation if document_id is None else f"{operation}, image {document_id}"
        super().__init__(f"{where}: {reason}")
        self.failure = failure
        self.reason = reason
        self.operation = operation
        self.document_id = document_id
        self.job_token = job_token
        self.service_url = service_url
        self.canceled = canceled
        self.acknowledged = acknowledged or []
        self.deviations = deviations or []
        self.fault = fault

    @property
    def exit_hint(self) -> Literal[3, 4, 5]:
        """The exit code that fits: 3 not reached or trusted, 4 fault or nonsense, 5 refused us."""
        return _EXIT_HINTS.get(self.failure, 4)


SUCCESSES: Final = frozenset({JobOutcome.COMPLETED, JobOutcome.COMPLETED_WITH_WARNINGS})
"""What a job that was waited for must come to."""

_BY_REASON: Final = {
    JobStateReason.COMPLETED_WITH_ERRORS: JobOutcome.COMPLETED_WITH_ERRORS,
    JobStateReason.COMPLETED_WITH_WARNINGS: JobOutcome.COMPLETED_WITH_WARNINGS,
    # MS-BDSRR 2.2.5.11 lets a job "complete" with this reason.
    JobStateReason.TIMED_OUT: JobOutcome.COMPLETED_WITH_ERRORS,
}


def outcome_of(status: JobStatus) -> JobOutcome | None:
    """The outcome that a JobStatus tells, None while its state is not final (or a vendor's own).

    A Completed job whose filters tell of errors completed with errors, also where the server gives no reason.
    """
    if status.job_state not in FINAL_JOB_STATES:
        return None
    if status.job_state == JobState.ABORTED:
        return JobOutcome.ABORTED
    if status.job_state == JobState.CANCELED:
        return JobOutcome.CANCELED
    found = {_BY_REASON[reason] for reason in _BY_REASON if reason in status.job_state_reasons}
    filters = {filter_status.filter_state for filter_status in status.filter_statuses}
    if JobOutcome.COMPLETED_WITH_ERRORS in found or filters & {
        FilterState.COMPLETED_WITH_ERRORS,
        FilterState.CANCELED,
    }:
        return JobOutcome.COMPLETED_WITH_ERRORS
    if JobOutcome.COMPLETED_WITH_WARNINGS in found or FilterState.COMPLETED_WITH_WARNINGS in filters:
        return JobOutcome.COMPLETED_WITH_WARNINGS
    return JobOutcome.COMPLETED


def warnings_of(status: JobStatus) -> list[str]:
    """What the job and its filters warn of, a line each."""
    found = [
        f"filter {each.dialect.rpartition('/')[2]}: {each.filter_state}"
        + (f" ({', '.join(map(str, each.filter_state_reasons))})" if each.filter_state_reasons else "")
        for each in status.filter_statuses
        if each.filter_state == FilterState.COMPLETED_WITH_WARNINGS
    ]
    return found or [f"the job is {status.job_state}: {', '.join(map(str, status.job_state_reasons))}"]
