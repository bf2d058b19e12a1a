"""What `press` asks of the control API while it waits for the end of a job."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from control_bench import SMALL, TOKEN, Desk, desk

from emulator import LabError
from emulator.panel import client as clients
from emulator.panel.api import house as houses
from emulator.panel.client import ControlClient

LATE = {"name": "late", "at": "exchange", "operation": "SendImage", "do": "late", "seconds": 1.0}


class Counted(ControlClient):
    """Remembers how it was answered."""

    def __init__(self, found: Desk) -> None:
        super().__init__(found.base + found.device, TOKEN)
        self.came: list[int] = []

    def _answer(self, *asked: Any) -> tuple[int, dict[str, Any]]:
        answer = super()._answer(*asked)
        self.came.append(answer[0])
        return answer


async def test_the_end_of_a_job_is_asked_for_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        client = Counted(found)
        begun = await asyncio.to_thread(client.do, "start", SMALL)
        job = await asyncio.to_thread(client.wait, begun["job"])
        assert (job["done"], job["outcome"]) == (True, "Completed")
        assert client.came == [202, 200]
        with pytest.raises(LabError, match="no post-scan job 7 was started there"):
            await asyncio.to_thread(client.wait, 7)


async def test_a_job_that_lasts_and_a_crowd_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_WAIT", 0.05)
    monkeypatch.setattr(houses, "MOST_WAITING", 0)
    async with desk(tmp_path) as found:
        client = Counted(found)
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        assert (await found.ask("PUT", "/faults", {"fault": [LATE]})).status == 200
        begun = await asyncio.to_thread(client.do, "start", SMALL)
        wait = asyncio.create_task(asyncio.to_thread(client.wait, begun["job"]))
        await asyncio.sleep(0.1)
        monkeypatch.setattr(houses, "MOST_WAITING", 200)
        assert (await wait)["outcome"] == "Completed"
        assert set(client.came[1:-1]) == {503, 409} and client.came[-1] == 200
