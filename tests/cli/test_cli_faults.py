"""`faults`: what a plan and `--habit` may name is listed and shown, and plans are checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_tree import call

from emulator.faults.habits import habits


def test_whatever_habit_takes_is_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(call(["faults", "list", "--json"], capsys).stdout)
    names = {each["name"] for each in listed["alterations"]} | {each["name"] for each in listed["habits"]}
    for habit in habits():
        name = habit.rpartition(".")[2]  # datagram.late is `late`, as a plan says it
        assert habit in names or name in names, habit
    for each in ("late", "2008r2", "no-temporary-error", "to-folder-hp"):
        shown = call(["faults", "show", each], capsys)
        assert shown.code == 0 and shown.stdout.startswith(each)


def test_habits_alone_are_a_place_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    told = call(["faults", "list", "--at", "habit"], capsys).stdout.splitlines()
    assert told and all(line.startswith("habit ") for line in told)
    assert any("2008r2" in line for line in told)


def test_a_name_that_is_near_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    done = call(["faults", "show", "2008-r2"], capsys)
    assert done.code == 2 and "there are: 2008r2" in done.stderr


def test_every_mistake_of_a_plan_is_told_and_the_first_is_the_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[fault]]\nname = "a"\nat = "wire"\ndo = "nothing"\n\n[[fault]]\nname = "b"\nat = "wire"\ndo = "late"\n'
    )
    done = call(["faults", "validate", "--json", str(plan)], capsys)
    told = json.loads(done.stdout)
    problems = told["plans"][0]["problems"]
    assert done.code == told["exit_code"] == 2
    assert len(problems) == 2 and told["error"] == problems[0]
    assert done.stderr.splitlines() == [f"error: {line}" for line in problems]
