"""Scanned pages, real ones too where there are: each becomes every format, and looks as others draw it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from imaging_tickets import A4, LETTER, scanned, ticket
from imaging_tickets import scan_image as scan
from optional_programs import needs_program
from PIL import Image, ImageChops, ImageStat
from scanned_pages import SCANNED_PAGES, page_count, real_files

from emulator.imaging.as_is import as_is_documents
from emulator.imaging.encode import open_document
from emulator.imaging.files import open_files
from emulator.wsscan.values.geometry import pixel_size

PAGES = {**SCANNED_PAGES, **{name: page_count(path) for name, path in real_files().items()}}
FORMATS = {
    "jfif": "RGB",
    "png": "L",
    "tiff-single-uncompressed": "RGB",
    "tiff-single-g4": "1",
    "tiff-multi-g4": "1",
}


@pytest.fixture(scope="session")
def files(scanned_pages: Path) -> dict[str, Path]:
    return {**{name: scanned_pages / name for name in SCANNED_PAGES}, **real_files()}


def test_the_folder_is_read_in_order_and_its_notes_are_left_out(scanned_pages: Path) -> None:
    source = open_files([scanned_pages])
    expected = [
        name if count == 1 and not name.endswith(".pdf") else f"{name} page {page}"
        for name, count in SCANNED_PAGES.items()
        for page in range(1, count + 1)
    ]
    assert [source.page(index).origin for index in range(len(source))] == expected
    assert [entry.path.name for entry in source.skipped] == ["about.txt"]
    source.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("format", FORMATS)
def test_every_page_becomes_every_format(name: str, format: str, files: dict[str, Path], tmp_path: Path) -> None:
    wanted = ticket(format, FORMATS[format], 100, medium=A4)
    source = open_files([files[name]])
    images = [scan(source, index, wanted.front, wanted) for index in range(len(source))]
    source.close()
    assert len(images) == PAGES[name]
    size = pixel_size(wanted.front.scan_region, wanted.front.resolution)
    for group in [images] if wanted.multi_image else [[image] for image in images]:
        writer = open_document(tmp_path / "document", wanted)
        for image in group:
            writer.add(scanned(image, wanted.front))
        info = writer.finish()
        assert info.pages == len(group)
        with Image.open(tmp_path / "document") as seen:
            assert getattr(seen, "n_frames", 1) == len(group)
            for number in range(len(group)):
                seen.seek(number)
                assert (seen.size, seen.mode) == (size, FORMATS[format])
                assert seen.info["dpi"] == pytest.approx((100, 100), abs=0.02)
                dark = sum(seen.convert("L").histogram()[:128]) / (size[0] * size[1])
                assert 0.001 < dark < 0.6, "neither empty nor black"


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".pdf")])
def test_pages_of_a_pdf_look_as_poppler_draws_them(name: str, files: dict[str, Path], tmp_path: Path) -> None:
    pdftoppm = needs_program("pdftoppm")
    # Drawn fine and then made smaller: at low resolutions poppler leaves out rows of 1-bit images.
    subprocess.run([pdftoppm, "-r", "300", "-gray", files[name], tmp_path / "p"], check=True)
    theirs = sorted(tmp_path.glob("p-*.pgm"))
    assert len(theirs) == PAGES[name]
    wanted = ticket(ppi=75, medium=LETTER)
    source = open_files([files[name]])
    for index, path in enumerate(theirs):
        with Image.open(path) as drawn:
            size = drawn.width // 4, drawn.height // 4
            if size[0] > 650 or size[1] > 840:
                continue  # larger than the medium: shrunk, which poppler was not asked to do
            expected = drawn.resize(size, Image.Resampling.BOX, (0, 0, size[0] * 4, size[1] * 4))
        ours = scan(source, index, wanted.front, wanted).crop((0, 0, *size))
        difference = ImageStat.Stat(ImageChops.difference(ours.reduce(4), expected.reduce(4))).mean[0]
        assert difference < 8, f"page {index + 1}: {difference}"  # 3 pixels beside it is already 15
    source.close()


@pytest.mark.parametrize("name", [name for name in PAGES if not name.endswith(".pdf")])
def test_a_picture_keeps_its_proportions_on_the_medium(name: str, files: dict[str, Path]) -> None:
    """What a page does not cover is white, so the page's own picture must be found in the middle or corner."""
    source = open_files([files[name]])
    page = source.page(0)
    wanted = ticket(mode="L", ppi=50, medium=LETTER)
    seen = scan(source, 0, wanted.front, wanted)
    source.close()
    across, down = 425 / page.image.width, 550 / page.image.height
    if page.dpi is not None:
        factor = 50 / page.dpi[0]
        assert factor <= min(across, down) * 1.02, "fits"
        left = top = 0.0
    else:
        factor = min(across, down)
        left, top = (425 - page.image.width * factor) / 2, (550 - page.image.height * factor) / 2
    size = round(page.image.width * factor), round(page.image.height * factor)
    expected = page.image.convert("RGB").convert("L").resize(size, Image.Resampling.BOX)
    ours = seen.crop((round(left), round(top), round(left) + size[0], round(top) + size[1]))
    assert ImageStat.Stat(ImageChops.difference(ours.reduce(4), expected.reduce(4))).mean[0] < 5


def test_scanned_files_as_they_are(scanned_pages: Path) -> None:
    formats = {each.path.name: each.info.format for each in as_is_documents([scanned_pages])}
    assert list(formats) == list(SCANNED_PAGES)
    assert formats["four_pages.tif"].startswith("tiff-multi-")
    assert formats["columns.png"] == "png"
    assert formats["skew.pdf"] == "pdf-a"
