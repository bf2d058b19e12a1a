"""What the sequencer of a post-scan job asks for (steps), and what it is told (events)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import Metadata
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import Failure, JobOutcome
from emulator.dsm.sequence_table import RETRY_AFTER_LONGEST, RETRY_PAUSES, Phase, Result
from emulator.soap.deviations import Deviation
from emulator.soap.fault import Fault


class Operation(StrEnum):
    """The requests of a job."""

    PROBE = "Probe"
    GET = "Get"
    CREATE = "CreatePostScanJob"
    SEND_IMAGE = "SendImage"
    END = "EndPostScanJob"
    ELEMENTS = "GetPostScanJobElements"
    CANCEL = "CancelPostScanJob"


OPERATIONS: Final = {
    Phase.PROBE: Operation.PROBE,
    Phase.GET: Operation.GET,
    Phase.CREATE: Operation.CREATE,
    Phase.SEND: Operation.SEND_IMAGE,
    Phase.SEND_CHECK: Operation.ELEMENTS,
    Phase.END: Operation.END,
    Phase.END_CHECK: Operation.ELEMENTS,
    Phase.WATCH: Operation.ELEMENTS,
    Phase.CONFIRM: Operation.ELEMENTS,
    Phase.POSTMORTEM: Operation.ELEMENTS,
    Phase.LATE_CREATE: Operation.CREATE,
    Phase.CANCEL: Operation.CANCEL,
}
"""The request of each phase."""


# Steps


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send this request to `url` with the wsa:To `to` and tell what came of it.

    `limit`: seconds for the whole exchange, None for the limits of the job.
    """

    operation: Operation
    url: str
    to: str
    document_id: int | None = None
    limit: float | None = None
    again: Literal["", "retry", "repeat"] = ""
    """`retry`: the one before was surely not processed, or is only a question; `repeat`: it may have been."""

    @property
    def poll(self) -> bool:
        """Whether it asks how the job is."""
        return self.operation is Operation.ELEMENTS


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """The exchange under way was interrupted, but tell its answer if it comes within `limit` seconds."""

    limit: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `seconds` pass, then tell Waited."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NextDocument:
    """Tell NewDocument, NoMoreDocuments or SourceFailed."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The server has this document after `attempts` SendImage requests. Tell Acknowledged."""

    document_id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Found:
    """The WS-DSP service has been found: the last step of a search. `parameters`: of its endpoint reference."""

    service_url: str
    parameters: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The job came to an end. `reason` says why where it is no plain final state."""

    outcome: JobOutcome
    status: JobStatus | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job did not come to its end.

    `canceled`: whether the server took the cancellation; None when nothing was there to cancel.
    """

    failure: Failure
    operation: str
    reason: str
    document_id: int | None = None
    fault: Fault | None = None
    canceled: bool | None = None


FAILURES: Final = {
    Result.TEMPORARY: Failure.FAULTED,
    Result.JOB_NOT_FOUND: Failure.FAULTED,
    Result.JOB_CANCELED: Failure.FAULTED,
    Result.FAULT: Failure.FAULTED,
    Result.DOUBTFUL_FAULT: Failure.FAULTED,
    Result.NOT_SENT: Failure.UNREACHABLE,
    Result.PARTLY_SENT: Failure.UNREACHABLE,
    Result.UNANSWERED: Failure.UNREACHABLE,
    Result.NOT_TRUSTED: Failure.NOT_TRUSTED,
    Result.BUSY: Failure.NONSENSE,
    Result.HTTP_FAILED: Failure.NONSENSE,
    Result.TURNED_AWAY: Failure.NONSENSE,
    Result.NONSENSE: Failure.NONSENSE,
    Result.ANOTHER_JOB: Failure.NONSENSE,
    Result.REFUSED_US: Failure.REFUSED_US,
}
"""The kind of failing when nothing else is to be done about it."""

Step: TypeAlias = SendRequest | AwaitAnswer | Wait | NextDocument | Acknowledge | Found | Finished | Failed


# Events

Content: TypeAlias = tuple[ProbeMatch, ...] | Metadata | str | JobStatus | None
"""Of an answer: ProbeMatches, Metadata, JobToken, JobStatus, or None where it is empty."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer that was asked for.

    `objection`: why it is not accepted although it can be read (strict: its first deviation).
    """

    content: Content = None
    objection: str = ""
    deviations: tuple[Deviation, ...] = ()
    """What is wrong with it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The exchange brought no answer of use. `reason` is one line for people.

    `whole`: every octet of the request had gone out. `retry_after`: seconds after which the server wants to be
    asked again, if it said so.
    """

    result: Result
    reason: str
    fault: Fault | None = None
    whole: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    """The seconds have passed."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The acknowledgement has been noted."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """The next document to be sent."""

    document_id: int


@dataclass(frozen=True, slots=True)
class NoMoreDocuments:
    """All have been sent."""


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """The next document cannot be had."""

    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user wants the job to end now; may be told at any moment."""


def pause_before_retry(tries: int, trouble: Trouble) -> float:
    """Seconds before the request that has been sent `tries` times goes out again: as long as the server asked for,
    within bounds. [notes/silent/send-image-retried]
    [dsp/fault/temporary-error-retried] [dsp/fault/send-image-retried-once] [bdsrr/3.1.4.1.4/retry-unmodified]"""
    return max(RETRY_PAUSES[tries - 1], min(trouble.retry_after or 0.0, RETRY_AFTER_LONGEST))


Event: TypeAlias = (
    Answered | Trouble | Waited | Acknowledged | NewDocument | NoMoreDocuments | SourceFailed | Interrupted
)
