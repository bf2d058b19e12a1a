"""Work in threads that a cancelled task ends at once, although it waits for a process of its own.

A thread cannot be ended; a child process can. So each piece of work in a thread has an `Interruption`, and whoever
waits for a child there says how that child is ended (`waiting`).
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_AT_WORK: Final = min(32, (os.cpu_count() or 1) + 4)
"""Threads that work at once, as many as asyncio's own. Those that only wait for a child do not count: files that
take long at some devices hold up no others."""
_THREADS: Final = 1024


class Interrupted(Exception):
    """The work was interrupted: nobody waits for it any more."""


class Interruption:
    """Comes once, for good. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._has_come = False

    @property
    def has_come(self) -> bool:
        """Whether it has."""
        return self._has_come

    def interrupt(self) -> None:
        """End all that waits, now and later."""
        with self._lock:
            self._has_come = True
            ends, self._ends = self._ends, []
        for end in ends:
            end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Within: `end` is called when the interruption comes. Raises Interrupted where it has come already."""
        with self._lock:
            if self._has_come:
                raise Interrupted
            self._ends.append(end)
        try:
            yield
        finally:
            with self._lock:
                if end in self._ends:
                    self._ends.remove(end)


_interruption: contextvars.ContextVar[Interruption | None] = contextvars.ContextVar("_interruption", default=None)
_slot: contextvars.ContextVar[threading.Semaphore | None] = contextvars.ContextVar("_slot", default=None)


@cache
def _threads() -> tuple[ThreadPoolExecutor, threading.Semaphore]:
    return ThreadPoolExecutor(_THREADS, "pages"), threading.Semaphore(_AT_WORK)


_choosing: Final = threading.Lock()
"""Nobody gives work to threads that are about to end."""


def end_idle_threads() -> None:
    """End the threads that work on pages; those that are at work when they are done. Blocks until then. Who has
    work later gets others."""
    with _choosing:
        pool = _threads()[0] if _threads.cache_info().currsize else None
        _threads.cache_clear()
    if pool is not None:
        pool.shutdown()


if hasattr(os, "register_at_fork"):  # a fork has none of the threads
    os.register_at_fork(after_in_child=_threads.cache_clear)


@contextmanager
def waiting(end: Callable[[], None]) -> Iterator[None]:
    """Within, a thread waits for a child; `end`, from another thread, ends the child. Raises Interrupted."""
    interruption, slot = _interruption.get(), _slot.get()
    if interruption is None:
        yield
        return
    with interruption.ending(end):
        if slot is not None:
            slot.release()
        try:
            yield
        except Exception:
            if interruption.has_come:  # what the end of the child has led to
                raise Interrupted from None
            raise
        finally:
            if slot is not None:
                slot.acquire()


@contextmanager
def giving_way() -> Iterator[None]:
    """Within, a thread waits for other threads, and gives them its place among those that work."""
    slot = _slot.get()
    if slot is not None:
        slot.release()
    try:
        yield
    finally:
        if slot is not None:
            slot.acquire()


@contextmanager
def interrupted_by(interruption: Interruption) -> Iterator[None]:
    """Within, what waits for a child in this thread is ended by `interruption`."""
    token = _interruption.set(interruption)
    try:
        yield
    finally:
        _interruption.reset(token)


def begun(interruption: Interruption, function: Callable[[], T]) -> Future[T]:
    """Begin work in a thread, one of those that work at once; `interruption` ends what it waits for."""

    def work(slots: threading.Semaphore) -> T:
        _interruption.set(interruption)
        _slot.set(slots)
        with slots:
            return function()

    with _choosing:
        pool, slots = _threads()
        return pool.submit(contextvars.copy_context().run, work, slots)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like asyncio.to_thread, but when cancelled it ends the children that the work waits for, and ends itself only
    after the thread has: nobody is to close the source or clear the spool under it."""
    return await in_thread_until(None, function, *args, **kwargs)


async def in_thread_until(
    stop: Interruption | None, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """The same; it is ended by `stop` too, and raises Interrupted then."""
    interruption = Interruption()
    with (stop or interruption).ending(interruption.interrupt):
        done = asyncio.wrap_future(begun(interruption, partial(function, *args, **kwargs)))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            interruption.interrupt()
            await asyncio.wait([done])
            if not done.cancelled():
                done.exception()  # seen: asyncio complains of errors that nobody has looked at
            raise
