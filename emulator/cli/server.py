"""`server`: runs the embedded scan server alone until it is stopped."""

from __future__ import annotations

from typing import Final

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run, run_async, set_up_logging


def server(given: GivenOptions) -> None:
    """Run the embedded scan server alone; SIGINT or SIGTERM stops it."""
    set_up_logging(given.verbose)
    from emulator.cli.report import ServerReporter
    from emulator.disturbance.disturbances import SERVER_ROLES, Disturbances, require_fired
    from emulator.environment.options import ServeTls
    from emulator.options.server import ServerOptions
    from emulator.scan_server.alone import run_server

    tls = given.of(ServeTls, ask=ask_password)
    options = given.of(ServerOptions).but(ldap=ldap_options(given), tls=tls)
    reporter = ServerReporter(as_json=given.json, quiet=given.quiet)
    disturbances = run(
        lambda: Disturbances.of(options.faults, options.hooks, options.habits, SERVER_ROLES),
        verbosity=given.verbose,
    )
    run_async(
        lambda: run_server(options, reporter, disturbances.plug_server, disturbances.behaviours),
        verbosity=given.verbose,
    )
    run(lambda: require_fired(disturbances.unfired, must=options.faults_must_fire), verbosity=given.verbose)


COMMANDS: Final[dict[str, Handler]] = {"": server}
