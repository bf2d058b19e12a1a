"""Objects of Active Directory as the users and scan processes that they are. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emulator.directory.entry import Entry
from emulator.directory.errors import DirectoryNonsense, NoRight, NotUnderstood
from emulator.directory.model import LdapEntry, StoredScanProcess, User
from emulator.directory.scan_process_entry import DISPLAY_NAME, IDENTIFIER, XML, read_entry
from emulator.directory.security_descriptor import AccessList, read_access_list
from emulator.directory.sid import sid_text
from emulator.dsm.guid import format_guid, from_octets

NTSECURITY_DESCRIPTOR: Final = "nTSecurityDescriptor"

_FIRST_VALUE: Final = re.compile(r"[^=,\\]+=((?:[^,+\\]|\\[0-9A-Fa-f]{2}|\\.)*)")
_ESCAPE: Final = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_HEX_PAIR: Final = 2


def first_name(dn: str) -> str:
    """The value of a distinguished name's first part, unescaped (RFC 4514): `CN=ScanStaff,...` -> `ScanStaff`."""
    found = _FIRST_VALUE.match(dn)
    if found is None:
        return dn
    octets = _ESCAPE.sub(
        lambda each: bytes.fromhex(each[1].decode()) if len(each[1]) == _HEX_PAIR else each[1], found[1].encode()
    )
    return octets.decode("utf-8", "replace")


def sid_of(entry: Entry, where: str) -> str:
    """objectSid. Raises DirectoryNonsense. [adds/lookup/sid-as-text]"""
    octets = entry.octets("objectSid")
    if octets is None:
        raise NoRight(f"{where}: its objectSid may not be read")
    try:
        return sid_text(octets)
    except ValueError as error:
        raise DirectoryNonsense(f"{where}: objectSid: {error}") from None


def group_sids(entry: Entry) -> tuple[str, ...] | None:
    """tokenGroups; None where it may not be read."""
    values = entry.attributes.get("tokengroups")
    if values is None:
        return None
    try:
        return tuple(sid_text(value) for value in values)
    except ValueError:
        return None


def person(entry: Entry, domain: str, groups: tuple[str, ...] | None, where: str) -> User:
    """The user that an entry describes. Raises DirectoryError."""
    return User(
        name=entry.shown("sAMAccountName") or first_name(entry.dn),
        domain=domain,
        sid=sid_of(entry, where),
        mail=entry.shown("mail"),
        display_name=entry.shown("displayName") or entry.shown("cn"),
        groups=tuple(first_name(each.decode("utf-8", "replace")) for each in entry.attributes.get("memberof", [])),
        group_sids=groups,
    )


@dataclass(frozen=True, slots=True)
class AccessGuard:
    """Who may use a scan process: who may read it in the directory.
    [adds/lookup/access-control-chooses] [adds/schema/readable-by-authenticated-users]
    [adds/access/protected-list-to-hide]"""

    own_sid: str | None
    """Of who has bound: what he could read he may use."""
    access: AccessList | None
    """None: it may not be read."""
    where: str

    def __call__(self, user: User) -> bool:
        """Raises NoRight when that cannot be known."""
        if self.own_sid is not None and user.sid.casefold() == self.own_sid.casefold():
            return True
        if self.access is None:
            raise NoRight(f"{self.where}: its access list may not be read, so it is not known who may use it")
        if user.group_sids is None:
            raise NoRight(f"{self.where}: the groups of {user.principal} (tokenGroups) may not be read")
        return self.access.may_read({user.sid, *user.group_sids})


@dataclass(frozen=True, slots=True)
class ScanProcessReader:
    """Reads scan processes."""

    directory: str
    own_sid: str | None

    def stored(self, entry: Entry) -> StoredScanProcess:
        """Raises NotUnderstood."""
        where = f"{self.directory}: {entry.dn}"
        process = read_entry(entry, where)
        octets = entry.octets(NTSECURITY_DESCRIPTOR)
        try:
            access = None if octets is None else read_access_list(octets)
        except ValueError as error:
            raise NotUnderstood(f"{where}: nTSecurityDescriptor: {error}") from None
        guard = AccessGuard(self.own_sid, access, where)
        return StoredScanProcess(process, LdapEntry(entry.dn), guard=guard, document=entry.octets(XML) or b"")

    def names(self, entry: Entry) -> tuple[str, ...]:
        """Return by what an entry that cannot be used would have been called."""
        octets = entry.octets(IDENTIFIER) or b""
        identifier = format_guid(from_octets(octets)) if len(octets) == 16 else ""
        names = (entry.shown(DISPLAY_NAME), first_name(entry.dn), identifier)
        return tuple(name for name in names if name)
