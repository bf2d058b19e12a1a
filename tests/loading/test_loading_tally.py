"""What is counted of a load run: percentiles that are right to a hundredth, pieces of time that stay few."""

from __future__ import annotations

import math
import random
from xml.etree import ElementTree

import pytest

from emulator.loading.calibration import Calibration
from emulator.loading.latencies import Latencies
from emulator.loading.load_share import Used, limit_of
from emulator.loading.picture import picture_of
from emulator.loading.tally import MOST_KINDS, MOST_SLICES, OTHERS, Tally


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 5000])
def test_percentiles_are_right_to_a_hundredth(count: int) -> None:
    dice = random.Random(count)
    values = [dice.lognormvariate(-3, 2) for _ in range(count)]
    whole, halves = Latencies(), (Latencies(), Latencies())
    for number, value in enumerate(values):
        whole.add(value)
        halves[number % 2].add(value)
    halves[0].merge(halves[1])
    ordered = sorted(values)
    for percent in (1, 50, 90, 99, 99.9, 100):
        right = ordered[max(1, math.ceil(count * percent / 100)) - 1]
        assert whole.percentile(percent) == pytest.approx(right, rel=0.01)
        assert halves[0].percentile(percent) == whole.percentile(percent)
    assert whole.longest == max(values)
    assert whole.mean == pytest.approx(sum(values) / count)


def test_of_nothing_there_is_no_percentile() -> None:
    nothing = Latencies()
    assert nothing.percentile(99) is None and nothing.mean is None
    assert nothing.as_dict() == {
        "count": 0, "mean_ms": None, "p50_ms": None, "p90_ms": None, "p99_ms": None, "max_ms": None,
    }  # fmt: skip
    nothing.add(0.0)
    assert nothing.percentile(50) == pytest.approx(0, abs=1e-5)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pieces_of_time_stay_few_and_lose_nothing() -> None:
    clock = Clock()
    tally = Tally(clock, width=0.5)
    dice = random.Random(1)
    for _ in range(6000):
        clock.now += dice.random() * 20
        tally.image(100)
        if dice.random() < 0.1:
            tally.job_failed("x", "first")
        else:
            tally.job_ended(dice.random())
    assert len(tally.slices) <= MOST_SLICES
    assert sum(each.jobs for each in tally.slices) == tally.jobs.latencies.count
    assert sum(each.failed for each in tally.slices) == tally.jobs.failed
    assert sum(each.images for each in tally.slices) == 6000 == tally.images
    assert sum(each.octets for each in tally.slices) == 600_000
    for before, after in zip(tally.slices, tally.slices[1:], strict=False):
        assert before.at + before.seconds <= after.at + 1e-9
    assert tally.slices[-1].at + tally.slices[-1].seconds >= tally.seconds
    assert tally.slices[-1].at <= tally.seconds


def test_kinds_of_errors_stay_few() -> None:
    tally = Tally(Clock())
    for number in range(3 * MOST_KINDS):
        tally.job_failed(f"kind {number}", f"first of {number}")
        tally.job_failed("kind 0", "second")
    assert len(tally.errors) == MOST_KINDS + 1
    assert sum(each.count for each in tally.errors.values()) == 6 * MOST_KINDS == tally.jobs.failed
    assert tally.errors["kind 0"].first == "first of 0"
    assert tally.errors[OTHERS].count == 2 * MOST_KINDS


def test_the_picture_is_xml_with_a_line_for_each_percentile() -> None:
    clock = Clock()
    tally = Tally(clock)
    for number in range(40):
        clock.now += 0.5
        tally.job_ended(0.1 + number / 100)
        if number % 7 == 0:
            tally.job_failed("x", "y")
    clock.now += 1
    tally.end()
    root = ElementTree.fromstring(picture_of(tally, 'Jobs at <"here"> & there'))
    names = [each.tag.rpartition("}")[2] for each in root.iter()]
    texts = [each.text for each in root.iter() if each.text]
    assert 'Jobs at <"here"> & there' in texts and {"p50", "p90", "p99"} <= set(texts)
    paths = [each for each in root.iter() if "L" in each.get("d", "")]
    assert len(paths) == 3, "three lines"
    bars = [each.get("class") for each in root.iter() if each.get("class") in ("j", "f")]
    assert bars.count("j") == len(tally.slices) and bars.count("f") == sum(bool(e.failed) for e in tally.slices)
    assert "rect" in names
    ElementTree.fromstring(picture_of(Tally(clock), "nothing"))


def _limit(
    *,
    loop: float = 0.3,
    late: float = 0.001,
    images: float = 10.0,
    sink: float | None = 100.0,
    rate: float | None = None,
    waited: float = 0.0,
    failed: bool = False,
    embedded: bool = False,
) -> str:
    """Who is the limit of ten seconds in which ten jobs a second ended."""
    clock = Clock()
    tally = Tally(clock)
    for _ in range(100):
        tally.job_ended(0.1)
        tally.waited.add(waited)
    for _ in range(round(images * 10)):
        tally.image(1000)
    if failed:
        tally.job_failed("x", "y")
    clock.now += 10
    tally.end()
    lag = Latencies()
    lag.add(late)
    found = limit_of(
        tally,
        Used(10.0, loop * 10 + 1, loop * 10),
        lag,
        None if sink is None else Calibration(sink, sink, 0.001, 2.0),
        rate=rate,
        users=5,
        most_busy=5,
        embedded=embedded,
    )
    assert f"{loop:.0%} of a core" in found.says and found.figures["jobs_per_second"] == 10.0
    return found.who


def test_who_is_the_limit() -> None:
    assert _limit() == "server", "this machine has time, and a sink takes ten times as much"
    assert _limit(sink=None) == "server"
    assert _limit(loop=0.9) == "client" == _limit(loop=0.9, sink=None)
    assert _limit(sink=12.0) == "client", "83 % of what the sink takes"
    assert _limit(loop=0.75) == "unclear"
    assert _limit(late=0.2) == "unclear", "others keep the machine busy"
    assert _limit(late=0.2, sink=10.0) == "unclear", "and the sink too"
    assert _limit(late=0.2, loop=0.95) == "client", "it is late because it is busy itself"
    assert _limit(embedded=True) == "unclear"
    assert _limit(rate=10.0) == "nobody" == _limit(rate=10.0, embedded=True, loop=0.9)
    assert _limit(rate=10.0, waited=0.5) == "server", "jobs began late"
    assert _limit(rate=10.0, failed=True) == "server"
