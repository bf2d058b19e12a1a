"""What clients that are used insist on in answers by UDP (docs/protocol/clients.md, section 2)."""

from __future__ import annotations

from emulator.conformance.by_udp import child_text, matches, require_answer, resolved
from emulator.conformance.datagrams import GROUP
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.expect import expect, require
from emulator.conformance.names import NAMESPACES

MOST_OCTETS = 4096
"""[clients/wsd-python/datagrams-of-4096-octets]"""


@check("clients/wsd-python/datagrams-of-4096-octets")
async def short_datagrams(peer: DevicePeer) -> str:
    """ProbeMatches have at most 4096 octets."""
    exchange = await require_answer(peer)
    count = max(len(each.octets) for each in exchange.own)
    require(count <= MOST_OCTETS, f"{count} octets", f"at most {MOST_OCTETS}", [exchange])
    return f"{count} octets"


@check("clients/wsd-python/app-sequence", "clients/go-mfp/app-sequence-complete")
async def app_sequence(peer: DevicePeer) -> str:
    """ProbeMatches have an AppSequence with InstanceId and MessageNumber."""
    exchange = await require_answer(peer)
    told = expect(exchange).answer("ProbeMatches")
    found = [told.text(f"//wsd:AppSequence/@{name}") for name in ("InstanceId", "MessageNumber")]
    require(all(each.isdigit() for each in found), f"AppSequence {found}", "two numbers", [exchange])
    return " ".join(found)


@check("clients/go-mfp/address-and-metadata-version", "clients/wsdiscover/metadata-version")
async def address_and_version(peer: DevicePeer) -> None:
    """Each ProbeMatch has the address of the endpoint and MetadataVersion."""
    exchange = await require_answer(peer)
    for each in matches(exchange):
        address = (each.findtext("wsa:EndpointReference/wsa:Address", "", NAMESPACES) or "").strip()
        require(bool(address), "no address", "an address", [exchange], each)
        require(bool(child_text(each, "MetadataVersion")), "no MetadataVersion", "one", [exchange], each)


@check("clients/wsdd/relates-to")
async def relates_to(peer: DevicePeer) -> None:
    """ProbeMatches have RelatesTo."""
    exchange = await require_answer(peer)
    came = expect(exchange).answer("ProbeMatches").text("/soap:Envelope/soap:Header/wsa:RelatesTo")
    require(bool(came), "no RelatesTo", "RelatesTo", [exchange])


@check("clients/sane-airscan/x-addrs")
async def xaddrs(peer: DevicePeer) -> None:
    """Each ProbeMatch has XAddrs: sane-airscan never resolves."""
    exchange = await require_answer(peer)
    for each in matches(exchange):
        require(bool(child_text(each, "XAddrs")), "no XAddrs", "XAddrs", [exchange], each)


@check("clients/wsd-python/always-resolves")
async def resolves(peer: DevicePeer) -> None:
    """A Resolve of the device is answered: WSD-python sends one to each that it has found."""
    await require_answer(peer)
    exchange = await resolved(peer, GROUP)
    require(bool(exchange.own), f"no answer: {exchange.error}", "ResolveMatches", [exchange])
