"""The command `dsm-emulator`: what is before its commands, and its version."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from emulator.cli.commands import LazyCommands
from emulator.cli.streams import guard_streams, lost_output

app = typer.Typer(
    name="dsm-emulator",
    cls=LazyCommands,
    help="A virtual network scanner for Distributed Scan Management, with a strict scan server of its own.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from emulator import __version__

        typer.echo(f"dsm-emulator {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
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
