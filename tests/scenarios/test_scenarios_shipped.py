"""The scenarios that come along: each passes, each leaves a lab that a reset brings back to its start, and whatever
it expects can fail, with its line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from scenario_play import SHIPPED, changed_expectations, copy_of, failed_in, results_of, scenario_of
from test_lab_reset import picture

from emulator.lab.network_device import NetworkDevice
from emulator.reports.result import Result
from emulator.reports.verdict import Verdict
from emulator.scenarios.playing import play_on
from emulator.scenarios.reading import open_scenario, shipped_scenarios
from emulator.scenarios.stage import Stage, open_stage


def seen(stage: Stage, device: NetworkDevice) -> Any:
    """All that can be seen of a device and its lab, but for what is said by UDP all the time."""
    found = picture(stage.lab, device)
    found["journal"] = [each for each in found["journal"] if each["kind"] != "datagram"]
    return found


def test_these_come_along() -> None:
    assert sorted(path.stem for path in shipped_scenarios().glob("*.toml")) == sorted(SHIPPED)
    used = " ".join(path.read_text(encoding="utf-8") for path in shipped_scenarios().glob("*.toml"))
    for plan in (shipped_scenarios() / "faults").glob("*.toml"):
        assert f'"faults/{plan.name}"' in used, "nobody plays this plan"


@pytest.mark.parametrize("name", SHIPPED)
async def test_it_passes_and_a_reset_brings_the_lab_back_to_its_start(name: str) -> None:
    found: list[Result] = []
    async with open_stage(open_scenario(Path(name), {})) as stage:
        fresh = {name: seen(stage, device) for name, device in stage.devices.items()}
        assert await play_on(stage, found.append), found
        assert [each.id for each in found][-1] == f"{name}/end"
        stay = {name: device for name, device in stage.devices.items() if name not in stage.removed}
        assert stay
        before = {name: seen(stage, device) for name, device in stay.items()}
        assert any(before[name] != fresh[name] for name in stay), "it has done something"
        await stage.lab.reset()
        for each, device in stay.items():
            assert seen(stage, device) == fresh[each]


@pytest.mark.parametrize("name", SHIPPED)
async def test_every_expectation_can_fail_with_its_line(name: str, tmp_path: Path) -> None:
    text = copy_of(name, tmp_path)
    changes = list(changed_expectations(text))
    assert len(changes) >= 10
    gate = asyncio.Semaphore(8)

    async def one(number: int, line: int, what: str, changed: str) -> None:
        async with gate:
            scenario = scenario_of(changed, tmp_path, f"{name}-{number}")
            failed = failed_in(await results_of(scenario))
        assert failed.verdict is Verdict.FAILED, what
        assert failed.evidence["where"] == f"{scenario.source}:{line}", what
        assert failed.evidence["expected"] != failed.evidence["met"], what
        if not what.startswith(("min ", "max ", "matches ")):
            assert what.partition(" ")[0] in failed.says, "it is called by its name"
        assert failed.evidence["journal"], what

    await asyncio.gather(*(one(number, *change) for number, change in enumerate(changes)))
