"""Several pages are worked on at once: documents are those of one lane, in the order of the pages; no more is made
ahead than there is room for; whatever ends the scan, no thread and no file is left."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from device_pages import Sheets, all_of, brought, names_in, shade_of, ticket, until
from PIL import Image

from emulator.device.originals import Originals
from emulator.device.panel_production import PanelProduction, PanelScanFailed
from emulator.device.pipelines.lanes import PagesInLanes, _Made
from emulator.device.pipelines.pipeline import PagePipeline
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.points import PAGE, PageAtHead
from emulator.device.profile import load_profile
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.imaging.files import open_files
from emulator.imaging.pages import Page, PageSource, SourceError, Wanted
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.resolution import Resolved
from emulator.wsscan.values.status import ConditionName
from emulator.wsscan.values.ticket import EffectiveTicket, ScanTicket

_sources: dict[int, Watched] = {}
_numbers = itertools.count()


def _source(number: int) -> Watched:
    return _sources[number]


class Watched(Sheets):
    """Sheets whose copies in the lanes are itself, so that a test sees what all lanes take. A page but the first
    comes when `met` pages are asked for at once."""

    def __init__(
        self,
        count: int,
        *,
        bad: int | None = None,
        hold: dict[int, threading.Event] | None = None,
        met: int = 1,
    ) -> None:
        super().__init__(count, bad=bad, hold=hold)
        self.number = next(_numbers)
        self.met = threading.Barrier(met)
        _sources[self.number] = self

    def __reduce__(self) -> tuple[Callable[[int], Watched], tuple[int]]:
        return _source, (self.number,)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        page = super().page(index, wanted)
        if index:
            self.met.wait(20)
        return page


def in_lanes(
    source: Watched, wanted: EffectiveTicket, spool: Path, lanes: int, scanner: VirtualScanner | None = None
) -> PanelProduction:
    pipeline = PagesInLanes(wanted, source, len(source), lanes)
    return brought(source, wanted, spool, pipeline=pipeline, scanner=scanner)


def clocked(spool: Path) -> tuple[VirtualScanner, Callable[[float], None]]:
    """A scanner whose clock a test sets."""
    now = [datetime(2026, 5, 4, 12, tzinfo=UTC)]

    def go_on(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    scanner = VirtualScanner(load_profile("office-mfp"), spool, filled=False, jobs=ANY_NUMBER, now=lambda: now[0])
    return scanner, go_on


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


FORMATS = {"png": "Grayscale8", "exif": "RGB24", "tiff-multi-g4": "BlackAndWhite1", "pdf-a": "Grayscale8"}


@pytest.mark.parametrize("source", ["ADF", "ADFDuplex"])
@pytest.mark.parametrize("format", list(FORMATS))
async def test_documents_are_those_of_one_lane(format: str, source: str, spool: Path, tmp_path: Path) -> None:
    wanted = replace(ticket("png", FORMATS[format], input_source=source), format=format)
    hashes = []
    for lanes in (1, 2, 5):
        (folder := spool / str(lanes)).mkdir()
        scanner, _ = clocked(folder)
        sheets = Watched(9)
        told: list[tuple[str, list[int]]] = []

        def note(sha256: str, numbers: Sequence[int], truths: object, told: list[Any] = told) -> None:
            told.append((sha256, list(numbers)))

        if lanes == 1:
            pipeline: PagePipeline = ScannedPages(wanted, on_document=note)
        else:
            pipeline = PagesInLanes(wanted, sheets, 9, lanes, on_document=note)
        production = brought(sheets, wanted, folder, pipeline=pipeline, scanner=scanner)
        found = await all_of(production, tmp_path / f"kept {lanes}")
        images = [list(range(1, 10))] if pipeline.one_document else [[number] for number in range(1, 10)]
        assert told == [(each.document.sha256, own) for each, own in zip(found, images, strict=True)]
        hashes.append([hashlib.sha256(each.document.path.read_bytes()).hexdigest() for each in found])
        assert [each.document.sha256 for each in found] == hashes[-1]
        assert [each.document.document_id for each in found] == list(range(1, len(found) + 1))
        assert names_in(folder) == []
        assert sheets.at_work == 0 and not any(sheets.closed_at_work)
    assert hashes[0] == hashes[1] == hashes[2] and len(hashes[0]) == (
        1 if format in ("tiff-multi-g4", "pdf-a") else 9
    )


@pytest.mark.parametrize("format", ["png", "tiff-multi-g4"])
async def test_as_many_pages_as_lanes_are_worked_on_at_once(format: str, spool: Path, tmp_path: Path) -> None:
    """Each waits until three are asked for; the first shows that they are worth it."""
    sheets = Watched(10, met=3)
    found = await all_of(in_lanes(sheets, ticket(format, FORMATS[format]), spool, 3), tmp_path / "kept")
    assert sum(each.info.pages for each in found) == 10


async def test_a_page_that_takes_longer_holds_up_those_behind_it(spool: Path) -> None:
    go = threading.Event()
    sheets = Watched(8, hold={2: go})
    documents = in_lanes(sheets, ticket(), spool, 2).documents()
    assert shade_of((await anext(documents)).document.path) == 1
    second = asyncio.ensure_future(anext(documents))
    await until(lambda: 5 in sheets.taken)
    await asyncio.sleep(0.05)
    assert not second.done()
    go.set()
    assert shade_of((await second).document.path) == 2
    assert [shade_of(each.document.path) async for each in documents] == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("lanes", [2, 3])
async def test_no_more_is_made_ahead_than_two_documents_a_lane(lanes: int, spool: Path) -> None:
    sheets = Watched(60)
    documents = in_lanes(sheets, ticket(), spool, lanes).documents()
    for number in range(1, 6):
        await anext(documents)
        await asyncio.sleep(0.05)
        # One is sent, one waits, and those that are made ahead.
        assert number + 2 < len(sheets.taken) <= number + 1 + 2 * lanes
        assert len(names_in(spool)) <= 2 + 2 * lanes
    await documents.aclose()
    assert names_in(spool) == [] and sheets.at_work == 0


async def test_images_of_one_document_are_held_one_a_lane_and_one_more(spool: Path, tmp_path: Path) -> None:
    go = threading.Event()
    sheets = Watched(60, hold={2: go})
    task = asyncio.create_task(
        all_of(in_lanes(sheets, ticket("tiff-multi-g4", "BlackAndWhite1"), spool, 2), tmp_path / "kept")
    )
    await until(lambda: len(sheets.taken) == 4)
    await asyncio.sleep(0.05)
    assert len(sheets.taken) == 4
    go.set()
    (found,) = await task
    assert found.info.pages == 60


@pytest.mark.parametrize("taken", [0, 1, 4])
async def test_ending_early_leaves_no_file_and_no_thread(taken: int, spool: Path) -> None:
    sheets = Watched(60)
    documents = in_lanes(sheets, ticket(), spool, 3).documents()
    for _ in range(taken):
        await anext(documents)
    await documents.aclose()
    assert names_in(spool) == [] and sheets.at_work == 0
    count = len(sheets.taken)
    await asyncio.sleep(0.05)
    assert len(sheets.taken) == count


async def test_pages_under_way_end_before_sources_and_spool_go(spool: Path, tmp_path: Path) -> None:
    go = threading.Event()
    sheets = Watched(9, hold={3: go, 4: go})
    task = asyncio.create_task(all_of(in_lanes(sheets, ticket(), spool, 2), tmp_path / "kept"))
    await until(lambda: {3, 4} <= set(sheets.taken))
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names_in(spool) == [] and not any(sheets.closed_at_work)
    assert sorted(sheets.taken) == [1, 2, 3, 4]


@pytest.mark.parametrize("bad", [1, 2, 5])
async def test_a_bad_page_is_named_after_all_before_it_have_come(bad: int, spool: Path) -> None:
    came: list[int] = []
    with pytest.raises(SourceError, match=rf"^letters\.tif: page {bad}: damaged$"):
        async for produced in in_lanes(Watched(7, bad=bad), ticket(), spool, 3).documents():
            came.append(produced.document.document_id)
    assert came == list(range(1, bad))
    assert not names_in(spool)


async def test_a_bad_page_that_nobody_wants_spoils_nothing(spool: Path) -> None:
    production = in_lanes(Watched(7, bad=4), ticket(), spool, 3)
    documents = production.documents()
    await anext(documents)
    await asyncio.sleep(0.05)
    await documents.aclose()
    assert not names_in(spool)


async def test_a_jam_lets_nothing_pass_until_it_is_cleared(spool: Path) -> None:
    scanner, _ = clocked(spool)
    sheets = Watched(9)
    documents = in_lanes(sheets, ticket(), spool, 2, scanner).documents()
    came = [shade_of((await anext(documents)).document.path)]
    await asyncio.sleep(0.05)
    scanner.engine.set_condition(ConditionName.MEDIA_JAM)
    passed = next(iter(scanner.keeper.jobs.active)).scans_completed
    assert passed < 4
    for _ in range(1, passed):
        came.append(shade_of((await anext(documents)).document.path))
    following = asyncio.ensure_future(anext(documents))
    await asyncio.sleep(0.1)
    assert not following.done()
    taken = len(sheets.taken)
    assert passed < taken <= passed + 2 * 2
    await asyncio.sleep(0.05)
    assert len(sheets.taken) == taken
    scanner.engine.clear_condition(ConditionName.MEDIA_JAM)
    came.append(shade_of((await following).document.path))
    came += [shade_of(each.document.path) async for each in documents]
    assert came == list(range(1, 10))


def dates_of(data: bytes, path: Path) -> str:
    path.write_bytes(data)
    with Image.open(path) as image:
        return str(image.getexif().get_ifd(0x8769)[0x9003])


async def test_a_document_says_when_its_side_passed_also_after_a_jam(spool: Path, tmp_path: Path) -> None:
    scanner, go_on = clocked(spool)
    sheets = Watched(8)
    documents = in_lanes(sheets, replace(ticket("png", "RGB24"), format="exif"), spool, 2, scanner).documents()
    said = []

    async def one() -> None:
        produced = await anext(documents)
        said.append(dates_of(produced.document.path.read_bytes(), tmp_path / "page.jpg"))

    await one()
    await asyncio.sleep(0.1)
    scanner.engine.set_condition(ConditionName.MEDIA_JAM)
    passed = next(iter(scanner.keeper.jobs.active)).scans_completed
    assert len(sheets.taken) > passed
    go_on(600)
    scanner.engine.clear_condition(ConditionName.MEDIA_JAM)
    for _ in range(7):
        await one()
    await documents.aclose()
    assert said == ["2026:05:04 12:00:00"] * passed + ["2026:05:04 12:10:00"] * (8 - passed)


async def test_an_image_that_a_handler_has_made_is_taken_and_the_others_come_as_ever(
    spool: Path, tmp_path: Path
) -> None:
    scanner, _ = clocked(spool)

    async def third(page: PageAtHead) -> Scanned | None:
        if page.number != 3:
            return None
        scanned = await page.scan()
        assert isinstance(scanned.image, Image.Image)
        scanned.image.paste(200, (0, 0, *scanned.image.size))
        return scanned

    scanner.layers.handle(PAGE, third)
    found = await all_of(in_lanes(Watched(6), ticket(), spool, 2, scanner), tmp_path / "kept")
    assert [shade_of(each.document.path) for each in found] == [1, 2, 200, 4, 5, 6]


async def test_a_sheet_that_goes_through_beneath_another_is_not_scanned(spool: Path, tmp_path: Path) -> None:
    scanner, _ = clocked(spool)

    async def two_at_once(page: PageAtHead) -> None:
        if page.number == 2:
            sheet = page.engine.require_feeder().take()
            assert sheet is not None
            sheet.release()

    scanner.layers.handle(PAGE, two_at_once)
    production = in_lanes(Watched(6), ticket(), spool, 2, scanner)
    found = await all_of(production, tmp_path / "kept")
    assert [shade_of(each.document.path) for each in found] == [1, 2, 4, 5, 6]
    assert production.left_out == 1 and names_in(spool) == []


async def test_a_job_that_is_cancelled_at_the_panel_ends(spool: Path) -> None:
    scanner, _ = clocked(spool)
    documents = in_lanes(Watched(60), ticket(), spool, 2, scanner).documents()
    await anext(documents)
    (job,) = scanner.keeper.jobs.active
    await scanner.keeper.cancel(job, at_device=True)
    with pytest.raises(PanelScanFailed, match="cancelled at the panel"):
        while True:
            await anext(documents)
    assert names_in(spool) == []


async def test_many_jobs_that_end_at_once_wait_for_no_thread_that_waits_for_them(tmp_path: Path) -> None:
    """More than there are threads that work at once."""

    async def job(number: int) -> None:
        (spool := tmp_path / str(number)).mkdir()
        documents = in_lanes(Watched(20), ticket(), spool, 3).documents()
        await anext(documents)
        await documents.aclose()
        assert names_in(spool) == []

    await asyncio.wait_for(asyncio.gather(*(job(number) for number in range(24))), 60)


async def test_a_scan_that_does_not_begin_closes_what_was_brought(spool: Path) -> None:
    sheets = Watched(5)
    wanted = ticket()
    originals = Originals(sheets, PagesInLanes(wanted, sheets, 5, 2), 5)
    scanner, _ = clocked(spool)
    resolved = Resolved(wanted, frozenset(), frozenset(), ())
    PanelProduction(scanner, ScanTicket(), resolved, originals=originals).take_back()
    assert sheets.closed_at_work == [0] and sheets.taken == []


async def test_pages_that_are_taken_over_as_they_are_coded_have_no_lanes(spool: Path, tmp_path: Path) -> None:
    """Between them one that is not: after it the next are worked on ahead, until one of those is as it is coded."""
    wanted = replace(ticket("jfif", "Grayscale8"), compression_quality_factor=80)
    scanned = (620, 877)
    for number in range(1, 13):
        page = Image.new("L", scanned, 20 * number)
        page.save(tmp_path / f"{number:02}.jpg", quality=50 if 4 <= number <= 7 else 76, dpi=(75, 75))
    source = open_files([tmp_path / f"{number:02}.jpg" for number in range(1, 13)])
    source.close()
    pipeline = PagesInLanes(wanted, source, 12, 2)
    begun = []
    made = pipeline._made

    def told(lane: PageSource, index: int, path: Path, origin: Origin) -> _Made:
        begun.append(index + 1)
        return made(lane, index, path, origin)

    pipeline._made = told  # type: ignore[method-assign]
    found = await all_of(brought(source, wanted, spool, pipeline=pipeline), tmp_path / "kept")
    assert [each.info.recoded for each in found] == [4 <= number <= 7 for number in range(1, 13)]
    assert {5, 6, 7} <= set(begun) and min(begun) == 5 and max(begun) < 12
    assert all(abs(shade_of(each.document.path) - 20 * number) < 3 for number, each in enumerate(found, 1))
