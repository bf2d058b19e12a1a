"""The production of documents: in order, a page or two ahead of the sender, and nothing left behind."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from pathlib import Path

import pytest
from device_pages import Sheets, all_of, brought, names_in, shade_of, ticket, until
from PIL import Image

from emulator.device.pipelines.as_is import AsIsFiles
from emulator.imaging import encode
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.pages import SourceError
from emulator.wsscan.values.ticket import EffectiveTicket

FORMATS = ["png", "tiff-multi-g4"]


def page_ticket(format: str, **settings: int) -> EffectiveTicket:
    return ticket(format, "BlackAndWhite1" if "g4" in format else "Grayscale8", **settings)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


async def test_documents_come_in_order_with_what_is_in_them(spool: Path, tmp_path: Path) -> None:
    told: list[int] = []
    production = brought(Sheets(6), ticket(), spool, on_page=told.append)
    assert (production.total, production.left_out) == (6, 0)
    found = await all_of(production, tmp_path / "kept")
    assert [produced.document.document_id for produced in found] == [1, 2, 3, 4, 5, 6] == told
    assert [shade_of(produced.document.path) for produced in found] == [1, 2, 3, 4, 5, 6]
    for produced in found:
        data = produced.document.path.read_bytes()
        assert produced.temporary
        assert (produced.document.size, produced.document.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert (produced.info.bytes, produced.info.sha256) == (len(data), produced.document.sha256)
        assert (produced.document.format, produced.document.media_type) == ("png", "image/png")


async def test_a_multi_image_format_is_one_document_of_all_pages(spool: Path, tmp_path: Path) -> None:
    told: list[int] = []
    wanted = page_ticket("tiff-multi-g4")
    (produced,) = await all_of(brought(Sheets(7), wanted, spool, on_page=told.append), tmp_path / "kept")
    assert told == [1, 2, 3, 4, 5, 6, 7]
    assert (produced.document.document_id, produced.info.pages) == (1, 7)
    with Image.open(produced.document.path) as document:
        assert getattr(document, "n_frames", 1) == 7


@pytest.mark.parametrize("format", FORMATS)
async def test_images_to_transfer_leaves_pages_in_the_feeder(format: str, spool: Path, tmp_path: Path) -> None:
    sheets = Sheets(9)
    production = brought(sheets, page_ticket(format, images_to_transfer=4), spool)
    assert (production.total, production.left_out) == (4, 5)
    assert sum(produced.info.pages for produced in await all_of(production, tmp_path / "kept")) == 4
    assert sheets.taken == [1, 2, 3, 4]
    assert production.left_out == 5


async def test_the_next_page_is_scanned_while_one_is_sent_and_not_many_more(spool: Path) -> None:
    sheets = Sheets(60)
    documents = brought(sheets, ticket(), spool).documents()
    for number in range(1, 6):
        produced = await anext(documents)
        assert produced.document.document_id == number
        await until(lambda number=number: len(sheets.taken) > number)  # type: ignore[misc]  # while it is sent
        await asyncio.sleep(0.05)
        assert len(sheets.taken) <= number + 2
        assert len(names_in(spool)) <= 3
    await documents.aclose()


@pytest.mark.parametrize("taken", [0, 1, 4])
async def test_ending_early_leaves_no_file(taken: int, spool: Path) -> None:
    sheets = Sheets(60)
    documents = brought(sheets, ticket(), spool).documents()
    for _ in range(taken):
        await anext(documents)
    await asyncio.sleep(0.1)  # the pages ahead are there
    assert len(names_in(spool)) == (2 if taken else 0)
    await documents.aclose()
    assert names_in(spool) == []
    assert sheets.closed_at_work == ([0] if taken else [])
    count = len(sheets.taken)
    await asyncio.sleep(0.05)
    assert len(sheets.taken) == count, "nothing goes on"


@pytest.mark.parametrize("format", FORMATS)
async def test_a_page_under_way_ends_before_source_and_spool_go(format: str, spool: Path, tmp_path: Path) -> None:
    """The thread that decodes it cannot be stopped, so it is waited for."""
    go = threading.Event()
    sheets = Sheets(5, hold={3: go})
    task = asyncio.create_task(all_of(brought(sheets, page_ticket(format), spool), tmp_path / "kept"))
    await until(lambda: 3 in sheets.taken)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sheets.closed_at_work == [0], "closed once, and no thread was in it"
    assert names_in(spool) == []
    assert sheets.taken == [1, 2, 3]


@pytest.mark.parametrize("bad", [1, 2, 5])
async def test_a_bad_page_is_named_after_all_before_it_have_come(bad: int, spool: Path) -> None:
    came: list[int] = []
    with pytest.raises(SourceError, match=rf"^letters\.tif: page {bad}: damaged$"):
        async for produced in brought(Sheets(5, bad=bad), ticket(), spool).documents():
            came.append(produced.document.document_id)
    assert came == list(range(1, bad))
    assert not names_in(spool)


async def test_a_bad_page_of_one_document_spoils_it_whole(spool: Path, tmp_path: Path) -> None:
    wanted = page_ticket("tiff-multi-g4")
    with pytest.raises(SourceError, match="page 4"):
        await all_of(brought(Sheets(5, bad=4), wanted, spool), tmp_path / "kept")
    assert not names_in(spool) and not names_in(tmp_path / "kept")


@pytest.mark.parametrize("format", FORMATS)
async def test_a_full_disk_is_an_error_that_leaves_nothing(
    format: str, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = encode.DocumentWriter.finish

    def fail(self: encode.DocumentWriter) -> encode.DocumentInfo:
        if self.path.name == "job-1-2" or "g4" in format:
            raise OSError(28, "No space left on device")
        return finish(self)

    monkeypatch.setattr(encode.DocumentWriter, "finish", fail)
    came = []
    with pytest.raises(OSError, match="No space left"):
        async for produced in brought(Sheets(5), page_ticket(format), spool).documents():
            came.append(produced.document.path.name)
    assert came == (["job-1-1"] if format == "png" else [])
    assert names_in(spool) == []


async def test_who_is_told_of_a_page_may_fail_too(spool: Path, tmp_path: Path) -> None:
    def on_page(number: int) -> None:
        if number == 2:
            raise OSError("the terminal is gone")

    with pytest.raises(OSError, match="terminal"):
        await all_of(brought(Sheets(5), ticket(), spool, on_page=on_page), tmp_path / "kept")
    assert names_in(spool) == [] and names_in(tmp_path / "kept") == ["job-1-1"]


async def test_duplex_pages_are_scanned_front_and_back_in_turn(spool: Path, tmp_path: Path) -> None:
    wanted = ticket(input_source="ADFDuplex")
    assert wanted.back is not None
    for count in (4, 5):  # of a sheet with one page the back is not scanned
        found = await all_of(brought(Sheets(count), wanted, spool), tmp_path / f"kept {count}")
        assert [shade_of(produced.document.path) for produced in found] == list(range(1, count + 1))


async def test_files_as_they_are_stay_where_they_are(spool: Path, tmp_path: Path) -> None:
    told: list[int] = []
    for name in ("b.png", "a.png"):
        Image.new("L", (4, 4)).save(tmp_path / name)
    files = AsIsFiles(as_is_documents([tmp_path / "b.png", tmp_path / "a.png"]))
    # Whatever the ticket says of sources and numbers: nothing is scanned.
    wanted = ticket(input_source="Platen")
    production = brought(files, wanted, spool, pipeline=files, images=2, on_page=told.append)
    assert (production.total, production.left_out) == (2, 0)
    found = [produced async for produced in production.documents()]
    assert [produced.document.path.name for produced in found] == ["b.png", "a.png"]
    assert [produced.document.document_id for produced in found] == [1, 2] == told
    assert not any(produced.temporary for produced in found)
    assert all(produced.document.path.is_file() for produced in found)
