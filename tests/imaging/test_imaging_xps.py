"""XPS as libgxps (xpstopng) and MuPDF draw it, and its parts as Info-ZIP, pngcheck, libpng and djpeg read them."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_report import BITS
from format_table import Cell, Decoded, judge, picture, psnr, record, samples_of, write
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_tickets import scanned, ticket
from judges import decode_jpeg, decode_png, exif, run
from lxml import etree
from netpbm_files import read_netpbm
from numpy.typing import NDArray
from PIL import Image

from emulator.imaging.encode import UnsupportedFormat, open_document, require_supported
from emulator.imaging.samples import Raster
from emulator.imaging.scanned import Origin
from emulator.wsscan.values.formats import FORMAT_COLORS
from emulator.wsscan.values.geometry import Dimensions

Property = Callable[[str, object], None]
PPI = [(300, 300), (600, 300), (204, 98)]
_XPS = "{http://schemas.microsoft.com/xps/2005/06}"
JPEG_COLORS = {"Grayscale8", "RGB24"}
_PER_METRE = 0.0254


def part(path: Path, name: str) -> bytes:
    """A part of the package, by unzip, which checks it too."""
    return run("unzip", "-p", path, name.lstrip("/").replace("[", "\\["))


def fixed_pages(path: Path) -> list[tuple[str, Any]]:
    """Name and content of each page, found as a reader finds them: from the package's relationships on."""
    relationships = etree.fromstring(part(path, "_rels/.rels"))
    (start,) = [
        each.get("Target") for each in relationships if each.get("Type", "").endswith("fixedrepresentation")
    ]
    sequence = etree.fromstring(part(path, start or ""))
    (document,) = [each.get("Source", "") for each in sequence]
    folder = document.rpartition("/")[0]
    names = [f"{folder}/{each.get('Source')}" for each in etree.fromstring(part(path, document))]
    return [(name, etree.fromstring(part(path, name))) for name in names]


def decode_xps(path: Path, scratch: Path) -> Sequence[Decoded]:
    """The images of the pages in order, each told and decoded as a file of its own; all that a page shows must
    stand in its relationships, and be of a known type."""
    assert b"No errors detected" in run("unzip", "-t", path)
    types = {
        each.get("Extension"): each.get("ContentType")
        for each in etree.fromstring(part(path, "[Content_Types].xml"))
    }
    seen = []
    for name, page in fixed_pages(path):
        (brush,) = page.iter(f"{_XPS}ImageBrush")
        source = brush.get("ImageSource")
        folder, _, file = name.rpartition("/")
        (related,) = etree.fromstring(part(path, f"{folder}/_rels/{file}.rels"))
        assert related.get("Target") == source and related.get("Type") == f"{_XPS[1:-1]}/required-resource"
        kind = source.rpartition(".")[2]
        assert types[kind] == {"jpg": "image/jpeg", "png": "image/png"}[kind]
        image = scratch / f"image.{kind}"
        image.write_bytes(part(path, source))
        seen += (decode_jpeg if kind == "jpg" else decode_png)(image, scratch)
    return seen


CELLS = [
    Cell("xps", color, decode_xps, "unzip, exiftool, djpeg", psnr=35)
    if color in JPEG_COLORS
    else Cell("xps", color, decode_xps, "unzip, pngcheck, pngtopam", resolution_within=_PER_METRE)
    for color in BITS
]


def on_paper(image: Raster, color: str) -> NDArray[np.int64]:
    """An image as a renderer of 8 bits a channel shows it on white paper."""
    samples = samples_of(image, color).astype(np.float64) / (2 ** BITS[color] - 1)
    if samples.shape[2] == 4:
        alpha = samples[:, :, 3:]
        samples = samples[:, :, :3] * alpha + 1 - alpha
    return np.rint(np.broadcast_to(samples, (*samples.shape[:2], 3)) * 255).astype(np.int64)


def drawn(path: Path, scratch: Path, ppi: tuple[int, int], page: int = 1) -> NDArray[np.int64]:
    """A page (from 1) by xpstopng at that resolution."""
    run(
        "xpstopng",
        "-f",
        str(page),
        "-l",
        str(page),
        f"--rx={ppi[0]}",
        f"--ry={ppi[1]}",
        path,
        scratch / f"drawn{page}",
    )
    (file,) = scratch.glob(f"drawn{page}-*.png")
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


def test_every_colour_that_the_format_holds_has_a_cell() -> None:
    assert {cell.color for cell in CELLS} == FORMAT_COLORS["xps"]


@pytest.mark.parametrize("ppi", PPI)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_page_decodes_to_what_was_scanned(
    cell: Cell, ppi: tuple[int, int], tmp_path: Path, record_property: Property
) -> None:
    path = tmp_path / "a.xps"
    pages = [picture((701, 503), cell.color, seed=1), picture((350, 502), cell.color, seed=2)]
    assert write(path, ticket("xps", cell.color, ppi), *pages, ppi=ppi).pages == 2
    figures = [judge(cell, each, page, ppi) for each, page in zip(cell.decode(path, tmp_path), pages, strict=True)]
    record(record_property, cell, figures[0])
    for (_, shown), page in zip(fixed_pages(path), pages, strict=True):
        for name, pixels, each in zip(("Width", "Height"), page.size, ppi, strict=True):
            assert float(shown.get(name)) == pytest.approx(pixels * 96 / each, abs=2e-5)


@pytest.mark.parametrize("ppi", PPI)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_libgxps_shows_the_image_and_nothing_else(
    cell: Cell, ppi: tuple[int, int], tmp_path: Path, record_property: Property
) -> None:
    """At its own resolution a page has the image's size and its pixels; of 16 bits the upper eight, of alpha what
    is left on white paper."""
    path = tmp_path / "a.xps"
    page = picture((701, 503), cell.color)
    write(path, ticket("xps", cell.color, ppi), page, ppi=ppi)
    seen, expected = drawn(path, tmp_path, ppi), on_paper(page, cell.color)
    assert seen.shape == expected.shape
    figure = psnr(seen, expected, 8)
    exact = cell.color not in JPEG_COLORS
    assert np.abs(seen - expected).max() <= (0 if BITS[cell.color] < 8 else 2) if exact else figure >= 35
    record(
        record_property,
        Cell("xps", cell.color, decode_xps, "xpstopng, 8 bits on white"),
        "equal" if figure == math.inf else f"{figure:.1f} dB",
    )


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_mupdf_shows_the_same(cell: Cell, tmp_path: Path) -> None:
    """At 300 ppi, where MuPDF, which counts whole pixels per inch, does not interpolate."""
    path, out = tmp_path / "a.xps", tmp_path / "drawn.ppm"
    page = picture((700, 500), cell.color)
    write(path, ticket("xps", cell.color, 300), page)
    run("mutool", "draw", "-q", "-N", "-o", out, "-c", "rgb", "-r", "300", path)
    seen, _ = read_netpbm(out.read_bytes())
    expected = on_paper(page, cell.color)
    assert seen.shape == expected.shape
    assert psnr(seen, expected, 8) >= (35 if cell.color in JPEG_COLORS else 45)


SHAPES = st.lists(
    st.tuples(
        st.tuples(st.integers(1, 90), st.integers(1, 90)),
        st.tuples(st.integers(30, 1200), st.integers(30, 1200)),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("cell", CELLS, ids=str)
@settings(max_examples=5, deadline=None)
@given(SHAPES)
def test_odd_sizes_come_out_whole(cell: Cell, shapes: list[tuple[tuple[int, int], tuple[int, int], int]]) -> None:
    """Pages of any size and resolution in one document; a page is never smaller than a unit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "a.xps"
        writer = open_document(path, ticket("xps", cell.color))
        pages = [picture(size, cell.color, seed) for size, _, seed in shapes]
        for page, (_, ppi, _) in zip(pages, shapes, strict=True):
            writer.add(scanned(page, ticket("xps", cell.color, ppi).front))
        writer.finish()
        decoded = cell.decode(path, folder)
        for number, (seen, page, (size, ppi, _)) in enumerate(zip(decoded, pages, shapes, strict=True), 1):
            expected = samples_of(page, cell.color)
            assert seen.samples.shape == expected.shape
            assert cell.psnr or np.array_equal(seen.samples, expected)
            shown = drawn(path, folder, ppi, number)
            least = [math.ceil(each / 96) for each in ppi]
            assert shown.shape[:2] == (max(size[1], least[1]), max(size[0], least[0]))


@pytest.mark.parametrize(
    ("make", "model", "creator"),
    [
        ("Contoso", "Scan 5", "Contoso Scan 5"),
        ("Über & <Söhne>", "日本", "Über & <Söhne> 日本"),
        ("", "", "dsm-emulator"),
    ],
)
def test_the_core_properties_say_what_made_the_document(
    make: str, model: str, creator: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xps"
    origin = Origin(make, model, date=datetime(2026, 11, 24, 16, 30, 5, 999, timezone(timedelta(hours=-3.5))))
    write(path, ticket("xps", "RGB24"), picture((60, 70), "RGB24"), origin=origin)
    said = exif(path)
    assert said["XMP-dc:Creator"] == creator
    assert said["XML:LastModifiedBy"] == "dsm-emulator"
    assert said["XML:CreateDate"] == said["XML:ModifyDate"] == "2026:11:24 16:30:05-03:30"


def test_a_document_of_unknown_date_says_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xps"
    write(path, ticket("xps", "RGB24"), picture((60, 70), "RGB24"))
    assert "XML:CreateDate" not in exif(path)


def test_the_package_is_read_from_its_beginning_too(tmp_path: Path) -> None:
    """No part has its size behind it: a reader of a stream could not tell where a stored one ends."""
    path = tmp_path / "a.xps"
    write(path, ticket("xps", "RGB24"), picture((60, 70), "RGB24"))
    said = run("zipinfo", "-v", path).decode()
    assert "extended local header" in said
    assert set(re.findall(r"extended local header: *(\w+)", said)) == {"no"}
    assert set(re.findall(r"minimum software version required to extract: *([\d.]+)", said)) <= {"1.0", "2.0"}


def test_more_pixels_than_jpeg_holds_are_named_before_anything_is_sent() -> None:
    medium = Dimensions(60_000, 1000)
    require_supported(ticket("xps", "BlackAndWhite1", 1200, medium=medium))
    with pytest.raises(UnsupportedFormat, match="at most 65500 pixels a side"):
        require_supported(ticket("xps", "RGB24", 1200, medium=medium))


def test_a_finer_factor_gives_a_larger_document(tmp_path: Path) -> None:
    page = picture((300, 200), "RGB24")
    sizes = [
        write(tmp_path / "a", ticket("xps", "RGB24", compression_quality_factor=factor), page).bytes
        for factor in (0, 30, 60, 89, 90, 100)
    ]
    assert sizes == sorted(set(sizes))
