"""A listener in a thread of its own, behind a bounded queue: however slow it is, nobody waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

QUEUE: Final = 10_000
"""Events that wait for a slow listener; one more is dropped."""

_log = logging.getLogger(__name__)


class Aside:
    """Takes events for a listener and hands them on in order. The thread starts with the first event and does not
    keep the process alive."""

    def __init__(self, listener: Callable[[Any], None], name: str, size: int = QUEUE) -> None:
        """`name`: of what it listens to, in the log."""
        self._listener = listener
        self._name = name
        self._queue: queue.Queue[tuple[Any] | None] = queue.Queue(size)
        self._thread: threading.Thread | None = None
        self._dropped = 0
        self._closed = False

    def __call__(self, event: Any) -> None:
        """Take an event, or drop it where too many wait."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"listener of {self._name}", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait((event,))
        except queue.Full:
            self._dropped += 1
            if self._dropped == 1:
                _log.warning("a listener of %s is too slow: events are dropped", self._name)

    @property
    def dropped(self) -> int:
        """Events that the listener was too slow for."""
        return self._dropped

    def close(self) -> None:
        """End the thread when it has handed on what waits; returns at once."""
        self._closed = True
        if self._thread is not None:
            try:
                self._queue.put_nowait(None)
            except queue.Full:  # the thread ends when the queue is empty
                _log.warning("a listener of %s was too slow: %d events were dropped", self._name, self._dropped)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._listener(item[0])
            except Exception:
                _log.exception("a listener of %s failed", self._name)
            if self._closed and self._queue.empty():
                return
