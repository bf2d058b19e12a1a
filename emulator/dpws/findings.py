"""What answers to a search add up to: targets by their endpoint address, and who must be resolved. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from emulator.dpws.constants import MAX_DATAGRAM, MAX_LIST
from emulator.dpws.discovery import ProbeMatch, read_probe_matches, read_resolve_matches
from emulator.dpws.headers import OF_DISCOVERY
from emulator.dpws.versions import DISCOVERY_ADDRESSING, V2005, DiscoveryVersion, discovery_action
from emulator.soap.bounds import DATAGRAM
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import read_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import XmlRefused

MAX_FOUND: Final = 10_000
"""Targets kept of one search; whoever invents more is not listened to."""


@dataclass(frozen=True, slots=True)
class Found:
    """A target that answered; of several answers, what they say together."""

    match: ProbeMatch
    source: str
    """IP address that the first answer came from; a link-local one with its zone."""
    interface: str = ""
    """Name of ours that it came to; '' where the target was asked directly."""
    version: DiscoveryVersion = V2005


@dataclass(frozen=True, slots=True)
class KeptDatagram:
    """A datagram that came to a search."""

    octets: bytes
    source: str
    addresses: tuple[str, ...]
    """Of the endpoints that it tells of, as we read it; () where it is no answer to us."""


class SearchFindings:
    """Collects the answers to some requests."""

    def __init__(self, keep: int = 0) -> None:
        """`keep`: so many datagrams are kept as they came, repetitions left out."""
        self.kept: dict[bytes, KeptDatagram] = {}
        """By their octets."""
        self._keep = keep
        self._asked: set[str] = set()
        self._found: dict[str, Found] = {}

    def expect(self, message_id: str) -> None:
        """A request with that MessageID goes out: answers that relate to it count."""
        self._asked.add(message_id)

    @property
    def found(self) -> list[Found]:
        """All targets, in the order of their addresses."""
        return [self._found[address] for address in sorted(self._found)]

    def received(self, data: bytes, source: str, interface: str = "") -> list[Found]:
        """Take in a datagram: the targets in it that were not known before. Raises nothing: what is no answer to
        a request of ours is passed over. [discovery/relates-to/other-answers-dropped]"""
        fresh, addresses = self._read(data, source, interface)
        if len(self.kept) < self._keep:
            self.kept.setdefault(data, KeptDatagram(data, source, addresses))
        return fresh

    def _read(self, data: bytes, source: str, interface: str) -> tuple[list[Found], tuple[str, ...]]:
        """What is new in a datagram, and the addresses that stand in it."""
        try:
            if len(data) > MAX_DATAGRAM:
                return [], ()
            message = read_envelope(data, DISCOVERY_ADDRESSING, DATAGRAM, understood=OF_DISCOVERY).message
            known = discovery_action(message.action)
            if known is None or message.relates_to not in self._asked:
                return [], ()
            version, name = known
            if name == "ProbeMatches":
                matches = read_probe_matches(message, Deviations())
            elif name == "ResolveMatches":
                matches = read_resolve_matches(message, Deviations())
            else:
                return [], ()
        except (XmlRefused, FaultError, ContentError):
            return [], ()
        fresh = []
        for match in matches:
            before = self._found.get(match.address)
            if before is not None:
                self._found[match.address] = replace(before, match=_merged(before.match, match))
            elif len(self._found) < MAX_FOUND:
                self._found[match.address] = Found(match, source, interface, version)
                fresh.append(self._found[match.address])
        return fresh, tuple(match.address for match in matches)


def _merged(first: ProbeMatch, second: ProbeMatch) -> ProbeMatch:
    """What two answers of one target say: all its URLs, and the rest of the newer one."""
    newer = second if second.metadata_version >= first.metadata_version else first
    return ProbeMatch(
        first.address,
        newer.types or first.types,
        newer.scopes or first.scopes,
        tuple(dict.fromkeys((*first.xaddrs, *second.xaddrs)))[:MAX_LIST],
        newer.metadata_version,
    )
