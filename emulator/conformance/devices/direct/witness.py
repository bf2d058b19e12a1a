"""What an independent client sees of the device, beside the judge's own reading: told, and never decisive."""

from __future__ import annotations

from typing import Any

from emulator.conformance.by_udp import child_text, matches, require_answer
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.names import NAMESPACES, WSD
from emulator.conformance.services import types_in
from emulator.conformance.verdict import Departure
from emulator.witness.witness import Seen, readings_of


@check("clients/wsdiscover/same-reading")
async def same_reading(peer: DevicePeer) -> str:
    """WSDiscovery reads the ProbeMatches of the device in a process of its own; both readings are shown."""
    exchange = await require_answer(peer)
    first = exchange.own[0]
    (reading,) = await readings_of([(first.octets, first.sender)])
    ours = [_seen(each) for each in matches(exchange)]
    theirs = reading.problem or "; ".join(map(_said, reading.sees))
    own = "; ".join(map(_said, ours)) or ("no match" if exchange.told is not None else "no envelope")
    if reading.problem or [_sorted(each) for each in reading.sees] != [_sorted(each) for each in ours]:
        raise Departure(f"WSDiscovery: {theirs}", f"as this judge reads it: {own}", [exchange])
    return f"WSDiscovery: {theirs}; this judge: {own}"


def _seen(match: Any) -> Seen:
    types = match.find(f"{{{WSD}}}Types")
    return Seen(
        (match.findtext("wsa:EndpointReference/wsa:Address", "", NAMESPACES) or "").strip(),
        () if types is None else tuple(f"{{{each.namespace}}}{each.local}" for each in types_in(types)),
        tuple(child_text(match, "Scopes").split()),
        tuple(child_text(match, "XAddrs").split()),
        child_text(match, "MetadataVersion"),
    )


def _sorted(seen: Seen) -> tuple[object, ...]:
    return seen.address, sorted(seen.types), sorted(seen.scopes), seen.xaddrs, seen.metadata_version


def _said(seen: Seen) -> str:
    types = " ".join(each.rpartition("}")[2] for each in seen.types)
    return (
        f"{seen.address or 'no address'}, types {types or 'none'}, scopes {' '.join(seen.scopes) or 'none'}, "
        f"XAddrs {' '.join(seen.xaddrs) or 'none'}, version {seen.metadata_version or 'none'}"
    )
