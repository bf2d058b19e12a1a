"""What is done to an operation as a whole, as data. `disturbance/exchanges.py` does it; where two are done to one
operation, the first of the plan is around the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from emulator.faults.device_habits import OwnWay


@dataclass(frozen=True, slots=True)
class Late:
    """It is held up."""

    seconds: float
    after: bool
    """After it was processed, or its answer came; else before it is processed or sent."""


@dataclass(frozen=True, slots=True)
class Silence:
    """There is no answer; of a request that we send: it never goes out."""

    processed: bool


@dataclass(frozen=True, slots=True)
class Twice:
    """The request goes out a second time when the first is answered."""

    last: bool
    """The second answer counts, else the first."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """HTTP answers in the place of the service."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    processed: bool = False
    early: bool = False
    """Before the request is read, and the connection ends."""


@dataclass(frozen=True, slots=True)
class OtherType:
    """The answer says to be of another type."""

    content_type: str


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """A fault is the answer."""

    subcode: str
    namespace: str
    """'' for that of the service, or for the document's own."""
    code: str
    """'' for that of the document, else Receiver."""
    reason: str
    detail: str
    status: int
    """Of HTTP; 0 for that of the code."""
    processed: bool
    early: bool
    """As of HttpAnswer."""


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """A fault goes with another HTTP status; what is no fault stays as it is."""

    status: int


@dataclass(frozen=True, slots=True)
class OtherText:
    """All elements of a name say something else."""

    element: str
    text: str | None
    """None: a value of the same form, by the dice."""


@dataclass(frozen=True, slots=True)
class AnotherOperation:
    """Another operation is asked for the same job."""

    operation: str
    before: bool


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The connection ends after the answer, which says so."""


@dataclass(frozen=True, slots=True)
class Behind:
    """An event goes out behind later ones."""

    events: int
    seconds: float
    """For which these are waited for."""


Deed: TypeAlias = (
    Late
    | Silence
    | Twice
    | HttpAnswer
    | OtherType
    | FaultAnswer
    | FaultStatus
    | OtherText
    | AnotherOperation
    | LastAnswer
    | Behind
    | OwnWay
)
