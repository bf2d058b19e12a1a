"""The command `dsm-emulator`: what is before its commands, and its version."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from emulator.cli.commands import LazyCommands

app = typer.Typer(
    name="dsm-emulator",
    cls=LazyCommands,
    help="A virtual network scanner for Distributed Scan Management, with a strict scan server of its own.",
    no_args_is_help=True,
    add_completion=False,
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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A virtual network scanner for Distributed Scan Management, with a strict scan server of its own."""


def main() -> None:
    """Run the command line; the exit codes are those of docs/exit-codes.md."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console or a C locale cannot show every name; a scan must not fail on a file's name.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    app()
