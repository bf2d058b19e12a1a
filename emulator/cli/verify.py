"""`verify`: proves by content hash that what a server stored is what was sent."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging


def verify(given: GivenOptions) -> None:
    """Prove that what a server stored is what was sent: by content, at any depth, under any name."""
    set_up_logging(given.verbose)
    from emulator.cli.proof import print_proof
    from emulator.jobs.verify import verify_folder
    from emulator.options.keeping import VerifyOptions

    asked = given.of(VerifyOptions)
    proof = run(
        lambda: verify_folder(
            asked.manifests, asked.folder, copies=asked.copies, exact=asked.exact, state=asked.state
        ),
        verbosity=given.verbose,
    )
    print_proof(proof, as_json=given.json)
    raise typer.Exit(int(proof.exit_code))


COMMANDS: Final[dict[str, Handler]] = {"": verify}
