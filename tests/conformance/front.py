"""What stands in front of a judged server and does otherwise with octets, where its own reader of HTTP would not
let them through."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from emulator.conformance.http_octets import LAST_CHUNK, chunk
from emulator.conformance.mime import BOUNDARY
from emulator.trust.client_tls import unverifying_context

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def said(status: int) -> bytes:
    """An answer of that status, after which the connection stays open."""
    return EMPTY.replace(b"200 OK", b"%d x" % status)


@dataclass(frozen=True)
class Front:
    """What it does otherwise."""

    when: Callable[[bytes], bool] = lambda _: False
    """Of all that has come on a connection: it is not passed on."""
    answers: bytes = b""
    """What is answered then."""
    resets: bool = False
    """The connection is reset then, whatever comes yet; else it stays open."""
    changes: Callable[[bytes], bytes] = lambda octets: octets
    """What comes, as it is passed on."""
    completes: bool = False
    """What is missing of a request whose client has gone is made up."""


@asynccontextmanager
async def in_front(url: str, front: Front, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Stand there; the URL that leads to it. `tls`: by which it is another door of a server over HTTPS, which tells
    its own addresses to whoever comes by that door; None: octets are passed on as they are."""
    parts = urlsplit(url)
    tasks: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        passing = front
        if tls is not None:
            here, there = (b":%d" % each for each in (writer.get_extra_info("sockname")[1], parts.port or 0))
            passing = replace(front, changes=lambda octets: octets.replace(here, there))
        try:
            await _take(passing, parts.port or 0, reader, writer, secured=tls is not None)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    try:
        yield url.replace(f":{parts.port}/", f":{server.sockets[0].getsockname()[1]}/")
    finally:
        server.close()
        for each in list(tasks):
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _take(
    front: Front, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, secured: bool
) -> None:
    seen = b""
    up, back = await asyncio.open_connection("127.0.0.1", port, ssl=unverifying_context() if secured else None)
    answering = asyncio.create_task(_pass(up, writer))
    try:
        while data := await reader.read(64 * 1024):
            seen += data
            if front.when(seen):
                writer.write(front.answers)
                if front.resets:
                    writer.transport.abort()
                    return
                while await reader.read(64 * 1024):
                    pass
                return
            back.write(front.changes(data))
            await back.drain()
        if front.completes and (missing := _missing(seen)):
            back.write(missing)
            await back.drain()
            answering.cancel()  # two cannot read at once
            await asyncio.gather(answering, return_exceptions=True)
            await up.read(1)  # it is done
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        back.close()


async def _pass(up: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await up.read(64 * 1024):
            writer.write(data)
            await writer.drain()
        writer.close()


def _missing(seen: bytes) -> bytes:
    """What a request has left out: an end of its package."""
    head, _, body = seen.partition(b"\r\n\r\n")
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if length is not None:
        return (bytes(max(0, int(length[1]) - len(body) - len(end))) + end) if int(length[1]) > len(body) else b""
    if b"chunked" not in head or body.endswith(LAST_CHUNK):
        return b""
    return chunk(end) + LAST_CHUNK
