"""What the device has to meet with silence (docs/protocol/dpws.md, section 2). All of it is asked together, so that
one silence is waited for; a device that answers no Probe proves nothing by being silent."""

from __future__ import annotations

from emulator.conformance.asked_peer import NO_TYPE
from emulator.conformance.by_udp import CAPITAL_RESOLVE, FOREIGN_RESOLVE, TWICE, own_scopes, silent
from emulator.conformance.datagrams import GROUP, HOST
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.direct.discovery import beginning_of_the_path
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.questions import (
    HALF_SEGMENT,
    NO_TYPE_AT_HOST,
    ONE_SCOPE_MORE,
    OTHER_CASE,
    UNKNOWN_RULE,
)
from emulator.conformance.expect import require
from emulator.conformance.verdict import NotApplicable


async def _nothing(peer: DevicePeer, name: str, to: str = GROUP) -> str:
    exchange = await silent(peer, name, to=to)
    count = len(exchange.own)
    require(not count, f"{count} datagrams, the first after {exchange.ms:.0f} ms", "no answer", [exchange])
    return f"nothing within {peer.limits.udp_silence:g} s"


@check("discovery/match/no-match-by-multicast-silence")
async def no_match(peer: DevicePeer) -> str:
    """A Probe to the group for a type that nobody has."""
    return await _nothing(peer, NO_TYPE)


@check("discovery/match/no-match-by-unicast-udp")
async def no_match_by_unicast(peer: DevicePeer) -> str:
    """The same to its address."""
    return await _nothing(peer, NO_TYPE_AT_HOST, HOST)


@check("discovery/match/unknown-rule-multicast-silence")
async def unknown_rule(peer: DevicePeer) -> str:
    """A Probe to the group with a MatchBy that nobody knows."""
    return await _nothing(peer, UNKNOWN_RULE)


@check("discovery/resolve/foreign-address-silence", "wsdapi/wsdbit/foreign-resolve-silence")
async def foreign_resolve(peer: DevicePeer) -> str:
    """A Resolve of an endpoint address that nobody has."""
    return await _nothing(peer, FOREIGN_RESOLVE)


@check("discovery/endpoint/address-compared-as-a-string")
async def capital_resolve(peer: DevicePeer) -> str:
    """A Resolve of its endpoint address in other letters."""
    return await _nothing(peer, CAPITAL_RESOLVE)


@check("discovery/match/every-scope")
async def one_scope_more(peer: DevicePeer) -> str:
    """A Probe for a scope of its own and one that it has not."""
    await own_scopes(peer)
    return await _nothing(peer, ONE_SCOPE_MORE)


@check("discovery/match/rfc2396-path")
async def half_segment(peer: DevicePeer) -> str:
    """A Probe by rfc2396 for the beginning of its scope is answered by whole segments, and not within one."""
    found = await beginning_of_the_path(peer)
    await _nothing(peer, HALF_SEGMENT)
    return found


@check("wsdapi/wsdbit/strcmp0-case-sensitive")
async def other_case(peer: DevicePeer) -> str:
    """A Probe by strcmp0 for its scope in other letters."""
    await own_scopes(peer)
    return await _nothing(peer, OTHER_CASE)


@check("discovery/timing/repeated-message-ids-dropped")
async def twice(peer: DevicePeer) -> str:
    """A Probe that comes twice, with one MessageID, is answered once."""
    exchange = await silent(peer, TWICE)
    if not exchange.own:
        raise NotApplicable("that Probe was not answered at all", [exchange])
    sender = exchange.own[0].sender
    ids = {told.message_id for each in exchange.own if each.sender == sender and (told := each.told) is not None}
    require(len(ids) == 1, f"{len(ids)} answers: {', '.join(sorted(ids))}", "one answer", [exchange])
    return f"{len(exchange.own)} datagrams of one MessageID"
