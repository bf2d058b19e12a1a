"""A server that is slow, and right: whatever it takes its time for, no check says that it departs from a clause."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from judged_server import LIMITS, judged
from mutant import Mutant, Plug, handled, not_done, plugged, rewritten, text, token_of

from emulator.conformance.runner import FIRST
from emulator.dpws.points import EVENT, Bringing, OperationCall, OutgoingEvent
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
LATE = 0.45
"""Seconds: more than what must not come is waited for (LIMITS.quiet), and so short that the last of some events in
a row comes within LIMITS.event."""
OF_EVENTS = (
    "dsp/event/status-at-creation",
    "dsp/event/status-at-each-change",
    "dsp/job-state/in-their-order",
    "dsp/event/end-state-once",
    "dsp/event/only-to-subscribers",
    "eventing/filter/absent",
    "eventing/unsubscribe/events-stop",
    "eventing/expires/end-of-time",
)


def late_events(layers: Any) -> Any:
    async def handler(out: OutgoingEvent) -> Bringing:
        await asyncio.sleep(LATE)
        return Bringing()

    return plugged(layers, EVENT, handler)


def late_to_leave_creating() -> Plug:
    """A job is told as Creating for some time after EndPostScanJob."""
    ended: dict[str, float] = {}

    async def handler(call: OperationCall) -> Any:
        token, now = token_of(call), asyncio.get_running_loop().time()
        answer = await call.go_on()
        if call.name == "EndPostScanJob":
            ended[token] = now
        if call.name == "GetPostScanJobElements" and now < ended.get(token, now) + LATE:
            for each in answer.body.iter("{*}JobState"):
                each.text = "Creating"
        return answer

    return handled(handler)


async def test_events_come_late(tmp_path: Path) -> None:
    assert LIMITS.quiet < LATE < LIMITS.event / 8
    run, _ = await judged(tmp_path, OF_EVENTS, Mutant("", "late events", (late_events,)))
    assert {each.verdict for each in run.judged} == {Verdict.PASSED}, run.judged


async def test_a_job_is_late_to_leave_creating(tmp_path: Path) -> None:
    id = "dsp/end-post-scan-job/processing-may-begin"
    run, _ = await judged(tmp_path, [id], Mutant("", "late", (late_to_leave_creating(),)))
    assert run.verdict(FIRST) is Verdict.PASSED
    assert run.verdict(id) is Verdict.PASSED, run.judged


async def test_an_event_of_an_earlier_job_is_none_of_who_has_unsubscribed(tmp_path: Path) -> None:
    """What was sent before it was told to stop may arrive behind."""
    id = "eventing/unsubscribe/events-stop"
    other = "5d1e8f3a-0000-4000-8000-000000000001"
    change = rewritten(
        text("//dsp:JobToken", other), "PostScanJobStatusEvent", "PostScanJobEndStateEvent", faults=False
    )
    run, _ = await judged(tmp_path, [id], Mutant("", "of another job", (not_done("Unsubscribe"), change)))
    assert run.verdict(id) is Verdict.PASSED, run.judged
    run, _ = await judged(tmp_path / "own", [id], Mutant("", "of this job", (not_done("Unsubscribe"),)))
    assert run.verdict(id) is Verdict.FAILED, run.judged
