"""What is expected, compared with what is met: good and bad pairs, and mistakes that could never fit."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.scenarios.expectations import mismatches, mistake_of
from emulator.scenarios.variables import NoVariable, brought_name, filled_in, value_of

FITS: list[tuple[Any, Any]] = [
    ("Idle", "Idle"), (5, 5), (5, 5.0), (5, [1, 2, 3, 4, 5]), (0, []), (True, True), (False, False), (1.5, 1.5),
    ([], []), ([], None), ("", None), ("", ""), (["a"], ["a"]), ([2, "a"], [[1, 2], "a"]),
    ({"min": 1}, 1), ({"max": 1}, 1), ({"min": 1, "max": 3}, [1, 2]), ({"max": 0}, []), ({"min": -1.5}, -1),
    ({"matches": "a.c"}, "abc"), ({"matches": ""}, ""), ({"state": "x"}, {"state": "x", "more": 1}),
    ([{"a": {"min": 1}}], [{"a": 2, "b": 3}]), ({"a": {"b": {"c": [1]}}}, {"a": {"b": {"c": [1]}}}),
]  # fmt: skip
FITS_NOT: list[tuple[Any, Any]] = [
    ("Idle", "idle"), ("Idle", None), ("5", 5), (5, "5"), (5, None), (5, [1]), (1, True), (True, 1), (False, 0),
    (0, None), (0, False), (False, None), (True, "true"), ([], ["a"]), (["a"], []), (["a"], ["a", "b"]),
    (["a"], "a"), ("a", ["a"]), (["a", "b"], ["b", "b"]), ({"min": 2}, 1), ({"max": 2}, 3), ({"max": 1}, [1, 2]),
    ({"min": 1}, None), ({"min": 1}, "2"), ({"min": 0}, True), ({"matches": "b"}, "abc"), ({"matches": ".*"}, 5),
    ({"matches": ".*"}, None), ({"matches": "."}, ["a"]), ({"state": "x"}, {"state": "y"}), ({"state": "x"}, "x"),
    ({"state": "x"}, None), ({"state": ""}, {}), ([{"a": 1}], [{"a": 2}]), ([{"a": 1}], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "met"), FITS, ids=repr)
def test_it_fits(expected: Any, met: Any) -> None:
    assert mistake_of(expected) == "" and mismatches({"it": expected}, {"it": met, "more": 1}) == []


@pytest.mark.parametrize(("expected", "met"), FITS_NOT, ids=repr)
def test_it_does_not(expected: Any, met: Any) -> None:
    assert mistake_of(expected) == ""
    (found,) = mismatches({"it": expected}, {"it": met})
    assert found.name.startswith("it") and (found.expected, found.met) != (None, None)


def test_each_mismatch_is_told_with_its_place() -> None:
    expected = {"a": 1, "b": {"c": [1, {"d": 2}]}, "gone": 3, "fine": 4}
    found = mismatches(expected, {"a": 2, "b": {"c": [1, {"d": 3}]}, "fine": 4})
    assert [each.name for each in found] == ["a", "b.c[1].d", "gone"]
    assert found[1].path == ("b", "c", 1, "d") and (found[1].expected, found[1].met) == (2, 3)
    assert found[2].says == "is not there; there are: a, b, fine"


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"min": 3, "max": 2}, "more than"), ({"min": "a"}, "are numbers"), ({"max": True}, "are numbers"),
        ({"matches": "("}, "no regular expression"), ({"matches": 5}, "is a regular expression"),
        ({"matches": "a", "min": 1}, "alone"), ({"min": 1, "state": "x"}, "alone"), ({}, "expects nothing"),
        ({"a": [{"b": {}}]}, "expects nothing"), ([{"min": 2, "max": 1}], "more than"),
        ({"matches": "a{99999999999999999999}"}, "no regular expression"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_could_never_fit_is_a_mistake(expected: Any, says: str) -> None:
    assert says in mistake_of(expected)


def test_variables_keep_their_type_where_they_are_the_whole_text() -> None:
    known: dict[str, Any] = {"n": 3, "yes": True, "who": "ann", "f": 1.5}
    brought = {"job": ("job", 2)}
    assert filled_in("$n", known, brought) == 3 and filled_in("${yes}", known, brought) is True
    assert filled_in(["$who", {"a": "x${n}y $f $yes"}], known, brought) == ["ann", {"a": "x3y 1.5 true"}]
    assert filled_in("$$n costs $5, c$", known, brought) == "$n costs $5, c$"
    assert filled_in("$job", known, brought) == "$job" and filled_in(7, known, brought) == 7
    assert brought_name("$job") == brought_name("${job}") == "job"
    assert brought_name("job") == brought_name("$job!") == brought_name("$$") == ""
    for text in ("$other", "a $job b", "${other}"):
        with pytest.raises(NoVariable):
            filled_in(text, known, brought)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("-7", -7), ("1.5", 1.5), ("true", True), ("false", False), ("True", "True"), ("", ""),
        ("007", "007"), ("1e3", "1e3"), ("2026-01-01", "2026-01-01"), ("a=b", "a=b"), ("[1]", "[1]"),
        ("nan", "nan"), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_what_the_command_line_says_of_a_variable(text: str, value: Any) -> None:
    found = value_of(text)
    assert found == value and type(found) is type(value)
