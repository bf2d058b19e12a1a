"""`users.toml`: the users of a folder, and which of them is meant when none is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from emulator.directory.errors import DirectoryError
from emulator.directory.fields import Fields, read_toml
from emulator.directory.model import User, UserCertificate

_SID: Final = re.compile(r"S-1-\d+(-\d+)+\Z")
_CERTIFICATE_FIELDS: Final = ("certificate", "certificate_key", "certificate_password_file")
_USER_FIELDS: Final = ("name", "domain", "sid", "mail", "display_name", "groups", *_CERTIFICATE_FIELDS)
_FILE_FIELDS: Final = ("default_user", "default_scan_process", "domain", "short_domain", "user")


@dataclass(frozen=True)
class Users:
    """The users of a folder."""

    path: Path
    users: tuple[User, ...]
    default_user: str
    short_domain: str
    """NetBIOS name of the domain, for `CONTOSO\\demo`."""
    default_scan_process: str = ""
    """Name of the scan process meant when none is named; '': the user's first."""

    def default(self) -> User:
        """The user meant when none is named. Raises DirectoryError."""
        if not self.default_user:
            raise DirectoryError(f"{self.path}: default_user is missing, and no user was named")
        return self.find(self.default_user)

    def find(self, name: str) -> User:
        r"""Find a user by `demo`, `demo@contoso.example` or `CONTOSO\demo`, in any case. Raises DirectoryError."""
        if (user := self._by_spelling.get(name.casefold())) is not None:
            return user
        names = ", ".join(user.name for user in self.users)
        raise DirectoryError(f"{self.path}: no user {name!r}; there are: {names}")

    def by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None."""
        return self._by_sid.get(sid.casefold())

    @cached_property
    def _by_spelling(self) -> Mapping[str, User]:
        found: dict[str, User] = {}
        for user in self.users:
            for spelling in (user.name, user.principal, f"{self.short_domain}\\{user.name}"):
                found.setdefault(spelling.casefold(), user)
        return found

    @cached_property
    def _by_sid(self) -> Mapping[str, User]:
        return {user.sid.casefold(): user for user in reversed(self.users)}


def read_users(path: Path) -> Users:
    """Read `users.toml`. Raises DirectoryError."""
    file = read_toml(path)
    fields = Fields(file, _FILE_FIELDS)
    domain = fields.string("domain", "")
    users: list[User] = []
    known: dict[str, int] = {}
    for number in range(1, len(fields.tables("user")) + 1):
        own = Fields(file, _USER_FIELDS, list_name="user", number=number)
        user = _read_user(own, domain)
        for key in (f"name {user.name.casefold()}", f"sid {user.sid}"):
            if (other := known.setdefault(key, number)) != number:
                raise DirectoryError(
                    f"{own.where(key.partition(' ')[0])}: name or sid is that of {users[other - 1].name}"
                )
        users.append(user)
    if not users:
        raise DirectoryError(f"{path}: no [[user]]")
    short = fields.string("short_domain", domain.partition(".")[0].upper())
    return Users(
        path, tuple(users), fields.string("default_user", ""), short, fields.string("default_scan_process", "")
    )


def _read_user(fields: Fields, domain: str) -> User:
    user = User(
        name=fields.string("name"),
        domain=fields.string("domain", domain),
        sid=fields.string("sid"),
        mail=fields.string("mail", ""),
        display_name=fields.string("display_name", ""),
        groups=fields.strings("groups"),
        certificate=_read_certificate(fields),
    )
    if not user.name or not user.domain:
        raise DirectoryError(
            f"{fields.where('domain' if user.name else 'name')}: name and domain must not be empty"
        )
    if not _SID.match(user.sid):
        raise DirectoryError(f"{fields.where('sid')}: sid {user.sid!r} is no SID (S-1-5-21-...-1001)")
    return user


def _read_certificate(fields: Fields) -> UserCertificate | None:
    """Its files; their names are relative to the folder of users.toml."""
    path, key, password = (fields.string(name, "") for name in _CERTIFICATE_FIELDS)
    folder = fields.file.path.parent
    if path:
        return UserCertificate(
            folder / path, folder / key if key else None, folder / password if password else None
        )
    if key or password:
        given = "certificate_key" if key else "certificate_password_file"
        raise DirectoryError(
            f"{fields.where(given)}: certificate_key and certificate_password_file go with certificate"
        )
    return None
