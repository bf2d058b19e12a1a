"""Habits of devices that scan to a folder: the writes that were reported of them, as a program that watches the folder
sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from folder_watch import watched

from emulator import Lab
from emulator.faults.habits import PRESETS

WRITES = {
    "to-folder-hp": ["CREATE", "OPEN", "MODIFY", "CLOSE_WRITE"] * 2,
    "to-folder-canon-mb5150": ["CREATE", "OPEN", "MODIFY", "CLOSE_WRITE"],
    "to-folder-fujitsu-ix1600": ["CREATE", *["OPEN", "MODIFY", "CLOSE_WRITE"] * 3] * 2,
    "to-folder-lexmark-cx317dn": ["CREATE", "OPEN", "CLOSE_WRITE", "OPEN", "MODIFY", "CLOSE_WRITE"] * 2,
}


def test_every_preset_is_watched() -> None:
    assert {each.name for each in PRESETS if each.name.startswith("to-folder")} == set(WRITES)
    assert all(each.source for each in PRESETS)


@pytest.mark.parametrize("habit", WRITES)
async def test_writes_are_as_reported(habit: str, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "contoso" / "IncomingScans" / "demo@contoso.example"
    folder.mkdir(parents=True)
    with watched(folder) as watch:
        async with Lab(store=tmp_path / "store", habits=[habit]) as lab:
            scanner = await lab.add_device("office-mfp")
            job = await scanner.scan(pages=2, settings="Resolution=75x75")
        seen = [each.partition(" ")[0] for each in watch.seen]
    assert job.end_status is not None and seen == WRITES[habit]
