"""`samples`: copies what comes along to a folder of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.running import run


def samples(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they go.", show_default=False)],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of these names that have other content.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Copy what comes along to a folder: sample pages, device profiles, document sets, users and scan processes."""
    from emulator.cli.next_step import command_line
    from emulator.cli.output import plural, print_result
    from emulator.environment.samples import copy_samples

    done = run(lambda: copy_samples(folder, overwrite=overwrite))
    if json_output:
        print_result(done.as_dict())
        return
    there = f", {len(done.there)} were there" if done.there else ""
    typer.echo(f"Samples       {folder}    {plural(len(done.written), 'file')} written{there}")
    typer.echo(f"  {folder / 'sample_images'}: pages to scan")
    typer.echo(f"  {folder / 'profiles'}: device profiles")
    typer.echo(f"  {folder / 'profiles' / 'documents'}: document sets")
    typer.echo(f"  {folder / 'profiles' / 'office'}: users and scan processes")
    typer.echo(f"Try           {command_line('scan', folder / 'sample_images')}")
