"""`--trace`: who writes the HAR file of a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from emulator.lab.exit_codes import LabError
from emulator.transport.har import HarTrace
from emulator.transport.observe import Observer


def trace_observers(path: Path | None, stack: AsyncExitStack) -> Sequence[Observer]:
    """The observer that writes `path`, which is whole when the stack is left; none without a path.
    Raises LabError."""
    if path is None:
        return ()
    try:
        trace = HarTrace(path)
    except OSError as error:
        raise LabError(f"the trace {path} cannot be written: {error.strerror or error}") from None
    stack.callback(trace.close)
    return (trace,)
