"""`run`: puts one or many virtual scanners on the network until it is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.ask_options import (
    LOOPBACK,
    CaFile,
    CaSha256,
    CaUrl,
    ClientCa,
    ClientCert,
    ClientCrl,
    ClientKey,
    ClientPasswordFile,
    ControlBind,
    ControlToken,
    Crl,
    Insecure,
    Overwrite,
    TlsCert,
    TlsKey,
    TlsPasswordFile,
    serve_tls,
    trust_options,
)
from emulator.cli.directory_options import (
    Auth,
    DirectoryAuth,
    DirectoryCaFile,
    DirectoryTimeout,
    DnsServer,
    PasswordFile,
    StartTls,
    ldap_options,
)
from emulator.cli.habit_option import Habit
from emulator.cli.page_options import DEFAULT_MEMORY, DEFAULT_SECONDS, PageMemory, PageSeconds, memory_size
from emulator.cli.running import run_async, set_up_logging
from emulator.cli.scan import Quiet, Speed, TraceOutput

_DEVICES = "Devices"
_NETWORK = "Network"
_JOBS = "Post-scan jobs started at a device"
_OUTPUT = "Output"


def run(
    profiles: Annotated[
        list[str] | None,
        typer.Argument(help="Device profiles: names or TOML files. None: office-mfp.", show_default=False),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=10_000, help="So many devices of each profile.", rich_help_panel=_DEVICES)
    ] = 1,
    name: Annotated[
        str, typer.Option(help="Name of the device. Default: the profile's.", rich_help_panel=_DEVICES)
    ] = "",
    speed: Annotated[
        Speed, typer.Option(help="real: the pages per minute of the profile.", rich_help_panel=_DEVICES)
    ] = Speed.MAX,
    seed: Annotated[int, typer.Option(min=0, help="Seed of synthetic pages.", rich_help_panel=_DEVICES)] = 0,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps the devices' identities. Default: the user's own.",
            rich_help_panel=_DEVICES,
            show_default=False,
        ),
    ] = None,
    interface: Annotated[
        list[str] | None,
        typer.Option(
            help="Interface (name or IP address) to be reached on beside loopback, or 'all'.",
            rich_help_panel=_NETWORK,
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="HTTP port of all devices; 0: a free one.", rich_help_panel=_NETWORK),
    ] = 0,
    no_multicast: Annotated[
        bool,
        typer.Option(
            "--no-multicast", help="No Hello, no Bye, no answer to multicast Probes.", rich_help_panel=_NETWORK
        ),
    ] = False,
    control_port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port of the control API; 0: a free one.", rich_help_panel=_NETWORK),
    ] = 0,
    control_bind: ControlBind = LOOPBACK,
    control_token: ControlToken = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse every deviation from the documents.", rich_help_panel=_NETWORK)
    ] = False,
    https: Annotated[
        bool,
        typer.Option(
            "--https", help="Serve over HTTPS alone, as Windows wants secure devices.", rich_help_panel=_NETWORK
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            help="DNS name or IP address of this machine in the one URL of an HTTPS device. "
            "Default: the first address of --interface, else 127.0.0.1.",
            rich_help_panel=_NETWORK,
            show_default=False,
        ),
    ] = "",
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_password_file: TlsPasswordFile = None,
    client_ca: ClientCa = None,
    client_crl: ClientCrl = None,
    server: Annotated[
        str | None,
        typer.Option(help="Scan server, as of scan --server.", rich_help_panel=_JOBS, show_default=False),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URL",
            help="Directory, as of scan --directory.",
            rich_help_panel=_JOBS,
            show_default=False,
        ),
    ] = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: DirectoryCaFile = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    scan_process: Annotated[
        str | None,
        typer.Option(help="Scan process, as of scan --scan-process.", rich_help_panel=_JOBS, show_default=False),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="User who stands at the device.", rich_help_panel=_JOBS, show_default=False)
    ] = None,
    store: Annotated[
        Path, typer.Option(help="Where the embedded scan server stores.", rich_help_panel=_JOBS)
    ] = Path("scans"),
    habit: Habit = None,
    ca_file: CaFile = None,
    ca_url: CaUrl = None,
    ca_sha256: CaSha256 = None,
    crl: Crl = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    client_password_file: ClientPasswordFile = None,
    insecure: Insecure = False,
    page_seconds: PageSeconds = DEFAULT_SECONDS,
    page_memory: PageMemory = DEFAULT_MEMORY,
    trace: TraceOutput = None,
    overwrite: Overwrite = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON line when everything listens.", rich_help_panel=_OUTPUT)
    ] = False,
    quiet: Quiet = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v", "--verbose", count=True, help="-v: each job; -vv: every message.", rich_help_panel=_OUTPUT
        ),
    ] = 0,
) -> None:
    """Put virtual scanners on the network; SIGINT or SIGTERM stops them."""
    set_up_logging(verbose)
    from emulator.cli.report_run import RunReporter
    from emulator.jobs.options import ScanOptions
    from emulator.network.device_network import NetworkOptions
    from emulator.panel.listening import ControlOptions
    from emulator.panel.serve import run_devices

    trust = trust_options(ca_file, crl, client_cert, client_key, client_password_file, insecure, ca_url, ca_sha256)
    options = NetworkOptions(
        profiles=tuple(profiles or ("office-mfp",)),
        count=count,
        name=name,
        interfaces=tuple(interface or ()),
        port=port,
        multicast=not no_multicast,
        speed=speed.value,
        seed=seed,
        state=state,
        strict=strict,
        trace=trace,
        overwrite=overwrite,
        https=https,
        host=host,
        tls=serve_tls(tls_cert, tls_key, tls_password_file, client_ca, client_crl),
        # Subscribers do not wait for a root that can be fetched only when a scan server runs.
        trust=replace(trust, ca_url=None, ca_sha256=None),
        page_seconds=page_seconds,
        page_memory=memory_size(page_memory),
    )
    defaults = ScanOptions(
        server=server,
        directory=directory,
        ldap=ldap_options(
            directory,
            user,
            password_file=password_file,
            auth=directory_auth,
            start_tls=start_tls,
            directory_ca_file=directory_ca_file,
            dns_server=dns_server,
            timeout=directory_timeout,
            ca_file=ca_file,
        ),
        scan_process=scan_process,
        user=user,
        store=store,
        state=state,
        habits=tuple(habit or ()),
        trust=replace(trust, ask=None),  # nobody sits at this terminal when a job is started
    )
    reporter = RunReporter(as_json=json_output, quiet=quiet)
    control = ControlOptions(control_port, control_bind.strip("[]"), control_token)
    run_async(lambda: run_devices(options, defaults, reporter, control), verbosity=verbose)
