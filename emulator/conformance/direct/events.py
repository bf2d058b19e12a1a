"""The events of a job, as WS-DSP sends them."""

from __future__ import annotations

import asyncio
from typing import Final

from emulator.conformance.check import check
from emulator.conformance.expect import require
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.structures import flaws
from emulator.conformance.subscribing import MARK, asked, some, subscribed, watched_job
from emulator.conformance.verdict import Departure, NotApplicable

STATUS_EVENT: Final = "PostScanJobStatusEvent"
END_EVENT: Final = "PostScanJobEndStateEvent"


@check("dsp/event/produced-and-supported", "notes/c-30/events-come-from-the-server")
async def both_events(peer: ScanServerPeer) -> None:
    """A job that is subscribed to brings both events."""
    try:
        watched = await watched_job(peer)
    except NotApplicable as error:
        shown = [peer.recording.numbered(each) for each in error.evidence.exchanges]
        raise Departure(error.evidence.met, "events, for who subscribes", shown) from None
    some(watched, STATUS_EVENT)
    some(watched, END_EVENT)


@check("dsp/event/only-to-subscribers")
async def only_what_was_asked_for(peer: ScanServerPeer) -> None:
    """A subscriber to the end of jobs alone gets no other events."""
    subscription = await subscribed(peer, peer.job_events[1])
    await peer.whole_job(1)
    sink = peer.require_sink()
    await sink.wait(subscription.notify_to, END_EVENT, peer.limits.event)
    await asyncio.sleep(peer.limits.quiet)
    others = [each for each in sink.at(subscription.notify_to) if each.operation != END_EVENT]
    require(not others, f"a {others[0].operation if others else ''}", f"{END_EVENT} alone", others)


@check("dsp/event/status-at-creation")
async def event_at_creation(peer: ScanServerPeer) -> None:
    """The first status event of a job tells it as Creating."""
    watched = await watched_job(peer)
    first = some(watched, STATUS_EVENT)[0]
    state = asked(first).text("//dsp:JobState")
    require(state == "Creating", f"the first tells {state}", "Creating", [first])


@check(
    "dsp/event/status-at-each-change", "dsp/event/status-while-filters-run", "bdsrr/3.2.4.8/sent-to-all-subscribers"
)
async def event_at_each_change(peer: ScanServerPeer) -> str:
    """Status events tell the job as Creating, as being processed, and as ended."""
    watched = await watched_job(peer)
    states = [asked(each).text("//dsp:JobState") for each in some(watched, STATUS_EVENT)]
    between = {"Pending", "Started", "Processing"} & set(states)
    require(
        bool(between) and "Creating" in states,
        f"{', '.join(states)}",
        "each state that the job came through",
        watched.events,
    )
    return ", ".join(dict.fromkeys(states))


@check(
    "dsp/job-transition/pending-started-processing",
    "dsp/job-transition/end-leads-to-pending",
    "dsp/job-state/in-their-order",
)
async def states_in_order(peer: ScanServerPeer) -> str:
    """The states that events tell are in their order: Creating, Pending, Started, Processing, the end."""
    order = ("Creating", "Pending", "Started", "Processing", "Completed")
    watched = await watched_job(peer)
    states = [asked(each).text("//dsp:JobState") for each in some(watched, STATUS_EVENT)]
    places = [order.index(each) for each in states if each in order]
    require(places == sorted(places), f"{', '.join(states)}", f"the order {', '.join(order)}", watched.events)
    return ", ".join(dict.fromkeys(states))


@check("dsp/event/end-state-once", "bdsrr/3.2.4.9/sent-to-all-subscribers")
async def one_end_event(peer: ScanServerPeer) -> None:
    """One end-state event comes, when the job has ended."""
    watched = await watched_job(peer)
    count = len(some(watched, END_EVENT))
    require(count == 1, f"{count} of {END_EVENT}", "one", watched.events)


@check("dsp/event/action", "notes/silent/dsp-event-actions", "addressing/action/of-an-event")
async def event_action(peer: ScanServerPeer) -> None:
    """The action of an event is namespace and name, that of its filter."""
    watched = await watched_job(peer)
    require(bool(watched.events), "no event", "events", [watched.subscription.answer])
    for each in watched.events:
        wanted = " or ".join(peer.job_events)
        require(asked(each).action in peer.job_events, f"wsa:Action {asked(each).action}", wanted, [each])


@check("addressing/to/of-an-event")
async def event_to(peer: ScanServerPeer) -> None:
    """wsa:To of an event is the address of NotifyTo."""
    watched = await watched_job(peer)
    require(bool(watched.events), "no event", "events", [watched.subscription.answer])
    for each in watched.events:
        to = asked(each).text("/soap:Envelope/soap:Header/wsa:To")
        require(to == watched.subscription.notify_to, f"wsa:To {to}", watched.subscription.notify_to, [each])


@check("eventing/delivery/reference-parameters", "addressing/reference-parameters/copied-as-headers")
async def event_reference(peer: ScanServerPeer) -> None:
    """Each event has the reference parameters of NotifyTo as header blocks."""
    watched = await watched_job(peer)
    require(bool(watched.events), "no event", "events", [watched.subscription.answer])
    for each in watched.events:
        told = asked(each).text("/soap:Envelope/soap:Header/*[local-name()='Mark']")
        require(told == MARK, f"the header Mark {told or 'is missing'}", MARK, [each])


@check("dsp/event/status-body", "bdsrr/3.2.4.8/one-job-status")
async def status_body(peer: ScanServerPeer) -> None:
    """PostScanJobStatusEvent holds one JobStatus."""
    await _require_body(peer, STATUS_EVENT, "//dsp:PostScanJobStatusEvent")


@check("dsp/event/end-state-body", "bdsrr/3.2.4.9/children", "bdsrr/3.2.4.9/within-post-scan-job-end-state")
async def end_state_body(peer: ScanServerPeer) -> None:
    """PostScanJobEndStateEvent holds one PostScanJobEndState with its children in order."""
    await _require_body(peer, END_EVENT, "//dsp:PostScanJobEndStateEvent | //dsp:PostScanJobEndState")


async def _require_body(peer: ScanServerPeer, name: str, path: str) -> None:
    watched = await watched_job(peer)
    for each in some(watched, name):
        found = asked(each).all(path)
        require(bool(found), f"the body {asked(each).body_name}", name, [each])
        for structure in found:
            wrong = flaws(structure)
            require(not wrong, wrong[0].says if wrong else "", "the children of the documents", [each], structure)


@check("bdsrr/3.2.4.8/current-values")
async def status_current(peer: ScanServerPeer) -> None:
    """The status events count the images as they come: never less than before, all in the last."""
    watched = await watched_job(peer)
    counts = [int(asked(each).text("//dsp:ImagesReceived") or -1) for each in some(watched, STATUS_EVENT)]
    right = counts == sorted(counts) and counts[-1] == len(watched.job.images)
    require(right, f"ImagesReceived {counts}", f"up to {len(watched.job.images)}", watched.events)


@check("bdsrr/3.2.4.9/final-values")
async def end_final(peer: ScanServerPeer) -> None:
    """The end-state event has the final values: state, filters, images."""
    watched = await watched_job(peer)
    event = some(watched, END_EVENT)[0]
    told = asked(event)
    wanted = {
        "JobToken": watched.job.token,
        "JobCompletedState": watched.job.last_status.text("//dsp:JobState"),
        "ImagesReceived": str(len(watched.job.images)),
    }
    for name, value in wanted.items():
        came = told.text(f"//dsp:{name}")
        require(came == value, f"{name} {came or 'is missing'}", value, [event])


@check("dsp/event/scan-process-of-the-job")
async def end_scan_process(peer: ScanServerPeer) -> None:
    """The end-state event names the scan process of the job."""
    event = some(await watched_job(peer), END_EVENT)[0]
    came = asked(event).text("//dsp:PSP_Identifier").strip("{}").lower()
    wanted = peer.order.scan_process.strip("{}").lower()
    require(came == wanted, f"PSP_Identifier {came}", wanted, [event])


@check("dsp/event/transport")
async def event_transport(peer: ScanServerPeer) -> str:
    """Whether events come by the transport that the address names."""
    watched = await watched_job(peer)
    require(bool(watched.events), "no event", "events", [watched.subscription.answer])
    return watched.events[0].url.partition(":")[0]
