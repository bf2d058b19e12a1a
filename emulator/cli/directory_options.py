"""How a command asks a directory: where the password comes from, and what is only for a directory over LDAP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.cli.command import GivenOptions, UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.directory.secret import Secret
    from emulator.environment.options import LdapOptions

_OF_LDAP: Final = (
    "password_file",
    "directory_auth",
    "start_tls",
    "directory_ca_file",
    "dns_server",
    "directory_roots",
)


def ldap_options(given: GivenOptions) -> LdapOptions:
    """The options as the lab takes them. Where the directory is one over LDAP, the password of --user is read, or a
    person at a terminal is asked for it; the roots are those of --ca-file where no others are given."""
    from emulator.cli.running import run
    from emulator.environment.directories import is_ldap
    from emulator.environment.options import LdapOptions

    ldap = given.of(LdapOptions)
    if not is_ldap(given.get("directory")):
        of_ldap = [each for each in given.command.parameters if each.name in _OF_LDAP]
        if any(each.name in given and given[each.name] != "auto" for each in of_ldap):
            *most, last = (each.flags[-1] for each in of_ldap)
            raise UsageProblem(f"{', '.join(most)} or {last} is for a directory over LDAP (--directory ldap://...)")
        return LdapOptions()
    user = given.get("user")
    password = None if user is None else run(lambda: _password(user, ldap.password_file))
    # --ca-file of a command that asks nobody else is of its subscribers.
    roots = given.get("ca_file") if any(each.name == "client_cert" for each in given.command.parameters) else None
    return ldap.but(password=password, password_file=None, ca_file=ldap.ca_file or roots)


def _password(user: str, file: Path | None) -> Secret | None:
    """Return the password from the file, the environment, or a person; None where there is none of them. Raises
    LabError."""
    import os
    import sys
    from getpass import getpass

    from emulator.directory.secret import Secret
    from emulator.environment.directories import given_password

    known = given_password(file, os.environ)
    if known is not None or not sys.stdin.isatty():
        return known
    return Secret(getpass(f"Password of {user}: ", stream=sys.stderr))
