"""A thread with an event loop of its own, in which others have work done and wait for it.

Whoever waits may be any thread, with or without a running loop. Ctrl-C, or whatever else is raised in a thread that
waits, cancels the work and waits until that has ended: a job is cancelled at its scan server first. The thread ends
with `close`, and at the end of the interpreter; in a fork it does not exist, and what it had open is closed there.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import selectors
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from typing import Final, Generic, TypeVar
from weakref import WeakSet

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.imaging.decoding.interruption import end_idle_threads

T = TypeVar("T")

_LOOK_UP: Final = 0.2 if sys.platform == "win32" else None
"""Seconds after which who waits looks up: on Windows Ctrl-C does not end a wait."""

_running: Final[WeakSet[LoopThread]] = WeakSet()
_counting = threading.Lock()


class _Call(Generic[T]):
    """One piece of work in the loop."""

    def __init__(self, work: Callable[[], Coroutine[object, object, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self._canceled = False
        self.done: Future[T] = Future()

    def begin(self) -> asyncio.Task[T] | None:
        """Begin it in the loop; None where it is not wanted any more."""
        if self._canceled:
            self.done.set_exception(_closed())
            return None

        async def at_work() -> T:
            return await self._work()

        self._task = asyncio.get_running_loop().create_task(at_work())
        self._task.add_done_callback(self._ended)
        return self._task

    def cancel(self) -> None:
        """Cancel it in the loop."""
        self._canceled = True
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.done.set_exception(_closed())
        elif (error := task.exception()) is not None:
            self.done.set_exception(error)
        else:
            self.done.set_result(task.result())


class LoopThread:
    """Not started yet when it is made."""

    def __init__(self, name: str) -> None:
        """`name`: of the thread."""
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._selector: selectors.BaseSelector | None = None
        self._thread: threading.Thread | None = None
        self._gate = threading.Lock()
        """Held while work is given to the loop: what is given is done before the loop ends."""
        self._closing = threading.Lock()
        self._open = False
        self._forked = False
        self._calls: set[asyncio.Task[object]] = set()
        self._at_exit: Callable[[], None] = lambda: None

    def start(self, first: Callable[[], Coroutine[object, object, T]], at_exit: Callable[[], None]) -> T:
        """Start the thread, have `first` done, and return what that does. `at_exit`: is called at the end of the
        interpreter and closes it. Raises what `first` raises, and then there is no thread; LabError where it runs
        already, and where no event loop can be had."""
        with self._gate:
            if self._thread is not None:
                raise LabError("the lab is running already")
            ready: Future[None] = Future()
            thread = threading.Thread(target=self._main, args=(ready,), name=self._name, daemon=True)
            thread.start()
            try:
                ready.result()
            except OSError as error:
                raise LabError(
                    f"no event loop can be had: {error.strerror or error}",
                    ExitCode.FAILED,
                    hint="too many files are open in this process",
                ) from None
            self._thread = thread
            self._open, self._at_exit = True, at_exit
        with _counting:
            _running.add(self)
        try:
            return self.run(first)
        except BaseException:
            self.close(_nothing)
            raise

    def run(self, work: Callable[[], Coroutine[object, object, T]]) -> T:
        """Have `work` done in the loop and wait for it. Raises what it raises, and LabError where the lab does not
        run, or is closed meanwhile, or in a function that the loop itself calls."""
        if self._is_own:
            raise LabError(
                "a function that the lab calls cannot wait for the lab: it would wait for itself",
                hint="start what has to wait in a thread of its own",
            )
        call = _Call(work)
        self._give(lambda: self._begin(call))
        try:
            _wait(call.done)
        except BaseException as interruption:
            self._give(call.cancel, always=True)
            _wait(call.done)  # once more interrupts this too
            raise interruption from call.done.exception()
        return call.done.result()

    def do(self, work: Callable[[], T]) -> T:
        """Have a function called in the loop, which must not block it. Raises what it raises, and LabError where
        the lab does not run."""
        if self._is_own:
            return work()
        done: Future[T] = Future()

        def call() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)

        self._give(call)
        _wait(done)
        return done.result()

    def close(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        """Cancel what is at work, have `last` done, and end the thread; nothing happens where there is none. Ctrl-C
        waits for that; a second one does not. Raises what `last` raises."""
        if self._forked:
            return
        if self._is_own:
            raise LabError("a function that the lab calls cannot close the lab: it would wait for itself")
        with self._closing:
            thread = self._thread
            if thread is None:
                return
            call = _Call(lambda: self._end(last))
            with self._gate:
                was_open, self._open = self._open, False
            try:
                if was_open:
                    self._give(lambda: self._begin(call, counted=False), always=True)
                    _wait_through(call.done)
            finally:
                if call.done.done():
                    self._stop(thread)

    async def _end(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        while self._calls:
            for task in self._calls:
                task.cancel()
            await asyncio.wait(self._calls)
        await last()

    def _stop(self, thread: threading.Thread) -> None:
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
        thread.join()
        self._thread = self._selector = None
        with _counting:
            _running.discard(self)
            if not _running:  # what jobs of all labs share is idle
                _end_what_is_idle()

    # In the thread

    def _main(self, ready: Future[None]) -> None:
        runner = asyncio.Runner(loop_factory=self._new_loop)
        try:
            self._loop = loop = runner.get_loop()
        except BaseException as error:  # for who waits for it
            ready.set_exception(error)
            return
        with runner:
            ready.set_result(None)
            while True:
                # What a function raises to end the interpreter is for who waits, not for this thread.
                with contextlib.suppress(KeyboardInterrupt, SystemExit):
                    loop.run_forever()
                    return

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        if sys.platform == "win32":
            return asyncio.new_event_loop()
        self._selector = selectors.DefaultSelector()
        return asyncio.SelectorEventLoop(self._selector)

    def _begin(self, call: _Call[T], *, counted: bool = True) -> None:
        task = call.begin()
        if task is not None and counted:
            kept: asyncio.Task[object] = task
            self._calls.add(kept)
            kept.add_done_callback(self._calls.discard)

    # From other threads

    @property
    def _is_own(self) -> bool:
        return self._thread is not None and threading.get_ident() == self._thread.ident

    def _give(self, work: Callable[[], None], *, always: bool = False) -> None:
        """`always`: also while it is being closed."""
        if self._forked:
            raise LabError("this process is a fork of the one that the lab runs in", ExitCode.FAILED)
        with self._gate:
            if self._loop is not None and (self._open or always):
                self._loop.call_soon_threadsafe(work)
            elif not always:
                raise LabError("the lab is not running: use `with BlockingLab() as lab`")

    def _forget(self) -> None:
        """Forget the loop in a fork: there is no thread here, and what it had open is the parent's. The numbers of
        files stay taken, so that nothing of ours closes another file that has got the same."""
        self._forked = True
        if self._selector is None:
            return
        with contextlib.suppress(OSError, RuntimeError):
            null = os.open(os.devnull, os.O_RDWR)
            try:
                for descriptor in _descriptors(self._selector):
                    with contextlib.suppress(OSError):
                        os.dup2(null, descriptor, inheritable=False)
            finally:
                os.close(null)


def _descriptors(selector: selectors.BaseSelector) -> Iterator[int]:
    yield from [key.fd for key in (selector.get_map() or {}).values()]
    own = getattr(selector, "fileno", None)
    if own is not None:
        yield own()


def _wait(done: Future[T]) -> None:
    while not wait([done], _LOOK_UP).done:
        pass


def _wait_through(done: Future[T]) -> None:
    """An interruption comes when it is over; a second one at once."""
    try:
        _wait(done)
    except BaseException:
        _wait(done)
        raise
    done.result()


async def _nothing() -> None:
    pass


def _closed() -> LabError:
    return LabError("the lab was closed meanwhile", ExitCode.INTERRUPTED)


def _end_what_is_idle() -> None:
    from emulator.imaging.decoding.decoder import end_idle_children

    end_idle_children()
    end_idle_threads()


def _at_exit() -> None:
    """Close what nobody has closed, while threads can still be started."""
    for each in tuple(_running):
        with contextlib.suppress(LabError):
            each._at_exit()


def _in_fork() -> None:
    global _counting
    _counting = threading.Lock()
    for each in tuple(_running):
        each._forget()
    _running.clear()


# Before the threads of executors end, which closing a lab needs; atexit itself comes after that.
getattr(threading, "_register_atexit", atexit.register)(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_fork)
