"""The time that a question to a directory may take."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from emulator.directory.errors import TooSlow

T = TypeVar("T")


class Deadline:
    """Ends a number of seconds from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, what: str) -> float:
        """Seconds that are left. Raises TooSlow when there are none, for want of `what`."""
        rest = self._end - time.monotonic()
        if rest <= 0:
            raise TooSlow(f"{what} within {self.seconds:g} s")
        return rest

    def call(self, work: Callable[[], T], what: str) -> T:
        """Call what blocks and knows no time limit of its own (a name service, a Kerberos library). Raises TooSlow;
        the call then ends by itself, unheard, in its thread."""
        done: queue.SimpleQueue[tuple[bool, T | BaseException]] = queue.SimpleQueue()

        def run() -> None:
            try:
                done.put((True, work()))
            except BaseException as error:
                done.put((False, error))

        rest = self.left(what)
        threading.Thread(target=run, name="directory call", daemon=True).start()
        try:
            good, value = done.get(timeout=rest)
        except queue.Empty:
            raise TooSlow(f"{what} within {self.seconds:g} s") from None
        if not good:
            assert isinstance(value, BaseException)
            raise value
        return value  # type: ignore[return-value]
