"""`discover`: lists the devices and scan servers that are found on the network."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.passwords import ask_password
from emulator.cli.running import run_async, set_up_logging


def discover(given: GivenOptions) -> None:
    """List the devices and scan servers that answer a Probe (WS-Discovery)."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_discovery
    from emulator.environment.options import TrustOptions
    from emulator.inspector import discover as lab
    from emulator.options.asking import DiscoverOptions

    options = given.of(DiscoverOptions).but(trust=given.of(TrustOptions, ask=ask_password))
    result = run_async(lambda: lab.discover(options), verbosity=given.verbose)
    print_discovery(result, as_json=given.json)
    raise typer.Exit(int(result.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": discover}
