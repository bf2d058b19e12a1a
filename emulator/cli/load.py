"""`load`: many devices have jobs at once at a scan server."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def load(given: GivenOptions) -> None:
    """Load a scan server: many devices have jobs at once, with pages of which no two are alike."""
    set_up_logging(given.verbose)
    from emulator.cli.load_table import LoadTable
    from emulator.cli.output import print_result
    from emulator.environment.options import TrustOptions
    from emulator.loading.run import run_load
    from emulator.options.load import LoadOptions

    trust = given.of(TrustOptions, ask=ask_password)
    options = given.of(LoadOptions).but(trust=trust, ldap=ldap_options(given))
    table = LoadTable(options, as_json=given.json, quiet=given.quiet)
    outcome = run_async(lambda: run_load(options, table), verbosity=given.verbose)
    table.finished(outcome)
    if given.json:
        print_result(outcome.as_dict(), outcome.exit_code, outcome.problem or None)
    raise typer.Exit(int(outcome.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": load}
