"""How a host is found: the directed Probe."""

from __future__ import annotations

import re
from typing import Any, Final

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.by_udp import PROBE, answered_by_udp, answers_at_its_address, asked_once
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require, require_order
from emulator.conformance.names import PROBE_MATCHES, WSD, WSDP, Name
from emulator.conformance.reading import Envelope
from emulator.conformance.services import types_in

UUID_ADDRESS: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
URN_UUID: Final = re.compile(r"urn:uuid:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
DEVICE: Final = Name(WSDP, "Device")
MATCH_ORDER: Final = ("EndpointReference", "Types", "Scopes", "XAddrs", "MetadataVersion")


async def _probes(peer: AskedPeer[Any]) -> list[tuple[Exchange, Envelope]]:
    """The ProbeMatches of that, and those that came by UDP."""
    found = [await _probe(peer)]
    for answer, _ in await answered_by_udp(peer):
        found.append((answer, expect(answer).response("ProbeMatches", WSD)))
    return found


async def _probe(peer: AskedPeer[Any]) -> tuple[Exchange, Envelope]:
    """The ProbeMatches of the directed Probe for wsdp:Device, asked once."""
    peer.require_found()

    async def make() -> Exchange:
        if peer.probed is not None:
            return peer.probed
        return await peer.speaker.send(peer.url, requests.probe(), operation="Probe")

    answer = await peer.situation("ProbeMatches", make)
    return answer, expect(answer).response("ProbeMatches", WSD)


@check(
    "dsp/sequence/probe-matches-tell-the-address",
    "discovery/directed/probe-to-the-metadata-path",
    "discovery/directed/answer-with-200",
)
async def probe_is_answered(peer: AskedPeer[Any]) -> str:
    """A directed Probe is answered with 200 and ProbeMatches that have an address."""
    answer, told = await _probe(peer)
    require(answer.status == 200, f"HTTP {answer.status}", "HTTP 200", [answer])
    xaddrs = told.text("//wsd:ProbeMatch/wsd:XAddrs")
    require(bool(xaddrs), "ProbeMatches without XAddrs", "the address of the host", [answer])
    return xaddrs


@check(
    "discovery/directed/empty-probe-answered",
    "discovery/match/empty-probe-answered",
    "wsdapi/wsdbit/directed-empty-probe",
    "wsdapi/wsdbit/empty-probe-answered",
)
async def empty_probe(peer: AskedPeer[Any]) -> None:
    """An empty Probe is answered with a match."""
    peer.require_found()
    answer = await peer.speaker.send(peer.url, requests.empty_probe(), operation="Probe")
    told = expect(answer).response("ProbeMatches", WSD)
    require(bool(told.all("//wsd:ProbeMatch")), "no ProbeMatch", "a ProbeMatch", [answer])


@check("wsdapi/wsdbit/probe-for-wsdp-device-answered", "discovery/match/every-type")
async def probe_for_device(peer: AskedPeer[Any]) -> None:
    """A Probe for wsdp:Device is answered with a match."""
    answer, told = await _probe(peer)
    require(bool(told.all("//wsd:ProbeMatch")), "no ProbeMatch", "a ProbeMatch", [answer])


@check("discovery/match/namespace-and-local-name")
async def probe_with_another_prefix(peer: AskedPeer[Any]) -> None:
    """A Probe whose type has an unusual prefix matches all the same."""
    peer.require_found()
    octets = requests.probe("odd:Device").replace(b"<wsd:Types>", f'<wsd:Types xmlns:odd="{WSDP}">'.encode())
    answer = await peer.speaker.send(peer.url, octets, operation="Probe")
    told = expect(answer).response("ProbeMatches", WSD)
    require(bool(told.all("//wsd:ProbeMatch")), "no ProbeMatch", "a ProbeMatch", [answer])


@check("discovery/match/no-match-over-http")
async def probe_without_match(peer: AskedPeer[Any]) -> None:
    """A Probe for a type that nobody has is answered with ProbeMatches without a match."""
    peer.require_found()
    octets = requests.probe("odd:Nobody").replace(b"<wsd:Types>", b'<wsd:Types xmlns:odd="urn:example:judge">')
    answer = await peer.speaker.send(peer.url, octets, operation="Probe")
    told = expect(answer).response("ProbeMatches", WSD)
    require(not told.all("//wsd:ProbeMatch"), "a ProbeMatch", "none", [answer])


@check("discovery/match/unknown-rule-fault")
async def unknown_rule(peer: AskedPeer[Any]) -> None:
    """A Probe with a MatchBy that nobody knows: wsd:MatchingRuleNotSupported."""
    peer.require_found()
    scopes = b'<wsd:Probe><wsd:Scopes MatchBy="urn:example:rule">urn:example:x</wsd:Scopes></wsd:Probe>'
    octets = requests.empty_probe().replace(b"<wsd:Probe/>", scopes)
    answer = await peer.speaker.send(peer.url, octets, operation="Probe")
    expect(answer).fault(None, Name(WSD, "MatchingRuleNotSupported"))
    if await answers_at_its_address(peer):
        answer = await asked_once(peer, "a Probe with an unknown rule", requests.fresh(octets), PROBE)
        expect(answer).fault(None, Name(WSD, "MatchingRuleNotSupported"))


@check("discovery/namespace/of-2005-04", "discovery/version/answer-in-that-of-the-request")
async def probe_namespace(peer: AskedPeer[Any]) -> None:
    """ProbeMatches are in the namespace of 2005/04."""
    await _probes(peer)


@check("discovery/message/action-is-namespace-and-name")
async def probe_action(peer: AskedPeer[Any]) -> None:
    """The action of ProbeMatches is namespace and name."""
    for answer, told in await _probes(peer):
        require(told.action.strip() == PROBE_MATCHES, f"wsa:Action {told.action}", PROBE_MATCHES, [answer])


@check("discovery/probe-matches/headers")
async def probe_headers(peer: AskedPeer[Any]) -> None:
    """ProbeMatches have Action, MessageID, RelatesTo, To and AppSequence."""
    for answer, told in await _probes(peer):
        for path in ("wsa:Action", "wsa:MessageID", "wsa:RelatesTo", "wsa:To", "wsd:AppSequence"):
            require(bool(told.all(f"/soap:Envelope/soap:Header/{path}")), f"no {path}", path, [answer])


@check("discovery/relates-to/of-the-question", "wsdapi/discovery/answer-within-4-s")
async def probe_relates_to(peer: AskedPeer[Any]) -> None:
    """RelatesTo is the MessageID of the Probe, and the answer comes within 4 s."""
    for answer, told in await _probes(peer):
        assert answer.asked is not None
        came = told.text("/soap:Envelope/soap:Header/wsa:RelatesTo")
        require(came == answer.asked.message_id, f"wsa:RelatesTo {came}", answer.asked.message_id, [answer])
        shown = [answer]
        while shown[-1].ms >= 4000 and len(shown) < 3 and not answer.udp:  # of several the first has to
            shown.append(await peer.speaker.send(peer.url, requests.probe(), operation="Probe"))
        least = min(each.ms for each in shown if each.answered)
        require(least < 4000, f"{least:.0f} ms at least", "within 4 s", shown)


@check("discovery/message-id/urn-uuid")
async def probe_message_id(peer: AskedPeer[Any]) -> None:
    """MessageID of ProbeMatches is a urn:uuid: URI."""
    for answer, told in await _probes(peer):
        came = told.message_id.strip()
        require(bool(URN_UUID.fullmatch(came)), f"wsa:MessageID {came}", "urn:uuid: and a UUID", [answer])


@check("discovery/probe-matches/body")
async def probe_match_body(peer: AskedPeer[Any]) -> None:
    """Each ProbeMatch has its children in order, EndpointReference and MetadataVersion among them."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:ProbeMatch"):
            require_order(answer, each, MATCH_ORDER, {"EndpointReference": (1, 1), "MetadataVersion": (1, 1)})


@check("discovery/probe-matches/xaddrs")
async def probe_match_xaddrs(peer: AskedPeer[Any]) -> None:
    """Each ProbeMatch has XAddrs."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:ProbeMatch"):
            require(bool((each.findtext(f"{{{WSD}}}XAddrs") or "").strip()), "no XAddrs", "XAddrs", [answer], each)


@check("discovery/xaddrs/http-urls", "wsdapi/xaddrs/http-or-https")
async def xaddrs_are_urls(peer: AskedPeer[Any]) -> None:
    """XAddrs are http or https URLs."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:XAddrs"):
            for url in (each.text or "").split():
                require(
                    url.startswith(("http://", "https://")), f"XAddrs {url}", "http or https URLs", [answer], each
                )


@check("wsdapi/secure/all-https", "wsdapi/wsdbit/secure-device")
async def xaddrs_all_https(peer: AskedPeer[Any]) -> None:
    """XAddrs are all https, or none is."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:XAddrs"):
            schemes = {url.partition(":")[0].lower() for url in (each.text or "").split()}
            require(len(schemes) <= 1, f"XAddrs {each.text}", "all of one scheme", [answer], each)


@check("wsdapi/xaddrs/first-is-reachable")
async def first_xaddr(peer: AskedPeer[Any]) -> None:
    """The first of the XAddrs answers the question for metadata."""
    xaddrs = [told.text("//wsd:ProbeMatch/wsd:XAddrs").split() for _, told in await _probes(peer)]
    for first in dict.fromkeys((each or [peer.url])[0] for each in xaddrs):
        answer = await peer.speaker.send(first, requests.get(first), operation="Get")
        expect(answer).answer("an answer of the first address")


@check("discovery/types/wsdp-device", "wsdapi/discovery/wsdp-device")
async def type_of_a_device(peer: AskedPeer[Any]) -> None:
    """wsdp:Device is among the types."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:ProbeMatch"):
            types = each.find(f"{{{WSD}}}Types")
            names = [] if types is None else types_in(types)
            require(
                DEVICE in names, f"the types {', '.join(map(str, names)) or 'none'}", str(DEVICE), [answer], each
            )


@check("discovery/types/qnames-with-declared-prefixes")
async def types_are_qnames(peer: AskedPeer[Any]) -> None:
    """The types are QNames whose prefixes are declared."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:Types"):
            for name in types_in(each):
                require(bool(name.namespace), f"the type {name.local}", "a declared prefix", [answer], each)


@check("discovery/types/usual-prefixes")
async def usual_prefixes(peer: AskedPeer[Any]) -> None:
    """wsdp:Device is written so, to the letter."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:Types"):
            found = (each.text or "").split()
            require("wsdp:Device" in found, f"the types {each.text}", "wsdp:Device", [answer], each)


@check("discovery/scopes/uris")
async def scopes_are_uris(peer: AskedPeer[Any]) -> None:
    """Scopes are URIs: each has a scheme."""
    for answer, told in await _probes(peer):
        for each in told.all("//wsd:Scopes"):
            for scope in (each.text or "").split():
                require(
                    bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", scope)),
                    f"the scope {scope}",
                    "a URI",
                    [answer],
                    each,
                )


@check("discovery/endpoint/address-of-a-uuid")
async def endpoint_address(peer: AskedPeer[Any]) -> str:
    """The endpoint address is urn:uuid: and a UUID in small letters."""
    for answer, told in await _probes(peer):
        came = told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
        require(bool(UUID_ADDRESS.fullmatch(came)), f"the address {came}", "urn:uuid: and a UUID", [answer])
    return came


@check("discovery/metadata-version/grows-with-each-change")
async def metadata_version(peer: AskedPeer[Any]) -> str:
    """MetadataVersion is an unsigned integer."""
    for answer, told in await _probes(peer):
        came = told.text("//wsd:ProbeMatch/wsd:MetadataVersion")
        require(came.isdigit(), f"MetadataVersion {came or 'is missing'}", "an unsigned integer", [answer])
    return came


async def instance_ids(peer: AskedPeer[Any]) -> str:
    """The InstanceIds of its ProbeMatches. Raises Departure for one that is no unsigned integer."""
    found = []
    for answer, told in await _probes(peer):
        came = told.text("//wsd:AppSequence/@InstanceId")
        require(came.isdigit(), f"InstanceId {came or 'is missing'}", "an unsigned integer", [answer])
        found.append(came)
    return ", ".join(dict.fromkeys(found))


@check("discovery/app-sequence/instance-id-grows")
async def instance_id(peer: AskedPeer[Any]) -> str:
    """InstanceId is an unsigned integer."""
    return await instance_ids(peer)


@check("discovery/app-sequence/message-number-counts")
async def message_number(peer: AskedPeer[Any]) -> None:
    """MessageNumber is a number, and larger in a later answer."""
    peer.require_found()
    for answer, told in await _probes(peer):
        came = told.text("//wsd:AppSequence/@MessageNumber")
        require(came.isdigit(), f"MessageNumber {came or 'is missing'}", "a number", [answer])
    numbers, shown = [], []
    for _ in range(2):
        answer = await peer.speaker.send(peer.url, requests.probe(), operation="Probe")
        came = expect(answer).response("ProbeMatches", WSD).text("//wsd:AppSequence/@MessageNumber")
        require(came.isdigit(), f"MessageNumber {came or 'is missing'}", "a number", [answer])
        numbers.append(int(came))
        shown.append(answer)
    require(numbers[0] < numbers[1], f"MessageNumber {numbers[0]}, then {numbers[1]}", "a larger one", shown)


@check("discovery/message-id/unique")
async def message_ids_differ(peer: AskedPeer[Any]) -> None:
    """Two answers have two MessageIDs."""
    peer.require_found()
    shown = [await peer.speaker.send(peer.url, requests.probe(), operation="Probe") for _ in range(2)]
    ids = [expect(each).response("ProbeMatches", WSD).message_id for each in shown]
    require(ids[0] != ids[1], f"{ids[0]} twice", "a MessageID of its own for each", shown)
