"""Runs a command's coroutine and turns what it raises into one line and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer

T = TypeVar("T")


def set_up_logging(verbosity: int) -> None:
    """-v: what happens; -vv: every message and a traceback. Logs go to stderr."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.basicConfig(level=level, format="%(levelname)-7s %(name)s: %(message)s", stream=sys.stderr)


def fail(message: str, code: int, hint: str = "") -> NoReturn:
    """Print an error for people and leave with its code."""
    typer.echo(f"error: {message}", err=True)
    if hint:
        typer.echo(f"       {hint}", err=True)
    raise typer.Exit(int(code))


def run_async(start: Callable[[], Coroutine[Any, Any, T]], *, verbosity: int = 0) -> T:
    """Run to the end. SIGINT and SIGTERM cancel the coroutine (it then cancels its job at the server); a
    second one ends the process at once."""
    import asyncio

    from emulator.lab.signals import cancelled_by_signals

    async def guarded() -> T:
        with cancelled_by_signals():
            return await start()

    return run(lambda: asyncio.run(guarded()), verbosity=verbosity)


def run(work: Callable[[], T], *, verbosity: int = 0) -> T:
    """Call `work`; known errors leave with their own code, anything else with 70."""
    import asyncio

    from emulator.lab.exit_codes import ExitCode, LabError

    try:
        return work()
    except LabError as error:
        if verbosity >= 2:
            logging.getLogger("emulator").debug("traceback", exc_info=True)
        fail(str(error), error.code, error.hint)
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("interrupted", ExitCode.INTERRUPTED)
    except typer.Exit:
        raise
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): no error of ours.
        raise typer.Exit(0) from None
    except Exception as error:
        if verbosity >= 2:
            logging.getLogger("emulator").debug("traceback", exc_info=True)
        fail(
            f"a bug of dsm-emulator: {type(error).__name__}: {error}",
            ExitCode.BUG,
            "please report it, with what -vv prints",
        )
