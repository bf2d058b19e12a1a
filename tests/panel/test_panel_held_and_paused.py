"""Pause, attention, held jobs and a vendor's condition, done by the words of `press` and of the control API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scanner_bench import Client, make_scanner, scan_ticket, settle
from test_device_vendor import profile

from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.environment.option_model import WrongOption
from emulator.jobs.front_panel import FrontPanel


async def test_a_person_pauses_calls_for_attention_and_clears(tmp_path: Path) -> None:
    scanner = make_scanner(tmp_path / "spool")
    panel = FrontPanel(scanner)
    seen = []
    for name, said in (
        ("pause", {}),
        ("attention", {}),
        ("resume", {}),
        ("attention", {"on": False}),
        ("pause", {}),
        ("clear", {}),
    ):
        await panel.do(name, said)
        snapshot = scanner.snapshot()
        seen.append(f"{snapshot.state} {' '.join(snapshot.reasons)}")
    assert seen == [
        "Stopped Paused",
        "Stopped Paused AttentionRequired",
        "Idle AttentionRequired",
        "Idle None",
        "Stopped Paused",
        "Idle None",
    ]
    await scanner.stop()


async def test_a_person_holds_jobs_and_lets_them_go(tmp_path: Path) -> None:
    scanner = make_scanner(tmp_path / "spool", jobs=ANY_NUMBER)
    panel = FrontPanel(scanner)
    await panel.do("hold", {})
    jobs = [scanner.create_job(scan_ticket(images_to_transfer=1)) for _ in range(2)]
    await settle()
    assert [str(job.state) for job in jobs] == ["Held", "Held"]
    await panel.do("release", {"job_id": 2})
    await Client(scanner, jobs[1]).fetch()
    with pytest.raises(ValueError, match="there is no scan job 2 that is held"):
        await panel.do("release", {"job_id": 2})
    await panel.do("release", {})
    await Client(scanner, jobs[0]).fetch()
    assert [str(job.state) for job in jobs] == ["Completed", "Completed"]
    await scanner.stop()


async def test_a_condition_of_the_vendor_is_named_with_its_prefix(tmp_path: Path) -> None:
    scanner = VirtualScanner(profile(), tmp_path)
    panel = FrontPanel(scanner)

    async def active(**said: Any) -> list[str]:
        await panel.do("condition", said)
        return [str(each.name) for each in scanner.snapshot().conditions]

    assert await active(name="acme:RollersWorn", severity="Informational") == ["acme:RollersWorn"]
    assert await active(name="acme:RollersWorn", on=False) == []
    with pytest.raises(ValueError, match="acme:Nothing is no condition of this scanner"):
        await active(name="acme:Nothing")
    with pytest.raises(WrongOption, match="Rollers"):
        await active(name="RollersWorn")
    await scanner.stop()
