"""`discover`: lists the devices and scan servers that are found on the network."""

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
    Insecure,
    trust_options,
)
from emulator.cli.running import run_async, set_up_logging


def discover(
    hosts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST[:PORT]]...",
            help="Ask these directly instead of all on the network; ports 3702 and 5362 where none is given.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=600, help="Seconds for which answers are collected.")
    ] = 3.0,
    interface: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or IP address of the interface to ask on; several times for several. Default: all.",
            show_default=False,
        ),
    ] = None,
    type: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPE",
            help="Only what is of this type: wscn:ScanDeviceType, wsdp:Device, {namespace}Name.",
            show_default=False,
        ),
    ] = None,
    metadata: Annotated[
        bool, typer.Option("--metadata/--no-metadata", help="Ask what is found for its name and services.")
    ] = True,
    ca_file: CaFile = None,
    ca_url: CaUrl = None,
    ca_sha256: CaSha256 = None,
    crl: Crl = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    client_password_file: ClientPasswordFile = None,
    insecure: Insecure = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="-vv: every step.")] = 0,
) -> None:
    """List the devices and scan servers that answer a Probe (WS-Discovery)."""
    set_up_logging(verbose)
    from emulator.cli.output import print_discovery
    from emulator.inspector import discover as lab

    options = lab.DiscoverOptions(
        tuple(hosts or ()),
        timeout,
        tuple(interface or ()),
        tuple(type or ()),
        metadata,
        trust_options(ca_file, crl, client_cert, client_key, client_password_file, insecure, ca_url, ca_sha256),
    )
    result = run_async(lambda: lab.discover(options), verbosity=verbose)
    print_discovery(result, as_json=json_output)
    raise typer.Exit(int(result.exit_code))
