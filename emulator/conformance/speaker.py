"""Sends the judge's messages, and records what went out and what came."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import TIMED_OUT
from emulator.conformance.requests import SOAP_TYPE, require_right
from emulator.conformance.tls_hello import Flight, read_flight
from emulator.transport.address import parse_address
from emulator.transport.client import StreamClient
from emulator.transport.connect import open_stream
from emulator.transport.http import BytesBody, ExchangeError, Headers, HttpRequest, TimedOut, TimeLimits
from emulator.transport.stream import Stream

_BEHALF: ContextVar[str] = ContextVar("behalf", default="")
_KEPT: Final = 256 * 1024
"""Octets of raw requests that are recorded."""
_RAW_ANSWER: Final = 1024 * 1024
"""Octets of an answer to raw octets that are read at most."""


@contextmanager
def on_behalf(name: str) -> Iterator[None]:
    """What is sent within is sent for that check or situation."""
    token = _BEHALF.set(name)
    try:
        yield
    finally:
        _BEHALF.reset(token)


def behalf() -> str:
    """The check or situation for which something is sent now."""
    return _BEHALF.get()


class Speaker:
    """One client. Every exchange stands in the recording, whatever comes of it."""

    def __init__(self, recording: Recording, tls: ssl.SSLContext | None, seconds: float) -> None:
        """`seconds`: longest silence of the peer."""
        self.recording = recording
        self.seconds = seconds
        self.failures: list[ExchangeError] = []
        """Why exchanges brought no answer, in their order."""
        self._tls = tls
        self._client = StreamClient(tls)

    async def send(
        self,
        url: str,
        octets: bytes,
        *,
        operation: str,
        wrong: bool = False,
        content_type: str = SOAP_TYPE,
        envelope: bytes | None = None,
        method: str = "POST",
        headers: Headers = (),
        seconds: float | None = None,
    ) -> Exchange:
        """Send, and record what comes.

        - `operation`: how people call it.
        - `wrong`: it is not right, on purpose.
        - `content_type`: '' for none.
        - `envelope`: the one that stands in `octets`, where they are a package.
        - `headers`: more of HTTP.
        - `seconds`: another longest silence.

        Raises OwnMistake for a message that is wrong and not meant so.
        """
        if not wrong:
            require_right(octets if envelope is None else envelope)
        said = (*((("Content-Type", content_type),) if content_type else ()), *headers)
        made = self.recording.new(behalf(), operation, url, said, octets)
        made.method, made.wrong, made.began = method, wrong, time.time()
        begun = time.perf_counter()
        limits = TimeLimits(connect=min(10.0, self.seconds), read=seconds or self.seconds)
        try:
            answer = await self._client.exchange(HttpRequest(url, said, BytesBody(octets), method), limits)
        except ExchangeError as error:
            self.failures.append(error)
            made.error = f"{TIMED_OUT}: {error}" if isinstance(error, TimedOut) else str(error)
        else:
            made.status, made.reason, made.headers = answer.status, answer.reason, answer.headers
            made.body, made.early = answer.body, answer.early
        made.ms = (time.perf_counter() - begun) * 1000
        return made

    async def raw(
        self,
        url: str,
        *pieces: bytes,
        operation: str,
        pause: float = 0.0,
        linger: float | None = None,
        most: int = _RAW_ANSWER,
        until_closed: float = 0.0,
        heeds: bool = False,
    ) -> Exchange:
        """Send octets of HTTP as they are on a connection of its own, and record what comes until the peer closes
        it or is silent.

        - `operation`: how people call it.
        - `pause`: seconds between the pieces.
        - `linger`: seconds to wait for an answer; None: as long as for others; 0: the connection is closed at once.
        - `most`: octets of the answer behind which the connection is closed.
        - `until_closed`: seconds to wait, behind a whole answer, for the peer to close the connection.
        - `heeds`: an answer that comes in a pause ends the sending, so that no reset overtakes it.
        """
        made = self.recording.new(behalf(), operation, url, (), _kept(b"".join(pieces)))
        made.wrong, made.began = True, time.time()
        begun = time.perf_counter()
        address = parse_address(url)
        stream = None
        listening: asyncio.Task[bytes] | None = None
        try:
            stream = await open_stream(address, self._tls if address.scheme == "https" else None, 10.0, {})
            if heeds:
                listening = asyncio.ensure_future(stream.receive())
                await _say_until_answered(stream, pieces, pause, listening)
            else:
                for number, piece in enumerate(pieces):
                    await asyncio.sleep(pause if number else 0)
                    await stream.send(piece)
            if linger != 0:
                async with asyncio.timeout(linger or self.seconds):
                    while len(made.body) < most and not _whole(made.body) and not made.closed:
                        data = await (listening or stream.receive())
                        listening = None
                        made.body += data
                        made.closed = not data
                if until_closed and not made.closed:
                    async with asyncio.timeout(until_closed):
                        while not made.closed:
                            made.closed = not await stream.receive()
        except TimeoutError:
            made.error = f"{TIMED_OUT}: no answer within {linger or self.seconds:g} s"
        except (ExchangeError, OSError, ssl.SSLError) as error:
            made.error = str(error) or type(error).__name__
            made.closed = stream is not None
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
            if stream is not None:
                stream.close()
        _take_apart(made)
        made.ms = (time.perf_counter() - begun) * 1000
        return made

    async def hello(self, url: str, octets: bytes, *, operation: str) -> tuple[Exchange, Flight]:
        """Begin a TLS handshake with these octets, and record the server's first flight; nothing is sent behind it.

        - `operation`: how people call it.
        """
        made = self.recording.new(behalf(), operation, url, (), octets)
        made.method, made.wrong, made.began = "TLS", True, time.time()
        begun = time.perf_counter()
        stream = None
        try:
            stream = await open_stream(parse_address(url), None, min(10.0, self.seconds), {})
            await stream.send(octets)
            async with asyncio.timeout(self.seconds):
                while not read_flight(made.body).ended and (data := await stream.receive()):
                    made.body += data
        except TimeoutError:
            made.error = f"{TIMED_OUT}: no whole flight within {self.seconds:g} s"
        except (ExchangeError, OSError) as error:
            made.error = str(error) or type(error).__name__
        finally:
            if stream is not None:
                stream.close()
        flight = read_flight(made.body)
        if flight.ended or not made.error:
            made.error = flight.says
        made.ms = (time.perf_counter() - begun) * 1000
        return made, flight

    def trusting(self, tls: ssl.SSLContext | None) -> Speaker:
        """Another one, by that context, whose exchanges stand in the same recording."""
        return Speaker(self.recording, tls, self.seconds)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def _kept(octets: bytes) -> bytes:
    """What is recorded of a request: its beginning, and how much there was behind it."""
    rest = len(octets) - _KEPT
    return octets if rest <= 0 else octets[:_KEPT] + f"\n... and {rest} octets more".encode()


async def _say_until_answered(
    stream: Stream, pieces: Sequence[bytes], pause: float, listening: asyncio.Task[bytes]
) -> None:
    """Send pieces and listen between them, until something is said to them or nobody takes them.

    - `listening`: what is said first. It is not ended with a pause: what came in that moment would be lost.
    """
    with contextlib.suppress(OSError):  # what was said before the connection was reset may be there
        for piece in pieces:
            await stream.send(piece)
            done, _ = await asyncio.wait([listening], timeout=pause)
            if done:
                return


def _whole(octets: bytes) -> bool:
    """Whether an answer with a length is all there."""
    head, empty, body = octets.partition(b"\r\n\r\n")
    if empty and head.split(b" ", 2)[1:2] == [b"100"]:
        return True  # it is asked for the rest
    lengths = [
        line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    return bool(empty and lengths and lengths[0].strip().isdigit() and len(body) >= int(lengths[0]))


def _take_apart(made: Exchange) -> None:
    """Status, headers and body of an answer that was read as octets."""
    head, _, body = made.body.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit():
        made.status, made.reason, made.error = int(words[1]), " ".join(words[2:]), ""
        made.headers = tuple(
            (name.strip(), value.strip()) for name, _, value in (each.partition(":") for each in lines)
        )
        made.body = body
    elif not made.error:
        made.error = "the connection was closed without an answer"
