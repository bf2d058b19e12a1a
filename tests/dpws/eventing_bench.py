"""What the tests of eventing share: a service with events, raw XML by hand, and subscribers that are not ours."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from emulator.dpws.call import Call
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.event_queue import event_clients
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.eventing.source_hosting import ClientFactory, SourceHosting
from emulator.layers import Layers
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, action_not_supported, not_well_formed
from emulator.transport.http import (
    BytesBody,
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    OutgoingResponse,
    TimeLimits,
)
from emulator.transport.memory import MemoryClient

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSDP = "http://schemas.xmlsoap.org/ws/2006/02/devprof"
DIALECT = f"{WSDP}/Action"
NS = {"s": SOAP, "a": WSA, "e": WSE, "p": WSDP}
SOAP_TYPE = "application/soap+xml; charset=utf-8"

EVENTS = "http://example.org/weather"
STORM, CALM, ODD = f"{EVENTS}/StormEvent", f"{EVENTS}/CalmEvent", "urn:example:odd"
OTHER_CALM = "http://example.org/other/CalmEvent"
ASK = f"{EVENTS}/Ask"


class Clock:
    """Seconds, and a time of day, that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.begin = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return self.begin + timedelta(seconds=self.now - 1000.0)


class Weather:
    """The service that has events; it has one operation of its own."""

    async def __call__(self, call: Call) -> Message:
        if call.message.action != ASK:
            raise FaultError(action_not_supported(call.message.action))
        return response(call.message, etree.Element(f"{{{EVENTS}}}Fine"))

    def invalid(self, argument: str) -> Fault:
        return not_well_formed(argument)

    def internal_error(self) -> Fault:
        return Fault("Receiver", None, "broken")

    def temporary_error(self) -> Fault:
        return Fault("Receiver", None, "later")


class Bench:
    """A source with its service at /weather and its manager at /manager."""

    def __init__(
        self,
        client_factory: ClientFactory | None = None,
        *,
        strict: bool = False,
        layers: Layers | None = None,
        limits: SourceLimits | None = None,
        anywhere: bool = False,
        **options: Any,
    ) -> None:
        layers = Layers(strict=strict) if layers is None else layers
        self.clock = Clock()
        self.base_url = "http://device.example"
        self.source = EventSource(
            [STORM, CALM, ODD],
            SourceHosting(
                "/manager",
                lambda: self.base_url,
                client_factory or event_clients(),
                layers,
                limits or SourceLimits(),
                anywhere,
            ),
            aliases={OTHER_CALM: CALM},
            clock=self.clock,
            wall=self.clock.wall,
            **options,
        )
        self.endpoints = {
            "/weather": Endpoint(Weather(), layers, before=(self.source.operations,)),
            "/manager": Endpoint(self.source.manager, layers),
        }
        self.client = MemoryClient(self.handle)

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        return await self.endpoints[request.path](request)

    async def post(self, data: bytes, path: str = "/weather", remote: str = "127.0.0.1") -> HttpResponse:
        request = HttpRequest(f"{self.base_url}{path}", (("Content-Type", SOAP_TYPE),), BytesBody(data))
        return await MemoryClient(self.handle, remote=remote).exchange(request, TimeLimits())

    async def ask(self, data: bytes, path: str = "/weather", remote: str = "127.0.0.1") -> etree._Element:
        answer = await self.post(data, path, remote)
        return etree.fromstring(answer.body)

    async def subscribed(self, *, remote: str = "127.0.0.1", **how: Any) -> str:
        """The identifier of a new subscription."""
        return identifier_of(await self.ask(subscribe(**how), remote=remote))

    def storm(self, text: str, action: str = STORM) -> None:
        self.source.publish(action, event(text))


def event(text: str) -> etree._Element:
    element = etree.Element(f"{{{EVENTS}}}Storm")
    element.text = text
    return element


def message(action: str, body: str, headers: str = "", to: str = "http://device.example/weather") -> bytes:
    """An envelope by hand."""
    return (
        f"<s:Envelope xmlns:s='{SOAP}' xmlns:a='{WSA}' xmlns:e='{WSE}'><s:Header><a:To>{to}</a:To>"
        f"<a:Action>{action}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        f"<a:ReplyTo><a:Address>{WSA}/role/anonymous</a:Address></a:ReplyTo>{headers}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def subscribe(
    notify_to: str = "http://127.0.0.1:9/sink",
    *,
    actions: str | None = f"{STORM} {CALM}",
    dialect: str | None = DIALECT,
    expires: str | None = "PT10M",
    mode: str = f"{WSE}/DeliveryModes/Push",
    end_to: str | None = None,
    parameters: str = "",
    more: str = "",
) -> bytes:
    """A Subscribe by hand."""
    chosen = ""
    if actions is not None:
        chosen = f"<e:Filter{f' Dialect={chr(34)}{dialect}{chr(34)}' if dialect else ''}>{actions}</e:Filter>"
    return message(
        f"{WSE}/Subscribe",
        "<e:Subscribe>"
        + (f"<e:EndTo><a:Address>{end_to}</a:Address>{parameters}</e:EndTo>" if end_to else "")
        + f"<e:Delivery{f' Mode={chr(34)}{mode}{chr(34)}' if mode else ''}>"
        f"<e:NotifyTo><a:Address>{notify_to}</a:Address>{parameters}</e:NotifyTo></e:Delivery>"
        + ("" if expires is None else f"<e:Expires>{expires}</e:Expires>")
        + f"{chosen}{more}</e:Subscribe>",
    )


def manage(operation: str, identifier: str | None, expires: str | None = None) -> bytes:
    """Renew, GetStatus or Unsubscribe by hand."""
    inner = "" if expires is None else f"<e:Expires>{expires}</e:Expires>"
    header = "" if identifier is None else f"<e:Identifier>{identifier}</e:Identifier>"
    return message(f"{WSE}/{operation}", f"<e:{operation}>{inner}</e:{operation}>", header)


def found(root: etree._Element, path: str) -> str:
    """The text at an XPath, which must be there once."""
    (element,) = root.xpath(path, namespaces=NS)  # type: ignore[misc]
    return str(element.text or "")  # type: ignore[union-attr]


def identifier_of(answer: etree._Element) -> str:
    return found(answer, "//e:SubscribeResponse/e:SubscriptionManager/a:ReferenceParameters/e:Identifier")


def fault_of(answer: etree._Element) -> tuple[str, str, str]:
    """Code, subcode (as written, with its prefix) and reason."""
    return (
        found(answer, "//s:Fault/s:Code/s:Value"),
        found(answer, "//s:Fault/s:Code/s:Subcode/s:Value"),
        found(answer, "//s:Fault/s:Reason/s:Text"),
    )


class Received:
    """A subscriber's HTTP handler: keeps the envelopes, and answers as `answer` says."""

    def __init__(
        self, answer: Callable[[bytes], Awaitable[OutgoingResponse]] | OutgoingResponse | None = None
    ) -> None:
        self.messages: list[etree._Element] = []
        self._answer = answer or OutgoingResponse(202)
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, request: IncomingRequest) -> OutgoingResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            data = b"".join([chunk async for chunk in request.body])
            self.messages.append(etree.fromstring(data))
            return self._answer if isinstance(self._answer, OutgoingResponse) else await self._answer(data)
        finally:
            self.at_once -= 1

    @property
    def texts(self) -> list[str]:
        return [str(found(each, "/s:Envelope/s:Body/*")) for each in self.messages]

    @property
    def actions(self) -> list[str]:
        return [found(each, "/s:Envelope/s:Header/a:Action") for each in self.messages]


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for it."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def by_host(handlers: dict[str, Any]) -> Callable[[], MemoryClient]:
    """A client factory whose requests go to the handler of their path."""

    async def route(request: IncomingRequest) -> OutgoingResponse:
        handler: Callable[[IncomingRequest], Awaitable[OutgoingResponse]] = handlers[request.path]
        return await handler(request)

    return lambda: MemoryClient(route)


def numbers(count: int) -> Iterable[str]:
    return (str(number) for number in range(count))
