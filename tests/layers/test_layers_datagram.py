"""Toy handlers of DATAGRAM, a few lines each: judged by what plain sockets, and WSDiscovery's reader, got."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from layers_bench import BAD, SHORT, bad, told_in
from scan_server_bench import office

from emulator.directory.folder import FolderDirectory
from emulator.dpws.announcer import Announcer
from emulator.dpws.asker import Search, search
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.discovery import probe
from emulator.dpws.points import DATAGRAM, LaterDatagram, OutgoingDatagram
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.timing import Timing
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.soap.envelope import write_envelope

AT_ONCE = Timing(app_max_delay=0, unicast_repeat=0, multicast_repeat=0)
ADDRESS = "urn:uuid:11111111-2222-4333-8444-555555555555"


class Asker(asyncio.DatagramProtocol):
    """A socket that sends a Probe and keeps what comes."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.came.put_nowait(data)

    async def answers(self, port: int, seconds: float = 10.0) -> list[bytes]:
        """All that come to a new Probe; the first may take longer."""
        self.transport.sendto(write_envelope(probe((DEVICE_TYPE,))), ("127.0.0.1", port))
        found = []
        try:
            async with asyncio.timeout(seconds) as limit:
                while True:
                    found.append(await self.came.get())
                    limit.reschedule(asyncio.get_running_loop().time() + 0.2)
        except TimeoutError:
            return found


@pytest_asyncio.fixture
async def asker() -> AsyncIterator[Asker]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Asker, local_addr=("127.0.0.1", 0)
    )
    yield protocol
    transport.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest_asyncio.fixture
async def port(layers: Layers) -> AsyncIterator[int]:
    """A device that is on the network; its UDP port."""
    found = free_port()
    announcer = Announcer(port=found, multicast=False, timing=AT_ONCE, layers=layers)
    announcer.add(Publication(Target(ADDRESS, (DEVICE_TYPE,), "/x", instance_id=1), at_port(80)))
    async with announcer:
        yield found


async def test_what_is_answered_is_altered(asker: Asker, port: int, layers: Layers) -> None:
    asked: list[OutgoingDatagram] = []

    async def elsewhere(out: OutgoingDatagram) -> bytes:
        asked.append(out)
        return out.data.replace(ADDRESS.encode(), b"urn:uuid:nobody")

    unplug = layers.handle(DATAGRAM, elsewhere)
    (answer,) = await asker.answers(port)
    assert b"urn:uuid:nobody" in answer and ADDRESS.encode() not in answer
    assert asked[0].kind == "ProbeMatches"
    assert asked[0].to == asker.transport.get_extra_info("sockname")
    unplug()
    (answer,) = await asker.answers(port)
    assert ADDRESS.encode() in answer


async def test_one_becomes_none_or_several(asker: Asker, port: int, layers: Layers) -> None:
    unplug = layers.handle(DATAGRAM, lambda out: None)
    assert await asker.answers(port, 0.3) == []
    unplug()
    unplug = layers.handle(DATAGRAM, lambda out: [out.data[:20], b"\xff\xfe", out.data])
    answers = await asker.answers(port)
    assert [len(each) for each in answers][:2] == [20, 2]
    assert answers[2].endswith(b"Envelope>")
    unplug()
    layers.handle(DATAGRAM, lambda out: ())
    assert await asker.answers(port, 0.3) == []


async def test_one_goes_out_now_and_another_later(asker: Asker, port: int, layers: Layers) -> None:
    """The later one holds up nothing, and does not count against the time of the handler."""

    async def twice(out: OutgoingDatagram) -> tuple[bytes | LaterDatagram, ...]:
        return LaterDatagram(0.3, b"later"), out.data[:5]

    layers.handle(DATAGRAM, twice, limit=SHORT)
    begun = asyncio.get_running_loop().time()
    assert await asker.answers(port, 0.2) == [b"<?xml"]
    assert await asyncio.wait_for(asker.came.get(), 10) == b"later"
    assert asyncio.get_running_loop().time() - begun >= 0.3


async def test_late_answers_hold_up_nobody(asker: Asker, port: int, layers: Layers) -> None:
    """The first waits; the second, asked for later, is there before it."""
    held = asyncio.Event()
    count = 0

    async def first_waits(out: OutgoingDatagram) -> bytes:
        nonlocal count
        count += 1
        if count == 1:
            await held.wait()
            return b"first"
        return b"second"

    layers.handle(DATAGRAM, first_waits)
    assert await asker.answers(port, 0.3) == []
    assert await asker.answers(port) == [b"second"]
    held.set()
    assert await asyncio.wait_for(asker.came.get(), 10) == b"first"


@pytest.mark.parametrize("name", BAD)
async def test_discovery_goes_on_where_a_handler_fails(
    name: str, asker: Asker, port: int, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    """What was to be sent goes out as it is."""
    _, line = bad(layers, DATAGRAM, name)
    for _ in range(2):
        (answer,) = await asker.answers(port)
        assert ADDRESS.encode() in answer
    assert told_in(caplog, line)


async def test_several_of_which_one_is_no_datagram_are_nonsense(
    asker: Asker, port: int, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    layers.handle(DATAGRAM, lambda out: [out.data, "text"], name="the toy")
    (answer,) = await asker.answers(port)
    assert ADDRESS.encode() in answer
    assert "the handler the toy of datagram returned [b'<" in caplog.text


async def test_the_embedded_server_has_the_point(asker: Asker, tmp_path: Path, layers: Layers) -> None:
    layers.handle(DATAGRAM, lambda out: out.data.replace(b"ScanServer", b"Elsewhere"))
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, layers=layers) as server:
        answers = await asker.answers(int(server.url.rpartition(":")[2].partition("/")[0]))
    assert answers and all(b"/Elsewhere" in each and b"/ScanServer" not in each for each in answers)


async def test_what_a_search_asks_is_altered(layers: Layers) -> None:
    transport, heard = await asyncio.get_running_loop().create_datagram_endpoint(Asker, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    mark = str(uuid.uuid4()).encode()

    async def marked(out: OutgoingDatagram) -> bytes:
        assert (out.kind, out.to) == ("Probe", ("127.0.0.1", port))
        return mark

    layers.handle(DATAGRAM, marked)
    wanted = Search((DEVICE_TYPE,), timeout=0.3, selection=None, hosts=(("127.0.0.1", port),))
    assert await search(wanted, timing=AT_ONCE, layers=layers) == []
    assert await heard.came.get() == mark
    transport.close()


async def test_a_bye_waits_for_its_handler(layers: Layers) -> None:
    """The announcer stops when the handler has answered, and not before."""
    kinds: list[str] = []

    async def slow(out: OutgoingDatagram) -> bytes:
        await asyncio.sleep(0.05)
        kinds.append(out.kind)
        return out.data

    layers.handle(DATAGRAM, slow)
    announcer = Announcer(port=free_port(), timing=AT_ONCE, layers=layers)
    announcer.add(Publication(Target(ADDRESS, (DEVICE_TYPE,), "/x", instance_id=1), at_port(80)))
    async with announcer:
        await asyncio.sleep(0.2)
    assert set(kinds) == {"Hello", "Bye"}
