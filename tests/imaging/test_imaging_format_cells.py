"""The table format x colour mode: each document decoded by programs of others at the expected size, resolution,
depth, polarity and colours; lossless ones pixel-equal, lossy ones by PSNR.
[wscn/format/png-colors] [wscn/format/jpeg-colors] [wscn/format/fax-colors]"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from format_table import Cell, Decoded, judge, picture, record, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imaging_tickets import ticket
from judges import decode_dib, decode_jbig, decode_jpeg, decode_png, decode_tiff
from programs import PROJECT

from emulator.imaging.as_is import as_is_documents
from emulator.imaging.encode import media_type
from emulator.imaging.encoders.encoder import WRITTEN
from emulator.imaging.samples import Raster
from emulator.wsscan.values.formats import FORMAT_COLORS
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS, ColorEntry, Format

_PER_METRE = 0.0254
"""Pixels per inch of half a pixel per metre and more."""

BLACK_AND_WHITE = ("BlackAndWhite1",)
JPEG = ("Grayscale8", "RGB24")
GREYS = ("BlackAndWhite1", "Grayscale4", "Grayscale8")
ALL = tuple(ColorEntry)

CELLS = [
    *[
        Cell("dib", color, decode_dib, "exiftool, bmptopnm", resolution_within=_PER_METRE)
        for color in (*GREYS, "RGB24")
    ],
    Cell("dib", "RGBa32", decode_dib, "exiftool, gm", resolution_within=_PER_METRE),
    *[Cell("exif", color, decode_jpeg, "exiftool, djpeg", psnr=35) for color in JPEG],
    *[Cell("jbig", color, decode_jbig, "jbgtopbm") for color in GREYS],
    *[Cell("jfif", color, decode_jpeg, "exiftool, djpeg", psnr=35) for color in JPEG],
    *[Cell("png", color, decode_png, "pngcheck, pngtopam", resolution_within=_PER_METRE) for color in ALL],
    *[
        Cell(f"tiff-{pages}-{name}", color, decode_tiff, "tiffinfo, tiffcp", psnr=psnr)
        for pages in ("single", "multi")
        for name, colors, psnr in (
            ("uncompressed", ALL, None),
            ("g4", BLACK_AND_WHITE, None),
            ("g3mh", BLACK_AND_WHITE, None),
            ("jpeg-tn2", JPEG, 35),
        )
        for color in colors
    ],
]
PPI = [(300, 300), (600, 200), (75, 1200)]
SUFFIXES = {"jbig": ".jbg"}
Property = Callable[[str, object], None]


def seen_in(cell: Cell, pages: Sequence[Raster], ppi: tuple[int, int], folder: Path) -> Sequence[Decoded]:
    """Pages written as a document, and what the cell's judge sees in it."""
    document = folder / f"document{SUFFIXES.get(cell.format, '')}"
    write(document, ticket(cell.format, cell.color), *pages, ppi=ppi)
    return cell.decode(document, folder)


def test_the_table_has_every_colour_that_a_format_holds() -> None:
    formats = {cell.format for cell in CELLS}
    assert formats <= WRITTEN
    assert sorted((cell.format, cell.color) for cell in CELLS) == sorted(
        (format, color) for format in formats for color in FORMAT_COLORS[format]
    )


def test_the_page_about_formats_says_the_same() -> None:
    """docs/formats.md, "What each holds"."""
    told: dict[str, set[str]] = {}
    for line in (PROJECT / "docs" / "formats.md").read_text(encoding="utf-8").splitlines():
        names, *cells = [part.strip() for part in line.strip("|").split("|")]
        if len(cells) == len(ColorEntry) and "`" in names:
            assert set(cells) <= {"yes", ""}
            colors = {color for color, cell in zip(ColorEntry, cells, strict=True) if cell}
            told |= {name.strip(" `"): colors for name in names.split(",")}
    assert told == {format: set(FORMAT_COLORS[Format(format)]) for format in WRITTEN}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_programs_of_others_see_what_was_scanned(cell: Cell, tmp_path: Path, record_property: Property) -> None:
    page = picture((701, 503), cell.color)
    figures = []
    for ppi in PPI:
        (seen,) = seen_in(cell, [page], ppi, tmp_path)
        figures.append(judge(cell, seen, page, ppi))
    record(record_property, cell, figures[0])


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_file_tells_its_format_and_colour(cell: Cell, tmp_path: Path) -> None:
    """By its own octets alone, for --as-is."""
    document = tmp_path / f"document{SUFFIXES.get(cell.format, '')}"
    pages = [picture((61, 37), cell.color)] * (2 if cell.format in MULTI_IMAGE_FORMATS else 1)
    written = write(document, ticket(cell.format, cell.color), *pages, ppi=(300, 200))
    info = as_is_documents([document])[0].info
    assert (info.format, info.color, info.width, info.height) == (cell.format, cell.color, 61, 37)
    assert (info.pages, info.sha256, info.bytes) == (written.pages, written.sha256, written.bytes)
    assert info.media_type == written.media_type == media_type(cell.format)
    assert str(info.resolution) == ("0x0" if cell.format == "jbig" else "300x200")


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.format in MULTI_IMAGE_FORMATS], ids=str)
def test_all_pages_of_a_job_stand_in_one_document(cell: Cell, tmp_path: Path) -> None:
    pages = [picture((200 + 9 * number, 150 - number), cell.color, number) for number in range(4)]
    images = seen_in(cell, pages, (300, 200), tmp_path)
    for seen, page in zip(images, pages, strict=True):
        judge(cell, seen, page, (300, 200))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", [cell for cell in CELLS if "multi" not in cell.format], ids=str)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    width=st.integers(1, 70) | st.integers(1000, 1100),
    height=st.integers(1, 70),
    across=st.integers(50, 2400),
    down=st.integers(50, 2400),
)
def test_odd_sizes_and_resolutions_come_out_whole(
    cell: Cell, width: int, height: int, across: int, down: int
) -> None:
    page = picture((width, height), cell.color)
    with tempfile.TemporaryDirectory() as folder:
        (seen,) = seen_in(cell, [page], (across, down), Path(folder))
    if cell.psnr is not None:  # a few pixels of noise say nothing of an encoder; size, depth, resolution do
        cell = Cell(cell.format, cell.color, cell.decode, cell.judge, psnr=15)
    judge(cell, seen, page, (across, down))


@pytest.mark.parametrize(
    "cell", [cell for cell in CELLS if cell.format in {"png", "dib", "jbig"} or "single" in cell.format], ids=str
)
def test_an_image_of_many_bands_comes_out_whole(cell: Cell, tmp_path: Path) -> None:
    """Up to 48 MB of pixels: bands and strips end where the image does not."""
    page = picture((2999, 2003), cell.color)
    (seen,) = seen_in(cell, [page], (600, 600), tmp_path)
    judge(cell, seen, page, (600, 600))
