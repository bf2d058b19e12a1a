"""The event sink: against our own source over HTTP and TLS, and against hand-written events and answers."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from eventing_bench import (
    CALM,
    NS,
    ODD,
    SOAP,
    SOAP_TYPE,
    STORM,
    WSA,
    WSE,
    Bench,
    Clock,
    event,
    fault_of,
    found,
    numbers,
    until,
)
from lxml import etree

from emulator.dpws.client import Faulted, Nonsense, Unreachable
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.event_queue import event_clients
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.sink import EventSink
from emulator.layers import Layers
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import (
    BytesBody,
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    OutgoingResponse,
    TimeLimits,
)
from emulator.transport.memory import MemoryClient
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from


class Heard:
    """A callback that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.deviations: list[str] = []
        self.ends: list[tuple[str, str]] = []

    def __call__(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        self.events.append((action, body.text or ""))
        self.deviations += [each.id for each in deviations]

    def end(self, status: str, reason: str) -> None:
        self.ends.append((status, reason))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.events]


@pytest.mark.parametrize("tls", [False, True])
async def test_source_and_sink_over_sockets(tls: bool) -> None:
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(["127.0.0.1"])) if tls else None
    trusting = client_context(ca_file=None, ca_pem=authority.certificate_pem)
    one = Bench(event_clients(trusting), strict=True)
    sink = EventSink(layers=Layers(strict=True))
    client = StreamClient(trusting)
    first, second = Heard(), Heard()
    async with (
        HttpHost(one.handle, ssl_context=context) as host,
        HttpHost(sink.handle, ssl_context=context) as ours,
    ):
        one.base_url = host.base_url
        url = f"{host.base_url}/weather"
        handle = await sink.subscribe(client, url, [STORM], ours.base_url, first, on_end=first.end)
        other = await sink.subscribe(client, url, [STORM, CALM], ours.base_url, second, timedelta(seconds=90))
        assert handle.identifier != other.identifier and handle.identifier.startswith("urn:uuid:")
        assert (handle.granted, other.granted) == (timedelta(hours=1), timedelta(seconds=90))
        assert handle.manager.address == f"{host.base_url}/manager" and handle.deviations == ()
        for text in numbers(20):
            one.storm(text)
        one.storm("calm", CALM)
        await until(lambda: len(first.events) == 20 and len(second.events) == 21)
        assert first.events == [(STORM, text) for text in numbers(20)]
        assert second.events[-1] == (CALM, "calm") and second.texts[:-1] == list(numbers(20))
        one.clock.now += 10
        assert await other.status() == timedelta(seconds=80)
        await other.renew()
        assert await other.status() == timedelta(seconds=90)
        await other.unsubscribe()
        await other.unsubscribe()
        assert len(one.source.subscriptions) == 1
        await one.source.stop()
        assert first.ends == [(f"{WSE}/SourceShuttingDown", "")] and handle.ended == first.ends[0]
        assert second.ends == [] and first.deviations == second.deviations == []
        await handle.unsubscribe()
        await sink.aclose()
        await client.aclose()


class Pair:
    """Source and sink in one process, without a socket."""

    def __init__(self, *, strict: bool = False, **options: Any) -> None:
        self.clock = Clock()
        self.sink = EventSink(
            layers=Layers(strict=strict), clock=self.clock, wall=self.clock.wall, sleep=self.sleep, path="/Events/"
        )
        self.bench = Bench(lambda: MemoryClient(self.sink.handle), **options)
        self.heard = Heard()
        self.slept: list[float] = []
        self.may_sleep = 0
        self.wire: list[bytes] = []
        self.client = MemoryClient(self.handle)

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        data = b"".join([chunk async for chunk in request.body])
        self.wire.append(data)
        answer = await self.bench.post(data, request.path)
        return OutgoingResponse(answer.status, answer.body, answer.headers)

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once, as often as may be."""
        self.slept.append(seconds)
        while not self.may_sleep:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        self.may_sleep -= 1
        self.clock.now += seconds
        self.bench.clock.now += seconds

    async def subscribe(self, seconds: float = 600, **options: Any) -> Any:
        return await self.sink.subscribe(
            self.client,
            "http://device.example/weather",
            [STORM, ODD],
            "http://127.0.0.1:9/",
            self.heard,
            timedelta(seconds=seconds),
            on_end=self.heard.end,
            **options,
        )

    @property
    def paths(self) -> list[str]:
        """Where events go, as the source knows it."""
        found_ = [each.notify_to.address for each in self.bench.source.subscriptions]
        return [address.removeprefix("http://127.0.0.1:9") for address in found_]

    async def post(self, data: bytes, path: str) -> HttpResponse:
        request = HttpRequest(f"http://127.0.0.1:9{path}", (("Content-Type", SOAP_TYPE),), BytesBody(data))
        return await MemoryClient(self.sink.handle).exchange(request, TimeLimits())


def sent(
    text: str, identifier: str | None, *, action: str = STORM, message_id: str = "", body: str | None = None
) -> bytes:
    """An event by hand."""
    header = "" if identifier is None else f"<i:Identifier xmlns:i='{WSE}'>{identifier}</i:Identifier>"
    return (
        f"<s:Envelope xmlns:s='{SOAP}' xmlns:a='{WSA}' xmlns:e='{WSE}'><s:Header><a:To>http://127.0.0.1:9/</a:To>"
        f"<a:Action>{action}</a:Action><a:MessageID>{message_id or uuid.uuid4().urn}</a:MessageID>{header}"
        f"</s:Header><s:Body>{f'<x>{text}</x>' if body is None else body}</s:Body></s:Envelope>"
    ).encode()


def ticket(pair: Pair) -> str:
    """The reference parameter that the sink gave."""
    return found(etree.fromstring(pair.wire[0]), "//e:NotifyTo/a:ReferenceParameters/e:Identifier")


async def test_a_subscribe_of_ours_is_what_windows_sends() -> None:
    # The law: [wsdapi/eventing/push-with-action-filter] [wsdapi/eventing/durations-sent]
    # The law: [eventing/subscribe/body] [eventing/subscribe/to-the-hosted-service]
    pair = Pair(strict=True)
    handle = await pair.subscribe()
    root = etree.fromstring(pair.wire[0])
    assert root.xpath("//e:Delivery/@Mode", namespaces=NS) == [f"{WSE}/DeliveryModes/Push"]
    assert found(root, "//e:Subscribe/e:Expires") == "PT10M"
    assert (
        found(root, "//e:Filter[@Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/Action']")
        == f"{STORM} {ODD}"
    )
    assert [child.tag.rpartition("}")[2] for child in root.xpath("//e:Subscribe/*", namespaces=NS)] == [
        "EndTo",
        "Delivery",
        "Expires",
        "Filter",
    ]
    assert found(root, "//a:To") == "http://device.example/weather"
    (path,) = pair.paths
    assert path.startswith("/events/") and len(path) == len("/events/") + 32
    await handle.unsubscribe()


async def test_an_event_is_answered_202_and_handed_on_once() -> None:
    # The law: [eventing/delivery/answer] [soap/http/one-way-202]
    pair = Pair()
    await pair.subscribe()
    (path,) = pair.paths
    identifier = ticket(pair)
    again = sent("a", identifier)
    for data in (again, sent("b", identifier), again, again):
        answer = await pair.post(data, path)
        assert (answer.status, answer.body) == (202, b"")
    assert pair.heard.texts == ["a", "b"] and pair.heard.deviations == []
    for number in range(300):
        await pair.post(sent(str(number), identifier), path)
    await pair.post(again, path)
    assert len(pair.heard.events) == 303, "only so many are remembered"
    await pair.sink.aclose()


async def test_what_the_callback_refuses_is_a_fault_and_may_come_again() -> None:
    pair = Pair()
    refusals = 2

    def callback(action: str, body: etree._Element, deviations: Deviations) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise ContentError("Storm", "not now")
        pair.heard(action, body, deviations)

    await pair.sink.subscribe(
        pair.client, "http://device.example/weather", [STORM], "http://127.0.0.1:9", callback, timedelta(hours=1)
    )
    (path,) = pair.paths
    data = sent("a", ticket(pair))
    assert [(await pair.post(data, path)).status for _ in range(4)] == [400, 400, 202, 202]
    assert pair.heard.texts == ["a"]
    await pair.sink.aclose()


@pytest.mark.parametrize("identifier", [None, "urn:uuid:0c55e94e-6b2c-4e3d-8a57-4d34dd0d3f3c", ""])
async def test_an_event_without_the_parameters_given_is_told_and_refused_by_strict(identifier: str | None) -> None:
    pair = Pair()
    await pair.subscribe()
    assert (await pair.post(sent("a", identifier), pair.paths[0])).status == 202
    assert pair.heard.deviations == ["reference-parameters"]
    await pair.sink.aclose()
    strict = Pair(strict=True)
    await strict.subscribe()
    assert (await strict.post(sent("a", identifier), strict.paths[0])).status == 400
    assert strict.heard.events == []
    await strict.sink.aclose()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"<html/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + sent("a", None),
        sent("a", None)[:-9],
        sent("<y>" * 100 + "</y>" * 100, None),
        sent("", None, body=""),
        sent("", None, action=f"{WSE}/SubscriptionEnd", body="<x/>"),
        sent("", None, action=f"{WSE}/SubscriptionEnd", body="<e:SubscriptionEnd/>"),
        sent("a", None).replace(b"</s:Header>", b"<x s:mustUnderstand='1'/></s:Header>"),
    ],
)
async def test_hostile_events_are_answered_by_faults_and_nobody_hears_of_them(data: bytes) -> None:
    pair = Pair()
    handle = await pair.subscribe()
    answer = await pair.post(data, pair.paths[0])
    assert answer.status in (400, 500) and b"Fault" in answer.body
    assert pair.heard.events == [] and handle.ended is None
    assert (await pair.post(sent("fine", ticket(pair)), pair.paths[0])).status == 202
    await pair.sink.aclose()


async def test_who_does_not_know_the_path_finds_nothing() -> None:
    pair = Pair()
    handle = await pair.subscribe()
    (path,) = pair.paths
    for other in ("/events", "/events/", "/events/0", f"{path}0", f"{path}/x", "/"):
        assert (await pair.post(sent("a", ticket(pair)), other)).status == 404
    assert (await pair.post(sent("a", ticket(pair)), path.upper())).status == 202
    await handle.unsubscribe()
    assert (await pair.post(sent("a", ticket(pair)), path)).status == 404
    assert pair.heard.texts == ["a"]


async def test_it_is_renewed_at_half_the_time_as_long_as_it_lasts() -> None:
    # The law: [eventing/expires/renewed-at-half-the-time]
    pair = Pair(limits=SourceLimits(longest=timedelta(minutes=5)))
    await pair.subscribe(600)
    pair.may_sleep = 100
    await until(lambda: not pair.may_sleep)
    await until(lambda: len(pair.slept) == 101)
    assert set(pair.slept) == {150.0}, "half of what was granted, not of what was asked"
    assert len(pair.bench.source.subscriptions) == 1 and pair.heard.ends == []
    await pair.sink.aclose()
    assert pair.bench.source.subscriptions == ()


async def test_a_source_that_has_forgotten_us_ends_the_subscription() -> None:
    pair = Pair()
    handle = await pair.subscribe()
    pair.bench.clock.now += 10_000
    pair.may_sleep = 1
    await until(lambda: pair.heard.ends)
    ((status, reason),) = pair.heard.ends
    assert status == "" and "UnableToRenew" in reason and handle.ended == (status, reason)
    await handle.unsubscribe()
    await pair.sink.aclose()


async def test_a_source_that_cannot_be_reached_is_tried_until_the_time_is_over() -> None:
    pair = Pair()
    await pair.subscribe(80)
    pair.client._handler = silent  # type: ignore[assignment]
    pair.may_sleep = 1000
    await until(lambda: pair.heard.ends)
    assert pair.slept[:3] == [40.0, 20.0, 10.0] and min(pair.slept) == 1.0 and len(pair.slept) < 12
    assert "404" in pair.heard.ends[0][1]
    await pair.sink.aclose()


async def silent(request: IncomingRequest) -> OutgoingResponse:
    return OutgoingResponse(404)


async def test_an_end_that_comes_with_the_answer_is_not_lost() -> None:
    pair = Pair()

    async def handle(request: IncomingRequest) -> OutgoingResponse:
        answer = await pair.handle(request)
        if len(pair.wire) == 1:
            (subscription,) = pair.bench.source.subscriptions
            pair.bench.storm("early")
            await until(lambda: pair.heard.events)
            pair.bench.source.end(subscription)
            await asyncio.sleep(0.02)
        return answer

    pair.client = MemoryClient(handle)
    subscribed = await pair.subscribe()
    assert pair.heard.texts == ["early"]
    assert subscribed.ended == (f"{WSE}/SourceCanceling", "") and pair.heard.ends == [subscribed.ended]
    await pair.sink.aclose()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (OutgoingResponse(404), Nonsense),
        (OutgoingResponse(200, b"<html>"), Nonsense),
        (OutgoingResponse(202), Nonsense),
    ],
)
async def test_a_service_without_eventing_leaves_no_path_open(
    answer: OutgoingResponse, error: type[Exception]
) -> None:
    pair = Pair()

    async def handle(request: IncomingRequest) -> OutgoingResponse:
        return answer

    pair.client = MemoryClient(handle)
    with pytest.raises(error):
        await pair.subscribe()
    assert pair.sink._receivers == {}


async def test_a_fault_and_no_connection_are_what_the_client_says() -> None:
    pair = Pair()
    with pytest.raises(Faulted) as caught:
        await pair.sink.subscribe(
            pair.client, "http://device.example/weather", ["urn:none"], "http://127.0.0.1:9", pair.heard
        )
    assert caught.value.fault.subcode is not None
    assert caught.value.fault.subcode.local == "FilterActionNotSupported"
    with pytest.raises(Unreachable):
        await pair.sink.subscribe(StreamClient(), "http://127.0.0.1:1/", [STORM], "http://127.0.0.1:9", pair.heard)
    assert pair.sink._receivers == {}


def response(asked: bytes, body: str) -> bytes:
    root = etree.fromstring(asked)
    return (
        f"<s:Envelope xmlns:s='{SOAP}' xmlns:a='{WSA}' xmlns:e='{WSE}'><s:Header>"
        f"<a:Action>{found(root, '//a:Action')}Response</a:Action><a:MessageID>{uuid.uuid4().urn}</a:MessageID>"
        f"<a:To>{WSA}/role/anonymous</a:To><a:RelatesTo>{found(root, '//a:MessageID')}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("address", "expires", "granted"),
    [
        ("http://elsewhere.example/m", "PT30S", 30),
        (f"{WSA}/role/anonymous", "PT30S", 30),
        ("urn:uuid:0c55e94e-6b2c-4e3d-8a57-4d34dd0d3f3c", "2026-01-01T00:00:20Z", 20),
        ("http://elsewhere.example/m", "2001-01-01T00:00:00Z", 600),
        ("http://elsewhere.example/m", "PT0S", 600),
    ],
)
async def test_odd_managers_and_times_of_a_source(address: str, expires: str, granted: int) -> None:
    pair = Pair()
    asked: list[tuple[str, etree._Element]] = []

    async def handle(request: IncomingRequest) -> OutgoingResponse:
        data = b"".join([chunk async for chunk in request.body])
        asked.append((f"{request.headers['host']}{request.path}", etree.fromstring(data)))
        body = (
            f"<e:SubscribeResponse><e:SubscriptionManager><a:Address>{address}</a:Address><a:ReferenceProperties>"
            f"<x:Own xmlns:x='urn:x'>7</x:Own></a:ReferenceProperties></e:SubscriptionManager>"
            f"<e:Expires>{expires}</e:Expires></e:SubscribeResponse>"
        )
        return OutgoingResponse(200, response(data, body if len(asked) == 1 else ""))

    pair.client = MemoryClient(handle)
    handle_ = await pair.subscribe()
    assert handle_.granted == timedelta(seconds=granted) and handle_.identifier == ""
    await handle_.unsubscribe()
    where, message = asked[1]
    real = "elsewhere" in address
    assert where == ("elsewhere.example/m" if real else "device.example/weather")
    assert message.findtext(f"{{{SOAP}}}Header/{{urn:x}}Own") == "7"


async def test_the_sink_leaves_everywhere_when_it_closes_and_waits_for_nobody() -> None:
    pair = Pair()
    for _ in range(5):
        await pair.subscribe()
    assert len(pair.bench.source.subscriptions) == 5
    await pair.sink.aclose()
    assert pair.bench.source.subscriptions == ()
    await pair.subscribe()

    async def hang(request: IncomingRequest) -> OutgoingResponse:
        await asyncio.sleep(3600)
        raise AssertionError

    pair.client._handler = hang
    async with asyncio.timeout(30):
        await pair.sink.aclose(0.05)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_the_sink_is_a_service_like_others() -> None:
    pair = Pair()
    await pair.subscribe()
    request = HttpRequest(
        f"http://127.0.0.1:9{pair.paths[0]}x", (("Content-Type", SOAP_TYPE),), BytesBody(sent("a", None))
    )
    answer = await MemoryClient(Endpoint(pair.sink)).exchange(request, TimeLimits())
    assert fault_of(etree.fromstring(answer.body))[1] == "wsa:DestinationUnreachable"
    await pair.sink.aclose()


async def test_events_lost_between_source_and_sink_cost_no_other_event() -> None:
    pair = Pair()
    count = 0

    async def lossy(request: IncomingRequest) -> OutgoingResponse:
        nonlocal count
        count += 1
        return OutgoingResponse(500) if count % 2 else await pair.sink.handle(request)

    pair.bench = Bench(lambda: MemoryClient(lossy))
    await pair.subscribe()
    for text in numbers(20):
        pair.bench.source.publish(STORM, event(text))
    await until(lambda: count == 20)
    await until(lambda: len(pair.heard.events) == 10)
    assert pair.heard.texts == [str(number) for number in range(1, 20, 2)]
    await pair.sink.aclose()
