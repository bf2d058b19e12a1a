"""Twelve situations through four doors: there is one scanner, so what happens at it is the same whoever asked for
the job, and so are the images. What a door has not is said where its cell would be."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from gated_scan_server import CREATE, END, GatedScanServer, gated_scan_server
from lxml import etree
from PIL import Image, ImageDraw
from posts import posts
from programs import PROJECT, devices, interrupt, run
from situation_doors import (
    GREY,
    WSCN,
    ClientDoor,
    Door,
    Ended,
    LabDoor,
    PressDoor,
    ScanDoor,
    call,
    came_out,
    happened,
    over,
    request,
    scanned,
)

from emulator import Lab, LabError
from emulator.device.profile import load_profile
from emulator.device.scanner import VirtualScanner
from emulator.lab.lab_scanner import LabScanner
from emulator.wsscan.constants import RETRIEVE_IMAGE_LIMIT

DOORS = ("scan", "press start", "Lab", "WS-Scan client")
SITUATIONS = (
    "jam", "cover", "empty", "duplex", "mixed_sizes", "cancel", "hold", "pace", "stamped", "as_is", "skip",
    "interrupt",
)  # fmt: skip
EVERY_DOOR = pytest.mark.parametrize("door", DOORS)
BEGUN = ["scanner Processing", "job Started", "job Processing"]
LAST_SHEET = ["condition InputTrayEmpty ADF"]


def completed(images: int, reason: str = "") -> list[str]:
    """A job that ends well, or with the reason that it met a condition."""
    with_reason = f"Completed {reason}".rstrip()
    return ["scanner Idle", f"job {with_reason}", f"ended {with_reason} images {images}"]


# Pages


def page(path: Path, number: int, size: tuple[int, int] = (620, 877)) -> Path:
    """A grey page at 75 ppi, with a mark where no other has one."""
    image = Image.new("L", size, 200 + number)
    ImageDraw.Draw(image).rectangle((20 + 60 * number, 40, 60 + 60 * number, 300), fill=20 * number)
    image.save(path, dpi=(75, 75))
    return path


def pixels(octets: bytes) -> Image.Image:
    with Image.open(io.BytesIO(octets)) as image:
        return image.convert("L")


def shown(octets: bytes) -> str:
    """Hash of the decoded pixels and their size."""
    image = pixels(octets)
    return hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()


def all_of(files: list[Path]) -> list[str]:
    return [shown(file.read_bytes()) for file in files]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    return [page(folder / f"page{number}.png", number) for number in range(1, 5)]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no reader reads."""
    path = tmp_path_factory.mktemp("bad") / "bad.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return path


# Doors

Opened = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """State folder and device of a `run` process."""
    folder = tmp_path_factory.mktemp("run")
    with devices("--no-multicast", cwd=folder) as ((device,), _):
        yield folder / "state", device["uuid"]


@pytest.fixture
def server() -> Iterator[GatedScanServer]:
    with gated_scan_server() as found:
        yield found


@pytest_asyncio.fixture
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: GatedScanServer
) -> AsyncIterator[Opened]:
    """Opens a door by its name; `profile`, `speed`: of its device; `clock`: of one in this process."""
    async with AsyncExitStack() as stack:

        async def open_door(
            name: str, profile: str = "office-mfp", speed: Any = "max", clock: Clock | None = None
        ) -> Door:
            if name == "scan":
                monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
                made = ScanDoor(server, tmp_path, tmp_path / "state", profile)
                made.options = ("--speed", speed)
                stack.callback(made.kill)
                return made
            if name == "press start":
                if speed == "max":
                    state, device = request.getfixturevalue("running")
                else:
                    found = devices("--no-multicast", profile, "--speed", speed, cwd=tmp_path)
                    ((one,), _) = await asyncio.to_thread(stack.enter_context, found)
                    state, device = tmp_path / "state", one["uuid"]
                door = PressDoor(state, device, server, tmp_path)
                await door.do("reset")
                return door
            lab = await stack.enter_async_context(Lab())
            if clock is not None and name == "Lab":
                scanner = VirtualScanner(
                    load_profile(profile), tmp_path, speed=speed, clock=clock, sleep=clock.sleep
                )
                stack.push_async_callback(scanner.stop)
                timed = LabDoor(LabScanner(lab, scanner), server, tmp_path, clock)
                timed.options = {"loaded": True}
                return timed
            device = await lab.add_device(profile, network=True, speed=speed)
            if name == "Lab":
                return LabDoor(device, server, tmp_path)
            came: list[tuple[float, etree._Element]] = []
            taken = posts(lambda path, data: came.append((time.monotonic(), etree.fromstring(data))))
            client = ClientDoor(device, came, stack.enter_context(taken))
            stack.callback(client.gate.allow, END)
            await client.subscribe()
            return client

        yield open_door


@pytest.fixture
def cell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes what a door has shown; printed at the end of the run."""
    situation = request.node.name.removeprefix("test_").partition("[")[0]
    door = request.node.callspec.params["door"]
    return lambda shown: record_property(
        "situations", f"{SITUATIONS.index(situation) + 1:>2} {situation:<12} {door:<15} {shown}"
    )


async def checked(there: Door, ended: Ended, images: list[str], events: list[str]) -> str:
    """That these are the images, by their pixels, and that nothing else happened; in a few words."""
    assert [shown(image) for image in ended.images] == images
    if there.name != "WS-Scan client":
        assert ended.images_told == [hashlib.sha256(image).hexdigest() for image in ended.images], "the manifest"
    assert (await there.seen()).lines == events
    return f"{ended.outcome}, {len(images)} images, {len(events)} events"


def press(door: Door, folder: Path, *words: str) -> str:
    """The command itself, at the scanner of a process."""
    assert isinstance(door, ScanDoor | PressDoor) and door.client is not None
    control = ("--control", door.client.url, "--state", door.state)
    done = run("press", *words, *control, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Situations


@EVERY_DOOR
async def test_jam(opened: Opened, door: str, pages: list[Path], tmp_path: Path, cell: Any) -> None:
    """The paper jams in the midst; the job waits, and goes on when somebody has cleared it."""
    there = await opened(door)
    await until_second_image(there, pages)
    by_command = door in ("scan", "press start")
    if by_command:
        assert "Stopped (MediaJam)" in await asyncio.to_thread(press, there, tmp_path, "jam", "ADF")
    else:
        await there.do("jam", component="ADF")
    there.gate.allow(END - 1)
    await came_out(there, 3)
    await asyncio.sleep(0.3)
    status = await there.status()
    assert (status["state"], there.out) == ("Stopped", 3), "what was scanned comes out, and nothing more"
    assert [job["scans_completed"] for job in status["active_jobs"]] == [3]
    if by_command:
        assert "Processing" in await asyncio.to_thread(press, there, tmp_path, "clear")
    else:
        await there.do("clear")
    await over(there)
    jammed = ["condition MediaJam ADF", "scanner Stopped MediaJam", "job Processing ScannerStopped"]
    cleared = ["cleared MediaJam", "scanner Processing", "job Processing"]
    events = [*BEGUN, *jammed, *cleared, *LAST_SHEET, *completed(4, "JobCompletedWithErrors")]
    cell(await checked(there, await there.end(), all_of(pages), events))


@EVERY_DOOR
async def test_cover(opened: Opened, door: str, pages: list[Path], cell: Any) -> None:
    """With a cover open no job begins, and one that runs waits. The scanner of `scan` is there with its job, so no
    cover can be open before."""
    there = await opened(door)
    await there.load(*pages)
    before: list[str] = []
    opened_cover = ["condition CoverOpen Platen"]
    if door != "scan":
        await there.do("open")
        refused = "NotAcceptingJobs" if door == "WS-Scan client" else "not now: the scanner is Stopped: CoverOpen"
        with pytest.raises(LabError, match=refused):
            await there.begin()
        await there.do("close")
        before = [*opened_cover, "scanner Stopped CoverOpen", "cleared CoverOpen", "scanner Idle"]
    there.gate.allow(1)
    await there.begin()
    await there.gate.held(2)
    await scanned(there, 3)
    await there.do("open")
    there.gate.allow(END - 1)
    await came_out(there, 3)
    await asyncio.sleep(0.2)
    assert ((await there.status())["state"], there.out) == ("Stopped", 3)
    await there.do("close")
    await over(there)
    midst = [*opened_cover, "scanner Stopped CoverOpen", "job Processing ScannerStopped", "cleared CoverOpen"]
    going_on = ["scanner Processing", "job Processing", *LAST_SHEET]
    events = [*before, *BEGUN, *midst, *going_on, *completed(4, "JobCompletedWithWarnings")]
    cell(await checked(there, await there.end(), all_of(pages), events))


@EVERY_DOOR
async def test_empty(opened: Opened, door: str, pages: list[Path], tmp_path: Path, cell: Any) -> None:
    """A feeder that is empty before the job has as many images as were asked for ends it, well; one that is empty
    at the start makes no job. To `scan` one brings pages: no page is an empty folder."""
    there = await opened(door)
    await there.load(*pages[:3])
    await there.begin({**GREY, "ImagesToTransfer": "5"})
    await over(there)
    said = await checked(there, await there.end(), all_of(pages[:3]), [*BEGUN, *LAST_SHEET, *completed(3)])
    refused = {"scan": "no page", "WS-Scan client": "ClientErrorNoImagesAvailable"}.get(door, "the feeder is empty")
    if door == "scan":
        (tmp_path / "empty").mkdir()
        there = await opened(door)
        await there.load(tmp_path / "empty")
    with pytest.raises(LabError, match=refused):
        await there.begin()
    cell(f"{said}; then {refused!r}")


@EVERY_DOOR
async def test_duplex(opened: Opened, door: str, pages: list[Path], cell: Any) -> None:
    """Two sheets, each with two sides: front, back, front, back."""
    there = await opened(door)
    await there.load(*pages, two_sided=True)
    await there.begin({**GREY, "InputSource": "ADFDuplex"})
    await over(there)
    events = [*BEGUN, *LAST_SHEET, *completed(4)]
    cell(await checked(there, await there.end(), all_of(pages), events))


@EVERY_DOOR
async def test_mixed_sizes(opened: Opened, door: str, tmp_path: Path, cell: Any) -> None:
    """Sheets of A4, A5 and letter: each image is as large as its sheet."""
    sizes = [(620, 877), (437, 620), (638, 825)]
    files = [page(tmp_path / f"{number}.png", number, size) for number, size in enumerate(sizes)]
    there = await opened(door)
    await there.load(*files)
    await there.begin({**GREY, "DocumentSizeAutoDetect": "true"})
    await over(there)
    ended = await there.end()
    assert [pixels(image).size for image in ended.images] == sizes
    cell(await checked(there, ended, all_of(files), [*BEGUN, *LAST_SHEET, *completed(3)]))


@EVERY_DOOR
async def test_cancel(opened: Opened, door: str, pages: list[Path], server: GatedScanServer, cell: Any) -> None:
    """Somebody cancels at the panel while image 2 is on its way: no other follows it."""
    there = await opened(door)
    await until_second_image(there, pages)
    await there.do("cancel")
    there.gate.allow(END - 1)
    await over(there)
    events = [
        *BEGUN,
        "job Terminating JobCanceledAtDevice",
        *(LAST_SHEET if door == "scan" else []),  # who has brought the pages takes them out
        "scanner Idle",
        "job Canceled JobCanceledAtDevice",
        "ended Canceled JobCanceledAtDevice images 3",
    ]
    ended = await there.end()
    if door == "WS-Scan client":
        assert (ended.outcome, ended.error) == ("Canceled", "ClientErrorJobCancelled")
    else:
        assert "cancelled at the panel" in ended.error and server.asked[-1] == "CancelPostScanJob"
        assert not server.ended, "the scan server was not told that this was all"
    if isinstance(there, ScanDoor):
        assert there.exit_code == 1
    cell(await checked(there, ended, all_of(pages[:2]), events))


@EVERY_DOOR
async def test_hold(opened: Opened, door: str, pages: list[Path], cell: Any) -> None:
    """While the scanner calibrates, a job is taken and waits."""
    there = await opened(door)
    await there.load(*pages)
    there.gate.allow(CREATE - 1)
    if door == "WS-Scan client":
        await there.do("condition", name="Calibrating")
        await there.begin()
    else:
        await there.begin()
        await there.gate.held(CREATE)
        await there.do("condition", name="Calibrating")
    there.gate.allow(END - 1)
    await happened(there, "job Processing")
    await asyncio.sleep(0.3)
    status = await there.status()
    assert (status["state"], list(status["reasons"])) == ("Processing", ["Calibrating"])
    assert [job["scans_completed"] for job in status["active_jobs"]] == [0] and there.out == 0
    await there.do("condition", name="Calibrating", on=False)
    await over(there)
    held = ["condition Calibrating Platen", "scanner Idle Calibrating"]
    going = ["scanner Processing Calibrating", *BEGUN[1:], "cleared Calibrating", "scanner Processing"]
    events = [*held, *going, *LAST_SHEET, *completed(4)]
    cell(await checked(there, await there.end(), all_of(pages), events))


RATE, WARM_UP = 240, 0.3
"""Pages per minute; seconds."""


class Clock:
    """A scanner's, by which its waits take no time but the one for a client that does not come."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds >= RETRIEVE_IMAGE_LIMIT:
            await asyncio.Event().wait()
        self.now += seconds


@EVERY_DOOR
async def test_pace(opened: Opened, door: str, pages: list[Path], tmp_path: Path, cell: Any) -> None:
    """At real speed the lamp warms up first, and pages leave the scan head at the profile's rate: exactly by the
    scanner's own clock, where a test can give it one, and nowhere faster."""
    text = (PROJECT / "profiles" / "office-mfp.toml").read_text("utf-8")
    text = re.sub(r"(?m)^warm_up = .*$", f"warm_up = {WARM_UP}", text)
    text = re.sub(r"(?m)^pages_per_minute = 45$", f"pages_per_minute = {RATE}", text)
    (tmp_path / "quick.toml").write_text(text, "utf-8")
    clock = Clock()
    there = await opened(door, str(tmp_path / "quick.toml"), "real", clock)
    await there.load(*pages[:3])
    await there.begin()
    await over(there)
    seen = await there.seen()
    seconds = seen.between("condition LampWarming ADF", "ended Completed images 3")
    profiled = WARM_UP + 3 * 60 / RATE
    assert seconds > profiled - 0.02, "no faster than the profile says"
    assert door != "Lab" or seconds == pytest.approx(profiled)
    warming = ["condition LampWarming ADF", "scanner Processing LampWarming", "cleared LampWarming"]
    scanning = ["scanner Processing", "job Processing", *LAST_SHEET, *completed(3)]
    events = ["scanner Processing", "job Started", *warming, *scanning]
    said = await checked(there, await there.end(), all_of(pages[:3]), events)
    cell(f"{said}; {seconds:.2f} s")


@EVERY_DOOR
async def test_stamped(opened: Opened, door: str, pages: list[Path], cell: Any) -> None:
    """Numbered copies of one page. A device of `run` and a WS-Scan client know no such job: a sheet that is loaded
    four times comes out four times, without a number."""
    there = await opened(door)
    if door == "scan":
        there.options += ("--stamped", "--pages", "4")
        await there.load(pages[0])
    elif door == "Lab":
        there.device.empty()
        await there.load()
        there.brought, there.options = (pages[0],), {"stamped": True, "pages": 4}
    else:
        await there.load(*[pages[0]] * 4)
    if door == "press start":
        with pytest.raises(LabError, match="'stamped' is no field of start"):
            await there.begin(stamped=True)
    await there.begin()
    await over(there)
    ended = await there.end()
    images = [pixels(image) for image in ended.images]
    body, foot = (0, 0, 620, 700), (0, 700, 620, 877)
    assert {image.crop(body).tobytes() for image in images} == {pixels(pages[0].read_bytes()).crop(body).tobytes()}
    feet = {image.crop(foot).tobytes() for image in images}
    assert len(feet) == (4 if door in ("scan", "Lab") else 1)
    events = [*BEGUN, *LAST_SHEET, *completed(4)]
    said = await checked(there, ended, [shown(image) for image in ended.images], events)
    cell(f"{said}; {len(feet)} different {'feet' if len(feet) > 1 else 'foot: no such job at this door'}")


@EVERY_DOOR
async def test_as_is(opened: Opened, door: str, pages: list[Path], cell: Any) -> None:
    """The files' own octets. A device of `run` and a WS-Scan client know no such job: the sheets are scanned, and
    come out with the same pixels in octets of the scanner's own."""
    there = await opened(door)
    if door == "scan":
        there.options += ("--as-is",)
        await there.load(*pages)
    elif door == "Lab":
        there.device.empty()
        await there.load()
        there.brought, there.options = tuple(pages), {"as_is": True}
    else:
        await there.load(*pages)
    if door == "press start":
        with pytest.raises(LabError, match="'as_is' is no field of start"):
            await there.begin(as_is=True)
    await there.begin()
    await over(there)
    ended = await there.end()
    same = [image == path.read_bytes() for image, path in zip(ended.images, pages, strict=True)]
    assert same == [door in ("scan", "Lab")] * 4
    said = await checked(there, ended, all_of(pages), [*BEGUN, *LAST_SHEET, *completed(4)])
    cell(f"{said}; {'octets of the files' if all(same) else 'the pixels alone: no such job at this door'}")


@EVERY_DOOR
async def test_skip(opened: Opened, door: str, pages: list[Path], bad: Path, cell: Any) -> None:
    """One file of three cannot be read: it is left out. Into the feeder of a device such a file does not come: who
    loads it is told its name, nothing is loaded, and the others are loaded without it."""
    there = await opened(door)
    if door == "scan":
        there.options += ("--skip-bad",)
        await there.load(pages[0], bad, pages[1])
    elif door == "Lab":
        there.device.empty()
        await there.load()
        there.brought, there.options = (pages[0], bad, pages[1]), {"skip_bad": True}
    else:
        await there.load(pages[2])
        with pytest.raises(LabError, match=re.escape("bad.png")):
            await there.load(pages[0], bad, pages[1])
        await there.load(*pages[:2])
    await there.begin()
    await over(there)
    ended = await there.end()
    if isinstance(there, ScanDoor):
        assert there.exit_code == 1, "a page was left out"
    said = await checked(there, ended, all_of(pages[:2]), [*BEGUN, *LAST_SHEET, *completed(2)])
    cell(f"{said}; {'left out' if door in ('scan', 'Lab') else 'not loaded'}: bad.png")


@EVERY_DOOR
async def test_interrupt(
    opened: Opened, door: str, pages: list[Path], tmp_path: Path, server: GatedScanServer, cell: Any
) -> None:
    """Whoever asked for the job gives up in the midst: Ctrl-C at the command and at `run`, a task that is
    cancelled, a client that goes away while an image comes. The job ends, here and at the scan server."""
    if sys.platform == "win32" and door in ("scan", "press start"):
        pytest.skip("Ctrl-C goes to a whole console there")
    server.hold_cancel = False
    events = [*BEGUN, "scanner Idle", "job Aborted ImageTransferError"]
    events.append("ended Aborted ImageTransferError images 3")
    if door == "WS-Scan client":
        there = await opened(door)
        ended = await gone_away(there, pages)
        await checked(there, ended, [], events)
        cell(f"{ended.outcome}, 1 image, and 10,000 octets of the next; {len(events)} events")
        return
    if door == "press start":
        with devices("--no-multicast", cwd=tmp_path) as ((device,), process):
            there = PressDoor(tmp_path / "state", device["uuid"], server, tmp_path)
            await until_second_image(there, pages)
            interrupt(process)
            assert await asyncio.to_thread(process.wait, 30) == 0
    else:
        there = await opened(door)
        await until_second_image(there, pages)
        if isinstance(there, ScanDoor):
            assert await there.interrupted() == 130
        else:
            there.job.cancel()
            with pytest.raises(LabError, match="interrupted; the job was cancelled at the scan server"):
                await there.job
            assert (await there.seen()).lines == events
    assert server.asked[-1] == "CancelPostScanJob" and not server.ended
    assert all_of(pages[:1]) == [shown(image) for image in server.images]
    records = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text("utf-8").splitlines()]
    (result,) = [each["result"] for each in records if "result" in each]
    assert "interrupted; the job was cancelled at the scan server" in result["error"]
    assert [each["acknowledged"] for each in result["images"]] == [True, False]
    cell(f"{result['outcome']}, 1 image acknowledged; {server.asked[-1]}")


async def until_second_image(there: Door, pages: list[Path]) -> None:
    """Begin the job; image 2 is on its way then, and three have been scanned."""
    await there.load(*pages)
    there.gate.allow(1)
    await there.begin()
    await there.gate.held(2)
    await scanned(there, 3)


async def gone_away(there: ClientDoor, pages: list[Path]) -> Ended:
    """A client who has one large image and closes its connection while the next one comes."""
    await there.load(*pages)
    large = {"Format": "tiff-single-uncompressed", "Resolution": "200x200", "ColorProcessing": "RGB24"}
    assert await asyncio.to_thread(there.create, large)
    operation = f"{WSCN}/RetrieveImage"
    assert (await asyncio.to_thread(call, there.service, operation, there.retrieve())).image
    connection, response = await asyncio.to_thread(request, there.service, operation, there.retrieve())
    assert response.status == 200 and len(response.read(10_000)) == 10_000
    await scanned(there, 3)
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    response.close()
    connection.close()
    await over(there)
    return await there.end()
