"""`verify`: proves by content hash that what a server stored is what was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.running import run


def verify(
    manifests: Annotated[
        list[Path],
        typer.Argument(
            metavar="MANIFEST", help="Manifests that `scan` wrote; a file counts for one job.", show_default=False
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder where the server stored.", show_default=False)
    ],
    copies: Annotated[
        int | None,
        typer.Option(
            min=1, help="How often each image must be there. Default: once for each share.", show_default=False
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Files that no known job has sent are a failure too.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            help="State folder with the manifests of other jobs. Default: the user's own.", show_default=False
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove that what a server stored is what was sent: by content, at any depth, under any name."""
    from emulator.cli.proof import print_proof
    from emulator.jobs.verify import verify_folder

    proof = run(lambda: verify_folder(manifests, folder, copies=copies, exact=exact, state=state))
    print_proof(proof, as_json=json_output)
    raise typer.Exit(int(proof.exit_code))
