"""Devices that cannot be judged, or not to the end: a verdict, a bound in time, the exit code, a report."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from device_plugs import refuses
from judged_device import judged, judged_peer
from mutant import Mutant, unanswered_later

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.devices.asked_device import DeviceLimits
from emulator.conformance.devices.device_judging import judging_of_device
from emulator.conformance.devices.hands import Action, NobodysHands
from emulator.conformance.judging import Judgement, judge
from emulator.conformance.runner import FIRST, LAST, Runner
from emulator.environment.exit_codes import ExitCode
from emulator.reports.verdict import Verdict
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse

pytestmark = pytest.mark.wire_fault
CHECKS = all_checks(Subject.DEVICE)
QUICK = DeviceLimits(silence=0.3, job=1.0, poll=0.02, quiet=0.05, event=0.3)
SOME = ["wscn/scanner-status/state", "wscn/condition/cover-open", "wscn/event/job-status", "wscn/job/job-id"]


async def judged_at(url: str, ids: list[str], folder: Path | None = None, **more: Any) -> Judgement:
    return await judge(judging_of_device(url, [CHECKS[id] for id in ids], limits=QUICK, report=folder, **more))


async def served(handler: Callable[[IncomingRequest], Awaitable[OutgoingResponse]]) -> tuple[HttpHost, str]:
    host = HttpHost(handler)
    await host.start()
    return host, f"{host.base_url}/device"


async def test_nobody_is_there(tmp_path: Path) -> None:
    found = await judged_at("http://127.0.0.1:9/device", SOME, tmp_path / "report")
    assert found.exit_code is ExitCode.UNREACHABLE
    assert [each.id for each in found.report.results] == [FIRST]
    assert (tmp_path / "report" / "report.html").is_file()


async def test_a_web_page_is_no_device() -> None:
    async def page(_: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, b"<html>Welcome</html>", (("Content-Type", "text/html"),))

    host, url = await served(page)
    try:
        found = await judged_at(url, SOME)
    finally:
        await host.stop()
    assert found.exit_code is ExitCode.NONSENSE
    assert [each.verdict for each in found.report.results] == [Verdict.FAILED]


async def test_what_needs_hands_is_not_run_without(tmp_path: Path) -> None:
    async with judged_peer(tmp_path) as peer:
        peer.hands = NobodysHands()
        run = await Runner(peer, [CHECKS[id] for id in SOME]).run()
    assert run.verdict("wscn/condition/cover-open") is Verdict.NOT_RUN
    assert run.verdict("wscn/scanner-status/state") is Verdict.PASSED
    assert run.verdict(LAST) is Verdict.PASSED


async def test_events_without_an_address_are_not_run(tmp_path: Path) -> None:
    async with judged_peer(tmp_path) as peer:
        peer.sink = None
        run = await Runner(peer, [CHECKS["wscn/event/job-status"]]).run()
    assert run.verdict("wscn/event/job-status") is Verdict.NOT_RUN


async def test_an_operation_without_an_answer_is_inconclusive_and_the_rest_goes_on(tmp_path: Path) -> None:
    ids = ["wscn/get-active-jobs/supported", "wscn/scanner-status/state"]
    mutant = Mutant(ids[0], "no answer", (unanswered_later("GetActiveJobs"),))
    async with judged_peer(tmp_path, mutant) as peer:
        peer.speaker.seconds = 0.3
        begun = time.monotonic()
        run = await Runner(peer, [CHECKS[id] for id in ids]).run()
        assert time.monotonic() - begun < 30
    assert run.verdict(ids[0]) is Verdict.INCONCLUSIVE
    assert run.verdict(ids[1]) is Verdict.PASSED


async def test_a_feeder_alone_without_hands_is_not_blamed(tmp_path: Path) -> None:
    async with judged_peer(tmp_path, profile="production-duplex") as peer:
        await peer.hands.do(Action.LOAD, sheets=1)
        peer.hands = NobodysHands()
        run = await Runner(peer, [CHECKS["wscn/create-scan-job/supported"]]).run()
    # One sheet was there for the ordinary job, none for the check.
    assert run.verdict(FIRST) is Verdict.PASSED
    assert run.verdict("wscn/create-scan-job/supported") is Verdict.NOT_RUN


async def test_a_device_that_makes_no_job_is_not_judged_further(tmp_path: Path) -> None:
    mutant = Mutant(FIRST, "no jobs", (refuses("CreateScanJob"),))
    run, _ = await judged(tmp_path, SOME, mutant)
    assert [each.id for each in run.judged] == [FIRST]
    assert run.verdict(FIRST) is Verdict.FAILED


@pytest.mark.parametrize("shuffle", [1, 2])
async def test_another_order_has_the_same_verdicts(shuffle: int, tmp_path: Path) -> None:
    ids = [id for id in CHECKS if id.startswith(("wscn/job", "wscn/fault", "wscn/condition"))]
    ids = [id for id in ids if not CHECKS[id].slow]
    run, _ = await judged(tmp_path, ids, shuffle=shuffle)
    wrong = [each for each in run.judged if each.verdict not in (Verdict.PASSED, Verdict.OBSERVED)]
    assert not wrong, wrong


LAGGING = [
    "wscn/condition/children",
    "wscn/condition/interlock-open",
    "wscn/scanner-state/processing-to-stopped",
    "wscn/scanner-state/stopped-to-processing",
    "wscn/job-reason/scanner-stopped",
    "wscn/job-reason/job-completed-with-errors",
]


async def test_a_device_that_tells_a_little_later_what_was_done_at_it_is_not_blamed(tmp_path: Path) -> None:
    async with judged_peer(tmp_path) as peer:
        peer.limits = replace(peer.limits, told=DeviceLimits().told)
        hands = peer.hands
        later: list[asyncio.Task[None]] = []

        class LateHands:
            """What they do is noticed by the device a little later."""

            tells_end = True

            async def do(self, action: Action, **details: Any) -> None:
                async def notices() -> None:
                    await asyncio.sleep(0.3)
                    await hands.do(action, **details)

                if action in (Action.OPEN, Action.JAM, Action.CONDITION):
                    later.append(asyncio.ensure_future(notices()))
                else:
                    await asyncio.gather(*later)
                    await hands.do(action, **details)

        peer.hands = LateHands()
        run = await Runner(peer, [CHECKS[id] for id in LAGGING]).run()
    assert {each.id: each.verdict for each in run.judged if each.verdict is not Verdict.PASSED} == {}
