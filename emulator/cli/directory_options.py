"""The options of all commands that ask a directory, and where the password comes from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emulator.directory.secret import Secret
    from emulator.environment.options import LdapOptions

PANEL = "Directory over LDAP"


class Auth(StrEnum):
    """--directory-auth."""

    AUTO = "auto"
    NTLM = "ntlm"
    KERBEROS = "kerberos"
    SIMPLE = "simple"


Directory = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL",
        help="Folder of users and scan processes, or ldap://DOMAIN, ldaps://HOST. Default: the office that comes "
        "along.",
        show_default=False,
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Its first line is the user's password. Default: DSM_PASSWORD, else a prompt.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DirectoryAuth = Annotated[
    Auth,
    typer.Option(
        help="The kind of bind. auto: simple inside TLS; else Kerberos if it can be tried, else NTLM, both sealed.",
        rich_help_panel=PANEL,
    ),
]
StartTls = Annotated[
    bool, typer.Option("--start-tls", help="Begin TLS on the LDAP port before the bind.", rich_help_panel=PANEL)
]
DirectoryCaFile = Annotated[
    Path | None,
    typer.Option(
        help="PEM of the roots for ldaps and StartTLS. Default: as --ca-file, else the system's.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DnsServer = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="DNS server that knows the domain. Default: the system's.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DirectoryTimeout = Annotated[
    float, typer.Option(min=0.1, help="Seconds for a question, all in all.", rich_help_panel=PANEL)
]
DirectoryRoots = Annotated[
    bool,
    typer.Option(
        "--directory-roots",
        help="Trust the scan server by the enterprise roots that the directory publishes.",
        rich_help_panel=PANEL,
    ),
]


def ldap_options(
    directory: str | None,
    user: str | None,
    *,
    password_file: Path | None,
    auth: Auth,
    start_tls: bool,
    directory_ca_file: Path | None,
    dns_server: str | None,
    timeout: float,
    ca_file: Path | None = None,
    roots: bool = False,
) -> LdapOptions:
    """The options as the lab takes them. Where the directory is one over LDAP, the password of `user` is read, or a
    person at a terminal is asked for it. `ca_file`: used where `directory_ca_file` is not given."""
    from emulator.cli.running import run
    from emulator.environment.directories import is_ldap
    from emulator.environment.options import LdapOptions

    if not is_ldap(directory):
        if any((password_file, auth is not Auth.AUTO, start_tls, directory_ca_file, dns_server, roots)):
            raise typer.BadParameter("is for a directory over LDAP (--directory ldap://...)", param_hint=_hint())
        return LdapOptions()
    password = None if user is None else run(lambda: _password(user, password_file))
    return LdapOptions(password, auth.value, start_tls, directory_ca_file or ca_file, dns_server, timeout, roots)


def _hint() -> str:
    return "--password-file, --directory-auth, --start-tls, --directory-ca-file, --dns-server or --directory-roots"


def _password(user: str, file: Path | None) -> Secret | None:
    """From the file, the environment, or a person; None where there is none of them. Raises LabError."""
    import os
    import sys
    from getpass import getpass

    from emulator.directory.secret import Secret
    from emulator.environment.directories import given_password

    given = given_password(file, os.environ)
    if given is not None or not sys.stdin.isatty():
        return given
    return Secret(getpass(f"Password of {user}: ", stream=sys.stderr))
