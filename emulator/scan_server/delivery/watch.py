"""Ends a blocking talk with a server when its job is cancelled, or when its time is over."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

from emulator.scan_server.delivery.outcome import Stopped

_LOOK: Final = 0.1
"""Seconds between two looks."""


class ConnectionWatch:
    """Around a blocking talk, in a thread of its own: shuts the connection, so that whoever waits there wakes up
    with an error, which `why` then explains."""

    def __init__(
        self, stop: threading.Event, time_limit: float, shut: Callable[[], None], *, silence: float | None = None
    ) -> None:
        """`time_limit`: seconds for all; `silence`: seconds without a call of `moved`."""
        self._stop = stop
        self._deadline = time.monotonic() + time_limit
        self._time_limit = time_limit
        self._shut = shut
        self._silence = silence
        self._moved = time.monotonic()
        self._done = threading.Event()
        self._stopped = False
        self.why = ""
        """'' while the talk goes on; else why it was ended, for people."""
        self._thread = threading.Thread(target=self._look, name="delivery watch", daemon=True)

    def __enter__(self) -> ConnectionWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def moved(self) -> None:
        """The server has answered, or taken something."""
        self._moved = time.monotonic()

    def check(self) -> None:
        """Raise Stopped when the job is to stop."""
        if self._stopped or self._stop.is_set():
            raise Stopped

    def _look(self) -> None:
        while not self._done.wait(_LOOK):
            now = time.monotonic()
            if self._stop.is_set():
                self._stopped, self.why = True, "the job was cancelled"
            elif now >= self._deadline:
                self.why = f"not done within {self._time_limit:g} s"
            elif self._silence is not None and now >= self._moved + self._silence:
                self.why = f"the server was silent for {self._silence:g} s"
            else:
                continue
            with contextlib.suppress(Exception):
                self._shut()
            return
