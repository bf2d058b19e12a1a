"""Handshakes of a host: the alert reaches who is refused, nobody waits for who says nothing, and nothing is left
when the host stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
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
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
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
        async with HttpHost(name_of_client, ssl_context=strong) as host:
            for said in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=20))
                sock.sendall(said)
            await asyncio.sleep(0.2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 2.5


async def test_who_does_not_shake_hands_counts_and_is_cut_off_in_time(strong: ssl.SSLContext) -> None:
    limits = HostLimits(connections=3, handshake=0.5)
    async with HttpHost(name_of_client, ssl_context=strong, limits=limits) as host:
        with contextlib.ExitStack() as stack:
            waiting = [
                stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=20))
                for _ in range(3)
            ]
            await asyncio.sleep(0.1)
            more = stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=20))
            begun = time.monotonic()
            assert await asyncio.to_thread(more.recv, 10) == b"", "one too many"
            assert time.monotonic() - begun < 0.3
            for each in waiting:
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.to_thread(each.recv, 10) == b""
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(talk, host.port, context(ssl.TLSVersion.TLSv1_3))
