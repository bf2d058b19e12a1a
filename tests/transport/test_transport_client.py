"""The HTTP client against scripted raw peers and the standard library's server."""

from __future__ import annotations

import asyncio
import http.server
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from closed_ports import closed_port
from raw_server import Peer, RawServer
from told import told

from emulator.transport import kept_connections as kept_module
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.http import (
    BytesBody,
    ConnectionLost,
    ExchangeError,
    HttpRequest,
    HttpResponse,
    NotHttp,
    Refused,
    Stage,
    TimedOut,
    TimeLimits,
)
from emulator.transport.observe import Exchange

LIMITS = TimeLimits(connect=5, read=5)
LARGE = 40 * 1024 * 1024
"""More than the buffers of a loopback connection hold."""


@pytest.fixture
async def client() -> AsyncIterator[StreamClient]:
    client = StreamClient()
    yield client
    await client.aclose()


def post(url: str, body: bytes = b"hello", *headers: tuple[str, str]) -> HttpRequest:
    return HttpRequest(url, headers, BytesBody(body))


async def fails(
    client: StreamClient, request: HttpRequest, kind: type[ExchangeError], limits: TimeLimits = LIMITS
) -> ExchangeError:
    with pytest.raises(kind) as caught:
        await client.exchange(request, limits)
    assert "\n" not in str(caught.value)
    return caught.value


def serve_many(peer: Peer) -> None:
    while peer.request()[0]:
        peer.answer()


# Plain exchanges


async def test_against_the_servers_of_the_standard_library(client: StreamClient) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = repr((self.path, dict(self.headers), body)).encode()
            self.send_response(201, "Made")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://localhost:{server.server_port}/a%20b/é?x=1"
        for _ in range(3):
            response = await client.exchange(post(url, b"hello", ("X-One", "1")), LIMITS)
            path, headers, body = eval(response.body)
            assert (response.status, response.reason, response.early) == (201, "Made", False)
            assert path == "/a%20b/%C3%A9?x=1"
            assert body == b"hello"
            assert headers["Host"] == f"localhost:{server.server_port}"
            assert (headers["X-One"], headers["User-Agent"]) == ("1", "WSDAPI")
    finally:
        await client.aclose()
        await asyncio.to_thread(server.shutdown)
        server.server_close()


async def test_connection_is_kept_and_reused(client: StreamClient) -> None:
    with RawServer(serve_many) as server:
        for _ in range(5):
            assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
        assert server.connections == 1
        await client.aclose()


@pytest.mark.parametrize("size", [0, 1, 70_000, 1_000_000, 5_000_000, LARGE])
async def test_file_bodies_arrive_whole(client: StreamClient, tmp_path: Path, size: int) -> None:
    page = os.urandom(size + 5000)
    path = tmp_path / "page"
    path.write_bytes(page)
    got: list[bytes] = []

    def script(peer: Peer) -> None:
        while (request := peer.request())[0]:
            got.append(request[1])
            peer.answer()

    with RawServer(script) as server:
        body = SegmentedBody((b"head", FileSegment(path, size, 4321), b"tail"))
        for _ in range(2):
            response = await client.exchange(HttpRequest(server.url, (), body), LIMITS)
            assert (response.body, response.early) == (b"ok", False)
        await client.aclose()
    assert got == [b"head" + page[4321 : 4321 + size] + b"tail"] * 2
    assert server.connections == 1


async def test_descriptor_bodies_stay_open(client: StreamClient, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"0123456789")
    got: list[bytes] = []

    def script(peer: Peer) -> None:
        got.append(peer.request()[1])
        peer.answer(extra="Connection: close\r\n")  # one request a connection, and the client knows it

    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    with RawServer(script) as server:
        for offset in (3, 0):
            body = SegmentedBody((FileSegment(descriptor, 5, offset),))
            await client.exchange(HttpRequest(server.url, (), body), LIMITS)
    os.close(descriptor)
    assert got == [b"34567", b"01234"]


async def test_file_that_shrank_is_an_error_of_the_source(client: StreamClient, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"x" * 1000)
    with RawServer(serve_many) as server:
        request = HttpRequest(server.url, (), SegmentedBody((b"head", FileSegment(path, 2000))))
        with pytest.raises(OSError, match="1000 octets fewer") as caught:
            await client.exchange(request, LIMITS)
        assert not isinstance(caught.value, ExchangeError)
        missing = HttpRequest(server.url, (), SegmentedBody((FileSegment(tmp_path / "none", 1),)))
        with pytest.raises(FileNotFoundError):
            await client.exchange(missing, LIMITS)
        assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
        await client.aclose()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nT: x\r\n\r\n", b"ok"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", b""),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            b"",
        ),
    ],
)
async def test_ways_to_answer(client: StreamClient, answer: bytes, expected: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        for octet in answer:
            peer.send(bytes([octet]))

    with RawServer(script) as server:
        response = await client.exchange(post(server.url), LIMITS)
        assert response.body == expected
        # None of these may be kept: but the two that may are closed by the peer, and a new one is opened.
        assert (await client.exchange(post(server.url), LIMITS)).body == expected
        assert server.connections == 2


async def test_head_and_get_have_no_body(client: StreamClient) -> None:
    heads: list[bytes] = []

    def script(peer: Peer) -> None:
        while head := peer.head():
            heads.append(head)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (5 if head.startswith(b"HEAD") else 0))

    with RawServer(script) as server:
        for method in ("HEAD", "GET"):
            request = HttpRequest(server.url, (), BytesBody(b""), method)
            assert (await client.exchange(request, LIMITS)).body == b""
        await client.aclose()
    assert all(b"content-length" not in head.lower() for head in heads)
    assert server.connections == 1


# Early answers


@pytest.mark.parametrize("ending", ["close", "reset", "hold", "drain"])
@pytest.mark.parametrize("size", [3_000_000, LARGE])
async def test_answer_while_the_body_goes_out_is_read(client: StreamClient, ending: str, size: int) -> None:
    # The law: [habits/strict/fault-before-the-attachment]
    released = threading.Event()

    def script(peer: Peer) -> None:
        peer.head()
        peer.sock.recv(1000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nfault")
        if ending == "reset":
            time.sleep(0.1)
            peer.reset()
        elif ending == "hold":
            released.wait(60)
        elif ending == "drain":
            while peer.sock.recv(1 << 20):
                pass

    with RawServer(script, serve_many) as server:
        response = await client.exchange(post(server.url, bytes(size)), LIMITS)
        assert (response.status, response.body) == (400, b"fault")
        released.set()
        if size == LARGE and ending != "drain":
            assert response.early
        # A connection that broke off in the middle of a request is never used again.
        if response.early:
            assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
            assert server.connections == 2
        await client.aclose()


async def test_answer_given_before_any_octet_is_read_and_closed_at_once(client: StreamClient) -> None:
    # The law: [habits/strict/fault-before-the-attachment] [habits/strict/fault-closes]
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nno")

    with RawServer(script) as server:
        answers = 0
        for _ in range(20):
            try:
                response = await client.exchange(post(server.url, bytes(LARGE)), LIMITS)
            except ConnectionLost:
                continue  # the reset overtook the answer, or destroyed it: TCP lets it (RFC 9112, section 9.6)
            assert (response.status, response.body, response.early) == (413, b"no", True)
            answers += 1
        assert answers >= 15, "an answer that has arrived is not lost"


async def test_answer_at_the_very_end_is_not_early(client: StreamClient) -> None:
    with RawServer(serve_many) as server:
        for size in (1000, 2_500_000, LARGE):
            for _ in range(3):
                assert not (await client.exchange(post(server.url, bytes(size)), LIMITS)).early
        assert server.connections == 1
        await client.aclose()


# Kept connections that die


async def test_connection_closed_while_idle_is_not_used(client: StreamClient) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.answer()

    with RawServer(once) as server:
        for _ in range(3):
            assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
            await asyncio.sleep(0.05)
        assert server.connections == 3


async def test_octets_after_the_answer_end_the_connection(client: StreamClient) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.answer(extra="")
        peer.send(b"surplus")
        peer.sock.recv(1)

    with RawServer(script) as server:
        for _ in range(2):
            assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
            await asyncio.sleep(0.05)
        assert server.connections == 2


async def test_request_that_went_out_on_a_dying_connection_is_not_repeated(client: StreamClient) -> None:
    requests: list[bytes] = []

    def script(peer: Peer) -> None:
        requests.append(peer.request()[0])
        peer.answer()
        requests.append(peer.request()[0])  # and closes without an answer

    with RawServer(script) as server:
        await client.exchange(post(server.url), LIMITS)
        error = await fails(client, post(server.url), ConnectionLost)
        assert (error.stage, error.body_bytes_sent) == (Stage.ANSWER, 5)
        assert len(requests) == 2
        assert server.connections == 1


async def test_connection_kept_too_long_is_not_used(client: StreamClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_module, "MAX_IDLE", 0.0)
    with RawServer(serve_many) as server:
        for _ in range(2):
            await client.exchange(post(server.url), LIMITS)
            await asyncio.sleep(0.01)
        assert server.connections == 2
        await client.aclose()


# Failures


async def test_refused(client: StreamClient) -> None:
    error = await fails(client, post(f"http://127.0.0.1:{closed_port()}/"), Refused)
    assert error.stage is Stage.CONNECT
    assert "refused" in str(error)
    error = await fails(client, post("http://no-such-host.invalid/"), Refused)
    assert "no-such-host.invalid cannot be resolved" in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "x",
        "",
        "http://",
        "http:///x",
        "http://x:99999/",
        "http://[::1/",
        "http://a b/",
        "http://x\r\nY: z/",
    ],
)
async def test_what_is_no_url_is_refused_in_words(client: StreamClient, url: str) -> None:
    error = await fails(client, post(url), Refused)
    assert error.stage is Stage.CONNECT
    assert "not a URL" in str(error)


async def test_header_with_a_line_break_is_our_bug(client: StreamClient) -> None:
    with pytest.raises(ValueError, match="line break"):
        await client.exchange(post("http://127.0.0.1:1/", b"", ("X", "a\r\nY: b")), LIMITS)


@pytest.mark.parametrize("size", [10, LARGE])
async def test_reset_without_an_answer(client: StreamClient, size: int) -> None:
    def script(peer: Peer) -> None:
        if size == LARGE:
            peer.head()
        else:
            peer.request()
        peer.reset()

    with RawServer(script) as server:
        error = await fails(client, post(server.url, bytes(size)), ConnectionLost)
        assert error.stage is (Stage.SEND if size == LARGE else Stage.ANSWER)
        assert (error.body_bytes_sent < size) == (size == LARGE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "in the middle of its answer"),
        (b"", "without an answer"),
    ],
)
async def test_half_an_answer(client: StreamClient, answer: bytes, words: str) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    with RawServer(script) as server:
        error = await fails(client, post(server.url), ConnectionLost)
        assert error.stage is Stage.ANSWER
        assert words in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>hello</html>\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 9_000_000,
    ],
)
async def test_what_is_no_response(client: StreamClient, answer: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer)
        peer.sock.recv(1)

    with RawServer(script) as server:
        error = await fails(client, post(server.url), NotHttp)
        assert error.stage is Stage.ANSWER


@pytest.mark.parametrize("size", [10, LARGE])
async def test_silence_ends(client: StreamClient, size: int) -> None:
    released = threading.Event()

    def script(peer: Peer) -> None:
        peer.head()
        released.wait(60)

    with RawServer(script) as server:
        begun = time.monotonic()
        error = await fails(client, post(server.url, bytes(size)), TimedOut, TimeLimits(connect=60, read=0.3))
        assert 0.25 < time.monotonic() - begun < 30
        assert error.stage is (Stage.SEND if size == LARGE else Stage.ANSWER)
        released.set()


async def test_slow_peers_are_not_silent(client: StreamClient) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        left = LARGE - len(peer.buffer)
        while left > 0:
            time.sleep(0.15)
            # The system tells of room only when a third of a buffer (4 MB on Linux) is free.
            for _ in range(8):
                left -= len(peer.sock.recv(min(left, 1 << 20)))
        for piece in (b"HTTP/1.1 2", b"00 OK\r\nCon", b"tent-Length: 2\r\n\r\n", b"o", b"k"):
            peer.send(piece)
            time.sleep(0.2)

    with RawServer(script) as server:
        response = await client.exchange(post(server.url, bytes(LARGE)), TimeLimits(connect=5, read=0.8))
        assert response.body == b"ok"


async def test_unanswered_connect_times_out(client: StreamClient) -> None:
    # A listener whose queue is full answers no SYN (Linux; others may refuse).
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises((TimedOut, Refused)) as caught:
            await client.exchange(post(url), TimeLimits(connect=0.3, read=5))
        assert caught.value.stage is Stage.CONNECT
        for filler in fillers:
            filler.close()


# Cancellation


@pytest.mark.parametrize("size", [10, LARGE])
async def test_cancellation_closes_the_connection(client: StreamClient, size: int) -> None:
    reached, ended = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.head()
        reached.set()
        if size == LARGE:
            time.sleep(0.3)
        while peer.sock.recv(1 << 20):
            pass
        ended.set()

    with RawServer(script, serve_many) as server:
        task = asyncio.create_task(client.exchange(post(server.url, bytes(size)), LIMITS))
        assert await asyncio.to_thread(reached.wait, 60)
        await asyncio.sleep(0.05)  # until it waits for the answer, or for room to send
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(ended.wait, 60)
        assert (await client.exchange(post(server.url), LIMITS)).body == b"ok"
        await client.aclose()


async def test_many_at_once(client: StreamClient) -> None:
    with RawServer(serve_many) as server:
        answers = await asyncio.gather(
            *(client.exchange(post(server.url, bytes(500_000)), LIMITS) for _ in range(12))
        )
        assert [answer.body for answer in answers] == [b"ok"] * 12
        await client.aclose()


# Listeners


@pytest.fixture
def seen() -> Iterator[list[Exchange]]:
    yield []


async def test_listeners_hear_success_and_failure(seen: list[Exchange]) -> None:
    def broken(_: Exchange) -> None:
        raise RuntimeError("a listener's own bug")

    client = StreamClient(layers=told(broken, seen.append))
    with RawServer(serve_many) as server:
        response: HttpResponse = await client.exchange(post(server.url, b"abc"), LIMITS)
        assert response.body == b"ok"
        await client.aclose()
    with pytest.raises(Refused):
        await client.exchange(post(f"http://127.0.0.1:{closed_port()}/", b"abc"), LIMITS)
    good, bad = seen
    assert (good.side, good.status, good.request_size, good.request_start) == ("client", 200, 3, b"abc")
    assert (good.response_start, good.remote) == (b"ok", "127.0.0.1")
    assert ("Content-Length", "3") in good.request_headers
    assert set(good.timings) == {"connect", "send", "wait", "receive"}
    assert min(good.timings.values()) >= 0
    assert bad.status == 0
    assert "refused" in bad.error
