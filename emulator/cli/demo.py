"""`demo`: a device, a scan server, documents and the front panel in one, until it is stopped."""

from __future__ import annotations

from typing import Final

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run_async, set_up_logging


def demo(given: GivenOptions) -> None:
    """Show what there is: load paper, press Start, see the pages arrive. SIGINT or SIGTERM ends it."""
    set_up_logging(given.verbose)
    from emulator.cli.report_demo import DemoReporter
    from emulator.options.demo import DemoOptions
    from emulator.options.groups import ControlOptions
    from emulator.panel.demo import run_demo

    options, control = given.of(DemoOptions), given.of(ControlOptions)
    reporter = DemoReporter(options, as_json=given.json, quiet=given.quiet)
    run_async(lambda: run_demo(options, reporter, control), verbosity=given.verbose)


COMMANDS: Final[dict[str, Handler]] = {"": demo}
