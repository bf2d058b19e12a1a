"""Tables of traces: what they say, and what is told of mistakes in them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.documents.traces import TRACES, TracePlan, TracePlanError


def test_a_table_of_a_set_file() -> None:
    table = tomllib.loads(
        '[traces]\nnoise = "light"\nskew = "heavy"\ndust = 0.25\nstamp = "off"\nfolds = 0\nfax = 1\n'
    )
    plan = TracePlan(table["traces"])
    assert dict(plan) == {"fax": 1.0, "skew": 1.0, "dust": 0.25, "noise": 0.3}
    assert list(plan) == ["fax", "skew", "dust", "noise"], "in the order of life"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"skw": "light"}, "skw: no such trace; did you mean skew? there are: tinted_paper, thermal_fade,"),
        ({"feed-shift": 1}, "did you mean feed_shift?"),
        ({"xyzzy": 1}, "xyzzy: no such trace; there are: tinted_paper"),
        (
            {"noise": "strong"},
            "noise: 'strong' is no strength; allowed: off, light, heavy, or a number from 0 to 1",
        ),
        ({"noise": True}, "noise: True is no strength"),
        ({"noise": 1.5}, "noise: 1.5 is no strength"),
        ({"noise": -0.1}, "noise: -0.1 is no strength"),
        ({"noise": float("nan")}, "noise: nan is no strength"),
        ({"noise": None}, "noise: None is no strength"),
        ({"noise": {"strength": 1}}, "noise: {'strength': 1} is no strength"),
    ],
)
def test_mistakes_are_named(table: dict[str, Any], told: str) -> None:
    with pytest.raises(TracePlanError) as caught:
        TracePlan(table)
    assert str(caught.value).startswith(told) or told in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.dictionaries(st.sampled_from(sorted(TRACES)) | st.text(max_size=9), st.floats() | st.text() | st.booleans())
)
def test_any_table_is_a_plan_or_an_error(table: dict[str, Any]) -> None:
    try:
        plan = TracePlan(table)
    except TracePlanError as error:
        assert error.name in table
        return
    assert all(0 < strength <= 1 and name in TRACES for name, strength in plan.items())


def test_a_plan_does_not_change() -> None:
    table = {"noise": 0.5}
    plan = TracePlan(table)
    table["noise"] = 0.9
    assert plan["noise"] == 0.5
    with pytest.raises(TypeError):
        plan["noise"] = 1.0  # type: ignore[index]
    assert hash(plan) == hash(TracePlan({"noise": 0.5})) and plan == TracePlan({"noise": 0.5})
