"""The cursor that all readers share: tolerate and tell."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from emulator.clauses.book import clause
from emulator.soap.deviations import CLAUSES, MAX_DEVIATIONS, Deviation, Deviations
from emulator.soap.reading import ContentError, Cursor, parse_boolean


def cursor(inside: str, attributes: str = "") -> Cursor:
    text = (
        f'<s xmlns="urn:wire" xmlns:o="urn:old" xmlns:v="urn:vendor" xmlns:w="urn:wire" {attributes}>{inside}</s>'
    )
    return Cursor(etree.fromstring(text), ("urn:wire", "urn:old"), Deviations())


def told(read: Cursor) -> list[str]:
    return [f"{each.id} {each.place}" for each in read.deviations]


def test_children_of_the_wires_namespace_are_found_without_a_word() -> None:
    read = cursor("<a>1</a><v:a>2</v:a><a>3</a>")
    assert [each.text() for each in read.children("a")] == ["1", "3"]
    assert told(read) == []


def test_children_of_a_tolerated_namespace_are_told() -> None:
    # The law: [bdsrr/6.2/namespace-of-each-element]
    read = cursor("<o:a>1</o:a>")
    assert read.required("a").text() == "1"
    assert told(read) == ["namespace s/a"]


def test_of_a_doubled_child_the_first_counts_and_it_is_told() -> None:
    # The law: [bdsrr/6.2/once-where-it-says-once]
    read = cursor("<a>1</a><a>2</a>")
    assert read.required("a").text() == "1"
    assert told(read) == ["element-doubled s/a"]


def test_a_missing_child_is_none_or_an_error_that_names_it() -> None:
    # The law: [bdsrr/6.2/required-elements]
    read = cursor("<b/>")
    assert read.child("a") is None
    with pytest.raises(ContentError, match="a: missing in s") as caught:
        read.required("a")
    assert caught.value.argument == "a"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<a/><b/><c/>", []),
        ("<a/><c/>", []),
        ("<a/><a/><b/>", []),
        ("<v:x/><a/><v:x/><b/>", []),
        ("<b/><a/><c/>", ["element-order s/a"]),
        ("<c/><b/><a/>", ["element-order s/b", "element-order s/a"]),
        ("<a/><x/><b/>", ["element-unknown s/x"]),
    ],
)
def test_order_is_checked(inside: str, expected: list[str]) -> None:
    # The law: [bdsrr/6.2/order-of-elements] [bdsrr/6.2/no-other-elements]
    read = cursor(inside)
    read.check_order(("a", "b", "c"))
    assert told(read) == expected


def test_an_element_inside_a_value_is_told() -> None:
    read = cursor("<a>1<b/>2</a><c>3<v:d/></c>")
    assert (read.required("a").text(), read.required("c").token()) == ("1", "3")
    assert told(read) == ["element-unknown s/a/b", "element-unknown s/c/d"]


def test_white_space_is_content_of_a_text_and_not_of_a_token() -> None:
    # The law: [dsp/wire/no-white-space-around-values]
    read = cursor("<a> 1\n</a>")
    assert read.required("a").text() == " 1\n"
    assert told(read) == []
    assert read.required("a").token() == "1"
    assert told(read) == ["white-space s/a"]


def test_a_text_that_is_too_long_is_kept_and_told() -> None:
    # The law: [bdsrr/6.2/lengths-of-strings]
    read = cursor("<a>12345</a>")
    assert read.required("a").text(max_length=5) == "12345"
    assert told(read) == []
    assert read.required("a").text(max_length=4) == "12345"
    assert told(read) == ["too-long s/a"]


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("+7", 7), ("-7", -7), ("007", 7), (str(2**31 - 1), 2**31 - 1)]
)
def test_integers(text: str, value: int) -> None:
    assert cursor(f"<a>{text}</a>").required("a").integer() == value


@pytest.mark.parametrize(
    "text", ["", "+", "--1", "1.0", "1e3", "0x1", "1_000", "١", "²", str(2**31), str(-(2**31) - 1), "9" * 5000]
)
def test_what_is_no_integer_is_an_error_of_one_short_line(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        cursor(f"<a>{text}</a>").required("a").integer()
    assert len(str(caught.value)) < 120


def test_an_integer_keeps_to_its_range() -> None:
    # The law: [bdsrr/6.2/ranges-of-numbers]
    read = cursor("<a>5</a>").required("a")
    assert read.integer(5, 5) == 5
    for minimum, maximum in ((6, 10), (0, 4)):
        with pytest.raises(ContentError, match="not within"):
            read.integer(minimum, maximum)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans(text: str, value: bool) -> None:
    # The law: [bdsrr/6.2/values-of-their-type]
    assert parse_boolean("x", text) is value
    assert cursor(f"<a>\n{text} </a>").required("a").boolean() is value


@pytest.mark.parametrize("text", ["", "True", "yes", "2", "TRUE"])
def test_what_is_no_boolean_is_an_error(text: str) -> None:
    with pytest.raises(ContentError, match=r"x: .* is no boolean"):
        parse_boolean("x", text)


@pytest.mark.parametrize(
    ("attributes", "qualified", "value", "expected"),
    [
        ('w:n="1"', True, "1", []),
        ('n="1"', False, "1", []),
        ('n="1"', True, "1", ["attribute-form s/@n"]),
        ('w:n="1"', False, "1", ["attribute-form s/@n"]),
        ('o:n=" 1 "', True, "1", []),
        ('v:n="1"', True, None, []),
        ("", True, None, []),
    ],
)
def test_attributes_are_read_in_both_forms(
    attributes: str, qualified: bool, value: str | None, expected: list[str]
) -> None:
    # The law: [bdsrr/6.2/form-of-attributes]
    read = cursor("", attributes)
    assert read.attribute("n", qualified=qualified) == value
    assert told(read) == expected


def test_an_attribute_that_is_no_boolean_is_an_error() -> None:
    assert cursor("", 'w:n="true"').boolean_attribute("n", qualified=True) is True
    assert cursor("").boolean_attribute("n", qualified=True, default=True) is True
    with pytest.raises(ContentError, match="s/@n: 'maybe'"):
        cursor("", 'w:n="maybe"').boolean_attribute("n", qualified=True)


@pytest.mark.parametrize(
    ("text", "expected"), [("known", []), ("vendor:own", []), ("own", ["value s/a"]), ("Known", ["value s/a"])]
)
def test_keywords(text: str, expected: list[str]) -> None:
    # The law: [bdsrr/6.2/names-to-the-letter] [bdsrr/6.2/keywords-are-not-empty]
    # The law: [bdsrr/6.2/values-of-their-type]
    read = cursor(f"<a>{text}</a>")
    assert read.required("a").keyword(("known",)) == text
    assert told(read) == expected


# The list of deviations


def test_a_deviation_is_told_in_one_line_with_its_rule() -> None:
    deviation = Deviation("white-space", "a/b", "one\n two")
    assert str(deviation) == f"white-space at a/b (one two): {CLAUSES['white-space']}"
    assert str(Deviation("encoding", "document")) == f"encoding at document: {CLAUSES['encoding']}"


def test_a_deviation_without_a_rule_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Deviations().note("no-such-rule", "a")


def test_details_and_the_list_itself_are_bounded() -> None:
    deviations = Deviations()
    for _ in range(MAX_DEVIATIONS + 10):
        deviations.note("value", "a", "x" * 10_000)
    assert len(deviations) == MAX_DEVIATIONS
    assert len(next(iter(deviations)).detail) == 200


def test_every_rule_names_its_document_and_a_clause_that_holds() -> None:
    for rule in CLAUSES.values():
        found = re.fullmatch(r".+ \(.+\) \[([a-z0-9./-]+)\]", rule)
        assert found and not clause(found[1]).withdrawn, rule
