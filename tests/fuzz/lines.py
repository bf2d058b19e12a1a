"""Two ways to a side: its handler in this process, and connections over TCP, each answer waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from random import Random
from urllib.parse import unquote, urlsplit

from framing import on_the_wire
from mutations import Mutant, Template

from emulator.transport.http import BodyBroken, Handler, IncomingRequest

PATIENCE = 20.0
"""Seconds after which a message counts as one that hangs."""

PIECES = (1 << 20,) * 12 + (4096, 4096, 300, 300, 60, 7)
"""Octets that arrive at once in process."""
BREATH = 0.3
"""Seconds that the peer has to answer what is no right HTTP before it hears that nothing follows."""

Answer = tuple[int, Mapping[str, str], bytes]


async def in_process(handler: Handler, mutant: Mutant, random: Random | None) -> Answer:
    """The handler's answer to a message whose octets arrive in pieces."""
    body, size = mutant.body, 1 << 20 if random is None else random.choice(PIECES)

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
        async with asyncio.timeout(PATIENCE):
            answer = await handler(request)
    except BodyBroken:
        return 400, {}, b""
    data = answer.body if isinstance(answer.body, bytes) else b"".join(map(bytes, answer.body.chunks()))
    if answer.on_sent is not None:
        answer.on_sent(True)
    return answer.status, {name.lower(): value for name, value in answer.headers}, data


class _Wire(asyncio.Protocol):
    """What has come on one connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.open = False
        self._wanted: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.open = transport, True

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._wake()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    async def more(self) -> bool:
        """Whether more octets have come; False at the end of the connection."""
        before = len(self.buffer)
        if self.open:
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        return len(self.buffer) > before

    def end(self) -> None:
        """Tell the peer that nothing more comes."""
        if self.transport is not None and self.open and self.transport.can_write_eof():
            self.transport.write_eof()

    async def answer(self, head_only: bool) -> Answer:
        """The next answer; status 0 where the connection ends before it is whole."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if not await self.more():
                return 0, {}, b""
        first, *lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ")[1])
        length = 0 if head_only or status in (100, 204, 304) else int(headers.get("content-length", "0"))
        while len(self.buffer) < end + 4 + length:
            if not await self.more():
                return 0, headers, b""
        body = bytes(self.buffer[end + 4 : end + 4 + length])
        del self.buffer[: end + 4 + length]
        return status, headers, body


class Connection:
    """A connection that is kept alive as long as the peer keeps it, and then made anew."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._wire = _Wire()

    async def exchange(self, octets: bytes, *, last: bool, head_only: bool = False) -> Answer:
        """The answer to a request; `last`: nothing follows it on this connection, whatever the peer makes of it.
        Status 0: the connection ended without one. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        if not self._wire.open:
            _, self._wire = await loop.create_connection(_Wire, self._host, self._port)
        wire = self._wire
        assert wire.transport is not None
        wire.transport.write(octets)
        # Of what is no right HTTP the peer may wait for more, until it hears that there is none.
        end = loop.call_later(BREATH, wire.end) if last else None
        async with asyncio.timeout(PATIENCE):
            answer = await wire.answer(head_only)
            while answer[0] == 100:
                answer = await wire.answer(head_only)
        if end is not None:
            end.cancel()
        if last or answer[0] == 0 or answer[1].get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """End it."""
        if self._wire.transport is not None:
            self._wire.transport.abort()
        self._wire.open = False


def plain(template: Template) -> Mutant:
    """The message as it is."""
    return Mutant(template, template.path, template.headers, template.body, template.method)


async def over_tcp(connection: Connection, mutant: Mutant, random: Random | None, host: str) -> Answer:
    """The answer over a connection."""
    octets = on_the_wire(mutant, random, host)
    return await connection.exchange(octets, last=bool(mutant.framing), head_only=mutant.method == "HEAD")
