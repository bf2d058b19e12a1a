"""From HOST:PORT to metadata where a ProbeMatch tells no XAddrs, dead ones, or several devices answer; by `inspect`
and by the search that `scan` makes."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from scripted_peer import ENDPOINT, ScriptedPeer, metadata, serving

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.probed import MAX_ADDRESSES, addresses_of
from emulator.environment.exit_codes import LabError
from emulator.inspector.inspect import Inspection, inspect
from emulator.options.asking import AskOptions

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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/dead"


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedPeer]:
    """A host whose device answers Get only to its own endpoint and never at the stable path."""
    async with serving(ScriptedPeer({"Get": metadata()})) as found:
        found.endpoint = ENDPOINT
        yield found


async def look(peer: ScriptedPeer) -> Inspection:
    return await inspect(peer.url.removeprefix("http://"), AskOptions(timeout=3))


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


def test_the_order_in_which_addresses_are_tried() -> None:
    first, second, silent = (
        ProbeMatch("a", xaddrs=("1", "2", "1")),
        ProbeMatch("b", xaddrs=("2", "bad")),
        ProbeMatch("c"),
    )
    usable = lambda xaddr: xaddr != "bad"  # noqa: E731
    assert addresses_of([first, second], "probed", usable) == [("a", "1"), ("a", "2"), ("b", "2"), ("a", "probed")]
    assert addresses_of([silent, first], "probed", usable) == [("a", "1"), ("a", "2"), ("c", "probed")]
    assert addresses_of([first], "1", usable) == [("a", "1"), ("a", "2")]
    assert addresses_of([], "probed", usable) == [("probed", "probed")]
    many = ProbeMatch("m", xaddrs=tuple(map(str, range(50))))
    assert len(addresses_of([many], "probed", usable)) == MAX_ADDRESSES
    assert addresses_of([many], "probed", usable)[-1] == ("m", "probed")
    crowd = [ProbeMatch(str(n)) for n in range(50)]
    assert len(addresses_of(crowd, "probed", usable)) <= MAX_ADDRESSES
