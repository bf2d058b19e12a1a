"""`verify`: proves by content hash that what a server stored is what was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.running import run


def verify(
    manifest: Annotated[Path, typer.Argument(help="Manifest that `scan` wrote.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Folder where the server stored.", show_default=False)],
    copies: Annotated[
        int | None,
        typer.Option(
            min=1, help="How often each image must be there. Default: once for each share.", show_default=False
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Files that this job did not send are a failure too.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove that what a server stored is what was sent: by content, at any depth, under any name."""
    from emulator.cli.output import print_verification
    from emulator.lab.verify import verify_folder

    outcome = run(lambda: verify_folder(manifest, folder, copies=copies))
    print_verification(outcome, folder, as_json=json_output, exact=exact)
    raise typer.Exit(0 if outcome.ok and not (exact and outcome.surplus) else 1)
