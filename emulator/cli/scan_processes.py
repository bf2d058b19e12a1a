"""`scan-processes`: scan processes of a folder, listed, shown, validated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.running import run

app = typer.Typer(help="Scan processes of a folder.", no_args_is_help=True, rich_markup_mode=None)

_DIRECTORY = Annotated[
    Path | None,
    typer.Option(
        help="Folder of users and scan processes. Default: the office that comes along.", show_default=False
    ),
]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_command(
    directory: _DIRECTORY = None,
    user: Annotated[
        str | None, typer.Option(help="Only what this user may use. Default: all.", show_default=False)
    ] = None,
    json_output: _JSON = False,
) -> None:
    """List the scan processes of a folder."""
    from emulator.cli.output import print_json
    from emulator.lab.scan_processes import list_scan_processes, summary

    found, broken = run(lambda: list_scan_processes(directory, user))
    if json_output:
        print_json([summary(stored) for stored in found])
    else:
        for stored in found:
            told = summary(stored)
            access = f"  only {', '.join(stored.access)}" if stored.access else ""
            typer.echo(f"{told['name']:<24}{told['id']}  {told['scan_repository']}{access}")
    for reason in broken.values():
        typer.echo(f"cannot be used: {reason}", err=True)


@app.command()
def show(
    scan_process: Annotated[str, typer.Argument(help="Name, identifier or file.", show_default=False)],
    directory: _DIRECTORY = None,
    xml: Annotated[bool, typer.Option("--xml", help="Print the psp:PostScanProcess document.")] = False,
    json_output: _JSON = False,
) -> None:
    """Show one scan process: its ticket, its filters, what a device may change."""
    from emulator.cli.output import print_json, print_scan_process
    from emulator.lab.scan_processes import find_scan_process, summary, xml_of

    found = run(lambda: find_scan_process(scan_process, directory))
    if xml:
        typer.echo(xml_of(found).decode("utf-8"))
    elif json_output:
        print_json(summary(found))
    else:
        print_scan_process(summary(found))


@app.command()
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files. Default: all of the folder.", show_default=False)
    ] = None,
    directory: _DIRECTORY = None,
) -> None:
    """Check scan processes against the schema and the documents; each problem in a line."""
    from emulator.lab.scan_processes import check_scan_processes

    found = run(lambda: check_scan_processes(files or [], directory))
    for path, problems in found.items():
        for problem in problems:
            # What is wrong with the file as a whole begins with its name already.
            typer.echo(problem if problem.startswith(str(path)) else f"{path}: {problem}", err=True)
        if not problems:
            typer.echo(f"{path}: valid")
    raise typer.Exit(2 if any(found.values()) else 0)
