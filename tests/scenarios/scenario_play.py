"""Plays scenarios in the process of the test, and changes what one expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from emulator.reports.result import Result
from emulator.reports.verdict import Verdict
from emulator.scenarios.playing import play
from emulator.scenarios.reading import open_scenario, shipped_scenarios
from emulator.scenarios.scenario import Scenario
from emulator.scenarios.stage import Against

SHIPPED = ("cancel", "cover", "faults", "jam", "job", "scan-to-pc", "server-full", "two-devices")


def scenario_of(text: str, folder: Path, name: str = "written") -> Scenario:
    """The scenario of a text, as a file in that folder. Raises ScenarioError."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return open_scenario(path, {})


async def results_of(scenario: Scenario, against: Against | None = None) -> list[Result]:
    """What playing it finds."""
    found: list[Result] = []
    passed = await play(scenario, found.append, against)
    assert passed == all(each.verdict is Verdict.PASSED for each in found)
    return found


def failed_in(results: list[Result]) -> Result:
    """The one that failed; what comes behind it was not run."""
    (failed,) = [each for each in results if each.verdict not in (Verdict.PASSED, Verdict.NOT_RUN)]
    behind = results[results.index(failed) + 1 :]
    assert all(each.verdict is Verdict.NOT_RUN for each in behind)
    return failed


def copy_of(name: str, folder: Path) -> str:
    """The text of a shipped scenario, with its fault plans beside where it may be written to."""
    shipped = shipped_scenarios()
    faults = folder / "faults"
    faults.mkdir(exist_ok=True)
    for plan in (shipped / "faults").glob("*.toml"):
        (faults / plan.name).write_bytes(plan.read_bytes())
    return (shipped / f"{name}.toml").read_text(encoding="utf-8")


_VALUE = re.compile(r'(?<![\w.-])([\w.-]+) = (?=(\[\]|\d+|true|false|"[^"]*"|\["[^]]*"\]))')
_SUBJECTS = ("server", "faults", "device", "job", "subscription")


def changed_expectations(text: str) -> Iterator[tuple[int, str, str]]:
    """Line (from 1), what is changed on it, and the text with it: of every value that is expected, one after the
    other."""
    lines = text.split("\n")
    expects = False
    for number, line in enumerate(lines):
        if line.startswith("["):
            expects = line == "[step.expect]"
        if not (expects or line.startswith("expect = ")):
            continue
        for found in _VALUE.finditer(line):
            name, value = found[1], found[2]
            if name in _SUBJECTS and value != "[]" and "[" not in value:
                continue
            other = line[: found.end()] + _other(name, value) + line[found.end() + len(value) :]
            yield number + 1, f"{name} = {value}", "\n".join([*lines[:number], other, *lines[number + 1 :]])


def _other(name: str, value: str) -> str:
    if name == "min":
        return "1_000_000_000"
    if name == "max":
        return "-1"
    if value == "[]":
        return '["something"]'
    if value.startswith("["):
        return value[:-1] + ', "something"]'
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    return f"{int(value) + 1}" if value.isdigit() else f'"other{value[1:]}'
