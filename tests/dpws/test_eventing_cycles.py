"""Ten thousand subscribers that come, renew and vanish, on a fast clock: nothing of them stays."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from closed_ports import closed_port
from eventing_bench import WSE, Bench, Received, by_host, found, manage, subscribe, until

from emulator.dpws.eventing.event_queue import event_clients
from emulator.dpws.eventing.limits import SourceLimits

CYCLES = 10_000
WARM = 2_000
"""Cycles until caches and allocators have what they need."""


@dataclass(frozen=True)
class Used:
    """What the process uses."""

    descriptors: int
    tasks: int
    objects: int
    resident: int
    """Octets."""

    @classmethod
    def now(cls) -> Used:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            len(os.listdir("/proc/self/fd")),
            len(asyncio.all_tasks()),
            len(gc.get_objects()),
            pages * os.sysconf("SC_PAGE_SIZE"),
        )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_ten_thousand_subscribers_that_vanish_leave_nothing() -> None:
    limits = SourceLimits(pause=0.0, failures=2, subscriptions=64, per_address=4)
    ended = 0

    def end(subscription: object) -> None:
        nonlocal ended
        ended += 1

    one = Bench(event_clients(), limits=limits, on_end=end)
    vanished = f"http://127.0.0.1:{closed_port()}/sink"
    identifiers: list[str] = []
    before = Used.now()
    for cycle in range(CYCLES):
        if cycle == WARM:
            before = Used.now()
        answer = await one.ask(subscribe(vanished, expires="PT100S", end_to=vanished if cycle % 7 == 0 else None))
        if answer.find(f".//{{{WSE}}}SubscribeResponse") is None:
            one.clock.now += 100  # no room: all that is left expires
            continue
        identifiers.append(found(answer, "//e:SubscriptionManager/a:ReferenceParameters/e:Identifier"))
        await one.ask(manage("Renew", identifiers[-1], "PT50S"), "/manager")
        match cycle % 4:
            case 0:
                one.storm("to all that have vanished")
                await asyncio.sleep(0.001)
            case 1:
                await one.ask(manage("Unsubscribe", identifiers[-1]), "/weather")
            case 2:
                one.clock.now += 50
        assert len(one.source.subscriptions) <= 4
    one.clock.now += 100
    assert one.source.subscriptions == ()
    assert ended == len(identifiers) > CYCLES * 0.8
    await until(lambda: len(asyncio.all_tasks()) == 1)
    after = Used.now()
    assert after.descriptors <= before.descriptors
    assert after.tasks <= before.tasks
    # One object for each would be eight thousand.
    assert after.objects - before.objects < 500
    assert after.resident - before.resident < 4_000_000
    await one.source.stop()
    assert one.source._deliveries == {} and one.source._tasks == set()


async def test_an_hour_of_clients_that_come_and_go() -> None:
    """A minute of the clock a step: each client stays some steps, renews while it does, and is sent an event."""
    sinks = {f"/{number}": Received() for number in range(40)}
    one = Bench(by_host(sinks), limits=SourceLimits(per_address=40))
    there: dict[str, str] = {}
    expected: dict[str, list[str]] = {path: [] for path in sinks}
    for minute in range(60):
        for number, path in enumerate(sinks):
            comes, stays = number % 20, 10 + number % 7
            since = minute - comes
            if since == 0:
                there[path] = await one.subscribed(notify_to=f"http://127.0.0.1:9{path}", expires="PT3M")
            elif path in there and since < stays and since % 2 == 0:
                await one.ask(manage("Renew", there[path], "PT3M"), "/manager")
            elif path in there and since == stays and number % 2:
                await one.ask(manage("Unsubscribe", there.pop(path)), "/manager")
        alive = {each.notify_to.address.removeprefix("http://127.0.0.1:9") for each in one.source.subscriptions}
        for path in alive:
            expected[path].append(str(minute))
        one.storm(str(minute))
        await until(lambda: len(asyncio.all_tasks()) == 1)
        one.clock.now += 60
    await one.source.stop()
    assert {path: sink.texts for path, sink in sinks.items()} == expected
    assert all(10 <= len(texts) <= 20 for texts in expected.values())
