"""What there is in the answer to a SOAP message over HTTP. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from emulator.dpws.headers import OF_DISCOVERY
from emulator.dpws.not_an_answer import NotTheAnswer, content_coding, instead_of_answer
from emulator.soap.addressing import ADDRESSING_2004, Addressing
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message, check_relation, read_envelope
from emulator.soap.fault import Fault, FaultError
from emulator.soap.mime import MimeError
from emulator.soap.mtom import MtomReader, Root
from emulator.soap.reading import ContentError
from emulator.soap.xml import XmlRefused
from emulator.transport.http import HttpResponse

WSDAPI_HEADERS: Final = (("Cache-Control", "no-cache"), ("Pragma", "no-cache"))
"""As WSDAPI sends them. [clients/sane-airscan/http-request] [soap/http/wsdapi-headers]"""

REFUSALS: Final = frozenset({401, 403, 407})
"""HTTP statuses that mean a login, a certificate or rights are wanted (RFC 9110, 15.5)."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What came is no answer to what was asked."""

    reason: str
    """What came instead, in one line."""

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was asked for, the message that held it, and how both depart from the documents."""

    content: T
    message: Message
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class CallResult(Generic[T]):
    """What came over HTTP of a message that was sent."""

    response: HttpResponse
    answer: Answer[T] | Fault | NoAnswer
    """What is in it: the answer that was asked for, a fault, or neither."""
    deviations: tuple[Deviation, ...]
    """From the documents, also where there is no answer."""


Read = Callable[[Message, Deviations], T]
"""Reads the content of an answer, whose body may be empty. Raises ContentError and NotTheAnswer."""


def result_of(
    asked: Message,
    response: HttpResponse,
    read: Read[T],
    addressing: Sequence[Addressing] = (ADDRESSING_2004,),
) -> CallResult[T]:
    """What there is in the response to `asked`. `addressing`: the versions of WS-Addressing that are taken."""
    deviations = Deviations()
    answer: Answer[T] | Fault | NoAnswer
    try:
        message = read_response(asked, response, deviations, addressing)
        fault = message.fault
        answer = Answer(read(message, deviations), message, tuple(deviations)) if fault is None else fault
    except (NotTheAnswer, XmlRefused, MimeError, ContentError, FaultError) as error:
        answer = NoAnswer(instead_of_answer(response, error))
    return CallResult(response, answer, tuple(deviations))


def read_response(
    asked: Message,
    response: HttpResponse,
    deviations: Deviations,
    addressing: Sequence[Addressing] = (ADDRESSING_2004,),
) -> Message:
    """The message in the answer to `asked`, be it plain or (as some stacks answer) in an MTOM package; it may
    hold a fault. The envelope decides, not the HTTP status, which is noted where it does not fit.

    Raises NotTheAnswer for an empty or a coded answer, and XmlRefused, MimeError and FaultError for what is no
    envelope.
    [habits/device/fault-on-200] [habits/client/fault-on-200]"""
    if not response.body.strip():
        raise NotTheAnswer("the answer is empty")
    coding = content_coding(response)
    if coding:
        raise NotTheAnswer(f"the answer has the content coding {coding}, although none was accepted")
    reader = MtomReader(response.header("Content-Type"))
    data = _envelope_of(reader, response.body)
    _add(deviations, reader.deviations)
    received = read_envelope(data, addressing, understood=OF_DISCOVERY, answer=True)
    reader.claims.check(data, received.message.action, deviations)
    check_relation(asked, received)
    _add(deviations, received.deviations)
    message = received.message
    fault = message.fault
    if fault is not None:
        _check_fault_status(fault, response, deviations)
    elif response.status != 200:
        deviations.note("http-status", "HTTP status", f"{response.status} for {message.action}")
    return message


def _envelope_of(reader: MtomReader, body: bytes) -> bytes:
    """The root of an answer. Of a package that ends too early it may be whole all the same, and nothing else of it
    is wanted. Raises MimeError."""
    events = reader.feed(body)
    try:
        events += reader.close()
    except MimeError as error:
        if not any(isinstance(event, Root) for event in events):
            raise
        reader.deviations.note("mime-unclosed", "multipart body", str(error))
    return next(event.data for event in events if isinstance(event, Root))


def expect_action(message: Message, action: str, deviations: Deviations) -> None:
    """The body decides; an action that does not fit it is told."""
    told = any(deviation.id == "response-action" for deviation in deviations)
    if message.action != action and not told:
        deviations.note("response-action", "Envelope/Header/Action", message.action)


def _check_fault_status(fault: Fault, response: HttpResponse, deviations: Deviations) -> None:
    # The law: [habits/strict/status-by-code]
    if response.status != fault.http_status and response.status not in REFUSALS:
        deviations.note("http-status", "HTTP status", f"{response.status} for a fault of soap:{fault.code}")


def _add(deviations: Deviations, more: Deviations) -> None:
    for deviation in more:
        deviations.note(deviation.id, deviation.place, deviation.detail)
