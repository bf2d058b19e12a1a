"""`press`: does what a person does at a running device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from emulator.cli.ask_options import ControlToken
from emulator.cli.page_options import PageMemoryOfRun, PageSecondsOfRun, memory_size
from emulator.cli.running import run

T = TypeVar("T")

app = typer.Typer(
    help="Drive a running device: load, start, open, close, jam, clear, reset ...",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_CONTROL = Annotated[
    str | None, typer.Option("--control", metavar="URL", help="Its control URL.", show_default=False)
]
_DEVICE = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME", help="Its name or UUID. Default: the only one.", show_default=False),
]
_STATE = Annotated[
    Path | None, typer.Option("--state", help="State folder of its run command.", show_default=False)
]
_JSON = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
_COMPONENT = Annotated[
    str,
    typer.Argument(
        help="ADF, Film, MediaPath or Platen; 'cover': wherever the device has one.", show_default=False
    ),
]


def _client(control: str | None, device: str | None, state: Path | None, control_token: Path | None) -> Any:
    import os

    from emulator.panel.client import ControlClient, find_control, find_token

    url = find_control(control, device, state)
    return ControlClient(url, find_token(control_token, url, state, os.environ))


def _do(
    action: str,
    request: dict[str, Any],
    control: str | None,
    device: str | None,
    state: Path | None,
    control_token: Path | None,
    *,
    as_json: bool,
) -> None:
    """Have it done and print how the device is then."""
    _show(lambda: _client(control, device, state, control_token).do(action, request), as_json=as_json)


def _show(ask: Callable[[], dict[str, Any]], *, as_json: bool) -> None:
    from emulator.cli.output import print_result
    from emulator.cli.report_run import print_status

    status = run(ask)
    if as_json:
        print_result(status)
    else:
        print_status(status)


def _component(word: str | None) -> dict[str, Any]:
    return {} if word is None or word.casefold() == "cover" else {"component": word}


@app.command()
def status(
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Show how the device is."""
    _show(lambda: dict(_client(control, device, state, control_token).status()), as_json=json_output)


@app.command()
def watch(
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=0.1, help="Watch so long.", show_default=False),
    ] = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show what happens at the device, a line each, until it ends or you interrupt it."""
    from emulator.cli.report_run import print_happened

    def follow() -> None:
        try:
            for entry in _client(control, device, state, control_token).follow(seconds):
                print_happened(entry, as_json=json_output)
        except KeyboardInterrupt:
            return

    run(follow)


@app.command()
def load(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Pages: images, PDFs, folders.", show_default=False)
    ] = None,
    sheets: Annotated[
        int | None,
        typer.Option(min=1, help="So many sheets with synthetic letters, or of --documents.", show_default=False),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Sheets of a document set, a name or a TOML file.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of --documents.")] = 0,
    two_sided: Annotated[bool, typer.Option("--two-sided", help="Two pages of the files on each sheet.")] = False,
    platen: Annotated[bool, typer.Option("--platen", help="Lay the one file onto the glass.")] = False,
    film: Annotated[bool, typer.Option("--film", help="Put the one file into the film holder.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take out first what is in the feeder.")] = False,
    page_seconds: PageSecondsOfRun = None,
    page_memory: PageMemoryOfRun = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Put sheets into the feeder, or a page onto the glass."""
    request: dict[str, Any] = {"two_sided": two_sided, "platen": platen, "film": film, "replace": replace}
    if files:
        request["files"] = [str(path.absolute()) for path in files]  # the device runs in a folder of its own
    if sheets is not None:
        request["sheets"] = sheets
    if documents is not None:
        path = Path(documents)
        request |= {"documents": str(path.absolute()) if path.suffix == ".toml" else documents, "seed": seed}
    if page_seconds is not None:
        request["page_seconds"] = page_seconds
    if page_memory is not None:
        request["page_memory"] = memory_size(page_memory)
    _do("load", request, control, device, state, control_token, as_json=json_output)


@app.command(name="open")
def open_(
    component: _COMPONENT = "cover",
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Open a cover (CoverOpen)."""
    _do("open", _component(component), control, device, state, control_token, as_json=json_output)


@app.command()
def close(
    component: _COMPONENT = "cover",
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Close a cover."""
    _do("close", _component(component), control, device, state, control_token, as_json=json_output)


@app.command()
def jam(
    component: Annotated[
        str | None, typer.Argument(help="ADF or MediaPath. Default: MediaPath.", show_default=False)
    ] = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Jam the paper (MediaJam)."""
    _do("jam", _component(component), control, device, state, control_token, as_json=json_output)


@app.command()
def condition(
    name: Annotated[
        str, typer.Argument(help="Calibrating, LampError, InternalStorageFull ...", show_default=False)
    ],
    off: Annotated[bool, typer.Option("--off", help="End it.")] = False,
    component: Annotated[
        str | None, typer.Option(help="ADF, Film, MediaPath or Platen.", show_default=False)
    ] = None,
    severity: Annotated[
        str | None, typer.Option(help="Informational, Warning or Critical.", show_default=False)
    ] = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Make any condition active, or end it."""
    given = {"component": component, "severity": severity}
    request = {"name": name, "on": not off, **{key: value for key, value in given.items() if value is not None}}
    _do("condition", request, control, device, state, control_token, as_json=json_output)


@app.command()
def clear(
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """End all conditions that a person can end: jams, open covers ..."""
    _do("clear", {}, control, device, state, control_token, as_json=json_output)


@app.command()
def reset(
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Cancel jobs, end conditions, fill the feeder as at the start."""
    _do("reset", {}, control, device, state, control_token, as_json=json_output)


@app.command()
def cancel(
    job: Annotated[
        int | None, typer.Option("--job", min=1, help="JobId of the scan job. Default: all.", show_default=False)
    ] = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Cancel a scan job at the panel."""
    _do(
        "cancel", {} if job is None else {"job_id": job}, control, device, state, control_token, as_json=json_output
    )


@app.command()
def start(
    scan_process: Annotated[str | None, typer.Option(help="Name, identifier or file.", show_default=False)] = None,
    user: Annotated[str | None, typer.Option(help="Who stands at the device.", show_default=False)] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Its first line is the user's password, for a directory over LDAP. Default: DSM_PASSWORD.",
            show_default=False,
        ),
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Scan server: URL, host name or 'embedded'.", show_default=False)
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A setting of the scan ticket.", show_default=False),
    ] = None,
    mail_to: Annotated[
        list[str] | None,
        typer.Option("--mail-to", metavar="ADDRESS", help="Another e-mail address.", show_default=False),
    ] = None,
    file_name: Annotated[
        str | None,
        typer.Option("--file-name", metavar="NAME", help="Another base of the files' names.", show_default=False),
    ] = None,
    folder: Annotated[
        list[str] | None,
        typer.Option("--folder", metavar="UNC", help="Another share or folder of one.", show_default=False),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", help="Scan to a PC: the destination's name.", show_default=False),
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the job's end.")] = False,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Start a post-scan job of what lies in the device; exits with its result. With --to the scan is offered to
    a PC, which fetches it or does not."""
    import os

    from emulator.cli.output import print_result
    from emulator.cli.report_run import print_job
    from emulator.environment.directories import given_password

    if to is not None:
        if (
            scan_process
            or user
            or password_file
            or server
            or settings
            or mail_to
            or file_name is not None
            or folder
        ):
            raise typer.BadParameter("goes without options of post-scan jobs", param_hint="--to")
        _start_to(to, control, device, state, control_token, as_json=json_output)
        return
    given = {
        "scan_process": scan_process,
        "user": user,
        "server": server,
        "settings": settings or None,
        "mail_to": mail_to or None,
        "file_name": file_name,
        "folders": folder or None,
    }
    request = {key: value for key, value in given.items() if value is not None}

    def begin() -> dict[str, Any]:
        password = given_password(password_file, os.environ) if user is not None else None
        if password is not None:
            request["password"] = password.reveal()
        client = _client(control, device, state, control_token)
        begun = client.do("start", request)
        return dict(begun) if no_wait else dict(client.wait(begun["job"], lambda job: None))

    job = run(begin)
    if json_output:
        print_result(job)
    elif no_wait:
        typer.echo(f"Post-scan job {job['job']}    {job['url']}")
    else:
        print_job(job)
    raise typer.Exit(0 if no_wait else int(job["exit_code"]))


def _start_to(
    to: str,
    control: str | None,
    device: str | None,
    state: Path | None,
    control_token: Path | None,
    *,
    as_json: bool,
) -> None:
    """Tell the PC, and a person that it was told."""
    from emulator.cli.output import print_result

    told = run(lambda: dict(_client(control, device, state, control_token).do("start", {"to": to})))
    if as_json:
        print_result(told)
    else:
        typer.echo(f"Scan for      {told['to']}    {told['scan_identifier']}")


@app.command()
def describe(
    name: Annotated[str | None, typer.Option(help="ScannerName.", show_default=False)] = None,
    info: Annotated[str | None, typer.Option(help="ScannerInfo; '' takes it away.", show_default=False)] = None,
    location: Annotated[
        str | None, typer.Option(help="ScannerLocation; '' takes it away.", show_default=False)
    ] = None,
    control: _CONTROL = None,
    device: _DEVICE = None,
    state: _STATE = None,
    control_token: ControlToken = None,
    json_output: _JSON = False,
) -> None:
    """Give the device another description, of which subscribers are told."""
    given = {"name": name, "info": info, "location": location}
    request = {key: value for key, value in given.items() if value is not None}
    _do("describe", request, control, device, state, control_token, as_json=json_output)
