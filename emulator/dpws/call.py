"""What a service is given and gives: one message to it, its answer, and the layers that a call goes through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from emulator.dpws.incoming import IncomingMessage
from emulator.dpws.refusals import Blaming, refusal
from emulator.layers import Layers
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, FaultError, destination_unreachable
from emulator.transport.body import FileSegment
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.url import read_url


@dataclass(frozen=True, slots=True)
class Attached:
    """A message with an attachment, which its xop:Include names by `content_id`."""

    message: Message
    content_id: str
    media_type: str
    data: bytes | FileSegment
    on_sent: Callable[[bool], None] | None = None
    """Of an answer: told whether the whole of it went out."""


Answer: TypeAlias = Message | Attached | None
"""Of a service; None for a one-way message."""
Reply: TypeAlias = Message | Attached | OutgoingResponse | None
"""What a layer gives back: an answer, or what HTTP shall carry in its place."""


class Service(Protocol):
    """A function from message to message, and its faults for what is wrong with any message."""

    async def __call__(self, call: Call) -> Answer:
        """The answer. Raises FaultError, ContentError, and what reading the message raises."""

    def invalid(self, argument: str) -> Fault:
        """Make the fault for content that cannot be understood, or that is refused for a deviation."""

    def internal_error(self) -> Fault:
        """Make the fault for a bug or a broken disk."""

    def temporary_error(self) -> Fault:
        """Make the fault for what passes by itself: there is no room now."""


class Call:
    """One request to a service on its way through the layers: its message, and what was found wrong with it."""

    incoming: IncomingMessage
    """As `arriving`, for services: they are called when the envelope is there."""
    message: Message
    """As `asked`, for services."""

    def __init__(self, request: IncomingRequest, service: Service, layers: Layers) -> None:
        self.request = request
        self.service = service
        self.layers = layers
        self.content = Deviations()
        """For the readers of the body's content."""
        self.arriving: IncomingMessage | None = None
        """The body of the request, once it is known how to read it."""
        self.asked: Message | None = None
        """The message, once it is read."""
        self.intervened = False
        """The answer is that of an OPERATION handler, not of the service."""

    def reads(self, arriving: IncomingMessage) -> None:
        """It is known how to read the body."""
        self.arriving = self.incoming = arriving

    def has_read(self, message: Message) -> None:
        """The envelope is there."""
        self.asked = self.message = message

    @property
    def operation(self) -> str:
        """The name of the operation, short and on one line: it comes from a peer; '' before it is known."""
        return "" if self.asked is None else operation_of(self.asked.action)

    @property
    def deviations(self) -> list[Deviation]:
        """All that is known up to now."""
        return [*(() if self.arriving is None else self.arriving.deviations), *self.content]

    def refuse_deviations(self, blaming: Blaming | None = None) -> None:
        """Where the layers are strict, raise FaultError for the first deviation that is known: the most specific
        fault for it. `blaming`: has a fault for content; the service where it is None."""
        if self.layers.strict and (found := self.deviations):
            raise FaultError(refusal(found[0], blaming or self.service))

    async def content_read(self) -> None:
        """Tell of the deviations; it is called by a service that has read the content of the body, before it does
        anything: the message is read to its end, and refused for a deviation in it. Raises FaultError, MimeError
        and BodyBroken."""
        await self.incoming.rest()
        self.refuse_deviations()


Inner: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""What is within a layer: those further in, and at last the service."""
Layer: TypeAlias = Callable[[Call, Inner], Awaitable[Reply]]
"""Does its part of a call, and has what is within do the rest, or not."""


def operation_of(action: str) -> str:
    """The last segment of an action, short and on one line."""
    return " ".join(action.rpartition("/")[2][:100].split())


def require_destination(to: str, path: str, *, also: Collection[str] = ()) -> None:
    """Refuse a message to another address: wsa:To is that of the endpoint reference (WSDAPI hosts do so too).
    Compared are paths, in any case: a proxy may name another host. An empty To, which is a deviation, and those of
    `also` pass. Raises FaultError. [addressing/to/of-a-request] [addressing/fault/destination-unreachable]
    [clients/sane-airscan/to-is-the-url]"""
    if not to or to in also or to.lower() in also:
        return
    if read_url(to).path.rstrip("/").lower() != path.rstrip("/").lower():
        raise FaultError(destination_unreachable(to))
