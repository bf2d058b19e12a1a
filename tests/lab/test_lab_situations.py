"""Twelve situations through four doors: one scanner, so what happens at it is the same whoever asked for the job, and
so are the images. What a door has not is said where its cell would be."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from gated_scan_server import END, gated_scan_server
from lxml import etree
from PIL import Image, ImageDraw
from posts import posts
from programs import devices
from situation_doors import (
    ClientDoor,
    Door,
    LabDoor,
    PressDoor,
    ScanDoor,
    over,
    scanned,
)

from emulator import Lab

DOORS = ("press start", "Lab", "WS-Scan client")


# Pages


def page(path: Path, number: int, size: tuple[int, int] = (620, 877)) -> Path:
    """A grey page at 75 ppi, with a mark where no other has one."""
    image = Image.new("L", size, 200 + number)
    ImageDraw.Draw(image).rectangle((20 + 60 * number, 40, 60 + 60 * number, 300), fill=20 * number)
    image.save(path, dpi=(75, 75))
    return path


def shown(octets: bytes) -> str:
    """Hash of the decoded pixels and their size."""
    with Image.open(io.BytesIO(octets)) as image:
        pixels = image.convert("L")
        return hashlib.sha256(repr(pixels.size).encode() + pixels.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    return [page(folder / f"page{number}.png", number) for number in range(1, 5)]


# Doors


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """State folder and device of a `run` process."""
    folder = tmp_path_factory.mktemp("run")
    with devices("--no-multicast", cwd=folder) as ((device,), _):
        yield folder / "state", device["uuid"]


@pytest_asyncio.fixture
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Any]]:
    """Opens a door by its name."""
    async with AsyncExitStack() as stack:

        async def open_door(name: str) -> Door:
            server = stack.enter_context(gated_scan_server())
            if name == "press start":
                state, device = request.getfixturevalue("running")
                door = PressDoor(state, device, server, tmp_path)
                await door.do("reset")
                return door
            if name == "scan":
                monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
                return ScanDoor(server, tmp_path, tmp_path / "state")
            lab = await stack.enter_async_context(Lab())
            device = await lab.add_device(network=True)
            if name == "Lab":
                return LabDoor(device, server, tmp_path)
            came: list[etree._Element] = []
            sink = stack.enter_context(posts(lambda path, data: came.append(etree.fromstring(data))))
            client = ClientDoor(device, came, sink)
            await client.subscribe()
            return client

        yield open_door


@pytest.mark.parametrize("door", DOORS)
async def test_jam(opened: Any, door: str, pages: list[Path]) -> None:
    there = await opened(door)
    await there.load(*pages)
    there.gate.allow(1)
    await there.begin()
    await there.gate.held(2)
    await scanned(there, 3)
    await there.do("jam", component="ADF")
    assert (await there.status())["state"] == "Stopped"
    there.gate.allow(END - 1)
    await asyncio.sleep(0.3)
    await there.do("clear")
    await over(there)
    ended = await there.end()
    print(door, *(await there.seen()).lines, sep="\n  ")
    print(ended.outcome, len(ended.images), ended.error, ended.images_told)
    assert [shown(i) for i in ended.images] == [shown(p.read_bytes()) for p in pages]
