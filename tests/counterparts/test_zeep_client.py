"""A client of another make, zeep with our WSDL, and the embedded scan server. zeep writes no attachments, so
images go inline as base64."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from emulator.directory.folder import FolderDirectory
from emulator.resources import resource_folder
from emulator.scan_server import ScanServer

T = TypeVar("T")


@pytest.fixture(scope="module")
def office() -> FolderDirectory:
    """The users and scan processes that come with the project."""
    return FolderDirectory(resource_folder("profiles") / "office")


@pytest_asyncio.fixture
async def server(tmp_path: Path, office: FolderDirectory) -> AsyncIterator[ScanServer]:
    """The embedded server over plain HTTP."""
    async with ScanServer(store=tmp_path / "store", directory=office) as running:
        yield running


async def call(function: Callable[..., T], *arguments: object) -> T:
    """zeep blocks, so it has a thread of its own."""
    return await asyncio.to_thread(function, *arguments)
