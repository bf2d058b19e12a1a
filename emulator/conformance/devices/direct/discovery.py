"""Probe and Resolve of the device by UDP, and when its answers come (docs/protocol/dpws.md, sections 2 and 2.1)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from emulator.conformance import requests
from emulator.conformance.by_udp import (
    PROBE,
    RESOLVE,
    ask,
    asked_once,
    begun,
    child_text,
    matches,
    own_scopes,
    probed,
    reached,
    require_answer,
    resolved,
)
from emulator.conformance.datagrams import GROUP
from emulator.conformance.devices.asked_device import STABLE_PATH
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.questions import (
    LDAP,
    RFC2396,
    STRCMP0,
    UUID_RULE,
    first_of,
    first_segments,
    last_names,
    other_host_letters,
    other_uuid_letters,
)
from emulator.conformance.direct.discovery import MATCH_ORDER
from emulator.conformance.exchange import Datagram, Exchange
from emulator.conformance.expect import expect, require, require_order
from emulator.conformance.names import (
    DISCOVERY_TO,
    DISCOVERY_TO_1_1,
    RESOLVE_MATCHES,
    WSA,
    WSA_1_0,
    WSD,
    WSD_1_1,
)
from emulator.conformance.verdict import Departure, NotApplicable, NotRun

HEADERS: Final = ("wsa:Action", "wsa:MessageID", "wsa:RelatesTo", "wsa:To", "wsd:AppSequence")
LATEST_MS: Final = 2000
"""[discovery/timing/answers-within-half-a-second]"""
AT_ONCE_MS: Final = 250
"""For an answer that is not delayed, with the way there and back, and a device that is at work."""
GAPS_MS: Final = (30, 600)
"""Between a datagram and its first repetition: UDP_MIN_DELAY to UDP_MAX_DELAY, and what the way adds."""


@check("discovery/multicast/groups-and-port")
async def groups(peer: DevicePeer) -> str:
    """A Probe to the group at UDP port 3702 is answered; where the link has both address families, by which of
    them is told."""
    await begun(peer)  # the silence that other checks wait for goes on in the meantime
    exchange = await probed(peer, GROUP)
    require(bool(exchange.own), f"no answer: {exchange.error}", "ProbeMatches", [exchange])
    where = await reached(peer)
    other = socket.AF_INET if where.family == socket.AF_INET6 else socket.AF_INET6
    told = [_family(where.family)]
    if where.interface is not None and where.interface.of_family(other):
        more = await peer.datagrams.to_group(
            requests.probe(peer.type), where.interface, other, peer.group_port, operation=PROBE
        )
        if await peer.datagrams.answered(more, peer.limits.udp_repeats):
            told.append(_family(other))
    return f"by {' and '.join(told)}"


def _family(family: int) -> str:
    return "IPv6" if family == socket.AF_INET6 else "IPv4"


# Resolve


async def _resolved(peer: DevicePeer, to: str = GROUP) -> Exchange:
    """The answered Resolve. Raises Departure, NotRun."""
    if not peer.address.startswith("urn:"):
        raise NotRun("its endpoint address is not known")
    exchange = await resolved(peer, to)
    if not exchange.own:
        raise Departure(f"no answer: {exchange.error}", "ResolveMatches", [exchange])
    return exchange


@check("discovery/resolve-matches/to-the-source-port")
async def resolve_is_answered(peer: DevicePeer) -> str:
    """A Resolve of its endpoint address is answered with ResolveMatches, which have the headers of ProbeMatches."""
    exchange = await _resolved(peer)
    told = expect(exchange).response("ResolveMatches", WSD)
    for path in HEADERS:
        require(bool(told.all(f"/soap:Envelope/soap:Header/{path}")), f"no {path}", path, [exchange])
    require(told.action.strip() == RESOLVE_MATCHES, f"wsa:Action {told.action}", RESOLVE_MATCHES, [exchange])
    assert exchange.asked is not None
    came, wanted = told.text("//wsa:RelatesTo"), exchange.asked.message_id
    require(came == wanted, f"wsa:RelatesTo {came}", wanted, [exchange])
    return f"after {exchange.ms:.0f} ms"


@check("discovery/resolve-matches/one-match-with-xaddrs", "wsdapi/discovery/xaddrs-or-resolve")
async def resolve_match(peer: DevicePeer) -> str:
    """ResolveMatches have one ResolveMatch: of its own address, its children in order, with XAddrs."""
    exchange = await _resolved(peer)
    found = expect(exchange).response("ResolveMatches", WSD).all("//wsd:ResolveMatch")
    require(len(found) == 1, f"{len(found)} ResolveMatch", "one", [exchange])
    require_order(
        exchange,
        found[0],
        MATCH_ORDER,
        {
            "EndpointReference": (1, 1),
            "Types": (0, 1),
            "Scopes": (0, 1),
            "XAddrs": (1, 1),
            "MetadataVersion": (1, 1),
        },
    )
    xaddrs = child_text(found[0], "XAddrs")
    require(bool(xaddrs), "an empty XAddrs", "XAddrs", [exchange], found[0])
    return xaddrs


@check("discovery/timing/resolve-matches-at-once")
async def resolve_at_once(peer: DevicePeer) -> str:
    """ResolveMatches are not delayed: of several the first comes at once."""
    shown = [await _resolved(peer)]
    for _ in range(2):
        if shown[-1].ms <= AT_ONCE_MS:
            break
        shown.append(await ask(peer, requests.resolve(peer.address), RESOLVE, to=GROUP))
        await peer.datagrams.answered(shown[-1], peer.limits.udp_answer)
    least = min((each.ms for each in shown if each.own), default=0.0)
    require(least <= AT_ONCE_MS, f"{least:.0f} ms at least", f"at most {AT_ONCE_MS} ms", shown)
    return f"after {least:.0f} ms"


# Scopes


async def _answered(peer: DevicePeer, name: str, scopes: list[str], rule: str = "") -> str:
    """A Probe for these scopes is answered."""
    octets = requests.probe_for(requests.scopes_of(scopes, rule))
    exchange = await asked_once(peer, name, octets, PROBE, to=GROUP)
    require(bool(exchange.own), f"no answer to {' '.join(scopes)}", "ProbeMatches", [exchange])
    return " ".join(scopes)


@check("discovery/match/default-rule", "wsdapi/wsdbit/scope-match-answered")
async def own_scope(peer: DevicePeer) -> str:
    """A Probe for one of its scopes, without a rule, is answered."""
    return await _answered(peer, "a Probe for its scope", (await own_scopes(peer))[:1])


@check("discovery/match/rfc2396-scheme-and-authority")
async def scheme_and_authority(peer: DevicePeer) -> str:
    """A scope of its own is found by rfc2396 whose scheme and authority are in capital letters."""
    return await _altered(peer, "a Probe for its scope with another authority", other_host_letters)


@check("discovery/match/uuid")
async def same_uuid(peer: DevicePeer) -> str:
    """A scope of its own that is a UUID is found by the rule uuid in capital letters."""
    return await _altered(peer, "a Probe by uuid", other_uuid_letters, UUID_RULE)


@check("discovery/match/ldap")
async def end_of_the_name(peer: DevicePeer) -> str:
    """A scope of its own that is a distinguished name is found by the rule ldap with the end of that name."""
    return await _altered(peer, "a Probe by ldap", last_names, LDAP)


async def _altered(peer: DevicePeer, name: str, change: Callable[[str], str], rule: str = RFC2396) -> str:
    """A Probe for one of its scopes, altered, is answered."""
    scopes = await own_scopes(peer)
    found = first_of(scopes, change)
    if found is None:
        raise NotApplicable(f"no scope of its own is so: {' '.join(scopes)}", [await probed(peer, GROUP)])
    return await _answered(peer, name, [found], rule)


@check("discovery/match/strcmp0")
async def same_string(peer: DevicePeer) -> str:
    """A scope of its own is found by strcmp0."""
    return await _answered(peer, "a Probe by strcmp0", (await own_scopes(peer))[:1], STRCMP0)


async def beginning_of_the_path(peer: DevicePeer) -> str:
    """A scope that is the beginning of one of its own, by whole segments, is answered. Raises NotApplicable."""
    return await _altered(peer, "a Probe for the beginning of its scope", first_segments)


# Versions, paths


@check("discovery/namespace/of-2009-01")
async def of_2009(peer: DevicePeer) -> str:
    """A Probe of WS-Discovery 1.1 is answered in that version."""
    await require_answer(peer)
    octets = requests.probe(peer.type)
    for old, new in (
        (DISCOVERY_TO, DISCOVERY_TO_1_1),
        (WSD, WSD_1_1),
        (f"{WSA}/role/anonymous", f"{WSA_1_0}/anonymous"),
    ):
        octets = octets.replace(old.encode(), new.encode())
    octets = octets.replace(WSA.encode(), WSA_1_0.encode())
    exchange = await asked_once(peer, "a Probe of 1.1", octets, PROBE, to=GROUP, wrong=True)
    require(
        bool(exchange.own) and WSD_1_1.encode() in exchange.body, "no answer", "ProbeMatches of 1.1", [exchange]
    )
    return "answered"


@check("discovery/directed/stable-endpoint")
async def stable_endpoint(peer: DevicePeer) -> None:
    """A Probe over HTTP to the path that is the same for all hosts is answered."""
    parts = urlsplit(peer.url)
    url = f"{parts.scheme}://{parts.netloc}{STABLE_PATH}"
    answer = await peer.speaker.send(url, requests.probe(), operation=PROBE)
    told = expect(answer).response("ProbeMatches", WSD)
    require(bool(told.all("//wsd:ProbeMatch")), "no ProbeMatch", "a ProbeMatch", [answer])


# XAddrs


@check("wsdapi/xaddrs/ip-literal-or-resolvable-name")
async def resolvable(peer: DevicePeer) -> str:
    """The host of each XAddr is an IP address or a name that is known here."""
    exchange = await require_answer(peer)
    names = {
        urlsplit(each).hostname or "" for one in matches(exchange) for each in child_text(one, "XAddrs").split()
    }
    for name in sorted(names):
        try:
            await asyncio.get_running_loop().getaddrinfo(name or None, 80)
        except (OSError, UnicodeError):
            require(False, f"the host {name!r}", "an IP address, or a name that is known", [exchange])
    return ", ".join(sorted(names))


@check("wsdapi/xaddrs/subnet-of-the-adapter")
async def on_the_link(peer: DevicePeer) -> str:
    """One XAddr at least is on the network by which the answer came."""
    exchange = await require_answer(peer)
    where = await reached(peer)
    assert where.interface is not None
    hosts = [
        urlsplit(each).hostname or "" for one in matches(exchange) for each in child_text(one, "XAddrs").split()
    ]
    literal = [each.partition("%")[0] for each in hosts if _is_ip(each.partition("%")[0])]
    if not literal:
        raise NotApplicable(f"no XAddr is an IP address: {' '.join(hosts) or 'there is none'}", [exchange])
    for each in literal:
        if any(ip_address(each) in own.network for own in where.interface.addresses):
            return each
    raise Departure(f"XAddrs at {', '.join(literal)}", f"one on the network of {where.interface.name}", [exchange])


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@check("wsdapi/xaddrs/one-of-a-windows-host", "clients/wsdd/one-x-addr")
async def one_xaddr(peer: DevicePeer) -> str:
    """There is one XAddr."""
    exchange = await require_answer(peer)
    for each in matches(exchange):
        found = child_text(each, "XAddrs").split()
        require(len(found) == 1, f"{len(found)} XAddrs", "one", [exchange], each)
    return "one"


# Timing, repetitions


@check("discovery/timing/app-max-delay")
async def app_max_delay(peer: DevicePeer) -> str:
    """ProbeMatches come within APP_MAX_DELAY of DPWS, 5 s."""
    exchange = await probed(peer, GROUP)
    require(bool(exchange.own), f"no answer within {peer.limits.udp_answer:g} s", "ProbeMatches", [exchange])
    return f"after {exchange.ms:.0f} ms"


@check("discovery/timing/answers-within-half-a-second")
async def soon(peer: DevicePeer) -> str:
    """ProbeMatches come within 2 s: of several the first does."""
    shown = [await require_answer(peer)]
    for _ in range(2):
        if shown[-1].own and shown[-1].ms <= LATEST_MS:
            break
        shown.append(await ask(peer, requests.probe(peer.type), PROBE, to=GROUP))
        await peer.datagrams.answered(shown[-1], peer.limits.udp_answer)
    least = min(each.ms for each in shown if each.own)
    require(least <= LATEST_MS, f"{least:.0f} ms at least", f"at most {LATEST_MS} ms", shown)
    return f"after {least:.0f} ms"


async def _copies(peer: DevicePeer) -> tuple[Exchange, list[Datagram]]:
    """The answer to a Probe and its repetitions, from the address that answered first. Raises NotRun."""
    exchange = await require_answer(peer)
    await peer.datagrams.passed(exchange, exchange.ms / 1000 + peer.limits.udp_repeats)
    return exchange, [each for each in exchange.own if each.sender == exchange.own[0].sender]


@check("discovery/timing/unicast-udp-repeat")
async def repetitions(peer: DevicePeer) -> str:
    """An answer is repeated once or twice."""
    exchange, copies = await _copies(peer)
    count = len(copies) - 1
    require(1 <= count <= 2, f"{count} repetitions", "one or two", [exchange])
    return f"{count}"


async def _repeated(peer: DevicePeer) -> tuple[Exchange, list[Datagram]]:
    """Raises NotApplicable where nothing is repeated."""
    exchange, copies = await _copies(peer)
    if len(copies) < 2:
        raise NotApplicable("the answer is not repeated", [exchange])
    return exchange, copies


@check("discovery/timing/first-gap")
async def first_gap(peer: DevicePeer) -> str:
    """The first repetition comes 50 to 250 ms behind."""
    exchange, copies = await _repeated(peer)
    gap = copies[1].ms - copies[0].ms
    require(GAPS_MS[0] <= gap <= GAPS_MS[1], f"{gap:.0f} ms", "50 to 250 ms", [exchange])
    return f"{gap:.0f} ms"


@check("discovery/message-id/repeated-by-retransmissions")
async def same_message_id(peer: DevicePeer) -> str:
    """What comes to one question has one MessageID."""
    return await _one_of(peer, "/soap:Envelope/soap:Header/wsa:MessageID", "MessageID")


@check("discovery/app-sequence/message-number-of-a-retransmission")
async def same_message_number(peer: DevicePeer) -> str:
    """What comes to one question has one MessageNumber."""
    return await _one_of(peer, "//wsd:AppSequence/@MessageNumber", "MessageNumber")


async def _one_of(peer: DevicePeer, path: str, name: str) -> str:
    exchange, copies = await _repeated(peer)
    found = {told.text(path) for each in copies if (told := each.told) is not None}
    require(len(found) == 1, f"{name} {', '.join(sorted(found))}", f"one {name}", [exchange])
    return found.pop()


@check("discovery/app-sequence/sequence-id-optional")
async def sequence_id(peer: DevicePeer) -> str:
    """AppSequence has a SequenceId."""
    exchange = await require_answer(peer)
    told = expect(exchange).answer().text("//wsd:AppSequence/@SequenceId")
    require(bool(told), "AppSequence without SequenceId", "a SequenceId", [exchange])
    return told


@check("clients/wsd-python/no-sequence-id")
async def no_sequence_id(peer: DevicePeer) -> None:
    """AppSequence has no SequenceId, or one that is a number."""
    exchange = await require_answer(peer)
    told = expect(exchange).answer().text("//wsd:AppSequence/@SequenceId")
    require(not told or told.isdigit(), f"SequenceId {told}", "none", [exchange])


@check("wsdapi/app-sequence/stale-message")
async def numbers_in_order(peer: DevicePeer) -> str:
    """MessageNumber does not fall from one answer to the next."""
    return await _does_not_fall(peer, "//wsd:AppSequence/@MessageNumber", "MessageNumber")


@check("wsdapi/app-sequence/lower-instance-or-version")
async def instances_in_order(peer: DevicePeer) -> str:
    """Neither InstanceId nor MetadataVersion falls from one answer to the next."""
    await _does_not_fall(peer, "//wsd:MetadataVersion", "MetadataVersion")
    return await _does_not_fall(peer, "//wsd:AppSequence/@InstanceId", "InstanceId")


async def _does_not_fall(peer: DevicePeer, path: str, name: str) -> str:
    first = await require_answer(peer)
    shown = [first]
    for _ in range(2):
        shown.append(await ask(peer, requests.resolve(peer.address), RESOLVE, to=GROUP))
        await peer.datagrams.answered(shown[-1], peer.limits.udp_answer)
    found = [told.text(path) for each in shown if (told := each.told) is not None]
    numbers = [int(each) for each in found if each.isdigit() and len(each) < 20]
    require(len(numbers) == len(found), f"{name} {', '.join(found)}", "numbers", shown)
    require(numbers == sorted(numbers), f"{name} {', '.join(found)}", "none that is lower", shown)
    return ", ".join(found)
