"""One request and its answer on one connection of a client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from emulator.layers import InterventionFailed
from emulator.transport.address import Address
from emulator.transport.altered_stream import AlteredStream
from emulator.transport.http import (
    ConnectionLost,
    EndedOnPurpose,
    ExchangeError,
    HandlerFailed,
    HttpRequest,
    HttpResponse,
    NotHttp,
    Stage,
    TimedOut,
    TimeLimits,
)
from emulator.transport.observe import Exchange
from emulator.transport.passing import PassingOctets
from emulator.transport.points import ConnectionEnd
from emulator.transport.response import NotAResponse, ResponseReader
from emulator.transport.stream import Stream
from emulator.transport.tls_failure import tls_failure

_JOIN_BELOW: Final = 64 * 1024
"""A first piece of the body up to this size goes out in one write with the head."""
_AT_ONCE: Final = 2 * 1024 * 1024
"""Octets that may go out without a look at what the peer says. The system's buffers hold about as much, so
that it is not known to have been read by the peer either."""
_AFTER_RESET: Final = 2.0
"""Seconds for which an answer is looked for after the peer stopped taking the body."""


@dataclass(slots=True)
class Sending:
    """A request on its way through the client, and what is found out on it."""

    request: HttpRequest
    limits: TimeLimits
    exchange: Exchange
    passing: PassingOctets | None = None
    """Where somebody is told."""
    address: Address = field(init=False)
    head: bytes = b""
    stream: Stream = field(init=False)
    answer_begun: bool = False


class HttpDialogue:
    """One request and its answer on one connection."""

    def __init__(self, stream: Stream | AlteredStream, sending: Sending, max_response: int) -> None:
        self._stream = stream
        self._request = request = sending.request
        self._address = sending.address
        self._head = head = sending.head
        self._limits = limits = sending.limits
        self._feed = _ignored if sending.passing is None else sending.passing.feed
        self._reader = ResponseReader(request.method, max_response)
        self._total = len(head) + request.body.length
        self._answered: asyncio.Future[None] | None = None
        self._source_error: Exception | None = None
        self._first_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._patience = limits.read
        self._timer: asyncio.TimerHandle | None = None
        self._silent = False
        """The watch has ended the talk: nothing moved for `_patience` seconds."""
        self.reusable = False

    @property
    def answer_begun(self) -> bool:
        """Whether anything of an answer has arrived."""
        return self._reader.begun

    async def run(self, timings: dict[str, float]) -> HttpResponse:
        """Send and receive. Afterwards `reusable` tells whether the connection can be kept."""
        begun = time.perf_counter()
        self._stream.begin()
        self._timer = self._loop.call_later(self._patience, self._watch)
        pieces = self._pieces()
        try:
            rest = await self._send_at_once(pieces)
            sent_at = time.perf_counter()
            if rest is None:
                await self._read_alone()
            else:
                sent_at = await self._send_and_read(rest, pieces)
        finally:
            pieces.close()
            self._timer.cancel()
        first_at = max(self._first_at, sent_at)
        timings |= {"send": sent_at - begun, "wait": first_at - sent_at, "receive": time.perf_counter() - first_at}
        early = self._stream.sent < self._total
        self.reusable = self._reader.keep_alive and not early
        return self._reader.response(early=early)

    def _watch(self) -> None:
        """Look whether octets moved lately; if not, end the talk: whoever waits on the socket wakes up."""
        left = self._stream.progress + self._patience - time.monotonic()
        if left > 0:
            self._timer = self._loop.call_later(left, self._watch)
        else:
            self._silent = True
            self._stream.shut()

    def _pieces(self) -> Generator[bytes | memoryview, None, None]:
        """Yield what goes out. An error of the body's source is remembered: it is none of the connection's."""
        chunks = self._request.body.chunks()
        try:
            chunk = next(chunks, b"")
            if len(chunk) <= _JOIN_BELOW:
                yield self._head + bytes(chunk)
            else:
                yield self._head
                yield chunk
            self._feed(chunk)
            for chunk in chunks:
                yield chunk
                self._feed(chunk)
        except Exception as error:
            self._source_error = error
            raise

    async def _send_at_once(self, pieces: Iterator[bytes | memoryview]) -> memoryview | None:
        """Send while the system takes it without a wait, up to a limit: most messages, and pages of 1 MB,
        need no second task then. Return what is left of the piece in hand, or None when all is sent.
        On an error an answer that is there already goes before it: then nothing is left either."""
        budget = _AT_ONCE
        try:
            for piece in pieces:
                view = memoryview(piece)
                count = self._stream.send_now(view)
                budget -= count
                if count < len(view) or self._stream.blocked or budget <= 0:
                    return view[count:]
        except OSError as error:
            if error is self._source_error:
                raise
            await self._read_after(error)
        return None

    async def _send_and_read(self, rest: memoryview, pieces: Iterator[bytes | memoryview]) -> float:
        """The answer is read while the rest is sent, and ends the sending when it comes first. Return when
        the sending ended."""
        answered = self._answered = self._loop.create_future()
        reading = self._loop.create_task(self._read())
        sending = self._loop.create_task(self._send(rest, pieces))
        try:
            await asyncio.wait((sending, answered, reading), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                # The last octets may have gone in the same turn of the loop as the answer came.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            sent_at = time.perf_counter()
            if not sending.done():
                sending.cancel()
            elif (error := sending.exception()) is not None:
                if isinstance(error, ConnectionEnd):
                    raise self._error(EndedOnPurpose, str(error)) from error
                if isinstance(error, InterventionFailed):
                    raise self._error(HandlerFailed, str(error)) from error
                if not isinstance(error, OSError) or error is self._source_error:
                    raise error
                if self._silent:
                    raise self._silence()
                self._hurry()
                await asyncio.wait((reading,))
                if reading.exception() is None and not self._reader.done:
                    raise self._broken(error)
            await asyncio.wait((reading,))
            self._check_read(reading.exception())
        finally:
            answered.cancel()
            await _end(reading, sending)
        return sent_at

    async def _send(self, rest: memoryview, pieces: Iterator[bytes | memoryview]) -> None:
        await self._stream.send(rest)
        for piece in pieces:
            await self._stream.send(piece)

    async def _read(self) -> None:
        """Read the answer to its end, or to the peer's."""
        reader = self._reader
        while not reader.done:
            data = await self._stream.receive()
            if not data:
                reader.eof()
                return
            if not self._first_at:
                self._first_at = time.perf_counter()
            reader.feed(data)
            if reader.answered and self._answered is not None and not self._answered.done():
                self._answered.set_result(None)

    async def _read_alone(self) -> None:
        """Read the answer with nothing left to send."""
        error: Exception | None = None
        try:
            await self._read()
        except (OSError, NotAResponse) as problem:
            error = problem
        self._check_read(error)

    async def _read_after(self, error: OSError) -> None:
        """The peer takes no more: read what it said before. Raises for `error` when it said nothing."""
        self._hurry()
        try:
            await self._read_alone()
        except (ConnectionLost, TimedOut):
            raise self._broken(error) from None

    def _hurry(self) -> None:
        """Wait less from now on."""
        self._patience = min(_AFTER_RESET, self._limits.read)
        self._stream.progress = time.monotonic()
        if self._timer is not None:
            self._timer.cancel()
        self._watch()

    def _check_read(self, error: BaseException | None) -> None:
        """Raise what the reading ended with, unless it ended with an answer."""
        if self._silent and not self._reader.done:
            raise self._silence()
        if error is None:
            if not self._reader.done:
                what = "in the middle of its answer" if self.answer_begun else "without an answer"
                raise self._error(ConnectionLost, f"the peer closed the connection {what}")
        elif isinstance(error, NotAResponse):
            raise self._error(NotHttp, str(error)) from None
        elif isinstance(error, OSError):
            raise self._broken(error) from None
        else:
            raise error

    def _silence(self) -> ExchangeError:
        doing = "takes no more of the request" if self._stage() is Stage.SEND else "does not answer"
        return self._error(TimedOut, f"the peer {doing} for {self._patience:g} s")

    def _stage(self) -> Stage:
        return Stage.SEND if self._stream.sent < self._total else Stage.ANSWER

    def _body_sent(self) -> int:
        return max(0, self._stream.sent - len(self._head))

    def _error(self, kind: type[ExchangeError], text: str) -> ExchangeError:
        return kind(f"{self._address}: {text}", self._stage(), body_bytes_sent=self._body_sent())

    def _broken(self, error: Exception) -> ExchangeError:
        return tls_failure(self._address, error, self._stage(), self._body_sent(), context=self._stream.context)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel the tasks and wait until they have let go of the socket: not before may it be closed."""
    for task in tasks:
        task.cancel()
    if unfinished := [task for task in tasks if not task.done()]:
        await asyncio.wait(unfinished)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it


def _ignored(_: bytes | memoryview) -> None:
    """Nobody listens."""
