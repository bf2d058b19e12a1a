"""The one caller by SOAP: a message is sent (the OPERATION point, written, ENVELOPE, framed, PART), its answer is
received and read, and what departs from the documents is told.

What a failure means is said by who asks: to people it is an exception with an exit code (`client.py`), to a
post-scan job a row of its table (`emulator/dsm/answers.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias, TypeVar

from emulator.dpws.answer import WSDAPI_HEADERS, CallResult, Read, read_response, result_of
from emulator.dpws.call import Answer, Attached, Reply, operation_of
from emulator.dpws.not_an_answer import NotTheAnswer
from emulator.dpws.points import OPERATION, OperationCall, tell_deviations
from emulator.dpws.writing import SOAP_HEADERS, Writer
from emulator.layers import GoOn, Layers
from emulator.soap.addressing import ADDRESSING_2004, EVERY_ADDRESSING, Addressing
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, fault_response, serialise
from emulator.soap.fault import FaultError
from emulator.soap.mime import MimeError
from emulator.soap.xml import XmlRefused
from emulator.transport.chain import chain
from emulator.transport.http import (
    Carried,
    HttpClient,
    HttpRequest,
    HttpResponse,
    OutgoingResponse,
    Stage,
    TimedOut,
    TimeLimits,
    Unanswered,
)
from emulator.transport.observe import ON_PURPOSE

T = TypeVar("T")


@dataclass(slots=True)
class SoapRequest:
    """What is asked, with or without an attachment, and what becomes of it on its way."""

    url: str
    message: Message
    attached: Attached | None = None
    """The message and its attachment."""
    octets: int = field(default=0, init=False)
    """Of the body, once it is written."""
    http: HttpRequest | None = field(default=None, init=False)
    """Once it is written."""
    limits: TimeLimits = field(default_factory=TimeLimits, init=False)
    seconds: float | None = field(default=None, init=False)
    """For what goes over the network, all together."""

    @property
    def operation(self) -> str:
        """Its name."""
        return operation_of(self.message.action)


Inner: TypeAlias = Callable[[SoapRequest], Awaitable[HttpResponse]]
"""What is within a layer."""


class SoapCaller:
    """Calls by one HTTP client, which it does not close."""

    def __init__(
        self, client: HttpClient, layers: Layers, addressing: Sequence[Addressing] = (ADDRESSING_2004,)
    ) -> None:
        """`addressing`: the versions of WS-Addressing that are taken in an answer."""
        within: Inner = Sent(client)
        self._response = chain((OperationAsked(layers), Written(layers)), within)
        self._layers = layers
        self._addressing = addressing

    async def call(
        self, request: SoapRequest, read: Read[T], limits: TimeLimits, seconds: float | None = None
    ) -> CallResult[T]:
        """What came of it. `seconds`: for what goes over the network, all together. Raises ExchangeError,
        TimeoutError when the seconds are over, and InterventionFailed."""
        request.limits, request.seconds = limits, seconds
        ON_PURPOSE.set([])
        response = await self._response(request)
        result = result_of(request.message, response, read, self._addressing)
        tell_deviations(self._layers, request.url, request.operation, result.deviations)
        return result


class OperationAsked:
    """Lets a handler of OPERATION answer, or alter the answer."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers

    async def __call__(self, request: SoapRequest, inner: Inner) -> HttpResponse:
        """The response to it."""
        layers, asked = self._layers, request.message
        if not layers.handled(OPERATION):
            return await inner(request)
        came: list[tuple[HttpResponse, Message, bytes]] = []

        async def sent(other: Message | Attached | None = None) -> Answer:
            response = await _sent(request, other, inner)
            try:
                message = read_response(asked, response, Deviations(), EVERY_ADDRESSING)
            except (NotTheAnswer, XmlRefused, MimeError, FaultError) as error:
                raise NoMessage(response) from error
            came.append((response, message, serialise(message)))
            return message

        go_on = GoOn(sent)

        def send(message: Message | Attached) -> Awaitable[Answer]:
            return go_on.instead(partial(sent, message))

        call = OperationCall("client", request.operation, asked, request.url, go_on, send=send)
        try:
            answer = await layers.ask(OPERATION, call, go_on)
        except NoMessage as nothing:
            return nothing.response
        except FaultError as error:
            return _carried(error.fault.http_status, serialise(fault_response(asked, error.fault)))
        except Unanswered:
            raise TimedOut(f"{request.url}: no answer, as the handler wants it", Stage.ANSWER) from None
        for response, message, data in came:
            # It may have been altered in its place.
            if answer is message and serialise(message) == data:
                return response
        return self._answered(answer)

    def _answered(self, answer: Reply) -> HttpResponse:
        """What is read in the place of what came."""
        if isinstance(answer, OutgoingResponse) and isinstance(answer.body, bytes):
            return HttpResponse(answer.status, "", answer.headers, answer.body)
        if not isinstance(answer, Message):
            raise self._layers.nonsense(OPERATION, f"returned {answer!r:.100} as the answer of a server")
        try:
            return _carried(200, serialise(answer))
        except Exception as error:  # whatever it has put into it
            raise self._layers.nonsense(OPERATION, f"returned what cannot be written: {error}") from error


async def _sent(request: SoapRequest, other: Message | Attached | None, inner: Inner) -> HttpResponse:
    """The answer to a request, or to another that is sent to the same address."""
    if other is None:
        return await inner(request)
    message = other.message if isinstance(other, Attached) else other
    attached = other if isinstance(other, Attached) else None
    same = message.action == request.message.action
    if attached is None and same and request.attached is not None:
        attached = replace(request.attached, message=message)
    sent = SoapRequest(request.url, message, attached)
    sent.limits, sent.seconds = request.limits, request.seconds
    try:
        return await inner(sent)
    finally:
        if same:  # it stands for this one
            request.octets, request.http = sent.octets, sent.http


class Written:
    """Makes of the message what HTTP carries: written, ENVELOPE, framed, PART."""

    def __init__(self, layers: Layers) -> None:
        self._writer = Writer(layers, "client")

    async def __call__(self, request: SoapRequest, inner: Inner) -> HttpResponse:
        """The response to it."""
        headers, body = await self._writer.body(request.message, request.attached, request.operation, request.url)
        request.octets = body.length
        carried = Carried(request.operation, request.message)
        request.http = HttpRequest(request.url, (*headers, *WSDAPI_HEADERS), body, carried=carried)
        return await inner(request)


class Sent:
    """Sends it, and receives the answer."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def __call__(self, request: SoapRequest) -> HttpResponse:
        """The response to it."""
        assert request.http is not None
        if request.seconds is None:
            return await self._client.exchange(request.http, request.limits)
        async with asyncio.timeout(request.seconds):
            return await self._client.exchange(request.http, request.limits)


class NoMessage(Exception):
    """Raised by the rest of an OPERATION chain at the client: what came is no SOAP message. Who reads the answer
    says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("no SOAP message")
        self.response = response


def _carried(status: int, data: bytes) -> HttpResponse:
    return HttpResponse(status, "", SOAP_HEADERS, data)
