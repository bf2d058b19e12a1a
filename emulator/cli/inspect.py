"""`inspect`: what a device or a scan server tells of itself."""

from __future__ import annotations

from typing import Annotated

import typer

from emulator.cli.ask_options import (
    CaFile,
    CaSha256,
    CaUrl,
    ClientCert,
    ClientKey,
    ClientPasswordFile,
    Crl,
    EventsCert,
    EventsKey,
    Insecure,
    Overwrite,
    Timeout,
    Trace,
    ask_options,
    trust_options,
)
from emulator.cli.running import run_async, set_up_logging


def inspect(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="URL of the metadata or of a scan service, or HOST[:PORT] of a device or a scan server.",
            show_default=False,
        ),
    ],
    ca_file: CaFile = None,
    ca_url: CaUrl = None,
    ca_sha256: CaSha256 = None,
    crl: Crl = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    client_password_file: ClientPasswordFile = None,
    insecure: Insecure = False,
    timeout: Timeout = 10.0,
    trace: Trace = None,
    overwrite: Overwrite = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show states and events as they come, until interrupted.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=0.1, help="Watch so long.", show_default=False),
    ] = None,
    events: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="HOST[:PORT] of ours that events come to, or 'none'. Default: loopback, for a peer here.",
            show_default=False,
        ),
    ] = None,
    events_cert: EventsCert = None,
    events_key: EventsKey = None,
    json_output: Annotated[
        bool,
        typer.Option("--json", help="One JSON object on stdout (with --watch one a line), all else on stderr."),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v", "--verbose", count=True, help="-v: each departure from the documents; -vv: tracebacks too."
        ),
    ] = 0,
) -> None:
    """Show what a device or a scan server tells of itself: metadata, services, configuration, status, jobs."""
    set_up_logging(verbose)
    from emulator.cli.inspection import print_inspection
    from emulator.cli.output import print_result
    from emulator.inspector.inspect import inspect as inspect_peer
    from emulator.inspector.inspection_json import inspection_as_dict

    trust = trust_options(ca_file, crl, client_cert, client_key, client_password_file, insecure, ca_url, ca_sha256)
    options = ask_options(trust, timeout, trace, events_cert, events_key, overwrite=overwrite)
    if watch:
        from emulator.cli.watching import WatchReporter
        from emulator.inspector.watch import watch_until_stopped

        reporter = WatchReporter(as_json=json_output)
        run_async(
            lambda: watch_until_stopped(url, options, reporter, events=events, seconds=seconds), verbosity=verbose
        )
        return
    found = run_async(lambda: inspect_peer(url, options), verbosity=verbose)
    if json_output:
        told = "; ".join(map(str, found.problems)) or None
        print_result(inspection_as_dict(found), found.exit_code, told)
    else:
        print_inspection(found, deviations=verbose > 0)
    for problem in found.problems:
        typer.echo(f"error: {problem}", err=True)
    raise typer.Exit(int(found.exit_code))
