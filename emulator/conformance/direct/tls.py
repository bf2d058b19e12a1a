"""The secured channel: what the server agrees on in a handshake, whose certificate it shows, who is let in.

Only a server that is asked over HTTPS can be judged by these. Its metadata may stand at another host and port than
its services: each is a door of its own, and each is looked at. In weak authentication the server alone shows a
certificate, in strong authentication the client shows one too.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
from functools import cache
from urllib.parse import urlsplit

from cryptography import x509

from emulator.conformance import certificates, requests
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import TIMED_OUT, require
from emulator.conformance.names import DSP
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.services import hosted_services
from emulator.conformance.subscribing import a_subscription
from emulator.conformance.tls_hello import (
    ORDINARY_SUITES,
    SSL_3,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    VERSIONS,
    WEAK_SUITES,
    Flight,
    client_hello,
)
from emulator.conformance.verdict import Inconclusive, NotApplicable, NotRun
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, load_flawed
from emulator.trust.description import read_certificates


def doors(peer: ScanServerPeer) -> list[str]:
    """URLs that are asked over HTTPS, one of each host and port: of the services, and of the metadata. Raises
    NotRun where there is none."""
    known = (peer.service, peer.configuration, peer.host, peer.url)
    found = {_netloc(each): each for each in reversed(known) if urlsplit(each).scheme == "https"}
    if not found:
        raise NotRun("the server is asked over plain HTTP: name an https address")
    return list(reversed(found.values()))


def _netloc(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 443}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


async def _hello(
    peer: ScanServerPeer, door: str, version: int = TLS_1_2, suites: tuple[int, ...] = ORDINARY_SUITES
) -> tuple[Exchange, Flight]:
    said = f"ClientHello of {VERSIONS[version]}"
    shown, flight = await peer.speaker.hello(door, client_hello(_host(door), version, suites), operation=said)
    if not flight.ended and not shown.body and shown.error != flight.says:
        raise Inconclusive(f"the handshake was not answered: {shown.error}", [shown])
    return shown, flight


async def _first_flight(peer: ScanServerPeer, door: str) -> tuple[Exchange, Flight]:
    """What is said to an ordinary ClientHello of TLS 1.2. Raises NotRun where that is refused."""

    async def make() -> tuple[Exchange, Flight]:
        shown, flight = await _hello(peer, door)
        if not flight.certificates:
            raise NotRun(f"TLS 1.2, which shows certificates, is not agreed on: {flight.says}", [shown])
        return shown, flight

    return await peer.situation(f"a handshake of TLS 1.2 at {_netloc(door)}", make)


async def _chains(peer: ScanServerPeer) -> list[tuple[str, Exchange, list[x509.Certificate]]]:
    """Each door and the certificates that are shown there, the server's own first. Raises NotRun, Inconclusive."""
    found = []
    for door in doors(peer):
        shown, flight = await _first_flight(peer, door)
        chain = read_certificates(flight.certificates)
        if len(chain) < len(flight.certificates):
            raise Inconclusive("a certificate of the chain cannot be read", [shown])
        found.append((door, shown, chain))
    return found


@check("dsp/security/tls-1-2")
async def tls_1_2(peer: ScanServerPeer) -> str:
    """A handshake that offers TLS 1.2 at most is agreed on, by the services and by the host with the metadata."""
    said = []
    for door in doors(peer):
        shown, flight = await _hello(peer, door)
        require(flight.version == TLS_1_2, flight.says, "a ServerHello of TLS 1.2", [shown])
        said.append(flight.says)
    return "; ".join(said)


@check("tls/version/old-refused")
async def old_versions(peer: ScanServerPeer) -> str:
    """Handshakes that offer TLS 1.1, TLS 1.0 and SSL 3.0 at most are refused, by the services and by the host with
    the metadata."""
    said = []
    for door in doors(peer):
        for version in (TLS_1_1, TLS_1_0, SSL_3):
            shown, flight = await _hello(peer, door, version)
            require(not flight.version, flight.says, f"{VERSIONS[version]} is refused", [shown])
            said.append(f"{VERSIONS[version]}: {flight.says}")
    return "; ".join(said)


@check("tls/suite/weak-refused")
async def weak_suites(peer: ScanServerPeer) -> str:
    """A handshake that offers nothing but suites without encryption, without authentication, of RC4 and DES is
    refused, by the services and by the host with the metadata."""
    said = []
    for door in doors(peer):
        shown, flight = await _hello(peer, door, TLS_1_2, tuple(WEAK_SUITES))
        require(not flight.version, flight.says, "no ServerHello", [shown])
        said.append(flight.says)
    return "; ".join(said)


@check("tls/certificate/chain")
async def chain(peer: ScanServerPeer) -> str:
    """Each certificate that is shown is issued by the one behind it."""
    said = []
    for _, shown, found in await _chains(peer):
        gap = certificates.gap(found)
        require(not gap, gap, "each is certified by the next", [shown])
        said.append(f"{len(found)} shown")
    return "; ".join(said)


@check("tls/certificate/purpose")
async def purpose(peer: ScanServerPeer) -> None:
    """The server's own certificate may be used by a server."""
    for _, shown, found in await _chains(peer):
        purposes = certificates.not_for_servers(found[0])
        require(not purposes, f"a certificate for {purposes}", "one for server authentication", [shown])


@check("tls/certificate/validity")
async def validity(peer: ScanServerPeer) -> str:
    """Now is within the dates of each certificate that is shown."""
    said = []
    for _, shown, found in await _chains(peer):
        wrong = certificates.out_of_date(found, datetime.datetime.now(datetime.UTC))
        require(not wrong, wrong, "certificates that hold now", [shown])
        said.append(f"until {min(each.not_valid_after_utc for each in found):%Y-%m-%d}")
    return "; ".join(said)


@check("tls/certificate/name")
async def name(peer: ScanServerPeer) -> str:
    """The server's own certificate is for the host of the URL by which it is shown."""
    said = []
    for door, shown, found in await _chains(peer):
        names = certificates.called(found[0])
        right = certificates.is_for(found[0], _host(door))
        require(right, f"a certificate for {names}", f"one for {_host(door)}", [shown])
        said.append(names)
    return "; ".join(said)


@check("tls/certificate/strength")
async def strength(peer: ScanServerPeer) -> None:
    """No key and no signature of the certificates that are shown is weak."""
    for _, shown, found in await _chains(peer):
        weak = certificates.weakness(found)
        require(not weak, weak, "112 bits of security, and SHA-256 or better", [shown])


@check("dsc/wire/https")
async def configuration_over_https(peer: ScanServerPeer) -> None:
    """The address of WS-DSC in the metadata is of https."""
    doors(peer)
    address = peer.require_configuration()
    assert peer.described is not None
    require(urlsplit(address).scheme == "https", address, "an https address", [peer.described])


@check("dsp/security/dpws-security-model")
async def all_by_the_channel(peer: ScanServerPeer) -> None:
    """Nothing leads out of the secured channel: all services of the metadata have https addresses, and so has the
    manager of a subscription."""
    doors(peer)
    peer.require_found()
    assert peer.described is not None
    found = [(address, peer.described) for _, address in hosted_services(peer.described.envelope)]
    if peer.sink is not None:
        try:
            subscription = await a_subscription(peer)
            found.append((subscription.manager, subscription.answer))
        except (NotRun, NotApplicable):
            pass  # who has no events has no manager
    for address, shown in found:
        require(urlsplit(address).scheme == "https", address, "an https address", [shown])


# Strong authentication


@check("dsp/security/strong-mode-nobody-without")
async def nobody_without(peer: ScanServerPeer) -> str:
    """A server that asks for a client's certificate answers nothing to a client that shows none: neither a service
    nor the host with the metadata does where it asks."""
    return await _refused(peer, _trusting(peer), "without a certificate")


@check("dsp/security/strong-mode-no-stranger")
async def no_stranger(peer: ScanServerPeer) -> str:
    """A server that asks for a client's certificate answers nothing to a client that shows one of an authority that
    the judge has just made: with the user's name in it, and of nobody whom the server can trust."""
    context = _trusting(peer)
    user = peer.order.user_name or "stranger@judge.example"
    await asyncio.to_thread(lambda: load_flawed(context, stranger().issue_user(user)))
    return await _refused(peer, context, "with a certificate of an authority that nobody knows")


@cache
def stranger() -> LabAuthority:
    """An authority that nobody knows, since it was made in this run."""
    return LabAuthority.create("An authority that nobody knows, of the judge")


def _trusting(peer: ScanServerPeer) -> ssl.SSLContext:
    """A context that trusts the server as the judge does, and shows no certificate."""
    remade = getattr(peer.tls, "remade", None)
    return client_context(ca_file=None) if remade is None else remade()


async def _refused(peer: ScanServerPeer, context: ssl.SSLContext, how: str) -> str:
    """Nothing is answered to whom that context stands for, at any door where a certificate is asked for. Raises
    NotApplicable where none is."""
    first = [(door, *await _first_flight(peer, door)) for door in doors(peer)]
    asking = [door for door, _, flight in first if flight.asks_for_certificate]
    if not asking:
        shown = [exchange for _, exchange, _ in first]
        raise NotApplicable("the handshake asks for no certificate: weak authentication", shown)
    speaker = peer.speaker.trusting(context)
    said = []
    try:
        for door in asking:
            if door == peer.service:
                action = requests.action_of(DSP, "GetPostScanJobElements")
                body = requests.elements(peer.unknown_token(), ["dsp:JobStatus"])
                operation, octets = "GetPostScanJobElements", requests.envelope(door, action, body)
            else:
                operation, octets = "Get", requests.get(door)
            answer = await speaker.send(door, octets, operation=operation, wrong=True)
            if answer.error.startswith(TIMED_OUT):
                raise Inconclusive(f"neither answered nor refused in time: {answer.error}", [answer])
            refused = not answer.answered or answer.status in (401, 403)
            require(refused, f"HTTP {answer.status} {how}", "no answer, or HTTP 403", [answer])
            said.append(answer.error or f"HTTP {answer.status}")
    finally:
        await speaker.aclose()
    return "; ".join(said)
