"""A run of the judge goes on to its end, whatever goes wrong in the judge itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emulator.conformance.asked_peer import AskedPeer, Limits
from emulator.conformance.check import Check, When
from emulator.conformance.post_scan.direct.faults import FAULTS, NO_ANSWERS, STATUSES
from emulator.conformance.post_scan.peer import PostScanLimits, PostScanPeer
from emulator.conformance.reading import Envelope
from emulator.conformance.runner import LAST, Runner
from emulator.conformance.verdict import NotNow, NotRun, OwnMistake
from emulator.reports.verdict import Verdict

FIRST_ID, SECOND_ID = "eventing/subscribe/supported", "eventing/subscribe/identifier"


class Agreeable(AskedPeer[object]):
    """A peer of whom nothing is sent for."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9/", None, Limits(), 1, None, None)

    async def ordinary_job(self, *, first: bool) -> str:
        return "Completed"

    async def whole_job(self, images: int = 1) -> object:
        return object()

    def is_about(self, job: object, event: Envelope) -> bool:
        return True

    def require_found(self) -> None: ...

    async def is_alive(self) -> bool:
        return True

    async def clear_away(self) -> None: ...


async def passes(peer: Any) -> str:
    return "so"


async def test_a_mistake_behind_a_check_is_an_error_of_that_check_alone() -> None:
    async def mistaken() -> None:
        raise OwnMistake("a message that no schema allows")

    async def leaves_something(peer: Any) -> str:
        peer.later(mistaken)
        return "so"

    peer = Agreeable()
    run = await Runner(peer, [Check(FIRST_ID, leaves_something), Check(SECOND_ID, passes)]).run()
    assert run.verdict(FIRST_ID) is Verdict.ERROR
    assert run.verdict(SECOND_ID) is Verdict.PASSED
    assert run.verdict(LAST) is Verdict.PASSED


async def test_a_mistake_in_bringing_a_message_about_is_an_error_of_the_invariant() -> None:
    async def mistaken(peer: Any) -> str:
        raise OwnMistake("a message that no schema allows")

    checks = [
        Check(FIRST_ID, invariant=lambda _: None, over=lambda _: [], provoke=mistaken, when=When.INVARIANT),
        Check(SECOND_ID, passes),
    ]
    run = await Runner(Agreeable(), checks).run()
    assert run.verdict(FIRST_ID) is Verdict.ERROR
    assert run.verdict(LAST) is Verdict.PASSED


async def test_what_cannot_be_had_just_now_is_tried_again_and_what_cannot_be_had_is_not() -> None:
    asked: list[str] = []

    async def busy() -> str:
        asked.append("busy")
        if len(asked) == 1:
            raise NotNow("the device takes no jobs now")
        return "a job"

    async def never() -> str:
        asked.append("never")
        raise NotRun("no feeder")

    peer = Agreeable()
    with pytest.raises(NotNow):
        await peer.situation("a job", busy)
    assert await peer.situation("a job", busy) == "a job" == await peer.situation("a job", busy)
    for _ in range(2):
        with pytest.raises(NotRun, match="no feeder"):
            await peer.situation("a sheet", never)
    assert asked == ["busy", "busy", "never"]


async def test_a_check_has_the_time_that_its_peer_takes() -> None:
    async def slow(peer: Any) -> str:
        await asyncio.sleep(0.2)
        return "done"

    hasty = Agreeable()
    hasty.longest_check = 0.05
    run = await Runner(hasty, [Check(FIRST_ID, slow)]).run()
    assert run.verdict(FIRST_ID) is Verdict.INCONCLUSIVE
    run = await Runner(Agreeable(), [Check(FIRST_ID, slow)]).run()
    assert run.verdict(FIRST_ID) is Verdict.PASSED


def test_a_device_that_is_slow_with_each_job_has_time_for_the_check_that_orders_most_of_them() -> None:
    peer = PostScanPeer("http://127.0.0.1:9/device", limits=PostScanLimits(comes=60.0, job=120.0))
    most = max(len(STATUSES), len(FAULTS) + len(NO_ANSWERS) + 2)
    assert peer.longest_check >= most * (60.0 + 120.0)
