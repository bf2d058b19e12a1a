"""Runs a command's coroutine, and turns what it raises into one line, one object for programs, and an exit code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer

if TYPE_CHECKING:
    from emulator.cli.command import GivenOptions

T = TypeVar("T")


class CommandFailed(Exception):
    """A command ends without a result. `str()` is one line: what went wrong, and where."""

    def __init__(self, message: str, code: int, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        """`hint`: what to do next; `details`: what `--json` tells beside the error."""
        super().__init__(_one_line(message))
        self.code = int(code)
        self.hint = hint
        self.details = details or {}

    def as_dict(self) -> dict[str, Any]:
        """The one object of `--json`."""
        return {**self.details, "exit_code": self.code, "error": str(self), "hint": self.hint or None}

    def show(self) -> None:
        """Show it to people, on stderr."""
        typer.echo(f"error: {self}", err=True)
        for line in self.hint.splitlines():
            typer.echo(f"       {line}", err=True)


_NEXT: Final[dict[int, str]] = {
    2: "{help} tells what it takes",
    3: "is it switched on, and are address and port right?",
    4: "--trace job.har records the conversation",
    5: "--client-cert shows a certificate, --password-file gives a password",
}
"""Exit code -> what a person does next where nothing better is known."""


def with_hint(failed: CommandFailed, arguments: Sequence[str]) -> CommandFailed:
    """The same failure with a hint in any case where one can be given. `arguments`: those of the command line."""
    from emulator.environment.next_step import command_line

    if not failed.hint and failed.code in _NEXT:
        words: list[str] = []
        for word in arguments[:2]:
            if word.startswith("-") or (words and words[0] not in _GROUPS):
                break
            words.append(word)
        failed.hint = _NEXT[failed.code].format(help=command_line(*words, "-h"))
    return failed


_GROUPS: Final = frozenset({"press", "profiles", "scan-processes", "documents", "check"})
"""Commands that consist of commands."""


def failure_of(error: BaseException) -> CommandFailed:
    """Known errors with their own code, an interruption with 130, anything else with 70."""
    import asyncio

    from emulator.environment.exit_codes import ExitCode, LabError

    if isinstance(error, CommandFailed):
        return error
    if isinstance(error, LabError):
        return CommandFailed(str(error), error.code, error.hint, error.details)
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError | typer.Abort):
        return CommandFailed("interrupted", ExitCode.INTERRUPTED)
    return CommandFailed(
        f"a bug of dsm-emulator: {type(error).__name__}: {error}",
        ExitCode.BUG,
        "please report it, with what -vv prints",
    )


def set_up_logging(verbosity: int) -> None:
    """-v: what happens, step by step; -vv: the conversation too, one line a message, and tracebacks. All of it goes
    to stderr."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    handler = _OnStderr()
    handler.setFormatter(_LinesOfLog("%(levelname)-7s %(name)s: %(message)s"))
    # Of libraries only what they think worth telling: some tell each chunk of an image.
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler])
    logger = logging.getLogger("emulator")
    _AT_END.append(partial(logger.setLevel, logger.level))
    logger.setLevel(level)
    if verbosity:
        from emulator.cli.journal_lines import show_journal

        _AT_END.append(show_journal(verbosity))


_AT_END: Final[list[Callable[[], None]]] = []


def until_command_ends(take_away: Callable[[], None]) -> None:
    """Have `take_away` called when the command has ended."""
    _AT_END.append(take_away)


def command_ended() -> None:
    """What was set up for a command is taken away: another one may follow in the process."""
    while _AT_END:
        _AT_END.pop()()


class _OnStderr(logging.Handler):
    """Writes to stderr as it is at that moment, above a progress bar where one is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        """Do what logging.Handler says."""
        from emulator.cli.page_bar import write_to_stderr

        try:
            write_to_stderr(f"{self.format(record)}\n")
        except Exception:
            self.handleError(record)


class _LinesOfLog(logging.Formatter):
    """A record is a line, but for tracebacks: its text may come from a peer, who writes no lines of his own. Where
    several jobs or devices are at work, it says whose it is."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        from emulator.trace.who import label, several

        if several() and (whose := label()):
            record.message = f"{whose}: {record.message}"
        return _one_line(super().formatMessage(record))


def run_async(start: Callable[[], Coroutine[Any, Any, T]], *, verbosity: int = 0) -> T:
    """Run to the end. SIGINT and SIGTERM cancel the coroutine (it then cancels its job at the server); a
    second one ends the process at once."""
    import asyncio

    from emulator.environment.signals import cancelled_by_signals

    async def guarded() -> T:
        with cancelled_by_signals():
            return await start()

    return run(lambda: asyncio.run(guarded()), verbosity=verbosity)


def run(work: Callable[[], T], *, verbosity: int = 0) -> T:
    """Call `work`; whatever it raises becomes a CommandFailed."""
    import asyncio

    try:
        return work()
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt, asyncio.CancelledError) as error:
        if verbosity >= 2:
            logging.getLogger("emulator").debug("traceback", exc_info=True)
        raise failure_of(error) from None


def shown(given: GivenOptions, toml: bool, text: Callable[[], str], find: Callable[[], T]) -> T | None:
    """What `show` shows otherwise than as TOML; None where `--toml` is said, and `text` is printed. Raises
    CommandFailed."""
    if toml and given.json:
        raise CommandFailed("--toml and --json exclude one another", 2)
    if not toml:
        return run(find, verbosity=given.verbose)
    typer.echo(run(text, verbosity=given.verbose), nl=False)
    return None


def _one_line(text: str) -> str:
    """A name with a newline in it, or text of a peer, must not look like two errors."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
