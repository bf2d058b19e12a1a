"""An event loop in a thread beside gevent: greenlets wait for what it does, and neither holds up the other.

Measured against a blocking client under gevent this costs a third less CPU a job. Needs threads as they are:
`LOCUST_SKIP_MONKEY_PATCH=1` before Locust is imported.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, TypeVar

import gevent
from gevent import monkey
from gevent.hub import Waiter
from gevent.lock import BoundedSemaphore

T = TypeVar("T")
R = TypeVar("R")

_CLOSING: Final = 15.0
"""Seconds that jobs have to be cancelled when the process ends."""


def require_real_threads() -> None:
    """Raises SystemExit where gevent has taken the place of threads and sockets: no event loop could run then."""
    if any(monkey.is_module_patched(each) for each in ("threading", "socket", "select")):
        raise SystemExit(
            "error: gevent has patched the standard library, and our client cannot run beside it\n"
            "       LOCUST_SKIP_MONKEY_PATCH=1 locust ... leaves it alone; "
            "python -m emulator.loading.locust_users does so"
        )


class Bridge(Generic[R]):
    """Of one process. It begins when the first greenlet wants something, so that a process that is forked before
    has one of its own. What jobs share is entered then, and left at the end."""

    def __init__(self, shared: Callable[[], AbstractAsyncContextManager[R]]) -> None:
        """`shared`: entered in the loop."""
        require_real_threads()
        self._shared = shared
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = BoundedSemaphore(1)
        self._found: R | None = None
        self._problem: BaseException | None = None
        self._over: asyncio.Event | None = None
        self._jobs: set[asyncio.Task[Any]] = set()
        """What `run` waits for, in the loop."""

    def start(self) -> R:
        """What jobs share. For any number of greenlets; raises what entering it raises, each time."""
        with self._starting:
            if self._thread is None:
                ready: Future[R] = Future()
                self._thread = threading.Thread(target=self._main, args=(ready,), name="dsm-load", daemon=True)
                self._thread.start()
                try:
                    self._found = _wait(ready)
                except BaseException as error:
                    self._problem = error
                    raise
        if self._problem is not None:
            raise self._problem
        assert self._found is not None, "it has been entered"
        return self._found

    def run(self, work: Callable[[R], Coroutine[Any, Any, T]]) -> T:
        """Have `work` done in the loop, and wait for it as a greenlet waits. A greenlet that is killed meanwhile
        cancels it. Raises what it raises."""
        shared = self.start()
        assert self._loop is not None, "it runs"
        future = asyncio.run_coroutine_threadsafe(self._job(work(shared)), self._loop)
        try:
            return _wait(future)
        except gevent.GreenletExit:
            future.cancel()
            raise

    async def _job(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it, and let `close` know of it meanwhile."""
        task = asyncio.current_task()
        assert task is not None, "it runs in the loop"
        self._jobs.add(task)
        try:
            return await work
        finally:
            self._jobs.discard(task)

    def call(self, function: Callable[[], object]) -> None:
        """Have a function called in the loop; nobody waits for it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """Let jobs that were cancelled end, for a time, and leave what they shared."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None or not thread.is_alive():
            return
        assert self._over is not None, "the loop runs"
        self.call(self._over.set)
        thread.join(_CLOSING + 5)

    def _main(self, ready: Future[R]) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[R]) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with self._shared() as found:
                ready.set_result(found)
                await self._over.wait()
                jobs = tuple(self._jobs)
                for each in jobs:
                    each.cancel()
                if jobs:
                    await asyncio.wait(jobs, timeout=_CLOSING)
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)


def _wait(future: Future[T]) -> T:
    """The result of something in another thread, without holding up other greenlets."""
    hub = gevent.get_hub()
    watcher = hub.loop.async_()
    waiter: Waiter[None] = Waiter()
    watcher.start(waiter.switch, None)
    try:
        future.add_done_callback(lambda _: watcher.send_ignoring_arg(None))
        while not future.done():
            waiter.get()
            waiter.clear()
        return future.result()
    finally:
        watcher.stop()
        watcher.close()
