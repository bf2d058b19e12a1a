"""How events are brought where a handler of EVENT says so, and what is told of it."""

from __future__ import annotations

import asyncio

from emulator.dpws.eventing.event_queue import EventQueue, Waiting
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.dpws.points import EVENT, Bringing, OutgoingEvent
from emulator.layers import Layers
from emulator.soap.points import ENVELOPE, OutgoingEnvelope
from emulator.transport.http import HttpRequest, HttpResponse, Refused, Stage, TimeLimits
from emulator.transport.observe import ON_PURPOSE, purposes

ACTION = "http://example.org/weather/StormEvent"


class Subscriber:
    """Keeps what it is sent, with what was done to it on purpose; a dead one takes nothing."""

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead
        self.came: list[tuple[bytes, list[str]]] = []

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        self.came.append((b"".join(bytes(each) for each in request.body.chunks()), list(purposes())))
        if self.dead:
            raise Refused("nobody there", Stage.CONNECT)
        return HttpResponse(202, "", (), b"", False)

    async def aclose(self) -> None:
        """There is nothing to close."""


async def brought(subscriber: Subscriber, layers: Layers, *events: bytes) -> list[str]:
    """Have the events sent; why the subscriber was given up."""
    given_up: list[str] = []
    tasks: set[asyncio.Task[None]] = set()
    hosting = SourceHosting("/m", lambda: "", lambda: subscriber, layers, SourceLimits(failures=1), False)

    def give_up(reason: str) -> None:
        given_up.append(reason)
        queue.cancel()

    queue = EventQueue("test", "http://127.0.0.1/", hosting, give_up, tasks)
    for each in events:
        queue.put(Waiting(each, ACTION))
    await asyncio.gather(*tasks)
    queue.cancel()
    return given_up


async def test_what_is_done_to_an_event_is_told_of_that_event_alone() -> None:
    layers, subscriber = Layers(), Subscriber()

    async def how(event: OutgoingEvent) -> Bringing:
        if subscriber.came:
            return Bringing()
        purposes().append("twice")
        return Bringing(times=2)

    async def written(out: OutgoingEnvelope) -> bytes:
        purposes().append("written")
        return out.data

    layers.handle(EVENT, how)
    layers.handle(ENVELOPE, written)
    ON_PURPOSE.set(request := ["of the request that causes the event"])
    await brought(subscriber, layers, b"1", b"2")
    assert subscriber.came == [(b"1", ["twice", "written"])] * 2 + [(b"2", ["written"])]
    assert request == ["of the request that causes the event"]


async def test_events_behind_others_end_with_those_that_there_are() -> None:
    layers, subscriber = Layers(), Subscriber()

    async def how(event: OutgoingEvent) -> Bringing:
        return Bringing(behind=2, seconds=0.0)

    layers.handle(EVENT, how)
    assert await brought(subscriber, layers, b"1", b"2", b"3", b"4") == []
    assert sorted(data for data, _ in subscriber.came) == [b"1", b"2", b"3", b"4"]
    assert subscriber.came[-1][0] == b"1"


async def test_an_event_behind_others_waits_for_none_when_the_subscriber_is_given_up() -> None:
    layers, subscriber = Layers(), Subscriber(dead=True)
    asked: list[OutgoingEvent] = []

    async def how(event: OutgoingEvent) -> Bringing:
        asked.append(event)
        return Bringing(behind=2, seconds=0.0) if len(asked) == 1 else Bringing()

    layers.handle(EVENT, how)
    assert len(await brought(subscriber, layers, b"1", b"2", b"3")) == 1
    assert [data for data, _ in subscriber.came] == [b"2"]
