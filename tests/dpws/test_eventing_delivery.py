"""How events reach subscribers, and what becomes of those that they do not reach; over sockets where it matters."""

from __future__ import annotations

import asyncio
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eventing_bench import WSE, Bench, Received, by_host, event, found, manage, numbers, subscribe, until
from lxml import etree

from emulator.dpws.eventing.delivery import Delivery, Waiting, event_clients
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.layers import Layers
from emulator.transport.host import HttpHost
from emulator.transport.http import (
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    OutgoingResponse,
    Refused,
    Stage,
    TimeLimits,
)
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

QUICK = SourceLimits(delivery=0.3, failures=3, pause=0.01, stop=0.5, queue=10)
HTML = (("Content-Type", "text/html"),)


async def test_events_come_in_order_one_at_a_time() -> None:
    async def slow(data: bytes) -> OutgoingResponse:
        await asyncio.sleep(0.001)
        return OutgoingResponse(202)

    received = Received(slow)
    one = Bench(by_host({"/sink": received}))
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    for text in numbers(50):
        one.storm(text)
        if text == "20":
            await asyncio.sleep(0.02)
    await until(lambda: len(received.messages) == 50)
    assert received.texts == list(numbers(50)) and received.most_at_once == 1
    ids = {found(each, "//a:MessageID") for each in received.messages}
    assert len(ids) == 50


async def test_a_slow_subscriber_keeps_nobody_waiting() -> None:
    async def never(data: bytes) -> OutgoingResponse:
        await asyncio.sleep(3600)
        raise AssertionError

    slow, quick = Received(never), Received()
    one = Bench(by_host({"/slow": slow, "/quick": quick}), limits=QUICK)
    for name in ("slow", "quick"):
        await one.subscribed(notify_to=f"http://127.0.0.1:9/{name}")
    for text in numbers(5):
        one.storm(text)
    await until(lambda: len(quick.messages) == 5, 0.25)
    assert slow.texts == ["0"]
    await one.source.stop()


@pytest.mark.parametrize(
    "answer",
    [
        OutgoingResponse(202),
        OutgoingResponse(200),
        OutgoingResponse(204),
        OutgoingResponse(200, b"<html>thanks</html>", HTML),
        OutgoingResponse(202, b"\x00\xff" * 1000),
    ],
)
async def test_any_answer_of_the_200s_will_do(answer: OutgoingResponse) -> None:
    # The law: [eventing/delivery/answer]
    received = Received(answer)
    one = Bench(by_host({"/sink": received}), limits=QUICK)
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    for text in numbers(8):
        one.storm(text)
    await until(lambda: received.texts == list(numbers(8)))
    assert len(one.source.subscriptions) == 1


@pytest.mark.parametrize(
    "answer",
    [
        OutgoingResponse(500, b"<html>Internal Server Error</html>", HTML),
        OutgoingResponse(404),
        OutgoingResponse(400, b"x"),
        OutgoingResponse(301, headers=(("Location", "http://127.0.0.1:9/other"),)),
        OutgoingResponse(307, headers=(("Location", "http://127.0.0.1:9/other"),)),
        OutgoingResponse(401, headers=(("WWW-Authenticate", "Basic"),)),
    ],
)
async def test_who_refuses_so_many_in_a_row_is_dropped_and_told(answer: OutgoingResponse) -> None:
    # The law: [eventing/delivery/undeliverable] [eventing/subscription-end/status]
    # The law: [eventing/subscription-end/to-end-to-alone]
    sinks = {"/sink": Received(answer), "/end": Received(), "/other": Received()}
    ended: list[Any] = []
    one = Bench(by_host(sinks), limits=QUICK, on_end=ended.append)
    identifier = await one.subscribed(notify_to="http://127.0.0.1:9/sink", end_to="http://127.0.0.1:9/end")
    for text in numbers(9):
        one.storm(text)
    await until(lambda: sinks["/end"].messages)
    assert sinks["/sink"].texts == ["0", "1", "2"], "each is tried once, and no more after three"
    assert sinks["/other"].messages == [], "no redirect is followed"
    assert one.source.subscriptions == () and len(ended) == 1
    (end,) = sinks["/end"].messages
    assert found(end, "//a:Action") == f"{WSE}/SubscriptionEnd"
    assert found(end, "//e:SubscriptionEnd/e:Status") == f"{WSE}/DeliveryFailure"
    assert found(end, "//e:SubscriptionEnd/e:Reason") == f"answered HTTP {answer.status}"
    assert found(end, "//e:SubscriptionManager/a:ReferenceParameters/e:Identifier") == identifier


async def test_one_success_forgives_the_failures_before() -> None:
    count = 0

    async def answer(data: bytes) -> OutgoingResponse:
        nonlocal count
        count += 1
        return OutgoingResponse(202 if count % 3 == 0 else 500)

    received = Received(answer)
    one = Bench(by_host({"/sink": received}), limits=QUICK)
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    for text in numbers(9):
        one.storm(text)
    await until(lambda: len(received.messages) == 9)
    assert len(one.source.subscriptions) == 1


class Unreliable:
    """A client that is refused the first times."""

    def __init__(self, refusals: int, received: Received) -> None:
        self.left = refusals
        self.inner = by_host({"/sink": received})()
        self.open = 0

    def __call__(self) -> Unreliable:
        self.open += 1
        return self

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        if self.left:
            self.left -= 1
            raise Refused("127.0.0.1:9: connection refused", Stage.CONNECT)
        return await self.inner.exchange(request, limits)

    async def aclose(self) -> None:
        self.open -= 1


@pytest.mark.parametrize(("refusals", "arrived"), [(2, ["0", "1"]), (3, [])])
async def test_what_surely_did_not_arrive_is_sent_again(refusals: int, arrived: list[str]) -> None:
    received = Received()
    client = Unreliable(refusals, received)
    one = Bench(client, limits=QUICK)
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    one.storm("0")
    one.storm("1")
    await until(lambda: not client.left and client.open == 0)
    assert received.texts == arrived
    assert len(one.source.subscriptions) == bool(arrived)


async def test_an_event_too_many_takes_the_place_of_the_oldest(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()

    async def wait(data: bytes) -> OutgoingResponse:
        await gate.wait()
        return OutgoingResponse(202)

    received = Received(wait)
    one = Bench(by_host({"/sink": received}), limits=SourceLimits(queue=10))
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    one.storm("first")
    await until(lambda: received.messages)
    for text in numbers(1000):
        one.storm(text)
    gate.set()
    await until(lambda: len(received.messages) == 11)
    await asyncio.sleep(0.01)
    assert received.texts == ["first", *(str(number) for number in range(990, 1000))]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2 and "990 events were dropped" in warnings[1]


async def test_what_waits_when_the_subscription_ends_is_not_sent() -> None:
    async def slow(data: bytes) -> OutgoingResponse:
        await asyncio.sleep(0.05)
        return OutgoingResponse(202)

    received = Received(slow)
    one = Bench(by_host({"/sink": received}))
    identifier = await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    for text in numbers(5):
        one.storm(text)
    await until(lambda: received.messages)
    await one.ask(manage("Unsubscribe", identifier), "/manager")
    await asyncio.sleep(0.1)
    assert received.texts == ["0"]
    await one.source.stop()


async def test_the_stop_sends_what_waits_and_then_the_end() -> None:
    # The law: [eventing/subscription-end/status] [eventing/subscription-end/body]
    received = Received()
    one = Bench(by_host({"/sink": received}))
    await one.subscribed(notify_to="http://127.0.0.1:9/sink", end_to="http://127.0.0.1:9/sink")
    for text in numbers(5):
        one.source.publish("http://example.org/weather/StormEvent", event(text))
    await one.source.stop()
    assert [found(each, "/*/*[2]/*") for each in received.messages[:5]] == list(numbers(5))
    assert found(received.messages[5], "//e:Status") == f"{WSE}/SourceShuttingDown"


async def test_the_source_may_end_one_subscription() -> None:
    received = Received()
    one = Bench(by_host({"/sink": received}))
    await one.subscribed(notify_to="http://127.0.0.1:9/sink", end_to="http://127.0.0.1:9/sink")
    (subscription,) = one.source.subscriptions
    one.source.end(subscription, reason="the scanner is switched off")
    one.source.end(subscription)
    await until(lambda: received.messages)
    await one.source.stop()
    (end,) = received.messages
    assert found(end, "//e:Status") == f"{WSE}/SourceCanceling"
    assert found(end, "//e:Reason") == "the scanner is switched off"


async def test_an_expired_subscription_gets_neither_event_nor_end() -> None:
    # The law: [eventing/expires/end-of-time]
    received = Received()
    one = Bench(by_host({"/sink": received}))
    address = "http://127.0.0.1:9/sink"
    await one.subscribed(notify_to=address, end_to=address, expires="PT1M")
    one.clock.now += 60
    one.storm("late")
    await one.source.stop()
    assert received.messages == []


# Over sockets, with subscribers of the standard library


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), data))  # type: ignore[attr-defined]
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def standard_library(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[tuple[str, Any, bytes]]]]:
    """A subscriber on http.server: its port and what it got."""
    server = http.server.HTTPServer(("127.0.0.1", 0), _Handler)
    got: list[tuple[str, Any, bytes]] = []
    server.got = got  # type: ignore[attr-defined]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def post_by_hand(port: int, data: bytes) -> bytes:
    """An HTTP request over a bare connection; the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /weather HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/soap+xml\r\n"
    writer.write(f"{head}Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("tls", [False, True])
async def test_a_subscriber_of_the_standard_library(tls: bool) -> None:
    # The law: [clients/wsd-python/events-with-content-length]
    authority = LabAuthority.create()
    theirs = server_context_from(authority.issue_server(["127.0.0.1"])) if tls else None
    ours = client_context(ca_file=None, ca_pem=authority.certificate_pem) if tls else None
    with standard_library(theirs) as (port, got):
        one = Bench(event_clients(ours))
        async with HttpHost(one.handle) as host:
            address = f"{'https' if tls else 'http'}://127.0.0.1:{port}/sink"
            answer = etree.fromstring(await post_by_hand(host.port, subscribe(address, end_to=address)))
            manager = found(answer, "//e:SubscriptionManager/a:Address")
            assert manager == f"http://127.0.0.1:{host.port}/manager"
            for text in numbers(10):
                one.storm(text)
            await until(lambda: len(got) == 10)
            await one.source.stop()
    assert len(got) == 11
    path, headers, _ = got[0]
    assert path == "/sink" and headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    assert "Authorization" not in headers
    assert [found(etree.fromstring(data), "/*/*[2]/*") for _, _, data in got[:10]] == list(numbers(10))


async def test_a_certificate_that_is_not_trusted_gets_no_event() -> None:
    ours = client_context(ca_file=None, ca_pem=LabAuthority.create().certificate_pem)
    with standard_library(server_context_from(LabAuthority.create().issue_server(["127.0.0.1"]))) as (port, got):
        one = Bench(event_clients(ours), limits=QUICK)
        await one.subscribed(notify_to=f"https://127.0.0.1:{port}/sink")
        one.storm("secret")
        await until(lambda: not one.source.subscriptions)
    assert got == []
    await one.source.stop()


async def test_a_subscriber_that_accepts_and_never_reads_is_dropped() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        one = Bench(event_clients(), limits=SourceLimits(delivery=0.2, failures=2, pause=0.01, stop=0.5))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        await one.subscribed(notify_to=address, end_to=address)
        one.storm("x" * 5_000_000)
        one.storm("y")
        await until(lambda: not one.source.subscriptions)
        await one.source.stop()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"220 smtp\r\n"])
async def test_a_subscriber_that_answers_nonsense_is_dropped(words: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"</soap:Envelope>")
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        one = Bench(event_clients(), limits=QUICK)
        await one.subscribed(notify_to=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        for text in numbers(3):
            one.storm(text)
        await until(lambda: not one.source.subscriptions)
        await one.source.stop()


async def test_a_subscriber_that_has_vanished_is_dropped() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    one = Bench(event_clients(), limits=QUICK)
    await one.subscribed(notify_to=f"http://127.0.0.1:{port}/", end_to=f"http://127.0.0.1:{port}/")
    one.storm("x")
    await until(lambda: not one.source.subscriptions)
    await one.source.stop()


async def test_an_endless_answer_is_read_to_its_bound_only() -> None:
    taken = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reader.readuntil(b"</soap:Envelope>")
        writer.write(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
                taken += 65536
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        one = Bench(event_clients(), limits=QUICK)
        await one.subscribed(notify_to=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        one.storm("x")
        await asyncio.sleep(0.2)
        assert taken < 16 * 1024 * 1024
        await one.source.stop()


async def test_many_subscribers_at_once() -> None:
    received: dict[str, Any] = {f"/{number}": Received() for number in range(100)}
    one = Bench(by_host(received), limits=SourceLimits(per_address=100))

    async def join(path: str) -> None:
        await one.ask(subscribe(f"http://127.0.0.1:9{path}"))

    await asyncio.gather(*map(join, received))
    for text in numbers(20):
        one.storm(text)
        await asyncio.sleep(0)
    await one.source.stop()
    assert all(each.texts == list(numbers(20)) for each in received.values())


async def test_a_handler_that_breaks_is_a_failed_delivery(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: IncomingRequest) -> OutgoingResponse:
        raise KeyError("bug")

    one = Bench(by_host({"/sink": broken}), limits=QUICK)
    await one.subscribed(notify_to="http://127.0.0.1:9/sink")
    for text in numbers(3):
        one.storm(text)
    await until(lambda: not one.source.subscriptions)
    await one.source.stop()
    assert any("could not be sent" in record.getMessage() for record in caplog.records)


async def test_where_many_wait_a_newer_event_takes_the_place_of_an_older_one_about_the_same() -> None:
    """A subscriber with hundreds of jobs that is slow hears what is, of each job, and nothing is lost."""
    sent: list[bytes] = []
    open_door = asyncio.Event()

    class Slow:
        async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
            await open_door.wait()
            sent.append(b"".join(bytes(each) for each in request.body.chunks()))
            return HttpResponse(202, "", (), b"")

        async def aclose(self) -> None:
            pass

    tasks: set[asyncio.Task[None]] = set()
    hosting = SourceHosting("/manager", lambda: "http://x", Slow, Layers(), SourceLimits(queue=200))
    delivery = Delivery("somebody", "http://127.0.0.1:1/", hosting, lambda reason: None, tasks)
    for state in range(20):
        for job in range(100):
            delivery.put(Waiting(f"{job}:{state}".encode(), "status", str(job)))
    for job in range(100):
        delivery.put(Waiting(f"{job}:end".encode(), "end", str(job)))
    open_door.set()
    while tasks and not delivery.idle:
        await asyncio.wait(tasks, timeout=1)
    delivery.cancel()
    told = [each.decode().split(":") for each in sent]
    for job in map(str, range(100)):
        states = [state for one, state in told if one == job]
        assert states[-2:] == ["19", "end"], "the last ones come, in order"
    assert len(sent) < 400
