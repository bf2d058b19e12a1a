"""The secured channel: what the server agrees on in a handshake, whose certificate it shows, who is let in.

Only a server that is asked over HTTPS can be judged by these. In weak authentication the server alone shows a
certificate, in strong authentication the client shows one too.
"""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

from cryptography import x509

from emulator.conformance import certificates, requests
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
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
from emulator.trust.description import read_certificates


def require_tls(peer: ScanServerPeer) -> str:
    """The host that is asked over HTTPS. Raises NotRun where it is not."""
    parts = urlsplit(peer.service)
    if parts.scheme != "https":
        raise NotRun("the server is asked over plain HTTP: name an https address")
    return parts.hostname or ""


async def _hello(
    peer: ScanServerPeer, version: int = TLS_1_2, suites: tuple[int, ...] = ORDINARY_SUITES
) -> tuple[Exchange, Flight]:
    host = require_tls(peer)
    said = f"ClientHello of {VERSIONS[version]}"
    shown, flight = await peer.speaker.hello(peer.service, client_hello(host, version, suites), operation=said)
    if not flight.ended and not shown.body and shown.error != flight.says:
        raise Inconclusive(f"the handshake was not answered: {shown.error}", [shown])
    return shown, flight


async def _first_flight(peer: ScanServerPeer) -> tuple[Exchange, Flight]:
    """What is said to an ordinary ClientHello of TLS 1.2. Raises NotRun where that is refused."""

    async def make() -> tuple[Exchange, Flight]:
        shown, flight = await _hello(peer)
        if not flight.certificates:
            raise NotRun(f"TLS 1.2, which shows certificates, is not agreed on: {flight.says}", [shown])
        return shown, flight

    return await peer.situation("a handshake of TLS 1.2", make)


async def _chain(peer: ScanServerPeer) -> tuple[Exchange, list[x509.Certificate]]:
    """The certificates that are shown, the server's own first. Raises NotRun."""
    shown, flight = await _first_flight(peer)
    chain = read_certificates(flight.certificates)
    if len(chain) < len(flight.certificates):
        raise Inconclusive("a certificate of the chain cannot be read", [shown])
    return shown, chain


@check("dsp/security/tls-1-2")
async def tls_1_2(peer: ScanServerPeer) -> str:
    """A handshake that offers TLS 1.2 at most is agreed on."""
    shown, flight = await _hello(peer)
    require(flight.version == TLS_1_2, flight.says, "a ServerHello of TLS 1.2", [shown])
    return flight.says


@check("tls/version/old-refused")
async def old_versions(peer: ScanServerPeer) -> str:
    """Handshakes that offer TLS 1.1, TLS 1.0 and SSL 3.0 at most are refused."""
    said = []
    for version in (TLS_1_1, TLS_1_0, SSL_3):
        shown, flight = await _hello(peer, version)
        require(not flight.version, flight.says, f"{VERSIONS[version]} is refused", [shown])
        said.append(f"{VERSIONS[version]}: {flight.says}")
    return "; ".join(said)


@check("tls/suite/weak-refused")
async def weak_suites(peer: ScanServerPeer) -> str:
    """A handshake that offers nothing but suites without encryption, without authentication, of RC4 and DES is
    refused."""
    shown, flight = await _hello(peer, TLS_1_2, tuple(WEAK_SUITES))
    require(not flight.version, flight.says, "no ServerHello", [shown])
    return flight.says


@check("tls/certificate/chain")
async def chain(peer: ScanServerPeer) -> str:
    """Each certificate that is shown is issued by the one behind it."""
    shown, found = await _chain(peer)
    gap = certificates.gap(found)
    require(not gap, gap, "each is certified by the next", [shown])
    return f"{len(found)} shown"


@check("tls/certificate/purpose")
async def purpose(peer: ScanServerPeer) -> None:
    """The server's own certificate may be used by a server."""
    shown, found = await _chain(peer)
    purposes = certificates.not_for_servers(found[0])
    require(not purposes, f"a certificate for {purposes}", "one for server authentication", [shown])


@check("tls/certificate/validity")
async def validity(peer: ScanServerPeer) -> str:
    """Now is within the dates of each certificate that is shown."""
    shown, found = await _chain(peer)
    wrong = certificates.out_of_date(found, datetime.datetime.now(datetime.UTC))
    require(not wrong, wrong, "certificates that hold now", [shown])
    return f"until {min(each.not_valid_after_utc for each in found):%Y-%m-%d}"


@check("tls/certificate/name")
async def name(peer: ScanServerPeer) -> str:
    """The server's own certificate is for the host of its URL."""
    host = require_tls(peer)
    shown, found = await _chain(peer)
    names = certificates.called(found[0])
    require(certificates.is_for(found[0], host), f"a certificate for {names}", f"one for {host}", [shown])
    return names


@check("tls/certificate/strength")
async def strength(peer: ScanServerPeer) -> None:
    """No key and no signature of the certificates that are shown is weak."""
    shown, found = await _chain(peer)
    weak = certificates.weakness(found)
    require(not weak, weak, "112 bits of security, and SHA-256 or better", [shown])


@check("dsc/wire/https")
async def configuration_over_https(peer: ScanServerPeer) -> None:
    """The address of WS-DSC in the metadata is of https."""
    require_tls(peer)
    address = peer.require_configuration()
    assert peer.described is not None
    require(urlsplit(address).scheme == "https", address, "an https address", [peer.described])


@check("dsp/security/dpws-security-model")
async def all_by_the_channel(peer: ScanServerPeer) -> None:
    """Nothing leads out of the secured channel: all services of the metadata have https addresses, and so has the
    manager of a subscription."""
    require_tls(peer)
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


@check("dsp/security/strong-mode-nobody-without")
async def nobody_without(peer: ScanServerPeer) -> str:
    """A server that asks for a client's certificate answers nothing to a client that shows none."""
    shown, flight = await _first_flight(peer)
    if not flight.asks_for_certificate:
        raise NotApplicable("the handshake asks for no certificate: weak authentication", [shown])
    remade = getattr(peer.tls, "remade", None)
    speaker = peer.speaker.trusting(None if remade is None else remade())
    action = requests.action_of(DSP, "GetPostScanJobElements")
    octets = requests.envelope(peer.service, action, requests.elements(peer.unknown_token(), ["dsp:JobStatus"]))
    try:
        answer = await speaker.send(peer.service, octets, operation="GetPostScanJobElements", wrong=True)
    finally:
        await speaker.aclose()
    refused = not answer.answered or answer.status in (401, 403)
    require(refused, f"HTTP {answer.status} without a certificate", "no answer, or HTTP 403", [answer])
    return answer.error or f"HTTP {answer.status}"
