"""What a person does at the device while it sends (docs/protocol/dsm.md, section 6)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from emulator.conformance.devices.hands import Action
from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Script, Turn
from emulator.conformance.post_scan.server import JobSeen
from emulator.conformance.verdict import NotRun

_LOOKS = 0.05
"""Seconds between two looks whether an image is being sent."""


async def _until_sending(job: JobSeen) -> None:
    while not job.of("SendImage"):  # noqa: ASYNC110 - it is at the other end of HTTP
        await asyncio.sleep(_LOOKS)


def _slow(seconds: float) -> Script:
    async def slowly(turn: Turn) -> Reply | None:
        return replace(turn.usual(), after=seconds) if turn.operation == "SendImage" and turn.nth == 1 else None

    return Script(slowly)


@check("dsp/answer/cancel-at-the-device", "dsp/cancel-post-scan-job/request")
async def cancel_at_the_device(peer: PostScanPeer) -> str:
    """A scan that is cancelled at the panel while an image is sent is cancelled at the scan server."""

    async def cancel(job: JobSeen) -> None:
        await _until_sending(job)
        await peer.hands.do(Action.CANCEL)

    job = await peer.order("a cancellation at the device", _slow(1.5), during=cancel)
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

    async def jams(job: JobSeen) -> None:
        await _until_sending(job)
        await peer.hands.do(Action.JAM)
        await asyncio.sleep(1.0)
        await peer.hands.do(Action.CLEAR)

    job = await peer.order("a jam in the middle", _slow(1.0), during=jams, sheets=5)
    count = len(job.acknowledged)
    right = not job.ended or count >= 5
    require(right, f"EndPostScanJob with {count} of 5 images", "all of them, or no end", job.of("EndPostScanJob"))
    return said(job)
