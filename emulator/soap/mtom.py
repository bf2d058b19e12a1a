"""MTOM packages (MTOM 1.0, XOP 1.0): an envelope and its attachment, written around data that stays in its file,
read as a stream."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import quote, unquote

from lxml import etree

from emulator.soap.bounds import XmlBounds, check_bounds
from emulator.soap.constants import (
    MAX_ENVELOPE_BYTES,
    MULTIPART_RELATED,
    SOAP_MEDIA_TYPE,
    XOP,
    XOP_MEDIA_TYPE,
)
from emulator.soap.deviations import Deviations
from emulator.soap.encoding import UTF_8, contradicts, family_of
from emulator.soap.mime import (
    ContentType,
    MimeError,
    MultipartReader,
    PartData,
    PartStart,
    bare_content_id,
    parse_content_type,
)
from emulator.soap.mime import Event as MimeEvent
from emulator.soap.package import MimePackage, MimePart
from emulator.soap.xml import place
from emulator.transport.body import FileSegment

#: Characters of a Content-ID that stand in a cid URL as they are (RFC 2392 section 2, RFC 3986 section 3.3).
_CID_SAFE: Final = "!$&'()*+,;=:@-._~"
_FIRST_LOOK: Final = 32 * 1024
"""Octets of an envelope after which its markup is counted although more is to come."""
_ID_HOST: Final = "dsm-emulator.invalid"  # RFC 2606: never a real host


class EnvelopeTooLong(MimeError):
    """The root part is longer than is read."""


# Writing


def new_content_id(kind: str) -> str:
    """A fresh Content-ID without brackets, of characters that need no encoding in a cid URL.
    [mtom/attachment/id-form]"""
    return f"{kind}.{secrets.token_hex(16)}@{_ID_HOST}"


def new_boundary() -> str:
    """A fresh boundary of 128 random bits: the data is not searched for it, that would cost more than to
    send it. [mtom/delimiter/not-in-the-data]"""
    return f"MIMEBoundary-{secrets.token_hex(16)}"


def package(
    envelope: bytes,
    data: bytes | FileSegment,
    *,
    content_id: str,
    media_type: str,
    root_id: str = "",
    boundary: str = "",
) -> MimePackage:
    """An envelope and one attachment (layout: RFC 2387, MTOM 1.0 section 3; WSDAPI wants the root first and binary
    parts). Ids are without brackets.

    - `root_id` and `boundary`: fresh ones where they are empty.

    Raises ValueError for a value that would break a header.
    [clients/go-mfp/envelope-first-with-include] [clients/sane-airscan/second-part]
    [clients/sane-airscan/multipart-with-boundary] [clients/wsd-python/second-part]
    [mtom/outer/multipart-related] [mtom/outer/type] [mtom/outer/start] [mtom/outer/start-info]
    [mtom/root/first] [mtom/root/content-type] [mtom/root/content-id] [mtom/root/transfer-encoding]
    [mtom/attachment/headers] [mtom/attachment/binary] [wsdapi/mtom/root-first-and-binary]
    [habits/refused/start-without-brackets] [habits/refused/start-names-no-part] [notes/c-31/mime-header-sent]
    """
    root_id, boundary = root_id or new_content_id("root"), boundary or new_boundary()
    for value in (content_id, root_id, media_type, boundary):
        if not value or not value.isascii() or not value.isprintable() or any(c in value for c in '"<>\\'):
            raise ValueError(f"{value!r} cannot stand in a MIME header")
    content_type = (
        f'{MULTIPART_RELATED}; type="{XOP_MEDIA_TYPE}"; boundary="{boundary}"; '
        f'start="<{root_id}>"; start-info="{SOAP_MEDIA_TYPE}"'
    )
    root = MimePart(
        (
            ("Content-Type", f'{XOP_MEDIA_TYPE}; charset=UTF-8; type="{SOAP_MEDIA_TYPE}"'),
            ("Content-Transfer-Encoding", "binary"),
            ("Content-ID", f"<{root_id}>"),
        ),
        envelope,
    )
    attachment = MimePart(
        (
            ("Content-Type", media_type),
            ("Content-Transfer-Encoding", "binary"),
            ("Content-ID", f"<{content_id}>"),
        ),
        data,
    )
    return MimePackage(content_type, boundary, (root, attachment), f"\r\n--{boundary}--\r\n".encode("ascii"))


def include(content_id: str) -> etree._Element:
    """`<xop:Include href="cid:..."/>` for the part of that Content-ID (without brackets).
    [mtom/include/only-child] [mtom/include/href] [habits/refused/cid-in-another-case-or-with-blanks]"""
    element = etree.Element(f"{{{XOP}}}Include", nsmap={"xop": XOP})
    element.set("href", "cid:" + quote(content_id, safe=_CID_SAFE))
    return element


# Reading


def included_id(element: etree._Element, deviations: Deviations | None = None) -> str | None:
    """The Content-ID, decoded and without brackets, that the xop:Include in `element` names.

    None when there is no xop:Include, or none that names a part (the content is inline then, or wrong).
    [mtom/include/only-child] [mtom/include/href] [mtom/include/percent-encoded]"""
    deviations = Deviations() if deviations is None else deviations
    children = [child for child in element if isinstance(child.tag, str)]
    includes = [child for child in children if child.tag == f"{{{XOP}}}Include"]
    if not includes:
        return None
    texts = [element.text, *(child.tail for child in children)]
    if len(children) > 1 or any(text and text.strip() for text in texts):
        deviations.note("xop-include", place(element), "xop:Include does not stand alone")
    href = includes[0].get("href", "")
    if href != href.strip():
        deviations.note("xop-include", place(element), f"href={href!r}")
    scheme, colon, name = href.strip().partition(":")
    if not colon or scheme.lower() != "cid" or not name:
        deviations.note("xop-include", place(element), f"href={href!r}")
        return None
    identifier = unquote(name)
    if identifier != identifier.strip("<> "):
        deviations.note("xop-include", place(element), f"href={href!r}")
    return identifier.strip("<> ")


@dataclass(frozen=True, slots=True)
class Root:
    """The envelope, whole."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment begins. `content_id` is without brackets, `media_type` lower case ('' when not told)."""

    content_id: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Data:
    """Some octets of the attachment."""

    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class AttachmentEnd:
    """The attachment is complete."""


Event: TypeAlias = Root | Attachment | Data | AttachmentEnd


@dataclass(slots=True)
class EnvelopeClaims:
    """What HTTP and MIME say of the envelope: places and what stands there."""

    actions: list[tuple[str, str]] = field(default_factory=list)
    charsets: list[tuple[str, str]] = field(default_factory=list)

    def take_action(self, where: str, content_type: ContentType) -> None:
        """The parameter `action` (RFC 3902, section 2), where there is one.
        [mtom/outer/action] [soap/http/action-parameter] [habits/strict/action-in-content-type]
        [clients/zeep/content-type-with-action]"""
        if "action" in content_type.parameters:
            self.actions.append((where, content_type.parameters["action"]))

    def take_charset(self, where: str, content_type: ContentType) -> None:
        """The parameter `charset` (RFC 7303, section 3), where there is one."""
        if "charset" in content_type.parameters:
            self.charsets.append((where, content_type.parameters["charset"]))

    def check(self, data: bytes, action: str, deviations: Deviations) -> None:
        """Note what the envelope in `data`, whose wsa:Action is `action`, contradicts. '' for an action that is not
        there, with which nothing is compared."""
        for where, told in self.actions:
            if action and told.strip() != action:
                deviations.note("http-action", where, told)
        for where, charset in self.charsets:
            if contradicts(charset, data):
                deviations.note("http-charset", where, f"{charset}, and the document is {family_of(data)}")


class MtomReader:
    """Reads the body of one SOAP message over HTTP, packaged or plain, as it arrives.

    The envelope is collected (up to MAX_ENVELOPE_BYTES), attachments are passed on piece by piece. A plain
    envelope comes as one Root at `close`. What departs from the documents is in `deviations`.
    [soap/envelope/size-without-attachments]"""

    def __init__(self, content_type_header: str, bounds: XmlBounds | None = None) -> None:
        """`content_type_header` may be '' (told). `bounds`: of the envelope's markup, looked at while it comes, so
        that `feed` raises XmlTooMuch before the rest is here. Raises MimeError for a header that says multipart and
        cannot be read; anything else that is unreadable is taken for a plain envelope."""
        self._bounds = bounds
        self._look_at = _FIRST_LOOK
        self.deviations = Deviations()
        self.claims = EnvelopeClaims()
        """What has been said of the envelope up to now."""
        self._root = bytearray()
        self._root_seen = False
        self._in_root = False
        self._closed = False
        self._multipart: MultipartReader | None = None
        self._start = ""
        content_type = self._outer(content_type_header)
        if content_type is not None and content_type.media_type.startswith("multipart/"):
            self._open_package(content_type)

    @property
    def held(self) -> int:
        """Octets of the envelope that are here, while it is not whole."""
        return len(self._root)

    @property
    def root_so_far(self) -> bytes | None:
        """The envelope as far as it is here, while it is not whole; None where nothing of it is."""
        return bytes(self._root) if self._root or self._in_root else None

    def feed(self, data: bytes) -> list[Event]:
        """Take the next octets; return what they complete. Raises MimeError."""
        if self._multipart is None:
            self._collect(data)
            return []
        return self._sort(self._multipart.feed(data))

    def close(self) -> list[Event]:
        """Tell that the body has ended. Raises MimeError when it is incomplete or has no root part."""
        if self._multipart is None:
            self._root_seen = True
            return [Root(bytes(self._root))]
        events = self._sort(self._multipart.close())
        if not self._root_seen:
            raise MimeError("the package has no root part: no part is the envelope that 'start' names")
        return events

    def _outer(self, header: str) -> ContentType | None:
        place_ = "HTTP header Content-Type"
        try:
            content_type = parse_content_type(header, self.deviations)
        except MimeError:
            self.deviations.note("http-content-type", place_, header or "missing")
            return None
        media_type = content_type.media_type
        if not media_type.startswith("multipart/"):
            if media_type != SOAP_MEDIA_TYPE:
                self.deviations.note("http-content-type", place_, media_type)
            self.claims.take_charset(place_, content_type)
        self.claims.take_action(place_, content_type)
        return content_type

    def _open_package(self, outer: ContentType) -> None:
        parameters = outer.parameters
        note = self.deviations.note
        if outer.media_type != MULTIPART_RELATED:
            note("mime-type", "HTTP header Content-Type", outer.media_type)
        if parameters.get("type", "").lower() != XOP_MEDIA_TYPE:
            note("mime-type", "HTTP header Content-Type", f"type={parameters.get('type', '')!r}")
        # Some put the action behind it: start-info="application/soap+xml; action=..." [mtom/outer/action].
        start_info = parameters.get("start-info", "")
        if not self._is_soap("HTTP header Content-Type/start-info", start_info):
            note("mime-start-info", "HTTP header Content-Type", f"start-info={start_info!r}")
        start = parameters.get("start", "").strip()
        if start and not (start.startswith("<") and start.endswith(">")):
            note("mime-start", "HTTP header Content-Type", f"start={start!r}")
            start = f"<{start}>"
        self._start = bare_content_id(start, self.deviations, "HTTP header Content-Type/start")
        self._multipart = MultipartReader(parameters.get("boundary", ""), self.deviations)

    def _is_soap(self, where: str, value: str) -> bool:
        """Whether a parameter names the media type of SOAP 1.2, with parameters of its own or without."""
        if ";" not in value:
            return value.strip().lower() == SOAP_MEDIA_TYPE
        try:
            inner = parse_content_type(value, Deviations())  # stacks quote what is within quotes as they like
        except MimeError:
            return False
        self.claims.take_action(where, inner)
        return inner.media_type == SOAP_MEDIA_TYPE

    def _sort(self, events: list[MimeEvent]) -> list[Event]:
        """Turn parts into root and attachments."""
        result: list[Event] = []
        for event in events:
            if isinstance(event, PartData):
                if self._in_root:
                    self._collect(event.data)
                else:
                    result.append(Data(event.data))
            elif isinstance(event, PartStart):
                attachment = self._begin(event)
                if attachment is not None:
                    result.append(attachment)
            elif self._in_root:
                self._in_root = False
                result.append(Root(bytes(self._root)))
                self._root = bytearray()
            else:
                result.append(AttachmentEnd())
        return result

    def _collect(self, data: bytes | memoryview) -> None:
        if len(self._root) + len(data) > MAX_ENVELOPE_BYTES:
            raise EnvelopeTooLong(f"the envelope is longer than the {MAX_ENVELOPE_BYTES} bytes that are read")
        self._root += data
        if self._bounds is not None and len(self._root) >= self._look_at:
            # Again when there is twice as much: in all it is counted twice.
            self._look_at = 2 * len(self._root)
            so_far = bytes(self._root).rstrip(b"<")
            if family_of(so_far) == UTF_8:  # else it is refused, or counted when it has been decoded
                check_bounds(so_far, self._bounds)

    def _begin(self, part: PartStart) -> Attachment | None:
        """Take up a part; None when it is the root."""
        media_type = ""
        content_type: ContentType | None = None
        if header := part.headers.get("content-type", ""):
            try:
                content_type = parse_content_type(header, self.deviations)
            except MimeError:
                self.deviations.note("mime-header", "part headers", f"Content-Type: {header}")
            else:
                media_type = content_type.media_type
        encoding = part.headers.get("content-transfer-encoding", "").strip().lower()
        if not self._root_seen and self._is_root(part.content_id, media_type):
            self._root_seen = self._in_root = True
            self._check_encoding(encoding, ("binary", "8bit"))
            if media_type != XOP_MEDIA_TYPE:
                self.deviations.note("mime-root", "root part", f"Content-Type: {media_type or 'missing'}")
            if content_type is not None:
                self.claims.take_charset("root part", content_type)
                self.claims.take_action("root part", content_type)
                self._is_soap("root part, type", content_type.parameters.get("type", ""))
            return None
        if not self._root_seen:
            self.deviations.note("mime-root", "part before the root", part.content_id)
        self._check_encoding(encoding, ("binary",))
        if not part.content_id:
            self.deviations.note("mime-content-id", "part headers", "missing")
        return Attachment(part.content_id, media_type)

    def _is_root(self, content_id: str, media_type: str) -> bool:
        # The law: [mtom/outer/start] [mtom/outer/start-absent]
        if not self._start or content_id == self._start:
            return True
        # `start` names another part or none at all. A reader that waited for the named part could not tell
        # before the end; the part that says it is an envelope is one.
        if media_type == XOP_MEDIA_TYPE:
            self.deviations.note("mime-start", "root part", f"start=<{self._start}>, Content-ID=<{content_id}>")
            return True
        return False

    def _check_encoding(self, encoding: str, allowed: tuple[str, ...]) -> None:
        # The law: [mtom/attachment/binary]
        if encoding in allowed:
            return
        if encoding in ("base64", "quoted-printable"):
            raise MimeError(f"a part is encoded as {encoding}; parts of a package are binary")
        self.deviations.note("mime-encoding", "part headers", f"Content-Transfer-Encoding: {encoding or 'missing'}")
