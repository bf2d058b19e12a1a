"""Where a host is asked for its metadata, and where its services are: one search, for jobs and for people.

No clock and no I/O. Who drives it sends the Probe and each Get, and says what came: a post-scan job puts a question
again as its table says (`emulator/dsm/service_search.py`), `inspect` asks each once and tells every failure
(`emulator/inspector/reach.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import HostedService
from emulator.soap.deviations import Deviations
from emulator.transport.url import read_url

MAX_ADDRESSES: Final = 8
"""Addresses at which Get is tried; a host has one or two."""


@dataclass(frozen=True, slots=True)
class MetadataAddress:
    """Where Get is sent."""

    endpoint: str
    """Address of the endpoint reference, for wsa:To."""
    url: str


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """Where messages to a service go."""

    url: str
    parameters: tuple[bytes, ...] = ()
    """The header blocks that go with each (WS-Addressing 2004/08, section 2.3)."""


class MetadataSearch:
    """From a URL at which a host is probed to the addresses of its metadata, one after the other.
    [dsp/sequence/get-from-that-address]"""

    def __init__(self, url: str) -> None:
        self.url = url
        """That is probed."""
        self.deviations = Deviations()
        """What the host did that the documents do not allow, beyond the content of its messages; the place is the
        operation."""
        self._addresses: deque[MetadataAddress] = deque()

    def matched(self, matches: Sequence[ProbeMatch]) -> None:
        """The Probe is answered, with these matches or with none."""
        if not matches:
            self._unanswered("ProbeMatches without a match")
        near = [
            replace(match, xaddrs=tuple(followed(match.xaddrs, self.url, "Probe", self.deviations)))
            for match in matches
        ]
        self._addresses.extend(_in_order(near, self.url))

    def unanswered(self, reason: str) -> None:
        """The Probe brought no answer of use: the same URL may still answer Get."""
        self._unanswered(reason)
        self._addresses.extend(_in_order((), self.url))

    def next_address(self) -> MetadataAddress | None:
        """The next one that is to be asked; None: there are no more."""
        return self._addresses.popleft() if self._addresses else None

    def _unanswered(self, reason: str) -> None:
        # The law: [dsp/sequence/probe-matches-tell-the-address]
        self.deviations.note("probe-unanswered", "Probe", reason)


def addresses_of_service(service: HostedService, told_at: str, deviations: Deviations) -> list[ServiceAddress]:
    """The addresses of a service that may be followed, the nearest first: it may have one for each family.
    `told_at`: where the metadata were told; those that may not be followed are noted. [wsdapi/secure/all-https]"""
    told = {resolved(address, told_at): service.parameters_of(address) for address in reversed(service.addresses)}
    urls = (resolved(address, told_at) for address in service.addresses)
    return [ServiceAddress(url, told[url]) for url in followed(urls, told_at, "Get", deviations)]


def resolved(address: str, told_at: str) -> str:
    """An address of a service as a URL: some hosts name a path alone, which is one at the host that told it
    (RFC 3986, section 5.1.3)."""
    return read_url(told_at).origin + address if address.startswith("/") else address


def followed(addresses: Iterable[str], told_at: str, operation: str, deviations: Deviations) -> list[str]:
    """Those of `addresses`, told at a URL, that may be followed, each once. In front are those on the same host,
    which is known to answer; the others are noted."""
    may = []
    for address in dict.fromkeys(addresses):
        if may_be_followed(address, told_at):
            may.append(address)
        else:
            deviations.note("address-scheme", operation, address)
    here = read_url(told_at).host
    return sorted(may, key=lambda address: read_url(address).host != here)


def may_be_followed(url: str, told_at: str) -> bool:
    """Whether `url`, told at another, is an HTTP URL that does not lead from a secure address to an open one.
    [dsp/security/https]"""
    there = read_url(url)
    if not there.host:
        return False
    return there.scheme == "https" or (there.scheme == "http" and read_url(told_at).scheme != "https")


def _in_order(matches: Sequence[ProbeMatch], probed: str) -> list[MetadataAddress]:
    """Every XAddr of every match, and at the end the URL that was probed, which is as good as any that is told: for
    each match that tells none, else for the first."""
    told = dict.fromkeys(MetadataAddress(match.address, xaddr) for match in matches for xaddr in match.xaddrs)
    silent = [match.address for match in matches if not match.xaddrs]
    if not silent and probed not in (each.url for each in told):
        silent.append(matches[0].address if matches else probed)
    last = [MetadataAddress(endpoint, probed) for endpoint in silent[: MAX_ADDRESSES // 2]]
    return [*list(told)[: MAX_ADDRESSES - len(last)], *last]
