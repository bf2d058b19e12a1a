"""A request's body as a host's handler reads it: piece by piece, and not slower than it may come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from aiohttp import web

from emulator.transport.http import BodyBroken
from emulator.transport.passing import PassingOctets

_GOOD_PIECE: Final = 256 * 1024
"""Octets after which a body has come on by so much that its connection counts as fresh."""


class RequestBody:
    """An async iterator. One timer watches that the peer neither falls silent nor dribbles while the handler waits;
    a slow handler is not the peer's fault."""

    def __init__(
        self,
        request: web.BaseRequest,
        passing: PassingOctets,
        idle: float,
        min_rate: float,
        *,
        on_progress: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        """These are its parameters.

        - `idle`: seconds in which at least that many times `min_rate` octets, or the rest of the body, must come.
        - `on_progress`: told of each good piece.
        - `on_end`: told of the body's end.
        """
        self._request = request
        self._content = request.content
        self._passing = passing
        self._idle = idle
        self._least = idle * min_rate
        self._on_progress = on_progress
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._waiting_since: float | None = None
        self._waited = 0.0
        self._looked: tuple[float, int] = (0.0, 0)
        """Seconds waited for the peer, and octets that had come, at the last look."""
        self._told = 0
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.Timeout | None = None
        self._begun = False
        self.broken = ""
        """Why it ended too early."""
        self.too_slow = False
        """Whether it is the host that broke it off."""
        self.ended_at: float | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.broken:
            # Also where octets came at the very moment in which the host gave up.
            raise BodyBroken(self.broken)
        if not self._begun:
            await self._begin()
        begun = self._waiting_since = self._loop.time()
        try:
            # Not an exception set on the content: aiohttp reads on after the answer, so that the peer can take it.
            async with asyncio.timeout(None) as self._patience:
                data = await self._content.readany()
        except asyncio.CancelledError:
            raise
        except TimeoutError:
            raise BodyBroken(self.broken) from None
        except Exception as error:
            # Connection lost, a chunk that is none, a Content-Length that lies: aiohttp has a class for each.
            self.broken = f"the request's body broke off after {self._passing.size} octets: {error}"
            raise BodyBroken(self.broken) from None
        finally:
            self._waiting_since = None
            self._waited += self._loop.time() - begun
        if not data:
            self.ended_at = time.perf_counter()
            self._on_end()
            raise StopAsyncIteration
        self._passing.feed(data)
        if self._passing.size - self._told >= _GOOD_PIECE:
            self._told = self._passing.size
            self._on_progress()
        return data

    async def _begin(self) -> None:
        self._begun = True
        expect = self._request.headers.get("Expect", "")
        if expect.lower() == "100-continue" and not self._content.is_eof():
            writer = self._request.writer
            await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.output_size = 0
        self._timer = self._loop.call_later(self._idle, self._look)

    def _look(self) -> None:
        since = self._waiting_since
        silent = 0.0 if since is None else self._loop.time() - since
        waited, came = self._waited + silent, self._passing.size - self._looked[1]
        left = self._looked[0] + self._idle - waited
        if silent >= self._idle:
            self._give_up(f"the request's body stopped for {self._idle:g} s")
            return
        if left <= 0:
            if silent and came < self._least:
                self._give_up(f"only {came} octets of the request's body came in {self._idle:g} s")
                return
            self._looked = (waited, self._passing.size)
            left = self._idle
        self._timer = self._loop.call_later(max(min(left, self._idle - silent), 0.001), self._look)

    def _give_up(self, why: str) -> None:
        if self._patience is not None:
            self.broken, self.too_slow = why, True
            self._patience.reschedule(0)

    def finish(self) -> None:
        """The handler is done; stop the watch."""
        if self._timer is not None:
            self._timer.cancel()
