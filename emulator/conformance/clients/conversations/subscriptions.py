"""Subscriptions over their time, and MessageIDs of discovery (docs/protocol/dpws.md, sections 5 and 8)."""

from __future__ import annotations

from typing import Final

from emulator.conformance.clients.checks import conversation
from emulator.conformance.clients.conversation import Conversation
from emulator.conformance.clients.invariants.eventing import IDENTIFIER, seconds_of
from emulator.conformance.clients.kinds import body_root, discovering, managing
from emulator.conformance.clients.peer import ClientPeer
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import said

_GRANTED: Final = "//wse:SubscribeResponse"


def _granted(seen: Conversation) -> list[Exchange]:
    return [each for each in seen.asked if (told := each.told) is not None and told.all(_GRANTED)]


def _block(identifier: Exchange) -> str:
    return "".join(said(identifier).header(IDENTIFIER)).strip()


@conversation("addressing/reference-parameters/copied-as-headers", otherwise="no subscription was managed")
def identifier_copied(peer: ClientPeer, seen: Conversation) -> int:
    """The wse:Identifier of a subscription is said as it was given."""
    asked = managing(Recording(list(seen.asked)))
    everybody = Conversation([each for each in peer.recording if each.incoming])
    given = {
        told.text("//wse:SubscriptionManager//wse:Identifier")
        for each in _granted(everybody)
        if (told := each.told) is not None
    }
    # Where nothing was given there is nothing to be copied, whatever the client goes on with.
    asked = asked if given else []
    for each in asked:
        came = _block(each)
        require(came in given, f"wse:Identifier {came or 'missing'}", " or ".join(sorted(given)), [each])
    return len(asked)


@conversation("eventing/expires/renewed-at-half-the-time", otherwise="no subscription came so far")
def renewed_at_half_the_time(peer: ClientPeer, seen: Conversation) -> int:
    """A subscription is renewed, or ended, when half of its time is over."""
    count = 0
    for each in _granted(seen):
        assert each.told is not None
        begun = each.began + each.ms / 1000
        lasts = seconds_of(each.told.text("//wse:Expires"), begun) or 0
        identifier = each.told.text("//wse:SubscriptionManager//wse:Identifier")
        managed = [
            one
            for one in managing(Recording(list(seen.asked)))
            if _block(one) == identifier and body_root(one) in ("Renew", "Unsubscribe")
        ]
        first = min((one.began for one in managed), default=None)
        until = max(one.began for one in (*seen.asked, *seen.told)) if first is None else first
        if first is None and until < begun + 0.75 * lasts:
            continue  # it was over before
        found = f"no Renew within {until - begun:.1f} s of {lasts:g} s"
        require(until < begun + 0.75 * lasts, found, f"Renew behind {lasts / 2:g} s", [each, *managed[:1]])
        count += 1
    return count


@conversation("discovery/message-id/unique", otherwise="no Probe and no Resolve came")
def message_ids_unique(peer: ClientPeer, seen: Conversation) -> int:
    """Two messages of discovery have two MessageIDs, unless one is the other again."""
    asked = discovering(Recording(list(seen.asked)))
    first: dict[str, Exchange] = {}
    for each in asked:
        known = first.setdefault(said(each).message_id.strip(), each)
        same = known.request == each.request
        require(same, "two messages with one MessageID", "a MessageID for each", [known, each])
    return len(asked)


@conversation("discovery/timing/multicast-udp-repeat", otherwise="no Probe and no Resolve came by UDP")
def repeated(peer: ClientPeer, seen: Conversation) -> int:
    """What is asked by UDP is sent again."""
    asked = [each for each in discovering(Recording(list(seen.asked))) if each.udp]
    for each in asked:
        count = sum(one.request == each.request for one in asked)
        require(count > 1, f"{each.operation} once", "once more at least", [each])
    return len(asked)
