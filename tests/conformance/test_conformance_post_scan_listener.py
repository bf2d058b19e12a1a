"""The judge's scan server at its socket: what it reads as HTTP; and while it shows a wrong certificate, nobody is
served who was shown the right one: neither whose handshake began before, nor who resumes a session."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.post_scan.certificates import UNKNOWN_CA, Certificates
from emulator.conformance.post_scan.listener import Listener
from emulator.conformance.post_scan.listening import Listening
from emulator.conformance.post_scan.reply import Reply
from emulator.trust.client_tls import unverifying_context

REQUEST = b"POST /x HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Listener, Certificates, list[Exchange]]]:
    came: list[Exchange] = []

    async def answered(exchange: Exchange, path: str) -> Reply:
        came.append(exchange)
        return Reply()

    certificates = Certificates(["127.0.0.1"])
    listener = Listener(Recording(), "127.0.0.1", 0, certificates.right, 1000)
    listener.whole = answered
    await listener.listen()
    try:
        yield listener, certificates, came
    finally:
        await listener.close()


async def test_an_empty_line_before_a_request_is_passed_over() -> None:
    async with listening() as (listener, _, came):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=unverifying_context())
        writer.write(b"\r\n" + REQUEST)
        assert (await asyncio.wait_for(reader.readline(), 60.0)).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
        assert [each.error for each in came] == [""]


async def test_who_cannot_be_accepted_now_is_accepted_later(monkeypatch: pytest.MonkeyPatch) -> None:
    accept, refused = Listening.accept, [OSError(errno.EMFILE, "no descriptor is free")]

    def accepts(listening: Listening) -> tuple[socket.socket, Any]:
        if refused:
            raise refused.pop()
        return accept(listening)

    monkeypatch.setattr(Listening, "accept", accepts)
    async with listening() as (listener, _, came):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=unverifying_context())
        writer.write(REQUEST)
        assert (await asyncio.wait_for(reader.readline(), 60.0)).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
    assert not refused and len(came) == 1


class ByHand:
    """A client of TLS whose octets go when it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._reader, self._writer = reader, writer
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out)

    def step(self) -> bool:
        """As far as it gets with what has come; whether the handshake is over. What it wants to say is kept."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def say(self) -> None:
        self._writer.write(self._out.read())
        await self._writer.drain()

    async def hear(self) -> bytes:
        data = await asyncio.wait_for(self._reader.read(64 * 1024), 60.0)
        self._in.write(data)
        return data


async def test_a_handshake_that_began_before_is_not_served() -> None:
    async with listening() as (listener, certificates, came):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        client = ByHand(reader, writer, unverifying_context())
        client.step()
        await client.say()
        while not client.step():  # the certificate, the right one, comes
            await client.hear()
        listener.present = certificates.wrong(UNKNOWN_CA)
        listener.refuse()
        client.tls.write(REQUEST)
        await client.say()  # its last of the handshake, and a request at once
        with suppress(OSError):
            while await client.hear():
                pass
        writer.close()
        assert came == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_of_before_is_not_resumed(version: ssl.TLSVersion) -> None:
    async with listening() as (listener, certificates, came):
        context = unverifying_context()
        context.minimum_version = context.maximum_version = version

        async def asks(session: ssl.SSLSession | None = None) -> tuple[ssl.SSLSession | None, bytes | None]:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            client = ByHand(reader, writer, context)
            if session is not None:
                client.tls.session = session
            while not client.step():
                await client.say()
                await client.hear()
            client.tls.write(REQUEST)
            await client.say()
            with suppress(OSError):
                while b"HTTP/1.1" not in _read(client.tls) and await client.hear():
                    pass
            writer.close()
            return client.tls.session, client.tls.getpeercert(binary_form=True)

        known, right = await asks()
        listener.present = certificates.wrong(UNKNOWN_CA)
        _, shown = await asks(known)
        assert shown != right or len(came) == 1


def _read(tls: ssl.SSLObject) -> bytes:
    try:
        return tls.read(64 * 1024)
    except ssl.SSLWantReadError:
        return b""
