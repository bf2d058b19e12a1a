"""`scan`: runs one post-scan job and exits with its result."""

from __future__ import annotations

from functools import partial
from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler, UsageProblem
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def scan(given: GivenOptions) -> None:
    """Scan pages and deliver them: one whole post-scan job at a DSM scan server."""
    set_up_logging(given.verbose)
    from emulator.cli.report import Reporter
    from emulator.environment.options import TrustOptions
    from emulator.jobs.scan import run_scan
    from emulator.options.scan import ScanOptions

    trust = given.of(TrustOptions, ask=ask_password)
    options = given.of(ScanOptions).but(trust=trust, ldap=ldap_options(given))
    reporter = Reporter(as_json=given.json, quiet=given.quiet, verbosity=given.verbose)
    driven = None
    if "control_port" in given:
        from emulator.options.groups import ControlOptions
        from emulator.panel.job_control import controlled_job

        control = given.of(ControlOptions)
        driven = partial(controlled_job, control=control, state=options.state, ready=reporter.driven)
    elif "control_token" in given or "control_bind" in given:
        raise UsageProblem("--control-bind and --control-token go with --control-port")
    try:
        outcome = run_async(lambda: run_scan(options, reporter, driven=driven), verbosity=given.verbose)
    finally:
        reporter.stop_bar()
    reporter.finished(outcome)
    raise typer.Exit(int(outcome.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": scan}
