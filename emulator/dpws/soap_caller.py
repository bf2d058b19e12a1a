"""The one caller by SOAP: a message is sent (the OPERATION point, written, ENVELOPE, framed, PART), its answer is
received and read, and what departs from the documents is told.

What a failure means is said by who asks: to people it is an exception with an exit code (`client.py`), to a
post-scan job a row of its table (`emulator/dsm/answers.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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
    HttpClient,
    HttpRequest,
    HttpResponse,
    OutgoingResponse,
    Stage,
    TimedOut,
    TimeLimits,
    Unanswered,
)

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

        async def rest() -> Answer:
            response = await inner(request)
            try:
                message = read_response(asked, response, Deviations(), EVERY_ADDRESSING)
            except (NotTheAnswer, XmlRefused, MimeError, FaultError) as error:
                raise _NoMessage(response) from error
            came.append((response, message, serialise(message)))
            return message

        go_on = GoOn(rest)
        call = OperationCall("client", request.operation, asked, request.url, go_on)
        try:
            answer = await layers.ask(OPERATION, call, go_on)
        except _NoMessage as nothing:
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


class Written:
    """Makes of the message what HTTP carries: written, ENVELOPE, framed, PART."""

    def __init__(self, layers: Layers) -> None:
        self._writer = Writer(layers, "client")

    async def __call__(self, request: SoapRequest, inner: Inner) -> HttpResponse:
        """The response to it."""
        headers, body = await self._writer.body(request.message, request.attached, request.operation, request.url)
        request.octets = body.length
        request.http = HttpRequest(request.url, (*headers, *WSDAPI_HEADERS), body)
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


class _NoMessage(Exception):
    """What came is no SOAP message: who reads the answer says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("no SOAP message")
        self.response = response


def _carried(status: int, data: bytes) -> HttpResponse:
    return HttpResponse(status, "", SOAP_HEADERS, data)
