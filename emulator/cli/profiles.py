"""`profiles`: device profiles, listed, shown, validated, captured."""

from __future__ import annotations

from pathlib import Path
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
    Timeout,
    Trace,
    ask_options,
    trust_options,
)
from emulator.cli.running import CommandFailed, run, run_async, set_up_logging

app = typer.Typer(help="Device profiles.", no_args_is_help=True, rich_markup_mode=None)

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_command(json_output: _JSON = False) -> None:
    """List the profiles that come along."""
    from emulator.cli.output import print_json
    from emulator.device.profiles import profiles

    found = run(profiles)
    if json_output:
        print_json([{"name": p.name, "friendly_name": p.friendly_name, "model": p.model_name} for p in found])
        return
    names = max(len(profile.name) for profile in found) + 2
    titles = max(len(profile.friendly_name) for profile in found) + 2
    for profile in found:
        sources = ", ".join(profile.configuration().input_sources)
        typer.echo(f"{profile.name:<{names}}{profile.friendly_name:<{titles}}{sources}")


@app.command()
def show(
    profile: Annotated[str, typer.Argument(help="Name or TOML file.", show_default=False)],
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the whole TOML with its comments, to start one's own from.")
    ] = False,
    json_output: _JSON = False,
) -> None:
    """Show what a device of a profile can do."""
    from emulator.cli.output import print_profile, print_result
    from emulator.device.profiles import profile_of, profile_text

    if toml and json_output:
        raise CommandFailed("--toml and --json exclude one another", 2)
    if toml:
        typer.echo(run(lambda: profile_text(profile)), nl=False)
        return
    found = run(lambda: profile_of(profile))
    if json_output:
        print_result(found.model_dump(mode="json", by_alias=True))
    else:
        print_profile(found)


@app.command()
def validate(
    profiles: Annotated[list[str], typer.Argument(help="Names or TOML files.", show_default=False)],
) -> None:
    """Check profiles; each mistake is named with file, field and what is allowed."""
    from emulator.device.profiles import check_profile

    bad = False
    for name in profiles:
        mistakes, warnings = run(lambda name=name: check_profile(name))  # type: ignore[misc]
        bad = bad or bool(mistakes)
        for line in mistakes:
            typer.echo(f"error: {line}", err=True)
        for line in warnings:
            typer.echo(f"{name}: {line}")
        if not mistakes:
            typer.echo(f"{name}: valid")
    raise typer.Exit(2 if bad else 0)


@app.command()
def capture(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="URL|FILE.xml...",
            help="A device (as for inspect), or files with its answers to Get and GetScannerElements.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Default: <model>.toml, here.", show_default=False)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "--force", help="Replace a profile or a trace that is there already.")
    ] = False,
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
    json_output: _JSON = False,
    verbose: Annotated[
        int,
        typer.Option(
            "-v", "--verbose", count=True, help="-v: each departure from the documents; -vv: tracebacks too."
        ),
    ] = 0,
) -> None:
    """Make a profile of a WS-Scan device: who it is, what it can do, its default ticket, its quirks."""
    set_up_logging(verbose)
    from emulator.cli.inspection import print_capture
    from emulator.cli.output import print_result
    from emulator.inspector.capture import capture as capture_device

    trust = trust_options(ca_file, crl, client_cert, client_key, client_password_file, insecure, ca_url, ca_sha256)
    options = ask_options(trust, timeout, trace, overwrite=overwrite)
    made = run_async(lambda: capture_device(sources, options, output, overwrite=overwrite), verbosity=verbose)
    if json_output:
        print_result(made.as_dict())
    else:
        print_capture(made, deviations=verbose > 0)
