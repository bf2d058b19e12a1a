"""`run`: puts one or many virtual scanners on the network until it is stopped."""

from __future__ import annotations

from typing import Final

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def run(given: GivenOptions) -> None:
    """Put virtual scanners on the network; SIGINT or SIGTERM stops them."""
    set_up_logging(given.verbose)
    from emulator.cli.report_run import RunReporter
    from emulator.environment.options import ServeTls, TrustOptions
    from emulator.options.groups import ControlOptions, PanelOptions
    from emulator.options.run import NetworkOptions, StartedJobs
    from emulator.options.scan import ScanOptions
    from emulator.panel.serve import run_devices

    trust = given.of(TrustOptions, ask=ask_password)
    options = given.of(NetworkOptions).but(
        tls=given.of(ServeTls, ask=ask_password),
        # Subscribers do not wait for a root that can be fetched only when a scan server runs.
        trust=trust.but(ca_url=None, ca_sha256=None),
    )
    jobs = given.of(StartedJobs)
    defaults = ScanOptions.of(
        **{name: getattr(jobs, name) for name in StartedJobs.model_fields}
        | {"ldap": ldap_options(given), "state": options.state}
        | {"trust": trust.but(ask=None)}  # nobody sits at this terminal when a job is started
    )
    reporter = RunReporter(as_json=given.json, quiet=given.quiet)
    control = given.of(ControlOptions)
    opens = given.of(PanelOptions).open_panel
    run_async(
        lambda: run_devices(options, defaults, reporter, control, fleet=reporter, open_panel=opens),
        verbosity=given.verbose,
    )


COMMANDS: Final[dict[str, Handler]] = {"": run}
