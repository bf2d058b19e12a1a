"""`health`: whether what runs is ready; for HEALTHCHECK of a container too."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging


def health(given: GivenOptions) -> None:
    """Ask what runs whether it is ready; exits with 0 or 1."""
    set_up_logging(given.verbose)
    from emulator.options.press import HealthOptions
    from emulator.panel.health import find_health

    options = given.of(HealthOptions)
    found = run(lambda: find_health(options.control, options.state), verbosity=given.verbose)
    ready = bool(found) and all(each.ready for each in found)
    error = None if ready else "; ".join(f"{each.control}: {each.problem}" for each in found if not each.ready)
    if not found:
        error = "nothing is running: no device, and no scan server with a control API"
    if given.json:
        from emulator.cli.output import print_result

        servers = [each.server for each in found if each.server is not None]
        told = {
            "ready": ready,
            "devices": sum(each.devices for each in found),
            "server": all(servers) if servers else None,
            "processes": [
                {"control": each.control, "ready": each.ready, "problem": each.problem or None} for each in found
            ],
        }
        print_result(told, 0 if ready else 1, error)
    elif ready:
        for each in found:
            server = "" if each.server is None else ", a scan server"
            typer.echo(f"Ready         {each.control}: {each.devices} devices{server}")
    if not ready:
        typer.echo(f"error: {error}", err=True)
    raise typer.Exit(0 if ready else 1)


COMMANDS: Final[dict[str, Handler]] = {"": health}
