"""What a scanner tells its subscribers (docs/protocol/ws-scan.md, section 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from emulator.conformance.devices.asked_device import FINAL_STATES
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.configuration import MOST
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.keywords import JOB_STATES, SCANNER_STATES, STATE_REASONS
from emulator.conformance.devices.panel_jobs import destination
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import (
    child,
    children,
    require_child,
    require_children,
    require_keyword,
    require_number,
    require_time,
    text,
)
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import UNSUBSCRIBE, WSCN
from emulator.conformance.reading import name_of
from emulator.conformance.subscribing import asked, managed, some, subscribed, watched_job
from emulator.conformance.verdict import Departure, NotRun

CONDITION_EVENT: Final = "ScannerStatusConditionEvent"
CLEARED_EVENT: Final = "ScannerStatusConditionClearedEvent"
SUMMARY_EVENT: Final = "ScannerStatusSummaryEvent"
STATUS_EVENT: Final = "JobStatusEvent"
END_EVENT: Final = "JobEndStateEvent"
NAMES: Final = (
    "ScannerElementsChangeEvent",
    SUMMARY_EVENT,
    CONDITION_EVENT,
    CLEARED_EVENT,
    STATUS_EVENT,
    END_EVENT,
    "ScanAvailableEvent",
)
"""[wscn/event/names]"""
JOB_END: Final = (
    "JobId",
    "JobCompletedState",
    "JobCompletedStateReasons",
    "JobName",
    "JobOriginatingUserName",
    "ScansCompleted",
    "JobCompletedTime",
)
STATUS: Final = (
    "JobId",
    "JobState",
    "JobStateReasons",
    "ScansCompleted",
    "JobCreatedTime",
    "JobCompletedTime",
)


def content_of(event: Exchange, name: str) -> Any:
    """The element of that name within an event's root. Raises Departure."""
    body = asked(event).body
    found = None if body is None else next((each for each in body if name_of(each).local == name), None)
    if found is None:
        raise Departure(f"{asked(event).body_name} without {name}", name, [event])
    return found


async def events_of_a_job(peer: DevicePeer, name: str) -> list[Exchange]:
    """Those of that name which a whole job brought. Raises Departure where there is none."""
    return some(await watched_job(peer), name)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cover was opened and closed again."""

    events: tuple[Exchange, ...]
    """All that came."""
    before: int
    """How many of them until it was closed."""
    granted: Exchange

    def of(self, name: str) -> list[Exchange]:
        """Those of that name. Raises Departure where there is none."""
        found = [each for each in self.events if each.operation == name]
        if not found:
            raise Departure(f"no {name}", f"a {name}", [self.granted])
        return found


async def trouble(peer: DevicePeer) -> Trouble:
    """What a subscriber is told of an open cover that is closed again, seen once for all checks. Raises NotRun."""

    async def make() -> Trouble:
        actions = [f"{WSCN}/{each}" for each in (CONDITION_EVENT, CLEARED_EVENT, SUMMARY_EVENT)]
        sink = peer.require_sink()
        subscription = await subscribed(peer, *actions)
        await peer.hands.do(Action.OPEN)
        await sink.wait(subscription.notify_to, SUMMARY_EVENT, peer.limits.event)
        await asyncio.sleep(peer.limits.quiet)
        before = len(sink.at(subscription.notify_to))
        await peer.hands.do(Action.CLEAR)
        await sink.wait(subscription.notify_to, SUMMARY_EVENT, peer.limits.event, 2)
        await asyncio.sleep(peer.limits.quiet)
        return Trouble(tuple(sink.at(subscription.notify_to)), before, subscription.answer)

    return await peer.situation("a cover that is opened and closed again", make)


# Of jobs


@check("wscn/event/job-status")
async def job_status(peer: DevicePeer) -> None:
    """JobStatusEvent holds JobStatus, of the job that is under way."""
    watched = await watched_job(peer)
    for each in await events_of_a_job(peer, STATUS_EVENT):
        status = content_of(each, "JobStatus")
        require_children(status, STATUS, each, STATUS[4:])
        require_keyword(child(status, "JobState"), JOB_STATES, each)
        own = text(child(status, "JobId"))
        wanted = str(watched.job.id)
        require(own == wanted, f"JobId {own}", wanted, [each], status)


@check("wscn/event/first-job-status", "dsd/event/first-job-status-is-started", "wscn/job-state/started")
async def first_job_status(peer: DevicePeer) -> str:
    """The first JobStatusEvent of a job says Started."""
    first = (await events_of_a_job(peer, STATUS_EVENT))[0]
    state = text(child(content_of(first, "JobStatus"), "JobState"))
    require(state == "Started", f"{state} in the first", "Started", [first])
    return state


@check("wscn/event/job-end-state", "wscn/job/job-end-state", "notes/c-22/job-end-state-has-its-own-children")
async def job_end_state(peer: DevicePeer) -> None:
    """One JobEndStateEvent comes, with the children of JobEndState."""
    found = await events_of_a_job(peer, END_EVENT)
    require(len(found) == 1, f"{len(found)} JobEndStateEvent", "one", found)
    require_children(content_of(found[0], "JobEndState"), JOB_END, found[0], JOB_END[6:])


@check("wscn/job-state/end-states", "notes/c-21/terminating-is-not-final", "notes/c-30/completed-state-is-a-state")
async def end_states(peer: DevicePeer) -> str:
    """JobCompletedState is Aborted, Canceled or Completed: here Completed."""
    event = (await events_of_a_job(peer, END_EVENT))[0]
    state = require_child(content_of(event, "JobEndState"), "JobCompletedState", event)
    require(text(state) in FINAL_STATES, text(state), " or ".join(FINAL_STATES), [event], state)
    require(text(state) == "Completed", text(state), "Completed", [event], state)
    return text(state)


@check("wscn/job/scans-completed-updated")
async def scans_completed(peer: DevicePeer) -> None:
    """ScansCompleted of JobEndState is the count of the images."""
    watched = await watched_job(peer)
    event = (await events_of_a_job(peer, END_EVENT))[0]
    found = require_child(content_of(event, "JobEndState"), "ScansCompleted", event)
    count = require_number(found, 0, MOST, event)
    wanted = len(watched.job.images)
    require(count == wanted, f"ScansCompleted {count}", str(wanted), [event], found)


@check(
    "wscn/job-state/started-to-processing",
    "wscn/job-state/pending-to-started",
    "wscn/job-state/creating-to-pending",
)
async def states_in_order(peer: DevicePeer) -> str:
    """The states that events tell are in the order of the documents."""
    order = ("Creating", "Pending", "Started", "Processing", "Completed")
    found = await events_of_a_job(peer, STATUS_EVENT)
    states = [text(child(content_of(each, "JobStatus"), "JobState")) for each in found]
    places = [order.index(each) for each in states if each in order]
    require(places == sorted(places), ", ".join(states), f"the order {', '.join(order)}", found)
    return ", ".join(dict.fromkeys(states))


# Of the scanner


@check("wscn/event/scanner-status-condition")
async def condition(peer: DevicePeer) -> None:
    """An open cover is told by ScannerStatusConditionEvent with the DeviceCondition."""
    for each in (await trouble(peer)).of(CONDITION_EVENT):
        require_children(content_of(each, "DeviceCondition"), ("Time", "Name", "Component", "Severity"), each)


@check("wscn/event/scanner-status-condition-cleared", "notes/c-28/condition-cleared-event")
async def condition_cleared(peer: DevicePeer) -> None:
    """A cover that is closed is told by ScannerStatusConditionClearedEvent with DeviceConditionCleared."""
    for each in (await trouble(peer)).of(CLEARED_EVENT):
        cleared = content_of(each, "DeviceConditionCleared")
        require_children(cleared, ("ConditionId", "ConditionClearTime"), each)
        require_time(child(cleared, "ConditionClearTime"), each)


@check("wscn/event/condition-id-reported-before")
async def condition_id(peer: DevicePeer) -> None:
    """ConditionId is the Id that an event before has told."""
    came = await trouble(peer)
    told = [content_of(each, "DeviceCondition").get("Id") for each in came.of(CONDITION_EVENT)]
    for each in came.of(CLEARED_EVENT):
        found = require_child(content_of(each, "DeviceConditionCleared"), "ConditionId", each)
        right = text(found) in told
        require(right, f"ConditionId {text(found)}", f"one of {', '.join(map(str, told))}", [each], found)


@check("wscn/event/scanner-status-summary")
async def status_summary(peer: DevicePeer) -> str:
    """Each change is told by ScannerStatusSummaryEvent: Stopped, and then no more."""
    found = (await trouble(peer)).of(SUMMARY_EVENT)
    states = []
    for each in found:
        summary = content_of(each, "StatusSummary")
        require_children(summary, ("ScannerState", "ScannerStateReasons"), each)
        require_keyword(child(summary, "ScannerState"), SCANNER_STATES, each)
        for reason in children(child(summary, "ScannerStateReasons"), "ScannerStateReason"):
            require_keyword(reason, STATE_REASONS, each)
        states.append(text(child(summary, "ScannerState")))
    right = "Stopped" in states and states[-1] != "Stopped"
    require(right, ", ".join(states), "Stopped, and then another", found)
    return ", ".join(states)


@check("wscn/scanner-state/idle-to-stopped")
async def idle_to_stopped(peer: DevicePeer) -> None:
    """The first summary of an open cover says Stopped."""
    first = (await trouble(peer)).of(SUMMARY_EVENT)[0]
    state = text(child(content_of(first, "StatusSummary"), "ScannerState"))
    require(state == "Stopped", state, "Stopped", [first])


@check("wscn/event/order-of-a-failure")
async def order_of_a_failure(peer: DevicePeer) -> None:
    """The condition is told before the summary."""
    came = await trouble(peer)
    names = [each.operation for each in came.events[: came.before]]
    _require_order(names, (CONDITION_EVENT, SUMMARY_EVENT), came)


@check("wscn/event/order-of-a-repair")
async def order_of_a_repair(peer: DevicePeer) -> None:
    """The clearing is told before the summary."""
    came = await trouble(peer)
    names = [each.operation for each in came.events[came.before :]]
    _require_order(names, (CLEARED_EVENT, SUMMARY_EVENT), came)


def _require_order(names: list[str], wanted: tuple[str, str], came: Trouble) -> None:
    there = all(each in names for each in wanted)
    right = there and names.index(wanted[0]) < names.index(wanted[1])
    require(right, ", ".join(names) or "no event", ", ".join(wanted), [came.granted, *came.events])


@check("wscn/event/names")
async def names_of_events(peer: DevicePeer) -> str:
    """The root of each event has the name of the table, that of its action."""
    came = [*(await trouble(peer)).events, *(await watched_job(peer)).events]
    require(bool(came), "no event", "events", [])
    for each in came:
        root = asked(each).body_name.local
        right = root in NAMES and root == each.operation
        require(right, f"{root} with the action {each.operation}", "one name of the table", [each])
    return ", ".join(sorted({each.operation for each in came}))


# Scans that are begun at the panel

DESTINATION: Final = "Conformance run"
CONTEXT: Final = "context-of-the-judge"


@dataclass(frozen=True, slots=True)
class Offered:
    """A destination that was offered, and what came of it."""

    granted: Exchange
    token: str
    identifier: str
    events: tuple[Exchange, ...]
    others: tuple[Exchange, ...]
    """That came to somebody else, who has offered another destination."""


async def offered(peer: DevicePeer) -> Offered:
    """Two subscribers offer a destination, and a user picks that of the first. Raises NotRun."""

    async def make() -> Offered:
        sink = peer.require_sink()
        action = f"{WSCN}/ScanAvailableEvent"
        first = await subscribed(peer, action, more=destination(DESTINATION, CONTEXT))
        second = await subscribed(peer, action, more=destination("Somebody else", "other"))
        told = first.answer.envelope
        token = told.text("//wscn:DestinationResponses/wscn:DestinationResponse/wscn:DestinationToken")
        await peer.hands.do(Action.SCAN_TO, to=DESTINATION)
        await sink.wait(first.notify_to, "ScanAvailableEvent", peer.limits.event)
        await asyncio.sleep(peer.limits.quiet)
        events = tuple(sink.at(first.notify_to))
        identifier = asked(events[0]).text("//wscn:ScanIdentifier") if events else ""
        return Offered(first.answer, token, identifier, events, tuple(sink.at(second.notify_to)))

    return await peer.situation("a destination that a user picks", make)


@check("wscn/scan-available/destination-responses")
async def destination_responses(peer: DevicePeer) -> None:
    """SubscribeResponse has a DestinationToken for the ScanDestination."""
    granted = await _offered(peer)
    found = granted.envelope.all("//wscn:DestinationResponses/wscn:DestinationResponse")
    require(len(found) == 1, f"{len(found)} DestinationResponse", "one", [granted], granted.envelope.body)
    token = text(child(found[0], "DestinationToken"))
    require(bool(token), "no DestinationToken", "one", [granted], found[0])


@check("wscn/scan-available/context-copied")
async def context_copied(peer: DevicePeer) -> None:
    """DestinationResponse has the ClientContext unchanged."""
    granted = await _offered(peer)
    came = granted.envelope.text("//wscn:DestinationResponses/wscn:DestinationResponse/wscn:ClientContext")
    require(came == CONTEXT, f"ClientContext {came!r}", repr(CONTEXT), [granted], granted.envelope.body)


async def _offered(peer: DevicePeer) -> Exchange:
    """The answer to a Subscribe that offers a destination. Raises NotRun."""
    return await peer.situation(
        "a destination that is offered", lambda: _offer(peer, destination("Conformance offer", CONTEXT))
    )


async def _offer(peer: DevicePeer, destinations: str) -> Exchange:
    return (await subscribed(peer, f"{WSCN}/ScanAvailableEvent", more=destinations)).answer


async def _require_taken(peer: DevicePeer, destinations: str) -> None:
    """A Subscribe with these destinations is granted, with a DestinationToken."""
    granted = await _offer(peer, destinations)
    token = granted.envelope.text("//wscn:DestinationResponse/wscn:DestinationToken")
    require(bool(token), "no DestinationToken", "one", [granted], granted.envelope.body)


@check("wscn/scan-available/client-display-string-accepted", "notes/c-10/client-display-string-read")
async def client_display_string(peer: DevicePeer) -> None:
    """A destination whose name stands in ClientDisplayString is taken."""
    offered = destination("By another name", CONTEXT)
    await _require_taken(peer, offered.replace("ClientDisplayName", "ClientDisplayString"))


@check("eventing/filter/scan-destinations-of-2006-01", "clients/wsd-python/scan-destinations-in-2006-01")
async def destinations_of_2006_01(peer: DevicePeer) -> None:
    """ScanDestinations in the namespace of 2006/01 are taken."""
    offered = destination("Of another year", CONTEXT).replace("wscn:", "old:")
    old = f'<old:ScanDestinations xmlns:old="{WSCN.replace("2006/08", "2006/01")}">'
    await _require_taken(peer, offered.replace("<old:ScanDestinations>", old))


@check("wscn/scan-available/display-name-shown", "wscn/event/scan-available")
async def scan_available(peer: DevicePeer) -> None:
    """The destination can be picked by its name, and then ScanAvailableEvent comes."""
    came = await offered(peer)
    require(len(came.events) == 1, f"{len(came.events)} ScanAvailableEvent", "one", [came.granted, *came.events])


@check("wscn/scan-available/event-to-one-client")
async def event_to_one_client(peer: DevicePeer) -> None:
    """Nobody else gets it."""
    came = await offered(peer)
    require(not came.others, f"{len(came.others)} events to somebody else", "none", came.others)


@check("wscn/scan-available/event-content")
async def event_content(peer: DevicePeer) -> None:
    """It holds the ClientContext of the destination and a ScanIdentifier."""
    came = await offered(peer)
    require(bool(came.events), "no ScanAvailableEvent", "one", [came.granted])
    told = asked(came.events[0])
    context = told.text("//wscn:ClientContext")
    require(context == CONTEXT, f"ClientContext {context!r}", repr(CONTEXT), [came.events[0]], told.body)
    require(bool(came.identifier), "no ScanIdentifier", "one", [came.events[0]], told.body)


@check("wscn/scan-available/identifier-unique")
async def identifier_unique(peer: DevicePeer) -> None:
    """A second scan has another ScanIdentifier."""
    before = await offered(peer)
    sink = peer.require_sink()
    action = f"{WSCN}/ScanAvailableEvent"
    again = await subscribed(peer, action, more=destination("Second run", CONTEXT))
    await peer.hands.do(Action.SCAN_TO, to="Second run")
    came = await sink.wait(again.notify_to, "ScanAvailableEvent", peer.limits.event)
    require(bool(came), "no ScanAvailableEvent", "one", [again.answer])
    identifier = asked(came[0]).text("//wscn:ScanIdentifier")
    right = bool(identifier) and identifier != before.identifier
    require(right, f"ScanIdentifier {identifier!r} again", "another", [*before.events, came[0]])


@check("wscn/scan-available/destinations-end-with-the-subscription")
async def destinations_end(peer: DevicePeer) -> str:
    """A destination cannot be picked once its subscription was ended."""
    sink = peer.require_sink()
    action = f"{WSCN}/ScanAvailableEvent"
    gone = await subscribed(peer, action, more=destination("Gone again", CONTEXT))
    await managed(peer, gone, UNSUBSCRIBE, "<wse:Unsubscribe/>")
    try:
        await peer.hands.do(Action.SCAN_TO, to="Gone again")
    except NotRun as error:
        if "somebody has to" in str(error):
            raise
        return str(error)
    came = await sink.wait(gone.notify_to, "ScanAvailableEvent", peer.limits.quiet)
    require(not came, "a ScanAvailableEvent", "none", came)
    return "nothing comes"
