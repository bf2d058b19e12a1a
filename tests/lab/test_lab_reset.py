"""Reset: after a storm everything is as at a fresh start, compared deeply; whatever has a state of its own says so
itself and is reached."""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from event_sink_bench import destinations, sink, subscribe
from scan_service_bench import Caller
from scanner_bench import until

import emulator
from emulator import Lab, LabError
from emulator.lab.network_device import NetworkDevice
from emulator.resetting import Resettable, start_over
from emulator.wsscan.values.ticket import Setting

PLAN = """
[[fault]]
name = "the second image is late"
at = "exchange"
operation = "SendImage"
image = 2
do = "late"
seconds = 0.01
"""
SMALL = {"settings": ("Resolution=75x75", "ColorProcessing=BlackAndWhite1"), "user": "demo"}


def plain(value: Any) -> Any:
    """Without what differs between any two moments."""
    if isinstance(value, dict):
        return {
            key: plain(each)
            for key, each in value.items()
            if key not in ("time", "current_time", "last", "clear_time", "control", "xaddrs")
        }
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def picture(lab: Lab, device: NetworkDevice) -> Any:
    """All that can be seen of a lab from outside."""
    scanner, events = device.scanner, device._device.events
    files = sorted(path for path in lab.store.rglob("*") if ".server" not in path.parts)
    return plain(
        {
            "scanner": asdict(scanner.snapshot()),
            "status": asdict(scanner.status()),
            "description": asdict(scanner.description),
            "ticket": asdict(scanner.default_ticket),
            "scan jobs": [asdict(job) for job in device.jobs],
            "next condition": scanner.engine.conditions._last_id,
            "next scan job": scanner.jobs._last_id,
            "held": scanner.keeper._holding,
            "passed": scanner.engine._passed,
            "destinations": [asdict(each) for each in device.destinations],
            "subscriptions": [each.subscriptions for each in (events.scan, events.device)],
            "server": [repr(job) for job in lab.server.jobs],
            "server's subscriptions": [each.subscriptions for each in lab.embedded.server._sources],
            "store": [str(path) for path in files],
            "truths": dict(lab.server._truth_folders),
            "started": [job.as_dict() for job in lab.started_jobs.jobs],
            "next job": lab.started_jobs._last,
            "fired": lab.fired,
            "unfired": lab.unfired,
            "plan": None if lab.disturbances.plan is None else lab.disturbances.plan.source,
            "journal": [each.as_dict() for each in lab.journal.since(0).entries],
            "lost": lab.journal.since(0).lost,
        }
    )  # fmt: skip


async def storm(lab: Lab, device: NetworkDevice, end_to: str) -> None:
    """Everything that leaves a trace."""
    offered = {"more": destinations(("A PC", "context")), "end_to": end_to}
    for service in (device.scan_service, device.device_service):
        more = offered if service == device.scan_service else {}
        assert (await subscribe(Caller(device._device), service, end_to, **more)).status == 200
    device.scan_to("A PC")
    ticket = device.scanner.default_ticket
    parameters = replace(ticket.document_parameters, content_type=Setting("Photo"))
    device.scanner.change_default_ticket(replace(ticket, document_parameters=parameters))
    await device.scan(pages=2, **SMALL)
    number = await device.start(scan_process="Scan to folder", **SMALL)
    assert (await device.wait(job=number, outcome="Completed", within=60)).job is not None
    await device.scan(documents="office-day", pages=1, settings="Resolution=75x75", user="demo")
    device.describe(name="Other", location="Room 3")
    device.jam()
    device.clear()
    device.condition("LampError")
    device.scanner.pause()
    device.scanner.call_attention()
    device.scanner.engine.happens("Calibrating", seconds=3600)
    device.scanner.hold()
    device.condition("LampError", on=False)
    device.scanner.resume()
    device.scanner.engine.clear_conditions()
    await device.load(sheets=2, replace=True)
    await device.start(**SMALL)  # held: it waits at the device
    await device.wait(event="state", data={"of": "scan job", "state": "Held"}, after=0, within=60)
    lab.change_faults(None)


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[tuple[Lab, NetworkDevice]]:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.replace('name = "the', 'may_miss = true\nname = "the'), encoding="utf-8")
    async with Lab(faults=plan, state=tmp_path / "state") as lab:
        device = await lab.add_device("office-mfp", network=True)
        assert lab.journal.last == 0
        yield lab, device


async def test_reset_is_as_a_fresh_start(tmp_path: Path) -> None:
    async with running(tmp_path) as (lab, device):
        with sink() as came:
            fresh = picture(lab, device)
            assert fresh["started"] == fresh["journal"] == [] and fresh["unfired"] == []
            for _ in range(2):
                await storm(lab, device, came.url)
                after = picture(lab, device)
                same = {name for name in fresh if after[name] == fresh[name]}
                assert same == {"unfired", "lost", "fired"}, "all else differs"
                await lab.reset()
                await until(lambda: came.came[-1].name == "SubscriptionEnd")
                assert picture(lab, device) == fresh
            number = await device.start(scan_process="Scan to folder", **SMALL)
            waited = await device.wait(job=number, outcome="Completed", within=60)
            assert waited.job is not None and waited.job.outcome is not None
            waited.job.outcome.check()
            assert waited.job.outcome.events == "", "it is subscribed anew at the scan server that has started over"
            assert re.search(r"_0001\.\w+$", str(waited.job.outcome.delivered[0]))
            assert number == 1


async def test_faults_count_anew_and_what_has_fired_once_is_not_called_never(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    async with Lab(faults=plan) as lab:
        scanner = await lab.add_device("office-mfp")
        for _ in range(2):
            assert lab.unfired == ["the second image is late"]
            await scanner.scan(pages=2, **SMALL)
            assert [each.number for each in lab.fired] == [2] and lab.unfired == []
            await lab.reset()
        assert lab.unfired == ["the second image is late"]
        lab.change_faults(None)
        await scanner.scan(pages=2, **SMALL)
        assert lab.fired == []
        await lab.reset()
        assert lab.disturbances.plan is not None and lab.disturbances.plan.source == str(plan)
        wrong = tmp_path / "wrong.toml"
        wrong.write_text(PLAN.replace('"late"', '"latte"'), encoding="utf-8")
        with pytest.raises(LabError, match="latte"):
            lab.change_faults(wrong)
        with pytest.raises(LabError, match=r"faults given as tables.*latte"):
            lab.change_faults(tomllib.loads(wrong.read_text("utf-8"))["fault"])
        lab.change_faults(tomllib.loads(PLAN)["fault"])
        assert lab.unfired == ["the second image is late"]
        await scanner.scan(pages=2, **SMALL)
        assert [each.number for each in lab.fired] == [2]


async def test_a_plan_that_comes_later_acts_at_devices_on_the_network(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    async with Lab(state=tmp_path) as lab:
        device = await lab.add_device("office-mfp", network=True)
        lab.change_faults(plan)
        (await device.scan(pages=2, **SMALL)).check(images=2)
        assert [each.device for each in lab.fired] == [device.name]


def every_class() -> set[type]:
    found: set[type] = set()
    for module in pkgutil.walk_packages(emulator.__path__, "emulator."):
        if ".decoding.child" in module.name or module.name.endswith("__main__") or ".page_child" in module.name:
            continue
        if ".locust_users." in module.name:
            continue  # Locust would patch threads and sockets of this process
        for _, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if each.__module__.startswith("emulator."):
                found.add(each)
    return found


OF_THE_CONTROL_API = {"TruthIndex", "Uploads", "KeptExchanges"}
"""What a lab has not."""


async def test_every_resettable_thing_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {each for each in every_class() if issubclass(each, Resettable) and each is not Resettable}
    assert len(kinds) >= 10
    reached: set[int] = set()

    def noting(before: Callable[..., Any]) -> Callable[..., Any]:
        async def noted(self: Any) -> None:
            reached.add(id(self))
            await before(self)

        return noted

    gc.collect()
    others = [each for each in gc.get_objects() if type(each) in kinds]
    known = {id(each) for each in others}
    async with running(tmp_path) as (lab, device):
        alone = await lab.add_device("flatbed")
        gc.collect()  # a device is made to see what it would say of itself
        ours = [each for each in gc.get_objects() if type(each) in kinds and id(each) not in known]
        assert {type(each).__name__ for each in ours} == {each.__name__ for each in kinds} - OF_THE_CONTROL_API
        assert alone.scanner in ours and device.scanner in ours
        for kind in kinds:
            monkeypatch.setattr(kind, "start_over", noting(kind.start_over))
        await lab.reset()
        assert [each for each in ours if id(each) not in reached] == []


async def test_one_failure_keeps_nothing_from_being_reset() -> None:
    done = []

    class Thing:
        def __init__(self, name: str, error: Exception | None = None) -> None:
            self.name, self.error = name, error

        async def start_over(self) -> None:
            done.append(self.name)
            if self.error is not None:
                raise self.error

    with pytest.raises(LabError, match="first"):
        await start_over([Thing("a"), Thing("b", LabError("first")), Thing("c", LabError("second")), Thing("d")])
    assert done == ["a", "b", "c", "d"]


async def test_two_resets_at_once_and_a_lab_that_does_not_run(tmp_path: Path) -> None:
    async with running(tmp_path) as (lab, device):
        await device.start(**SMALL)
        await asyncio.gather(lab.reset(), lab.reset())
        assert lab.started_jobs.jobs == ()
    with pytest.raises(LabError, match="not running"):
        await lab.reset()
