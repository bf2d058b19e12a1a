"""The scan server answers Probes that come as datagrams to the UDP port of its HTTP port (MS-BDSRR)."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.directory.folder import FolderDirectory
from emulator.dpws.asker import Search, search
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.findings import Found
from emulator.dpws.hosting import Hosting
from emulator.jobs.choices import office_folder
from emulator.scan_server.server import ScanServer
from emulator.soap.xml import QName
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context_from


def make_server(store: Path, **options: object) -> ScanServer:
    hosting = Hosting(**options)  # type: ignore[arg-type]
    return ScanServer(store=store, directory=FolderDirectory(office_folder()), hosting=hosting)


async def ask(url: str, *types: QName) -> list[Found]:
    """What answers; again if nothing does, for datagrams may be lost and this machine may be busy."""
    parts = urlsplit(url)
    wanted = Search(types, timeout=0.8, selection=None, hosts=((parts.hostname or "", parts.port or 0),))
    return await search(wanted) or await search(wanted) or await search(wanted)


async def test_a_probe_to_its_udp_port_is_answered_with_its_url(tmp_path: Path) -> None:
    # The law: [bdsrr/3.2.3/listens-on-udp-and-tcp]
    async with make_server(tmp_path) as server:
        (found,) = await ask(server.url)
        assert found.match.xaddrs == (server.url,)
        assert found.match.types == (DEVICE_TYPE,)
        assert await ask(server.url, DEVICE_TYPE)
        assert await ask(server.url, QName("urn:x", "Other")) == []


@pytest.mark.parametrize("bind", ["0.0.0.0", "localhost"])
async def test_the_address_told_is_the_one_that_the_asker_reached(tmp_path: Path, bind: str) -> None:
    async with make_server(tmp_path, bind=bind) as server:
        port = urlsplit(server.url).port
        (found,) = await ask(f"http://127.0.0.1:{port}")
        assert found.match.xaddrs == (f"http://127.0.0.1:{port}/ScanServer",)


async def test_with_tls_the_url_is_https(tmp_path: Path) -> None:
    context = server_context_from(LabAuthority.create().issue_server(("127.0.0.1",)))
    async with make_server(tmp_path, tls=context) as server:
        (found,) = await ask(server.url)
        assert found.match.xaddrs[0].startswith("https://127.0.0.1:")


def udp_port_taken_alone() -> socket.socket:
    """Takes a UDP port whose number is free for TCP, where a connection of another test may have it."""
    while True:
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        taken.bind(("127.0.0.1", 0))
        try:
            with socket.create_server(taken.getsockname()):
                return taken
        except OSError:
            taken.close()


async def test_a_taken_udp_port_is_told_and_the_server_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with udp_port_taken_alone() as taken:
        port = taken.getsockname()[1]
        async with make_server(tmp_path, port=port) as server:
            assert f":{port}/" in server.url
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
    assert "UDP" in caplog.text
