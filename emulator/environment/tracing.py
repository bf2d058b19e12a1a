"""`--trace`: who writes the HAR file of a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import not_written, require_free
from emulator.transport.har import HarTrace
from emulator.transport.observe import Observer


def trace_observers(path: Path | None, stack: AsyncExitStack, *, overwrite: bool) -> Sequence[Observer]:
    """The observer that writes `path`, which is whole when the stack is left; none without a path. A trace that has
    become incomplete is an error when the stack is left, unless `trace_problem` has told it before. Raises
    LabError."""
    if path is None:
        return ()
    require_free(path, "--trace", overwrite=overwrite)
    if path.exists() and not path.is_file():  # it would be replaced by a file
        raise LabError(f"--trace {path}: it is no file on a disk")
    try:
        trace = HarTrace(path)
    except OSError as error:
        raise not_written(path, error, "--trace") from None

    def close(kind: object, error: object, traceback: object) -> None:
        trace.close()
        problem = trace_problem((trace,))
        if problem is not None and error is None:
            raise problem

    stack.push(close)
    return (trace,)


def trace_problem(observers: Sequence[Observer]) -> LabError | None:
    """Why the trace does not hold all, told once; None where it does."""
    for observer in observers:
        if isinstance(observer, HarTrace) and (lost := observer.take_loss()) is not None:
            return LabError(f"the trace {observer.path} is not complete: {lost.strerror or lost}", ExitCode.FAILED)
    return None
