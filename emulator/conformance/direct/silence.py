"""What every host that hears Probes by UDP has to meet with silence. It was asked long before: see datagrams.py."""

from __future__ import annotations

from typing import Any

from emulator.conformance.asked_peer import NO_TYPE, AskedPeer
from emulator.conformance.by_udp import silent
from emulator.conformance.check import check
from emulator.conformance.datagrams import GROUP, HOST
from emulator.conformance.direct.datagrams import beginning
from emulator.conformance.expect import require


@check("wsdapi/wsdbit/unknown-type-silence")
async def no_type(peer: AskedPeer[Any]) -> str:
    """A Probe by UDP for a type that nobody has: nothing comes."""
    peer.require_found()
    to = GROUP if peer.group_port else HOST
    exchange = await silent(peer, NO_TYPE, to=to)
    require(not exchange.own, beginning(exchange), "no answer", [exchange])
    return f"nothing within {peer.limits.udp_silence:g} s"
