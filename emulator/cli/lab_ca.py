"""`lab-ca`: makes a lab's certificate authority, and certificates of servers and users."""

from __future__ import annotations

from typing import Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging


def lab_ca(given: GivenOptions) -> None:
    """Make a CA for a lab, with certificates of servers and users as PEM and PKCS#12. Never for anything else."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.environment import lab_ca as lab
    from emulator.environment.options import LabCaOptions

    options = given.of(LabCaOptions)
    done = run(lambda: lab.lab_ca(options), verbosity=given.verbose)
    for hint in done.hints:
        typer.echo(f"note: {hint}", err=True)
    if given.json:
        print_result(done.as_dict())
        return
    told = done.as_dict()
    typer.echo(f"CA            {told['ca_file']}{'' if done.made else '  (was there)'}")
    typer.echo(f"CRL           {told['crl']}")
    for each in done.issued:
        typer.echo(
            f"Certificate   {each.certificate}{'' if each.made else '  (was there; --overwrite makes it anew)'}"
        )
        typer.echo(f"  key         {each.key}")
        typer.echo(f"  PKCS#12     {each.pkcs12}  password in {each.password_file}")
    for name, new in done.revoked.items():
        typer.echo(f"Revoked       {name}{'' if new else '  (was on the list)'}")


COMMANDS: Final[dict[str, Handler]] = {"": lab_ca}
