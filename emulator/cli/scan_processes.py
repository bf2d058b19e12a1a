"""`scan-processes`: scan processes of a directory, listed, shown, validated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emulator.cli.directory_options import (
    PANEL,
    Auth,
    Directory,
    DirectoryAuth,
    DirectoryTimeout,
    DnsServer,
    PasswordFile,
    StartTls,
    ldap_options,
)
from emulator.cli.running import run

if TYPE_CHECKING:
    from emulator.jobs.scan_processes import Where

app = typer.Typer(
    help="Scan processes of a directory: a folder, or Active Directory.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_USER = Annotated[
    str | None, typer.Option(help="Who asks a directory over LDAP, and sees what he may read.", show_default=False)
]
_CA_FILE = Annotated[
    Path | None,
    typer.Option(
        "--ca-file",
        "--directory-ca-file",
        help="PEM of the roots for ldaps and StartTLS instead of the system's.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_command(
    directory: Directory = None,
    user: Annotated[
        str | None,
        typer.Option(help="Only what this user may use. Default: all of a folder.", show_default=False),
    ] = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: _CA_FILE = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    json_output: _JSON = False,
) -> None:
    """List the scan processes of a directory; what cannot be used stands on stderr with the reason."""
    from emulator.cli.output import print_json
    from emulator.jobs.scan_processes import list_scan_processes, summary

    where = _where(
        directory,
        user,
        password_file=password_file,
        auth=directory_auth,
        start_tls=start_tls,
        directory_ca_file=directory_ca_file,
        dns_server=dns_server,
        timeout=directory_timeout,
    )
    found, broken = run(lambda: list_scan_processes(where))
    if json_output:
        print_json([summary(stored) for stored in found])
    else:
        for stored in found:
            told = summary(stored)
            access = f"  only {', '.join(stored.access)}" if stored.access else ""
            typer.echo(f"{told['name']:<24}{told['id']}  {told['scan_repository']}{access}")
        if not found:
            typer.echo("no scan process that can be used", err=True)
    for reason in broken.values():
        typer.echo(f"cannot be used: {reason}", err=True)


@app.command()
def show(
    scan_process: Annotated[str, typer.Argument(help="Name, identifier or file.", show_default=False)],
    directory: Directory = None,
    user: _USER = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: _CA_FILE = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    xml: Annotated[bool, typer.Option("--xml", help="Print the psp:PostScanProcess document.")] = False,
    json_output: _JSON = False,
) -> None:
    """Show one scan process: its ticket, its filters, what a device may change."""
    from emulator.cli.output import print_result, print_scan_process
    from emulator.jobs.scan_processes import find_scan_process, summary, xml_of

    where = _where(
        directory,
        user,
        password_file=password_file,
        auth=directory_auth,
        start_tls=start_tls,
        directory_ca_file=directory_ca_file,
        dns_server=dns_server,
        timeout=directory_timeout,
    )
    found = run(lambda: find_scan_process(scan_process, where))
    if xml:
        typer.echo(xml_of(found).decode("utf-8"))
    elif json_output:
        print_result(summary(found))
    else:
        print_scan_process(summary(found))


@app.command()
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files. Default: all of the directory.", show_default=False)
    ] = None,
    directory: Directory = None,
    user: _USER = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: _CA_FILE = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
) -> None:
    """Check scan processes against the schema and the documents; each problem in a line."""
    from emulator.jobs.scan_processes import check_scan_processes

    where = _where(
        directory,
        user,
        password_file=password_file,
        auth=directory_auth,
        start_tls=start_tls,
        directory_ca_file=directory_ca_file,
        dns_server=dns_server,
        timeout=directory_timeout,
    )
    found = run(lambda: check_scan_processes(files or [], where))
    for path, problems in found.items():
        for problem in problems:
            # What is wrong with the file as a whole begins with its name already.
            typer.echo(problem if problem.startswith(str(path)) else f"{path}: {problem}", err=True)
        if not problems:
            typer.echo(f"{path}: valid")
    raise typer.Exit(2 if any(found.values()) else 0)


def _where(
    directory: str | None,
    user: str | None,
    *,
    password_file: Path | None,
    auth: Auth,
    start_tls: bool,
    directory_ca_file: Path | None,
    dns_server: str | None,
    timeout: float,
) -> Where:
    """The directory as the lab takes it."""
    from emulator.jobs.scan_processes import Where

    ldap = ldap_options(
        directory,
        user,
        password_file=password_file,
        auth=auth,
        start_tls=start_tls,
        directory_ca_file=directory_ca_file,
        dns_server=dns_server,
        timeout=timeout,
    )
    return Where(directory, user, ldap)
