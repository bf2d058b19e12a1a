"""Which of the messages that pass a fault acts at."""

from __future__ import annotations

from emulator.faults.counting import Counts, Passes
from emulator.faults.plan import Fault, read_plan

PLAN = b"""
seed = 3
[[fault]]
name = "lost"
at = "wire"
operation = "SendImage"
do = "reset"
offset = 0
chance = 0.1
"""


def fault() -> Fault:
    return read_plan(PLAN, "plan.toml").faults[0]


def fired(conversations: int, each: int, device: str = "") -> list[int]:
    """The numbers of the conversations in which it acts."""
    counts = Counts(fault(), 3)
    return [
        number
        for number in range(conversations)
        for _ in range(each)
        if counts.fires(Passes(device=device, conversation=f"job {number}")) is not None
    ]


def test_chance_is_the_same_for_jobs_of_one_image_as_for_one_job_of_many() -> None:
    of_one, of_many = fired(2000, 1), fired(1, 2000)
    assert 150 < len(of_one) == len(of_many) < 250
    assert of_one == fired(2000, 1), "the same in the next run"
    assert fired(2000, 1, device="another") != of_one
