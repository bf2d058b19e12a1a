"""Fault plans are read strictly: what cannot be is told with file and line."""

from __future__ import annotations

import pytest

from emulator.faults.alteration import Role
from emulator.faults.plan import PlanError, read_plan

GOOD = b"""seed = 7
[[fault]]
name = "indented"
at = "envelope"
operation = "SendImage"
image = 2
do = "indented"
"""


def test_a_plan_is_read() -> None:
    plan = read_plan(GOOD, "plan.toml").for_roles((Role.CLIENT, Role.DEVICE))
    (fault,) = plan.faults
    assert (plan.seed, fault.name, fault.times, fault.of, fault.line) == (7, "indented", 1, ("request",), 3)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            b'do = "indented"',
            b'do = "indentd"',
            "plan.toml:7: fault.do: 'indentd' is no alteration at envelope; there are: indented",
        ),
        (b'do = "indented"', b'do = "indented"\ncolour = 3', "plan.toml:8: fault.colour: no such field"),
        (b"image = 2", b"image = 0", "plan.toml:6: fault.image: 0 is not allowed"),
        (
            b'"SendImage"',
            b'"SendImages"',
            "plan.toml:5: fault.operation: 'SendImages' is none; there are: SendImage",
        ),
        (b'"envelope"', b'"letter"', "plan.toml:4: fault.at: 'letter' is not allowed; allowed: page, exchange"),
        (b"image = 2", b"page = 2", "plan.toml:6: fault.page: means nothing at envelope"),
        (b"image = 2", b"nth = 2\nevery = 3", "only one of page, nth, every and chance"),
        (b"seed = 7", b"seed = -7", "plan.toml:1: seed: -7 is not allowed"),
        (b"[[fault]]", b"[[faults]]", "no such field"),
        (b"seed = 7", b"seed = ", "plan.toml:1: is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(before: bytes, after: bytes, said: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan(GOOD.replace(before, after), "plan.toml")
    assert any(
        said in line for line in (str(told.value), *(f"plan.toml:{p.line}: {p}" for p in told.value.problems))
    )


def test_what_another_sends_is_refused_with_the_line_of_the_fault() -> None:
    with pytest.raises(PlanError, match=r"plan\.toml:3: fault 'indented': SendImage is another's"):
        read_plan(GOOD.replace(b"image = 2", b'of = "answer"'), "plan.toml").for_roles((Role.CLIENT,))
