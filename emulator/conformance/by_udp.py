"""What a peer is asked by UDP: where it is reached, questions that have an answer, and those that have none, which
are sent together so that one silence is waited for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.datagrams import GROUP, HOST, is_of
from emulator.conformance.exchange import Exchange
from emulator.conformance.names import WSD
from emulator.conformance.reading import Envelope
from emulator.conformance.verdict import NotApplicable, NotRun
from emulator.transport.interfaces import Interface, interfaces
from emulator.transport.udp import address_towards

PROBE: Final = "Probe"
RESOLVE: Final = "Resolve"
FOREIGN_RESOLVE: Final = "a Resolve of an address that nobody has"
CAPITAL_RESOLVE: Final = "a Resolve of its address in capital letters"
TWICE: Final = "a Probe that comes twice"
"""Questions that have to be met with silence, the last one once it was answered."""
_CONNECT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a peer is reached by UDP."""

    host: str
    """IP address."""
    hosts: tuple[str, ...]
    """All addresses that its name stands for."""
    interface: Interface | None
    """Of this machine, on whose link it is; None: it is on none of them."""

    @property
    def family(self) -> int:
        """socket.AF_INET or AF_INET6."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET


async def reach_of(url: str, names: Iterable[str] = ()) -> Reach:
    """Where the host of a URL is. Raises NotRun where its name means nothing here.

    - `names`: of interfaces, one of which is to be used; () for that by which the host is reached.
    """
    name = urlsplit(url).hostname or ""
    try:
        known = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise NotRun(f"{name}: {error.strerror or error}") from None
    hosts = await _alive_first(url, tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in known)))
    there = await asyncio.to_thread(interfaces)
    wanted = {each.casefold() for each in names}
    own = address_towards(hosts[0])
    for each in there:
        addresses = {str(ip.ip) for ip in each.addresses}
        if wanted & {each.name.casefold(), each.nice_name.casefold(), *addresses} if wanted else own in addresses:
            peer = ip_address(hosts[0])
            near = any(peer == ip.ip or peer in ip.network for ip in each.addresses if ip.version == peer.version)
            return Reach(hosts[0], hosts, each if near or wanted else None)
    return Reach(hosts[0], hosts, None)


async def _alive_first(url: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of a name, the first at which its TCP port takes connections before the others: a name may have
    addresses at which nobody is."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    for each in hosts if len(hosts) > 1 else ():
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(each, port)
        except (OSError, TimeoutError):
            continue
        writer.close()
        return (each, *(other for other in hosts if other != each))
    return hosts


async def reached(peer: AskedPeer[Any]) -> Reach:
    """Where the peer is reached, found out once. From then on its datagrams are told from those of others. Raises
    NotRun."""
    return await peer.situation("its address", lambda: _reached(peer))


async def _reached(peer: AskedPeer[Any]) -> Reach:
    found = await reach_of(peer.url, peer.interfaces)
    address = peer.address
    if not address.startswith("urn:"):
        told = None if peer.probed is None else peer.probed.told
        address = "" if told is None else told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
    peer.tell_own(is_of(address, found.hosts))
    return found


# Questions


async def ask(
    peer: AskedPeer[Any], octets: bytes, operation: str, *, to: str = HOST, wrong: bool = False
) -> Exchange:
    """Send to the peer's address, or to the group on its link. Raises NotRun where it is on no link of ours.

    - `octets`: what is sent.
    - `operation`: how people call it.
    - `to`: GROUP or HOST.
    - `wrong`: it is not right, on purpose.
    """
    where = await reached(peer)
    if not peer.udp_port:
        raise NotRun("nothing is asked by UDP of such a peer")
    if to == HOST:
        scope = where.interface.index if where.interface is not None and ip_address(where.host).is_link_local else 0
        return await peer.datagrams.to_host(
            octets, where.host, peer.udp_port, operation=operation, wrong=wrong, scope=scope
        )
    if where.interface is None:
        raise NotRun(f"{where.host} is on no link of this machine, and the group reaches no further")
    return await peer.datagrams.to_group(
        octets, where.interface, where.family, peer.group_port, operation=operation, wrong=wrong
    )


async def asked_once(
    peer: AskedPeer[Any], name: str, octets: bytes, operation: str, *, to: str = HOST, wrong: bool = False
) -> Exchange:
    """A question that several checks look at, and its answer where one came in time. Raises NotRun.

    - `name`: of the situation.
    - the rest: as of `ask`.
    """

    async def make() -> Exchange:
        made = await ask(peer, octets, operation, to=to, wrong=wrong)
        await peer.datagrams.answered(made, peer.limits.udp_answer)
        return made

    return await peer.situation(f"{name} by UDP to {to}", make)


async def probed(peer: AskedPeer[Any], to: str) -> Exchange:
    """The Probe of everybody, to the group or to the peer's address, and its answer where one came. Raises
    NotRun."""
    return await asked_once(peer, PROBE, requests.probe(peer.type), PROBE, to=to)


async def resolved(peer: AskedPeer[Any], to: str) -> Exchange:
    """The Resolve of the peer's endpoint address, and its answer where one came. Raises NotRun."""
    return await asked_once(peer, RESOLVE, requests.resolve(peer.address), RESOLVE, to=to)


async def answered_by_udp(peer: AskedPeer[Any]) -> list[tuple[Exchange, Envelope]]:
    """Envelopes that answer the Probe by UDP, to the group and to the peer's address. What is no envelope is a
    matter of soap/udp/one-envelope-a-datagram."""
    found = []
    for to in (GROUP, HOST) if peer.group_port else (HOST,):
        try:
            exchange = await probed(peer, to)
        except NotRun:
            continue
        told = exchange.told
        if told is not None:
            found.append((exchange, told))
    return found


async def answers_at_its_address(peer: AskedPeer[Any]) -> bool:
    """Whether a Probe by UDP to the peer's address is answered."""
    try:
        return bool((await probed(peer, HOST)).own)
    except NotRun:
        return False


async def require_answer(peer: AskedPeer[Any], to: str = GROUP) -> Exchange:
    """The answered Probe. Raises NotRun where there is none: what follows from an answer cannot be seen."""
    exchange = await probed(peer, to)
    if not exchange.own:
        if to == HOST:
            raise NotApplicable(
                "a Probe by UDP to its address is not answered, which no document demands", [exchange]
            )
        raise NotRun("a Probe by UDP to the group is not answered", [exchange])
    return exchange


def matches(exchange: Exchange) -> list[Any]:
    """The ProbeMatch and ResolveMatch elements of an answer."""
    told = exchange.told
    return [] if told is None else told.all("//wsd:ProbeMatch | //wsd:ResolveMatch")


def child_text(match: Any, local: str) -> str:
    """The text of a child of a match; ''."""
    return (match.findtext(f"{{{WSD}}}{local}") or "").strip()


async def own_scopes(peer: AskedPeer[Any]) -> list[str]:
    """The scopes that the peer says it has. Raises NotApplicable where it says none, NotRun."""
    exchange = await require_answer(peer)
    found = [scope for each in matches(exchange) for scope in child_text(each, "Scopes").split()]
    if not found:
        raise NotApplicable("its ProbeMatches have no Scopes", [exchange])
    return found


# Silence


def in_other_letters(text: str) -> str:
    """Its letters behind the scheme in the other case."""
    scheme, colon, rest = text.partition(":")
    return scheme + colon + rest.swapcase()


async def silent(peer: AskedPeer[Any], name: str, *, to: str = GROUP) -> Exchange:
    """A question of `peer.unanswered` once its silence is over. A silence of whoever answers nothing proves
    nothing: raises NotRun, or NotApplicable."""
    await require_answer(peer, to)
    sent = await begun(peer)
    if name not in sent:
        raise NotRun(f"{name} could not be asked")
    await peer.datagrams.passed(sent[name], peer.limits.udp_silence)
    return sent[name]


async def begun(peer: AskedPeer[Any]) -> dict[str, Exchange]:
    """Send the questions that have no answer, all at once and once."""

    async def make() -> dict[str, Exchange]:
        found: dict[str, Exchange] = {}
        for each in await peer.unanswered():
            try:
                found[each.name] = await ask(peer, each.octets, each.operation, to=each.to, wrong=each.wrong)
            except (NotRun, NotApplicable):
                continue
            await asyncio.sleep(peer.limits.udp_pause)
        for each in await peer.unanswered():
            if each.twice and each.name in found:
                await peer.datagrams.answered(found[each.name], peer.limits.udp_answer)
                peer.datagrams.again(found[each.name])
        return found

    return await peer.situation("questions without an answer, by UDP", make)
