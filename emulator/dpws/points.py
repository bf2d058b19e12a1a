"""Where something can be plugged in at DPWS: operations, datagrams, and deviations that were met."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from emulator.dpws.call import Answer, Attached, Call, Reply
from emulator.layers import GoOn, Intervention, Layers, Notification
from emulator.soap.deviations import Deviation
from emulator.soap.envelope import Message
from emulator.soap.fault import FaultError
from emulator.soap.points import Side
from emulator.transport.http import OutgoingResponse, Unanswered


@dataclass(frozen=True, slots=True)
class OperationCall:
    """An operation that is asked for: of a service of ours (`side` server), or by us (client)."""

    side: Side
    name: str
    asked: Message = field(repr=False)
    peer: str
    """The IP address of who asks, or the URL that is asked."""
    go_on: GoOn[Answer] = field(repr=False)
    """Has the operation done: `await go_on()` is its answer, or raises its FaultError. At the client it is the
    message that came, also one of a fault."""
    call: Call | None = field(default=None, repr=False)
    """As the service is given it; None at the client."""
    send: Callable[[Message | Attached], Awaitable[Answer]] | None = field(default=None, repr=False)
    """At the client: sends another message to the same address, in the place of this one or beside it; a Message of
    the same action goes with the attachment that this one has. Its answer, as of `go_on`. None at a service."""


OPERATION: Final[Intervention[OperationCall, Reply]] = Intervention(
    "operation", (Message, Attached, OutgoingResponse, type(None)), passes=(FaultError, Unanswered)
)
"""Returns the answer, its own or that of `go_on`, altered or not; None only where that gave None. A FaultError that
it raises is the answer, as if the service had raised it, or the peer sent it; after Unanswered there is none."""


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event that is about to go to one subscriber, or SubscriptionEnd."""

    name: str
    """The last segment of its action."""
    peer: str
    """The URL that it goes to."""
    about: str = ""
    """What it tells of: of a scan server's events of a job the JobToken."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """How an event is brought."""

    times: int = 1
    """0: it never goes out."""
    behind: int = 0
    """So many later events of the same subscriber go out before it; of those that come within `seconds`."""
    seconds: float = 0.0


EVENT: Final[Intervention[OutgoingEvent, Bringing]] = Intervention("event", Bringing)
"""Says how an event is brought. While the handler waits, so does this event, and all behind it."""


@dataclass(frozen=True, slots=True)
class LaterDatagram:
    """A datagram that goes out when some time has passed; what the handler gives beside it does not wait."""

    seconds: float
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingDatagram:
    """A datagram of WS-Discovery that goes out, each repetition too."""

    data: bytes = field(repr=False)
    to: tuple[str, int] | None
    """IP address and port; None: the group."""
    kind: str
    """Hello, Bye, ProbeMatches, ResolveMatches, Fault, Probe or Resolve."""


DatagramsOut: TypeAlias = (
    bytes | LaterDatagram | list[bytes | LaterDatagram] | tuple[bytes | LaterDatagram, ...] | None
)

DATAGRAM: Final[Intervention[OutgoingDatagram, DatagramsOut]] = Intervention(
    "datagram", (bytes, LaterDatagram, list, tuple, type(None))
)
"""Returns what goes out in its place: octets, now or later, several in their order, or None for nothing. Where a
handler fails, the datagram goes out as it is."""


@dataclass(frozen=True, slots=True)
class DeviationMet:
    """A departure from the documents in a message of a peer."""

    peer: str
    """IP address, or the URL that answered."""
    operation: str
    """'' where the message could not be read."""
    deviation: Deviation


DEVIATION_MET: Final[Notification[DeviationMet]] = Notification("deviation met", DeviationMet)
"""Told of each, in every message."""


def tell_deviations(layers: Layers, peer: str, operation: str, deviations: Iterable[Deviation]) -> None:
    """Tell of those of one message."""
    if layers.heard(DEVIATION_MET):
        for deviation in deviations:
            layers.tell(DEVIATION_MET, DeviationMet(peer, operation, deviation))
