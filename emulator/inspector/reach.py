"""From what a user calls a device or scan server to its metadata: directed Probe and Get
(docs/protocol/dpws.md 2.3, 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.dpws.client import CallFailed, Faulted, Nonsense, Unreachable
from emulator.dpws.constants import PROBE_MATCHES, RESOLVE_MATCHES, STABLE_DISCOVERY_PATH
from emulator.dpws.discovery import ProbeMatch, probe, read_probe_matches, read_resolve_matches, resolve
from emulator.dpws.metadata import Metadata, get, read_metadata
from emulator.dpws.metadata_search import MetadataSearch
from emulator.dsm.constants import SCAN_SERVER_PATH, SCAN_SERVER_PORT
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.conversation import Conversation, lab_error
from emulator.transport.url import HTTP_SCHEMES, read_url
from emulator.wsscan.constants import SCAN_DEVICE_TYPE

DEVICE_PORT: Final = 5357
"""HTTP port of WSDAPI hosts (docs/protocol/dpws.md section 8). [wsdapi/ports/5357-and-5358]"""
SECURE_DEVICE_PORT: Final = 5358
"""Their HTTPS port. [wsdapi/ports/5357-and-5358]"""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HOST: Final = re.compile(r"[^\s/?#@]+\Z")


@dataclass(frozen=True, slots=True)
class Reached:
    """A peer that answers."""

    url: str
    """Where it told its metadata; of a service without metadata its own address."""
    metadata: Metadata | None
    """None: it has none to tell at that address, and may be a service itself."""
    match: ProbeMatch | None = None
    """What it said to a directed Probe, if it was asked."""
    others: tuple[ProbeMatch, ...] = ()
    """Who else answered the Probe at the same address."""
    failure: CallFailed | None = None
    """Why there is no metadata."""

    @property
    def endpoint(self) -> str:
        """Address of its endpoint reference, '' where unknown."""
        if self.match is not None:
            return self.match.address
        host = self.metadata.host if self.metadata else None
        return "" if host is None else host.address


async def reach(talk: Conversation, where: str) -> Reached:
    """Reach what a user calls `where`: a URL with a path (of metadata, or of a service), or host[:port].

    Raises CallFailed, and LabError where `where` is no address (2) or nothing matched there (1).
    """
    if _has_path(where):
        if read_url(where).scheme not in HTTP_SCHEMES or any(letter.isspace() for letter in where):
            raise LabError(f"{where!r} is no http or https URL and no host name")
        return await _reach_url(talk, where)
    answered = False
    failures: list[CallFailed] = []
    for url in candidates(where):
        try:
            found = await _reach_host(talk, url)
        except CallFailed as error:
            failures.append(error)
            continue
        answered = True
        if found is not None:
            return found
    if answered:
        raise LabError(f"{where}: a directed Probe is answered, and matches nothing", ExitCode.FAILED)
    told = [failure for failure in failures if not isinstance(failure, Unreachable)]
    if told:
        raise told[0]
    first = lab_error(failures[0])
    reasons = {failure.reason for failure in failures}
    # The same said of each URL that was tried says no more than once.
    tried = (
        f"Probe at {where}, as of a device and of a ScanServer: {failures[0].reason}"
        if len(reasons) == 1
        else "; ".join(map(str, failures))
    )
    raise LabError(tried, first.code, first.hint)


def candidates(where: str) -> tuple[str, ...]:
    """Where a host is probed: a device at the stable discovery path, a scan server at its documented address.
    Raises LabError for what is neither a URL nor host[:port].
    [discovery/directed/stable-endpoint] [discovery/directed/device-probes-its-scan-server]"""
    scheme, separator, rest = where.strip().partition("://")
    rest = rest if separator else scheme
    host = rest.rstrip("/")
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    place = read_url(f"//{host}")
    port = place.port
    good = bool(place.host) and port != 0 and not place.problem and _HOST.match(host) is not None
    if not good or (separator and scheme.lower() not in ("http", "https")):
        raise LabError(f"{where!r} is no http or https URL and no host name")
    if separator:
        origin = f"{scheme.lower()}://{host}"
        return origin + STABLE_DISCOVERY_PATH, origin + SCAN_SERVER_PATH
    if port is not None:
        return (
            f"http://{host}{STABLE_DISCOVERY_PATH}",
            f"https://{host}{STABLE_DISCOVERY_PATH}",
            f"https://{host}{SCAN_SERVER_PATH}",
            f"http://{host}{SCAN_SERVER_PATH}",
        )
    return (
        f"http://{host}:{DEVICE_PORT}{STABLE_DISCOVERY_PATH}",
        f"https://{host}:{SECURE_DEVICE_PORT}{STABLE_DISCOVERY_PATH}",
        f"https://{host}:{SCAN_SERVER_PORT}{SCAN_SERVER_PATH}",
    )


async def directed_probe(talk: Conversation, url: str) -> tuple[ProbeMatch, ...]:
    """Find who answers a Probe for anything at `url`. Raises CallFailed.
    [discovery/directed/empty-probe-answered]"""
    return await talk.ask(url, probe(), read_probe_matches, answer_action=PROBE_MATCHES)


def _has_path(where: str) -> bool:
    return "://" in where and bool(read_url(where).path.strip("/"))


async def _reach_url(talk: Conversation, url: str) -> Reached:
    """WSDAPI hosts refuse a Get whose wsa:To is not their endpoint: a Probe, or the path, tells it."""
    try:
        return Reached(url, await talk.ask(url, get(url), read_metadata))
    except (Faulted, Nonsense) as error:
        failure = error
    try:
        matches = await directed_probe(talk, url)
    except CallFailed:
        matches = ()
    endpoints = {match.address: match for match in matches}
    named: dict[str, ProbeMatch | None] = {**endpoints}
    for found in _UUID.findall(read_url(url).path):
        named.setdefault(f"urn:uuid:{found.lower()}", None)
    for address, match in named.items():
        try:
            return Reached(url, await talk.ask(url, get(address), read_metadata), match)
        except (Faulted, Nonsense):
            continue
    return Reached(url, None, failure=failure)


async def _reach_host(talk: Conversation, url: str) -> Reached | None:
    """Probe and Get; None when the Probe matches nothing. Raises CallFailed."""
    search = MetadataSearch(url)
    matches: tuple[ProbeMatch, ...] = ()
    try:
        matches = await directed_probe(talk, url)
    except (Faulted, Nonsense) as error:
        search.unanswered(error.reason)
    else:
        if not matches:
            return None
        ordered = sorted(matches, key=lambda match: SCAN_DEVICE_TYPE not in match.types)
        matches = tuple([await _resolved(talk, url, match) for match in ordered])
        search.matched(matches)
    return await _metadata_of(talk, search, matches)


async def _resolved(talk: Conversation, url: str, match: ProbeMatch) -> ProbeMatch:
    """The match with XAddrs: who tells none is asked for them (WS-Discovery 2005/04, section 6)."""
    if match.xaddrs:
        return match
    try:
        found = await talk.ask(url, resolve(match.address), read_resolve_matches, answer_action=RESOLVE_MATCHES)
    except CallFailed:
        return match
    same = next((each for each in found if each.address == match.address), None)
    return match if same is None else replace(match, xaddrs=same.xaddrs)


async def _metadata_of(talk: Conversation, search: MetadataSearch, matches: Sequence[ProbeMatch]) -> Reached:
    """The first address that answers Get. Raises CallFailed."""
    failures: list[CallFailed] = []
    while (address := search.next_address()) is not None:
        try:
            metadata = await talk.ask(address.url, get(address.endpoint), read_metadata)
        except CallFailed as error:
            failures.append(error)
            continue
        talk.note(search.deviations)
        match = next((each for each in matches if each.address == address.endpoint), None)
        return Reached(address.url, metadata, match, tuple(each for each in matches if each is not match))
    # What answered tells more than what did not.
    raise next((each for each in failures if not isinstance(each, Unreachable)), failures[0])
