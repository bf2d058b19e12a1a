"""Subscriptions at a peer, and jobs whose events come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Generic

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer, J
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect
from emulator.conformance.names import FINAL_STATES, UNSUBSCRIBE, WSA, WSE, Name
from emulator.conformance.reading import Envelope
from emulator.conformance.verdict import Departure, NotApplicable

MARK: Final = "mark-of-the-judge"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that the peer has granted."""

    answer: Exchange
    notify_to: str
    manager: str
    """Address of its manager."""
    identifier: str
    """The header block that names it, as XML."""


async def subscribed(
    peer: AskedPeer[Any],
    *actions: str,
    expires: str = "PT10M",
    more: str = "",
    to: str = "",
    notify_to: str = "",
    end_to: str = "",
) -> Subscription:
    """Subscribe, for the check alone. Raises Departure, NotRun.

    - `more`: XML at the end of wse:Subscribe.
    - `to`: another service than that of jobs.
    - `notify_to`: where events go; '' for a new address of the sink.
    - `end_to`: where its end is told; '' for nowhere.
    """
    notify_to = notify_to or peer.require_sink().address()
    octets = requests.subscribe(
        to or peer.service, notify_to, actions, expires=expires, identifier=MARK, end_to=end_to
    )
    octets = octets.replace(b"</wse:Subscribe>", more.encode() + b"</wse:Subscribe>")
    answer = await peer.speaker.send(to or peer.service, octets, operation="Subscribe")
    require_eventing(answer)
    told = expect(answer).response("SubscribeResponse", WSE)
    manager = told.text("//wse:SubscriptionManager/wsa:Address")
    identifier = told.text("//wse:SubscriptionManager//wse:Identifier")
    block = f"<wse:Identifier>{identifier}</wse:Identifier>" if identifier else ""
    made = Subscription(answer, notify_to, manager or peer.service, block)
    peer.later(lambda: managed(peer, made, UNSUBSCRIBE, "<wse:Unsubscribe/>"))
    return made


def require_eventing(answer: Exchange) -> None:
    """Raise NotApplicable where the peer says that it knows no Subscribe: that it should is a check of its own."""
    told = answer.told
    fault = None if told is None else told.fault
    if fault is not None and fault.subcode == Name(WSA, "ActionNotSupported"):
        raise NotApplicable("Subscribe is answered with wsa:ActionNotSupported", [answer])


async def a_subscription(peer: AskedPeer[Any]) -> Subscription:
    """One that stays, for checks that only look at it."""
    return await peer.situation("a subscription", lambda: subscribed(peer, *peer.job_events))


@dataclass(frozen=True, slots=True)
class Watched(Generic[J]):
    """A job whose events came."""

    job: J
    subscription: Subscription
    events: list[Exchange]


async def _until_its_end_is_told(peer: AskedPeer[J], job: J, subscription: Subscription) -> None:
    """Wait for the status event with the final state, which may come behind the event of the end."""
    over = asyncio.get_running_loop().time() + peer.limits.event
    name = local_of(peer.job_events[0])
    while asyncio.get_running_loop().time() < over:
        for each in peer.require_sink().at(subscription.notify_to):
            told = each.asked
            meant = each.operation == name and told is not None and peer.is_about(job, told)
            if meant and told is not None and told.text("//*[local-name()='JobState']") in FINAL_STATES:
                return
        await asyncio.sleep(peer.limits.poll)


async def watched_job(peer: AskedPeer[J]) -> Watched[J]:
    """A whole job that was subscribed to before. Raises NotRun."""

    async def make() -> Watched[J]:
        subscription = await subscribed(peer, *peer.job_events)
        job = await peer.whole_job(1)
        sink = peer.require_sink()
        await sink.wait(subscription.notify_to, local_of(peer.job_events[1]), peer.limits.event)
        await _until_its_end_is_told(peer, job, subscription)
        await asyncio.sleep(peer.limits.quiet)  # a second one would come now
        # A subscriber hears of every job of the peer: those of others are no matter of this one.
        came = sink.at(subscription.notify_to)
        return Watched(
            job, subscription, [each for each in came if each.asked is None or peer.is_about(job, each.asked)]
        )

    return await peer.situation("a job whose events are taken", make)


async def managed(
    peer: AskedPeer[Any], subscription: Subscription, action: str, body: str, *, to: str = ""
) -> Exchange:
    """A message to the manager of a subscription.

    - `action`: of the message.
    - `body`: the content of its Body.
    - `to`: another address than the manager's.
    """
    where = to or subscription.manager
    octets = requests.envelope(where, action, body, headers=subscription.identifier)
    return await peer.speaker.send(where, octets, operation=action.rpartition("/")[2])


def local_of(action: str) -> str:
    """The last segment of an action."""
    return action.rpartition("/")[2]


def asked(event: Exchange) -> Envelope:
    """The envelope of an event. Raises Departure where it has none."""
    if event.asked is None:
        raise Departure(f"{len(event.request)} octets that are no envelope", "an event", [event])
    return event.asked


def some(watched: Watched[Any], name: str) -> list[Exchange]:
    """The events of that name. Raises Departure where there is none."""
    found = [each for each in watched.events if each.operation == name]
    if not found:
        raise Departure(f"no {name}", f"a {name}", [watched.subscription.answer])
    return found
