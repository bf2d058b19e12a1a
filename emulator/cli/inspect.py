"""`inspect`: what a device or a scan server tells of itself."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def inspect(given: GivenOptions) -> None:
    """Show what a device or a scan server tells of itself: metadata, services, configuration, status, jobs."""
    set_up_logging(given.verbose)
    from emulator.cli.inspection import print_inspection
    from emulator.cli.output import print_result
    from emulator.environment.options import TrustOptions
    from emulator.inspector.inspect import inspect as inspect_peer
    from emulator.inspector.inspection_json import inspection_as_dict
    from emulator.options.asking import InspectOptions

    options = given.of(InspectOptions).but(trust=given.of(TrustOptions, ask=ask_password))
    if options.watch:
        from emulator.cli.watching import WatchReporter
        from emulator.inspector.watch import watch_until_stopped

        reporter = WatchReporter(as_json=given.json)
        run_async(
            lambda: watch_until_stopped(
                options.url, options, reporter, events=options.events, seconds=options.seconds
            ),
            verbosity=given.verbose,
        )
        return
    found = run_async(lambda: inspect_peer(options.url, options), verbosity=given.verbose)
    if given.json:
        told = "; ".join(map(str, found.problems)) or None
        print_result(inspection_as_dict(found), found.exit_code, told)
    else:
        print_inspection(found, deviations=given.verbose > 0)
    for problem in found.problems:
        typer.echo(f"error: {problem}", err=True)
    raise typer.Exit(int(found.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": inspect}
