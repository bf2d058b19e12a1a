"""PDF 1.4 written object by object: nothing that has been written is kept but where it stands.

The libraries that write PDF hold a document's objects until it is saved; a job of a thousand pages is not to
be held. (PDF Reference, third edition, chapter 3; the spaces and line ends are those of ISO 19005-1, 6.1.)
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 10**10 - 1
"""Offsets in the cross-reference table have ten digits (3.4.3)."""
MAX_OBJECTS: Final = 8_388_607
"""Indirect objects in a file (table C.1)."""

_HEADER: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"  # four octets above 127 say that the file is binary (3.4.1)


class PdfTooLarge(OSError):
    """The document would be larger than a PDF can be: no room for it, as on a full disk."""


class PdfFile:
    """A PDF file that grows at its end."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is empty."""
        self._file = file
        self._offsets = array("Q", [0])  # by object number; 0 is the head of the list of free objects
        file.write(_HEADER)

    def new(self) -> int:
        """A number for an object that is written later. Raises PdfTooLarge."""
        if len(self._offsets) > MAX_OBJECTS:
            raise PdfTooLarge("the PDF would have more objects than PDF 1.4 allows; scan fewer pages into one")
        self._offsets.append(0)
        return len(self._offsets) - 1

    def put(self, body: str, number: int | None = None) -> int:
        """Write an object; returns its number."""
        number = self._begin(number)
        self._file.write(body.encode("ascii") + b"\nendobj\n")
        return number

    def put_stream(self, entries: str, data: bytes) -> int:
        """Write a stream whose dictionary has these entries and the length; returns its number."""
        number = self._begin(None)
        head = f"<< {entries} /Length {len(data)} >>\nstream\n"
        self._file.write(head.encode("ascii") + data + b"\nendstream\nendobj\n")
        return number

    @contextmanager
    def stream(self, entries: str) -> Iterator[int]:
        """A stream whose data the body of the `with` writes to the end of the file, through the file object or
        through its descriptor; yields its number."""
        number = self._begin(None)
        length = self.new()
        self._file.write(f"<< {entries} /Length {length} 0 R >>\nstream\n".encode("ascii"))
        self._file.flush()
        start = self._file.tell()
        yield number
        size = self._file.seek(0, io.SEEK_END) - start
        self._file.write(b"\nendstream\nendobj\n")
        self.put(str(size), length)

    def finish(self, root: int, info: int, identifier: bytes) -> None:
        """Write the cross-reference table and the trailer."""
        start = self._file.tell()
        self._file.write(f"xref\n0 {len(self._offsets)}\n0000000000 65535 f \n".encode("ascii"))
        self._file.writelines(_rows(self._offsets))
        name = identifier.hex()
        trailer = f"/Size {len(self._offsets)} /Root {root} 0 R /Info {info} 0 R /ID [<{name}> <{name}>]"
        self._file.write(f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode("ascii"))

    def _begin(self, number: int | None) -> int:
        number = number or self.new()
        offset = self._file.tell()
        if offset > MAX_BYTES:
            raise PdfTooLarge("the PDF would be larger than 10 GB; scan fewer pages into one")
        self._offsets[number] = offset
        self._file.write(f"{number} 0 obj\n".encode("ascii"))
        return number


def _rows(offsets: array[int]) -> Iterable[bytes]:
    """The objects' entries of 20 octets each."""
    return (b"%010d 00000 n \n" % offsets[number] for number in range(1, len(offsets)))


def text(value: str) -> str:
    """A text string: ASCII as it is, else UTF-16 (3.8.1)."""
    if value.isascii():
        for char in "\\()":
            value = value.replace(char, "\\" + char)
        return f"({value})"
    return "<" + (b"\xfe\xff" + value.encode("utf-16-be")).hex() + ">"
