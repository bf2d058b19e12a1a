"""Events that do not arrive: a subscriber refuses them, closes the connection, or never answers; and how its
subscription ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import END_STATUSES, GET_STATUS, SUBSCRIPTION_END, WSE, Name
from emulator.conformance.subscribing import Subscription, asked, local_of, managed, subscribed
from emulator.conformance.verdict import NotRun

END: Final = local_of(SUBSCRIPTION_END)
_JOBS: Final = 3
"""By how many jobs the deliveries of their events have to have failed often enough."""
_ORDER: Final = ("SubscriptionManager", "Status", "Reason")


@dataclass(frozen=True, slots=True)
class Failing:
    """Subscriptions whose events do not arrive."""

    refusing: Subscription
    """HTTP 500 is answered."""
    closing: Subscription
    """The connection is closed."""
    without_end_to: Subscription
    """HTTP 500 is answered, and nobody is named who takes its end."""
    ends: tuple[list[Exchange], list[Exchange]]
    """What has come to EndTo of the first two."""

    @property
    def told(self) -> list[Exchange]:
        """Every SubscriptionEnd. Raises NotRun where there is none."""
        found = [each for ends in self.ends for each in ends if each.operation == END]
        if not found:
            raise NotRun("no SubscriptionEnd has come: eventing/delivery/undeliverable", [self.refusing.answer])
        return found


async def failing(peer: AskedPeer[Any]) -> Failing:
    """Jobs whose events do not arrive at three subscribers. Raises NotRun."""

    async def make() -> Failing:
        sink = peer.require_sink()
        end_tos = sink.address(), sink.address()
        refused = sink.address(), sink.address()
        for each in refused:
            sink.statuses[each] = 500
        actions = peer.job_events
        refusing = await subscribed(peer, *actions, notify_to=refused[0], end_to=end_tos[0])
        closed = await sink.closing_address()
        closing = await subscribed(peer, *actions, notify_to=closed, end_to=end_tos[1])
        without = await subscribed(peer, *actions, notify_to=refused[1])
        for number in range(_JOBS):
            await peer.whole_job(1)
            seconds = peer.limits.event if number == _JOBS - 1 else peer.limits.quiet
            await asyncio.gather(*(sink.wait(each, END, seconds) for each in end_tos))
            if all(sink.at(each) for each in end_tos):
                break
        await asyncio.sleep(peer.limits.quiet)  # one that should not come would come now
        return Failing(refusing, closing, without, (sink.at(end_tos[0]), sink.at(end_tos[1])))

    return await peer.situation("subscribers at whom events do not arrive", make)


@check("eventing/delivery/undeliverable")
async def undeliverable(peer: AskedPeer[Any]) -> None:
    """A subscriber who refuses events, and one who closes the connection, are told that their subscriptions end for
    DeliveryFailure, and they have ended."""
    found = await failing(peer)
    for subscription, ends, how in (
        (found.refusing, found.ends[0], "are refused"),
        (found.closing, found.ends[1], "meet a closed connection"),
    ):
        statuses = [asked(each).text("//wse:SubscriptionEnd/wse:Status").strip() for each in ends]
        require(
            END_STATUSES[0] in statuses,
            f"events {how}, and EndTo is told {', '.join(statuses) or 'nothing'}",
            f"{END} with {END_STATUSES[0]}",
            [subscription.answer, *ends],
        )
        answer = await managed(peer, subscription, GET_STATUS, "<wse:GetStatus/>")
        told = expect(answer).answer("a fault: there is no such subscription any more")
        require(told.fault is not None, "the subscription lasts", "it has ended", [*ends, answer])


@check("eventing/subscription-end/body")
async def end_body(peer: AskedPeer[Any]) -> None:
    """SubscriptionEnd has SubscriptionManager, Status and perhaps Reason, in that order."""
    for each in (await failing(peer)).told:
        body = asked(each).body
        named = asked(each).body_name
        require(named == Name(WSE, END), f"{named}", f"{Name(WSE, END)}", [each])
        assert body is not None
        names = [child.tag.rpartition("}")[2] for child in body if str(child.tag).startswith(f"{{{WSE}}}")]
        right = names[:2] == list(_ORDER[:2]) and set(names[2:]) <= {_ORDER[2]}
        require(right, f"{', '.join(names) or 'nothing'}", "SubscriptionManager, Status, Reason", [each], body)


@check("eventing/subscription-end/status")
async def end_status(peer: AskedPeer[Any]) -> None:
    """Status of SubscriptionEnd is one of the three that there are."""
    for each in (await failing(peer)).told:
        status = asked(each).text("//wse:SubscriptionEnd/wse:Status").strip()
        require(status in END_STATUSES, f"Status {status or 'is missing'}", f"one of {END_STATUSES}", [each])


@check("eventing/subscription-end/to-end-to-alone")
async def end_to_alone(peer: AskedPeer[Any]) -> None:
    """No SubscriptionEnd comes to NotifyTo, nor to a subscriber who has named no EndTo."""
    found = await failing(peer)
    assert found.told
    for each in (found.refusing, found.without_end_to):
        wrong = [came for came in peer.require_sink().at(each.notify_to) if came.operation == END]
        require(not wrong, f"a {END} to NotifyTo", "none there", [each.answer, *wrong])


@check("eventing/delivery/others-not-held-up")
async def others_not_held_up(peer: AskedPeer[Any]) -> None:
    """While one subscriber never answers, a job comes to its end, and another gets its events."""
    sink = peer.require_sink()
    silent = sink.address()
    sink.silent.add(silent)
    await subscribed(peer, *peer.job_events, notify_to=silent)
    other = await subscribed(peer, *peer.job_events)
    await peer.whole_job(1)
    name = local_of(peer.job_events[1])
    came = await sink.wait(other.notify_to, name, peer.limits.event)
    require(bool(came), f"no {name}", f"a {name}", [other.answer, *sink.at(silent)[:1]])
