"""Who may read a scan process: the DACL of nTSecurityDescriptor (MS-DTYP 2.4.6, 2.4.5; access check 2.5.3.2)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emulator.directory.sid import sid_length, sid_text

# The law: [adds/schema/schema-id-guids]
PSP_STRING: Final = UUID("7b6760ae-d6ed-44a6-b6be-9de62c09ec67")
"""schemaIDGUID of msImaging-PSPString (MS-ADA2)."""
EVERYBODY: Final = frozenset({"S-1-1-0", "S-1-5-11", "S-1-5-2"})
"""Everyone, Authenticated Users, Network: in the token of whoever has bound over a network (MS-DTYP 2.4.2.4)."""

_DACL_PRESENT: Final = 0x0004
_INHERIT_ONLY: Final = 0x08
_READ_PROPERTY: Final = 0x00000010
"""ADS_RIGHT_DS_READ_PROP (MS-ADTS 5.1.3.2)."""
_GENERIC_READ: Final = 0x80000000
_GENERIC_ALL: Final = 0x10000000
_READ: Final = _READ_PROPERTY | _GENERIC_READ | _GENERIC_ALL
_ALLOWED, _DENIED, _ALLOWED_OBJECT, _DENIED_OBJECT = 0x00, 0x01, 0x05, 0x06
_OBJECT_TYPE_PRESENT: Final = 0x1
_INHERITED_TYPE_PRESENT: Final = 0x2


@dataclass(frozen=True, slots=True)
class _Entry:
    allows: bool
    sid: str
    of_property: UUID | None
    """The only property that it is about; None: all."""


@dataclass(frozen=True, slots=True)
class AccessList:
    """The entries of a DACL that are about reading, in their order; None: no DACL, so everybody may all."""

    entries: tuple[_Entry, ...] | None

    def may_read(self, sids: Collection[str], of_property: UUID = PSP_STRING) -> bool:
        """Return whether somebody with these SIDs may read the property: the first entry that is about both
        decides."""
        if self.entries is None:
            return True
        own = EVERYBODY | set(sids)
        for entry in self.entries:
            if entry.sid in own and entry.of_property in (None, of_property):
                return entry.allows
        return False


def read_access_list(data: bytes) -> AccessList:
    """The DACL of a self-relative security descriptor. Raises ValueError."""
    if len(data) < 20 or data[0] != 1:
        raise ValueError("no security descriptor")
    control, *_, offset = struct.unpack_from("<HIIII", data, 2)
    if not control & _DACL_PRESENT or offset == 0:
        return AccessList(None)
    if offset + 8 > len(data):
        raise ValueError("a security descriptor that ends before its DACL")
    size, count = struct.unpack_from("<HH", data, offset + 2)
    if offset + size > len(data):
        raise ValueError("a DACL longer than its security descriptor")
    return AccessList(tuple(_entries(data[offset + 8 : offset + size], count)))


def _entries(data: bytes, count: int) -> Iterator[_Entry]:
    at = 0
    for _ in range(count):
        if at + 8 > len(data):
            raise ValueError("a DACL that ends before its entries")
        kind, flags, size, mask = struct.unpack_from("<BBHI", data, at)
        if size < 8 or at + size > len(data):
            raise ValueError(f"an entry of {size} octets in a DACL")
        entry = data[at : at + size]
        at += size
        if flags & _INHERIT_ONLY or not mask & _READ:
            continue
        if kind in (_ALLOWED, _DENIED):
            yield _Entry(kind == _ALLOWED, _sid(entry, 8), None)
        elif kind in (_ALLOWED_OBJECT, _DENIED_OBJECT):
            of_property, at_sid = _object_type(entry)
            yield _Entry(kind == _ALLOWED_OBJECT, _sid(entry, at_sid), of_property)


def _object_type(entry: bytes) -> tuple[UUID | None, int]:
    """The property that an object entry is about, and where its SID begins."""
    if len(entry) < 12:
        raise ValueError("an object entry that ends before its flags")
    (flags,) = struct.unpack_from("<I", entry, 8)
    at, of_property = 12, None
    if flags & _OBJECT_TYPE_PRESENT:
        if len(entry) < at + 16:
            raise ValueError("an object entry that ends before its type")
        of_property = UUID(bytes_le=entry[at : at + 16])
        at += 16
    return of_property, at + 16 * bool(flags & _INHERITED_TYPE_PRESENT)


def _sid(entry: bytes, at: int) -> str:
    return sid_text(entry[at : at + sid_length(entry, at)])
