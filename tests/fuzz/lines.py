"""Two ways to a side: its handler in this process, and connections over TCP, each answer waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from random import Random
from urllib.parse import unquote, urlsplit

from mutations import Mutant, Template, on_the_wire

from emulator.transport.http import BodyBroken, Handler, IncomingRequest

PATIENCE = 20.0
"""Seconds after which a message counts as one that hangs."""

Answer = tuple[int, Mapping[str, str], bytes]


async def in_process(handler: Handler, mutant: Mutant, random: Random | None) -> Answer:
    """The handler's answer to a message whose octets arrive in pieces."""
    body, size = mutant.body, 1 << 20 if random is None else random.choice((1 << 20, 1 << 20, 4096, 100, 7))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size if len(body) < 20_000 else 1 << 20):
            yield body[start : start + (size if len(body) < 20_000 else 1 << 20)]

    headers = {"host": "127.0.0.1:5357", "content-length": str(len(body))}
    for name, value in mutant.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers and key != "host" else value
    address = urlsplit(f"http://x{mutant.path}")
    request = IncomingRequest(
        mutant.method,
        unquote(address.path) or "/",
        headers,
        "127.0.0.1",
        pieces(),
        content_length=len(body),
        query=address.query,
    )
    try:
        answer = await handler(request)
    except BodyBroken:
        return 400, {}, b""
    data = answer.body if isinstance(answer.body, bytes) else b"".join(map(bytes, answer.body.chunks()))
    if answer.on_sent is not None:
        answer.on_sent(True)
    return answer.status, {name.lower(): value for name, value in answer.headers}, data


class Connection(asyncio.Protocol):
    """One connection, kept alive as long as the peer keeps it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._wanted: asyncio.Future[None] | None = None
        self._open = False
        self.made = 0
        """Connections that have been opened."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._open = transport, True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = False
        self._wake()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    async def _more(self) -> bool:
        """Whether more octets have come; False at the end of the connection."""
        if not self._open:
            return False
        before = len(self._buffer)
        self._wanted = asyncio.get_running_loop().create_future()
        await self._wanted
        return self._open or len(self._buffer) > before

    async def exchange(self, octets: bytes, *, last: bool, head_only: bool = False) -> Answer:
        """The answer to a request; `last`: nothing follows it on this connection, whatever the peer makes of it.
        Status 0: the connection ended without one. Raises TimeoutError."""
        if not self._open:
            self._buffer.clear()
            await asyncio.get_running_loop().create_connection(lambda: self, self._host, self._port)
            self.made += 1
        assert self._transport is not None
        self._transport.write(octets)
        if last and self._transport.can_write_eof():
            self._transport.write_eof()
        async with asyncio.timeout(PATIENCE):
            answer = await self._answer(head_only)
            while answer[0] == 100:
                answer = await self._answer(head_only)
        if last or answer[0] == 0 or answer[1].get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _answer(self, head_only: bool) -> Answer:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not await self._more():
                return 0, {}, b""
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ")[1])
        length = 0 if head_only or status in (100, 204, 304) else int(headers.get("content-length", "0"))
        while len(self._buffer) < end + 4 + length:
            if not await self._more():
                return 0, headers, b""
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return status, headers, body

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._open = False


def plain(template: Template) -> Mutant:
    """The message as it is."""
    return Mutant(template, template.path, template.headers, template.body, template.method)


async def over_tcp(connection: Connection, mutant: Mutant, random: Random | None, host: str) -> Answer:
    """The answer over a connection."""
    octets = on_the_wire(mutant, random, host)
    return await connection.exchange(octets, last=bool(mutant.framing), head_only=mutant.method == "HEAD")
