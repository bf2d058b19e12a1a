"""A MIME package before it is framed: its parts with their headers, and what stands around them (RFC 2046, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.transport.body import FileSegment


@dataclass(frozen=True, slots=True)
class MimePart:
    """Headers, in their order, and data."""

    headers: tuple[tuple[str, str], ...]
    data: bytes | FileSegment

    @property
    def head(self) -> bytes:
        """The headers as they stand before the data. A header may have octets of Latin-1.
        [clients/sane-airscan/part-header-ends-in-crlf]
        [mtom/delimiter/lines-end-cr-lf] [habits/refused/lf-only-part-headers]"""
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"{lines}\r\n".encode("latin-1")


@dataclass(frozen=True, slots=True)
class MimePackage:
    """What an answer or a request with an attachment is made of."""

    content_type: str
    """For the HTTP header."""
    boundary: str
    """Of the delimiters between the parts."""
    parts: tuple[MimePart, ...]
    """The first is the root, the envelope."""
    closing: bytes
    """The closing delimiter, with the line end before it and behind it; b"" leaves it out."""
    opening: bytes = b""
    """What stands before the first delimiter."""

    @property
    def segments(self) -> tuple[bytes | FileSegment, ...]:
        """The package as it goes out: neighbouring octets of memory in one piece.
        [mtom/delimiter/form] [mtom/delimiter/close] [mtom/delimiter/lines-end-cr-lf]
        [habits/refused/delimiter-without-cr-lf] [habits/refused/last-delimiter-without-dashes]"""
        found: list[bytes | FileSegment] = []
        held = [self.opening]
        delimiter = f"--{self.boundary}\r\n".encode("latin-1")
        for part in self.parts:
            held += (delimiter, part.head)
            if isinstance(part.data, bytes):
                held.append(part.data)
            else:
                found += (b"".join(held), part.data)
                held.clear()
            delimiter = f"\r\n--{self.boundary}\r\n".encode("latin-1")
        held.append(self.closing)
        return (*found, b"".join(held))
