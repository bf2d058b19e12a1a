"""`play`: runs scenarios of steps and expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging

if TYPE_CHECKING:
    from emulator.reports.result import Result
    from emulator.scenarios.scenario import Scenario


class _Reporter:
    """Prints each step when it has ended; with --json nothing, with -q what is not as expected."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._silent = as_json
        self._quiet = quiet

    def begins(self, scenario: Scenario) -> None:
        """A scenario begins."""
        if not (self._silent or self._quiet):
            typer.echo(f"Scenario      {scenario.title}    {scenario.source}")

    def found(self, result: Result) -> None:
        """A step has ended."""
        from emulator.reports.terminal import lines_of
        from emulator.reports.verdict import BAD

        if self._silent or (self._quiet and result.verdict not in BAD):
            return
        for line in lines_of(result):
            typer.echo(line)


def play(given: GivenOptions) -> None:
    """Play scenarios: what is done at devices, step by step, and what is expected of it."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.environment.options import TrustOptions
    from emulator.options.play import PlayOptions
    from emulator.reports.terminal import summary
    from emulator.scenarios.run import play_scenarios

    options = given.of(PlayOptions).but(trust=given.of(TrustOptions, ask=ask_password))
    reporter = _Reporter(as_json=given.json, quiet=given.quiet)
    played = run_async(lambda: play_scenarios(options, reporter), verbosity=given.verbose)
    if given.json:
        print_result(played.as_dict(), played.exit_code, played.report.problem or None)
    elif not given.quiet:
        typer.echo(summary(played.report))
    raise typer.Exit(int(played.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": play}
