"""`scan`: runs one post-scan job and exits with its result."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.ask_options import (
    LOOPBACK,
    CaFile,
    CaSha256,
    CaUrl,
    ClientCert,
    ClientKey,
    ClientPasswordFile,
    ControlBind,
    ControlToken,
    Crl,
    EventsCert,
    EventsKey,
    Insecure,
    Overwrite,
    trust_options,
)
from emulator.cli.directory_options import (
    Auth,
    DirectoryAuth,
    DirectoryCaFile,
    DirectoryRoots,
    DirectoryTimeout,
    DnsServer,
    PasswordFile,
    StartTls,
    ldap_options,
)
from emulator.cli.habit_option import Habit
from emulator.cli.page_options import DEFAULT_MEMORY, DEFAULT_SECONDS, PageMemory, PageSeconds, memory_size
from emulator.cli.preflight import Preflight
from emulator.cli.running import run_async, set_up_logging

_WHAT = "What is scanned"
_WHERE = "Scan server, user, scan process"
_HOW = "Device and settings"
_OUTPUT = "Output"


TraceOutput = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.har",
        help="Record what goes over the wire (HAR 1.2).",
        rich_help_panel=_OUTPUT,
        show_default=False,
    ),
]
MailTo = Annotated[
    list[str] | None,
    typer.Option(
        "--mail-to",
        metavar="ADDRESS",
        help="Another e-mail address, where the scan process lets the device add some.",
        rich_help_panel=_HOW,
        show_default=False,
    ),
]
FileName = Annotated[
    str | None,
    typer.Option(
        "--file-name",
        metavar="NAME",
        help="Another base of the files' names, where the scan process allows it.",
        rich_help_panel=_HOW,
        show_default=False,
    ),
]
Folder = Annotated[
    list[str] | None,
    typer.Option(
        "--folder",
        metavar="UNC",
        help="Another share or folder of one (//server/share/folder), where the scan process allows it.",
        rich_help_panel=_HOW,
        show_default=False,
    ),
]
Delivery = Annotated[
    Path | None,
    typer.Option(
        "--delivery",
        metavar="FILE.toml",
        help="Where the embedded scan server delivers to: mail server, SharePoint libraries, SMB shares.",
        rich_help_panel=_OUTPUT,
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.", rich_help_panel=_OUTPUT)]


class Speed(StrEnum):
    """--speed."""

    MAX = "max"
    REAL = "real"


def scan(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Pages: images, PDFs, folders. None: synthetic letters.", show_default=False),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="A document set, a name or a TOML file, makes the pages.",
            rich_help_panel=_WHAT,
            show_default=False,
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write what is on each page of --documents to this folder.",
            rich_help_panel=_WHAT,
            show_default=False,
        ),
    ] = None,
    pages: Annotated[
        int | None,
        typer.Option(
            min=1, help="Scan N pages: cut the files, or synthesise.", rich_help_panel=_WHAT, show_default=False
        ),
    ] = None,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Repeat the files until --pages.", rich_help_panel=_WHAT)
    ] = False,
    stamped: Annotated[
        bool,
        typer.Option(
            "--stamped",
            help="Load mode: encode each page once, send --pages copies with a number at the foot.",
            rich_help_panel=_WHAT,
        ),
    ] = False,
    as_is: Annotated[
        bool,
        typer.Option(
            "--as-is", help="Send the files' own octets; Format says what they claim to be.", rich_help_panel=_WHAT
        ),
    ] = False,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Leave out files and pages that cannot be read.", rich_help_panel=_WHAT),
    ] = False,
    preflight: Annotated[
        Preflight, typer.Option(help="full: decode every page before the job is created.", rich_help_panel=_WHAT)
    ] = Preflight.NORMAL,
    page_seconds: PageSeconds = DEFAULT_SECONDS,
    page_memory: PageMemory = DEFAULT_MEMORY,
    seed: Annotated[int, typer.Option(min=0, help="Seed of synthetic pages.", rich_help_panel=_WHAT)] = 0,
    server: Annotated[
        str | None,
        typer.Option(
            help="URL, host name, or 'embedded'. Default: as a named scan process says, else embedded.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(
            help="URL of the WS-DSP service itself; nothing is probed.", rich_help_panel=_WHERE, show_default=False
        ),
    ] = None,
    scan_process: Annotated[
        str | None,
        typer.Option(
            help="Name or identifier, or a file (TOML, LDIF, XML). Default: the folder's own.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    psp_id: Annotated[
        str | None,
        typer.Option(
            help="Identifier (GUID) of a scan process given as bare XML.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="User: demo, demo@contoso.example or CONTOSO\\demo. Default: the folder's own.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    user_sid: Annotated[
        str | None,
        typer.Option(
            help="The user's SID; then no directory is asked for the user.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URL",
            help="Folder of users and scan processes, or ldap://DOMAIN, ldaps://HOST. Default: the office that "
            "comes along.",
            rich_help_panel=_WHERE,
            show_default=False,
        ),
    ] = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: DirectoryCaFile = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    directory_roots: DirectoryRoots = False,
    profile: Annotated[
        str, typer.Option(help="Device profile: a name or a TOML file.", rich_help_panel=_HOW)
    ] = "office-mfp",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="A setting of the scan ticket: Format=png, Resolution=300x300, MediaBack/Resolution=200x200 ...",
            rich_help_panel=_HOW,
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Let --set change a value that the scan process marks MustHonor.", rich_help_panel=_HOW
        ),
    ] = False,
    mail_to: MailTo = None,
    file_name: FileName = None,
    folder: Folder = None,
    speed: Annotated[
        Speed, typer.Option(help="real: the pages per minute of the profile.", rich_help_panel=_HOW)
    ] = Speed.MAX,
    control_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Let press drive the job while it runs: port of the control API; 0: a free one.",
            rich_help_panel=_HOW,
            show_default=False,
        ),
    ] = None,
    control_bind: ControlBind = LOOPBACK,
    control_token: ControlToken = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="A deviation of the scan server from the documents is a failure.", rich_help_panel=_HOW
        ),
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="HOST[:PORT] of ours that events come to, or 'none'. Default: loopback, for a server here.",
            rich_help_panel=_HOW,
            show_default=False,
        ),
    ] = None,
    events_cert: EventsCert = None,
    events_key: EventsKey = None,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Do not wait for the job's end after EndPostScanJob.", rich_help_panel=_HOW),
    ] = False,
    connect_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to connect, TLS included.", rich_help_panel=_HOW)
    ] = 10.0,
    read_timeout: Annotated[
        float, typer.Option(min=0.1, help="Longest silence of the scan server, in seconds.", rich_help_panel=_HOW)
    ] = 60.0,
    job_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds from EndPostScanJob to the job's end.", rich_help_panel=_HOW)
    ] = 600.0,
    ca_file: CaFile = None,
    ca_url: CaUrl = None,
    ca_sha256: CaSha256 = None,
    crl: Crl = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    client_password_file: ClientPasswordFile = None,
    insecure: Insecure = False,
    store: Annotated[
        Path, typer.Option(help="Where the embedded scan server stores.", rich_help_panel=_OUTPUT)
    ] = Path("scans"),
    delivery: Delivery = None,
    habit: Habit = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|none",
            help="Where the manifest goes; none: nowhere. Default: the embedded server's store, else the user's "
            "state folder.",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    trace: TraceOutput = None,
    overwrite: Overwrite = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.", rich_help_panel=_OUTPUT)
    ] = False,
    quiet: Quiet = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            help="-v: what happens; -vv: every step, and tracebacks.",
            rich_help_panel=_OUTPUT,
        ),
    ] = 0,
) -> None:
    """Scan pages and deliver them: one whole post-scan job at a DSM scan server."""
    set_up_logging(verbose)
    from emulator.cli.report import Reporter
    from emulator.jobs.options import NO_MANIFEST, ScanOptions
    from emulator.jobs.scan import run_scan

    options = ScanOptions(
        files=tuple(files or ()),
        documents=documents,
        truth=truth,
        server=server,
        service=service,
        scan_process=scan_process,
        psp_id=psp_id,
        user=user,
        user_sid=user_sid,
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
            roots=directory_roots,
        ),
        profile=profile,
        pages=pages,
        repeat=repeat,
        stamped=stamped,
        settings=tuple(settings or ()),
        force=force,
        mail_to=tuple(mail_to or ()),
        file_name=file_name,
        folders=tuple(folder or ()),
        delivery=delivery,
        habits=tuple(habit or ()),
        as_is=as_is,
        skip_bad=skip_bad,
        full_preflight=preflight is Preflight.FULL,
        page_seconds=page_seconds,
        page_memory=memory_size(page_memory),
        seed=seed,
        store=store,
        manifest=NO_MANIFEST if manifest == NO_MANIFEST else None if manifest is None else Path(manifest),
        trace=trace,
        overwrite=overwrite,
        trust=trust_options(
            ca_file, crl, client_cert, client_key, client_password_file, insecure, ca_url, ca_sha256
        ),
        events=events,
        events_cert=events_cert,
        events_key=events_key,
        wait=not no_wait,
        speed=speed.value,
        strict=strict,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        job_timeout=job_timeout,
    )
    reporter = Reporter(as_json=json_output, quiet=quiet, verbosity=verbose)
    driven = None
    if control_port is not None:
        from emulator.panel.job_control import controlled_job
        from emulator.panel.listening import ControlOptions

        control = ControlOptions(control_port, control_bind.strip("[]"), control_token)
        driven = partial(controlled_job, control=control, state=options.state, ready=reporter.driven)
    elif control_token is not None or control_bind != LOOPBACK:
        raise typer.BadParameter("goes with --control-port", param_hint="--control-bind, --control-token")
    try:
        outcome = run_async(lambda: run_scan(options, reporter, driven=driven), verbosity=verbose)
    finally:
        reporter.stop_bar()
    reporter.finished(outcome)
    raise typer.Exit(int(outcome.exit_code))
