"""Finds the device that is to be judged by the group: by its endpoint address, or the one scanner that answers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from emulator.conformance import requests
from emulator.conformance.datagrams import DatagramSpeaker
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.names import DISCOVERY_PORT, NAMESPACES, WSD
from emulator.conformance.speaker import Speaker, on_behalf
from emulator.transport.interfaces import Interface, every, interfaces, named
from emulator.transport.udp import families

SECONDS: Final = 3.0
"""For answers: devices wait up to half a second, some up to five."""
_METADATA_SECONDS: Final = 5.0
MOST_URLS: Final = 8
"""Of one device that are tried."""
SCANNER: Final = "wscn:ScanDeviceType"


class NotFound(Exception):
    """Nobody has answered, or none of the named interfaces is there. `str()` says which."""


class SeveralFound(Exception):
    """More than one has answered."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        super().__init__(f"{len(candidates)} scanners answer")
        self.candidates = candidates


@dataclass(slots=True)
class Candidate:
    """Who has answered."""

    address: str
    """Of his endpoint reference."""
    xaddrs: list[str]
    interface: str
    """Name of ours on which he was asked."""
    senders: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """Whom the judge asks."""

    url: str
    """The first of his XAddrs that answers; the first where none does."""
    address: str
    interface: str
    exchanges: tuple[Exchange, ...]
    """By which he was found."""


async def find_device(
    address: str = "",
    names: Sequence[str] = (),
    *,
    tls: ssl.SSLContext | None = None,
    port: int = DISCOVERY_PORT,
    seconds: float = SECONDS,
) -> FoundDevice:
    """Ask the group on each interface. Raises NotFound, SeveralFound.

    - `address`: of an endpoint, which is resolved; '': any scanner is probed for.
    - `names`: of interfaces, or addresses of theirs; (): all.
    - `tls`: by which it is trusted.
    - `port`: of the group.
    - `seconds`: how long answers are waited for; of a Resolve at most.
    """
    recording = Recording()
    speaker = DatagramSpeaker(recording, lambda octets, host: True)
    with on_behalf("finding the device"):
        try:
            asked = await _ask(speaker, address, names, port)
            found: dict[str, Candidate] = {}
            for _ in range(max(int(seconds / 0.1), 1)):
                await asyncio.sleep(0.1)
                found = _candidates(asked, address)
                if address and found:
                    break
        finally:
            speaker.close()
        if not found:
            said = f"nobody says where {address} is" if address else "no scanner answers a Probe"
            raise NotFound(f"{said}, on {', '.join(dict.fromkeys(each.name for _, each in asked))}")
        if len(found) > 1:
            raise SeveralFound(list(found.values()))
        (chosen,) = found.values()
        url = await _answering(recording, tls, chosen)
    return FoundDevice(url, chosen.address, chosen.interface, tuple(recording))


async def _ask(
    speaker: DatagramSpeaker, address: str, names: Sequence[str], port: int
) -> list[tuple[Exchange, Interface]]:
    """Ask in each address family of each interface. Raises NotFound."""
    octets = requests.resolve(address) if address else requests.probe(SCANNER)
    operation = "Resolve" if address else "Probe"
    there = await asyncio.to_thread(interfaces)
    for name in names:
        if not any(named((name,))(each) for each in there):
            raise NotFound(f"--interface {name}: there is no such interface")
    chosen = named(names) if names else every
    return [
        (await speaker.to_group(octets, each, family, port, operation=operation), each)
        for each in there
        if chosen(each)
        for family in families()
        if each.of_family(family)
    ]


def _candidates(asked: Sequence[tuple[Exchange, Interface]], address: str) -> dict[str, Candidate]:
    """Those that have answered by now, by endpoint address. Of a Resolve only the one that was asked for counts:
    some answer in the place of everybody."""
    found: dict[str, Candidate] = {}
    for exchange, interface in asked:
        for each in exchange.datagrams:
            told = each.told
            for match in [] if told is None else told.all("//wsd:ProbeMatch | //wsd:ResolveMatch"):
                own = match.findtext("wsa:EndpointReference/wsa:Address", "", NAMESPACES).strip()
                if not own or (address and own != address):
                    continue
                one = found.setdefault(own, Candidate(own, [], interface.name))
                xaddrs = (match.findtext(f"{{{WSD}}}XAddrs") or "").split()
                one.xaddrs += [url for url in xaddrs if url not in one.xaddrs]
                if each.sender not in one.senders:
                    one.senders.append(each.sender)
    return found


async def _answering(recording: Recording, tls: ssl.SSLContext | None, chosen: Candidate) -> str:
    """The first of his URLs at which anybody answers. Raises NotFound where he names none."""
    urls = [each for each in chosen.xaddrs if each.startswith(("http://", "https://"))][:MOST_URLS]
    if not urls:
        raise NotFound(f"{chosen.address} at {', '.join(chosen.senders)} does not say where it is (XAddrs)")
    if len(urls) == 1:
        return urls[0]
    speaker = Speaker(recording, tls, _METADATA_SECONDS)
    try:
        for url in urls:
            if (await speaker.send(url, requests.get(chosen.address), operation="Get")).answered:
                return url
    finally:
        await speaker.aclose()
    return urls[0]
