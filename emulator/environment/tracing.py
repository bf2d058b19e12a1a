"""`--trace`: who writes the HAR file of a run."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import not_written, require_free
from emulator.layers import Layers
from emulator.trace.har import HarTrace


def write_trace(path: Path | None, layers: Layers, stack: AsyncExitStack, *, overwrite: bool) -> HarTrace | None:
    """Have the exchanges of `layers` written to `path`, which is whole when the stack is left; nothing without a
    path. A trace that has become incomplete is an error when the stack is left, unless `trace_problem` has told it
    before. Raises LabError."""
    if path is None:
        return None
    require_free(path, "--trace", overwrite=overwrite)
    if path.exists() and not path.is_file():  # it would be replaced by a file
        raise LabError(f"--trace {path}: it is no file on a disk")
    try:
        trace = HarTrace(path)
    except OSError as error:
        raise not_written(path, error, "--trace") from None
    unplug = trace.listen(layers)

    def close(kind: object, error: object, traceback: object) -> None:
        unplug()
        trace.close()
        problem = trace_problem(trace)
        if problem is not None and error is None:
            raise problem

    stack.push(close)
    return trace


def trace_problem(trace: HarTrace | None) -> LabError | None:
    """Why the trace does not hold all, told once; None where it does."""
    if trace is None or (lost := trace.take_loss()) is None:
        return None
    return LabError(f"the trace {trace.path} is not complete: {lost.strerror or lost}", ExitCode.FAILED)
