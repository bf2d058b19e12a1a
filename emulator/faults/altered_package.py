"""A MIME package that is framed otherwise than RFC 2046 says: what MimePackage cannot hold."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from emulator.faults.impossible import Impossible
from emulator.soap.package import MimePackage, MimePart
from emulator.transport.body import FileSegment

CR_LF: Final = b"\r\n"
LF: Final = b"\n"
_INVERTED: Final = bytes(255 - octet for octet in range(256))


How: TypeAlias = Literal["base64", "base64 in lines", "inverted"]
"""How octets are written otherwise: in base64, in one line or in lines of 76 characters (RFC 2045, section 6.8), or
with each bit the other way round."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The octets of a file, which are to be written otherwise. Only who may read files can do that."""

    octets: FileSegment
    how: How


Piece: TypeAlias = bytes | FileSegment | Rewritten


@dataclass(frozen=True, slots=True)
class AlteredPart(MimePart):
    """A part whose head and data may be anything."""

    pieces: tuple[Piece, ...] = ()
    """What stands in the place of `data`."""
    line_end: bytes = CR_LF
    """Of the lines of its head."""
    folded: bool = False
    """Each header goes on in a second line."""
    head_end: bytes | None = None
    """What stands between the headers and the data; None for an empty line."""

    @property
    def head(self) -> bytes:
        """The headers as they stand before the data."""
        fold = self.line_end.decode("ascii") + "\t"
        lines = []
        for name, value in self.headers:
            text = value.replace("; ", ";" + fold) if ";" in value else fold + value
            lines.append(f"{name}: {text if self.folded else value}".encode("latin-1") + self.line_end)
        return b"".join(lines) + (self.line_end if self.head_end is None else self.head_end)


@dataclass(frozen=True, slots=True)
class AlteredPackage(MimePackage):
    """A package whose delimiters may be anything."""

    before: bytes = CR_LF
    """The line end before a delimiter."""
    behind: bytes = CR_LF
    """What ends the line of a delimiter."""
    bare: bool = False
    """It is no package: the root's data go out alone."""

    @property
    def segments(self) -> tuple[bytes | FileSegment, ...]:
        """The package as it goes out. Raises Impossible where a file has still to be read."""
        found: list[bytes | FileSegment] = []
        dashes = f"--{self.boundary}".encode("latin-1")
        held = b"" if self.bare else self.opening
        for number, part in enumerate(self.parts[:1] if self.bare else self.parts):
            if not self.bare:
                held += (self.before if number else b"") + dashes + self.behind + part.head
            for piece in part.pieces if isinstance(part, AlteredPart) else (part.data,):
                if isinstance(piece, Rewritten):
                    raise Impossible("nobody has read the file of the attachment")
                if isinstance(piece, bytes):
                    held += piece
                else:
                    found += (held, piece)
                    held = b""
        return (*found, held if self.bare else held + self.closing)


def altered(package: MimePackage) -> AlteredPackage:
    """The same package, whose framing can be altered."""
    if isinstance(package, AlteredPackage):
        return package
    parts = tuple(map(altered_part, package.parts))
    return AlteredPackage(package.content_type, package.boundary, parts, package.closing, package.opening)


def altered_part(part: MimePart) -> AlteredPart:
    """The same part, whose head and data can be altered."""
    return part if isinstance(part, AlteredPart) else AlteredPart(part.headers, part.data, (part.data,))


def root_of(package: MimePackage) -> AlteredPart:
    """The part with the envelope. Raises Impossible where there is none any more."""
    return _part(package, 0, "root part")


def attachment_of(package: MimePackage) -> AlteredPart:
    """The part with the image. Raises Impossible where there is none any more."""
    return _part(package, 1, "attachment")


def with_root(package: MimePackage, part: AlteredPart) -> AlteredPackage:
    """The package with another root part."""
    made = altered(package)
    return replace(made, parts=(part, *made.parts[1:]))


def with_attachment(package: MimePackage, part: AlteredPart) -> AlteredPackage:
    """The package with another attachment."""
    made = altered(package)
    return replace(made, parts=(made.parts[0], part, *made.parts[2:]))


def envelope_in(package: MimePackage) -> bytes:
    """The octets of the envelope."""
    pieces = root_of(package).pieces
    return b"".join(each for each in pieces if isinstance(each, bytes))


def length_of(part: AlteredPart) -> int:
    """Octets of its data. Raises Impossible where a file has still to be read."""
    total = 0
    for each in part.pieces:
        if isinstance(each, Rewritten):
            raise Impossible("the attachment is not what is in its file, by an alteration before")
        total += len(each) if isinstance(each, bytes) else each.length
    return total


def cut(part: AlteredPart, start: int, end: int) -> tuple[bytes | FileSegment, ...]:
    """The octets of its data from `start` to `end`."""
    found: list[bytes | FileSegment] = []
    position = 0
    for each in part.pieces:
        if isinstance(each, Rewritten):
            raise Impossible("the attachment is not what is in its file, by an alteration before")
        length = len(each) if isinstance(each, bytes) else each.length
        first, last = max(start - position, 0), min(end - position, length)
        if first < last:
            if isinstance(each, bytes):
                found.append(each[first:last])
            else:
                found.append(replace(each, offset=each.offset + first, length=last - first))
        position += length
    return tuple(found)


def written_otherwise(piece: bytes | FileSegment, how: How) -> bytes | Rewritten:
    """Octets in memory at once, those of a file later."""
    return rewritten(piece, how) if isinstance(piece, bytes) else Rewritten(piece, how)


def rewritten(octets: bytes, how: How) -> bytes:
    """Octets, written otherwise."""
    if how == "inverted":
        return octets.translate(_INVERTED)
    text = b64encode(octets)
    if how == "base64":
        return text
    return CR_LF.join(text[start : start + 76] for start in range(0, len(text), 76))


def with_header(part: AlteredPart, name: str, value: str | None) -> AlteredPart:
    """The part with another value of a header, or without it. Raises Impossible where it is not there."""
    if not any(each == name for each, _ in part.headers):
        raise Impossible(f"the part has no header {name}")
    kept = ((each, old if each != name else value) for each, old in part.headers)
    return replace(part, headers=tuple((each, new) for each, new in kept if new is not None))


def header_of(part: MimePart, name: str) -> str:
    """The value of a header. Raises Impossible where it is not there."""
    found = next((value for each, value in part.headers if each == name), None)
    if found is None:
        raise Impossible(f"the part has no header {name}")
    return found


def _part(package: MimePackage, number: int, what: str) -> AlteredPart:
    if len(package.parts) <= number:
        raise Impossible(f"the package has no {what}")
    return altered_part(package.parts[number])
