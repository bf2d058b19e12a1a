"""MIME as SOAP attachments use it (RFC 2045, 2046, 2387): Content-Type, and a multipart body read as a stream.

The reader knows nothing of SOAP and does no I/O: bytes in, events out. It looks for the delimiter with one
`bytes.find` over each piece that arrives and hands out slices, so that the image itself is neither copied
nor looked at twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from emulator.soap.deviations import Deviation, Deviations

# The law: [mtom/outer/boundary]
MAX_BOUNDARY: Final = 70  # RFC 2046, section 5.1.1
MAX_BOUNDARY_READ: Final = 256
"""Longest boundary read, in octets: tolerance, with an end."""
MAX_HEADER_BYTES: Final = 16 * 1024
"""Longest header block of one part, in octets. WSDAPI's parts carry some 200."""
MAX_PARTS: Final = 100
"""Most parts in one body. A SendImage has two."""
MAX_PADDING: Final = 64
"""Most blanks read between a delimiter and its line end (RFC 2046 transport-padding has no bound)."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 2045, section 5.1: token
_SEPARATOR: Final = re.compile(r"[\s;]*")
_UNQUOTED: Final = re.compile(r'[^\s;"]+')
_TSPECIALS: Final = frozenset('()<>@,;:\\"/[]?=')  # RFC 2045, section 5.1
_HEADERS_END: Final = re.compile(rb"(?:\A|\n)[ \t]*\r?\n")
_DELIMITER_END: Final = re.compile(rb"[ \t]*(\r?\n)")


class MimeError(ValueError):
    """The header or body is no MIME that can be read. `str()` is one line for people."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type. `media_type` and the parameters' names are lower case; values are as they came."""

    media_type: str
    parameters: Mapping[str, str]


def parse_content_type(value: str, deviations: Deviations) -> ContentType:
    """Read a Content-Type header, folded or not.

    Tolerates a missing ';' between parameters, unquoted values that hold '/', and `startinfo`; all are told.
    Of a doubled parameter the first counts. Raises MimeError where there is no `type/subtype`.
    [mtom/tolerant/semicolon-missing] [mtom/tolerant/type-unquoted] [mtom/tolerant/startinfo]
    [notes/c-31/mime-header-of-the-examples-read]"""
    content_type, found = _content_type_of(value)
    for each in found:
        deviations.note(each.id, each.place, each.detail)
    return content_type


@lru_cache(maxsize=64)
def _content_type_of(value: str) -> tuple[ContentType, tuple[Deviation, ...]]:
    """Kept: a peer says the same in each of its messages, and to read it takes as long as its headers."""
    deviations = Deviations()
    text = value.strip()
    kind = _TOKEN.match(text)
    subtype = _TOKEN.match(text, kind.end() + 1) if kind and text[kind.end() : kind.end() + 1] == "/" else None
    if subtype is None:
        raise MimeError(f"Content-Type {value[:80]!r} is no media type")
    parameters: dict[str, str] = {}
    position = subtype.end()
    while position < len(text):
        separator = _SEPARATOR.match(text, position)
        assert separator is not None  # the pattern matches the empty string
        if separator.group().count(";") != 1 and separator.end() < len(text):
            detail = text[max(0, position - 20) : separator.end() + 20]
            deviations.note("mime-parameter", "Content-Type", detail)
        position = separator.end()
        if position == len(text):
            deviations.note("mime-parameter", "Content-Type", "no parameter after ';'")
            break
        name = _TOKEN.match(text, position)
        if name is None or text[name.end() : name.end() + 1] != "=":
            # A word that is no parameter: passed over.
            deviations.note("mime-parameter", "Content-Type", text[position : position + 40])
            word = _UNQUOTED.match(text, position)
            position = word.end() if word else position + 1
            continue
        content, position = _parameter_value(text, name.end() + 1, deviations)
        key = name.group().lower()
        if key == "startinfo":
            deviations.note("mime-start-info", "Content-Type", "startinfo")
            key = "start-info"
        if key in parameters:
            deviations.note("mime-parameter", "Content-Type", f"{key} twice")
        parameters.setdefault(key, content)
    return ContentType(text[: subtype.end()].lower(), MappingProxyType(parameters)), tuple(deviations)


def _parameter_value(text: str, start: int, deviations: Deviations) -> tuple[str, int]:
    """The value at `start`, unquoted, and where it ends."""
    if text[start : start + 1] == '"':
        characters: list[str] = []
        position = start + 1
        while position < len(text) and text[position] != '"':
            position += text[position] == "\\" and position + 1 < len(text)
            characters.append(text[position])
            position += 1
        if position >= len(text):
            deviations.note("mime-parameter", "Content-Type", "a quote is not closed")
        return "".join(characters), min(position + 1, len(text))
    word = _UNQUOTED.match(text, start)
    if word is None:
        deviations.note("mime-parameter", "Content-Type", "a parameter without a value")
        return "", start
    if not _TSPECIALS.isdisjoint(word.group()):
        deviations.note("mime-parameter", "Content-Type", word.group())
    return word.group(), word.end()


@dataclass(frozen=True, slots=True)
class PartStart:
    """A part begins. Header names are lower case, values unfolded; `content_id` is without brackets.
    [mtom/tolerant/header-case]"""

    headers: dict[str, str]
    content_id: str


@dataclass(frozen=True, slots=True)
class PartData:
    """Some octets of the part's content. [mtom/attachment/octets-unchanged] [wsdapi/wsdbit/attachment-unchanged]"""

    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part is complete."""


Event: TypeAlias = PartStart | PartData | PartEnd


def bare_content_id(value: str, deviations: Deviations, where: str = "Content-ID") -> str:
    """A Content-ID without its angle brackets; missing brackets and blanks inside them are told.
    [mtom/tolerant/content-id-blanks] [mtom/tolerant/content-id-without-brackets]"""
    text = value.strip()
    inner = text
    if text.startswith("<") and text.endswith(">") and len(text) > 1:
        inner = text[1:-1]
    elif text:
        deviations.note("mime-content-id", where, value)
    if inner != inner.strip():
        deviations.note("mime-content-id", where, value)
    return inner.strip()


_PREAMBLE, _HEADERS, _DATA, _EPILOGUE = "preamble", "part headers", "part", "epilogue"


class MultipartReader:
    """Reads a multipart body as it arrives. Holds what may yet turn out to be a delimiter, no more.

    The line break before a delimiter belongs to the delimiter (RFC 2046, section 5.1.1). A delimiter that
    does not stand after CR LF (Xerox WorkCentre 3025, sane-airscan issue 71; LF-only writers) is accepted
    where part headers follow it or the body ends with it: in any other place it is data, as the RFC says.
    [mtom/delimiter/form] [mtom/tolerant/lf-alone] [habits/device/xerox-delimiter-without-cr-lf]
    [habits/client/lax-boundary]"""

    def __init__(self, boundary: str, deviations: Deviations) -> None:
        """Raises MimeError for a boundary that is missing, not ASCII, or longer than MAX_BOUNDARY_READ."""
        if not boundary:
            raise MimeError("the multipart Content-Type has no boundary")
        if not boundary.isascii() or len(boundary) > MAX_BOUNDARY_READ or not boundary.isprintable():
            raise MimeError(f"the boundary {boundary[:80]!r} cannot be read")
        if len(boundary) > MAX_BOUNDARY:
            deviations.note("mime-parameter", "Content-Type/boundary", f"{len(boundary)} characters")
        self._dash_boundary = b"--" + boundary.encode("ascii")
        self._deviations = deviations
        self._state = _PREAMBLE
        self._held = b""
        self._searched = 0
        self._at_start = True
        self._lines_end_lf = False
        self._parts = 0
        self._line_end_told = False
        self._outside_told = False
        # What must be in sight behind a delimiter before it is known for one: padding and line break, and
        # for a doubtful delimiter the start of a header.
        self._in_sight = MAX_PADDING + len(b"\r\nContent-")

    @property
    def finished(self) -> bool:
        """Whether the closing delimiter has been read."""
        return self._state == _EPILOGUE

    def feed(self, data: bytes) -> list[Event]:
        """Take the next octets; return what they complete. Raises MimeError."""
        events: list[Event] = []
        if data:
            self._run(data, events, at_end=False)
        return events

    def close(self) -> list[Event]:
        """Tell that the body has ended. Raises MimeError when its closing delimiter never came: nobody knows then
        what else has not come (RFC 2046, section 5.1.1). [mtom/delimiter/close]"""
        events: list[Event] = []
        self._run(b"", events, at_end=True)
        if self._state == _PREAMBLE:
            raise MimeError("the multipart body holds no part: its delimiter does not occur")
        if self._state == _HEADERS and not self._held.strip():
            raise MimeError("the last delimiter of the multipart body lacks its final '--': it may go on")
        if self._state != _EPILOGUE:
            raise MimeError(f"the multipart body ends inside a {self._state}, before its closing delimiter")
        return events

    def _run(self, data: bytes, events: list[Event], *, at_end: bool) -> None:
        buffer = self._held + data if self._held else data
        self._held = b""
        position = 0
        while True:
            if self._state == _EPILOGUE:
                if not self._outside_told and buffer[position:].strip():
                    self._tell_outside("after the closing delimiter")
                return
            if self._state == _HEADERS:
                advanced = self._headers(buffer, position, events)
            else:
                advanced = self._content(buffer, position, events, at_end=at_end)
            if advanced < 0:
                return
            position = advanced

    # Part content and preamble

    def _content(self, buffer: bytes, start: int, events: list[Event], *, at_end: bool) -> int:
        """Hand out content up to the next delimiter and pass it; -1 when more octets are needed."""
        search = start
        while (found := buffer.find(self._dash_boundary, search)) >= 0:
            after = found + len(self._dash_boundary)
            if not at_end and len(buffer) - after < self._in_sight and not self._plain(buffer, start, found):
                self._give(buffer, start, self._line_start(buffer, start, found), events)
                self._hold(buffer, self._line_start(buffer, start, found))
                return -1
            kind, end = self._judge(buffer, start, found, at_end=at_end)
            if kind:
                self._give(buffer, start, self._line_start(buffer, start, found), events)
                self._pass_delimiter(kind, events)
                return end
            search = found + 1
        keep = len(buffer) if at_end else self._tail(buffer, max(start, search))
        self._give(buffer, start, keep, events)
        self._hold(buffer, keep)
        return -1

    def _plain(self, buffer: bytes, start: int, found: int) -> bool:
        """Whether the delimiter at `found` is beyond doubt already, little as stands behind it."""
        after = found + len(self._dash_boundary)
        return self._after_line_break(buffer, start, found) and (
            buffer.startswith(b"--", after) or _DELIMITER_END.match(buffer, after) is not None
        )

    def _judge(self, buffer: bytes, start: int, found: int, *, at_end: bool) -> tuple[str, int]:
        """What stands at `found`: ("open" | "close" | "" for data) and where the delimiter line ends."""
        after = found + len(self._dash_boundary)
        certain = self._after_line_break(buffer, start, found)
        if buffer.startswith(b"--", after):
            if certain or (at_end and not buffer[after + 2 :].strip()):
                self._tell_line_start(buffer, start, found)
                return "close", after + 2
            return "", after
        line_end = _DELIMITER_END.match(buffer, after, after + MAX_PADDING + 2)
        if line_end is not None:
            if certain or buffer[line_end.end() : line_end.end() + len(b"content-")].lower() == b"content-":
                self._tell_line_start(buffer, start, found)
                if line_end.group(1) == b"\n":
                    self._lines_end_lf = True
                    self._tell_line_end("a delimiter ends LF")
                return "open", line_end.end()
            return "", after
        if certain and at_end and not buffer[after:].strip():
            return "open", len(buffer)  # without its final '--': close() refuses it
        return "", after

    def _after_line_break(self, buffer: bytes, start: int, found: int) -> bool:
        """Whether `found` is at the start of a line as this peer writes lines."""
        if found == start and self._at_start:
            return True
        if self._lines_end_lf or self._state == _PREAMBLE:
            return buffer.endswith(b"\n", start, found)
        return buffer.endswith(b"\r\n", start, found)

    def _line_start(self, buffer: bytes, start: int, found: int) -> int:
        """Where the content before the delimiter ends: its line break is not content."""
        if buffer.endswith(b"\r\n", start, found):
            return found - 2
        return found - 1 if buffer.endswith(b"\n", start, found) else found

    def _tell_line_start(self, buffer: bytes, start: int, found: int) -> None:
        if not buffer.endswith(b"\r\n", start, found) and not (found == start and self._at_start):
            self._tell_line_end("a delimiter does not stand after CR LF")

    def _tail(self, buffer: bytes, start: int) -> int:
        """Where the octets begin that may be the first ones of a delimiter and its line break."""
        length = len(buffer)
        first = max(start, length - len(self._dash_boundary) + 1)
        dash = buffer.find(b"-", first)
        while dash >= 0 and not self._dash_boundary.startswith(buffer[dash:]):
            dash = buffer.find(b"-", dash + 1)
        return self._line_start(buffer, start, dash) if dash >= 0 else self._before_break(buffer, start)

    @staticmethod
    def _before_break(buffer: bytes, start: int) -> int:
        length = len(buffer)
        if buffer.endswith(b"\r\n", start):
            return length - 2
        return length - 1 if buffer.endswith((b"\r", b"\n"), start) else length

    def _give(self, buffer: bytes, start: int, end: int, events: list[Event]) -> None:
        if end <= start:
            return
        self._at_start = False
        if self._state == _PREAMBLE:
            if not self._outside_told and buffer[start:end].strip():
                self._tell_outside("before the first delimiter")
            return
        whole = start == 0 and end == len(buffer)
        events.append(PartData(buffer if whole else memoryview(buffer)[start:end]))

    def _hold(self, buffer: bytes, start: int) -> None:
        self._held = buffer[start:]

    def _pass_delimiter(self, kind: str, events: list[Event]) -> None:
        if self._state == _DATA:
            events.append(PartEnd())
        if kind == "close":
            if self._parts == 0:
                raise MimeError("the multipart body holds no part")
            self._state = _EPILOGUE
            return
        self._state = _HEADERS
        self._searched = 0

    # Part headers

    def _headers(self, buffer: bytes, start: int, events: list[Event]) -> int:
        """Read a header block when it is complete; -1 when more octets are needed."""
        block = buffer[start : start + MAX_HEADER_BYTES + 1]
        found = _HEADERS_END.search(block, self._searched)
        if found is None:
            if len(block) > MAX_HEADER_BYTES:
                raise MimeError(f"the headers of a part are longer than {MAX_HEADER_BYTES} octets")
            # The next search begins at the last line, which may be half here.
            self._searched = max(0, block.rfind(b"\n"))
            self._hold(buffer, start)
            return -1
        if self._parts == MAX_PARTS:
            raise MimeError(f"the multipart body has more than {MAX_PARTS} parts")
        self._parts += 1
        events.append(self._part_start(block[: found.start()], found.group()))
        self._state = _DATA
        self._at_start = True
        return start + found.end()

    def _part_start(self, block: bytes, blank_line: bytes) -> PartStart:
        if blank_line.strip(b"\r\n"):
            self._deviations.note("mime-header", "part headers", "the empty line holds blanks")
        whole = block + blank_line
        if whole.count(b"\n") != whole.count(b"\r\n"):
            self._tell_line_end("part headers end LF")
        headers: dict[str, str] = {}
        name = ""
        faulty = False
        for line in block.decode("utf-8", "replace").split("\n"):
            text = line.rstrip("\r")
            if text[:1] in (" ", "\t") and name:
                headers[name] += " " + text.strip()
                continue
            key, colon, value = text.partition(":")
            if not colon or not _TOKEN.fullmatch(key.rstrip()) or key != key.rstrip():
                faulty = faulty or bool(text.strip())
                if not colon:
                    continue
            name = key.strip().lower()
            if name in headers:
                faulty = True
                name = ""  # the first counts; what continues this one is dropped with it
                continue
            headers[name] = value.strip()
        if faulty:
            shown = block[:80].decode("ascii", "replace").rstrip("\r")
            self._deviations.note("mime-header", "part headers", shown)
        return PartStart(headers, bare_content_id(headers.get("content-id", ""), self._deviations))

    def _tell_line_end(self, detail: str) -> None:
        if not self._line_end_told:
            self._line_end_told = True
            self._deviations.note("mime-line-end", "multipart body", detail)

    def _tell_outside(self, detail: str) -> None:
        # The law: [mtom/delimiter/preamble-and-epilogue]
        self._outside_told = True
        self._deviations.note("mime-preamble", "multipart body", detail)
