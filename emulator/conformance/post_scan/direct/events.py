"""Events of a job, as the device takes them, and its subscription (docs/protocol/dpws.md, section 6)."""

from __future__ import annotations

from dataclasses import replace

from emulator.conformance.expect import met, require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.direct.ordinary import subscribing_job
from emulator.conformance.post_scan.direct.tolerance import require_lives
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Script, Turn
from emulator.conformance.post_scan.server import JobSeen
from emulator.conformance.verdict import NotApplicable, NotRun


@check("dsp/event/produced-and-supported", "eventing/delivery/answer")
async def events_are_taken(peer: PostScanPeer) -> str:
    """Both events of a job are taken, and answered with 202 or 200."""
    job = await subscribing_job(peer)
    require(len(job.events) >= 2, f"{len(job.events)} events were sent", "two", job.events)
    for each in job.events:
        require(each.answered, f"{each.operation}: {met(each)}", "HTTP 202", [each])
        right = each.status == 202 or (each.status == 200 and (each.told is None or each.told.fault is None))
        require(right, f"{each.operation} is answered with {met(each)}", "HTTP 202 or 200", [each])
    return ", ".join(f"{each.operation}: {each.status}" for each in job.events)


async def renewed_job(peer: PostScanPeer) -> JobSeen:
    """A job that lasts longer than the subscription that was granted. Raises NotApplicable, NotRun."""
    await subscribing_job(peer)
    seconds = peer.limits.subscription

    async def make() -> JobSeen:
        async def slowly(turn: Turn) -> Reply | None:
            if turn.operation == "SendImage" and turn.nth == 1:
                return replace(turn.usual(), after=1.25 * seconds)
            return None

        script = Script(slowly, grants=f"PT{seconds:g}S")
        job = await peer.order(f"a subscription of {seconds:g} seconds", script)
        if not job.of("Subscribe"):
            raise NotRun(f"{said(job)}: the device has not subscribed this time", job.exchanges[-2:])
        return job

    return await peer.situation("a subscription that runs out", make)


@check("eventing/expires/renewed-at-half-the-time")
async def renewed(peer: PostScanPeer) -> str:
    """A subscription that runs out before the job's end is renewed before it does."""
    job = await renewed_job(peer)
    begun, seconds = job.of("Subscribe")[0], peer.limits.subscription
    renewals = job.of("Renew")
    # It runs from the answer on, which the device has a little later than it was given.
    early = [each for each in renewals if each.began < begun.began + begun.ms / 1000 + seconds + 0.5]
    require(bool(early), f"{said(job)}", f"Renew within {seconds:g} s", [begun, *renewals[:1]])
    return f"after {early[0].began - begun.began:.1f} s of {seconds:g}"


@check("eventing/manager/identifier-as-a-header")
async def identifier(peer: PostScanPeer) -> str:
    """Renew, GetStatus and Unsubscribe have the wse:Identifier of the subscription as a header."""
    job = await renewed_job(peer)
    found = [each for each in job.of("Renew", "GetStatus", "Unsubscribe") if each.asked is not None]
    if not found:
        raise NotApplicable("the device neither renews nor ends its subscription", job.exchanges[:4])
    for each in found:
        assert each.asked is not None
        came = each.asked.text("/soap:Envelope/soap:Header/wse:Identifier")
        require(
            came == job.identifier, f"{each.operation} with {came or 'no wse:Identifier'}", job.identifier, [each]
        )
    return ", ".join(each.operation for each in found)


@check("eventing/expires/absent")
async def without_expires(peer: PostScanPeer) -> str:
    """Subscribe comes without Expires: the source chooses."""
    job = await subscribing_job(peer)
    found = job.of("Subscribe")[0]
    came = "" if found.asked is None else found.asked.text("//wse:Subscribe/wse:Expires")
    require(not came, f"Expires {came}", "none", [found])
    return "none"


async def job_of_lost_events(peer: PostScanPeer) -> JobSeen:
    """A job whose events do not come, though they were subscribed to."""

    async def make() -> JobSeen:
        return await peer.order("a subscription without events", Script(events=False))

    return await peer.situation("a subscription without events", make)


@check("bdsrr/3.2.4.2/best-effort")
async def end_without_events(peer: PostScanPeer) -> str:
    """Where no event comes, the end of the job is asked for by GetPostScanJobElements."""
    job = await job_of_lost_events(peer)
    require_lives(job)
    asked = job.of("GetPostScanJobElements")
    require(bool(asked), said(job), "GetPostScanJobElements", job.of("EndPostScanJob"))
    return said(job)
