"""Datagrams to the UDP port of a scan server's own: what it has to meet with silence, and what its answers name.
(MS-BDSRR 3.2.3) A device is asked the same by the group (emulator.conformance.devices.direct.silences)."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from emulator.conformance.asked_peer import NO_TYPE
from emulator.conformance.by_udp import CAPITAL_RESOLVE, FOREIGN_RESOLVE, TWICE, answered_by_udp, silent
from emulator.conformance.check import check
from emulator.conformance.datagrams import HOST
from emulator.conformance.direct.datagrams import beginning
from emulator.conformance.expect import require
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.verdict import NotApplicable


async def _nothing(peer: ScanServerPeer, name: str) -> str:
    peer.require_found()
    exchange = await silent(peer, name, to=HOST)
    require(not exchange.own, beginning(exchange), "no answer", [exchange])
    return f"nothing within {peer.limits.udp_silence:g} s"


@check("discovery/match/no-match-by-unicast-udp")
async def no_match(peer: ScanServerPeer) -> str:
    """A Probe by UDP for a type that nobody has."""
    return await _nothing(peer, NO_TYPE)


@check("discovery/resolve/foreign-address-silence", "wsdapi/wsdbit/foreign-resolve-silence")
async def foreign_resolve(peer: ScanServerPeer) -> str:
    """A Resolve by UDP of an endpoint address that nobody has."""
    return await _nothing(peer, FOREIGN_RESOLVE)


@check("discovery/endpoint/address-compared-as-a-string")
async def capital_resolve(peer: ScanServerPeer) -> str:
    """A Resolve by UDP of its endpoint address in other letters."""
    return await _nothing(peer, CAPITAL_RESOLVE)


@check("discovery/timing/repeated-message-ids-dropped")
async def twice(peer: ScanServerPeer) -> str:
    """A Probe by UDP that comes twice, with one MessageID, is answered once."""
    peer.require_found()
    exchange = await silent(peer, TWICE, to=HOST)
    if not exchange.own:
        raise NotApplicable("that Probe was not answered at all", [exchange])
    ids = {told.message_id for each in exchange.own if (told := each.told) is not None}
    if not ids:
        raise NotApplicable("no envelope can be read in what came", [exchange])
    require(len(ids) == 1, f"{len(ids)} answers: {', '.join(sorted(ids))}", "one answer", [exchange])
    return f"{len(exchange.own)} datagrams of one MessageID"


@check("wsdapi/xaddrs/ip-literal-or-resolvable-name")
async def resolvable(peer: ScanServerPeer) -> str:
    """The host of each XAddr, by HTTP and by UDP, is an IP address or a name that is known here."""
    peer.require_found()
    assert peer.probed is not None
    told = peer.probed.told
    found = [(peer.probed, told)] if told is not None else []
    found += await answered_by_udp(peer)
    said = set()
    for exchange, envelope in found:
        for each in envelope.all("//wsd:ProbeMatch/wsd:XAddrs"):
            for url in (each.text or "").split():
                name = urlsplit(url).hostname or ""
                if not name:
                    continue  # a matter of discovery/xaddrs/http-urls
                said.add(name)
                require(
                    await _is_known(name),
                    f"the host {name!r}",
                    "an IP address, or a name that is known",
                    [exchange],
                )
    if not said:
        raise NotApplicable("its ProbeMatches have no XAddrs with a host", [peer.probed])
    return ", ".join(sorted(said))


async def _is_known(name: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(name, 80)
    except (OSError, UnicodeError):
        return False
    return True
