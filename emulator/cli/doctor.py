"""`doctor`: what this machine lacks, and what follows from it."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging


def doctor(given: GivenOptions) -> None:
    """Look at this machine: interfaces, multicast, ports, limits, clock, optional components."""
    set_up_logging(given.verbose)
    from emulator.environment.machine_checks import Finding, check_machine
    from emulator.options.press import DoctorOptions

    state = given.of(DoctorOptions).state
    found = []

    def look() -> None:
        for each in check_machine(state):
            found.append(each)
            if not given.json:
                sign = {Finding.OK: "  ", Finding.NOTE: "- ", Finding.WRONG: "! "}[each.finding]
                typer.echo(f"{sign}{each.name:<18}{each.found}")
                if each.means:
                    typer.echo(f"{'':20}{each.means}")

    run(look, verbosity=given.verbose)
    wrong = [each.name for each in found if each.finding is Finding.WRONG]
    error = f"wrong: {', '.join(wrong)}" if wrong else None
    if given.json:
        from emulator.cli.output import print_result

        checks = [
            {"name": each.name, "finding": str(each.finding), "found": each.found, "means": each.means or None}
            for each in found
        ]
        print_result({"checks": checks}, 1 if wrong else 0, error)
    if error:
        typer.echo(f"error: {error}", err=True)
    raise typer.Exit(1 if wrong else 0)


COMMANDS: Final[dict[str, Handler]] = {"": doctor}
