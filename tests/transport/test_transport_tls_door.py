"""Handshakes of a host: the alert reaches who is refused, nobody waits for who says nothing, and nothing is left
when the host stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.transport.host import HostLimits, HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context_from

AUTHORITY = LabAuthority.create()


async def name_of_client(request: IncomingRequest) -> OutgoingResponse:
    return OutgoingResponse(200, f"{request.scheme} {len(request.client_certificate)}".encode())


@pytest.fixture
def strong(tmp_path: Path) -> ssl.SSLContext:
    return server_context_from(AUTHORITY.issue_server(["127.0.0.1"]), client_ca=AUTHORITY.write(tmp_path))


def context(version: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.create_default_context(cadata=AUTHORITY.certificate_pem.decode())
    made.minimum_version = made.maximum_version = version
    return made


def talk(port: int, tls: ssl.SSLContext, delay: float = 0.0) -> bytes:
    """A request, and all that comes. Blocks."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        tls.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        time.sleep(delay)
        secured.sendall(head + b"x" * 10_000)
        return b"".join(iter(lambda: secured.recv(4096), b""))


@pytest.mark.parametrize("delay", [0.0, 0.3])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_who_is_refused_reads_why_also_when_he_goes_on_sending(
    strong: ssl.SSLContext, version: ssl.TLSVersion, delay: float
) -> None:
    expected = "ALERT_CERTIFICATE_REQUIRED" if version is ssl.TLSVersion.TLSv1_3 else "ALERT_HANDSHAKE_FAILURE"
    async with HttpHost(name_of_client, ssl_context=strong) as host:
        for _ in range(5):
            with pytest.raises(ssl.SSLError, match=expected):
                await asyncio.to_thread(talk, host.port, context(version), delay)


async def test_the_handler_gets_the_certificate(strong: ssl.SSLContext, tmp_path: Path) -> None:
    user = AUTHORITY.issue_client("demo")
    (tmp_path / "user.pem").write_bytes(user.cert_pem + user.key_pem)
    tls = context(ssl.TLSVersion.TLSv1_3)
    tls.load_cert_chain(tmp_path / "user.pem")
    async with HttpHost(name_of_client, ssl_context=strong) as host:
        answer = await asyncio.to_thread(talk, host.port, tls)
    assert answer.endswith(f"https {len(ssl.PEM_cert_to_DER_cert(user.cert_pem.decode()))}".encode())


async def test_a_host_stops_at_once_whatever_hangs_in_its_door(strong: ssl.SSLContext) -> None:
    with contextlib.ExitStack() as stack:
        limits = HostLimits(handshake=60, stop=60)
        async with HttpHost(name_of_client, ssl_context=strong, limits=limits) as host:
            for said in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=60))
                sock.sendall(said)
            await asyncio.sleep(0.2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 30, "it waits for neither time limit"


async def test_who_does_not_shake_hands_counts_and_is_cut_off_in_time(strong: ssl.SSLContext) -> None:
    limits = HostLimits(connections=3, handshake=60)
    async with HttpHost(name_of_client, ssl_context=strong, limits=limits) as host:
        with contextlib.ExitStack() as stack:
            waiting = [
                stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=60))
                for _ in range(3)
            ]
            await asyncio.sleep(0.1)
            stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=60))
            # A socket of this test waits 20 s at most.
            assert await asyncio.to_thread(closed, waiting[0]), "the first of them gives way to one more"
    async with HttpHost(name_of_client, ssl_context=strong, limits=replace(limits, handshake=0.6)) as host:
        with contextlib.ExitStack() as stack:
            waiting = [
                stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=60))
                for _ in range(3)
            ]
            assert all([await asyncio.to_thread(closed, each) for each in waiting])
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(talk, host.port, context(ssl.TLSVersion.TLSv1_3))


def closed(sock: socket.socket) -> bool:
    """Wait until the peer closes. Blocks."""
    try:
        return sock.recv(10) == b""
    except ConnectionResetError:
        return True


async def test_handshakes_that_hang_keep_nobody_out(strong: ssl.SSLContext) -> None:
    limits = HostLimits(connections=10, handshake=60)
    with contextlib.ExitStack() as stack:
        async with HttpHost(name_of_client, ssl_context=strong, limits=limits) as host:
            for number in range(40):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=60))
                sock.sendall((b"", b"\x16\x03\x01")[number % 2])
            begun = time.monotonic()
            with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
                await asyncio.to_thread(talk, host.port, context(ssl.TLSVersion.TLSv1_3))
            assert time.monotonic() - begun < 30, "it does not wait for theirs to end"


async def test_hundreds_of_handshakes_at_once_are_all_done() -> None:
    tls = server_context_from(AUTHORITY.issue_server(["127.0.0.1"]))
    client = context(ssl.TLSVersion.TLSv1_3)
    async with HttpHost(name_of_client, ssl_context=tls) as host:

        async def one() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", host.port, ssl=client)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

        answers = await asyncio.gather(*(one() for _ in range(150)))
    assert all(b" 200 " in each for each in answers)


async def test_a_client_hello_in_pieces_and_all_at_once() -> None:
    """What is read before TLS begins is not lost, however it comes."""
    tls = server_context_from(AUTHORITY.issue_server(["127.0.0.1"]))
    async with HttpHost(name_of_client, ssl_context=tls) as host:
        for piece in (1, 100, 100_000):

            def slow(piece: int = piece) -> bytes:
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                inside = context(ssl.TLSVersion.TLSv1_3).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
                with socket.create_connection(("127.0.0.1", host.port), timeout=60) as sock:
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while True:
                        try:
                            inside.do_handshake()
                            break
                        except ssl.SSLWantReadError:
                            hello = outgoing.read()
                            for at in range(0, len(hello), piece):
                                sock.sendall(hello[at : at + piece])
                            incoming.write(sock.recv(65536))
                    inside.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    sock.sendall(outgoing.read())
                    answer = b""
                    while b"https" not in answer:
                        try:
                            answer += inside.read(65536)
                        except ssl.SSLWantReadError:
                            incoming.write(sock.recv(65536))
                    return answer

            assert b" 200 " in await asyncio.to_thread(slow)


async def test_a_peer_that_ends_right_behind_its_handshake_is_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tls = server_context_from(AUTHORITY.issue_server(["127.0.0.1"]))

    def come_and_go(port: int) -> None:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
            context(ssl.TLSVersion.TLSv1_2).wrap_socket(plain, server_hostname="127.0.0.1") as secured,
            contextlib.suppress(OSError),
        ):
            secured.unwrap()

    with caplog.at_level(logging.WARNING):
        async with HttpHost(name_of_client, ssl_context=tls) as host:
            await asyncio.gather(*(asyncio.to_thread(come_and_go, host.port) for _ in range(20)))
    assert caplog.records == []
