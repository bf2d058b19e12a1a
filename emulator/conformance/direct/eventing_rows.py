"""WS-Eventing at the service that takes jobs."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import RECEIVER, SENDER, expect, require
from emulator.conformance.names import (
    EVENTING_FAULT,
    GET_STATUS,
    PUSH,
    RENEW,
    SUBSCRIBE,
    UNSUBSCRIBE,
    WSDP,
    WSE,
    Name,
)
from emulator.conformance.subscribing import (
    Subscription,
    a_subscription,
    local_of,
    managed,
    require_eventing,
    subscribed,
)
from emulator.conformance.verdict import NotRun

DURATION: Final = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")

# Subscribe


@check("eventing/subscribe/supported", "dsc/wire/event-source", "wsdapi/wsdbit/subscribe-and-renew-with-duration")
async def subscribe(peer: AskedPeer[Any]) -> None:
    """Subscribe to both events is answered with SubscribeResponse."""
    octets = requests.subscribe(peer.service, peer.require_sink().address(), peer.job_events)
    answer = await peer.speaker.send(peer.service, octets, operation="Subscribe")
    expect(answer).response("SubscribeResponse", WSE)


@check("eventing/subscribe/response")
async def subscribe_response(peer: AskedPeer[Any]) -> None:
    """SubscribeResponse has SubscriptionManager, then Expires."""
    subscription = await a_subscription(peer)
    body = subscription.answer.envelope.body
    assert body is not None
    found = [each.tag.rpartition("}")[2] for each in body if each.tag.startswith(f"{{{WSE}}}")]
    require(
        found == ["SubscriptionManager", "Expires"],
        f"{found}",
        "SubscriptionManager, Expires",
        [subscription.answer],
    )


@check("eventing/subscribe/identifier")
async def identifiers_differ(peer: AskedPeer[Any]) -> None:
    """Two subscriptions have two identifiers."""
    found = [await subscribed(peer, *peer.job_events) for _ in range(2)]
    shown = [each.answer for each in found]
    require(all(each.identifier for each in found), "no wse:Identifier", "a wse:Identifier", shown)
    require(found[0].identifier != found[1].identifier, "one identifier for two", "one for each", shown)


@check("eventing/subscribe/identifier-of-a-uuid")
async def identifier_form(peer: AskedPeer[Any]) -> None:
    """wse:Identifier is a urn:uuid: URI."""
    subscription = await a_subscription(peer)
    told = subscription.answer.envelope.text("//wse:Identifier")
    require(told.startswith("urn:uuid:"), f"wse:Identifier {told}", "urn:uuid: and a UUID", [subscription.answer])


@check("eventing/namespace/of-2004-08")
async def subscribe_action(peer: AskedPeer[Any]) -> None:
    """The action of SubscribeResponse is that of 2004/08."""
    subscription = await a_subscription(peer)
    came = subscription.answer.envelope.action.strip()
    require(came == f"{SUBSCRIBE}Response", f"wsa:Action {came}", f"{SUBSCRIBE}Response", [subscription.answer])


@check("eventing/expires/duration-answered-with-a-duration")
async def duration(peer: AskedPeer[Any]) -> str:
    """A duration that was asked for is answered with a duration."""
    subscription = await a_subscription(peer)
    told = subscription.answer.envelope.text("//wse:Expires")
    require(bool(DURATION.fullmatch(told)), f"Expires {told or 'is missing'}", "a duration", [subscription.answer])
    return told


@check("eventing/expires/date-time-answered-with-a-date-time")
async def date_time(peer: AskedPeer[Any]) -> str:
    """A dateTime that was asked for is answered with a dateTime."""
    subscription = await subscribed(peer, *peer.job_events, expires="2099-01-01T00:00:00Z")
    told = subscription.answer.envelope.text("//wse:Expires")
    require(
        "T" in told and not told.startswith(("P", "-P")), f"Expires {told}", "a dateTime", [subscription.answer]
    )
    return told


@check("eventing/filter/absent")
async def without_a_filter(peer: AskedPeer[Any]) -> None:
    """All events of the service are sent to who has named no filter."""
    subscription = await subscribed(peer)
    await peer.whole_job(1)
    for name in map(local_of, peer.job_events):
        came = await peer.require_sink().wait(subscription.notify_to, name, peer.limits.event)
        require(bool(came), f"no {name}", f"a {name}", [subscription.answer])


@check("eventing/filter/matches-by-whole-segments")
async def filter_by_prefix(peer: AskedPeer[Any]) -> None:
    """A filter that is the beginning of an action, by whole segments, matches it."""
    subscription = await subscribed(peer, peer.job_events[1].rpartition("/")[0])
    await peer.whole_job(1)
    name = local_of(peer.job_events[1])
    came = await peer.require_sink().wait(subscription.notify_to, name, peer.limits.event)
    require(bool(came), f"no {name}", f"a {name}", [subscription.answer])


@check("eventing/delivery/push")
async def without_a_mode(peer: AskedPeer[Any]) -> None:
    """A Subscribe that names no delivery mode means Push, and is granted."""
    notify_to = peer.require_sink().address()
    octets = requests.subscribe(peer.service, notify_to, peer.job_events).replace(f' Mode="{PUSH}"'.encode(), b"")
    answer = await peer.speaker.send(peer.service, octets, operation="Subscribe")
    require_eventing(answer)
    expect(answer).response("SubscribeResponse", WSE)


# Renew, GetStatus, Unsubscribe


@check("eventing/renew/supported")
async def renew(peer: AskedPeer[Any]) -> None:
    """Renew is answered with RenewResponse and Expires."""
    subscription = await subscribed(peer, *peer.job_events)
    answer = await managed(peer, subscription, RENEW, "<wse:Renew><wse:Expires>PT20M</wse:Expires></wse:Renew>")
    told = expect(answer).response("RenewResponse", WSE).text("//wse:RenewResponse/wse:Expires")
    require(bool(told), "no Expires", "Expires", [answer])


@check("eventing/get-status/supported", "wsdapi/eventing/get-status")
async def get_status(peer: AskedPeer[Any]) -> None:
    """GetStatus is answered with GetStatusResponse and Expires."""
    subscription = await subscribed(peer, *peer.job_events)
    answer = await managed(peer, subscription, GET_STATUS, "<wse:GetStatus/>")
    told = expect(answer).response("GetStatusResponse", WSE).text("//wse:GetStatusResponse/wse:Expires")
    require(bool(told), "no Expires", "Expires", [answer])


@check("eventing/unsubscribe/supported", "eventing/unsubscribe/empty-response")
async def unsubscribe(peer: AskedPeer[Any]) -> None:
    """Unsubscribe is answered with an empty body."""
    subscription = await subscribed(peer, *peer.job_events)
    answer = await managed(peer, subscription, UNSUBSCRIBE, "<wse:Unsubscribe/>")
    told = expect(answer).answer("UnsubscribeResponse")
    require(told.fault is None, f"{told.fault}", "UnsubscribeResponse", [answer])
    require(not told.contents, f"the body {told.body_name}", "an empty body", [answer])


def _about(peer: AskedPeer[Any], job: Any, came: list[Exchange]) -> list[Exchange]:
    """Those about a job: an event of an earlier one, which is still under way, was rightly sent."""
    return [each for each in came if each.asked is None or peer.is_about(job, each.asked)]


@check("eventing/unsubscribe/events-stop", "wsdapi/wsdbit/unsubscribe-stops-events")
async def events_stop(peer: AskedPeer[Any]) -> None:
    """After Unsubscribe no event comes."""
    subscription = await subscribed(peer, *peer.job_events)
    await managed(peer, subscription, UNSUBSCRIBE, "<wse:Unsubscribe/>")
    sink = peer.require_sink()
    job = await peer.whole_job(1)
    await asyncio.sleep(peer.limits.quiet)
    came = _about(peer, job, sink.at(subscription.notify_to))
    require(not came, f"{len(came)} events", "none", came[:1])


@check("eventing/manager/served-at-the-service-address")
async def manager_at_the_service(peer: AskedPeer[Any]) -> None:
    """GetStatus is answered at the address of the service too."""
    subscription = await subscribed(peer, *peer.job_events)
    answer = await managed(peer, subscription, GET_STATUS, "<wse:GetStatus/>", to=peer.service)
    expect(answer).response("GetStatusResponse", WSE)


@check("eventing/expires/end-of-time")
async def end_of_time(peer: AskedPeer[Any]) -> None:
    """No event comes after the time that was granted."""
    subscription = await subscribed(peer, *peer.job_events, expires="PT1S")
    granted = subscription.answer.envelope.text("//wse:Expires")
    if not re.fullmatch(r"PT[01](\.\d+)?S", granted):
        raise NotRun(f"{peer.called} grants {granted} where a second was asked for", [subscription.answer])
    await asyncio.sleep(1.5)
    job = await peer.whole_job(1)
    await asyncio.sleep(peer.limits.quiet)
    came = _about(peer, job, peer.require_sink().at(subscription.notify_to))
    require(not came, f"{len(came)} events", "none", came[:1])


# Faults


async def _refused(peer: AskedPeer[Any], *actions: str, **keywords: str) -> Exchange:
    octets = requests.subscribe(peer.service, peer.require_sink().address(), actions, **keywords)
    answer = await peer.speaker.send(peer.service, octets, operation="Subscribe", wrong=True)
    require_eventing(answer)
    return answer


@check("eventing/fault/delivery-mode-requested-unavailable")
async def other_mode(peer: AskedPeer[Any]) -> None:
    """Another delivery mode: wse:DeliveryModeRequestedUnavailable."""
    answer = await _refused(peer, *peer.job_events, mode="urn:example:pull")
    expect(answer).fault(SENDER, Name(WSE, "DeliveryModeRequestedUnavailable"))


@check("eventing/fault/invalid-expiration-time")
async def no_time(peer: AskedPeer[Any]) -> None:
    """A time of zero, and one in the past: wse:InvalidExpirationTime."""
    for expires in ("PT0S", "2001-01-01T00:00:00Z"):
        answer = await _refused(peer, *peer.job_events, expires=expires)
        expect(answer).fault(SENDER, Name(WSE, "InvalidExpirationTime"))


@check("eventing/fault/filtering-requested-unavailable")
async def other_dialect(peer: AskedPeer[Any]) -> None:
    """A filter in another dialect: wse:FilteringRequestedUnavailable."""
    answer = await _refused(peer, *peer.job_events, dialect="urn:example:dialect")
    expect(answer).fault(SENDER, Name(WSE, "FilteringRequestedUnavailable"))


@check(
    "eventing/fault/filter-action-not-supported",
    "wsdapi/eventing/filter-action-not-supported",
    "wsdapi/wsdbit/unsupported-action",
)
async def unknown_action(peer: AskedPeer[Any]) -> None:
    """A filter without any action of the source: wsdp:FilterActionNotSupported."""
    answer = await _refused(peer, "urn:example:no-such-event")
    expect(answer).fault(SENDER, Name(WSDP, "FilterActionNotSupported"))


@check("eventing/fault/action")
async def eventing_fault_action(peer: AskedPeer[Any]) -> None:
    """The action of a fault of WS-Eventing is its namespace and /fault."""
    answer = await _refused(peer, *peer.job_events, mode="urn:example:pull")
    came = expect(answer).answer().action.strip()
    require(came == EVENTING_FAULT, f"wsa:Action {came}", EVENTING_FAULT, [answer])


async def _unknown(peer: AskedPeer[Any], action: str, body: str) -> Exchange:
    known = await a_subscription(peer)
    nobody = Subscription(known.answer, "", known.manager, f"<wse:Identifier>{requests.new_id()}</wse:Identifier>")
    return await managed(peer, nobody, action, body)


@check("eventing/fault/unable-to-renew")
async def renew_unknown(peer: AskedPeer[Any]) -> None:
    """Renew of a subscription that is not known: soap:Receiver, wse:UnableToRenew."""
    body = "<wse:Renew><wse:Expires>PT20M</wse:Expires></wse:Renew>"
    expect(await _unknown(peer, RENEW, body)).fault(RECEIVER, Name(WSE, "UnableToRenew"))


@check("eventing/fault/unknown-identifier")
async def status_unknown(peer: AskedPeer[Any]) -> None:
    """GetStatus of a subscription that is not known: wse:InvalidMessage."""
    expect(await _unknown(peer, GET_STATUS, "<wse:GetStatus/>")).fault(None, Name(WSE, "InvalidMessage"))


@check("eventing/fault/invalid-message")
async def invalid_message(peer: AskedPeer[Any]) -> None:
    """Subscribe without Delivery: soap:Sender, wse:InvalidMessage."""
    octets = requests.envelope(peer.service, SUBSCRIBE, "<wse:Subscribe/>")
    answer = await peer.speaker.send(peer.service, octets, operation="Subscribe", wrong=True)
    require_eventing(answer)
    expect(answer).fault(SENDER, Name(WSE, "InvalidMessage"))
