"""MIME: Content-Type and the multipart reader. The counterpart is the email package of the standard library."""

from __future__ import annotations

import email
import email.policy
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.soap.deviations import Deviations
from emulator.soap.mime import (
    MAX_HEADER_BYTES,
    MAX_PARTS,
    MimeError,
    MultipartReader,
    PartData,
    PartEnd,
    PartStart,
    parse_content_type,
)

quick = settings(max_examples=200, deadline=None)


def parts_of(
    pieces: list[bytes], boundary: str = "b", deviations: Deviations | None = None
) -> list[tuple[str, bytes]]:
    """(Content-ID, content) of every part; also checks the order of events."""
    reader = MultipartReader(boundary, Deviations() if deviations is None else deviations)
    events = [event for piece in pieces for event in reader.feed(piece)] + reader.close()
    parts: list[tuple[str, bytes]] = []
    inside = False
    for event in events:
        if isinstance(event, PartStart):
            assert not inside
            inside = True
            parts.append((event.content_id, b""))
        elif isinstance(event, PartData):
            assert inside
            parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
        else:
            assert isinstance(event, PartEnd)
            assert inside
            inside = False
    assert not inside
    return parts


def ids(deviations: Deviations) -> list[str]:
    return [deviation.id for deviation in deviations]


def package(contents: list[bytes], boundary: bytes = b"b", eol: bytes = b"\r\n") -> bytes:
    lines = b""
    for number, content in enumerate(contents):
        lines += eol + b"--" + boundary + eol + b"Content-ID: <%d@x>" % number + eol + eol + content
    return (lines + eol + b"--" + boundary + b"--" + eol)[len(eol) :]


# Content-Type


def test_content_type_as_we_write_it_has_no_deviation(no_deviations: Deviations) -> None:
    header = 'multipart/related; type="application/xop+xml"; boundary="b d"; start="<r@x>"'
    result = parse_content_type(header, no_deviations)
    assert result.media_type == "multipart/related"
    assert result.parameters == {"type": "application/xop+xml", "boundary": "b d", "start": "<r@x>"}


@pytest.mark.parametrize(
    ("header", "parameters", "deviation"),
    [
        ("a/b; x=1 y=2", {"x": "1", "y": "2"}, "mime-parameter"),
        ("a/b; type=application/xop+xml", {"type": "application/xop+xml"}, "mime-parameter"),
        ('a/b; startinfo="application/soap+xml"', {"start-info": "application/soap+xml"}, "mime-start-info"),
        ("a/b; x=1; x=2", {"x": "1"}, "mime-parameter"),
        ('a/b; x="never closed', {"x": "never closed"}, "mime-parameter"),
        ("a/b; nonsense; x=1", {"x": "1"}, "mime-parameter"),
        ("a/b; x=", {"x": ""}, "mime-parameter"),
        ("a/b;", {}, "mime-parameter"),
    ],
)
def test_content_type_tolerated_and_told(header: str, parameters: dict[str, str], deviation: str) -> None:
    # The law: [mtom/tolerant/semicolon-missing] [mtom/tolerant/type-unquoted] [mtom/tolerant/startinfo]
    deviations = Deviations()
    assert parse_content_type(header, deviations).parameters == parameters
    assert deviation in ids(deviations)


def test_quoted_pairs_case_and_folding_are_no_deviation(no_deviations: Deviations) -> None:
    result = parse_content_type('Multipart/RELATED;\r\n  Boundary="a\\"b\\\\c" ; X=y', no_deviations)
    assert result.media_type == "multipart/related"
    assert result.parameters == {"boundary": 'a"b\\c', "x": "y"}


@pytest.mark.parametrize("header", ["", "text", "/", "text/", ";a=b", "é/x"])
def test_what_is_no_media_type_is_refused(header: str) -> None:
    with pytest.raises(MimeError, match="no media type"):
        parse_content_type(header, Deviations())


@quick
@given(st.text(max_size=200))
@example("a/b;" * 50)
@example('a/b;x="\\')
def test_any_content_type_gives_a_value_or_mime_error(text: str) -> None:
    try:
        result = parse_content_type("a/b" + text, Deviations())
    except MimeError:
        return
    assert all(name == name.lower() for name in result.parameters)


@quick
@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), st.text('abc \\";=<>@/é', max_size=9))
)
def test_quoted_parameters_come_back(parameters: dict[str, str]) -> None:
    parameters.pop("startinfo", None)
    quoted = [
        name + '="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for name, value in parameters.items()
    ]
    deviations = Deviations()
    assert parse_content_type("; ".join(["a/b", *quoted]), deviations).parameters == parameters
    assert not list(deviations)


# The multipart reader


@quick
@given(
    st.lists(st.binary(max_size=40) | st.text("-b\r\n ", max_size=30).map(str.encode), min_size=1, max_size=4),
    st.integers(min_value=1, max_value=200),
)
@example([b"-", b"\r\n-", b"\r", b"\n", b"--", b"x--b", b"\r\n--c"], 1)
@example([b"x--b\r\nnot a header", b"x--b-- "], 3)
def test_contents_come_back_whatever_the_pieces(contents: list[bytes], size: int) -> None:
    # The law: [mtom/delimiter/form] [mtom/attachment/octets-unchanged]
    # Not allowed in data at all (RFC 2046, 5.1.1); and at the start of a part the empty line ends in CR LF.
    contents = [c for c in contents if b"\r\n--b" not in b"\r\n" + c and b"--b\r\nContent" not in c]
    if not contents:
        return
    deviations = Deviations()
    body = package(contents)
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    assert [content for _, content in parts_of(pieces, deviations=deviations)] == contents
    assert not list(deviations)


@quick
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=3), st.uuids())
def test_standard_library_reads_the_same(contents: list[bytes], boundary_id: object) -> None:
    boundary = f"x{boundary_id}"
    contents = [b"a" + c.replace(b"\r", b"").replace(b"\n", b"") + b"z" for c in contents]
    body = package(contents, boundary.encode())
    head = f'Content-Type: multipart/related; boundary="{boundary}"\r\n\r\n'.encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    theirs = [part.get_payload(decode=True) for part in message.iter_parts()]  # type: ignore[attr-defined]
    assert [content for _, content in parts_of([body], boundary)] == theirs == contents


@quick
@given(st.binary(max_size=400), st.integers(min_value=1, max_value=50), st.sampled_from(["b", "-", "--", "b-b"]))
@example(b"--b\r\n\r\n--b--", 1, "b")
@example(b"--b\n \n\n--b--", 2, "b")
@example(b"--b\r\n" + b"A" * 300, 7, "b")
def test_arbitrary_bytes_give_parts_or_mime_error(body: bytes, size: int, boundary: str) -> None:
    for prefix in (b"", b"--" + boundary.encode() + b"\r\n\r\n"):
        whole = prefix + body
        try:
            one = parts_of([whole], boundary)
        except MimeError:
            one = None
        try:
            many = parts_of([whole[i : i + size] for i in range(0, len(whole), size)], boundary)
        except MimeError:
            many = None
        assert one == many  # how the octets arrive makes no difference


@quick
@given(st.text("-b\r\n :Content", max_size=60).map(str.encode), st.integers(min_value=1, max_value=9))
def test_near_delimiters_read_the_same_in_all_pieces(body: bytes, size: int) -> None:
    whole = b"--b\r\n\r\n" + body + b"\r\n--b--"
    results: list[object] = []
    for pieces in ([whole], [whole[i : i + size] for i in range(0, len(whole), size)]):
        deviations = Deviations()
        try:
            results.append((parts_of(pieces, deviations=deviations), sorted(ids(deviations))))
        except MimeError:
            results.append(None)
    assert results[0] == results[1]


def test_delimiter_inside_a_line_is_data(no_deviations: Deviations) -> None:
    # The law: [mtom/delimiter/not-in-the-data]
    content = b"a--b\r\nb--b--\r\nc\r\n--bee"
    assert parts_of([package([content])], deviations=no_deviations) == [("0@x", content)]


def test_delimiter_without_its_line_break_is_read_where_headers_follow() -> None:
    # The law: [habits/device/xerox-delimiter-without-cr-lf] [habits/client/lax-boundary]
    body = b"--b\r\nContent-ID: <0@x>\r\n\r\none--b\r\nContent-ID: <1@x>\r\n\r\ntwo--b--\r\n"
    for size in (1, 5, 1000):
        deviations = Deviations()
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        assert parts_of(pieces, deviations=deviations) == [("0@x", b"one"), ("1@x", b"two")]
        assert ids(deviations) == ["mime-line-end"]


def test_line_feeds_alone_are_read_and_told() -> None:
    # The law: [mtom/tolerant/lf-alone] [mtom/delimiter/lines-end-cr-lf]
    deviations = Deviations()
    assert parts_of([package([b"one", b"two\n"], eol=b"\n")], deviations=deviations) == [
        ("0@x", b"one"),
        ("1@x", b"two\n"),
    ]
    assert ids(deviations) == ["mime-line-end"]


@pytest.mark.parametrize("end", [b"", b"\r\n", b"-", b"--"])
def test_only_the_closing_delimiter_ends_a_package(end: bytes) -> None:
    """RFC 2046, 5.1.1; the line break behind it belongs to nothing. [mtom/delimiter/close]"""
    body = package([b"one"]).removesuffix(b"--\r\n") + end
    if end == b"--":
        assert parts_of([body]) == [("0@x", b"one")]
    else:
        with pytest.raises(MimeError, match=r"lacks its final|closing delimiter"):
            parts_of([body])


def test_preamble_and_epilogue_are_told_and_blank_ones_are_not(no_deviations: Deviations) -> None:
    # The law: [mtom/delimiter/preamble-and-epilogue]
    body = package([b"one"])
    deviations = Deviations()
    assert parts_of([b"hello\r\n" + body + b"good bye"], deviations=deviations) == [("0@x", b"one")]
    assert ids(deviations) == ["mime-preamble"]
    assert parts_of([b"\r\n" + body + b"\r\n\r\n"], deviations=no_deviations) == [("0@x", b"one")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "holds no part"),
        (b"no delimiter at all", "holds no part"),
        (b"--b--\r\n", "holds no part"),
        (b"--b\r\nContent-ID: <a@b>", "part headers"),
        (b"--b\r\n\r\nhalf a part", "inside a part"),
        (b"--b\r\n\r\nhalf a delimiter\r\n--", "inside a part"),
    ],
)
def test_cut_off_bodies(body: bytes, reason: str) -> None:
    with pytest.raises(MimeError, match=reason):
        parts_of([body])


def test_header_block_and_parts_are_bounded() -> None:
    reader = MultipartReader("b", Deviations())
    reader.feed(b"--b\r\n")
    with pytest.raises(MimeError, match="longer than"):
        for _ in range(MAX_HEADER_BYTES):
            reader.feed(b"X: yz\r\n")
    assert len(parts_of([package([b""] * MAX_PARTS)])) == MAX_PARTS
    with pytest.raises(MimeError, match="more than"):
        parts_of([package([b""] * (MAX_PARTS + 1))])


@pytest.mark.parametrize("boundary", ["", "é", "a\r\nb", "x" * 300])
def test_boundaries_that_are_none(boundary: str) -> None:
    # The law: [mtom/outer/boundary]
    with pytest.raises(MimeError):
        MultipartReader(boundary, Deviations())


def test_part_headers_folded_doubled_and_broken() -> None:
    # The law: [mtom/part/header-lines] [mtom/tolerant/header-case]
    deviations = Deviations()
    reader = MultipartReader("b", deviations)
    block = b"--b\r\nContent-Type: a/b;\r\n\tx=1\r\nCONTENT-ID: < i@x >\r\nContent-Type: c/d\r\nno colon\r\n\r\n"
    (start,) = reader.feed(block)
    assert start == PartStart({"content-type": "a/b; x=1", "content-id": "< i@x >"}, "i@x")
    assert ids(deviations) == ["mime-header", "mime-content-id"]


def test_nothing_is_held_of_a_large_part() -> None:
    reader = MultipartReader("boundary", Deviations())
    reader.feed(b"--boundary\r\n\r\n")
    piece = bytes(256 * 1024)
    for _ in range(8):
        (event,) = reader.feed(piece)
        assert isinstance(event, PartData)
        assert event.data is piece  # not even copied
    tail = b"\r\n--boundar"
    events = reader.feed(piece + tail)
    assert sum(len(e.data) for e in events if isinstance(e, PartData)) == len(piece)
    assert reader.feed(b"y--\r\n") == [PartEnd()]


@pytest.mark.parametrize(
    "unit", [b"\r\n--boundar", b"--boundary", b"-", b"\r\n", b"--boundary--", b"x--boundary\r\n"]
)
def test_hostile_data_takes_linear_time(unit: bytes) -> None:
    def seconds(octets: int, feed: int) -> float:
        reader = MultipartReader("boundary", Deviations())
        reader.feed(b"--boundary\r\n\r\nx")
        data = unit * (octets // len(unit))
        begun = time.thread_time()  # of the processor: other work on the machine does not count
        for start in range(0, len(data), feed):
            reader.feed(data[start : start + feed])
        return time.thread_time() - begun

    for feed in (4096, 1 << 20):
        seconds(10_000, feed)
        small = max(min(seconds(60_000, feed) for _ in range(3)), 0.002)
        # Ten times the work; quadratic would be a hundred times.
        assert min(seconds(600_000, feed) for _ in range(3)) < 40 * small
