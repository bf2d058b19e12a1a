"""Waiting at a device: at once where it is so, at the moment when it comes to be so, a clear word otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from emulator import BlockingLab, Lab, LabError
from emulator.jobs.waiting import Waited, WaitingPlace, wait_until
from emulator.lab.lab_scanner import LabScanner
from emulator.options.until import Until
from emulator.trace.journal import News

SMALL = {"settings": ("Resolution=75x75", "ColorProcessing=BlackAndWhite1"), "user": "demo"}


@pytest_asyncio.fixture
async def scanner() -> AsyncIterator[LabScanner]:
    async with Lab() as lab:
        yield await lab.add_device("office-mfp")


async def waiting(scanner: LabScanner, **fields: Any) -> asyncio.Task[Waited]:
    task = asyncio.create_task(scanner.wait(within=60, **fields))
    await asyncio.sleep(0.05)
    return task


SO: dict[str, dict[str, Any]] = {
    "state": {"state": "idle"},
    "state exactly": {"state": "Idle", "no_conditions": ("MediaJam", "CoverOpen")},
    "reasons": {"reasons": "attentionrequired"},
    "conditions": {"conditions": ["InputTrayEmpty"]},
    "sheets": {"sheets": 0},
}


@pytest.mark.parametrize("fields", SO.values(), ids=SO)
async def test_what_is_so_is_answered_at_once(scanner: LabScanner, fields: dict[str, Any]) -> None:
    scanner.scanner.call_attention()
    waited = await scanner.wait(within=0.001, **fields)
    assert waited.met and waited.seconds < 1 and waited.reason == ""


async def test_what_comes_to_be_so_is_answered_then(scanner: LabScanner) -> None:
    stopped = await waiting(scanner, state="Stopped", conditions=["MediaJam"], reasons=["MediaJam"])
    scanner.open()
    await asyncio.sleep(0.05)
    assert not stopped.done(), "one of three is not enough"
    scanner.jam()
    assert (await stopped).snapshot.state == "Stopped"
    idle = await waiting(scanner, state="Idle", no_conditions=["MediaJam", "CoverOpen"])
    sheets = await waiting(scanner, sheets=3)
    none = await waiting(scanner, no_conditions="*")
    scanner.clear()
    assert (await idle).met and not sheets.done()
    await scanner.load(sheets=3)
    assert (await sheets).snapshot.sheets == 3 and (await none).snapshot.conditions == ()


async def test_a_state_that_passes_in_a_moment_is_not_missed(scanner: LabScanner) -> None:
    processing = await waiting(scanner, state="Processing")
    await scanner.load(sheets=5)
    left = [await waiting(scanner, sheets=number) for number in (4, 3, 2, 1)]
    number = await scanner.start(loaded=True, **SMALL)
    first = await scanner.wait(scan_job=1, scan_job_state="Completed", within=60)
    assert first.met
    ended = await scanner.wait(job=number, outcome="completed", within=60)
    assert ended.job is scanner.started_job(number) and ended.job.acknowledged_images == 5
    assert (await processing).snapshot.state == "Processing"
    assert [(await each).snapshot.sheets for each in left] == [4, 3, 2, 1]
    assert (await scanner.wait(job=ended.job.job_token, within=1)).job is ended.job


async def test_a_job_that_ends_otherwise_is_told_at_once(scanner: LabScanner) -> None:
    scanner.jam()
    with pytest.raises(LabError, match="not now: the scanner is Stopped"):
        await scanner.start(pages=1, **SMALL)
    scanner.clear()
    scanner.scanner.hold()
    number = await scanner.start(pages=1, **SMALL)
    await scanner.wait(job=number, done=False, within=1)
    await scanner.wait(scan_job=1, scan_job_state="Held", within=60)
    canceled = await waiting(scanner, job=number, outcome="Completed")
    await scanner.cancel()
    with pytest.raises(LabError, match=f"job {number} has ended as Failed, not as Completed"):
        await canceled
    with pytest.raises(LabError, match="scan job 1 has ended as Canceled, not as Completed"):
        await scanner.wait(scan_job=1, scan_job_state="Completed", within=60)
    assert (await scanner.wait(scan_job=1, within=1)).met


NOT_SO: dict[str, tuple[dict[str, Any], str]] = {
    "state": ({"state": "Stopped"}, r"not within 0.05 s: the scanner is Idle, not Stopped"),
    "reasons": ({"reasons": ["Paused"]}, r"its reasons are None, without Paused"),
    "conditions": ({"conditions": ["MediaJam"]}, r"MediaJam is not active; there are: InputTrayEmpty"),
    "none": ({"no_conditions": ["*"]}, r"InputTrayEmpty is active"),
    "sheets": ({"sheets": 2}, r"0 sheets are in the feeder, not 2"),
    "scan job": ({"scan_job": 7}, r"there is no scan job 7"),
    "event": ({"event": "page", "data": {"number": 3}}, r"no event page, number 3 has come"),
    "token": ({"job": "e9d5"}, r"there is no post-scan job 'e9d5' yet"),
}


@pytest.mark.parametrize(("fields", "says"), NOT_SO.values(), ids=NOT_SO)
async def test_the_end_of_the_time_says_how_it_is(scanner: LabScanner, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(LabError, match=says):
        await scanner.wait(within=0.05, **fields)


async def test_an_event_is_met_by_kind_and_data_before_and_after(scanner: LabScanner) -> None:
    lab = scanner._lab
    begun = lab.journal.last
    other = await lab.add_device("flatbed")
    third = await waiting(scanner, event="page", data={"number": 3})
    other.scanner.open()
    await scanner.scan(pages=3, **SMALL)
    entry = (await third).entry
    assert entry is not None and entry.data["number"] == 3
    again = await scanner.wait(event="page", data={"number": 2}, after=begun, within=1)
    assert again.entry is not None and again.entry.number < entry.number
    with pytest.raises(LabError, match="no event condition"):
        await scanner.wait(event="condition", data={"name": "CoverOpen"}, after=begun, within=0.05)
    with pytest.raises(LabError, match="none of number"):
        await scanner.wait(event="condition", after=10_000, within=1)


async def test_an_event_that_comes_while_the_journal_is_looked_through_is_met(
    scanner: LabScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = scanner._lab.journal
    begun, look = journal.last, journal.since

    def look_and_open(number: int, limit: int | None = None) -> News:
        news = look(number, limit)
        if journal.last == begun:
            scanner.open()
        return news

    monkeypatch.setattr(journal, "since", look_and_open)
    waited = await scanner.wait(event="condition", after=begun, within=5)
    assert waited.entry is not None and waited.entry.data["name"] == "CoverOpen"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "until says nothing"),
    "a name": ({"stat": "Idle"}, "'stat' is no option; did you mean state?"),
    "a state": ({"state": "Asleep"}, "state is one of Idle, Processing, Stopped, not 'Asleep'"),
    "sheets": ({"sheets": -1}, "sheets is a whole number of at least 0, not -1"),
    "sheets as text": ({"sheets": "1"}, "sheets is a whole number"),
    "outcome alone": ({"outcome": "Completed", "sheets": 1}, "outcome goes with job: give job"),
    "no conditions": ({"conditions": []}, "conditions is a list of strings, not"),
    "data of nothing": ({"state": "Idle", "data": {}}, "data goes with event: give event"),
    "state of no job": ({"state": "Idle", "scan_job_state": "Completed"}, "give scan_job"),
    "an event": ({"event": "nonsense"}, "event is one of job, step"),
    "data of no event": ({"state": "Idle", "data": {"a": 1}}, "give event"),
    "a job that is not there": ({"job": 12}, "no post-scan job 12 was started there"),
}


@pytest.mark.parametrize(("fields", "says"), WRONG.values(), ids=WRONG)
async def test_what_cannot_be_waited_for_is_told_before(
    scanner: LabScanner, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(LabError, match=says):
        await scanner.wait(within=60, **fields)


async def test_nothing_is_left_of_a_wait(scanner: LabScanner) -> None:
    layers = scanner.scanner.layers
    there = {point: len(each) for point, each in layers._listeners.items()}
    place = WaitingPlace(scanner.scanner, "", journal=scanner._lab.journal)
    for fields in ({"state": "Idle"}, {"state": "Stopped"}, {"event": "page"}):
        await wait_until(place, Until.of(**fields), 0.01)
    task = asyncio.create_task(wait_until(place, Until.of(state="Stopped")))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {point: len(each) for point, each in layers._listeners.items() if each} == there
    with pytest.raises(ValueError, match="no journal"):
        await wait_until(WaitingPlace(scanner.scanner, ""), Until.of(event="page"))


async def test_fifty_that_wait_cost_nothing(scanner: LabScanner) -> None:
    waits = [asyncio.create_task(scanner.wait(state="Stopped", within=60)) for _ in range(50)]
    await asyncio.sleep(0.05)
    begun = time.process_time()
    await asyncio.sleep(1)
    assert time.process_time() - begun < 0.05
    scanner.jam()
    assert all(each.met for each in await asyncio.gather(*waits))


def test_without_an_event_loop() -> None:
    with BlockingLab() as lab:
        scanner = lab.add_device("office-mfp")
        number = scanner.start(pages=1, **SMALL)
        waited = scanner.wait(job=number, outcome="Completed", within=60)
        assert waited.job is not None and lab.server.jobs[0].images
        lab.reset()
        assert lab.server.jobs == () and scanner.jobs == ()
