"""From HOST:PORT to metadata where a ProbeMatch tells no XAddrs, dead ones, or several devices answer; by `inspect`
and by the search that `scan` makes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from closed_ports import closed_port
from scripted_peer import ENDPOINT, ScriptedPeer, metadata, serving

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import HostedService
from emulator.dpws.metadata_search import MAX_ADDRESSES, MetadataSearch, ServiceAddress, addresses_of_service
from emulator.environment.exit_codes import LabError
from emulator.inspector.inspect import Inspection, inspect
from emulator.options.asking import PeerEventOptions
from emulator.soap.deviations import Deviations

OTHER = "urn:uuid:00000000-0000-4000-8000-000000000002"
WSD = "xmlns:w='http://schemas.xmlsoap.org/ws/2005/04/discovery'"


def match(endpoint: str, *xaddrs: str, kind: str = "Probe") -> str:
    told = f"<w:XAddrs>{' '.join(xaddrs)}</w:XAddrs>" if xaddrs else ""
    return (
        f"<w:{kind}Match><a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference>"
        f"{told}<w:MetadataVersion>1</w:MetadataVersion></w:{kind}Match>"
    )


def matches(*each: str, kind: str = "Probe") -> str:
    return f"<w:{kind}Matches {WSD}>{''.join(each)}</w:{kind}Matches>"


@pytest.fixture
def dead() -> str:
    """A URL at which nobody listens."""
    return f"http://127.0.0.1:{closed_port()}/dead"


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedPeer]:
    """A host whose device answers Get only to its own endpoint and never at the stable path."""
    async with serving(ScriptedPeer({"Get": metadata()})) as found:
        found.endpoint = ENDPOINT
        yield found


async def look(peer: ScriptedPeer) -> Inspection:
    return await inspect(peer.url.removeprefix("http://"), PeerEventOptions(timeout=3))


def asked(peer: ScriptedPeer, operation: str) -> list[tuple[str, str]]:
    return [(to, path) for name, to, path in peer.asked if name == operation]


async def test_who_tells_no_address_is_resolved(peer: ScriptedPeer) -> None:
    peer.answers["Probe"] = matches(match(ENDPOINT))
    peer.answers["Resolve"] = matches(match(ENDPOINT, "{base}/device", kind="Resolve"), kind="Resolve")
    found = await look(peer)
    assert found.reached.url == f"{peer.url}/device" and found.reached.endpoint == ENDPOINT
    assert asked(peer, "Get") == [(ENDPOINT, "/device")]


@pytest.mark.parametrize("answer", [None, "nobody", "other"])
async def test_who_cannot_be_resolved_is_asked_at_the_probed_address(
    peer: ScriptedPeer, answer: str | None
) -> None:
    peer.answers["Probe"] = matches(match(ENDPOINT))
    if answer is not None:
        others = [] if answer == "nobody" else [match(OTHER, "{base}/other", kind="Resolve")]
        peer.answers["Resolve"] = matches(*others, kind="Resolve")
    found = await look(peer)
    assert found.reached.metadata is not None and found.reached.endpoint == ENDPOINT
    assert [to for to, _ in asked(peer, "Get")] == [ENDPOINT]


async def test_after_a_dead_address_comes_the_next_of_the_same(peer: ScriptedPeer, dead: str) -> None:
    peer.answers["Probe"] = matches(match(ENDPOINT, dead, "{base}/device"))
    assert (await look(peer)).reached.url == f"{peer.url}/device"


async def test_after_a_dead_device_comes_the_next_match(peer: ScriptedPeer, dead: str) -> None:
    peer.answers["Probe"] = matches(match(OTHER, dead), match(ENDPOINT, "{base}/device"))
    found = await look(peer)
    assert found.reached.url == f"{peer.url}/device" and found.reached.endpoint == ENDPOINT
    assert [each.address for each in found.reached.others] == [OTHER]
    assert asked(peer, "Get") == [(ENDPOINT, "/device")]


async def test_what_a_live_one_says_tells_more_than_a_dead_one(peer: ScriptedPeer, dead: str) -> None:
    peer.endpoint = "urn:uuid:nobody"
    peer.answers["Probe"] = matches(match(OTHER, dead), match(ENDPOINT, "{base}/device"))
    with pytest.raises(LabError) as caught:
        await look(peer)
    assert "DestinationUnreachable" in str(caught.value) and caught.value.code == 4


PROBED = "http://here/probed"


def order(*told: ProbeMatch) -> list[tuple[str, str]]:
    """Endpoint and URL, as they are asked after these matches."""
    search, found = MetadataSearch(PROBED), []
    search.matched(told)
    while (address := search.next_address()) is not None:
        found.append((address.endpoint, address.url))
    return found


def test_the_order_in_which_addresses_are_tried() -> None:
    # The law: [dsp/sequence/get-from-that-address]
    one, two, near = "http://x/1", "http://x/2", "http://HERE:1/3"
    first, second, silent = (
        ProbeMatch("a", xaddrs=(one, two, one)),
        ProbeMatch("b", xaddrs=(two, "bad")),
        ProbeMatch("c"),
    )
    assert order(first, second) == [("a", one), ("a", two), ("b", two), ("a", PROBED)]
    assert order(silent, first) == [("a", one), ("a", two), ("c", PROBED)]
    assert order(ProbeMatch("a", xaddrs=(one, PROBED))) == [("a", PROBED), ("a", one)]
    assert order(ProbeMatch("a", xaddrs=(one, near))) == [("a", near), ("a", one), ("a", PROBED)]
    assert order() == [(PROBED, PROBED)]
    many = order(ProbeMatch("m", xaddrs=tuple(f"http://x/{n}" for n in range(50))))
    assert len(many) == MAX_ADDRESSES and many[-1] == ("m", PROBED)
    assert len(order(*(ProbeMatch(str(n)) for n in range(50)))) <= MAX_ADDRESSES


async def test_who_answers_get_but_no_probe_is_found_and_that_is_told(peer: ScriptedPeer) -> None:
    # The law: [dsp/sequence/probe-matches-tell-the-address]
    peer.endpoint = ""
    found = await look(peer)
    assert found.reached.metadata is not None
    assert ("Probe", "probe-unanswered") in [(operation, each.id) for operation, each in found.deviations]


@pytest.mark.parametrize("secure", [False, True])
def test_no_address_leads_from_a_secure_one_to_an_open_one(secure: bool) -> None:
    # The law: [dsp/security/https] [wsdapi/secure/all-https]
    told_at = "https://here/meta" if secure else "http://here/meta"
    service = HostedService(
        "http://far/open", (), "s", ("http://here/open", "https://far/", "urn:uuid:1", "https://here/")
    )
    deviations = Deviations()
    found = [each.url for each in addresses_of_service(service, told_at, deviations)]
    open_ones = [] if secure else ["http://far/open"]
    assert found == (
        ["https://here/", "https://far/"]
        if secure
        else ["http://here/open", "https://here/", *open_ones, "https://far/"]
    )
    refused = ["http://far/open", "http://here/open", "urn:uuid:1"] if secure else ["urn:uuid:1"]
    assert [(each.id, each.place, each.detail) for each in deviations] == [
        ("address-scheme", "Get", each) for each in refused
    ]


def test_a_path_alone_is_one_at_the_host_that_told_it_and_keeps_its_header_blocks() -> None:
    blocks = (b"<x:Id xmlns:x='urn:x'>7</x:Id>",)
    service = HostedService("https://far:1/", (), "s", ("/scan",), parameters=(("/scan", blocks),))
    found = addresses_of_service(service, "https://here:2/meta", Deviations())
    assert found == [ServiceAddress("https://here:2/scan", blocks), ServiceAddress("https://far:1/")]
