"""The same plan, seed and traffic give the same faults, with one device and with eight that work at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from emulator import Lab
from emulator.layers import EVERYWHERE
from emulator.trace.journal import Journal
from emulator.trace.kinds import EntryKind
from emulator.trace.recording import record

PLAN = """
seed = {seed}
[[fault]]
name = "now and then indented"
at = "envelope"
operation = "SendImage"
chance = 0.5
do = "indented"
[[fault]]
name = "every third cut"
at = "wire"
operation = "SendImage"
every = 3
offset = "50 %"
do = "reset"
[[fault]]
name = "at times jammed"
at = "page"
chance = 0.4
do = "MediaJam"
for = 0.01
may_miss = true
[[fault]]
name = "busy once in each job"
at = "exchange"
operation = "SendImage"
of = "answer"
nth = 2
do = "fault"
subcode = "ServerErrorTemporaryError"
"""
KINDS = frozenset({EntryKind.FAULT, EntryKind.RETRY, EntryKind.PAGE, EntryKind.IMAGE, EntryKind.CONDITION})
"""Of the journal, what happens because of faults."""


Told = Sequence[tuple[tuple[str, str], list[dict[str, Any]]]]


async def journal_of(plan: Path, devices: int) -> Told:
    """What happened to each device, of each kind in its own order, without times, tokens and ports. A page is
    scanned while another is sent: which of these comes first nobody says."""
    journal = Journal()
    async with Lab(faults=plan) as lab:
        stop = record(journal, EVERYWHERE)
        try:
            scanners = [
                await lab.add_device("office-mfp", network=True, name=f"Device {number + 1}")
                for number in range(devices)
            ]
            names = {str(each.uuid): each.name for each in scanners}
            jobs = [each.scan(pages=4, settings="Resolution=75x75") for each in scanners]
            for outcome in await asyncio.gather(*jobs):
                assert outcome.outcome == "Completed" and len(outcome.images) == 4
        finally:
            stop()
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in journal.since(0, 10_000).entries:
        if entry.kind in KINDS and not entry.embedded:
            data = {name: value for name, value in entry.data.items() if name not in ("reason", "scan_job", "id")}
            lane = f"fault {data['name']}" if entry.kind is EntryKind.FAULT else str(entry.kind)
            found.setdefault((names.get(entry.device, ""), lane), []).append(data)
    return sorted(found.items())


@pytest.mark.parametrize("devices", [1, 8])
async def test_twice_is_the_same(devices: int, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    await asyncio.to_thread(plan.write_text, PLAN.format(seed=7), encoding="utf-8")
    first, second = await journal_of(plan, devices), await journal_of(plan, devices)
    assert first == second
    assert {name for (name, lane), _ in first if lane.startswith("fault")} >= {
        f"Device {number + 1}" for number in range(devices)
    }


async def test_another_device_beside_it_changes_nothing_and_another_seed_does(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    await asyncio.to_thread(plan.write_text, PLAN.format(seed=7), encoding="utf-8")
    alone, beside = await journal_of(plan, 1), await journal_of(plan, 3)
    assert alone == [each for each in beside if each[0][0] == "Device 1"]
    await asyncio.to_thread(plan.write_text, PLAN.format(seed=8), encoding="utf-8")
    assert await journal_of(plan, 3) != beside
