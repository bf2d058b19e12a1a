"""Directories of TIFF 6.0 and BigTIFF files in either byte order, as whoever wrote them: everything is checked."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from emulator.imaging.readers.unreadable import Unreadable

Order = Literal["<", ">"]
"""Of octets, as struct names it."""

_CLASSIC: Final = 42
_BIG: Final = 43  # https://www.awaresystems.be/imaging/tiff/bigtiff.html
_TYPES: Final = {
    1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I",
    16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
"""Type -> what struct calls it (TIFF 6.0, section 2; 13 of TIFF Technical Note 1; 16 to 18 of BigTIFF)."""

_RATIONALS: Final = frozenset({5, 10})
_MOST_VALUES: Final = 4_000_000
"""Of one tag: strips of one row of the highest page number no more, and one that asks for more is damaged."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Tags of one image. What a tag says is read from the file when it is asked for."""

    file: BinaryIO
    order: Order
    big: bool
    entries: dict[int, tuple[int, int, bytes]]
    """Tag -> type, count, and the value or its offset."""

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def data(self, tag: int) -> bytes:
        """The octets of a value. Raises Unreadable where they are not in the file."""
        kind, count, field = self.entries[tag]
        form = _TYPES.get(kind)
        if form is None or not 0 < count <= _MOST_VALUES * 4:
            raise Unreadable(f"damaged: tag {tag} has type {kind} and {count} values")
        length = struct.calcsize(f"={form}") * count
        if length <= len(field):
            return field[:length]
        (at,) = struct.unpack(f"{self.order}{'Q' if self.big else 'I'}", field)
        self.file.seek(min(at, 2**62))
        found = self.file.read(length)
        if len(found) < length:
            raise Unreadable(f"damaged or cut off: the value of tag {tag} lies beyond the end of the file")
        return found

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Values of a tag that holds numbers; () without the tag. Raises Unreadable."""
        if tag not in self.entries:
            return ()
        kind, count, _ = self.entries[tag]
        form = _TYPES.get(kind, "")
        if count > _MOST_VALUES or form == "s":
            raise Unreadable(f"damaged: tag {tag} has type {kind} and {count} values")
        values = struct.unpack(f"{self.order}{count * form}" if len(form) > 1 else f"{self.order}{count}{form}",
                               self.data(tag))  # fmt: skip
        if kind in _RATIONALS:
            return tuple(top / bottom if bottom else 0.0 for top, bottom in zip(*[iter(values)] * 2, strict=True))
        return values

    def whole(self, tag: int) -> tuple[int, ...]:
        """The same where whole numbers must stand."""
        values = self.numbers(tag)
        if not all(isinstance(value, int) for value in values):
            raise Unreadable(f"damaged: tag {tag} is no whole number")
        return tuple(int(value) for value in values)

    def number(self, tag: int, otherwise: int) -> int:
        """A whole number that stands alone; `otherwise` without the tag. Raises Unreadable."""
        values = self.whole(tag)
        return values[0] if values else otherwise


def directories(file: BinaryIO) -> Iterator[tuple[Directory, int]]:
    """The directories of a file in their order, and where each stands; SubIFDs are none of them. A chain that
    runs into itself ends there. Raises Unreadable for another kind of file, and for a directory that is not
    wholly in it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(16)
    order: Order = "<" if head[:2] == b"II" else ">"
    if head[:2] not in {b"II", b"MM"} or len(head) < 8:
        raise Unreadable("damaged: no header of a TIFF")
    (magic,) = struct.unpack_from(f"{order}H", head, 2)
    big = magic == _BIG
    if magic not in {_CLASSIC, _BIG} or (big and head[4:8] != struct.pack(f"{order}HH", 8, 0)):
        raise Unreadable("damaged: no header of a TIFF")
    offset_form, count_form = (f"{order}Q", f"{order}Q") if big else (f"{order}I", f"{order}H")
    entry = struct.Struct(f"{order}HHQ8s" if big else f"{order}HHI4s")
    count_size, offset_size = struct.calcsize(count_form), struct.calcsize(offset_form)
    (at,) = struct.unpack_from(offset_form, head.ljust(16, b"\0"), 8 if big else 4)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        where = f"the directory of image {len(seen)}"
        if at + count_size > size:
            raise Unreadable(f"damaged or cut off: {where} lies beyond the end of the file")
        file.seek(at)
        (count,) = struct.unpack(count_form, file.read(count_size))
        length = count * entry.size
        if not 0 < count <= 65_535 or at + count_size + length + offset_size > size:
            raise Unreadable(f"damaged or cut off: {where} is not whole")
        table = file.read(length + offset_size)
        entries: dict[int, tuple[int, int, bytes]] = {}
        for tag, kind, number, field in entry.iter_unpack(table[:length]):
            entries.setdefault(tag, (kind, number, field))
        yield Directory(file, order, big, entries), at
        (at,) = struct.unpack(offset_form, table[length:])
    if not seen:
        raise Unreadable("damaged: a TIFF without an image")
