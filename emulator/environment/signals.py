"""SIGINT and SIGTERM, on POSIX and on Windows alike: who is told of them, and that they cancel a task."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from emulator.environment.exit_codes import ExitCode

_SIGNALS = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGBREAK] if hasattr(signal, "SIGBREAK") else [])


@contextmanager
def told_of_signals(told: Callable[[int], object]) -> Iterator[None]:
    """Within: `told` is called with the number of each signal, and nothing else is done about it. Outside the main
    thread nothing is changed.

    `signal.signal` instead of the event loop's `add_signal_handler`, which Windows does not have; a loop is woken
    by `call_soon_threadsafe`.
    """

    def handler(number: int, frame: FrameType | None) -> None:
        told(number)

    try:
        before = {number: signal.signal(number, handler) for number in _SIGNALS}
    except ValueError:  # not the main thread: whoever runs us there handles signals
        yield
        return
    try:
        yield
    finally:
        for number, each in before.items():
            signal.signal(number, each)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Within: the first signal cancels the current task, the second ends the process at once with 130."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    count = 0

    def interrupted(number: int) -> None:
        nonlocal count
        count += 1
        if count > 1:
            os._exit(ExitCode.INTERRUPTED)
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)

    with told_of_signals(interrupted):
        yield
