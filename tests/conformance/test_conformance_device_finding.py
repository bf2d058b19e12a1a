"""Finding the device that is judged, by the group on loopback; and devices whose datagrams are no good."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from device_plugs import spoilt
from discovery_values import AT_ONCE, make_target, publish
from disturbed import DEVICE, disturbed
from disturbed import fault as planned
from judged_device import free_udp_port, judged, judged_peer
from mutant import Mutant

from emulator.conformance.by_udp import reach_of
from emulator.conformance.check import Subject, all_checks
from emulator.conformance.datagrams import MOST_DATAGRAMS
from emulator.conformance.devices.finding import NotFound, SeveralFound, find_device
from emulator.conformance.devices.hands import NobodysHands
from emulator.conformance.runner import FIRST, LAST, Runner
from emulator.dpws.announcer import Announcer
from emulator.layers import Layers
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
HERE = ("127.0.0.1",)
CHECKS = all_checks(Subject.DEVICE)


@asynccontextmanager
async def network(*numbers: int, port: int, layers: Layers | None = None, http: int = 5357) -> AsyncIterator[None]:
    """Scanners on loopback, which answer at once."""
    announcer = Announcer(port=port, timing=AT_ONCE, poll=60, layers=layers)
    for number in numbers:
        announcer.add(publish(make_target(number), http))
    async with announcer:
        yield


@contextmanager
def listening() -> Iterator[int]:
    """A TCP port at which somebody is, who answers any request with 404."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_one_is_found_by_its_address_and_as_the_only_one() -> None:
    port = free_udp_port()
    async with network(1, port=port):
        found = await find_device(make_target(1).address, HERE, port=port)
        assert (found.url, found.interface) == ("http://127.0.0.1:5357/device/1", "lo")
        assert {each.operation for each in found.exchanges} == {"Resolve"}
        assert found.exchanges[0].udp and found.exchanges[0].url == f"soap.udp://239.255.255.250:{port}"
        alone = await find_device("", HERE, port=port, seconds=1.0)
        assert alone.address == make_target(1).address


async def test_of_several_one_has_to_be_named() -> None:
    port = free_udp_port()
    async with network(1, 2, port=port):
        with pytest.raises(SeveralFound, match="2 scanners answer") as raised:
            await find_device("", HERE, port=port, seconds=1.0)
        named = {each.address: each.xaddrs for each in raised.value.candidates}
        assert named[make_target(2).address] == ["http://127.0.0.1:5357/device/2"]
        found = await find_device(make_target(2).address, HERE, port=port)
    assert found.url.endswith("/device/2")


async def test_nobody_is_told_with_where_was_looked() -> None:
    port = free_udp_port()
    with pytest.raises(NotFound, match="no scanner answers a Probe, on lo"):
        await find_device("", HERE, port=port, seconds=0.1)
    with pytest.raises(NotFound, match="nobody says where urn:uuid:x is"):
        await find_device("urn:uuid:x", HERE, port=port, seconds=0.1)
    with pytest.raises(NotFound, match="--interface no-such: there is no such interface"):
        await find_device("", ("no-such",), port=port)


async def test_who_answers_for_everybody_is_not_taken_for_the_one_that_is_looked_for() -> None:
    port, layers = free_udp_port(), Layers()
    other = planned("datagram", "address-other", operation="ResolveMatches")
    with disturbed(layers, DEVICE, other):
        async with network(1, port=port, layers=layers):
            with pytest.raises(NotFound):
                await find_device(make_target(1).address, HERE, port=port, seconds=1.0)


async def test_of_two_addresses_the_one_that_is_alive_is_taken() -> None:
    port, layers = free_udp_port(), Layers()
    with socket.socket() as dead, listening() as alive:
        dead.bind(("127.0.0.1", 0))  # bound and not listening: refused
        gone = f"http://127.0.0.1:{dead.getsockname()[1]}/gone"
        two = planned("datagram", "xaddrs-two", operation="ResolveMatches", another=gone, first=True)
        with disturbed(layers, DEVICE, two):
            async with network(1, port=port, layers=layers, http=alive):
                found = await find_device(make_target(1).address, HERE, port=port)
    assert found.url == f"http://127.0.0.1:{alive}/device/1"
    assert [each.url for each in found.exchanges if each.operation == "Get"] == [gone, found.url]


async def test_of_a_name_with_two_addresses_the_one_that_is_alive_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def known(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, 0, 0, "", (address, 0)) for address in ("127.0.0.77", "127.0.0.1")]

    with listening() as port:
        loop = asyncio.get_running_loop()
        real = loop.getaddrinfo
        monkeypatch.setattr(
            loop, "getaddrinfo", lambda host, *more, **most: (known if host == "two" else real)(host, *more, **most)
        )
        found = await reach_of(f"http://two:{port}/x")
    assert (found.host, found.hosts) == ("127.0.0.1", ("127.0.0.1", "127.0.0.77"))
    assert found.interface is not None and found.interface.name == "lo"


# Devices whose datagrams are no good

SOME = ["discovery/probe-matches/headers", "discovery/match/no-match-by-multicast-silence", "wscn/job/job-id"]
Done = Literal["as ever", "passed over", "answered"]


async def test_a_device_that_floods_is_judged_and_bounded(tmp_path: Path) -> None:
    flood = spoilt("twice", "datagram", operation="ProbeMatches", copies=100)
    begun = time.monotonic()
    run, recording = await judged(tmp_path, SOME, Mutant(FIRST, "floods", (flood,)))
    assert run.verdict(FIRST) is Verdict.PASSED and run.verdict(LAST) is Verdict.PASSED
    assert all(run.verdict(id) is Verdict.PASSED for id in SOME)
    most = max(len(each.datagrams) for each in recording)
    assert 50 < most <= MOST_DATAGRAMS and time.monotonic() - begun < 60


async def test_a_device_that_answers_everything_fails_where_silence_is_wanted(tmp_path: Path) -> None:
    mutant = Mutant(FIRST, "for everybody", at_udp=lambda octets, to_group: "answered")
    run, _ = await judged(tmp_path, SOME, mutant)
    assert [run.verdict(id) for id in SOME] == [Verdict.PASSED, Verdict.FAILED, Verdict.PASSED]
    assert run.verdict(LAST) is Verdict.PASSED


async def test_a_device_that_is_deaf_once_it_has_had_junk(tmp_path: Path) -> None:
    deaf: list[bytes] = []

    def at_udp(octets: bytes, to_group: bool) -> Done:
        if b"Envelope>" not in octets:
            deaf.append(octets)
        return "passed over" if deaf else "as ever"

    id = "soap/udp/no-envelope-silence"
    run, _ = await judged(tmp_path, [id, *SOME], Mutant(id, "deaf", at_udp=at_udp))
    found = next(each for each in run.judged if each.id == id)
    assert found.verdict is Verdict.WARNED and found.evidence.met == "no answer to the Probe behind them"
    assert run.verdict(LAST) is Verdict.PASSED


async def test_a_device_without_udp_is_judged_by_all_else(tmp_path: Path) -> None:
    mutant = Mutant(FIRST, "deaf", at_udp=lambda octets, to_group: "passed over")
    silence = "discovery/match/no-match-by-multicast-silence"
    async with judged_peer(tmp_path, mutant) as peer:
        run = await Runner(peer, [CHECKS[id] for id in (*SOME, "discovery/multicast/groups-and-port")]).run()
    assert run.verdict(silence) is Verdict.NOT_RUN, "silence of who answers nothing proves nothing"
    assert run.verdict("discovery/multicast/groups-and-port") is Verdict.FAILED
    assert run.verdict("discovery/probe-matches/headers") is Verdict.PASSED, "over HTTP"
    assert run.verdict(LAST) is Verdict.PASSED


async def test_hello_and_bye_need_hands(tmp_path: Path) -> None:
    async with judged_peer(tmp_path) as peer:
        peer.hands = NobodysHands()
        run = await Runner(peer, [CHECKS["discovery/life/bye-at-stop"], CHECKS["discovery/hello/body"]]).run()
    told: dict[str, Any] = {each.id: each for each in run.judged}
    assert told["discovery/hello/body"].verdict is Verdict.NOT_RUN
    assert "switch the device off" in told["discovery/life/bye-at-stop"].evidence.met
