"""Time limits of the documents: ten minutes without an image and without an end."""

from __future__ import annotations

import asyncio

from emulator.conformance.check import check
from emulator.conformance.expect import expect, require
from emulator.conformance.peer import ScanServerPeer


@check(
    "dsp/job-transition/timed-out",
    "dsp/job-transition/timed-out-is-aborted",
    "dsp/job-state-reason/post-scan-job-timed-out",
    "notes/silent/final-state-after-time-out",
    slow=True,
)
async def timed_out(peer: ScanServerPeer) -> None:
    """A job that gets no EndPostScanJob within ten minutes ends as Aborted, with the reason PostScanJobTimedOut."""

    async def make() -> str:
        job = await peer.new_job()
        await asyncio.sleep(peer.limits.time_limit)
        return job.token

    token = await peer.situation("a job whose time is over", make)
    answer = await peer.elements(token)
    told = expect(answer).response("GetPostScanJobElementsResponse")
    reason, state = told.text("//dsp:JobStateReason"), told.text("//dsp:JobState")
    require(reason == "PostScanJobTimedOut", f"{state} ({reason or 'no reason'})", "PostScanJobTimedOut", [answer])
    require(state == "Aborted", f"{state} ({reason})", "Aborted", [answer])
