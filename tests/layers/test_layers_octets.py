"""Toy handlers of OCTETS, a few lines each: what they do to what goes out is judged by what the other side met."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.environment.directories import open_directory
from emulator.environment.exit_codes import ExitCode
from emulator.environment.options import LdapOptions
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.layers import Deliberate, Layers
from emulator.scan_server.embedded import embedded_server
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.host_limits import HostLimits
from emulator.transport.http import (
    BytesBody,
    ConnectionLost,
    HandlerFailed,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    TimedOut,
    TimeLimits,
)
from emulator.transport.octets import PIECE
from emulator.transport.points import OCTETS, CloseConnection, ConnectionEnd, OctetsOut, ResetConnection
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

LIMITS = TimeLimits(5, 5)
LARGE = bytes(range(256)) * 20_000
Handler = Callable[[OctetsOut], bytes]


# The toys


def cut(after: int, end: type[ConnectionEnd] = CloseConnection) -> Handler:
    """Ends each exchange when that many octets have gone."""

    def handler(out: OctetsOut) -> bytes:
        if out.offset + len(out.octets) >= after:
            raise end(out.octets[: after - out.offset])
        return out.octets

    return handler


def flip(place: int) -> Handler:
    """Turns one octet of each exchange round."""

    def handler(out: OctetsOut) -> bytes:
        at = place - out.offset
        if not 0 <= at < len(out.octets):
            return out.octets
        return out.octets[:at] + bytes([out.octets[at] ^ 0xFF]) + out.octets[at + 1 :]

    return handler


def broken(_: OctetsOut) -> bytes:
    raise KeyError("a bug of the toy")


def hanging(_: OctetsOut) -> bytes:
    time.sleep(30)
    return b""


async def waiting(_: OctetsOut) -> bytes:
    await asyncio.sleep(60)
    return b""


def nonsense(_: OctetsOut) -> Any:
    return "no octets"


class Another(Deliberate):
    """Of another point."""


def astray(_: OctetsOut) -> bytes:
    raise Another


FAILING = [
    pytest.param(broken, "broken of octets raised KeyError", id="raises"),
    pytest.param(hanging, "hanging of octets did not answer within 0.2 s", id="hangs"),
    pytest.param(waiting, "waiting of octets did not answer within 0.2 s", id="waits"),
    pytest.param(nonsense, "nonsense of octets returned 'no octets'", id="nonsense"),
    pytest.param(astray, "astray of octets raised Another", id="astray"),
]


# Both sides


@pytest.fixture(params=["plain", "TLS"])
def tls(request: pytest.FixtureRequest) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """Contexts of a server and of a client that trusts it."""
    if request.param == "plain":
        return None, None
    authority = LabAuthority.create()
    return (
        server_context_from(authority.issue_server(["127.0.0.1"])),
        client_context(ca_file=None, ca_pem=authority.certificate_pem),
    )


Contexts = tuple[ssl.SSLContext | None, ssl.SSLContext | None]


async def answer(request: IncomingRequest) -> OutgoingResponse:
    async for _ in request.body:
        pass
    if request.path == "/large":
        return OutgoingResponse(200, LARGE)
    if request.path == "/pieces":
        return OutgoingResponse(200, SegmentedBody((LARGE[:1_000_000], LARGE[1_000_000:])))
    return OutgoingResponse(200, request.path.encode())


class Raw:
    """A connection that hides nothing: Python's own TLS sockets take a reset for an end."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context and context.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")
        if self._tls:
            self._until(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        if self._tls:
            self._tls.write(data)
            data = self._outgoing.read()
        self.sock.sendall(data)

    def receive(self) -> bytes:
        """b'' at the end of all. Raises ConnectionResetError."""
        if not self._tls:
            return self.sock.recv(1 << 20)
        tls = self._tls
        try:
            return bytes(self._until(lambda: tls.read(1 << 20)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def _until(self, work: Callable[[], Any]) -> Any:
        while True:
            try:
                result = work()
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(data) if (data := self.sock.recv(1 << 20)) else self._incoming.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        """Sending nothing would still be told of a reset, before what has come is read."""
        if data := self._outgoing.read():
            self.sock.sendall(data)


def heard(port: int, path: str, context: ssl.SSLContext | None = None, *more: bytes) -> bytes:
    """All that a host says on a connection until it ends it."""
    raw = Raw(port, context)
    with raw.sock:
        raw.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() + b"".join(more))
        said = bytearray()
        while data := raw.receive():
            said += data
        return bytes(said)


def caller(port: int, context: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if context is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)


def get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    return connection.getresponse().read()


def get_once(port: int, context: ssl.SSLContext | None, path: str) -> bytes:
    with contextlib.closing(caller(port, context)) as connection:
        return get(connection, path)


class Heard:
    """A server of the standard library: what bodies came to it, on which connections, and what broke."""

    def __init__(self, context: ssl.SSLContext | None = None, status: int = 200) -> None:
        self.bodies: list[bytes] = []
        self.connections = 0
        self.problems: list[BaseException] = []
        own = self

        class Answering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                own.connections += 1
                super().setup()

            def do_POST(self) -> None:
                try:
                    if status == 200:
                        own.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                    self.send_response(status)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")
                except OSError as error:
                    own.problems.append(error)
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Answering)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'' if context is None else 's'}://127.0.0.1:{self._server.server_address[1]}/x"

    def __enter__(self) -> Heard:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def post(self, body: BytesBody | SegmentedBody) -> HttpRequest:
        return HttpRequest(self.url, (), body)


@pytest.fixture
def page(tmp_path: Path) -> SegmentedBody:
    """A body of five megabytes, most of it in a file."""
    (tmp_path / "page").write_bytes(LARGE)
    return SegmentedBody((b"<head>", FileSegment(tmp_path / "page", len(LARGE)), b"<tail>"))


# A host's answers


@pytest.mark.parametrize("path", ["/small", "/large", "/pieces"])
@pytest.mark.parametrize("end", [CloseConnection, ResetConnection])
async def test_an_answer_is_cut_after_so_many_octets(tls: Contexts, path: str, end: type[ConnectionEnd]) -> None:
    server, client = tls
    after = 100 if path == "/small" else 3_000_000
    layers = Layers()
    layers.handle(OCTETS, cut(after, end))
    async with HttpHost(answer, ssl_context=server, layers=layers) as host:
        if end is ResetConnection:
            with pytest.raises(ConnectionResetError):
                await asyncio.to_thread(heard, host.port, path, client)
        else:
            said = await asyncio.to_thread(heard, host.port, path, client)
            assert len(said) == after and said.startswith(b"HTTP/1.1 200 OK\r\n")
            assert (
                path == "/small" or said.partition(b"\r\n\r\n")[2] == LARGE[: after - said.index(b"\r\n\r\n") - 4]
            )
        if path != "/small" and end is CloseConnection:
            with pytest.raises(http.client.IncompleteRead):
                await asyncio.to_thread(get_once, host.port, client, path)


@pytest.mark.parametrize("path", ["/large", "/pieces"])
async def test_a_reset_waits_for_a_peer_that_reads_late(tls: Contexts, path: str) -> None:
    server, client = tls
    layers = Layers()
    layers.handle(OCTETS, cut(4_900_000, ResetConnection))
    said = bytearray()

    def read_late(port: int) -> None:
        raw = Raw(port, client)
        with raw.sock:
            raw.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            time.sleep(0.5)
            while data := raw.receive():
                said.extend(data)

    async with HttpHost(answer, ssl_context=server, layers=layers) as host:
        with pytest.raises(ConnectionResetError):
            await asyncio.to_thread(read_late, host.port)
    assert len(said) == 4_900_000


@pytest.mark.parametrize("path", ["/large", "/pieces"])
async def test_one_octet_of_each_answer_is_another_on_kept_connections(tls: Contexts, path: str) -> None:
    server, client = tls
    layers, seen = Layers(), list[OctetsOut]()

    def noted(out: OctetsOut) -> bytes:
        seen.append(out)
        return flip(4_000_000)(out)

    layers.handle(OCTETS, noted)
    async with HttpHost(answer, ssl_context=server, layers=layers) as host:
        for _ in range(2):
            with contextlib.closing(caller(host.port, client)) as connection:
                for _ in range(2):
                    body = await asyncio.to_thread(get, connection, path)
                    (at,) = [i for i in range(3_990_000, 4_000_000) if body[i] != LARGE[i]]
                    assert body[at] == LARGE[at] ^ 0xFF
                    assert body[:at] + LARGE[at : at + 1] + body[at + 1 :] == LARGE, "and no other octet"
    numbers = list(dict.fromkeys((out.connection, out.exchange) for out in seen))
    first, second = numbers[0][0], numbers[-1][0]
    assert numbers == [(first, 1), (first, 2), (second, 1), (second, 2)] and second > first > 0
    assert {(out.side, out.peer) for out in seen} == {("server", "127.0.0.1")}
    assert max(len(out.octets) for out in seen) <= PIECE
    for connection, exchange in numbers:
        mine = [out for out in seen if (out.connection, out.exchange) == (connection, exchange)]
        assert [out.offset for out in mine] == [
            sum(len(each.octets) for each in mine[:i]) for i in range(len(mine))
        ]


async def test_a_handler_may_come_and_go_while_a_connection_is_kept() -> None:
    layers = Layers()
    async with HttpHost(answer, layers=layers) as host:
        with contextlib.closing(caller(host.port, None)) as connection:
            assert await asyncio.to_thread(get, connection, "/one") == b"/one"
            unplug = layers.handle(OCTETS, lambda out: out.octets.replace(b"/two", b"/2wo"))
            assert await asyncio.to_thread(get, connection, "/two") == b"/2wo"
            unplug()
            assert await asyncio.to_thread(get, connection, "/two") == b"/two"


async def test_answers_to_requests_in_one_packet_keep_their_order_and_what_is_no_http_is_told_too() -> None:
    layers, seen = Layers(), list[tuple[int, bytes]]()

    async def slow_first(out: OctetsOut) -> bytes:
        seen.append((out.exchange, out.octets[:12]))
        await asyncio.sleep(0.1 if out.exchange == 1 else 0)
        return out.octets

    layers.handle(OCTETS, slow_first)
    more = b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with HttpHost(answer, layers=layers) as host:
        said = await asyncio.to_thread(heard, host.port, "/a", None, more)
        assert said.index(b"\r\n\r\n/a") < said.index(b"\r\n\r\n/b")
        assert [exchange for exchange, start in seen if start.startswith(b"HTTP/1.")] == [1, 2]
        seen.clear()
        assert b" 400 " in await asyncio.to_thread(heard, host.port, "/c nonsense")
        assert seen[0][0] == 1 and seen[0][1].startswith(b"HTTP/1.")


@pytest.mark.parametrize(("handler", "told"), FAILING)
async def test_a_failing_handler_costs_its_connection_and_no_other(
    tls: Contexts, handler: Handler, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    server, client = tls
    layers = Layers()
    async with HttpHost(answer, ssl_context=server, layers=layers) as host:
        with contextlib.closing(caller(host.port, client)) as other:
            assert await asyncio.to_thread(get, other, "/before") == b"/before"
            unplug = layers.handle(OCTETS, handler, limit=0.2 if "within 0.2 s" in told else 20)
            with pytest.raises(ConnectionResetError):
                await asyncio.to_thread(heard, host.port, "/large", client)
            unplug()
            assert await asyncio.to_thread(get, other, "/after") == b"/after"
        assert await asyncio.to_thread(get_once, host.port, client, "/new") == b"/new"
    assert told in caplog.text and "127.0.0.1: the connection was reset" in caplog.text
    assert "Traceback" not in caplog.text


class Counted:
    """A body of megabytes that counts what has been taken of it."""

    length = 200 * 65536

    def __init__(self) -> None:
        self.taken = 0

    def chunks(self) -> Iterator[bytes]:
        for _ in range(200):
            self.taken += 65536
            yield bytes(65536)


async def test_a_slow_handler_makes_the_answer_wait_and_not_the_memory_grow() -> None:
    layers, body, given = Layers(), Counted(), 0
    ahead: list[int] = []

    async def slow(out: OctetsOut) -> bytes:
        nonlocal given
        ahead.append(body.taken - given)
        given += len(out.octets)
        await asyncio.sleep(0.001)
        return out.octets

    async def streaming(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, body)

    layers.handle(OCTETS, slow)
    async with HttpHost(streaming, layers=layers) as host:
        with contextlib.closing(caller(host.port, None)) as connection:
            assert len(await asyncio.to_thread(get, connection, "/")) == body.length
    assert max(ahead) < 1_000_000 and given > body.length


async def test_a_host_stops_while_a_handler_hangs() -> None:
    layers = Layers()
    layers.handle(OCTETS, waiting)
    host = HttpHost(answer, layers=layers, limits=HostLimits(stop=0.3))
    await host.start()
    asked = asyncio.ensure_future(asyncio.to_thread(heard, host.port, "/"))
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    await host.stop()
    assert time.monotonic() - begun < 20
    with contextlib.suppress(ConnectionResetError):
        assert await asked == b""


# A client's requests


async def test_one_octet_of_each_request_is_another_and_the_connection_is_kept(
    tls: Contexts, page: SegmentedBody
) -> None:
    server, client = tls
    layers, seen = Layers(), list[OctetsOut]()

    def noted(out: OctetsOut) -> bytes:
        seen.append(out)
        return flip(3_000_000)(out)

    layers.handle(OCTETS, noted)
    sender = StreamClient(client, layers)
    whole = b"".join(bytes(piece) for piece in page.chunks())
    with Heard(server) as peer:
        for _ in range(2):
            response = await sender.exchange(peer.post(page), LIMITS)
            assert (response.status, response.body, response.early) == (200, b"ok", False)
        await sender.aclose()
    assert peer.connections == 1 and len(peer.bodies) == 2
    for body in peer.bodies:
        (at,) = [i for i in range(2_990_000, 3_000_000) if body[i] != whole[i]]
        assert body[:at] + whole[at : at + 1] + body[at + 1 :] == whole
    assert [out.exchange for out in seen if out.offset == 0] == [1, 2]
    assert len({out.connection for out in seen}) == 1 and {out.side for out in seen} == {"client"}
    assert all(out.octets.startswith(b"POST /x HTTP/1.1\r\n") for out in seen if out.offset == 0)


@pytest.mark.parametrize("end", [CloseConnection, ResetConnection])
async def test_a_request_is_cut_on_purpose_and_not_sent_again(
    tls: Contexts, page: SegmentedBody, end: type[ConnectionEnd]
) -> None:
    server, client = tls
    layers = Layers()
    sender = StreamClient(client, layers)
    with Heard(server) as peer:
        assert (await sender.exchange(peer.post(BytesBody(b"abc")), LIMITS)).status == 200
        layers.handle(OCTETS, cut(2_000_000, end))
        with pytest.raises(ConnectionLost, match="on purpose") as caught:
            await sender.exchange(peer.post(page), LIMITS)
        assert 0 < caught.value.body_bytes_sent < 2_000_000
        await sender.aclose()
    assert peer.connections == 1, "the kept connection was good: nothing is tried on another one"
    assert peer.bodies[0] == b"abc"
    if end is CloseConnection:
        assert len(peer.bodies[1]) < 2_000_000 < len(peer.bodies[1]) + 1000, "all that went out before has come"
    elif server is None:  # of TLS Python tells a reset as an end
        assert len(peer.bodies) == 1 and isinstance(peer.problems[0], ConnectionResetError)


async def test_an_exchange_of_which_nothing_goes_out_is_not_begun_again(page: SegmentedBody) -> None:
    layers = Layers()
    sender = StreamClient(None, layers)
    with Heard() as peer:
        await sender.exchange(peer.post(BytesBody(b"abc")), LIMITS)
        layers.handle(OCTETS, cut(0, ResetConnection))
        with pytest.raises(ConnectionLost, match="on purpose"):
            await sender.exchange(peer.post(page), LIMITS)
        await sender.aclose()
    assert peer.connections == 1


@pytest.mark.parametrize(("handler", "told"), FAILING)
async def test_a_failing_handler_costs_its_exchange_and_no_other(
    page: SegmentedBody, handler: Handler, told: str
) -> None:
    layers = Layers()
    sender = StreamClient(None, layers)
    with Heard() as peer:
        unplug = layers.handle(OCTETS, handler, limit=0.2 if "within 0.2 s" in told else 20)
        with pytest.raises(HandlerFailed) as caught:
            await sender.exchange(peer.post(page), LIMITS)
        assert told in str(caught.value) and caught.value.body_bytes_sent == 0
        unplug()
        assert (await sender.exchange(peer.post(page), LIMITS)).status == 200
        await sender.aclose()


async def test_a_slow_handler_is_not_the_silence_of_the_peer() -> None:
    layers = Layers()

    async def slow(out: OctetsOut) -> bytes:
        await asyncio.sleep(2.5)
        return out.octets

    unplug = layers.handle(OCTETS, slow)
    sender = StreamClient(None, layers)
    with Heard() as peer:
        assert (await sender.exchange(peer.post(BytesBody(b"abc")), TimeLimits(5, 1.5))).status == 200
    unplug()
    layers.handle(OCTETS, lambda out: b"")
    with Heard() as peer:
        with pytest.raises(TimedOut):  # who is told nothing says nothing
            await sender.exchange(peer.post(BytesBody(b"abc")), TimeLimits(5, 0.3))
        await sender.aclose()


async def test_an_answer_that_comes_while_a_handler_holds_the_rest_is_read(page: SegmentedBody) -> None:
    layers = Layers()

    async def holding(out: OctetsOut) -> bytes:
        if out.offset > PIECE:
            await asyncio.sleep(60)
        return out.octets

    layers.handle(OCTETS, holding)
    sender = StreamClient(None, layers)
    with Heard(status=413) as peer:
        response = await sender.exchange(peer.post(page), LIMITS)
        await sender.aclose()
    assert (response.status, response.early) == (413, True)


# Jobs


async def test_a_job_outlives_the_reset_of_an_answer_and_each_image_is_stored_once(tmp_path: Path) -> None:
    layers, done = Layers(), list[int]()

    def once(out: OctetsOut) -> bytes:
        if b"SendImageResponse" in out.octets and not done:
            done.append(out.exchange)
            raise ResetConnection
        return out.octets

    layers.handle(OCTETS, once)
    with contextlib.closing(open_directory(None, None, LdapOptions())) as directory:
        async with embedded_server(tmp_path / "store", directory, layers=layers) as embedded:
            options = ScanOptions(server="embedded", store=tmp_path / "store", pages=2)
            outcome = await run_scan(options, SilentReporter(), embedded)
    assert done and outcome.error is None, outcome.error
    token = outcome.report.result.job_token if outcome.report.result else ""
    images = [each for each in (tmp_path / "store").rglob("*") if each.suffix in (".jpg", ".jpeg", ".jfif")]
    assert token and len(images) == 2 and outcome.report.result
    assert all(image.acknowledged for image in outcome.report.images)


async def test_a_job_whose_handler_fails_ends_as_failed_with_its_name(tmp_path: Path) -> None:
    layers = Layers()
    with contextlib.closing(open_directory(None, None, LdapOptions())) as directory:
        async with embedded_server(tmp_path / "store", directory) as embedded:
            options = ScanOptions(server="embedded", store=tmp_path / "store", pages=1, events="none")
            unplug = layers.handle(OCTETS, broken)
            outcome = await run_scan(options, SilentReporter(), embedded, layers=layers)
            assert outcome.error is not None and outcome.error.code is ExitCode.UNREACHABLE
            assert "the handler broken of octets raised KeyError" in str(outcome.error)
            unplug()
            assert (await run_scan(options, SilentReporter(), embedded, layers=layers)).error is None, (
                "the server lives"
            )
