"""The command `dsm-emulator`: what is before its commands, and its version."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from emulator.cli.commands import COMPLETE_VARIABLE, LazyCommands
from emulator.cli.streams import guard_streams, lost_output

app = typer.Typer(
    name="dsm-emulator",
    cls=LazyCommands,
    help="A virtual network scanner for Distributed Scan Management, with a strict scan server of its own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _version(wanted: bool) -> None:
    if wanted:
        from emulator import __version__

        typer.echo(f"dsm-emulator {__version__}")
        raise typer.Exit


PROGRAM = "dsm-emulator"
_SHELLS = ("bash", "zsh", "fish", "powershell")


def _shell(option: str, value: str) -> str:
    """Raises UsageError."""
    if value not in _SHELLS:
        usage_problem: type[Any] = typer.BadParameter.__mro__[1]
        raise usage_problem(f"{option} is {', '.join(_SHELLS[:-1])} or {_SHELLS[-1]}, not {value!r}")
    return value


def _show_completion(value: str | None) -> None:
    if value is not None:
        from typer.completion import get_completion_script  # type: ignore[attr-defined]

        shell = _shell("--show-completion", value)
        typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, shell=shell))
        raise typer.Exit


def _install_completion(value: str | None) -> None:
    if value is not None:
        from typer.completion import install  # type: ignore[attr-defined]

        shell, path = install(_shell("--install-completion", value), PROGRAM, COMPLETE_VARIABLE)
        typer.echo(f"{shell} completes {PROGRAM} from its next start on: {path}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    show_completion: Annotated[
        str | None,
        typer.Option(
            metavar="SHELL",
            callback=_show_completion,
            is_eager=True,
            help="Print what makes bash, zsh, fish or powershell complete commands, options and values.",
            show_default=False,
        ),
    ] = None,
    install_completion: Annotated[
        str | None,
        typer.Option(
            metavar="SHELL",
            callback=_install_completion,
            is_eager=True,
            help="Write that where the shell finds it when it starts.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """A virtual network scanner for Distributed Scan Management, with a strict scan server of its own."""


def main() -> None:
    """Run the command line; the exit codes are those of docs/exit-codes.md."""
    guard_streams()
    try:
        app()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    if lost := lost_output():
        typer.echo(f"error: {lost}: what was to be told is lost", err=True)
        code = code or 1
    sys.exit(code)
