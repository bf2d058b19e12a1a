"""Vendor content kept as canonical XML, and compared by its meaning."""

from __future__ import annotations

import pytest
from lxml import etree

from emulator.dsm.canonical import canonical, comparable, restored
from emulator.soap.reading import ContentError
from emulator.soap.xml import parse_xml


def inner(text: str) -> etree._Element:
    """The first child of the root, still standing in its document."""
    return parse_xml(text.encode())[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # neither the message's prefixes nor the tail come along
        ('<r xmlns:m="urn:m" xmlns:v="urn:v"><v:a>x</v:a>tail</r>', '<v:a xmlns:v="urn:v">x</v:a>'),
        # a prefix that a value mentions does
        ('<r xmlns:m="urn:m" xmlns:v="urn:v"><v:a>m:T</v:a></r>', '<v:a xmlns:m="urn:m" xmlns:v="urn:v">m:T</v:a>'),
        (
            '<r xmlns:m="urn:m"><v:a xmlns:v="urn:v"><v:b t=" m:T "/></v:a></r>',
            '<v:a xmlns:m="urn:m" xmlns:v="urn:v"><v:b t=" m:T "></v:b></v:a>',
        ),
        ('<r xmlns="urn:d"><a>x<b/></a></r>', '<a xmlns="urn:d">x<b></b></a>'),
        ('<r><a b="2" a="1"> <!-- c -->\n</a></r>', '<a a="1" b="2"> \n</a>'),
        ('<r xmlns:m="urn:m"><a>http://m:8080/</a></r>', "<a>http://m:8080/</a>"),
    ],
)
def test_what_is_kept_stands_by_itself(text: str, expected: str) -> None:
    kept = canonical(inner(text))
    assert kept.decode() == expected
    assert canonical(restored(kept)) == kept


@pytest.mark.parametrize("text", ['<r><v:a xmlns:v="v"/></r>', '<r xmlns:u="../u"><a/></r>'])
def test_a_relative_namespace_has_no_canonical_form(text: str) -> None:
    with pytest.raises(ContentError, match="a: a namespace"):
        canonical(inner(text))


SAME = '<a xmlns="urn:x" xmlns:t="urn:t" k="1" l="t:v"><b>1</b><c>t:T</c></a>'


@pytest.mark.parametrize(
    "other",
    [
        '<p:a xmlns:p="urn:x" xmlns:q="urn:t" l="q:v" k=" 1 "><p:c>q:T</p:c><p:b> 1\n</p:b></p:a>',
        SAME.replace("<b>", "\n  <b>"),
    ],
)
def test_prefixes_order_and_white_space_do_not_count(other: str) -> None:
    assert comparable(etree.fromstring(SAME)) == comparable(etree.fromstring(other))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("urn:x", "urn:y"),
        ('"urn:t"', '"urn:u"'),
        ('k="1"', 'k="2"'),
        ('k="1"', 'm="1"'),
        ('k="1"', ""),
        ("<b>1</b>", "<b>2</b>"),
        ("<b>1</b>", "<b>1</b><b>1</b>"),
        ("<b>1</b>", ""),
        ("<b>1</b>", "<b>1</b>more"),
        ("t:T", "T"),
    ],
)
def test_all_else_counts(old: str, new: str) -> None:
    assert old in SAME
    assert comparable(etree.fromstring(SAME)) != comparable(etree.fromstring(SAME.replace(old, new)))
