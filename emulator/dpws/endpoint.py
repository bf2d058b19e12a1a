"""From an HTTP request to a SOAP message and back: what every hosted service has in common, as layers."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, cast

from emulator.dpws.call import Answer, Attached, Call, Inner, Layer, Reply, Service
from emulator.dpws.incoming import IncomingMessage, NoRoomForEnvelope
from emulator.dpws.points import OPERATION, OperationCall, tell_deviations
from emulator.dpws.writing import SOAP_HEADERS, Writer
from emulator.layers import GoOn, InterventionFailed, Layers
from emulator.soap.addressing import ADDRESSING_2004, Addressing
from emulator.soap.bounds import XmlRefused, XmlTooMuch
from emulator.soap.constants import MAX_ENVELOPE_BYTES
from emulator.soap.deviations import Deviation
from emulator.soap.envelope import Message, Unprocessed, fault_response, serialise, write_envelope
from emulator.soap.fault import Fault, FaultError, not_well_formed, unsupported_media
from emulator.soap.mime import MimeError
from emulator.soap.mtom import EnvelopeTooLong
from emulator.soap.points import ENVELOPE
from emulator.soap.reading import ContentError, TooManyElements
from emulator.soap.version_1_1 import CONTENT_TYPE as SOAP_1_1_CONTENT_TYPE
from emulator.soap.version_1_1 import AskedInSoap11, version_mismatch_in_1_1
from emulator.soap.xml import EncodingRefused, QName
from emulator.transport.body import SegmentedBody
from emulator.transport.chain import chain
from emulator.transport.http import BodyBroken, Carried, IncomingRequest, OutgoingResponse, Unanswered
from emulator.transport.refusals import Refusals

_log = logging.getLogger(__name__)

_TOLD: Final = 1000
"""Deviations remembered, so that each is told once for a peer and not with every message."""

_PENALTY: Final = 0.1
"""Seconds before a message that is too much is answered."""


class Endpoint:
    """Lets a service answer HTTP requests."""

    def __init__(
        self,
        service: Service,
        layers: Layers | None = None,
        *,
        addressing: Sequence[Addressing] = (ADDRESSING_2004,),
        understood: Collection[QName] = (),
        before: Sequence[Layer] = (),
    ) -> None:
        """These are its parameters.

        - `addressing`: those that the service knows.
        - `understood`: the header blocks that it processes, beside those of WS-Addressing.
        - `before`: layers around the service that answer messages of other documents.
        """
        self._service = service
        self._layers = layers or Layers()
        # A request passes them from the first to the last, its answer from the last to the first.
        within: Inner = service
        self._answer = chain(
            (
                only_post,
                Faults(self._layers),
                WrittenAnswer(self._layers),
                ToldDeviations(self._layers),
                ReadMessage(addressing, understood),
                refused_deviations,
                operation_point,
                *before,
            ),
            within,
        )

    async def __call__(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one request. Raises BodyBroken and Unanswered."""
        # What comes out of the layer that writes is an OutgoingResponse.
        return cast("OutgoingResponse", await self._answer(Call(request, self._service, self._layers)))


async def only_post(call: Call, inner: Inner) -> Reply:
    """SOAP over HTTP is POST. [soap/http/post] [soap/http/wrong-method-405]"""
    if call.request.method != "POST":
        return OutgoingResponse(405, headers=(("Allow", "POST"),), close=True)
    return await inner(call)


class Faults:
    """Answers with a fault what has been refused, or has failed.
    [soap/http/sender-fault-400] [soap/http/other-faults-500]"""

    def __init__(self, layers: Layers) -> None:
        self._refusals = Refusals(_log)
        self._writer = Writer(layers, "server")

    async def __call__(self, call: Call, inner: Inner) -> Reply:
        """Raises BodyBroken and Unanswered."""
        request, service = call.request, call.service
        refused = ""
        altered = True
        try:
            return await inner(call)
        except AskedInSoap11 as error:
            headers = (("Content-Type", SOAP_1_1_CONTENT_TYPE),)
            body = version_mismatch_in_1_1(error.fault)
            return OutgoingResponse(error.fault.http_status, body, headers, close=True)
        except FaultError as error:
            fault = error.fault
        except ContentError as error:
            fault = service.invalid(str(error))
            if isinstance(error, TooManyElements):
                refused = str(error)
        except EncodingRefused as error:
            fault = unsupported_media(str(error))
        except (MimeError, XmlRefused) as error:
            # What is no SOAP and does not say that it is, is of another kind (RFC 9110, 15.5.16).
            other_kind = any(each.id == "http-content-type" and "/" in each.detail for each in call.deviations)
            fault = unsupported_media(str(error)) if other_kind else not_well_formed(str(error))
            if isinstance(error, XmlTooMuch | EnvelopeTooLong):
                refused = str(error)
        except NoRoomForEnvelope as error:
            fault = service.temporary_error()
            refused = str(error)
        except AnswerTooLong as error:
            fault = service.internal_error()
            refused = f"its answer would have {error}"
        except InterventionFailed:  # told already; whoever failed shall not alter what is said of it
            fault = service.internal_error()
            altered = False
        except (BodyBroken, Unanswered):
            raise
        except Exception:
            _log.exception("%s failed", call.operation or request.path)
            fault = service.internal_error()
        if refused:
            self._refusals.tell(request.remote, "a message that is or asks for too much is refused", refused)
            # Who asks for too much waits a little, so that a sequence of it does not take the time of others.
            await asyncio.sleep(_PENALTY)
        return await self._written(call, fault, altered=altered)

    async def _written(self, call: Call, fault: Fault, *, altered: bool) -> OutgoingResponse:
        message = fault_response(call.asked, fault)
        data = write_envelope(message)
        if altered:
            try:
                data = await self._writer.altered(
                    data, message.action, call.operation, call.request.remote, call.asked
                )
            except InterventionFailed:
                fault = call.service.internal_error()
                data = write_envelope(fault_response(call.asked, fault))
        last = call.last or call.arriving is None or not call.arriving.ended
        return OutgoingResponse(fault.http_status, data, SOAP_HEADERS, close=last, carried=_carried(call))


class AnswerTooLong(Exception):
    """`str()` says how long."""


class WrittenAnswer:
    """Makes of a service's answer what HTTP carries: written, ENVELOPE, framed, PART. [soap/http/answer-200]"""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._writer = Writer(layers, "server")

    async def __call__(self, call: Call, inner: Inner) -> Reply:
        """Raises AnswerTooLong, InterventionFailed, and what the layers further in raise."""
        answer = await inner(call)
        if answer is None:
            return OutgoingResponse(202, carried=_carried(call), close=call.last)
        if isinstance(answer, OutgoingResponse):
            return answer if answer.carried is not None else replace(answer, carried=_carried(call))
        if isinstance(answer, Message):
            data = await self._envelope(call, answer)
            return OutgoingResponse(200, data, SOAP_HEADERS, carried=_carried(call), close=call.last)
        try:
            data = await self._envelope(call, answer.message)
            content_type, body = await self._package(call, data, answer)
        except BaseException:
            _unsent(answer)
            raise
        headers = (("Content-Type", content_type),)
        return OutgoingResponse(200, body, headers, on_sent=answer.on_sent, carried=_carried(call), close=call.last)

    async def _envelope(self, call: Call, message: Message) -> bytes:
        data = self._octets(call, message)
        if not self._layers.handled(ENVELOPE):
            return data
        return await self._writer.altered(data, message.action, call.operation, call.request.remote, call.asked)

    def _octets(self, call: Call, message: Message) -> bytes:
        if not call.intervened:
            data = write_envelope(message)
        else:  # it is the handler's word, not ours
            try:
                data = serialise(message)
            except Exception as error:  # whatever it has put into it
                raise self._layers.nonsense(OPERATION, f"returned what cannot be written: {error}") from error
        if len(data) > MAX_ENVELOPE_BYTES:
            raise AnswerTooLong(f"{len(data)} octets to {message.action.rpartition('/')[2]}")
        return data

    async def _package(self, call: Call, data: bytes, answer: Attached) -> tuple[str, SegmentedBody]:
        try:
            return await self._writer.package(data, answer, call.operation, call.request.remote, call.asked)
        except (TypeError, ValueError, AttributeError) as error:
            if not call.intervened:
                raise
            raise self._layers.nonsense(OPERATION, f"returned what cannot be framed: {error}") from error


class ToldDeviations:
    """Tolerate and tell: nothing is forgiven silently."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._told: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def __call__(self, call: Call, inner: Inner) -> Reply:
        """Raises what the layers further in raise."""
        try:
            return await inner(call)
        finally:
            if found := call.deviations:
                tell_deviations(self._layers, call.request.remote, call.operation, found)
                for deviation in found:
                    self._tell(call, deviation)

    def _tell(self, call: Call, deviation: Deviation) -> None:
        remote, operation = call.request.remote, call.operation
        key = (remote, deviation.id, deviation.place)
        if key not in self._told:
            _log.warning("%s from %s: %s", operation or "a message", remote, deviation)
            self._told[key] = None
            if len(self._told) > _TOLD:
                self._told.popitem(last=False)


class ReadMessage:
    """Reads the envelope; an attachment is left to the service."""

    def __init__(self, addressing: Sequence[Addressing], understood: Collection[QName]) -> None:
        self._addressing = addressing
        self._understood = understood

    async def __call__(self, call: Call, inner: Inner) -> Reply:
        """Raises what IncomingMessage raises, and the layers further in."""
        arriving = IncomingMessage(call.request)
        call.reads(arriving)
        try:
            received = await arriving.envelope(self._addressing, self._understood)
        except Unprocessed as error:
            call.asked = error.asked
            raise
        call.has_read(received.message)
        return await inner(call)


async def refused_deviations(call: Call, inner: Inner) -> Reply:
    """Refuses, where the layers are strict, a message with a deviation: one in its envelope before anything is
    done, one in its content when the service tells that it has read it (`Call.content_read`), or here at last."""
    call.refuse_deviations()
    reply = await inner(call)
    call.refuse_deviations()
    return reply


async def operation_point(call: Call, inner: Inner) -> Reply:
    """Lets a handler of OPERATION answer, or alter the answer."""
    layers = call.layers
    if not layers.handled(OPERATION):
        return await inner(call)
    true: list[tuple[Answer, bytes]] = []

    async def rest() -> Answer:
        answer = cast("Answer", await inner(call))
        # Written, and so checked, before anybody alters it.
        true.append((answer, b"" if answer is None else write_envelope(_message(answer))))
        return answer

    further = GoOn(rest)
    operation = OperationCall("server", call.operation, call.message, call.request.remote, further, call)
    answer: Reply = None
    try:
        answer = await layers.ask(OPERATION, operation, further)
        call.intervened = not any(
            # It may have been altered in its place.
            answer is each and (each is None or serialise(_message(each)) == data)
            for each, data in true
        )
        if answer is None and call.intervened:
            raise layers.nonsense(OPERATION, "returned None for an operation that has an answer")
    finally:
        for each, _ in true:
            if isinstance(each, Attached) and not (isinstance(answer, Attached) and answer.on_sent is each.on_sent):
                _unsent(each)
    return answer


def _carried(call: Call) -> Carried:
    return Carried(call.operation, call.asked, call.layers)


def _message(answer: Message | Attached) -> Message:
    return answer.message if isinstance(answer, Attached) else answer


def _unsent(answer: Attached) -> None:
    """It does not go out: whose attachment it is hears of it."""
    if answer.on_sent is not None:
        answer.on_sent(False)
