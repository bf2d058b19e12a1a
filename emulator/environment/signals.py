"""SIGINT and SIGTERM as cancellation of the task that runs, on POSIX and on Windows alike."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from emulator.environment.exit_codes import ExitCode

_SIGNALS = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGBREAK] if hasattr(signal, "SIGBREAK") else [])


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Within: the first signal cancels the current task, the second ends the process at once with 130.

    `signal.signal` instead of the event loop's `add_signal_handler`, which Windows does not have; the loop
    is woken by `call_soon_threadsafe`. Outside the main thread nothing is changed.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    count = 0

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count > 1:
            os._exit(ExitCode.INTERRUPTED)
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)

    try:
        before = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    except ValueError:  # not the main thread: whoever runs us there handles signals
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
