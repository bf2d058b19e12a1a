"""`exec`: a command between devices and a scan server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.running import run_async, set_up_logging

if TYPE_CHECKING:
    from emulator.reports.result import Result

_WIDTH: Final = 22
_UNTOLD: Final = "DSM_EMULATOR_TOKEN"
"""Nobody reads a token in a log."""


class _Reporter:
    """All on stderr: stdout is the command's."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def ready(self, variables: Mapping[str, str], names: Sequence[str]) -> None:
        """Everything listens."""
        if self._quiet:
            return
        if names:
            typer.echo(f"{'Devices':<{_WIDTH}}{', '.join(names[:5])}{' ...' if len(names) > 5 else ''}", err=True)
        for name, value in variables.items():
            if name != _UNTOLD:
                typer.echo(f"{name:<{_WIDTH}}{value}", err=True)

    def found(self, result: Result) -> None:
        """One thing was looked at; those that are well are counted at the end."""
        from emulator.reports.terminal import lines_of
        from emulator.reports.verdict import BAD, Verdict
        from emulator.wrapping.proof import LEFT

        worth_telling = result.verdict is Verdict.WARNED or result.evidence.get(LEFT)
        if result.verdict in BAD or (worth_telling and not self._quiet):
            for line in lines_of(result):
                typer.echo(line, err=True)


def exec_command(given: GivenOptions) -> None:
    """Run a command between devices and a scan server."""
    set_up_logging(given.verbose)
    from emulator.options.wrapping import ExecOptions
    from emulator.reports.terminal import summary
    from emulator.wrapping.run import wrap

    options = given.of(ExecOptions).but(ldap=ldap_options(given))
    wrapped = run_async(lambda: wrap(options, _Reporter(quiet=given.quiet)), verbosity=given.verbose)
    if not given.quiet:
        typer.echo(summary(wrapped.report), err=True)
    raise typer.Exit(wrapped.exit_code)


COMMANDS: Final[dict[str, Handler]] = {"": exec_command}
