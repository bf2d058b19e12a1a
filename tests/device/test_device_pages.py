"""Pages of a scanner: who is told of them, and who may hold, alter, refuse or jam one. A handler that fails ends
the scan job alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from device_pages import Sheets, all_of, brought, names_in, shade_of, ticket
from PIL import Image
from scanner_bench import Client, make_scanner, scan_ticket, until

from emulator.device.panel_production import PanelProduction, PanelScanFailed
from emulator.device.pipelines.as_is import AsIsFiles
from emulator.device.pipelines.stamped import StampedCopies
from emulator.device.points import (
    PAGE,
    PAGE_EVENT,
    PageAtHead,
    PageBegun,
    PageEvent,
    PageFailed,
    PageScanned,
    SheetTaken,
)
from emulator.device.scanner import VirtualScanner
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.pages import SourceError
from emulator.imaging.scanned import Scanned
from emulator.imaging.sequence import arrange

Handler = Callable[[PageAtHead], Awaitable[Scanned | None]]


@pytest_asyncio.fixture
async def scanner(tmp_path: Path) -> AsyncIterator[VirtualScanner]:
    """Six pages, two on each sheet; the spool is empty when it is stopped."""
    running = make_scanner(tmp_path / "spool", sheets=0)
    running.engine.require_feeder().load_pages(Sheets(6), two_sided=True)
    yield running
    await running.stop()
    assert names_in(tmp_path / "spool") == []


def heard(scanner: VirtualScanner) -> list[PageEvent]:
    events: list[PageEvent] = []
    scanner.layers.listen(PAGE_EVENT, events.append)
    return events


def darker(scanned: Scanned) -> Scanned:
    """The same with another shade."""
    assert isinstance(scanned.image, Image.Image)
    return replace(scanned, image=scanned.image.point(lambda value: value + 100))


async def shades(scanner: VirtualScanner, images: int, source: str = "ADF") -> list[int]:
    client = Client(scanner, scanner.create_job(scan_ticket(source)))
    return [await client.shade() for _ in range(images)]


async def test_every_sheet_and_every_side_is_told_of(scanner: VirtualScanner) -> None:
    events = heard(scanner)
    job = scanner.create_job(scan_ticket("ADFDuplex", images_to_transfer=3))
    await Client(scanner, job).fetch_all()
    assert events == [
        SheetTaken(job.id, 1, 2),
        PageBegun(job.id, 1, "front"),
        PageScanned(job.id, 1, "front"),
        PageBegun(job.id, 2, "back"),
        PageScanned(job.id, 2, "back"),
        SheetTaken(job.id, 3, 1),
        PageBegun(job.id, 3, "front"),
        PageScanned(job.id, 3, "front"),
    ]


async def test_a_handler_is_asked_for_each_side_and_may_alter_it(scanner: VirtualScanner) -> None:
    asked: list[tuple[int, str, int]] = []

    async def second_darker(page: PageAtHead) -> Scanned | None:
        asked.append((page.number, page.side, page.job.id))
        if page.number == 2:
            return darker(await page.scan())
        if page.number == 3:
            await page.scan()  # and leaves it as it is
        return None

    scanner.layers.handle(PAGE, second_darker)
    assert await shades(scanner, 6, "ADFDuplex") == [1, 102, 3, 4, 5, 6]
    assert asked == [(n, "front" if n % 2 else "back", 1) for n in range(1, 7)]


async def test_a_multi_image_document_holds_altered_pages_too(tmp_path: Path) -> None:
    async def none_of_it(page: PageAtHead) -> Scanned | None:
        scanned = await page.scan()
        assert isinstance(scanned.image, Image.Image)
        return replace(scanned, image=Image.new("1", scanned.image.size, 0)) if page.number == 2 else None

    spool = tmp_path / "spool"
    spool.mkdir()
    production = brought(Sheets(3), ticket("tiff-multi-g4", "BlackAndWhite1"), spool)
    production.scanner.layers.handle(PAGE, none_of_it)
    (produced,) = await all_of(production, tmp_path / "kept")
    assert produced.info.pages == 3
    with Image.open(produced.document.path) as document:
        document.seek(1)
        assert document.convert("L").getextrema() == (0, 0)


async def test_a_handler_may_hold_a_page(scanner: VirtualScanner) -> None:
    go = asyncio.Event()

    async def hold(page: PageAtHead) -> None:
        if page.number == 2:
            await go.wait()

    scanner.layers.handle(PAGE, hold)
    client = Client(scanner, scanner.create_job(scan_ticket()))
    assert await client.shade() == 1
    waiting = asyncio.create_task(client.shade())
    await asyncio.sleep(0.05)
    assert not waiting.done() and client.job.state == "Processing" and client.job.scans_completed == 1
    go.set()
    assert await waiting == 3
    await scanner.cancel_at_panel()


async def test_a_held_page_can_be_cancelled(scanner: VirtualScanner) -> None:
    async def hold(page: PageAtHead) -> None:
        await asyncio.sleep(60)

    scanner.layers.handle(PAGE, hold)
    job = scanner.create_job(scan_ticket())
    await until(lambda: job.state == "Processing")
    assert await scanner.cancel_at_panel()
    assert (job.state, job.reason) == ("Canceled", "JobCanceledAtDevice")


@pytest.mark.parametrize("scans", [False, True])
async def test_a_handler_may_jam_the_scanner_first(scanner: VirtualScanner, scans: bool) -> None:
    async def jam(page: PageAtHead) -> Scanned | None:
        if page.number == 2:
            scanner.jam()
            return await page.scan() if scans else None
        return None

    scanner.layers.handle(PAGE, jam)
    client = Client(scanner, scanner.create_job(scan_ticket()))
    assert await client.shade() == 1
    waiting = asyncio.create_task(client.shade())
    await until(lambda: client.job.reason == "ScannerStopped")
    await asyncio.sleep(0.05)
    assert not waiting.done() and scanner.state == "Stopped"
    scanner.clear()
    assert await waiting == 3
    await scanner.cancel_at_panel()


async def refuses(page: PageAtHead) -> None:
    raise PageFailed("page 1 is stapled")


async def raises(page: PageAtHead) -> None:
    raise KeyError("what")


async def hangs(page: PageAtHead) -> None:
    await asyncio.sleep(60)


async def talks(page: PageAtHead) -> str:
    return "a page"


FAILURES = [
    (refuses, "^page 1 is stapled$"),
    (raises, r"^the handler raises of page raised KeyError: 'what'$"),
    (hangs, r"^the handler hangs of page did not answer within 0\.2 s$"),
    (talks, r"^the handler talks of page returned 'a page'$"),
]


@pytest.mark.parametrize(("handler", "text"), FAILURES, ids=lambda value: getattr(value, "__name__", ""))
async def test_who_fails_is_named_and_the_scanner_lives(
    scanner: VirtualScanner, handler: Handler, text: str
) -> None:
    unplug = scanner.layers.handle(PAGE, handler, limit=0.2)
    asked = scan_ticket()
    production = PanelProduction(scanner, asked, scanner.resolve(asked))
    with pytest.raises(PanelScanFailed, match=text):
        async for _ in production.documents():
            raise AssertionError("nothing was scanned")
    (job,) = scanner.jobs.finished
    assert (job.state, job.reason, job.scans_completed) == ("Aborted", "DocumentFormatError", 0)
    unplug()
    assert scanner.state == "Idle"
    assert await shades(scanner, 2) == [3, 5]  # the sheet has passed


async def test_a_page_that_cannot_be_read_is_not_the_handlers_fault(tmp_path: Path) -> None:
    async def look(page: PageAtHead) -> Scanned:
        return await page.scan()

    production = brought(Sheets(3, bad=2), ticket(), tmp_path)
    production.scanner.layers.handle(PAGE, look)
    with pytest.raises(SourceError, match=r"^letters\.tif: page 2: damaged$"):
        async for _ in production.documents():
            pass
    assert names_in(tmp_path) == []


async def test_one_copy_of_many_is_altered(tmp_path: Path) -> None:
    async def fourth(page: PageAtHead) -> Scanned | None:
        return darker(await page.scan()) if page.number == 4 else None

    spool = tmp_path / "spool"
    spool.mkdir()
    pipeline = StampedCopies(ticket(), pages=2, copies=6)
    production = brought(arrange(Sheets(2), pages=6, repeat=True), ticket(), spool, pipeline=pipeline)
    production.scanner.layers.handle(PAGE, fourth)
    found = await all_of(production, tmp_path / "kept")
    assert [shade_of(produced.document.path) for produced in found] == [1, 2, 1, 102, 1, 2]
    assert names_in(spool) == []


@pytest.mark.parametrize("alters", [False, True])
async def test_of_a_file_that_is_sent_as_it_is_there_is_no_image(tmp_path: Path, alters: bool) -> None:
    async def look(page: PageAtHead) -> Scanned | None:
        return darker(await page.scan()) if alters and page.number == 2 else None

    for name in "ab":
        Image.new("L", (4, 4)).save(tmp_path / f"{name}.png")
    files = AsIsFiles(as_is_documents([tmp_path / "a.png", tmp_path / "b.png"]))
    production = brought(files, ticket(), tmp_path / "spool", pipeline=files)
    production.scanner.layers.handle(PAGE, look)
    came = []
    try:
        async for produced in production.documents():
            came.append(produced.document.path.name)
    except PanelScanFailed as error:
        assert alters and "b.png: the file is sent as it is" in str(error)
    assert came == (["a.png"] if alters else ["a.png", "b.png"])
    assert names_in(tmp_path) == ["a.png", "b.png"]


# What a user brings


@pytest.mark.parametrize("source", ["ADF", "ADFDuplex", "Platen"])
async def test_all_that_is_brought_is_scanned_however_few_sheets_the_scanner_takes(
    source: str, tmp_path: Path
) -> None:
    """And what lay in it before lies there still."""
    spool = tmp_path / "spool"
    production = brought(Sheets(12), ticket(input_source=source), spool, images=12)
    scanner = production.scanner
    feeder = scanner.engine.require_feeder()
    feeder.capacity = 3
    scanner.load_letters(2)
    spool.mkdir()
    left: list[int | None] = []
    scanner.layers.listen(PAGE_EVENT, lambda event: left.extend([event.left] * isinstance(event, SheetTaken)))  # type: ignore[union-attr]
    found = await all_of(production, tmp_path / "kept")
    assert [shade_of(produced.document.path) for produced in found] == list(range(1, 13))
    assert left == {"ADF": [3] * 11 + [2], "ADFDuplex": [3] * 5 + [2], "Platen": [2] * 12}[source]
    assert scanner.snapshot().sheets == 2 and scanner.status().active_conditions == ()


async def test_the_feeder_can_be_emptied_under_a_job(tmp_path: Path) -> None:
    sheets = Sheets(6)
    production = brought(sheets, ticket(images_to_transfer=5), tmp_path)
    documents = production.documents()
    await anext(documents)
    await until(lambda: len(sheets.taken) == 2)
    production.scanner.empty_feeder()
    assert len([produced async for produced in documents]) == 1
    assert production.left_out == 4, "one that the ticket does not want, three that were taken out"
    assert sheets.closed_at_work == [0]
    assert [each.name for each in production.scanner.status().active_conditions] == ["InputTrayEmpty"]


async def test_jobs_of_one_scanner_wait_for_its_scan_head(tmp_path: Path) -> None:
    first = brought(Sheets(3), ticket(), tmp_path)
    sheets = Sheets(4)
    second = brought(sheets, ticket(), tmp_path, scanner=first.scanner)
    one, two = first.documents(), second.documents()
    await anext(one)
    waiting = asyncio.ensure_future(anext(two))
    await until(lambda: len(first.scanner.jobs.active) == 2)
    await asyncio.sleep(0.05)
    assert [job.state for job in first.scanner.jobs.active] == ["Processing", "Pending"] and not sheets.taken
    assert len([produced async for produced in one]) == 2
    await waiting
    assert len([produced async for produced in two]) == 3
    assert [job.scans_completed for job in first.scanner.jobs.finished] == [4, 3]
    assert names_in(tmp_path) == []


async def test_who_is_cancelled_while_waiting_takes_the_pages_back(tmp_path: Path) -> None:
    first = brought(Sheets(30), ticket(), tmp_path)
    sheets = Sheets(4)
    second = brought(sheets, ticket(), tmp_path, scanner=first.scanner)
    one = first.documents()
    await anext(one)
    waiting = asyncio.create_task(all_of(second, tmp_path / "kept"))
    await until(lambda: len(first.scanner.jobs.active) == 2)
    assert await first.scanner.cancel_at_panel(first.scanner.jobs.active[1].id)
    with pytest.raises(PanelScanFailed, match=r"^the job was cancelled at the panel \(JobCanceledAtDevice\)$"):
        await waiting
    assert sheets.closed_at_work == [0] and not sheets.taken
    await one.aclose()


async def test_a_back_is_as_large_as_its_front_in_every_pipeline(tmp_path: Path) -> None:
    """DocumentSizeAutoDetect finds the size of a sheet by its front."""

    class Pictures(Sheets):
        def page(self, index, wanted=None):  # type: ignore[no-untyped-def]
            page = super().page(index, wanted)
            size = (310, 438) if index % 2 == 0 else (620, 200)
            return replace(page, image=page.image.resize(size))

    wanted = replace(ticket(input_source="ADFDuplex"), size_auto_detect=True)
    assert wanted.size_auto_detect
    spool = tmp_path / "spool"
    spool.mkdir()
    scanned = await all_of(brought(Pictures(4), wanted, spool), tmp_path / "scanned")
    pipeline = StampedCopies(wanted, pages=4, copies=4)
    stamped = await all_of(brought(Pictures(4), wanted, spool, pipeline=pipeline), tmp_path / "stamped")
    for found in (scanned, stamped):
        sizes = {(each.info.width, each.info.height) for each in found}
        assert len(found) == 4 and len(sizes) == 1 and sizes != {(620, 877)}, sizes
