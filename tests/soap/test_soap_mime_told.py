"""MIME: what exactly is told of a Content-Type and of a multipart body that is not right, and where bounds lie."""

from __future__ import annotations

import pytest
from test_soap_mime import package, parts_of

from emulator.soap.deviations import Deviations
from emulator.soap.mime import (
    MAX_HEADER_BYTES,
    MAX_PADDING,
    MimeError,
    MultipartReader,
    PartData,
    PartEnd,
    PartStart,
    bare_content_id,
    parse_content_type,
)

HEADER = "Content-Type"


def told(deviations: Deviations) -> list[tuple[str, str, str]]:
    return [(each.id, each.place, each.detail) for each in deviations]


def wrong(detail: str) -> tuple[str, str, str]:
    return "mime-parameter", HEADER, detail


@pytest.mark.parametrize(
    ("header", "media_type", "parameters", "deviations"),
    [
        (" A/B ; C=D ", "a/b", {"c": "D"}, []),
        ("a/b;c=d;e=f", "a/b", {"c": "d", "e": "f"}, []),
        ('a/b; c="d e;f=g"', "a/b", {"c": "d e;f=g"}, []),
        ('a/b; c="d\\"e\\\\"; f=g', "a/b", {"c": 'd"e\\', "f": "g"}, []),
        ('a/b; c=""', "a/b", {"c": ""}, []),
        ("a/b c=d", "a/b", {"c": "d"}, [wrong("a/b c=d")]),
        ("a/b;; c=d", "a/b", {"c": "d"}, [wrong("a/b;; c=d")]),
        ("a/b;", "a/b", {}, [wrong("no parameter after ';'")]),
        ("a/b; c=d;", "a/b", {"c": "d"}, [wrong("no parameter after ';'")]),
        ("a/b; word; c=d", "a/b", {"c": "d"}, [wrong("word; c=d")]),
        ("a/b; c=d; c=e", "a/b", {"c": "d"}, [wrong("c twice")]),
        ("a/b; c=d; C=e", "a/b", {"c": "d"}, [wrong("c twice")]),
        ("a/b; c=", "a/b", {"c": ""}, [wrong("a parameter without a value")]),
        ("a/b; c=d/e", "a/b", {"c": "d/e"}, [wrong("d/e")]),
        ('a/b; c="d', "a/b", {"c": "d"}, [wrong("a quote is not closed")]),
        ('a/b; c="d\\', "a/b", {"c": "d\\"}, [wrong("a quote is not closed")]),
        ('a/b; c="', "a/b", {"c": ""}, [wrong("a quote is not closed")]),
        ('a/b; startinfo="x"', "a/b", {"start-info": "x"}, [("mime-start-info", HEADER, "startinfo")]),
        (
            'a/b; start-info=x; startinfo="y"',
            "a/b",
            {"start-info": "x"},
            [("mime-start-info", HEADER, "startinfo"), wrong("start-info twice")],
        ),
        # Twenty characters before and after the place where a parameter is not separated.
        (
            "a/b; c=0123456789012345678901234 f=0123456789012345678901234",
            "a/b",
            {"c": "0123456789012345678901234", "f": "0123456789012345678901234"},
            [wrong("56789012345678901234 f=012345678901234567")],
        ),
        ("a/b; " + "w" * 50, "a/b", {}, [wrong("w" * 40)]),
    ],
)
def test_a_content_type_and_what_is_told_of_it(
    header: str, media_type: str, parameters: dict[str, str], deviations: list[tuple[str, str, str]]
) -> None:
    """RFC 2045, 5.1: parameters are separated by ';' and quoted where they hold tspecials; the first counts."""
    for _ in range(2):  # what has been read before is told again
        found = Deviations()
        result = parse_content_type(header, found)
        assert (result.media_type, dict(result.parameters)) == (media_type, parameters)
        assert told(found) == deviations


def test_a_stray_quote_is_passed_over() -> None:
    found = Deviations()
    assert dict(parse_content_type('a/b; "x"; c=d', found).parameters) == {"c": "d"}
    assert {each.id for each in found} == {"mime-parameter"}


@pytest.mark.parametrize("header", ["a", "a/", "/b", "a b/c", "a,b", ""])
def test_no_media_type_is_refused_with_its_words(header: str) -> None:
    with pytest.raises(MimeError, match="is no media type"):
        parse_content_type(header, Deviations())


def test_a_refusal_shows_eighty_characters() -> None:
    with pytest.raises(MimeError) as caught:
        parse_content_type("x" * 200, Deviations())
    assert str(caught.value) == f"Content-Type {'x' * 80!r} is no media type"


@pytest.mark.parametrize(
    ("value", "bare", "deviations"),
    [
        ("<a@b>", "a@b", []),
        (" <a@b> ", "a@b", []),
        ("<>", "", []),
        ("", "", []),
        ("a@b", "a@b", ["a@b"]),
        ("<a@b", "<a@b", ["<a@b"]),
        ("a@b>", "a@b>", ["a@b>"]),
        ("<", "<", ["<"]),
        ("< a@b >", "a@b", ["< a@b >"]),
    ],
)
def test_a_content_id_without_its_brackets(value: str, bare: str, deviations: list[str]) -> None:
    """RFC 2392: an address in brackets without blanks."""
    found = Deviations()
    assert bare_content_id(value, found) == bare
    assert told(found) == [("mime-content-id", "Content-ID", each) for each in deviations]


# Boundaries


def test_a_boundary_longer_than_seventy_characters_is_read_and_told_up_to_256() -> None:
    """RFC 2046, 5.1.1."""
    for length, deviations in ((70, []), (71, ["71 characters"]), (256, ["256 characters"])):
        found = Deviations()
        boundary = "x" * length
        assert parts_of([package([b"one"], boundary.encode())], boundary, found) == [("0@x", b"one")]
        assert told(found) == [("mime-parameter", f"{HEADER}/boundary", each) for each in deviations]
    with pytest.raises(MimeError, match="cannot be read"):
        MultipartReader("x" * 257, Deviations())


@pytest.mark.parametrize(
    ("boundary", "says"), [("", "has no boundary"), ("é", "cannot be read"), ("a\tb", "cannot be")]
)
def test_a_boundary_that_is_none_is_refused_with_its_words(boundary: str, says: str) -> None:
    with pytest.raises(MimeError, match=says):
        MultipartReader(boundary, Deviations())


# Bodies


def events_of(body: bytes, size: int, found: Deviations) -> tuple[list[str], MultipartReader]:
    """Names of the events, data joined; and the reader."""
    reader = MultipartReader("b", found)
    events = [each for at in range(0, len(body), size) for each in reader.feed(body[at : at + size])]
    events += reader.close()
    names: list[str] = []
    for each in events:
        if isinstance(each, PartData):
            data = bytes(each.data).decode("latin-1")
            if names and names[-1].startswith("data "):
                names[-1] += data
            else:
                names.append(f"data {data}")
        elif isinstance(each, PartStart):
            names.append(f"start {each.content_id}")
        else:
            assert isinstance(each, PartEnd)
            names.append("end")
    return names, reader


ONE = ["start 0@x", "data one", "end"]
LINE = ("mime-line-end", "multipart body")
OUTSIDE = ("mime-preamble", "multipart body")
HEAD = "Content-ID: <0@x>"


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("body", "names", "deviations"),
    [
        (f"--b\r\n{HEAD}\r\n\r\none\r\n--b--\r\n", ONE, []),
        (f"\r\n--b\r\n{HEAD}\r\n\r\none\r\n--b--", ONE, []),
        (f"--b  \t\r\n{HEAD}\r\n\r\none\r\n--b--", ONE, []),
        (f"before\r\n--b\r\n{HEAD}\r\n\r\none\r\n--b--", ONE, [(*OUTSIDE, "before the first delimiter")]),
        (f"before\n--b\r\n{HEAD}\r\n\r\none\r\n--b--", ONE, None),
        (f"--b\r\n{HEAD}\r\n\r\none\r\n--b--\r\nafter\r\nmore", ONE, [(*OUTSIDE, "after the closing delimiter")]),
        (f"x\r\n--b\r\n{HEAD}\r\n\r\none\r\n--b--y", ONE, [(*OUTSIDE, "before the first delimiter")]),
        (f"--b\n{HEAD}\n\none\n--b--\n", ONE, [(*LINE, "a delimiter ends LF")]),
        (
            f"--b\n{HEAD}\n\none\n--b--\nafter",
            ONE,
            [(*LINE, "a delimiter ends LF"), (*OUTSIDE, "after the closing delimiter")],
        ),
        (f"--b\r\n{HEAD}\n\r\none\r\n--b--\r\n", ONE, [(*LINE, "part headers end LF")]),
        (f"--b\r\n{HEAD}\r\n\r\none--b--", ONE, [(*LINE, "a delimiter does not stand after CR LF")]),
        (f"--b\r\n{HEAD}\r\n\r\none--b-- \r\n", ONE, [(*LINE, "a delimiter does not stand after CR LF")]),
        (f"--b\r\n{HEAD}\r\n\r\none\n--b--x\r\n--b--", ["start 0@x", "data one\n--b--x", "end"], []),
        (f"--b\r\n{HEAD}\r\n\r\none\r\n--bx\r\n--b--", ["start 0@x", "data one\r\n--bx", "end"], []),
        (f"--b\r\n{HEAD}\r\n\r\none--b\r\nno\r\n--b--", ["start 0@x", "data one--b\r\nno", "end"], []),
        (f"--b\r\n{HEAD}\r\n\r\n--b--\r\n", ["start 0@x", "end"], []),
        (f"--b\r\n{HEAD}\r\n\r\n\r\n--b--\r\n", ["start 0@x", "end"], []),
        (
            f"--b\r\n{HEAD}\r\n\r\none\r\n--b\r\nContent-ID: <1@x>\r\n\r\n\r\n\r\n--b--",
            [*ONE, "start 1@x", "data \r\n", "end"],
            [],
        ),
        (
            f"--b\r\n{HEAD}\r\n \r\none\r\n--b--\r\n",
            ONE,
            [("mime-header", "part headers", "the empty line holds blanks")],
        ),
        ("--b\r\n\r\none\r\n--b--\r\n", ["start ", "data one", "end"], []),
    ],
)
def test_a_body_and_what_is_told_of_it_whatever_the_pieces(
    body: str, names: list[str], deviations: list[tuple[str, str, str]] | None, size: int
) -> None:
    """RFC 2046, 5.1.1: the line break before a delimiter is not content; what is not quite a delimiter is data."""
    found = Deviations()
    read, reader = events_of(body.encode(), size, found)
    assert read == names
    assert reader.finished
    if deviations is not None:
        assert told(found) == deviations


def test_a_reader_is_finished_with_the_closing_delimiter_and_not_before() -> None:
    reader = MultipartReader("b", Deviations())
    reader.feed(b"--b\r\n\r\none\r\n--b-")
    assert not reader.finished
    assert reader.feed(b"") == []
    reader.feed(b"-")
    assert reader.finished


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"nothing", "holds no part: its delimiter does not occur"),
        (b"--b\r\n\r\none\r\n--b", "lacks its final '--'"),
        (b"--b\r\n\r\none\r\n--b\r\n", "lacks its final '--'"),
        (b"--b\r\n\r\none\r\n--b\r\nX: y", "ends inside a part headers"),
        (b"--b\r\n\r\none", "ends inside a part, before its closing delimiter"),
        (b"--b--", "holds no part"),
    ],
)
def test_a_body_that_is_not_whole_is_refused_with_what_is_missing(body: bytes, says: str) -> None:
    with pytest.raises(MimeError, match=says):
        events_of(body, 1000, Deviations())


@pytest.mark.parametrize(("blanks", "is_one"), [(MAX_PADDING, True), (MAX_PADDING + 2, False)])
@pytest.mark.parametrize("size", [1, 1000])
def test_padding_of_a_delimiter_is_read_up_to_64_blanks(blanks: int, is_one: bool, size: int) -> None:
    """RFC 2046's transport-padding has no bound; ours is."""
    body = b"--b\r\n\r\none\r\n--b" + b" " * blanks + b"\r\n\r\ntwo\r\n--b--"
    names, _ = events_of(body, size, Deviations())
    assert names.count("end") == (2 if is_one else 1)


def test_a_header_block_of_16_kib_is_read_and_one_octet_more_is_not() -> None:
    def read(octets: int) -> list[str]:
        line = b"X: " + b"y" * (octets - 3)
        return events_of(b"--b\r\n" + line + b"\r\n\r\none\r\n--b--", 4096, Deviations())[0]

    limit = MAX_HEADER_BYTES - len(b"\r\n\r\n") + 1
    assert read(limit) == ["start ", "data one", "end"]
    with pytest.raises(MimeError, match="longer than 16384 octets"):
        read(limit + 1)


@pytest.mark.parametrize(
    ("block", "headers", "faulty"),
    [
        ("A: b\r\nC:d", {"a": "b", "c": "d"}, False),
        ("A: b\r\n c\r\n\td", {"a": "b c d"}, False),
        ("A:  b \r\nA: c\r\n d\r\nE: f", {"a": "b", "e": "f"}, True),
        ("no colon\r\nA: b", {"a": "b"}, True),
        ("no colonX", {}, True),
        ("A: bX\r\nXC: dX", {"a": "bX", "xc": "dX"}, False),
        ("A : b", {"a": "b"}, True),
        ("A B: c", {"a b": "c"}, True),
        (" folded\r\nA: b", {"a": "b"}, True),
        ("A:", {"a": ""}, False),
    ],
)
def test_part_headers_and_what_is_told_of_them(block: str, headers: dict[str, str], faulty: bool) -> None:
    """RFC 2045: a part header is 'Name: value', folded or not; of two the first counts with what continues it."""
    found = Deviations()
    reader = MultipartReader("b", found)
    (start,) = reader.feed(f"--b\r\n{block}\r\n\r\n".encode())
    assert start == PartStart(headers, "")
    assert told(found) == ([("mime-header", "part headers", block[:80])] if faulty else [])


def test_a_faulty_header_block_shows_eighty_octets() -> None:
    found = Deviations()
    MultipartReader("b", found).feed(b"--b\r\n" + b"z" * 100 + b"\r\n\r\n")
    assert told(found) == [("mime-header", "part headers", "z" * 80)]


def test_what_comes_whole_is_handed_out_as_it_came_and_slices_are_not_copies() -> None:
    reader = MultipartReader("b", Deviations())
    reader.feed(b"--b\r\n\r\n")
    piece = b"0123456789"
    (event,) = reader.feed(piece)
    assert isinstance(event, PartData)
    assert event.data is piece
    (event, end) = reader.feed(b"abc\r\n--b--\r\n")
    assert isinstance(event, PartData)
    assert isinstance(event.data, memoryview)
    assert bytes(event.data) == b"abc"
    assert end == PartEnd()
