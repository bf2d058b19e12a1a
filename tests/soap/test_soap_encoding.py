"""Which encoding a document is in, and what HTTP says of it."""

from __future__ import annotations

import pytest

from emulator.soap.deviations import Deviations
from emulator.soap.encoding import contradicts, family_of
from emulator.soap.mime import parse_content_type
from emulator.soap.mtom import EnvelopeClaims
from emulator.soap.xml import EncodingRefused, parse_xml

DOCUMENT = '<?xml version="1.0" encoding="{}"?><a>{}</a>'


@pytest.mark.parametrize(
    ("declared", "encoding", "text", "told"),
    [
        ("utf-8", "utf-8", "é", ""),
        ("UTF8", "utf-8", "é", ""),
        ("us-ascii", "ascii", "e", ""),
        ("utf-8", "utf-8-sig", "é", "UTF-8 with a byte order mark"),
        ("utf-16", "utf-16", "é", "UTF-16"),
        ("utf-16", "utf-8", "é", "declared as UTF-16"),
        ("iso-8859-1", "ascii", "e", "declared as ISO-8859-1"),
        ("shift_jis", "ascii", "e", "declared as SHIFT_JIS"),
    ],
)
def test_what_can_only_be_utf_8_or_utf_16_is_read(declared: str, encoding: str, text: str, told: str) -> None:
    # The law: [soap/envelope/utf-8] [soap/envelope/utf-16] [soap/envelope/byte-order-mark]
    deviations = Deviations()
    assert parse_xml(DOCUMENT.format(declared, text).encode(encoding), deviations).text == text
    assert [(each.id, each.detail) for each in deviations] == ([("encoding", told)] if told else [])


@pytest.mark.parametrize(
    ("declared", "encoding", "named"),
    [
        ("iso-8859-1", "iso-8859-1", "ISO-8859-1"),
        ("windows-1252", "cp1252", "WINDOWS-1252"),
        ("shift_jis", "shift_jis", "SHIFT_JIS"),
        ("utf-7", "utf-7", "UTF-7"),
        ("utf-16", "utf-16-le", "UTF-16 without a byte order mark"),
        ("utf-16", "utf-16-be", "UTF-16 without a byte order mark"),
        ("utf-32", "utf-32", "UTF-32"),
        ("utf-32", "utf-32-le", "UTF-32 without a byte order mark"),
        ("utf-32", "utf-32-be", "UTF-32 without a byte order mark"),
        ("cp037", "cp037", "EBCDIC"),
    ],
)
def test_what_is_not_read_is_named(declared: str, encoding: str, named: str) -> None:
    text = "e" if encoding == "utf-7" else "ソ" if encoding == "shift_jis" else "é"
    with pytest.raises(EncodingRefused, match=named):
        parse_xml(DOCUMENT.format(declared, text).encode(encoding))


UTF_8, ASCII, UTF_16 = "<a>é</a>".encode(), b"<a/>", "<a/>".encode("utf-16")


@pytest.mark.parametrize(
    ("charset", "data", "wrong"),
    [
        ("utf-8", UTF_8, False),
        (" UTF8 ", UTF_8, False),
        ("utf-8", UTF_16, True),
        ("utf-16", UTF_16, False),
        ("UTF-16LE", UTF_16, False),
        ("utf-16", UTF_8, True),
        ("iso-8859-1", UTF_8, True),
        ("iso-8859-1", ASCII, False),
        ("windows-1252", ASCII, False),
        ("us-ascii", ASCII, False),
        ("koi8-r", ASCII, False),
        ("utf-7", ASCII, True),
        ("cp037", ASCII, True),
        ("klingon", ASCII, True),
        ("", ASCII, True),
        ("utf-8\0", ASCII, True),
    ],
)
def test_a_charset_contradicts_what_it_is_not(charset: str, data: bytes, wrong: bool) -> None:
    # The law: [soap/http/charset-of-the-document]
    assert contradicts(charset, data) is wrong


@pytest.mark.parametrize("data", [b"", b"<", b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe\0", b"\0<", b"no XML"])
def test_odd_beginnings_have_a_family(data: bytes) -> None:
    assert family_of(data) in ("UTF-8", "UTF-16", "UTF-16 without a byte order mark")


def test_claims_are_compared_with_the_message() -> None:
    claims, deviations = EnvelopeClaims(), Deviations()
    told = parse_content_type('application/soap+xml; charset=utf-16; action="urn:a"', Deviations())
    claims.take_action("outer", told)
    claims.take_charset("outer", told)
    claims.check(ASCII, "urn:b", deviations)
    assert [(each.id, each.place, each.detail) for each in deviations] == [
        ("http-action", "outer", "urn:a"),
        ("http-charset", "outer", "utf-16, and the document is UTF-8"),
    ]
    same = Deviations()
    claims.check(UTF_16, "urn:a", same)
    claims.check(UTF_16, "", same)  # no Action: that is told for itself
    assert list(same) == []
