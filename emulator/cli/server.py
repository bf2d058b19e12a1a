"""`server`: runs the embedded scan server alone until it is stopped."""

from __future__ import annotations

from typing import Final

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def server(given: GivenOptions) -> None:
    """Run the embedded scan server alone; SIGINT or SIGTERM stops it."""
    set_up_logging(given.verbose)
    from emulator.cli.report import ServerReporter
    from emulator.environment.options import ServeTls
    from emulator.options.server import ServerOptions
    from emulator.scan_server.alone import run_server

    tls = given.of(ServeTls, ask=ask_password)
    options = given.of(ServerOptions).but(ldap=ldap_options(given), tls=tls)
    reporter = ServerReporter(as_json=given.json, quiet=given.quiet)
    run_async(lambda: run_server(options, reporter), verbosity=given.verbose)


COMMANDS: Final[dict[str, Handler]] = {"": server}
