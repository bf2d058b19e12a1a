"""Probes by UDP, of every host that hears them: a scan server at the UDP port of its own, a device at that of
discovery (docs/protocol/dpws.md, section 2)."""

from __future__ import annotations

from typing import Any

from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.by_udp import ask, begun, matches, probed
from emulator.conformance.check import check, invariant
from emulator.conformance.datagrams import GROUP, HOST
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.kinds import a_datagram, by_udp
from emulator.conformance.reading import Unreadable, read_envelope
from emulator.conformance.requests import empty_probe, probe
from emulator.conformance.verdict import NotRun

MOST_OCTETS = 32767
"""[soap/udp/size]"""
_JUNK = (
    b"",
    b"\x00\xff" * 300,
    b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n\r\n',
    b"POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"<a>" * 2000,
)
"""Datagrams that hold no envelope."""


@check("bdsrr/3.2.3/listens-on-udp-and-tcp", "discovery/probe-matches/to-the-source-port")
async def probe_by_udp(peer: AskedPeer[Any]) -> str:
    """A Probe by UDP is answered with a match, to the port that it came from."""
    peer.require_found()
    await begun(peer)  # the silence that another check waits for goes on in the meantime
    exchange = await probed(peer, GROUP if peer.group_port else HOST)
    require(bool(exchange.own), _nothing(exchange), "ProbeMatches, by unicast", [exchange])
    require(bool(matches(exchange)), f"{beginning(exchange)}", "a ProbeMatch", [exchange])
    return f"after {exchange.ms:.0f} ms"


@invariant("soap/udp/one-envelope-a-datagram", over=by_udp, provoke=a_datagram)
def one_envelope(exchange: Exchange) -> None:
    """Each datagram is one envelope, from its first octet to its last."""
    for each in exchange.own:
        try:
            read_envelope(each.octets)
        except Unreadable as error:
            require(False, f"{len(each.octets)} octets: {error}", "one envelope", [exchange])


@invariant("soap/udp/size", over=by_udp, provoke=a_datagram)
def size(exchange: Exchange) -> None:
    """Each datagram has at most 32767 octets."""
    count = max(len(each.octets) for each in exchange.own)
    require(count <= MOST_OCTETS, f"{count} octets", f"at most {MOST_OCTETS}", [exchange])


@check("soap/udp/no-envelope-silence", hostile=True)
async def junk(peer: AskedPeer[Any]) -> str:
    """Datagrams that hold no envelope: nothing comes, and the next Probe is answered."""
    peer.require_found()
    to = GROUP if peer.group_port else HOST
    if not (await probed(peer, to)).own:
        raise NotRun("a Probe by UDP is not answered")
    whole = empty_probe()
    sent = [
        await ask(peer, each, "Junk", to=to, wrong=True)
        for each in (*_JUNK, whole[: len(whole) // 2], whole.replace(b"soap:Body", b"soap:Bode"))
    ]
    await peer.datagrams.passed(sent[-1], peer.limits.udp_repeats)
    for each in sent:
        require(not each.own, beginning(each), "no answer", [each])
    behind = await ask(peer, probe(peer.type), "Probe", to=to)
    answered = await peer.datagrams.answered(behind, peer.limits.udp_answer)
    require(answered, "no answer to the Probe behind them", "ProbeMatches", [*sent, behind])
    return f"nothing to {len(sent)} of them"


def beginning(exchange: Exchange) -> str:
    """What has come, in a few words."""
    return f"{len(exchange.body)} octets that begin with {exchange.body[:40]!r}"


def _nothing(exchange: Exchange) -> str:
    others = len(exchange.datagrams) - len(exchange.own)
    return f"no answer{f', but {others} datagrams of others' if others else ''}: {exchange.error}"
