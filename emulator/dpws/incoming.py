"""One request as a service reads it: first the envelope, then, if the service wants it, the attachment."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from emulator.soap.addressing import ADDRESSING_2004, Addressing
from emulator.soap.bounds import REQUEST
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Received, read_envelope
from emulator.soap.mime import MimeError
from emulator.soap.mtom import Attachment, AttachmentEnd, Data, Event, MtomReader, Root
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName
from emulator.transport.http import IncomingRequest

MAX_EARLY_BYTES: Final = 8 * 1024 * 1024
"""Octets of attachments that are kept in memory when they come before the root part. The documents' root comes
first (MTOM; WSDAPI); no peer is known that does otherwise."""


MAX_HELD: Final = 128 * 1024 * 1024
"""Octets of envelopes that are not whole yet, of all requests of this process together: a thousand connections may
each have begun one of 8 MB."""
_FREE: Final = 64 * 1024
"""Octets of an envelope that are taken whatever others have sent."""


class NoRoomForEnvelope(Exception):
    """There is no room for an envelope now. `str()` is one line."""


class IncomingMessage:
    """The body of one HTTP request. Nothing is read before it is asked for, so that a request that is refused
    for its envelope is answered while its attachment is still on the way. [soap/http/answer-after-the-request]"""

    all_held = 0
    """Octets of envelopes that are not whole, of all messages."""

    def __init__(self, request: IncomingRequest) -> None:
        """Raises MimeError for a multipart Content-Type that cannot be read."""
        self.request = request
        self._reader = MtomReader(request.headers.get("content-type", ""), REQUEST)
        self._chunks = aiter(request.body)
        self._events: deque[Event] = deque()
        self._around = Deviations()
        """What HTTP says of the envelope and is not so."""
        self._received: Received | None = None
        self._held = 0
        self.ended = False
        """Whether the body has been read to its end."""

    @property
    def deviations(self) -> list[Deviation]:
        """What the peer has done so far that the documents do not allow, in package and envelope."""
        of_envelope = self._received.deviations if self._received else ()
        return [*self._reader.deviations, *self._around, *of_envelope]

    async def _next(self) -> Event | None:
        """The next event, None at the end of the body. Raises MimeError and BodyBroken."""
        while not self._events and not self.ended:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self.ended = True
                self._events.extend(self._reader.close())
            else:
                self._events.extend(self._reader.feed(chunk))
                self._hold(self._reader.held)
                if self._held > _FREE and IncomingMessage.all_held > MAX_HELD:
                    raise NoRoomForEnvelope(f"envelopes of more than {MAX_HELD} octets are on their way together")
        return self._events.popleft() if self._events else None

    async def envelope(
        self, addressing: Sequence[Addressing] = (ADDRESSING_2004,), understood: Collection[QName] = ()
    ) -> Received:
        """The message; `addressing`: those that are known; `understood`: header blocks that are processed. Raises
        MimeError, XmlRefused, FaultError, BodyBroken and NoRoomForEnvelope."""
        try:
            root = await self._root()
        finally:
            self._hold(0)
        received = read_envelope(root.data, addressing, REQUEST, understood=understood)
        self._received = received
        claims = self._reader.claims
        if soap_action := self.request.headers.get("soapaction", "").strip().strip('"'):
            claims.actions.append(("HTTP header SOAPAction", soap_action))  # of SOAP 1.1, but some stacks send it
        claims.check(root.data, received.message.action, self._around)
        return received

    def _hold(self, size: int) -> None:
        IncomingMessage.all_held += size - self._held
        self._held = size

    async def _root(self) -> Root:
        """The part that is the envelope; attachments that come before it are kept."""
        early: list[Event] = []
        size = 0
        while not isinstance(event := await self._next(), Root):
            if event is None:
                raise MimeError("the message has no envelope")
            if isinstance(event, Data):
                size += len(event.data)
                if size > MAX_EARLY_BYTES:
                    raise MimeError(f"the root part comes after more than {MAX_EARLY_BYTES} octets of attachments")
                event = Data(bytes(event.data))  # a view of the receive buffer does not last
            early.append(event)
        self._events.extendleft(reversed(early))
        return event

    async def attachment(self, content_id: str, argument: str) -> AsyncIterator[bytes | memoryview]:
        """The octets of the attachment of that Content-ID, and the body to its end; others are passed over.

        A piece is valid until the next one is asked for. Raises MimeError and BodyBroken, and ContentError
        naming `argument`, the element that it belongs to, when there is no such attachment.
        """
        found = wanted = False
        while (event := await self._next()) is not None:
            if isinstance(event, Attachment):
                wanted = not found and event.content_id == content_id
                found = found or wanted
            elif isinstance(event, AttachmentEnd):
                wanted = False
            elif wanted and isinstance(event, Data):
                yield event.data
        if not found:
            raise ContentError(argument, f"there is no attachment with the Content-ID {content_id[:80]!r}")

    async def rest(self) -> None:
        """Read the body to its end. Raises MimeError and BodyBroken."""
        while await self._next() is not None:
            pass
