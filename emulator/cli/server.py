"""`server`: runs the embedded scan server alone until it is stopped."""

from __future__ import annotations

from functools import partial
from typing import Final

from emulator.cli.command import GivenOptions, Handler, UsageProblem
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run, run_async, set_up_logging


def server(given: GivenOptions) -> None:
    """Run the embedded scan server alone; SIGINT or SIGTERM stops it."""
    set_up_logging(given.verbose)
    from emulator.cli.report import ServerReporter
    from emulator.disturbance.disturbances import SERVER_ROLES, Disturbances, require_fired
    from emulator.environment.options import ServeTls
    from emulator.options.groups import ControlOptions, PanelOptions
    from emulator.options.server import ServerOptions
    from emulator.scan_server.alone import run_server

    tls = given.of(ServeTls, ask=ask_password)
    options = given.of(ServerOptions).but(ldap=ldap_options(given), tls=tls)
    reporter = ServerReporter(as_json=given.json, quiet=given.quiet)
    disturbances = run(
        lambda: Disturbances.of(options.faults, options.hooks, options.habits, SERVER_ROLES),
        verbosity=given.verbose,
    )
    driven = None
    opens = given.of(PanelOptions).open_panel
    if "control_port" in given or opens:
        from emulator.panel.server_control import controlled_server

        driven = partial(
            controlled_server,
            control=given.of(ControlOptions),
            disturbances=disturbances,
            truth=options.truth,
            state=options.state,
            open_panel=opens,
        )
    elif "control_token" in given or "control_bind" in given or "truth" in given:
        raise UsageProblem("--control-bind, --control-token and --truth go with --control-port or --open")
    run_async(
        lambda: run_server(options, reporter, disturbances.plug_server, disturbances.behaviours, driven),
        verbosity=given.verbose,
    )
    run(lambda: require_fired(disturbances.never_fired, must=options.faults_must_fire), verbosity=given.verbose)


COMMANDS: Final[dict[str, Handler]] = {"": server}
