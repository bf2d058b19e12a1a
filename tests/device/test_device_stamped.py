"""A job of stamped copies: which page, which number, which side, and what is left behind."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from device_pages import Sheets, all_of, brought, names_in, shade_of, ticket
from optional_programs import needs_program
from PIL import Image

from emulator.device.panel_production import PanelProduction
from emulator.device.pipelines.stamped import StampedCopies
from emulator.imaging.encode import UnsupportedFormat
from emulator.imaging.pages import SourceError
from emulator.imaging.sequence import arrange
from emulator.wsscan.values.ticket import EffectiveTicket


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def copies(
    sheets: Sheets,
    wanted: EffectiveTicket,
    spool: Path,
    *,
    pages: int,
    name: str = "",
    on_page: Callable[[int], None] = lambda number: None,
) -> PanelProduction:
    """A job of `pages` copies."""
    images = min(pages, wanted.images_to_transfer or pages)
    pipeline = StampedCopies(wanted, pages=len(sheets), copies=images, name=name)
    source = arrange(sheets, pages=pages, repeat=True)
    return brought(source, wanted, spool, pipeline=pipeline, images=images, on_page=on_page)


def code_of(path: Path) -> str:
    with Image.open(path) as image:
        image.convert("L").save(path.with_suffix(".pgm"))
    zbarimg = needs_program("zbarimg")
    done = subprocess.run([zbarimg, "-q", "--raw", path.with_suffix(".pgm")], capture_output=True, text=True)
    path.with_suffix(".pgm").unlink()
    return done.stdout.strip()


async def test_pages_come_in_turn_and_copies_are_numbered(spool: Path, tmp_path: Path) -> None:
    sheets, told = Sheets(3), list[int]()
    production = copies(sheets, ticket(), spool, pages=8, name="load", on_page=told.append)
    assert (production.total, production.left_out) == (8, 0)
    found = await all_of(production, tmp_path / "kept")
    assert [produced.document.document_id for produced in found] == [1, 2, 3, 4, 5, 6, 7, 8] == told
    assert [shade_of(produced.document.path) for produced in found] == [1, 2, 3, 1, 2, 3, 1, 2]
    assert sheets.taken == [1, 2, 3], "each page is scanned once"
    for number, produced in enumerate(found, start=1):
        data = produced.document.path.read_bytes()
        assert (produced.document.size, produced.document.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert code_of(produced.document.path) == f"dsm-emulator;stamp={number};of=8;job=load"
    assert len({produced.document.sha256 for produced in found}) == 8
    assert names_in(spool) == [], "encoded pages are cleared"


async def test_fewer_copies_than_pages_and_images_to_transfer(spool: Path, tmp_path: Path) -> None:
    sheets = Sheets(9)
    production = copies(sheets, ticket(images_to_transfer=2), spool, pages=6)
    assert (production.total, production.left_out) == (2, 4)
    assert len(await all_of(production, tmp_path / "kept")) == 2
    assert sheets.taken == [1, 2]


async def test_a_page_that_cannot_be_read_ends_the_job_and_nothing_is_left(spool: Path) -> None:
    production = copies(Sheets(3, bad=3), ticket(), spool, pages=9)
    given = []
    with pytest.raises(SourceError):
        async for produced in production.documents():
            given.append(produced.document.path.name)
    assert given == ["job-1-1", "job-1-2"]
    assert names_in(spool) == []


async def test_a_job_that_stops_early_leaves_nothing(spool: Path) -> None:
    documents = copies(Sheets(2), ticket(), spool, pages=100).documents()
    await anext(documents)
    assert names_in(spool)
    await documents.aclose()
    assert names_in(spool) == []


def test_what_cannot_be_stamped_is_refused_before_anything_is_scanned(spool: Path) -> None:
    sheets = Sheets(2)
    with pytest.raises(UnsupportedFormat, match="tiff-multi-g4 is not made as stamped copies"):
        copies(sheets, ticket("tiff-multi-g4", "BlackAndWhite1"), spool, pages=5)
    assert not sheets.taken and not names_in(spool)
