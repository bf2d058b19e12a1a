"""`scan-processes`: scan processes of a directory, listed, shown, validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.running import run, set_up_logging

if TYPE_CHECKING:
    from emulator.jobs.scan_processes import NamedDirectory


def list_scan_processes(given: GivenOptions) -> None:
    """List the scan processes of a directory; what cannot be used stands on stderr with the reason."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.jobs.scan_processes import list_scan_processes as all_of
    from emulator.jobs.scan_processes import summary

    where = _where(given)
    found, broken = run(lambda: all_of(where))
    if given.json:
        listed = [summary(stored) for stored in found]
        print_result({"scan_processes": listed, "cannot_be_used": list(broken.values())})
    else:
        for stored in found:
            told = summary(stored)
            access = f"  only {', '.join(stored.access)}" if stored.access else ""
            typer.echo(f"{told['name']:<24}{told['id']}  {told['scan_repository']}{access}")
        if not found:
            typer.echo("no scan process that can be used", err=True)
    for reason in broken.values():
        typer.echo(f"cannot be used: {reason}", err=True)


def show(given: GivenOptions) -> None:
    """Show one scan process: its ticket, its filters, what a device may change."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result, print_scan_process
    from emulator.jobs.scan_processes import find_scan_process, summary, xml_of
    from emulator.options.keeping import ShownScanProcess

    asked, where = given.of(ShownScanProcess), _where(given)
    found = run(lambda: find_scan_process(asked.scan_process, where))
    if asked.xml:
        typer.echo(xml_of(found).decode("utf-8"))
    elif given.json:
        print_result(summary(found))
    else:
        print_scan_process(summary(found))


def validate(given: GivenOptions) -> None:
    """Check scan processes against the schema and the documents; each problem in a line."""
    set_up_logging(given.verbose)
    from emulator.jobs.scan_processes import check_scan_processes
    from emulator.options.keeping import CheckedScanProcesses

    asked, where = given.of(CheckedScanProcesses), _where(given)
    found = run(lambda: check_scan_processes(asked.files, where))
    for path, problems in found.items():
        for problem in problems:
            # What is wrong with the file as a whole begins with its name already.
            typer.echo(problem if problem.startswith(str(path)) else f"{path}: {problem}", err=True)
        if not problems:
            typer.echo(f"{path}: valid")
    raise typer.Exit(2 if any(found.values()) else 0)


def _where(given: GivenOptions) -> NamedDirectory:
    """The directory as the lab takes it."""
    from emulator.jobs.scan_processes import NamedDirectory

    return given.of(NamedDirectory).but(ldap=ldap_options(given))


COMMANDS: Final[dict[str, Handler]] = {"list": list_scan_processes, "show": show, "validate": validate}
