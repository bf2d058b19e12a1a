"""Toy listeners of EXCHANGE and BODY: none of them, slow, raising or wanting all, holds up who is listened to."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.layers import EVERYWHERE, Layers
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import BytesBody, HttpRequest, IncomingRequest, OutgoingResponse, TimeLimits
from emulator.transport.observe import KEPT_BODY_BYTES, Exchange
from emulator.transport.points import BODY, EXCHANGE, BodyOctets

LIMITS = TimeLimits(5, 5)
PIECES = [bytes([number]) * 300_000 for number in range(10)]


async def answer(request: IncomingRequest) -> OutgoingResponse:
    async for _ in request.body:
        pass
    if request.path == "/pieces":
        return OutgoingResponse(200, SegmentedBody(PIECES))
    return OutgoingResponse(200, b"answered")


async def exchanges(layers: Layers, count: int) -> None:
    """So many exchanges, in which client and host are listened to."""
    client = StreamClient(layers=layers)
    async with HttpHost(answer, layers=layers) as host:
        for number in range(count):
            response = await client.exchange(
                HttpRequest(f"{host.base_url}/{number}", (), BytesBody(b"abc")), LIMITS
            )
            assert response.body == b"answered"
        await client.aclose()


async def test_a_slow_listener_aside_holds_up_nobody_and_hears_all_in_order() -> None:
    layers, heard = Layers(), list[tuple[str, str]]()
    enough, go_on = threading.Event(), threading.Event()

    def slow(exchange: Exchange) -> None:
        go_on.wait(30)
        heard.append((exchange.side, exchange.url.rpartition("/")[2]))
        if len(heard) == 40:
            enough.set()

    unplug = layers.listen(EXCHANGE, slow, aside=True)
    await exchanges(layers, 20)
    assert heard == [], "the listener has not come back from the first"
    go_on.set()
    assert await asyncio.to_thread(enough.wait, 30)
    unplug()
    for side in ("client", "server"):
        assert [url for each, url in heard if each == side] == [str(number) for number in range(20)]


async def test_a_listener_that_raises_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    layers, heard = Layers(), list[Exchange]()

    def broken(_: Exchange) -> None:
        raise KeyError("a bug of the toy")

    def broken_body(_: BodyOctets) -> None:
        raise KeyError("another bug")

    layers.listen(EXCHANGE, broken)
    layers.listen(EXCHANGE, heard.append)
    layers.listen(BODY, broken_body)
    await exchanges(layers, 2)
    assert [exchange.side for exchange in heard] == ["server", "client"] * 2
    assert caplog.text.count("a listener of exchange failed") == 4
    assert caplog.text.count("a listener of body failed") == 8


async def test_who_listens_everywhere_hears_every_client_and_host() -> None:
    heard: list[Exchange] = []
    unplug = EVERYWHERE.listen(EXCHANGE, heard.append)
    try:
        await exchanges(Layers(), 1)
    finally:
        unplug()
    await exchanges(Layers(), 1)
    assert [exchange.side for exchange in heard] == ["server", "client"]


async def test_bodies_are_heard_whole_by_both_sides_and_only_their_start_is_kept(tmp_path: Path) -> None:
    layers, ended = Layers(), list[Exchange]()
    hashes: dict[tuple[str, str], hashlib._Hash] = {}
    (tmp_path / "page").write_bytes(data := os.urandom(3_000_000))
    body = SegmentedBody((b"<", FileSegment(tmp_path / "page", len(data)), b">"))

    def hashed(passed: BodyOctets) -> None:
        assert passed.exchange not in ended
        hashes.setdefault((passed.exchange.side, passed.of), hashlib.sha256()).update(passed.octets)

    layers.listen(BODY, hashed)
    layers.listen(EXCHANGE, ended.append)
    client = StreamClient(layers=layers)
    async with HttpHost(answer, layers=layers) as host:
        response = await client.exchange(HttpRequest(f"{host.base_url}/pieces", (), body), LIMITS)
        await client.aclose()
    assert response.body == b"".join(PIECES)
    request, response_ = hashlib.sha256(b"<" + data + b">"), hashlib.sha256(b"".join(PIECES))
    assert {key: each.hexdigest() for key, each in hashes.items()} == {
        ("client", "request"): request.hexdigest(),
        ("server", "request"): request.hexdigest(),
        ("client", "response"): response_.hexdigest(),
        ("server", "response"): response_.hexdigest(),
    }
    assert sorted(exchange.side for exchange in ended) == ["client", "server"]
    for exchange in ended:
        assert (exchange.request_size, exchange.response_size) == (body.length, 3_000_000)
        assert exchange.request_start == (b"<" + data)[:KEPT_BODY_BYTES] and not exchange.error
        assert exchange.response_start == PIECES[0][:KEPT_BODY_BYTES]


class Endless:
    """More than any buffer holds."""

    length = 1 << 30

    def chunks(self) -> Iterator[bytes]:
        while True:
            yield bytes(65536)


async def test_an_answer_in_pieces_that_is_not_taken_is_told_with_its_reason() -> None:
    layers, ended = Layers(), list[Exchange]()
    layers.listen(EXCHANGE, ended.append)

    async def endless(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, Endless())

    def leave(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read(1000)
        connection.close()

    async with HttpHost(endless, layers=layers) as host:
        await asyncio.to_thread(leave, host.port)
        for _ in range(100):
            if ended:
                break
            await asyncio.sleep(0.02)
    (exchange,) = ended
    assert exchange.status == 200 and "not taken" in exchange.error and exchange.response_size < 1 << 30


async def test_nothing_is_kept_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made for a listener is made by `tell` alone, which is not reached."""

    def told(*_: object) -> None:
        raise AssertionError("somebody is told")

    layers = Layers()
    monkeypatch.setattr(layers, "tell", told)
    await exchanges(layers, 2)
