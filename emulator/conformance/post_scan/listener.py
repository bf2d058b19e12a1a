"""HTTPS of the judge's scan server, on plain sockets: it sees what comes octet by octet, and can do at a connection
what no server does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.post_scan.listening import Listening
from emulator.conformance.post_scan.reply import Reply
from emulator.transport.http import Headers

_MOST_HEAD: Final = 64 * 1024
_PIECE: Final = 64 * 1024
_HANDSHAKE: Final = 10.0
"""Seconds."""
_TRIES: Final = 100
"""To have the port again."""
_AGAIN: Final = 0.1
"""Seconds before what failed is tried again."""
_TURNS: Final = 5
"""Of the loop, until a connection that was just accepted is so far that asyncio closes it with its task."""
_FAREWELL: Final = 1.0
"""Seconds for the end of a connection."""
_REASONS: Final = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}

Began = Callable[[Exchange, str], Reply | None]
"""Told of a request whose head has come, and of the path. What it returns is answered before the body is read."""
Whole = Callable[[Exchange, str], Awaitable[Reply]]
"""Answers a request that has come whole."""


class Listener:
    """Takes requests of HTTP at one port."""

    def __init__(self, recording: Recording, host: str, port: int, tls: ssl.SSLContext, most: int) -> None:
        """These are its parameters.

        - `host`: IP address at which it listens.
        - `port`: 0 for a free one.
        - `tls`: of connections for which `present` names no other.
        - `most`: octets of a body behind which no more is read.
        """
        self._recording = recording
        self._host, self.port = host, port
        self._most = most
        self._tls = tls
        self.present: ssl.SSLContext | None = None
        """The context of the next connections; None: the usual one."""
        self.base = ""
        """How its URL begins, once it listens."""
        self.began: Began = lambda exchange, path: None
        self.whole: Whole | None = None
        self.last = time.monotonic()
        """When anything came."""
        self.handshakes = 0
        """That were begun."""
        self.under_way = 0
        """Requests that are read or answered now."""
        self._accepting: asyncio.Task[None] | None = None
        self._refusals = 0
        self._binding = asyncio.Lock()
        self._listened = False
        """Its port is its own: it has listened there."""
        self._returning: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

        def choose(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
            self.last = time.monotonic()
            self.handshakes += 1
            if self.present is not None:
                connection.context = self.present

        tls.sni_callback = choose  # whatever the name: also without one
        tls.num_tickets = 0  # who resumes a session is shown no certificate
        tls.options |= ssl.OP_NO_TICKET

    async def listen(self) -> None:
        """Begin, again at the same port. Raises OSError."""
        if self._returning is not None:
            self._returning.cancel()
            self._returning = None
        async with self._binding:
            if self._accepting is not None and self._accepting.cancelling():
                await asyncio.wait([self._accepting])
            if self._accepting is None or self._accepting.done():
                listening = await self._bound()
                self.port = listening.getsockname()[1]
                self._accepting = asyncio.create_task(self._accept(listening))

    async def _bound(self) -> Listening:
        """Raises OSError. Somebody else's connection may have the port for a moment, while nobody listens at it."""
        again = _TRIES if self._listened else 1
        while True:
            again -= 1
            try:
                listening = Listening.at(self._host, self.port)
            except OSError:
                if not again:
                    raise
                await asyncio.sleep(_AGAIN)
            else:
                self._listened = True
                return listening

    async def _accept(self, listening: Listening) -> None:
        # asyncio's own server loses, and never closes, a connection that it accepts while it is closed.
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    accepted, _ = await loop.sock_accept(listening)
                except OSError:  # no descriptor is free, or he has gone already
                    await asyncio.sleep(_AGAIN)
                    continue
                listening.given = None
                task = loop.create_task(self._secured(accepted, self._refusals))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def refuse(self) -> None:
        """Take no connections, and close those that there are."""
        if self._accepting is not None:
            self._accepting.cancel()
        self._refusals += 1
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def go(self, seconds: float) -> None:
        """Be gone for so long: no connection is taken, and those that there are are reset."""
        self.refuse()
        loop = asyncio.get_running_loop()

        def back() -> None:
            self._returning = None
            task = loop.create_task(self.listen())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._returning = loop.call_later(seconds, back)

    async def close(self) -> None:
        """The end."""
        if self._returning is not None:
            self._returning.cancel()
        self.refuse()
        if self._accepting is not None:
            await asyncio.wait([self._accepting])
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _secured(self, accepted: socket.socket, refusals: int) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, accepted, ssl=self._tls, ssl_handshake_timeout=_HANDSHAKE
            )
        except (OSError, asyncio.CancelledError):
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        if refusals != self._refusals or self._was_shown_another(transport):
            transport.abort()
            return
        self._writers.add(writer)
        try:
            # What had come from who is refused is read no more.
            while writer in self._writers and await self._exchange(reader, writer):
                pass
        except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            await _close(writer)

    def _was_shown_another(self, transport: asyncio.Transport) -> bool:
        """Whether its handshake began before the certificate that is presented now, or resumed a session."""
        connection: ssl.SSLObject = transport.get_extra_info("ssl_object")
        if connection.context is not (self.present or self._tls):
            return True
        return self.present is not None and bool(connection.session_reused)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may come."""
        head = await self._head(reader)
        if head is None:
            return False
        self.under_way += 1
        try:
            return await self._answered(head, reader, writer)
        finally:
            self.under_way -= 1
            self.last = time.monotonic()

    async def _answered(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.last = time.monotonic()
        method, path, headers, wrong = _read_head(head)
        made = self._recording.new("", "", f"{self.base}{path}", headers, b"")
        made.method, made.incoming, made.began = method, True, time.time()
        begun = time.perf_counter()
        early = self.began(made, path)
        if wrong:
            made.request, made.error = head, wrong
            early = Reply(status=400, closes=True)
        if early is None:
            early = await self._body(made, reader, writer)
        if early is not None:
            made.early = True
            reply = early
        else:
            assert self.whole is not None
            reply = await self.whole(made, path)
        if reply.after:
            await asyncio.sleep(reply.after)
        made.ms = (time.perf_counter() - begun) * 1000
        await _send(made, reply, writer)
        if early is not None:
            # A peer that still sends must be able to read this: the rest is read and thrown away, for a while.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    while await reader.read(_PIECE):
                        pass
            return False
        return not (reply.closes or reply.lost or reply.cut is not None or reply.raw is not None)

    async def _head(self, reader: asyncio.StreamReader) -> bytes | None:
        head = b""
        try:
            while not head.endswith((b"\n\r\n", b"\n\n")):
                head += await reader.readuntil(b"\n")
                if not head.strip():
                    head = b""  # an empty line before a request is passed over [RFC 9112, section 2.2]
                if len(head) > _MOST_HEAD:
                    return head.partition(b"\r\n")[0] + b"\r\n\r\n"
        except asyncio.IncompleteReadError as error:
            head += error.partial
            return head + b"\r\n\r\n" if head.strip() else None
        except asyncio.LimitOverrunError:
            return (head + await reader.read(_MOST_HEAD)).partition(b"\r\n")[0] + b"\r\n\r\n"
        return head

    async def _body(
        self, made: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Reply | None:
        """Read it; a reply where it cannot be had."""
        told = {name.lower(): value for name, value in reversed(made.request_headers)}
        if told.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
        pieces: list[bytes] = []
        size = 0
        try:
            if "chunked" in told.get("transfer-encoding", "").lower():
                async for piece in _chunks(reader):
                    pieces.append(piece)
                    size += len(piece)
                    self.last = time.monotonic()
                    if size > self._most:
                        raise _TooLong
            else:
                length = told.get("content-length", "0").strip()
                if not length.isdecimal() or len(length) > 18:
                    made.error = f"no number of octets in Content-Length: {length[:40]!r}"
                    return Reply(status=400, closes=True)
                left = int(length)
                while left:
                    piece = await reader.read(min(left, _PIECE))
                    if not piece:
                        raise EOFError
                    left -= len(piece)
                    size += len(piece)
                    pieces.append(piece)
                    self.last = time.monotonic()
                    if size > self._most:
                        raise _TooLong
        except _TooLong:
            made.error = f"a body of more than {self._most} octets"
            return Reply(status=413, closes=True)
        except (EOFError, OSError, ValueError):
            made.error = f"the request broke off behind {size} octets of its body"
            raise
        finally:
            made.request = b"".join(pieces)
        return None


class _TooLong(Exception):
    """More octets than anybody reads."""


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The octets of a body in chunks. Raises ValueError, EOFError."""
    while True:
        line = await reader.readline()
        if not line:
            raise EOFError
        size = int(line.partition(b";")[0].strip() or b"x", 16)
        if size == 0:
            while (await reader.readline()).strip():
                pass
            return
        while size:
            piece = await reader.read(min(size, _PIECE))
            if not piece:
                raise EOFError
            size -= len(piece)
            yield piece
        await reader.readline()


async def _close(writer: asyncio.StreamWriter) -> None:
    """Say the end of TLS, and do not wait long for the peer to say it too."""
    try:
        if not writer.is_closing():
            writer.close()
            async with asyncio.timeout(_FAREWELL):
                await writer.wait_closed()
    except (OSError, asyncio.CancelledError):  # those of TLS and of time are OSErrors too
        pass
    finally:
        writer.transport.abort()


def _read_head(head: bytes) -> tuple[str, str, Headers, str]:
    """Method, path and headers; and what is wrong with it, '' for nothing."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if b"\n" in head.replace(b"\r\n", b""):
        return "", "/", (), "a head with lines that end in LF alone"
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return "", "/", (), f"no request of HTTP/1.1: {first[:80]!r}"
    headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    path = words[1]
    if "://" in path:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    return words[0], path, headers, ""


async def _send(made: Exchange, reply: Reply, writer: asyncio.StreamWriter) -> None:
    if reply.lost:
        made.reason = "the judge closed the connection without an answer"
        writer.transport.abort()
        return
    if reply.raw is not None:
        made.body, made.reason = reply.raw, "octets that are no HTTP"
        writer.write(reply.raw)
        await writer.drain()
        writer.close()
        return
    headers = [*reply.headers]
    if reply.body:
        headers.append(("Content-Type", reply.content_type))
    headers.append(("Transfer-Encoding", "chunked") if reply.chunk else ("Content-Length", str(len(reply.body))))
    if reply.closes:
        headers.append(("Connection", "close"))
    reason = _REASONS.get(reply.status, "Status")
    made.status, made.reason, made.headers, made.body = reply.status, reason, tuple(headers), reply.body
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    octets = b"HTTP/1.1 100 Continue\r\n\r\n" * reply.interim
    octets += f"HTTP/1.1 {reply.status} {reason}\r\n{lines}\r\n".encode("latin-1")
    if reply.chunk:
        for start in range(0, len(reply.body), reply.chunk):
            piece = reply.body[start : start + reply.chunk]
            octets += f"{len(piece):x};judge=1\r\n".encode() + piece + b"\r\n"
        octets += b"0\r\n\r\n"
    else:
        octets += reply.body if reply.cut is None else reply.body[: reply.cut]
    writer.write(octets)
    await writer.drain()
    if reply.cut is not None:
        writer.transport.abort()
    elif reply.closes:
        writer.close()
