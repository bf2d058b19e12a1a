"""Hello and Bye: what the device announces when it is switched off and on again, which hands do (docs/protocol/
dpws.md, sections 2 and 2.2). Once, for all checks; it runs behind the others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from emulator.conformance.by_udp import ask, child_text, probed, reached
from emulator.conformance.datagrams import GROUP
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.direct.discovery import MATCH_ORDER, instance_ids
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require, require_order
from emulator.conformance.names import BYE, DISCOVERY_TO, HELLO, NAMESPACES
from emulator.conformance.requests import probe
from emulator.conformance.verdict import Departure, NotApplicable, NotRun
from emulator.transport.udp import families

BODY = "/soap:Envelope/soap:Body/wsd:{name}"
HEADERS = ("wsa:Action", "wsa:MessageID", "wsa:To", "wsd:AppSequence")
ADDRESS = "//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address"
HELLO_MS = 5000
"""APP_MAX_DELAY of DPWS. [discovery/timing/app-max-delay]"""
LATEST_GAP_MS = 900
"""UDP_UPPER_DELAY, and what the way adds."""


@dataclass(frozen=True, slots=True)
class Restart:
    """What was heard."""

    before: Exchange
    """Its answer to a Probe of before; it may be without one."""
    byes: list[Exchange]
    hellos: list[Exchange]
    again: Exchange
    """Its answer to a Probe of afterwards."""
    hello_ms: float
    """From its being on again, as the hands say, to the first Hello; 0 where that came before."""
    families: int
    """Address families in which the group could be heard."""


async def restarted(peer: DevicePeer) -> Restart:
    """Have it switched off and on again, and hear what it says. Raises NotRun where nobody can, or where its link
    cannot be heard."""
    return await peer.situation("a device that was switched off and on again", lambda: _restart(peer))


async def _restart(peer: DevicePeer) -> Restart:
    where = await reached(peer)
    if where.interface is None:
        raise NotRun(f"{where.host} is on no link of this machine: what it announces is not heard")
    before = await probed(peer, GROUP)
    hearing = peer.hearing()
    try:
        await hearing.open(where.interface, families())
        if not hearing.count:
            raise NotRun(f"the group cannot be heard: {'; '.join(hearing.problems)}")
        await peer.hands.do(Action.OFF)
        await hearing.wait("Bye", peer.limits.udp_answer)
        await peer.hands.do(Action.ON)
        on = time.time()
        hellos = await hearing.wait("Hello", peer.limits.power)
        again = await _probed_again(peer)
        if hellos:
            await peer.datagrams.passed(again, peer.limits.udp_repeats)
        byes, hellos = hearing.named("Bye"), hearing.named("Hello")
    finally:
        hearing.close()
    ms = max((hellos[0].began - on) * 1000, 0.0) if hellos else 0.0
    return Restart(before, byes, hellos, again, ms, hearing.count)


async def _probed_again(peer: DevicePeer) -> Exchange:
    """The answer to a Probe once the device gives one, or the last without."""
    end = time.perf_counter() + peer.limits.power
    while True:
        made = await ask(peer, probe(peer.type), "Probe", to=GROUP)
        if await peer.datagrams.answered(made, peer.limits.udp_answer) or time.perf_counter() > end:
            return made


async def _hello(peer: DevicePeer) -> Exchange:
    """The first Hello. Raises Departure, NotRun."""
    heard = await restarted(peer)
    if not heard.hellos:
        raise Departure("no Hello", "a Hello when it is switched on", [heard.again])
    return heard.hellos[0]


async def _bye(peer: DevicePeer) -> Exchange:
    """The first Bye. Raises Departure, NotRun."""
    heard = await restarted(peer)
    if not heard.byes:
        raise Departure("no Bye", "a Bye when it is switched off", [heard.before])
    return heard.byes[0]


async def _said_bye(peer: DevicePeer) -> Exchange:
    """The same, for checks of what stands in it: that there is one at all is another's matter. Raises NotRun."""
    try:
        return await _bye(peer)
    except Departure as error:
        raise NotRun(error.evidence.met, peer.numbered(error.evidence.exchanges)) from None


def _require_headers(exchange: Exchange, action: str) -> None:
    """Action, MessageID, To and AppSequence, To being that of everybody."""
    told = exchange.asked
    if told is None:
        raise Departure(f"{len(exchange.request)} octets that are no envelope", action, [exchange])
    for path in HEADERS:
        require(bool(told.all(f"/soap:Envelope/soap:Header/{path}")), f"no {path}", path, [exchange])
    to = told.text("/soap:Envelope/soap:Header/wsa:To")
    require(to == DISCOVERY_TO, f"wsa:To {to}", DISCOVERY_TO, [exchange])
    require(told.action.strip() == action, f"wsa:Action {told.action}", action, [exchange])


def _body(exchange: Exchange, name: str) -> Any:
    """The element of its Body. Raises Departure."""
    found = [] if exchange.asked is None else exchange.asked.all(BODY.format(name=name))
    if not found:
        raise Departure(f"no wsd:{name} in the Body", f"wsd:{name}", [exchange])
    return found[0]


def _address(element: Any) -> str:
    return (element.findtext("wsa:EndpointReference/wsa:Address", "", NAMESPACES) or "").strip()


@check("discovery/hello/to-the-discovery-urn")
async def hello_headers(peer: DevicePeer) -> None:
    """Hello has Action, MessageID, To of everybody and AppSequence."""
    _require_headers(await _hello(peer), HELLO)


@check("discovery/hello/body")
async def hello_body(peer: DevicePeer) -> None:
    """The children of Hello in order, EndpointReference and MetadataVersion among them."""
    exchange = await _hello(peer)
    counts = {
        "EndpointReference": (1, 1),
        "Types": (0, 1),
        "Scopes": (0, 1),
        "XAddrs": (0, 1),
        "MetadataVersion": (1, 1),
    }
    require_order(exchange, _body(exchange, "Hello"), MATCH_ORDER, counts)


@check("discovery/hello/xaddrs")
async def hello_xaddrs(peer: DevicePeer) -> str:
    """Hello has XAddrs."""
    exchange = await _hello(peer)
    found = child_text(_body(exchange, "Hello"), "XAddrs")
    require(bool(found), "no XAddrs", "XAddrs", [exchange])
    return found


@check("discovery/life/hello-at-start-on-each-interface")
async def hello_at_start(peer: DevicePeer) -> str:
    """A Hello comes in each address family in which the device is heard at all."""
    first = await _hello(peer)
    heard = await restarted(peer)
    came = sorted({"IPv6" if "[" in each.url else "IPv4" for each in heard.hellos})
    wanted = "IPv6" if "[" in f"[{peer.url}" and ":" in (await reached(peer)).host else "IPv4"
    require(wanted in came, f"Hello by {', '.join(came)}", f"by {wanted}", [first])
    return f"by {' and '.join(came)}"


@check("discovery/timing/hello-delayed")
async def hello_in_time(peer: DevicePeer) -> str:
    """Hello comes within APP_MAX_DELAY of its being on again."""
    first = await _hello(peer)
    ms = (await restarted(peer)).hello_ms
    require(ms <= HELLO_MS, f"{ms:.0f} ms", f"at most {HELLO_MS} ms", [first])
    return f"after {ms:.0f} ms"


@check("discovery/timing/multicast-udp-repeat")
async def hello_repeated(peer: DevicePeer) -> str:
    """A Hello is repeated one to four times."""
    first = await _hello(peer)
    count = len(await _copies(peer)) - 1
    require(1 <= count <= 4, f"{count} repetitions", "one to four", [first])
    return f"{count}"


async def _copies(peer: DevicePeer) -> list[Exchange]:
    """The first Hello and its repetitions."""
    first = await _hello(peer)
    return [
        each for each in (await restarted(peer)).hellos if each.request == first.request and each.url == first.url
    ]


@check("discovery/timing/gap-doubles-to-the-upper-delay")
async def gaps(peer: DevicePeer) -> str:
    """The time between repetitions of a Hello grows, and is at most UDP_UPPER_DELAY."""
    found = await _copies(peer)
    if len(found) < 3:
        raise NotApplicable(f"it is repeated {len(found) - 1} times", found[:1])
    between = [(later.ms - sooner.ms) for sooner, later in pairwise(found)]
    shown = ", ".join(f"{each:.0f}" for each in between)
    require(max(between) <= LATEST_GAP_MS, f"{shown} ms", "at most 500 ms between two", found)
    return f"{shown} ms"


@check("discovery/life/bye-at-stop")
async def bye(peer: DevicePeer) -> None:
    """A Bye comes when it is switched off."""
    await _bye(peer)


@check("discovery/bye/to-the-discovery-urn")
async def bye_headers(peer: DevicePeer) -> None:
    """Bye has the headers of Hello."""
    _require_headers(await _said_bye(peer), BYE)


@check("discovery/bye/body-endpoint-reference")
async def bye_body(peer: DevicePeer) -> str:
    """The Body of Bye has an EndpointReference."""
    exchange = await _said_bye(peer)
    found = _address(_body(exchange, "Bye"))
    require(bool(found), "no address", "an EndpointReference", [exchange])
    return found


@check("discovery/life/hello-and-bye-same-address", "wsdapi/wsdbit/hello-and-bye-same-endpoint")
async def same_address(peer: DevicePeer) -> str:
    """Hello and Bye have one endpoint address."""
    hello, goodbye = await _hello(peer), await _said_bye(peer)
    found = [_address(_body(hello, "Hello")), _address(_body(goodbye, "Bye"))]
    require(found[0] == found[1], f"Hello of {found[0]}, Bye of {found[1]}", "one address", [hello, goodbye])
    return found[0]


# Over a restart


async def _both(peer: DevicePeer, path: str) -> tuple[str, str, list[Exchange]]:
    """What answers to a Probe say before and afterwards. Raises NotRun."""
    heard = await restarted(peer)
    shown = [heard.before, heard.again]
    told = [each.told.text(path) if each.told is not None else "" for each in shown]
    if not all(each.own for each in shown):
        raise NotRun("a Probe before or behind it is not answered", shown)
    return told[0], told[1], shown


@check("discovery/endpoint/address-stable")
async def address_stable(peer: DevicePeer) -> str:
    """The endpoint address is the same: who answers from the device's IP address afterwards has that of before."""
    heard = await restarted(peer)
    if heard.before.own and not heard.again.own:
        hosts = (await reached(peer)).hosts
        for each in heard.again.datagrams:
            found = (
                "" if each.told is None else each.told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
            )
            if each.sender in hosts and found:
                raise Departure(f"{peer.address}, then {found}", "one address", [heard.before, heard.again])
    before, again, shown = await _both(peer, ADDRESS)
    require(before == again, f"{before}, then {again}", "one address", shown)
    return before


@check("discovery/metadata-version/same-over-restart", "wsdapi/wsdbit/metadata-version-over-restart")
async def version_stays(peer: DevicePeer) -> str:
    """MetadataVersion is the same."""
    before, again, shown = await _both(peer, "//wsd:ProbeMatch/wsd:MetadataVersion")
    require(before == again, f"MetadataVersion {before}, then {again}", "the same", shown)
    return before


@check("discovery/app-sequence/instance-id-grows")
async def instance_id_grows(peer: DevicePeer) -> str:
    """InstanceId is an unsigned integer; where somebody can switch the device off and on again, a larger one
    then."""
    first = await instance_ids(peer)
    try:
        before, again, shown = await _both(peer, "//wsd:AppSequence/@InstanceId")
    except NotRun as error:
        return f"{first}; over a restart: {error}"
    grown = before.isdigit() and again.isdigit() and int(before) < int(again)
    require(grown, f"InstanceId {before}, then {again}", "a larger one", shown)
    return f"{before}, then {again}"
