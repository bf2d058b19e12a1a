"""`server`: runs the embedded scan server alone until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.ask_options import (
    TRUST,
    ClientCa,
    ClientCrl,
    Overwrite,
    TlsCert,
    TlsKey,
    TlsPasswordFile,
    Trace,
    serve_tls,
)
from emulator.cli.directory_options import (
    Auth,
    Directory,
    DirectoryAuth,
    DirectoryCaFile,
    DirectoryTimeout,
    DnsServer,
    PasswordFile,
    StartTls,
    ldap_options,
)
from emulator.cli.habit_option import Habit
from emulator.cli.running import run_async, set_up_logging


def server(
    store: Annotated[Path, typer.Option(help="Folder that the images go to.")] = Path("scans"),
    directory: Directory = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="The server's own account in a directory over LDAP: svc@dsm.test or DSM\\svc.", show_default=False
        ),
    ] = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: DirectoryCaFile = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    bind: Annotated[str, typer.Option(help="Address to listen on. Loopback unless you say so.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="0: a free port; 5362 is the one registered for DSM.")
    ] = 5362,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="DNS name or IP address by which clients reach the server, for its certificate; several times for "
            "several. Those of --bind and of this machine stand there by themselves.",
            rich_help_panel=TRUST,
            show_default=False,
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps the CA of the server's certificate, so that it is the same after a restart. "
            "Default: a throw-away CA.",
            rich_help_panel=TRUST,
            show_default=False,
        ),
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Plain HTTP instead of HTTPS.")] = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_password_file: TlsPasswordFile = None,
    client_ca: ClientCa = None,
    client_crl: ClientCrl = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            help="PEM of the roots of subscribers that take events over HTTPS. Default: the system's.",
            rich_help_panel=TRUST,
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0.1, help="Seconds without an image or the end after which a job is aborted (the documents: 600)."
        ),
    ] = 600.0,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse every deviation from the documents.")] = False,
    delivery: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="Where filters deliver to: mail server, SharePoint libraries, SMB shares.",
            show_default=False,
        ),
    ] = None,
    habit: Habit = None,
    trace: Trace = None,
    overwrite: Overwrite = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON line when everything listens.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="-v: each job; -vv: every message.")
    ] = 0,
) -> None:
    """Run the embedded scan server alone; SIGINT or SIGTERM stops it."""
    set_up_logging(verbose)
    from emulator.cli.report import ServerReporter
    from emulator.scan_server.alone import ServerOptions, run_server

    options = ServerOptions(
        store=store,
        directory=directory,
        user=user,
        ldap=ldap_options(
            directory,
            user,
            password_file=password_file,
            auth=directory_auth,
            start_tls=start_tls,
            directory_ca_file=directory_ca_file,
            dns_server=dns_server,
            timeout=directory_timeout,
        ),
        bind=bind,
        port=port,
        http=http,
        tls=serve_tls(tls_cert, tls_key, tls_password_file, client_ca, client_crl),
        ca_file=ca_file,
        time_limit=time_limit,
        strict=strict,
        delivery=delivery,
        habits=tuple(habit or ()),
        trace=trace,
        overwrite=overwrite,
        hosts=tuple(host or ()),
        state=state,
    )
    reporter = ServerReporter(as_json=json_output, quiet=quiet)
    run_async(lambda: run_server(options, reporter), verbosity=verbose)
