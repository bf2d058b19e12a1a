"""A running scan server of a small office."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from scan_server_bench import Caller, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.server import ScanServer


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The server's store."""
    return tmp_path / "store"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder of a disk in memory, where there is one: for the many stores of a test that enumerates."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or not os.access(shm, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        yield Path(folder)


@pytest_asyncio.fixture
async def server(tmp_path: Path, store: Path) -> AsyncIterator[ScanServer]:
    """A server with one scan process, over plain HTTP."""
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=store, directory=directory) as running:
        yield running


@pytest.fixture
def caller(server: ScanServer) -> Caller:
    """A client that is not ours."""
    return Caller(server.service_url)
