"""What the journal knows: its kinds, and for each the data that an entry of it has (docs/journal.md has the same
as a table)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias


class EntryKind(StrEnum):
    """Of an entry."""

    JOB = "job"
    STEP = "step"
    STATE = "state"
    CONDITION = "condition"
    INPUT = "input"
    PAGE = "page"
    IMAGE = "image"
    EXCHANGE = "exchange"
    EVENT = "event"
    DATAGRAM = "datagram"
    RETRY = "retry"
    DEVIATION = "deviation"
    DELIVERY = "delivery"
    WARNING = "warning"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class JobTold:
    """A post-scan job begins, is created at the scan server, or has come to its end."""

    kind: ClassVar[EntryKind] = EntryKind.JOB
    what: Literal["begun", "created", "ended"]
    token: str = ""
    """JobToken, once there is one."""
    where: str = ""
    """URL of the scan server; of its service once that is known."""
    name: str = ""
    """Display name of the scan process."""
    user: str = ""
    """Who submits it, as the embedded scan server knows him."""
    outcome: str = ""
    """At the end."""
    reason: str = ""
    """Why the outcome is no plain final state, or what the job failed of."""
    images: int | None = None
    """Acknowledged, at the end."""
    exchanges: dict[str, int] | None = None
    """At the end: as `exchanges` of the result."""


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step of a post-scan job: the service is found, all images are sent, it waits."""

    kind: ClassVar[EntryKind] = EntryKind.STEP
    what: Literal["found", "end", "wait", "await answer"]
    """`end`: all images are there, EndPostScanJob is sent."""
    where: str = ""
    """URL of the service that was found."""
    seconds: float | None = None
    """To be waited."""
    reason: str = ""
    """Of what it waits, where the exchange before brought no good answer."""


@dataclass(frozen=True, slots=True)
class StateTold:
    """A state is another, or is seen for the first time."""

    kind: ClassVar[EntryKind] = EntryKind.STATE
    of: Literal["scanner", "scan job", "post-scan job", "filter", "scan server"]
    state: str
    reasons: tuple[str, ...] = ()
    name: str = ""
    """Number of a scan job, JobToken of a post-scan job, dialect of a filter."""
    images: int | None = None
    """Scanned, or received."""
    by: Literal["", "event", "poll"] = ""
    """How it was learned of; '' by who has the state itself."""


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """A condition of a scanner has become active, or is cleared."""

    kind: ClassVar[EntryKind] = EntryKind.CONDITION
    active: bool
    name: str = ""
    component: str = ""
    severity: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class InputTold:
    """What lies in a scanner is other: sheets loaded, feeder emptied, a file on the platen."""

    kind: ClassVar[EntryKind] = EntryKind.INPUT
    what: Literal["loaded", "emptied", "empty", "placed"]
    """`emptied` by somebody, `empty` because the last sheet was taken in."""
    source: Literal["feeder", "platen", "film"] = "feeder"
    sheets: int | None = None
    """In the feeder now."""


@dataclass(frozen=True, slots=True)
class PageTold:
    """A page (a document, in formats of several pages) has left the scan head."""

    kind: ClassVar[EntryKind] = EntryKind.PAGE
    number: int
    """From 1."""
    scan_job: int | None = None


@dataclass(frozen=True, slots=True)
class ImageTold:
    """An image is about to go out, or the scan server has answered that it has it."""

    kind: ClassVar[EntryKind] = EntryKind.IMAGE
    what: Literal["sending", "acknowledged"]
    document_id: int
    attempts: int = 0
    """SendImage requests up to now."""
    octets: int | None = None


@dataclass(frozen=True, slots=True)
class _HttpExchangeTold:
    """What is told of every request over HTTP and its answer."""

    direction: Literal["sent", "received"]
    """Of the request: by us, or to us."""
    operation: str
    """Last segment of its wsa:Action; the HTTP method where there is none."""
    where: str
    """URL."""
    peer: str = ""
    """IP address."""
    status: int = 0
    """HTTP status; 0: no answer."""
    fault: str = ""
    """Code and reason, of an answer that is a fault."""
    error: str = ""
    """Why there is no whole answer."""
    request_octets: int = 0
    answer_octets: int = 0
    ms: float = 0.0
    """From the first octet, or the connecting, to the end of the answer."""


@dataclass(frozen=True, slots=True)
class ExchangeTold(_HttpExchangeTold):
    """A request and its answer, over HTTP."""

    kind: ClassVar[EntryKind] = EntryKind.EXCHANGE
    again: Literal["", "retry", "repeat"] = ""
    """`retry`: the one before was surely not processed, or only a question; `repeat`: it may have been."""
    poll: bool = False
    document_id: int | None = None
    """Of the image that it carries."""
    job_request: bool = False
    """One of those that the counts of a post-scan job count."""


@dataclass(frozen=True, slots=True)
class EventTold(_HttpExchangeTold):
    """A message of eventing, with what it was answered."""

    kind: ClassVar[EntryKind] = EntryKind.EVENT


@dataclass(frozen=True, slots=True)
class DatagramTold:
    """A message of WS-Discovery in a datagram."""

    kind: ClassVar[EntryKind] = EntryKind.DATAGRAM
    direction: Literal["sent", "received"]
    operation: str
    """Probe, ProbeMatches, Hello and so on; '' for what is no message."""
    peer: str
    """IP address, or that of the group."""
    octets: int


@dataclass(frozen=True, slots=True)
class RetryTold:
    """An exchange of a post-scan job broke, or its request goes out again."""

    kind: ClassVar[EntryKind] = EntryKind.RETRY
    what: Literal["dropped", "retry", "repeat"]
    """`dropped`: its answer was not whole; `retry`: it goes out again, the one before was surely not processed, or
    is only a question; `repeat`: it goes out again, though the one before may have been processed."""
    operation: str
    attempt: int | None = None
    """From 2, where it goes out again."""
    document_id: int | None = None
    reason: str = ""
    """What became of the one before."""


@dataclass(frozen=True, slots=True)
class DeviationTold:
    """A peer has departed from the documents."""

    kind: ClassVar[EntryKind] = EntryKind.DEVIATION
    operation: str
    id: str
    place: str = ""
    detail: str = ""
    clause: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryTold:
    """What one target of a filter has got, or why not."""

    kind: ClassVar[EntryKind] = EntryKind.DELIVERY
    filter: str
    target: str
    documents: int
    reason: str = ""
    """FilterStateReason; '' where it has all."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WarningTold:
    """Something went otherwise than it should, and did no harm."""

    kind: ClassVar[EntryKind] = EntryKind.WARNING
    text: str


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """Something else that a device or scan server tells of itself is other: configuration, default ticket."""

    kind: ClassVar[EntryKind] = EntryKind.CHANGE
    names: tuple[str, ...]
    """Local names of the elements."""


Told: TypeAlias = (
    JobTold
    | StepTold
    | StateTold
    | ConditionTold
    | InputTold
    | PageTold
    | ImageTold
    | ExchangeTold
    | EventTold
    | DatagramTold
    | RetryTold
    | DeviationTold
    | DeliveryTold
    | WarningTold
    | ChangeTold
)
