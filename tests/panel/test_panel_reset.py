"""POST /reset: what the control API tells is then what it tells after a fresh start, compared deeply."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from control_bench import SMALL, Desk, desk
from test_lab_reset import every_class

from emulator.resetting import Resettable

PLAN = b"""
[[fault]]
name = "late"
at = "exchange"
operation = "SendImage"
do = "late"
seconds = 0.01
may_miss = true
"""
MOMENT = frozenset({"last", "seconds", "examples"})


def plain(value: Any) -> Any:
    """Without what differs between any two moments."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name not in MOMENT}
    return [plain(each) for each in value] if isinstance(value, list) else value


async def told(found: Desk) -> dict[str, Any]:
    """All that can be read of the control API."""
    paths = ("/health", "/devices", found.device, "/jobs", "/faults", "/scans", "/events?after=0", "/openapi.json")
    return {path: plain(await found.get(path)) for path in (*paths, f"{found.device}/events/0")}


async def test_reset_is_as_a_fresh_start(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_bytes(PLAN)
    async with desk(tmp_path, faults=plan, count=2) as found:
        fresh = await told(found)
        assert fresh["/faults"]["plan"] == str(plan) and fresh["/events?after=0"]["events"] == []
        for _ in range(2):
            await found.do(f"{found.device}/load", {"documents": "office-day", "sheets": 2, "replace": True})
            assert (await found.run_job())["number"] == 1
            await found.do("/actions/jam")
            await found.do("/actions/describe", {"with": {"location": "Room 3"}})
            await found.do("/actions/hold")
            await found.ask("PUT", "/faults", PLAN.replace(b"late", b"unanswered"), Content_Type="application/toml")
            await found.do("/actions/clear")
            await found.do(f"{found.device}/start", SMALL, 202)
            storm = await told(found)
            assert {name for name in fresh if storm[name] != fresh[name]} >= {
                found.device, "/jobs", "/faults", "/scans", "/events?after=0",
            }  # fmt: skip
            assert (await found.ask("POST", "/reset")).status == 204
            assert await told(found) == fresh
        assert found.house.truths._made == {} and found.jobs.servers.servers == ()
        left = [each for each in gc.get_objects() if type(each).__name__ == "ServiceSubscription" and each._needed]
        assert left == []


def test_every_resettable_kind_is_of_a_lab_or_of_the_control_api() -> None:
    kinds = {each.__name__ for each in every_class() if issubclass(each, Resettable) and each is not Resettable}
    reached = {
        "StartedJobs", "DeviceNetwork", "ScanDevice", "DeviceEvents", "EventSource", "VirtualScanner",
        "ScanJobKeeper", "ScanServer", "LabServer", "Disturbances", "Journal", "EmbeddedServers", "TruthIndex",
        "Uploads", "KeptExchanges",
    }  # fmt: skip
    assert kinds == reached, "a new one is reached by Lab.reset or House.resettable, and stands here"


async def test_the_scanner_of_a_job_has_nothing_to_reset(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        found.house.resettable = None
        came = await found.ask("POST", "/reset")
        assert came.status == 400 and "a job of scan" in came.json["error"]
