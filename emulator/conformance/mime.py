"""MIME packages, as the judge writes and reads them: RFC 2046 in thirty lines, XOP in two headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from emulator.conformance.reading import Unreadable

BOUNDARY: Final = "judge-7f3a9c52e0d14b68"
ROOT_ID: Final = "0.root@judge.example"
IMAGE_ID: Final = "1.image@judge.example"
PACKAGE_TYPE: Final = (
    f'multipart/related; type="application/xop+xml"; boundary="{BOUNDARY}"; start="<{ROOT_ID}>"; '
    'start-info="application/soap+xml"'
)
"""Content-Type of what `package` makes. [mtom/outer/type] [mtom/outer/start] [mtom/outer/start-info]"""
ROOT_HEADERS: Final = (
    ("Content-Type", 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'),
    ("Content-Transfer-Encoding", "binary"),
    ("Content-ID", f"<{ROOT_ID}>"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a package."""

    headers: tuple[tuple[str, str], ...]
    data: bytes


def package(envelope: bytes, image: bytes, media_type: str) -> bytes:
    """The package of a SendImage. [mtom/root/first] [mtom/attachment/binary] [mtom/delimiter/form]"""
    attached = (
        ("Content-Type", media_type),
        ("Content-Transfer-Encoding", "binary"),
        ("Content-ID", f"<{IMAGE_ID}>"),
    )
    return packed((Part(ROOT_HEADERS, envelope), Part(attached, image)))


def packed(parts: tuple[Part, ...], boundary: str = BOUNDARY) -> bytes:
    """The parts between their delimiters."""
    written = []
    for part in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in part.headers)
        written.append(f"\r\n--{boundary}\r\n{head}\r\n".encode() + part.data)
    return b"".join(written)[2:] + f"\r\n--{boundary}--\r\n".encode()


def parameter(content_type: str, name: str) -> str:
    """A parameter of a Content-Type without its quotes; '' where there is none."""
    message = Message()
    message["Content-Type"] = content_type
    value = message.get_param(name)
    return value if isinstance(value, str) else ""


def media_type(content_type: str) -> str:
    """The media type of a Content-Type, in small letters, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def unpacked(octets: bytes, content_type: str) -> tuple[Part, ...]:
    """The parts of a package. Raises Unreadable."""
    boundary = parameter(content_type, "boundary")
    if not boundary:
        raise Unreadable("a multipart answer whose Content-Type names no boundary")
    delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
    pieces = (b"\r\n" + octets).split(delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Unreadable("a package without a closing delimiter")
    parts = []
    for piece in pieces[1:-1]:
        head, empty_line, data = piece.partition(b"\r\n\r\n")
        head = unfolded(head.lstrip(b" \t"))  # a delimiter may be padded [RFC 2046, section 5.1.1]
        if not empty_line or not head.startswith(b"\r\n"):
            raise Unreadable("a part without an empty line between headers and data")
        lines = head.decode("latin-1").strip().split("\r\n")
        if not all(":" in line for line in lines):
            raise Unreadable("a part with a line among its headers that has no colon")
        parts.append(
            Part(tuple((n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)), data)
        )
    if not parts:
        raise Unreadable("a package without parts")
    return tuple(parts)


def unfolded(head: bytes) -> bytes:
    """Headers, each in one line [RFC 5322, section 2.2.3]."""
    return re.sub(rb"\r?\n[ \t]+", b" ", head)


def unpacked_leniently(octets: bytes, content_type: str) -> tuple[Part, ...]:
    """The parts of a package that may depart from its form: line breaks that are missing or are LF alone, a last
    delimiter like the others. That it does is for the check of each rule to say. Raises Unreadable where there is
    no part at all."""
    try:
        return unpacked(octets, content_type)
    except Unreadable:
        boundary = parameter(content_type, "boundary")
        if not boundary:
            raise
    delimiter = re.compile(
        rb"(?:\r\n|\n)?--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(?:--)?[ \t]*(?:\r\n|\n|\Z)?"
    )
    parts = []
    for piece in delimiter.split(octets)[1:]:
        head, empty_line, data = _halves(piece)
        if empty_line:
            lines = [line for line in unfolded(head).decode("latin-1").splitlines() if ":" in line]
            headers = tuple((n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines))
            parts.append(Part(headers, data))
    if not parts:
        raise Unreadable("a package without parts")
    return tuple(parts)


def _halves(piece: bytes) -> tuple[bytes, bytes, bytes]:
    """Headers, the empty line behind them, and data of a part."""
    ends = [(place, end) for end in (b"\r\n\r\n", b"\n\n") if (place := piece.find(end)) >= 0]
    return piece.partition(min(ends)[1]) if ends else (piece, b"", b"")
