"""MTOM packages: what we write, what we read, against the printed examples and the standard library."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.soap import mtom
from emulator.soap.bounds import REQUEST, XmlTooMuch
from emulator.soap.constants import MAX_ENVELOPE_BYTES, XOP
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import read_envelope
from emulator.soap.mime import MimeError
from emulator.soap.mtom import Attachment, AttachmentEnd, Data, Event, MtomReader, Root
from emulator.soap.package import MimePackage
from emulator.soap.xml import parse_xml
from emulator.transport.body import FileSegment

quick = settings(max_examples=200, deadline=None)
PACKAGE = (
    'multipart/related; type="application/xop+xml"; boundary="b"; start="<r@x>"; start-info="application/soap+xml"'
)
BINARY = b"Content-Transfer-Encoding: binary\r\n"
ROOT = b"--b\r\nContent-Type: application/xop+xml\r\n" + BINARY + b"Content-ID: <r@x>\r\n\r\n<e/>\r\n"
IMAGE = b"--b\r\nContent-Type: image/png\r\n" + BINARY + b"Content-ID: <i@x>\r\n\r\nPNG\r\n"


def read(content_type: str, body: bytes, size: int = 1 << 20) -> tuple[list[Event], list[str]]:
    """Events with neighbouring Data joined, and the ids of the deviations."""
    reader = MtomReader(content_type)
    events: list[Event] = []
    for start in range(0, len(body), size):
        events += reader.feed(body[start : start + size])
    events += reader.close()
    joined: list[Event] = []
    for event in events:
        if isinstance(event, Data) and joined and isinstance(joined[-1], Data):
            joined[-1] = Data(bytes(joined[-1].data) + bytes(event.data))
        else:
            joined.append(Data(bytes(event.data)) if isinstance(event, Data) else event)
    return joined, [deviation.id for deviation in reader.deviations]


def make(image: bytes = b"", media_type: str = "image/jpeg") -> MimePackage:
    return mtom.package(b"<e/>", image, content_id=mtom.new_content_id("image"), media_type=media_type)


def octets(framed: MimePackage) -> bytes:
    return b"".join(segment for segment in framed.segments if isinstance(segment, bytes))


@quick
@given(st.binary(max_size=300), st.integers(min_value=1, max_value=400))
def test_what_we_write_we_read_without_deviation(image: bytes, size: int) -> None:
    # The law: [habits/refused/start-names-no-part]
    framed = make(image)
    events, deviations = read(framed.content_type, octets(framed), size)
    assert deviations == []
    assert events[0] == Root(b"<e/>")
    assert isinstance(events[1], Attachment)
    assert events[1].media_type == "image/jpeg"
    assert b"".join(bytes(e.data) for e in events if isinstance(e, Data)) == image
    assert events[-1] == AttachmentEnd()


def test_what_we_write_the_standard_library_reads() -> None:
    # The law: [mtom/attachment/octets-unchanged] [wsdapi/wsdbit/attachment-unchanged]
    framed = make(bytes(range(256)))
    message = email.message_from_bytes(
        f"Content-Type: {framed.content_type}\r\n\r\n".encode() + octets(framed),
        policy=email.policy.HTTP,
    )
    assert not message.defects
    root, attachment = message.iter_parts()  # type: ignore[attr-defined]
    assert root.get_content_type() == "application/xop+xml"
    assert message.get_param("start") == root["Content-ID"]
    assert message.get_param("start-info") == "application/soap+xml"
    assert root.get_param("type") == "application/soap+xml"
    assert attachment["Content-Transfer-Encoding"] == "binary"


LAYOUT = (
    b"--MIMEBoundary-R\r\n"
    b'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
    b"Content-Transfer-Encoding: binary\r\n"
    b"Content-ID: <root.R@dsm-emulator.invalid>\r\n\r\n"
    b"<e/>\r\n"
    b"--MIMEBoundary-R\r\n"
    b"Content-Type: image/jpeg\r\n"
    b"Content-Transfer-Encoding: binary\r\n"
    b"Content-ID: <image.R@dsm-emulator.invalid>\r\n\r\n"
    b"data\r\n"
    b"--MIMEBoundary-R--\r\n"
)


def test_layout_of_what_we_write() -> None:
    # The law: [notes/c-31/mime-header-sent] [mtom/outer/multipart-related] [mtom/outer/type] [mtom/outer/start]
    # The law: [mtom/outer/start-info] [mtom/root/first] [mtom/root/content-type] [mtom/root/content-id]
    # The law: [mtom/root/transfer-encoding] [mtom/attachment/headers] [mtom/attachment/binary]
    # The law: [wsdapi/mtom/root-first-and-binary] [mtom/delimiter/form] [mtom/delimiter/close]
    # The law: [habits/refused/start-without-brackets] [habits/refused/delimiter-without-cr-lf]
    # The law: [habits/refused/last-delimiter-without-dashes] [habits/refused/lf-only-part-headers]
    # The law: [clients/go-mfp/envelope-first-with-include] [clients/sane-airscan/second-part]
    # The law: [clients/sane-airscan/multipart-with-boundary] [clients/sane-airscan/part-header-ends-in-crlf]
    framed = make(b"data")
    whole = octets(framed)
    assert re.sub(rb"(MIMEBoundary-|<root\.|<image\.)\w{32}", rb"\1R", whole) == LAYOUT
    assert whole.count(b"\n") == whole.count(b"\r\n")
    assert framed.content_type.startswith("multipart/related; ")
    root_id = re.search(rb"Content-ID: (\S+)", whole)
    assert root_id is not None and f'start="{root_id[1].decode()}"' in framed.content_type
    assert whole.endswith(b"--\r\n")
    assert 'type="application/xop+xml"' in framed.content_type
    assert 'start-info="application/soap+xml"' in framed.content_type
    boundary = re.search(r'boundary="(.*?)"', framed.content_type)
    assert boundary is not None
    assert len(boundary.group(1)) <= 70
    assert make().boundary != framed.boundary


def test_data_in_a_file_stays_there_and_all_around_it_is_one_piece(tmp_path: Path) -> None:
    image = FileSegment(tmp_path / "image", 7)
    framed = mtom.package(b"<e/>", image, content_id="i@x", media_type="image/jpeg")
    head, data, tail = framed.segments
    assert data is image and isinstance(head, bytes) and isinstance(tail, bytes)
    assert head.startswith(b"--" + framed.boundary.encode()) and tail == framed.closing


@pytest.mark.parametrize("media_type", ["image/png\r\nX: y", "", "é", 'a"b'])
def test_a_value_that_would_break_a_header_is_refused(media_type: str) -> None:
    with pytest.raises(ValueError, match="MIME header"):
        make(media_type=media_type)


@quick
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='<>"'), min_size=1))
def test_include_names_any_content_id(content_id: str) -> None:
    # The law: [mtom/include/percent-encoded] [mtom/include/href]
    element = etree.Element("x")
    element.append(mtom.include(content_id))
    assert re.fullmatch(r"cid:[A-Za-z0-9!$&'()*+,;=:@._~%-]+", element[0].get("href", ""))
    assert mtom.included_id(element) == content_id


def test_our_ids_need_no_encoding() -> None:
    # The law: [mtom/attachment/id-form] [habits/refused/cid-in-another-case-or-with-blanks]
    content_id = mtom.new_content_id("image")
    assert mtom.include(content_id).get("href") == f"cid:{content_id}"


@pytest.mark.parametrize(
    ("inside", "expected", "told"),
    [
        (f'<i:Include xmlns:i="{XOP}" href="cid:a%40b"/>', "a@b", 0),
        (f' <i:Include xmlns:i="{XOP}" href="cid:a@b"/>\n', "a@b", 0),
        (f'<i:Include xmlns:i="{XOP}" href="CID:a"/>', "a", 0),
        (f'<i:Include xmlns:i="{XOP}" href="cid:a"/>text', "a", 1),
        (f'<i:Include xmlns:i="{XOP}" href="cid:a"/><y/>', "a", 1),
        (f'<i:Include xmlns:i="{XOP}" href="cid:%3Ca%3E"/>', "a", 1),
        (f'<i:Include xmlns:i="{XOP}" href="http://a"/>', None, 1),
        (f'<i:Include xmlns:i="{XOP}"/>', None, 1),
        ("aGVsbG8=", None, 0),
        ("", None, 0),
    ],
)
def test_include_is_read(inside: str, expected: str | None, told: int) -> None:
    # The law: [mtom/include/only-child] [mtom/include/href]
    deviations = Deviations()
    assert mtom.included_id(etree.fromstring(f"<x>{inside}</x>"), deviations) == expected
    assert len(deviations) == told


def test_minimal_example_has_no_deviation(reference: Path) -> None:
    head, _, body = (reference / "examples/mtom/sendimage-minimal.http").read_bytes().partition(b"\r\n\r\n")
    content_type = re.search(rb"Content-Type: (.*)\r\n", head)
    assert content_type is not None
    for size in (1, 13, 4096):
        events, deviations = read(content_type.group(1).decode(), body, size)
        assert deviations == []
        assert isinstance(events[0], Root)
        assert not list(read_envelope(events[0].data).deviations)
        assert events[1:] == [
            Attachment("1.image@device.example", "image/png"),
            Data(b"\x89PNG\r\n\x1a\n"),
            AttachmentEnd(),
        ]


def test_misprinted_example_is_read_and_told(reference: Path) -> None:
    # The law: [notes/c-31/mime-header-of-the-examples-read]
    # The law: [mtom/tolerant/semicolon-missing] [mtom/tolerant/type-unquoted] [mtom/tolerant/content-id-blanks]
    text = (reference / "examples/dsm/sendimagerequest-example.mime.txt").read_bytes()
    head, _, body = text.partition(b"\n \n")
    content_type = head.decode().partition("Content-Type:")[2]
    for size in (1, 64, 1 << 20):
        events, deviations = read(content_type, body, size)
        assert isinstance(events[0], Root)
        message = read_envelope(events[0].data).message
        assert message.body is not None
        image = message.body.find("{*}ImageData")
        assert image is not None
        assert events[1] == Attachment(mtom.included_id(image) or "", "application/octet-stream")
        assert events[2] == Data(b"Document PDL Data")
        assert set(deviations) == {"mime-line-end", "mime-header", "mime-parameter"}


def test_plain_envelope_is_one_root() -> None:
    assert read("application/soap+xml; charset=utf-8", b"<e/>", 2) == ([Root(b"<e/>")], [])
    assert read("text/html", b"<html>") == ([Root(b"<html>")], ["http-content-type"])
    assert read("", b"") == ([Root(b"")], ["http-content-type"])


@pytest.mark.parametrize("content_type", ["application/soap+xml", PACKAGE])
def test_envelope_is_bounded(content_type: str) -> None:
    # The law: [soap/envelope/size-without-attachments]
    reader = MtomReader(content_type)
    with pytest.raises(MimeError, match="longer than"):
        reader.feed(ROOT[:-6] + bytes(MAX_ENVELOPE_BYTES + 100))


def test_attachment_before_root_is_read_in_order_and_told() -> None:
    # The law: [mtom/root/first]
    events, deviations = read(PACKAGE, IMAGE + ROOT + b"--b--\r\n")
    assert events == [Attachment("i@x", "image/png"), Data(b"PNG"), AttachmentEnd(), Root(b"<e/>")]
    assert deviations == ["mime-root"]


@pytest.mark.parametrize(
    ("old", "new", "deviation"),
    [
        ('start="<r@x>"', 'start="r@x"', "mime-start"),
        ('start="<r@x>"', 'start="<other@x>"', "mime-start"),
        ("start-info", "startinfo", "mime-start-info"),
        ('; start-info="application/soap+xml"', "", "mime-start-info"),
        ('type="application/xop+xml"', 'type="text/xml"', "mime-type"),
        ("multipart/related", "multipart/mixed", "mime-type"),
        ("Content-ID: <r@x>", "Content-ID: r@x", "mime-content-id"),
        ("Content-ID: <r@x>", "content-id: < r@x >", "mime-content-id"),
        ("<r@x>\r\n\r\n", "<r@x>\r\nX-No-Colon\r\n\r\n", "mime-header"),
        ("Content-Type: application/xop+xml", "Content-Type: application/soap+xml", "mime-root"),
        ("Encoding: binary\r\nContent-ID: <i@x>", "Encoding: 8bit\r\nContent-ID: <i@x>", "mime-encoding"),
        ("Content-ID: <i@x>\r\n", "", "mime-content-id"),
    ],
)
def test_tolerated_and_told(old: str, new: str, deviation: str) -> None:
    # The law: [mtom/outer/action] [mtom/tolerant/content-id-without-brackets] [mtom/attachment/binary]
    whole = PACKAGE + "\n" + (ROOT + IMAGE + b"--b--\r\n").decode()
    assert old in whole
    header, _, body = whole.replace(old, new, 1).partition("\n")
    events, deviations = read(header, body.encode())
    assert deviations == [deviation]
    assert events[0] == Root(b"<e/>")
    assert events[2] == Data(b"PNG")


def test_without_start_the_first_part_is_root() -> None:
    # The law: [mtom/outer/start-absent]
    events, deviations = read(PACKAGE.replace('start="<r@x>"; ', ""), ROOT + IMAGE + b"--b--\r\n")
    assert (events[0], deviations) == (Root(b"<e/>"), [])


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        (PACKAGE.replace('boundary="b"; ', ""), b"", "no boundary"),
        (PACKAGE, IMAGE + b"--b--\r\n", "no root part"),
        (PACKAGE, ROOT, "before its closing delimiter"),
        (PACKAGE, ROOT + IMAGE.replace(b"binary", b"base64") + b"--b--", "base64"),
    ],
)
def test_packages_that_cannot_be_read(content_type: str, body: bytes, reason: str) -> None:
    with pytest.raises(MimeError, match=reason):
        read(content_type, body)


@quick
@given(st.text(max_size=60), st.binary(max_size=200), st.integers(min_value=1, max_value=40))
def test_arbitrary_bytes_give_events_or_mime_error(header: str, body: bytes, size: int) -> None:
    for content_type in (header, PACKAGE + header):
        for prefix in (b"", ROOT, b"--b\r\n"):
            try:
                read(content_type, prefix + body, size)
            except MimeError as error:
                assert "\n" not in str(error)


@pytest.mark.parametrize("content_type", ["application/soap+xml", PACKAGE], ids=["plain", "package"])
def test_too_much_markup_is_refused_while_the_rest_is_on_its_way(content_type: str) -> None:
    reader = MtomReader(content_type, REQUEST)
    if content_type == PACKAGE:
        reader.feed(ROOT[:-6])
    reader.feed(b"<a>" + b"<b/>" * (REQUEST.elements - 1))
    taken = 0
    with pytest.raises(XmlTooMuch, match="elements"):
        for _ in range(200):
            reader.feed(b"<b/>" * 10_000)
            taken += 40_000
    assert taken <= 80_000


@pytest.mark.parametrize("size", [1, 3, 1000, 10**7])
def test_an_envelope_at_its_bounds_is_read_however_it_is_cut(size: int) -> None:
    """Counted before it is whole, never more is found than when it is."""
    inside = "<b c='1'></b>" * (REQUEST.elements - 1)
    assert len(inside) > 60_000
    for encoding in ("utf-8", "utf-16"):
        data = f"<a>{inside}</a>".encode(encoding)
        reader = MtomReader("application/soap+xml", REQUEST)
        if size > 1 or encoding == "utf-8":
            for start in range(0, len(data), size):
                reader.feed(data[start : start + size])
            (root,) = reader.close()
            assert isinstance(root, Root) and len(parse_xml(root.data, bounds=REQUEST)) == REQUEST.elements - 1
