"""The HTTP host, asked by http.client and by raw sockets of the standard library."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import logging
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from optional_programs import skip_or_fail
from told import told

from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.host import HostLimits, HttpHost
from emulator.transport.http import BodyBroken, IncomingRequest, OutgoingResponse, Unanswered
from emulator.transport.observe import Exchange
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

T = TypeVar("T")


async def blocking(call: Callable[[], T]) -> T:
    return await asyncio.to_thread(call)


async def handler(request: IncomingRequest) -> OutgoingResponse:
    if request.path == "/early":
        return OutgoingResponse(400, b"early", close=True)
    if request.path == "/fail":
        raise RuntimeError("secret detail")
    if request.path == "/empty":
        return OutgoingResponse(202)
    digest = hashlib.sha256()
    async for piece in request.body:
        digest.update(piece)
    text = f"{request.method} {request.path} {request.content_length} {request.remote} {digest.hexdigest()}"
    return OutgoingResponse(200, text.encode(), (("Content-Type", "application/soap+xml"),))


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def raw(port: int, data: bytes, seconds: float = 60) -> bytes:
    """Send octets, read to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        sock.sendall(data)
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
        return answer


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
async def test_bodies_arrive(size: int) -> None:
    # The law: [soap/http/length-and-chunks]
    body = bytes(range(256)) * (size // 256 + 1)
    async with HttpHost(handler) as host:
        status, answer = await blocking(lambda: ask(host.port, "POST", "/a%20b?x", body))
    digest = hashlib.sha256(body).hexdigest()
    assert (status, answer.decode()) == (200, f"POST /a b {len(body)} 127.0.0.1 {digest}")


@pytest.mark.parametrize(
    ("headers", "status", "end"),
    [
        (
            b"Content-Encoding: identity",
            200,
            b"POST / None 127.0.0.1 " + hashlib.sha256(b"abc").hexdigest().encode(),
        ),
        (b"Content-Encoding: gzip", 415, b"The content coding gzip is not understood; send the body as it is.\n"),
        (
            b"content-encoding: identity\r\nContent-Encoding: br",
            415,
            b"coding br is not understood; send the body as it is.\n",
        ),
    ],
)
async def test_bodies_are_taken_as_they_are_and_coded_ones_refused(headers: bytes, status: int, end: bytes) -> None:
    request = (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n%s\r\n"
        b"Connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ) % headers
    async with HttpHost(handler) as host:
        answer = await blocking(lambda: raw(host.port, request))
    assert answer.startswith(b"HTTP/1.1 %d " % status) and answer.endswith(end)
    assert (b"\r\nAccept-Encoding: identity\r\n" in answer) is (status == 415)


async def test_a_handler_may_leave_a_request_without_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """The connection stays open and silent until the peer goes or has waited long enough; the others are served."""

    async def silent(request: IncomingRequest) -> OutgoingResponse:
        if request.path == "/silent":
            raise Unanswered("a habit")
        return OutgoingResponse(200)

    seen: list[Exchange] = []
    async with HttpHost(silent, limits=HostLimits(idle=0.5), layers=told(seen.append)) as host:
        request = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        begun = time.monotonic()
        waiting = asyncio.create_task(blocking(lambda: _bytes_until_closed(host.port, request % b"silent")))
        assert (await blocking(lambda: raw(host.port, request % b"x"))).startswith(b"HTTP/1.1 200 ")
        assert await waiting == b"" and time.monotonic() - begun >= 0.5
    assert [(each.status, each.error) for each in seen] == [(200, ""), (0, "a habit")]
    assert "Error handling request" not in caplog.text and "Traceback" not in caplog.text


def _bytes_until_closed(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.sendall(data)
        try:
            return sock.recv(65536)
        except ConnectionResetError:
            return b""


async def test_connection_is_kept_and_pipelined() -> None:
    async with HttpHost(handler) as host:
        request = b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n%s\r\nz"
        answer = await blocking(
            lambda: raw(host.port, request % (1, b"") + request % (2, b"Connection: close\r\n"))
        )
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b"POST /1") < answer.index(b"POST /2")


async def test_headers_of_the_answer() -> None:
    async with HttpHost(handler) as host:
        answer = await blocking(
            lambda: raw(host.port, b"GET /empty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        )
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in head.split(b"\r\n")[1:]}
    assert (lines[b"server"], lines[b"content-length"], body) == (b"dsm-emulator", b"0", b"")
    assert b"content-type" not in lines


async def test_early_answer_reaches_a_client_that_reads_only_after_sending() -> None:
    async with HttpHost(handler) as host:
        for _ in range(3):
            assert await blocking(lambda: ask(host.port, "POST", "/early", bytes(30_000_000))) == (400, b"early")


async def test_early_answer_is_there_before_the_body() -> None:
    def call(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc")
            answer = b""
            while b"early" not in answer:
                piece = sock.recv(65536)
                assert piece
                answer += piece
            return answer

    async with HttpHost(handler) as host:
        answer = await blocking(lambda: call(host.port))
    assert b"Connection: close" in answer


async def test_continue_is_sent_only_to_who_is_read() -> None:
    # The law: [soap/http/expect-100-continue]
    request = (
        b"POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    )

    def call(port: int, path: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(request % path)
            answer = sock.recv(65536)
            if answer.startswith(b"HTTP/1.1 100"):
                sock.sendall(b"abc")
                answer += sock.recv(65536)
            return answer

    async with HttpHost(handler, limits=HostLimits(linger=0.2)) as host:
        assert (await blocking(lambda: call(host.port, b"/"))).startswith(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"
        )
        assert (await blocking(lambda: call(host.port, b"/early"))).startswith(b"HTTP/1.1 400")


async def test_failing_handler_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="emulator.transport.host"):
        async with HttpHost(handler) as host:
            assert await blocking(lambda: ask(host.port, "POST", "/fail", b"x")) == (500, b"")
            assert (await blocking(lambda: ask(host.port, "GET", "/")))[0] == 200
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GARBAGE\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: /" + b"y" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\n" + b"y" * 40_000 + b": x\r\n\r\n", b"431"),
        (b"PUT /?" + b"y" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"POST http://x/" + b"y" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 900_000 + b"\r\n\r\n", b"431"),
        (b"PUT /?" + b"y" * 900_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
    ],
)
async def test_garbage_is_answered_without_a_traceback_or_a_reset(data: bytes, status: bytes) -> None:
    async with HttpHost(handler, limits=HostLimits(idle=0.5)) as host:
        answer = await blocking(lambda: raw(host.port, data))
        assert answer.startswith((b"HTTP/1.1 " + status, b"HTTP/1.0 " + status))
        assert b"Traceback" not in answer
        assert (await blocking(lambda: ask(host.port, "GET", "/")))[0] == 200


async def broken_bodies(host_limits: HostLimits, call: Callable[[int], object]) -> list[str]:
    """What the handler is told when a body breaks off."""
    told: list[str] = []
    done = asyncio.Event()

    async def strict(request: IncomingRequest) -> OutgoingResponse:
        try:
            async for _ in request.body:
                pass
        except BodyBroken as error:
            told.append(str(error))
            with pytest.raises(BodyBroken):
                await anext(request.body)
            raise
        finally:
            done.set()
        return OutgoingResponse(200)

    async with HttpHost(strict, limits=host_limits) as host:
        await blocking(lambda: call(host.port))
        await asyncio.wait_for(done.wait(), 60)
    return told


async def test_body_that_stops_half_way() -> None:
    def call(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            time.sleep(0.1)

    (told,) = await broken_bodies(HostLimits(), call)
    assert "broke off after 4 octets" in told
    assert "\n" not in told


async def test_body_that_falls_silent() -> None:
    def call(port: int) -> bytes:
        return raw(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")

    (told,) = await broken_bodies(HostLimits(idle=0.3, linger=0.2), call)
    assert "stopped for 0.3 s" in told


async def test_bad_chunk_breaks_the_body() -> None:
    def call(port: int) -> bytes:
        return raw(port, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")

    async with HttpHost(handler, limits=HostLimits(linger=0.2, idle=0.5)) as host:
        answer = await blocking(lambda: call(host.port))
        assert answer == b"" or b" 400 " in answer.partition(b"\r\n")[0]


async def test_slow_heads_are_cut_off() -> None:
    def call(port: int) -> float:
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            try:
                for octet in b"POST / HTTP/1.1\r\nHost: slow.example\r\n" * 10:
                    sock.sendall(bytes([octet]))
                    time.sleep(0.05)
            except OSError:
                pass
        return time.monotonic() - begun

    async with HttpHost(handler, limits=HostLimits(idle=0.4)) as host:
        assert await blocking(lambda: call(host.port)) < 12, "all of it takes 19 s"


async def test_slow_handler_is_not_the_peers_fault() -> None:
    async def slow(request: IncomingRequest) -> OutgoingResponse:
        size = 0
        async for piece in request.body:
            size += len(piece)
            await asyncio.sleep(0.3)
        return OutgoingResponse(200, str(size).encode())

    async with HttpHost(slow, limits=HostLimits(idle=0.15)) as host:
        assert await blocking(lambda: ask(host.port, "POST", "/", bytes(400_000))) == (200, b"400000")


async def test_a_file_that_is_gone_when_it_is_to_be_sent_ends_the_answer_early(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, SegmentedBody([b"head ", FileSegment(tmp_path / "gone", 5)]))

    def read() -> bytes:
        with pytest.raises(http.client.IncompleteRead) as early:
            ask(host.port, "GET", "/")
        return early.value.partial

    async with HttpHost(gone) as host:
        assert await blocking(read) == b"head "
    (line,) = (each for each in caplog.records if each.levelno >= logging.WARNING)
    assert "the answer broke off" in line.getMessage() and line.exc_info is None


async def test_stop_does_not_wait_for_a_connection_that_lies_idle() -> None:
    host = HttpHost(handler, limits=HostLimits(stop=60))
    await host.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.read(12)) == b"HTTP/1.1 200"
    async with asyncio.timeout(20):
        await host.stop()
        await reader.read()
    writer.close()


async def test_stop_ends_requests_in_work() -> None:
    entered = asyncio.Event()
    cancelled: list[bool] = []

    async def stuck(request: IncomingRequest) -> OutgoingResponse:
        entered.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return OutgoingResponse(200)

    host = HttpHost(stuck, limits=HostLimits(stop=0.2))
    await host.start()
    call = asyncio.create_task(asyncio.to_thread(raw, host.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    await entered.wait()
    begun = time.monotonic()
    await host.stop()
    assert time.monotonic() - begun < 30, "it does not wait for the handler"
    assert await call == b""
    assert cancelled
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", host.port), timeout=1)
    await host.stop()


async def test_port_in_use_is_told_in_one_line() -> None:
    async with HttpHost(handler) as host:
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {host.port}") as caught:
            await HttpHost(handler, port=host.port).start()
        assert "\n" not in str(caught.value)
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1"):
        await HttpHost(handler, bind="192.0.2.1").start()


async def test_ipv6() -> None:
    if not socket.has_ipv6:
        skip_or_fail("no IPv6 here")
    host = HttpHost(handler, bind="::1")
    try:
        await host.start()
    except OSError:
        skip_or_fail("no IPv6 loopback here")
    assert host.base_url == f"http://[::1]:{host.port}"
    with socket.create_connection(("::1", host.port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await blocking(lambda: sock.recv(65536))
    assert b" ::1 " in answer
    await host.stop()


async def test_tls_is_verified() -> None:
    authority = LabAuthority.create()
    server = server_context_from(authority.issue_server(["127.0.0.1"]))
    context = client_context(ca_file=None, ca_pem=authority.certificate_pem)

    def call(port: int, context: ssl.SSLContext) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
        try:
            connection.request("POST", "/", b"x" * 2_000_000)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    async with HttpHost(handler, ssl_context=server) as host:
        assert host.base_url.startswith("https://127.0.0.1:")
        assert (await blocking(lambda: call(host.port, context)))[0] == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            await blocking(lambda: call(host.port, ssl.create_default_context()))
        assert await blocking(lambda: raw(host.port, b"GET / HTTP/1.1\r\n\r\n")) == b""
        assert (await blocking(lambda: call(host.port, context)))[0] == 200


async def test_listeners_hear_what_came() -> None:
    seen: list[Exchange] = []
    async with HttpHost(handler, layers=told(seen.append)) as host:
        await blocking(lambda: ask(host.port, "POST", "/x?q", b"abc", Authorization="Basic x"))
        await blocking(lambda: ask(host.port, "POST", "/early", b"abc"))
    first, early = seen
    assert (first.side, first.method, first.status, first.request_start) == ("server", "POST", 200, b"abc")
    assert first.url == f"{host.base_url}/x?q"
    assert first.response_size == len(first.response_start) > 0
    assert ("Authorization", "Basic x") in first.request_headers
    assert (early.status, early.request_size) == (400, 0)


class _Pattern:
    """A body of some megabytes that is not in memory."""

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces

    @property
    def length(self) -> int:
        return self._pieces * 100_000

    def chunks(self) -> Iterator[bytes | memoryview]:
        buffer = bytearray(100_000)
        for number in range(self._pieces):
            buffer[:] = bytes([number % 256]) * 100_000
            yield memoryview(buffer)


async def test_a_streamed_answer_arrives_and_is_told_as_sent() -> None:
    told: list[bool] = []

    async def stream(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, _Pattern(50), (("Content-Type", "a/b"),), on_sent=told.append)

    async with HttpHost(stream) as host:
        status, body = await blocking(lambda: ask(host.port, "POST", "/", b""))
    assert status == 200 and body == b"".join(bytes([n]) * 100_000 for n in range(50))
    assert told == [True]


async def test_a_peer_that_does_not_read_is_cut_off_and_the_answer_told_as_not_sent() -> None:
    told: list[bool] = []

    async def stream(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, _Pattern(500), on_sent=told.append)

    async with HttpHost(stream, limits=HostLimits(idle=0.3)) as host:
        with socket.create_connection(("127.0.0.1", host.port)) as sock:
            await blocking(lambda: sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
            for _ in range(100):
                if told:
                    break
                await asyncio.sleep(0.05)
        assert told == [False]
        assert (await blocking(lambda: ask(host.port, "POST", "/", b"")))[0] == 200


@pytest.mark.parametrize("tls", [False, True])
async def test_connections_to_addresses_that_are_not_meant_are_reset(tls: bool) -> None:
    authority = LabAuthority.create()
    server = server_context_from(authority.issue_server(["127.0.0.1", "127.0.0.2"])) if tls else None
    trust = client_context(ca_file=None, ca_pem=authority.certificate_pem)

    def get(host: str, port: int) -> int:
        connection = (
            http.client.HTTPSConnection(host, port, timeout=60, context=trust)
            if tls
            else http.client.HTTPConnection(host, port, timeout=60)
        )
        try:
            connection.request("POST", "/", b"x")
            return connection.getresponse().status
        finally:
            connection.close()

    async with HttpHost(
        handler, bind="0.0.0.0", ssl_context=server, accepts=lambda own: own == "127.0.0.2"
    ) as host:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await blocking(lambda: get("127.0.0.1", host.port))
        if sys.platform == "linux":  # elsewhere 127.0.0.2 is no address of the machine
            assert await blocking(lambda: get("127.0.0.2", host.port)) == 200
