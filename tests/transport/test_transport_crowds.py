"""What a host lets its peers use up: who gives way, who is too slow, by which name they come, and what is told."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request
from programs import PROJECT, environment

from emulator.layers import Layers
from emulator.transport.connection_table import Connection, ConnectionTable
from emulator.transport.host import HostLimits, HttpHost
from emulator.transport.http import BodyBroken, IncomingRequest, OutgoingResponse
from emulator.transport.observe import Exchange
from emulator.transport.own_names import OwnNames, machine_names
from emulator.transport.passing import PassingOctets
from emulator.transport.request_body import RequestBody

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


async def answer(request: IncomingRequest) -> OutgoingResponse:
    size = 0
    async for piece in request.body:
        size += len(piece)
    if request.path == "/slow":
        await asyncio.sleep(1.0)
    return OutgoingResponse(200, b"x" * (20_000_000 if request.path == "/large" else size))


def ask(port: int, path: str = "/", body: bytes | None = None, address: str = "127.0.0.1", host: str = "") -> int:
    """The status of an answer, 0 where none comes. Blocks."""
    source = (address, 0) if address != "127.0.0.1" else None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=source)
    try:
        connection.request("POST" if body is not None else "GET", path, body, {"Host": host} if host else {})
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@contextlib.contextmanager
def crowd(port: int, count: int, said: bytes = b"", address: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            sock = socket.socket()
            stack.enter_context(sock)
            sock.settimeout(20)
            if address != "127.0.0.1":
                sock.bind((address, 0))
            sock.connect(("127.0.0.1", port))
            sock.sendall(said)
            found.append(sock)
        yield found


def is_open(sock: socket.socket) -> bool:
    sock.settimeout(0.2)
    try:
        return sock.recv(10) != b""
    except TimeoutError:
        return True
    except ConnectionResetError:
        return False


# The table


def test_the_table_ends_who_sent_nothing_whole_for_longest_of_the_address_that_has_most() -> None:
    table = ConnectionTable(5)
    ended: list[str] = []
    by_name: dict[str, Connection] = {}

    def add(name: str, address: str, now: float) -> Connection | None:
        by_name[name] = Connection(address, now)
        return table.add(by_name[name], lambda: ended.append(name))

    for name, address, now in (("a1", "a", 0), ("b1", "b", 1), ("b2", "b", 2), ("b3", "b", 3), ("a2", "a", 4)):
        assert add(name, address, now) is None
    table.sent_whole(by_name["b1"], 5, answering=True)  # it is being answered
    table.sent_whole(by_name["b2"], 6, answering=False)  # it was
    gives_way = add("c1", "c", 7)
    assert gives_way is by_name["b3"]
    table.end(gives_way)
    assert (ended, len(table)) == (["b3"], 5)
    table.sent_whole(gives_way, 8, answering=False)  # it was ended: nothing happens
    assert add("c2", "c", 9) is by_name["a1"], "two of each address: the first of those that have most"
    table.end(by_name["a1"])
    for name in ("b2", "a2", "c1", "c2"):
        table.sent_whole(by_name[name], 10, answering=True)
    last = add("d1", "d", 11)
    assert last is by_name["d1"], "all are being answered"
    assert len(table) == 5
    for each in table:
        table.remove(each)
        table.remove(each)
    assert len(table) == 0 and add("e1", "e", 12) is None


# Crowds


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n", POST], ids=["silent", "half a head", "no body"])
async def test_a_crowd_that_sends_nothing_whole_locks_nobody_out_and_is_told_once(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with HttpHost(answer, limits=HostLimits(connections=20)) as host:
            with crowd(host.port, 30, said) as sockets:
                await asyncio.sleep(0.1)
                for _ in range(5):
                    assert await asyncio.to_thread(ask, host.port, "/", b"body") == 200
                assert [is_open(each) for each in sockets[:10]] == [False] * 10
                assert is_open(sockets[-1]), "no more than must gave way"
    told = [record.getMessage() for record in caplog.records if "gave way" in record.getMessage()]
    assert told == ["127.0.0.1: 20 connections are open, and one that sent nothing whole gave way"]


async def test_who_is_being_answered_does_not_give_way(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with HttpHost(answer, limits=HostLimits(connections=4)) as host:
            running = asyncio.gather(*(asyncio.to_thread(ask, host.port, "/slow", b"body") for _ in range(4)))
            await asyncio.sleep(0.4)
            with crowd(host.port, 20):
                assert await running == [200] * 4
    assert "4 connections are open and being answered, and one more was refused" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
async def test_the_crowd_of_one_address_does_not_end_the_connections_of_another() -> None:
    async with HttpHost(answer, limits=HostLimits(connections=20)) as host:
        with crowd(host.port, 5) as first, crowd(host.port, 60, address="127.0.0.2"):
            await asyncio.sleep(0.1)
            assert await asyncio.to_thread(ask, host.port, "/", b"body") == 200
            assert [is_open(each) for each in first] == [True] * 5


async def test_half_as_many_jobs_of_one_address_as_there_is_room_for_pass() -> None:
    async with HttpHost(answer, limits=HostLimits(connections=40)) as host:

        async def job() -> list[bytes]:
            reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
            lines = []
            for _ in range(5):
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
                await asyncio.sleep(0.02)
                writer.write(b"67890")
                lines.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
                await reader.readexactly(10)
            writer.close()
            return lines

        answers = await asyncio.gather(*(job() for _ in range(20)))
    assert answers == [[b"HTTP/1.1 200 OK"] * 5] * 20


@pytest.mark.skipif(sys.platform == "win32", reason="sockets are no file descriptors there")
def test_where_few_files_may_be_open_fewer_connections_are_taken(tmp_path: Path) -> None:
    """Without a descriptor a host can take nobody in, so nobody would give way."""
    code = (
        "import resource, sys; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, tuple(map(int, sys.argv[1:3]))); "
        "from emulator.transport.descriptors import room_for; "
        "print(room_for(1000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    for limits, room, soft in (
        (("100", "4096"), 1000, 1256),
        (("100", "700"), 444, 700),
        (("100", "100"), 50, 100),
    ):
        said = subprocess.run(
            [sys.executable, "-c", code, *limits], capture_output=True, text=True, check=True, cwd=PROJECT
        )
        assert said.stdout.split() == [str(room), str(soft)]


@pytest.mark.skipif(sys.platform == "win32", reason="sockets are no file descriptors there")
def test_a_crowd_does_not_take_the_descriptors_that_a_server_stores_with(tmp_path: Path) -> None:
    shell = f"ulimit -n 200; exec '{sys.executable}' -m emulator server --json --http --port 0 --store s"
    process = subprocess.Popen(
        ["sh", "-c", shell],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = urlsplit(json.loads(process.stdout.readline())["url"])
        assert url.port is not None
        with crowd(url.port, 150), crowd(url.port, 150, POST):
            assert ask(url.port, url.path, b"<a/>") == 400
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert "100 connections are open" in errors and "Traceback" not in errors and "resource" not in errors


# Too slow


async def test_octets_that_come_as_the_host_gives_up_change_nothing() -> None:
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.connection_made(Mock())
    content = StreamReader(protocol, 2**16, loop=asyncio.get_running_loop())
    request = make_mocked_request("POST", "/", payload=content)
    passing = PassingOctets(Layers(), Exchange("server", "POST", "/", "", 0.0), "request")
    body = RequestBody(request, passing, 30, 500, on_progress=lambda: None, on_end=lambda: None)
    reading = asyncio.ensure_future(anext(body))
    await asyncio.sleep(0)
    content.feed_data(b"x")
    body._give_up("only 3 octets came")
    with pytest.raises(BodyBroken, match="only 3 octets came"):
        await reading
        await anext(body)
    assert body.too_slow
    body.finish()


async def test_a_body_that_dribbles_is_ended_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each octet ended the silence: a job could be held for ever."""
    limits = HostLimits(idle=0.5, min_rate=500, linger=0.1)

    def dribble(port: int) -> bytes:
        """What comes before the connection ends; AssertionError where it never does."""
        until, got = time.monotonic() + 60, b""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(POST)
            sock.settimeout(0.05)
            while time.monotonic() < until:
                try:
                    if not (piece := sock.recv(1000)):
                        return got
                    got += piece
                except TimeoutError:
                    pass
                except ConnectionResetError:
                    return got
                with contextlib.suppress(OSError):
                    sock.sendall(b"x")
        raise AssertionError(f"it is not ended; {got!r}")

    with caplog.at_level(logging.WARNING):
        async with HttpHost(answer, limits=limits) as host:
            got = await asyncio.to_thread(dribble, host.port)
    assert got.startswith(b"HTTP/1.1 408 ")
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1 and "a request came too slowly: only" in told[0] and "octets" in told[0]


async def test_a_slow_body_that_keeps_the_rate_is_taken() -> None:
    """It takes longer than the silence that ends one."""
    limits = HostLimits(idle=1.0, min_rate=500)

    async with HttpHost(answer, limits=limits) as host:
        reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1800\r\n\r\n")
        for _ in range(18):
            writer.write(b"x" * 100)
            await asyncio.sleep(0.08)
        assert b" 200 " in await reader.readuntil(b"\r\n")
        writer.close()


async def test_an_answer_that_nobody_takes_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with HttpHost(answer, limits=HostLimits(idle=0.4)) as host:
            with crowd(host.port, 1, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as (sock,):
                for _ in range(3000):
                    if "an answer was not taken" in caplog.text and not len(host._table):
                        break
                    await asyncio.sleep(0.02)
                assert len(host._table) == 0
                sock.close()
    assert "an answer was not taken" in caplog.text


async def test_half_a_head_is_told_and_an_idle_connection_is_not(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with HttpHost(answer, limits=HostLimits(idle=0.3)) as host:
            with crowd(host.port, 1, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as (idle,):
                assert await asyncio.to_thread(idle.recv, 12) == b"HTTP/1.1 200"
                await asyncio.sleep(0.8)
                assert caplog.records == []
            with crowd(host.port, 1, b"GET / HTTP/1.1\r\n") as (half,):
                assert not await asyncio.to_thread(lambda: half.recv(10))
    assert [record.getMessage() for record in caplog.records] == [
        "127.0.0.1: the head of a request was not whole in 0.3 s"
    ]


# Names


NAMES_OF_OTHERS = [
    "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
    "[fe80::1]", "localhost@evil.example", "xn--mller-kva.example", "0x7f000001.example", "a b", "[", "::::",
    "evil.example#localhost",
]  # fmt: skip
NAMES_OF_OURS = [
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "127.0.0.1:99999",
    "127.1.2.3",
    "[::1]:80",
    "dev.localhost",
]


@pytest.mark.parametrize("name", [*NAMES_OF_OURS, "", "Lab.Example:8080", *sorted(machine_names())])
def test_our_names_pass(name: str) -> None:
    if name:
        assert OwnNames(("lab.example", *machine_names())).has(name)


@pytest.mark.parametrize("name", NAMES_OF_OTHERS)
def test_names_of_others_do_not(name: str) -> None:
    assert not OwnNames(("lab.example",)).has(name)


async def test_who_comes_to_loopback_by_a_name_of_another_is_refused_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A page of another site, by a name that it has mean 127.0.0.1: its browser sends what the page says."""
    seen: list[str] = []

    async def seeing(request: IncomingRequest) -> OutgoingResponse:
        seen.append(request.headers.get("host", ""))
        return OutgoingResponse(200)

    with caplog.at_level(logging.WARNING):
        async with HttpHost(seeing, names=OwnNames(("lab.example",))) as host:
            for name, status in (("evil.example", 421), ("evil.example", 421), ("lab.example", 200), ("", 200)):
                assert await asyncio.to_thread(ask, host.port, host=name) == status
        async with HttpHost(seeing) as host:
            assert await asyncio.to_thread(ask, host.port, host="anything") == 200
    assert "evil.example" not in seen and len(seen) == 3
    assert len(caplog.records) == 1 and "'evil.example'" in caplog.text


# What is no HTTP


async def test_what_is_no_http_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    garbage = [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n",
    ] * 5
    with caplog.at_level(logging.DEBUG, logger="emulator"):
        async with HttpHost(answer, limits=HostLimits(idle=0.5)) as host:
            for data in garbage:
                with crowd(host.port, 1, data) as (sock,):
                    await asyncio.to_thread(sock.recv, 10)
            assert await asyncio.to_thread(ask, host.port) == 200
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(loud) == 1 and "a request that is no HTTP" in loud[0].getMessage()
    assert "\n" not in loud[0].getMessage() and loud[0].exc_info is None
