"""From an HTTP request to a SOAP message and back: what every hosted service has in common."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from emulator.dpws.incoming import IncomingMessage, TooMuchAtOnce
from emulator.dpws.refusals import refusal
from emulator.soap.addressing import ADDRESSING_2004, Addressing
from emulator.soap.bounds import XmlRefused, XmlTooMuch
from emulator.soap.constants import MAX_ENVELOPE_BYTES, SOAP_CONTENT_TYPE
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message, Unprocessed, fault_response, write_envelope
from emulator.soap.fault import Fault, FaultError, destination_unreachable, not_well_formed, unsupported_media
from emulator.soap.mime import MimeError
from emulator.soap.mtom import EnvelopeTooLong, frame, new_content_id
from emulator.soap.reading import ContentError, TooMuch
from emulator.soap.version_1_1 import CONTENT_TYPE as SOAP_1_1_CONTENT_TYPE
from emulator.soap.version_1_1 import AskedInSoap11, version_mismatch_in_1_1
from emulator.soap.xml import EncodingRefused, QName
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.http import BodyBroken, IncomingRequest, OutgoingResponse, Unanswered
from emulator.transport.refusals import Refusals

_log = logging.getLogger(__name__)

_TOLD: Final = 1000
"""Deviations remembered, so that each is told once for a peer and not with every message."""

_PENALTY: Final = 0.1
"""Seconds before a message that is too much is answered."""

_HEADERS: Final = (("Content-Type", SOAP_CONTENT_TYPE),)


class Call:
    """One message to a service, and what was found wrong with it."""

    def __init__(self, incoming: IncomingMessage, message: Message) -> None:
        self.incoming = incoming
        self.message = message
        self.content = Deviations()
        """For the readers of the body's content."""

    @property
    def deviations(self) -> list[Deviation]:
        """All that is known up to now."""
        return [*self.incoming.deviations, *self.content]


@dataclass(frozen=True, slots=True)
class Attached:
    """An answer with an attachment, which the message's xop:Include names by `content_id`."""

    message: Message
    content_id: str
    media_type: str
    data: bytes | FileSegment
    on_sent: Callable[[bool], None] | None = None
    """Told whether the whole answer went out."""


class Service(Protocol):
    """A function from message to message, and its faults for what is wrong with any message."""

    async def __call__(self, call: Call) -> Message | Attached | None:
        """The answer; None for a one-way message. Raises FaultError, ContentError, and what reading the
        message raises."""

    def invalid(self, argument: str) -> Fault:
        """For content that cannot be understood, or that --strict refuses."""

    def internal_error(self) -> Fault:
        """For a bug or a broken disk."""


class Endpoint:
    """Lets a service answer HTTP requests."""

    def __init__(
        self,
        service: Service,
        *,
        strict: bool,
        addressing: Sequence[Addressing] = (ADDRESSING_2004,),
        understood: Collection[QName] = (),
    ) -> None:
        """`strict`: a message with a deviation is refused. `addressing`: those that the service knows;
        `understood`: the header blocks that it processes, beside those of WS-Addressing."""
        self._understood = understood
        self._addressing = addressing
        self._service = service
        self._strict = strict
        self._refusals = Refusals(_log)
        self._told: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def __call__(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one request. Raises BodyBroken."""
        if request.method != "POST":
            return OutgoingResponse(405, headers=(("Allow", "POST"),), close=True)
        asked: Message | None = None
        incoming: IncomingMessage | None = None
        call: Call | None = None
        refused = ""
        try:
            incoming = IncomingMessage(request)
            asked = (await incoming.envelope(self._addressing, self._understood)).message
            call = Call(incoming, asked)
            refuse_deviations(call, self._service, strict=self._strict)
            answer = await self._service(call)
            refuse_deviations(call, self._service, strict=self._strict)
            return _response(answer)
        except AskedInSoap11 as error:
            return self._in_soap_1_1(request, error.fault)
        except Unprocessed as error:
            asked, fault = error.asked, error.fault
        except FaultError as error:
            fault = error.fault
        except ContentError as error:
            fault = self._service.invalid(str(error))
            if isinstance(error, TooMuch):
                refused = str(error)
        except EncodingRefused as error:
            fault = unsupported_media(str(error))
        except (MimeError, XmlRefused) as error:
            fault = not_well_formed(str(error))
            if isinstance(error, XmlTooMuch | EnvelopeTooLong):
                refused = str(error)
        except TooMuchAtOnce as error:
            fault = self._service.internal_error()
            refused = str(error)
        except _AnswerTooLong as error:
            fault = self._service.internal_error()
            refused = f"its answer would have {error}"
        except (BodyBroken, Unanswered):
            raise
        except Exception:
            _log.exception("%s failed", _operation(asked) or request.path)
            fault = self._service.internal_error()
        finally:
            if incoming is not None:
                self._tell(request.remote, asked, call.deviations if call else incoming.deviations)
        _log.info("%s: %s -> %s", request.remote, _operation(asked) or "?", fault)
        if refused:
            self._refusals.tell(request.remote, "a message that is or asks for too much is refused", refused)
            # Who asks for too much waits a little, so that a sequence of it does not take the time of others.
            await asyncio.sleep(_PENALTY)
        unread = incoming is None or not incoming.ended
        return OutgoingResponse(
            fault.http_status, write_envelope(fault_response(asked, fault)), _HEADERS, close=unread
        )

    def _in_soap_1_1(self, request: IncomingRequest, fault: Fault) -> OutgoingResponse:
        _log.info("%s: a message of SOAP 1.1 -> %s", request.remote, fault)
        headers = (("Content-Type", SOAP_1_1_CONTENT_TYPE),)
        return OutgoingResponse(fault.http_status, version_mismatch_in_1_1(fault), headers, close=True)

    def _tell(self, remote: str, asked: Message | None, deviations: Iterable[Deviation]) -> None:
        """Tolerate and tell: nothing is forgiven silently."""
        for deviation in deviations:
            key = (remote, deviation.id, deviation.place)
            if key not in self._told:
                _log.warning("%s from %s: %s", _operation(asked) or "a message", remote, deviation)
                self._told[key] = None
                if len(self._told) > _TOLD:
                    self._told.popitem(last=False)


def _operation(asked: Message | None) -> str:
    """The name of an operation, short and on one line: it comes from a peer."""
    return "" if asked is None else " ".join(asked.action.rpartition("/")[2][:100].split())


class _AnswerTooLong(Exception):
    """`str()` says how long."""


def _response(answer: Message | Attached | None) -> OutgoingResponse:
    if answer is None:
        return OutgoingResponse(202)
    if isinstance(answer, Message):
        data = write_envelope(answer)
        if len(data) > MAX_ENVELOPE_BYTES:
            raise _AnswerTooLong(f"{len(data)} octets to {answer.action.rpartition('/')[2]}")
        return OutgoingResponse(200, data, _HEADERS)
    framed = frame(
        write_envelope(answer.message),
        content_id=answer.content_id,
        root_id=new_content_id("root"),
        media_type=answer.media_type,
    )
    body = SegmentedBody((framed.head, answer.data, framed.tail))
    return OutgoingResponse(200, body, (("Content-Type", framed.content_type),), on_sent=answer.on_sent)


def require_destination(to: str, path: str, *, also: Collection[str] = ()) -> None:
    """Refuse a message to another address: wsa:To is that of the endpoint reference (WSDAPI hosts do so too).
    Compared are paths, in any case: a proxy may name another host. An empty To, which is a deviation, and those of
    `also` pass. Raises FaultError."""
    if not to or to in also or to.lower() in also:
        return
    try:
        told = urlsplit(to).path
    except ValueError:
        told = ""
    if told.rstrip("/").lower() != path.rstrip("/").lower():
        raise FaultError(destination_unreachable(to))


def refuse_deviations(call: Call, service: Service, *, strict: bool) -> None:
    """With `strict`, raise FaultError for the first deviation known: the most specific fault for it."""
    if strict and (found := call.deviations):
        raise FaultError(refusal(found[0], service))
