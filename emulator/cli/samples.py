"""`samples`: copies what comes along to a folder of the user's own."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging


def samples(given: GivenOptions) -> None:
    """Copy what comes along to a folder: sample pages, device profiles, document sets, users and scan processes."""
    set_up_logging(given.verbose)
    from emulator.cli.output import plural, print_result
    from emulator.environment.next_step import command_line
    from emulator.environment.samples import copy_samples
    from emulator.options.keeping import SamplesOptions

    options = given.of(SamplesOptions)
    done = run(lambda: copy_samples(options.folder, overwrite=options.overwrite), verbosity=given.verbose)
    if given.json:
        print_result(done.as_dict())
        return
    there = f", {len(done.there)} were there" if done.there else ""
    typer.echo(f"Samples       {options.folder}    {plural(len(done.written), 'file')} written{there}")
    typer.echo(f"  {options.folder / 'sample_images'}: pages to scan")
    typer.echo(f"  {options.folder / 'profiles'}: device profiles")
    typer.echo(f"  {options.folder / 'profiles' / 'documents'}: document sets")
    typer.echo(f"  {options.folder / 'profiles' / 'office'}: users and scan processes")
    typer.echo(f"Try           {command_line('scan', options.folder / 'sample_images')}")


COMMANDS: Final[dict[str, Handler]] = {"": samples}
