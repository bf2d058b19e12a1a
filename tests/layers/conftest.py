"""The devices, servers and clients of other makes that interventions are judged by are those of other folders. A
device and a scan server of a test share its layers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from scan_server_bench import Caller as ServerCaller
from scan_server_bench import office
from scan_service_bench import Caller, device

from emulator.directory.folder import FolderDirectory
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer


@pytest.fixture
def layers() -> Layers:
    return Layers()


@pytest_asyncio.fixture
async def mfp(tmp_path: Path, layers: Layers) -> AsyncIterator[Caller]:
    async with device(tmp_path, name="Reception", layers=layers) as running:
        yield Caller(running)


@pytest_asyncio.fixture
async def server(tmp_path: Path, layers: Layers) -> AsyncIterator[ServerCaller]:
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, layers=layers) as running:
        yield ServerCaller(running.service_url)
