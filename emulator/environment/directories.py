"""Opens the directory that a command names: a folder, or Active Directory over LDAP."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from emulator.directory.errors import DirectoryError, NotInstalled
from emulator.directory.folder import FolderDirectory
from emulator.directory.ldap_url import is_ldap_url
from emulator.directory.model import Directory
from emulator.directory.secret import Login, Secret
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.options import LdapOptions
from emulator.resources import resource_folder

PASSWORD_VARIABLE: Final = "DSM_PASSWORD"  # noqa: S105 - its name, not its value
"""Environment variable that holds the password where neither a file nor a person gives it."""
_MAX_PASSWORD_FILE: Final = 4096
_NEEDED: Final = ("sansldap", "spnego", "dns")


def office_folder() -> Path:
    """The folder of users and scan processes that comes along; it belongs to the embedded scan server."""
    return resource_folder("profiles") / "office"


def is_ldap(directory: Path | str | None) -> bool:
    """Return whether a directory is asked over LDAP, and so needs a password."""
    return isinstance(directory, str) and is_ldap_url(directory)


def open_directory(directory: Path | str | None, user: str | None, ldap: LdapOptions) -> Directory:
    """The directory, which the caller closes. `directory`: None means the office that comes along; `user`: who
    binds. Nothing is asked yet. Raises LabError."""
    try:
        if isinstance(directory, str) and is_ldap_url(directory):
            return _active_directory(directory, user, ldap)
        return FolderDirectory(office_folder() if directory is None else Path(directory))
    except DirectoryError as error:
        raise lab_error(error) from None


def _active_directory(url: str, user: str | None, ldap: LdapOptions) -> Directory:
    if user is None:
        raise LabError(f"{url}: who asks? a directory over LDAP needs a user", hint="--user names him")
    if ldap.password is None:
        raise LabError(
            f"{url}: the password of {user} is missing",
            hint=f"--password-file FILE or {PASSWORD_VARIABLE} gives it; on a terminal you are asked for it",
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise NotInstalled(
            f"Active Directory needs the extra: pip install 'dsm-emulator[ad]' ({missing[0]} is missing)"
        )
    from emulator.directory.active_directory import ActiveDirectory

    return ActiveDirectory(
        url,
        Login(user, ldap.password),
        auth=ldap.auth,
        start_tls=ldap.start_tls,
        ca_file=ldap.ca_file,
        dns_server=ldap.dns_server,
        seconds=ldap.timeout,
    )


def lab_error(error: DirectoryError, hint: str = "") -> LabError:
    """A directory's error with its exit code. `hint`: what to do, where the error itself has nothing to say."""
    return LabError(str(error), ExitCode(error.exit_hint), error.hint or hint)


def given_password(file: Path | None, environment: Mapping[str, str]) -> Secret | None:
    """The first line of the file, else what the environment says; None where both are silent. Raises LabError for
    a file that cannot be read or has no password in it."""
    if file is None:
        value = environment.get(PASSWORD_VARIABLE)
        return Secret(value) if value else None
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_PASSWORD_FILE + 1)
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise LabError(f"the password file {file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise LabError(f"the password file {file} is not UTF-8") from None
    if len(data) > _MAX_PASSWORD_FILE or not lines or not lines[0]:
        raise LabError(f"the password file {file} has no password in its first line")
    return Secret(lines[0])
