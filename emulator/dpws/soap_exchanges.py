"""One SOAP message sent and its answer received: the OPERATION point, written, ENVELOPE, framed, PART, sent. What a
client of devices and the driver of post-scan jobs have in common."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from emulator.dpws.call import Answer, Attached, operation_of
from emulator.dpws.exchange import WSDAPI_HEADERS, read_response
from emulator.dpws.not_an_answer import NotTheAnswer
from emulator.dpws.points import OPERATION, OperationCall
from emulator.dpws.writing import SOAP_HEADERS, Writer
from emulator.layers import GoOn, Layers
from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, fault_response, serialise
from emulator.soap.fault import FaultError
from emulator.soap.mime import MimeError
from emulator.soap.xml import XmlRefused
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


@dataclass(slots=True)
class SoapRequest:
    """What is asked, with or without an attachment."""

    url: str
    message: Message
    attached: Attached | None = None
    """The message and its attachment."""
    octets: int = field(default=0, init=False)
    """Of the body, once it is written."""


class SoapExchanges:
    """Exchanges by one HTTP client, which it does not close."""

    def __init__(self, client: HttpClient, layers: Layers) -> None:
        self._client = client
        self._layers = layers
        self._writer = Writer(layers, "client")

    async def exchange(
        self, request: SoapRequest, limits: TimeLimits, seconds: float | None = None
    ) -> HttpResponse:
        """The answer. `seconds`: for what goes over the network, all together. Raises ExchangeError, TimeoutError
        when the seconds are over, and InterventionFailed."""
        if self._layers.handled(OPERATION):
            return await self._intervened(request, limits, seconds)
        return await self._send(request, limits, seconds)

    async def _send(self, request: SoapRequest, limits: TimeLimits, seconds: float | None) -> HttpResponse:
        headers, body = await self._writer.body(
            request.message, request.attached, operation_of(request.message.action), request.url
        )
        request.octets = body.length
        asked = HttpRequest(request.url, (*headers, *WSDAPI_HEADERS), body)
        if seconds is None:
            return await self._client.exchange(asked, limits)
        async with asyncio.timeout(seconds):
            return await self._client.exchange(asked, limits)

    async def _intervened(self, request: SoapRequest, limits: TimeLimits, seconds: float | None) -> HttpResponse:
        """A handler of OPERATION answers, or alters the answer."""
        layers, asked = self._layers, request.message
        came: list[tuple[HttpResponse, Message, bytes]] = []

        async def rest() -> Answer:
            response = await self._send(request, limits, seconds)
            try:
                message = read_response(asked, response, Deviations(), EVERY_ADDRESSING)
            except (NotTheAnswer, XmlRefused, MimeError, FaultError) as error:
                raise _NoMessage(response) from error
            came.append((response, message, serialise(message)))
            return message

        go_on = GoOn(rest)
        call = OperationCall("client", operation_of(asked.action), asked, request.url, go_on)
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
        if isinstance(answer, OutgoingResponse) and isinstance(answer.body, bytes):
            return HttpResponse(answer.status, "", answer.headers, answer.body)
        if not isinstance(answer, Message):
            raise layers.nonsense(OPERATION, f"returned {answer!r:.100} as the answer of a server")
        try:
            return _carried(200, serialise(answer))
        except Exception as error:  # whatever it has put into it
            raise layers.nonsense(OPERATION, f"returned what cannot be written: {error}") from error


class _NoMessage(Exception):
    """What came is no SOAP message: who reads the answer says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("no SOAP message")
        self.response = response


def _carried(status: int, data: bytes) -> HttpResponse:
    return HttpResponse(status, "", SOAP_HEADERS, data)
