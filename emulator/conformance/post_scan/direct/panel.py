"""What a person does at the device while it sends (docs/protocol/dsm.md, section 6)."""

from __future__ import annotations

import asyncio

from emulator.conformance.devices.hands import Action
from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.direct.events import job_of_lost_events
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.script import Held
from emulator.conformance.post_scan.server import DISPATCHED, JobSeen
from emulator.conformance.verdict import NotRun


async def canceled_job(peer: PostScanPeer) -> JobSeen:
    """A job that is cancelled at the panel while its first image is sent."""

    async def make() -> JobSeen:
        held = Held("SendImage")

        async def cancel(job: JobSeen) -> None:
            with held:
                await held.reached()
                await peer.hands.do(Action.CANCEL)

        return await peer.order("a cancellation at the device", held.script, during=cancel)

    return await peer.situation("a cancellation at the device", make)


@check("dsp/operations/all-five")
async def all_operations(peer: PostScanPeer) -> str:
    """Each of the five operations of WS-DSP comes where it is called for: in an ordinary job, in one whose events
    do not come, and in one that is cancelled at the device."""
    jobs = [await peer.ordinary(), await job_of_lost_events(peer), await canceled_job(peer)]
    came = {each.operation for job in jobs for each in job.exchanges}
    missing = [each for each in DISPATCHED if each not in came]
    shown = [job.exchanges[-1] for job in jobs if job.exchanges]
    require(not missing, f"never {' nor '.join(missing)}", ", ".join(DISPATCHED), shown)
    return ", ".join(DISPATCHED)


@check("dsp/answer/cancel-at-the-device", "dsp/cancel-post-scan-job/request")
async def cancel_at_the_device(peer: PostScanPeer) -> str:
    """A scan that is cancelled at the panel while an image is sent is cancelled at the scan server."""
    job = await canceled_job(peer)
    ended, canceled = job.of("EndPostScanJob"), job.of("CancelPostScanJob")
    require(not ended, "EndPostScanJob of a job that was cancelled at the device", "CancelPostScanJob", ended)
    require(bool(canceled), f"{said(job)}", "CancelPostScanJob", job.exchanges[-2:])
    for each in canceled:
        told = [] if each.asked is None else [one.tag.rpartition("}")[2] for one in each.asked.contents[0]]
        require(told == ["JobToken"], ", ".join(told) or "nothing", "JobToken alone", [each])
    return said(job)


@check("dsp/answer/jam-loses-nothing")
async def jam(peer: PostScanPeer) -> str:
    """A jam in the middle of a job, which is cleared, does not end the job without a document."""
    if not peer.sheets:
        raise NotRun("somebody has to load the feeder: --control URL, --hook COMMAND or --ask")

    held = Held("SendImage")

    async def jams(job: JobSeen) -> None:
        with held:
            await held.reached()
            await peer.hands.do(Action.JAM)
        await asyncio.sleep(1.0)
        await peer.hands.do(Action.CLEAR)

    job = await peer.order("a jam in the middle", held.script, during=jams, sheets=5)
    count = len(job.acknowledged)
    right = not job.ended or count >= 5
    require(right, f"EndPostScanJob with {count} of 5 images", "all of them, or no end", job.of("EndPostScanJob"))
    return said(job)
