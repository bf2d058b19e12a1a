"""Jobs of two pages that a client of ours runs while a fault of a plan acts on it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import scan_server_bench as at_server
from disturbed import DEVICE, disturbed

from emulator.dsm.driver import Document, PostScanJobDriver, PostScanJobFailed
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import JobLimits
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.layers import Layers
from emulator.transport.client import StreamClient

CREATE: Final = CreatePostScanJobRequest(
    at_server.SID,
    at_server.PSP_ID,
    PostScanInstructions("Invoice", (FileShareFilter((r"\\files\In",)),)),
)


async def documents(folder: Path, count: int) -> AsyncIterator[Document]:
    for number in range(1, count + 1):
        path = folder / f"{number}.jpg"
        path.write_bytes(at_server.IMAGE)
        digest = hashlib.sha256(at_server.IMAGE).hexdigest()
        yield Document(number, "jfif", "image/jpeg", path, len(at_server.IMAGE), digest)


async def run_job(url: str, folder: Path, deed: str) -> tuple[str, float]:
    """The outcome of a job of two pages, and how long it took."""
    layers = Layers()
    client = StreamClient(layers=layers)

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0.01)

    driver = PostScanJobDriver(
        client, service_url=url, limits=JobLimits(connect=2, read=3, job=10), layers=layers, sleep=no_pause
    )
    begun = time.monotonic()
    with disturbed(layers, DEVICE, deed) as ledger:
        try:
            outcome = str((await driver.run(CREATE, documents(folder, 2), lambda *_: None)).outcome)
        except PostScanJobFailed:
            outcome = "Failed"
        finally:
            await client.aclose()
    assert not ledger.unfired
    return outcome, time.monotonic() - begun
