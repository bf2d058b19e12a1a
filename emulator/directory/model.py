"""What a directory holds: users, and scan processes with their access lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from emulator.dsm.scan_process import ScanProcess


@dataclass(frozen=True, slots=True)
class UserCertificate:
    """What stands in for a user's smart card: the files of his certificate (DSM security, strong mode)."""

    path: Path
    """PEM or PKCS#12."""
    key: Path | None = None
    """PEM, where it is not in the same file."""
    password_file: Path | None = None
    """What stands in for the PIN."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as Active Directory knows him."""

    name: str
    """sAMAccountName."""
    domain: str
    """DNS name of the domain."""
    sid: str
    """objectSid as text, `S-1-5-21-...`."""
    mail: str = ""
    display_name: str = ""
    groups: tuple[str, ...] = ()
    """Names of the groups he is a member of."""
    certificate: UserCertificate | None = None
    """Shown to a scan server that asks for one."""
    group_sids: tuple[str, ...] | None = None
    """SIDs of all his groups, through groups of groups; None where the directory does not tell."""

    @property
    def principal(self) -> str:
        """`name@domain`: names the user's directory in each share."""
        return f"{self.name}@{self.domain}"


@dataclass(frozen=True, slots=True, order=True)
class LdapEntry:
    """An object of an LDAP directory."""

    dn: str
    """Its distinguished name."""

    def __str__(self) -> str:
        return self.dn


Source = Path | LdapEntry
"""Where a scan process stands: a file, or an object of a directory."""


@dataclass(frozen=True, slots=True)
class StoredScanProcess:
    """A scan process, where it stands, and who may use it."""

    process: ScanProcess
    source: Source
    access: tuple[str, ...] = ()
    """User names, group names or SIDs; empty: everybody, as the default of the directory class is."""
    guard: Callable[[User], bool] | None = None
    """The directory's own access control; where it has one, `access` says nothing. May raise DirectoryError."""
    document: bytes = field(default=b"", repr=False)
    """The XML as it stands in an LDAP directory; b"" for a file, which can be read again."""

    def may_be_used_by(self, user: User) -> bool:
        """Return whether the access list names the user, one of his groups, or nobody; or what the directory's own
        access control says, which may raise DirectoryError."""
        if self.guard is not None:
            return self.guard(user)
        if not self.access:
            return True
        named = {entry.casefold() for entry in self.access}
        own = (user.name, user.principal, user.sid, *user.groups)
        return any(entry.casefold() in named for entry in own)

    def lies_in(self, folder: Path) -> bool:
        """Return whether it is a file of that folder."""
        return isinstance(self.source, Path) and folder in self.source.parents


class Directory(Protocol):
    """What a device asks of a directory. All of it may block and may raise DirectoryError."""

    def refresh(self) -> Directory:
        """The directory as it is now, for another job; what this one has told stays. Never raises."""

    def close(self) -> None:
        """Give back what it holds; a later question takes it again."""

    @property
    def broken(self) -> Mapping[Source, str]:
        """Scan processes that cannot be used, with the reason in one line."""

    def default_user(self) -> User:
        """The user meant when none is named."""

    def user(self, name: str) -> User:
        r"""Find a user by `demo`, `demo@contoso.example` or `CONTOSO\demo`."""

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None."""

    def scan_processes(self, user: User | None = None) -> Sequence[StoredScanProcess]:
        """Return what `user` may use (None: all that can be read), sorted by display name."""

    def default_scan_process(self, user: User) -> StoredScanProcess:
        """The one meant when none is named."""

    def scan_process(self, name: str, user: User | None = None) -> StoredScanProcess:
        """Find a scan process by display name or identifier, if `user` may use it."""

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, whoever may use it, or None."""

    def enterprise_roots(self) -> bytes:
        """The trusted roots that it publishes, as PEM."""
