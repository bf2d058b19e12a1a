"""What a directory holds: users, and scan processes with their access lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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

    @property
    def principal(self) -> str:
        """`name@domain`: names the user's directory in each share."""
        return f"{self.name}@{self.domain}"


@dataclass(frozen=True, slots=True)
class StoredScanProcess:
    """A scan process, the file it came from, and who may use it."""

    process: ScanProcess
    source: Path
    access: tuple[str, ...] = ()
    """User names, group names or SIDs; empty: everybody, as the default of the directory class is."""

    def may_be_used_by(self, user: User) -> bool:
        """Whether the access list names the user, one of his groups, or nobody."""
        if not self.access:
            return True
        named = {entry.casefold() for entry in self.access}
        own = (user.name, user.principal, user.sid, *user.groups)
        return any(entry.casefold() in named for entry in own)
