"""`lab-ca`: makes a lab's certificate authority, and certificates of servers and users."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.running import run


class Key(StrEnum):
    """--key."""

    RSA = "rsa"
    EC = "ec"


def lab_ca(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the CA.", show_default=False)],
    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,NAME]...",
            help="A certificate for a server or device of these DNS names and IP addresses.",
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A certificate for a user: demo of the folder of users, or any demo@contoso.example.",
            show_default=False,
        ),
    ] = None,
    revoke: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Put the certificate of that name onto the revocation list.", show_default=False
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Folder of users and scan processes. Default: the office that comes along.", show_default=False
        ),
    ] = None,
    key: Annotated[Key, typer.Option(help="RSA of 2048 bits, or NIST P-256.")] = Key.RSA,
    crl_url: Annotated[
        str,
        typer.Option(
            help="URL of the revocation list, written into the certificates (Windows wants one).",
            show_default=False,
        ),
    ] = "",
    password_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the password of the PKCS#12 files. Default: a new one for each.", show_default=False
        ),
    ] = None,
    legacy: Annotated[
        bool,
        typer.Option("--legacy", help="PKCS#12 for Windows before 10 and Server 2019 (3DES, SHA-1)."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "--force", help="Make certificates anew that are there already.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a CA for a lab, with certificates of servers and users as PEM and PKCS#12. Never for anything else."""
    from emulator.cli.output import print_result
    from emulator.environment import lab_ca as lab

    options = lab.LabCaOptions(
        folder,
        tuple(server or ()),
        tuple(user or ()),
        tuple(revoke or ()),
        directory,
        key.value,
        crl_url,
        password_file,
        legacy,
        overwrite,
    )
    done = run(lambda: lab.lab_ca(options))
    for hint in done.hints:
        typer.echo(f"note: {hint}", err=True)
    if json_output:
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
