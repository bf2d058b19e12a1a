"""XML from outside is taken as hostile: no DTD, no entities, no files, no network, bounded in every direction."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from emulator.soap.bounds import ANSWER, DATAGRAM, REQUEST, XmlBounds, XmlTooMuch, check_bounds
from emulator.soap.constants import MAX_ENVELOPE_BYTES, MAX_NAMESPACES, MAX_XML_DEPTH, MAX_XML_ELEMENTS
from emulator.soap.deviations import MAX_DEVIATIONS, Deviations
from emulator.soap.xml import EncodingRefused, XmlRefused, parse_xml, place, resolve_qname, to_bytes

BOMB = (
    '<!DOCTYPE a [<!ENTITY b "boom">'
    + "".join(f'<!ENTITY b{n} "&b{n - 1};&b{n - 1};">'.replace("&b0;", "&b;") for n in range(1, 31))
    + "]><a>&b30;</a>"
)
DECLARATIONS = {
    "a doubling entity": BOMB,
    "one long entity many times": f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><a>{"&x;" * 10_000}</a>',
    "a file as entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "an entity from the network": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "parameter entities": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
    "a DTD elsewhere": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "default attributes": '<!DOCTYPE a [<!ATTLIST a evil CDATA "yes">]><a/>',
    "a DTD of nothing": "<?xml version='1.0'?>\n<!-- first -->\n<!DOCTYPE a><a/>",
}


def ids(deviations: Deviations) -> list[str]:
    return [deviation.id for deviation in deviations]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("text", DECLARATIONS.values(), ids=DECLARATIONS.keys())
def test_a_document_type_declaration_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    # The law: [soap/envelope/no-dtd]
    data = text.encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    started = time.process_time()
    with pytest.raises(XmlRefused, match="DTD"):
        parse_xml(data)
    assert time.process_time() - started < 1


def test_a_file_is_not_read_in_through_xinclude(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    root = parse_xml(
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="'
        + (tmp_path / "secret").as_uri().encode()
        + b'"/></a>'
    )
    assert b"secret</" not in etree.tostring(root)
    assert len(root) == 1


@pytest.mark.parametrize("text", ["<a>&x;</a>", '<a b="&x;"/>', "<a>&nbsp;</a>"])
def test_an_entity_that_is_declared_nowhere_is_refused(text: str) -> None:
    with pytest.raises(XmlRefused, match="not well-formed"):
        parse_xml(text.encode())


def test_the_five_entities_of_xml_and_character_references_are_read() -> None:
    assert parse_xml(b"<a>&lt;&gt;&amp;&quot;&apos;&#xE4;&#228;</a>").text == "<>&\"'ää"


@pytest.mark.parametrize("deep", [MAX_XML_DEPTH + 1, 300, 100_000])
def test_deep_nesting_is_refused(deep: int) -> None:
    with pytest.raises(XmlRefused):
        parse_xml(b"<a>" * deep + b"</a>" * deep)


def test_the_deepest_nesting_is_read() -> None:
    root = parse_xml(b"<a>" * MAX_XML_DEPTH + b"</a>" * MAX_XML_DEPTH)
    assert sum(1 for _ in root.iter()) == MAX_XML_DEPTH


def test_100_mb_of_text_are_refused_without_being_taken_apart() -> None:
    data = b"<a>" + b"x" * 100_000_000 + b"</a>"
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(XmlRefused, match="more than the"):
            parse_xml(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 0.5


def test_the_longest_document_is_read_and_one_octet_more_is_not() -> None:
    longest = b"<a>" + b"x" * (MAX_ENVELOPE_BYTES - 7) + b"</a>"
    assert len(parse_xml(longest).text or "") == MAX_ENVELOPE_BYTES - 7
    with pytest.raises(XmlRefused):
        parse_xml(longest + b"\n")
    with pytest.raises(XmlRefused, match="of 11 bytes, more than the 10"):
        parse_xml(b"<a>xxxx</a>", max_bytes=10)


def test_a_namespace_prefix_too_many_is_refused() -> None:
    """Who asks for the prefixes in force at many elements would take a time that grows with the product."""
    declarations = [f'xmlns:n{number}="urn:{number}"' for number in range(MAX_NAMESPACES + 1)]
    with pytest.raises(XmlRefused, match="prefixes"):
        parse_xml(f"<a {' '.join(declarations)}/>".encode())
    half = MAX_NAMESPACES // 2
    with pytest.raises(XmlRefused, match="prefixes"):
        parse_xml(f"<a {' '.join(declarations[:half])}><b {' '.join(declarations[half:])}/></a>".encode())
    siblings = f"<b {' '.join(declarations[:-1])}/>" * 3
    assert len(parse_xml(f"<a>{siblings}</a>".encode())) == 3


def test_an_element_too_many_is_refused() -> None:
    with pytest.raises(XmlRefused, match="more than 100000 elements"):
        parse_xml(b"<a>" + b"<b/>" * MAX_XML_ELEMENTS + b"</a>")


@pytest.mark.parametrize(
    "text",
    [
        "<a>" + "x<?p q?>" * ANSWER.instructions + "</a>",
        "<?p q?>" * ANSWER.instructions + "<a/>",
        "<a>" + "<b/>" * (MAX_XML_ELEMENTS - 1) + "</a>",
        "<a>" + '<b c="">x</b>' * (MAX_XML_ELEMENTS - 1) + "</a>",
        "<a>" + "".join(f'<b xmlns="urn:{n}"/>' for n in range(MAX_XML_ELEMENTS - 1)) + "</a>",
        "<a>" + "x<!---->" * ANSWER.asides + "</a>",
        "<a>" + "x<![CDATA[<]]>" * (ANSWER.asides // 2) + "</a>",
    ],
    ids=["instructions in text", "before the root", "elements", "attributes", "namespaces", "comments", "CDATA"],
)
def test_as_many_small_things_as_are_read_are_read_quickly(text: str) -> None:
    deviations = Deviations()
    started = time.process_time()
    parse_xml(text.encode(), deviations)
    assert time.process_time() - started < 1
    assert len(deviations) <= MAX_DEVIATIONS


MANY = {
    "processing instructions": "<a>" + "<?p?>" * 1_000_000 + "</a>",
    "processing instructions in text": "<a>" + "x<?p q?>" * 200_000 + "</a>",
    "processing instructions before the root": "<?p q?>" * 200_000 + "<a/>",
    "attributes": "<a " + " ".join(f"a{n}=''" for n in range(700_000)) + "/>",
    "attributes behind a tag's end in quotes": "<a z='>' " + " ".join(f"a{n}=''" for n in range(300_000)) + "/>",
    "namespace declarations": "<a " + " ".join(f'xmlns:p{n}="u:{n}"' for n in range(300_000)) + "/>",
    "namespace declarations at many": "<a>" + "<b xmlns:p='1' xmlns:q='2' xmlns:r='3'/>" * 90_000 + "</a>",
    "elements": "<a>" + "<b/>" * 1_900_000 + "</a>",
    "elements with ends": "<a>" + "<b></b>" * 1_000_000 + "</a>",
    "comments": "<a>" + "x<!---->" * 900_000 + "</a>",
    "CDATA sections": "<a>" + "<![CDATA[]]>" * 600_000 + "</a>",
}
"""More of each than anybody needs, in at most the 8 MB that are read."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("text", MANY.values(), ids=MANY.keys())
def test_what_is_too_much_is_refused_before_a_tree_stands(text: str, encoding: str) -> None:
    """Counting takes milliseconds and no memory; trees of these took seconds and half a gigabyte."""
    data = text.encode(encoding)
    tracemalloc.start()
    try:
        with pytest.raises(XmlTooMuch, match=r"more than (the )?\d+ "):
            parse_xml(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * MAX_ENVELOPE_BYTES
    taken = min(time_of(lambda: check_bounds(text.encode(), ANSWER)) for _ in range(3))
    assert taken < 0.15


def time_of(check: Callable[[], None]) -> float:
    """CPU seconds until it is refused."""
    started = time.process_time()
    with pytest.raises(XmlTooMuch):
        check()
    return time.process_time() - started


@pytest.mark.parametrize("bounds", [ANSWER, REQUEST, DATAGRAM], ids=["answer", "request", "datagram"])
def test_each_bound_is_where_it_says(bounds: XmlBounds) -> None:
    at = {
        "elements": lambda n: "<a>" + "<b/>" * (n - 1) + "</a>",
        "of_one_element": lambda n: "<a " + " ".join(f"a{i}=''" for i in range(n)) + "/>",
        "instructions": lambda n: "<?xml version='1.0'?><a>" + "<?p?>" * n + "</a>",
        "asides": lambda n: "<a>" + "<!---->" * n + "</a>",
        "attributes": lambda n: "<a>" + "<b c='' d='' e=''/>" * (n // 3) + "<b c=''/>" * (n % 3) + "</a>",
    }
    for name, make in at.items():
        most = getattr(bounds, name)
        parse_xml(make(most).encode(), bounds=bounds)
        with pytest.raises(XmlTooMuch, match=f"more than {most} "):
            parse_xml(make(most + 1).encode(), bounds=bounds)


def test_text_is_not_taken_for_markup() -> None:
    """Base64, tables and quotations have '=' and quotation marks in any number, in one text or in many."""
    text = 'a="b" ' * 500 + "=" * 100_000 + '"' * 1_000
    assert parse_xml(f"<a><b>{text}</b><c>{text}</c></a>".encode(), bounds=REQUEST)[0].text == text


def test_counting_costs_less_than_parsing() -> None:
    """A message of some kilobytes as WS-Scan has them."""
    settings = "".join(f"<w:S{n} w:MustHonor='true'><w:Value>{n}</w:Value></w:S{n}>" for n in range(45))
    data = f"<w:Ticket xmlns:w='urn:w'>{settings * 3}</w:Ticket>".encode()

    def seconds(work: Callable[[], object]) -> float:
        begun = time.process_time()
        for _ in range(500):
            work()
        return time.process_time() - begun

    parser = etree.XMLParser()
    counted = min(seconds(lambda: check_bounds(data, REQUEST)) for _ in range(3))
    parsed = min(seconds(lambda: etree.fromstring(data, parser)) for _ in range(3))
    assert counted < parsed / 3


# Encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="utf-16"?>'])
def test_utf_16_with_its_mark_is_read_and_told(encoding: str, declaration: str) -> None:
    # The law: [soap/envelope/utf-16]
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    deviations = Deviations()
    root = parse_xml(mark + f"{declaration}<a>Müller €</a>".encode(encoding), deviations)
    assert root.text == "Müller €"
    assert ids(deviations) == ["encoding"]


def test_a_byte_order_mark_of_utf_8_is_told() -> None:
    # The law: [soap/envelope/byte-order-mark]
    deviations = Deviations()
    assert parse_xml('\ufeff<?xml version="1.0"?><a>ä</a>'.encode(), deviations).text == "ä"
    assert ids(deviations) == ["encoding"]


@pytest.mark.parametrize(
    "data",
    [
        "<a>ä</a>".encode("latin-1"),
        '<?xml version="1.0" encoding="iso-8859-1"?><a>ä</a>'.encode("latin-1"),
        b"\xff\xfe<\x00a",
        b"\xff\xfe\x00\xd8\x00\xd8",
        "<a/>".encode("utf-16-le"),
        "<a/>".encode("utf-32"),
        b"<a>\x00</a>",
        b"<a>\x1b[31m</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>\xc0\xbc</a>",
    ],
)
def test_what_is_no_utf_8_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(XmlRefused) as caught:
        parse_xml(data)
    assert "\n" not in str(caught.value)


def test_a_declared_encoding_cannot_make_markup_of_text() -> None:
    """In UTF-7 `+ADw-` is '<': a reader that believes the declaration sees another document than ours."""
    with pytest.raises(EncodingRefused, match="UTF-7"):
        parse_xml(b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-b/+AD4-</a>')


@pytest.mark.parametrize("data", [b"\n <a/>", b' \r\n\t<?xml version="1.0"?><a/>\n\n'])
def test_white_space_round_the_document_is_read(data: bytes) -> None:
    assert parse_xml(data).tag == "a"


# Comments and processing instructions


def test_comments_leave_no_trace() -> None:
    deviations = Deviations()
    root = parse_xml(b"<!--x--><a>1<!--x-->2<b/>3<!--x-->4</a><!--x-->", deviations)
    assert (root.text, root[0].tail, len(root)) == ("12", "34", 1)
    assert ids(deviations) == []


def test_processing_instructions_are_told_and_taken_out_of_the_text() -> None:
    # The law: [soap/envelope/no-processing-instructions]
    deviations = Deviations()
    root = parse_xml(b'<?x a?><a><?p?>1<?p q="&lt;"?>2<b>5</b>3<?p?>4</a><?z?>', deviations)
    assert (root.text, root[0].text, root[0].tail, len(root)) == ("12", "5", "34", 1)
    assert ids(deviations) == ["processing-instruction"] * 5


def test_a_cdata_section_is_text() -> None:
    assert parse_xml(b"<a>1<![CDATA[<b>&amp;</b>]]>2</a>").text == "1<b>&amp;</b>2"


# What else the module does


def test_what_is_written_has_a_declaration_and_no_line_breaks() -> None:
    root = etree.fromstring("<a><b>ä\u2028</b></a>")
    assert to_bytes(root) == '<?xml version="1.0" encoding="utf-8"?><a><b>ä\u2028</b></a>'.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p:x", ("urn:p", "x")),
        (" p:x\n", ("urn:p", "x")),
        ("x", ("urn:default", "x")),
        ("no:x", ("urn:default", "x")),
        ("", ("urn:default", "")),
    ],
)
def test_a_qname_is_resolved_where_it_stands(text: str, expected: tuple[str, str]) -> None:
    element = etree.fromstring('<a xmlns:p="urn:other"><b xmlns:p="urn:p"/></a>')[0]
    assert resolve_qname(element, text, "urn:default") == expected


def test_a_place_is_a_path_of_local_names() -> None:
    root = etree.fromstring('<p:a xmlns:p="urn:p"><b><p:c/></b></p:a>')
    assert place(root[0][0]) == "a/b/c"
