"""The rate at which pages leave the scan head."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from emulator.options.groups import Speed

__all__ = ["Pace", "Speed"]


class Pace:
    """Waits between pages as a feeder of `pages_per_minute` would; None: no waiting. A feeder that was held up
    goes on at its own rate: it does not make up for lost time."""

    def __init__(
        self,
        pages_per_minute: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` and `sleep`: seconds."""
        self._period = None if pages_per_minute is None else 60.0 / pages_per_minute
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    async def page(self) -> None:
        """Return when the next page would have left the scan head."""
        if self._period is None:
            return
        now = self._clock()
        self._due = now + self._period if self._due is None else max(self._due + self._period, now)
        if self._due > now:
            await self._sleep(self._due - now)
