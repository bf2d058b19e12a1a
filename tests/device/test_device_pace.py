"""The pace of a feeder, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from device_pages import Sheets, brought, ticket

from emulator.device.pace import Pace
from emulator.device.profile import load_profile
from emulator.wsscan.constants import RETRIEVE_IMAGE_LIMIT


class Clock:
    """Time passes when somebody sleeps, or when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds >= RETRIEVE_IMAGE_LIMIT:  # the time limit of the job, which does not run out
            await asyncio.get_running_loop().create_future()
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, pages_per_minute: float | None) -> Pace:
        return Pace(pages_per_minute, clock=self, sleep=self.sleep)


@pytest.mark.parametrize(
    ("source", "rate"), [("Platen", 12.0), ("ADF", 45.0), ("ADFDuplex", 90.0)]
)  # 45 sheets a minute with two sides each
async def test_pages_leave_the_device_at_the_rate_of_its_profile(source: str, rate: float, tmp_path: Path) -> None:
    """Rendering takes a tenth of the time between pages, and does not add to it."""
    clock = Clock()
    wanted = ticket(input_source=source, images_to_transfer=0)
    profile = load_profile("office-mfp")
    times: list[float] = []

    def on_page(number: int) -> None:
        times.append(clock.now)
        clock.now += 6 / rate  # the next page is being rendered

    production = brought(
        Sheets(20), wanted, tmp_path, speed="real", on_page=on_page, clock=clock, sleep=clock.sleep
    )
    assert len([produced async for produced in production.documents()]) == len(times)
    count = len(times)
    if count > 1:
        assert (count - 1) / (times[-1] - times[0]) * 60 == pytest.approx(rate, rel=0.1)
    assert times[0] - 1000 == pytest.approx(profile.warm_up + 60 / rate)
    assert count == (1 if source == "Platen" else 20)


async def test_full_speed_waits_for_nothing(tmp_path: Path) -> None:
    clock = Clock()
    production = brought(Sheets(20), ticket(), tmp_path, clock=clock, sleep=clock.sleep)
    assert len([produced async for produced in production.documents()]) == 20
    assert clock.slept == []


async def test_every_page_waits_its_own_time() -> None:
    clock = Clock()
    pace = clock.pace(30)
    for _ in range(3):
        await pace.page()
    assert clock.slept == [2.0, 2.0, 2.0]


async def test_a_feeder_that_was_held_up_does_not_make_up_for_it() -> None:
    """A server that takes a minute over an image must not be given thirty at once afterwards."""
    clock = Clock()
    pace = clock.pace(30)
    await pace.page()
    clock.now += 60
    clock.slept.clear()
    for _ in range(3):
        await pace.page()
    assert clock.slept == [2.0, 2.0]  # the first was ready long ago


async def test_slow_rendering_slows_the_feeder_down() -> None:
    clock = Clock()
    pace = clock.pace(60)
    times = []
    for _ in range(5):
        clock.now += 3
        await pace.page()
        times.append(clock.now)
    assert [later - earlier for earlier, later in pairwise(times)] == [3.0] * 4
