"""PDF/A-1b as PDFBox Preflight, qpdf and poppler see it: valid, whole, and every pixel where it belongs."""

from __future__ import annotations

import io
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from format_table import Cell, Decoded, judge, picture, psnr, record, samples_of, write
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_tickets import scanned, ticket
from judges import exif, run
from netpbm_files import read_netpbm
from PIL import Image, ImageCms
from preflight import preflight

from emulator.imaging.encode import UnsupportedFormat, open_document, require_supported
from emulator.imaging.encoders import icc, pdf_a, pdf_file
from emulator.imaging.encoders.pdf_file import PdfTooLarge
from emulator.imaging.samples import LEVEL_4
from emulator.imaging.scanned import Origin
from emulator.wsscan.values.formats import FORMAT_COLORS
from emulator.wsscan.values.geometry import Dimensions

Property = Callable[[str, object], None]
PPI = [(300, 300), (600, 300), (204, 98)]


def listed(path: Path) -> list[dict[str, str]]:
    """The images of a document, as pdfimages lists them."""
    lines = run("pdfimages", "-list", path).decode().splitlines()
    names = ("page", "num", "type", "width", "height", "color", "comp", "bpc", "enc", "interp", "object", "ID")
    return [dict(zip((*names, "x-ppi", "y-ppi"), line.split(), strict=False)) for line in lines[2:]]


def decode_pdf(path: Path, scratch: Path) -> Sequence[Decoded]:
    """Preflight and qpdf must find nothing; pdfimages decodes (JPEG by djpeg)."""
    assert preflight(path) == []
    assert b"No syntax or stream encoding errors" in run("qpdf", "--check", path)
    seen = []
    rows = listed(path)
    root = scratch / "image"
    run("pdfimages", *(["-j"] if rows[0]["enc"] == "jpeg" else ["-png"]), path, root)
    for row in rows:
        file = Path(f"{root}-{int(row['num']):03}.{'jpg' if row['enc'] == 'jpeg' else 'png'}")
        decoder = ["djpeg", "-pnm"] if row["enc"] == "jpeg" else ["pngtopam", "-quiet"]
        samples, white = read_netpbm(run(*decoder, file))
        bits = int(row["bpc"])
        if bits == 4:  # pdfimages writes no PNG of 4 bits
            assert white == 255
            samples //= LEVEL_4
        seen.append(Decoded(samples, bits, (float(row["x-ppi"]), float(row["y-ppi"]))))
    return seen


JUDGE = "Preflight, qpdf, pdfimages"
CELLS = [
    Cell("pdf-a", "BlackAndWhite1", decode_pdf, JUDGE),
    Cell("pdf-a", "Grayscale4", decode_pdf, JUDGE),
    Cell("pdf-a", "Grayscale8", decode_pdf, JUDGE, psnr=35),
    Cell("pdf-a", "RGB24", decode_pdf, JUDGE, psnr=35),
]
ENCODINGS = {"BlackAndWhite1": "ccitt", "Grayscale4": "image", "Grayscale8": "jpeg", "RGB24": "jpeg"}


def test_every_colour_that_the_format_holds_has_a_cell() -> None:
    assert {cell.color for cell in CELLS} == FORMAT_COLORS["pdf-a"]


@pytest.mark.parametrize("ppi", PPI)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_page_decodes_to_what_was_scanned(
    cell: Cell, ppi: tuple[int, int], tmp_path: Path, record_property: Property
) -> None:
    path = tmp_path / "a.pdf"
    pages = [picture((701, 503), cell.color, seed=1), picture((350, 502), cell.color, seed=2)]
    assert write(path, ticket("pdf-a", cell.color, ppi), *pages, ppi=ppi).pages == 2
    seen = cell.decode(path, tmp_path)
    figures = [judge(cell, each, page, ppi) for each, page in zip(seen, pages, strict=True)]
    record(record_property, cell, figures[0])
    assert {row["enc"] for row in listed(path)} == {ENCODINGS[cell.color]}


@pytest.mark.parametrize("size", [(701, 503), (700, 504)])
@pytest.mark.parametrize("ppi", PPI)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_page_is_all_image(cell: Cell, ppi: tuple[int, int], size: tuple[int, int], tmp_path: Path) -> None:
    """Rendered at its own resolution a page has the image's size, and its pixels, to two renderers."""
    path = tmp_path / "a.pdf"
    page = picture(size, cell.color)
    write(path, ticket("pdf-a", cell.color, ppi), page, ppi=ppi)
    expected = samples_of(page, cell.color) * {"BlackAndWhite1": 255, "Grayscale4": LEVEL_4}.get(cell.color, 1)
    colour = cell.color == "RGB24"
    drawn, _ = read_netpbm(
        run("pdftoppm", "-rx", str(ppi[0]), "-ry", str(ppi[1]), *([] if colour else ["-gray"]), path)
    )
    assert psnr(drawn, expected, 8) >= (cell.psnr or math.inf)
    mine = tmp_path / ("drawn.ppm" if colour else "drawn.pgm")
    run("mutool", "draw", "-q", "-N", "-o", mine, "-w", str(size[0]), "-h", str(size[1]), "-f", path)
    drawn, _ = read_netpbm(mine.read_bytes())
    assert psnr(drawn, expected, 8) >= (cell.psnr or math.inf)
    assert page_size(path) == tuple(
        pytest.approx(pixels * 72 / each) for pixels, each in zip(size, ppi, strict=True)
    )


def page_size(path: Path) -> tuple[float, float]:
    """Points, by pdfinfo."""
    said = re.search(r"^Page size: *([\d.]+) x ([\d.]+) pts", run("pdfinfo", path).decode(), re.MULTILINE)
    assert said
    return float(said[1]), float(said[2])


SHAPES = st.lists(
    st.tuples(
        st.tuples(st.integers(1, 90), st.integers(1, 90)),
        st.tuples(st.integers(30, 1200), st.integers(30, 1200)),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("cell", CELLS, ids=str)
@settings(max_examples=6, deadline=None)
@given(SHAPES)
def test_odd_sizes_come_out_whole(cell: Cell, shapes: list[tuple[tuple[int, int], tuple[int, int], int]]) -> None:
    """Pages of any size and resolution in one document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pdf"
        writer = open_document(path, ticket("pdf-a", cell.color))
        pages = [picture(size, cell.color, seed) for size, _, seed in shapes]
        for page, (_, ppi, _) in zip(pages, shapes, strict=True):
            one = scanned(page, ticket("pdf-a", cell.color, ppi).front)
            writer.add(one)
        writer.finish()
        for seen, page in zip(cell.decode(path, Path(folder)), pages, strict=True):
            expected = samples_of(page, cell.color)
            assert seen.samples.shape == expected.shape
            assert cell.psnr or np.array_equal(seen.samples, expected)


def test_the_pages_of_many_nodes_stand_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_a, "_KIDS", 3)
    path = tmp_path / "a.pdf"
    pages = [picture((40 + number, 30), "BlackAndWhite1", number) for number in range(11)]
    write(path, ticket("pdf-a", "BlackAndWhite1"), *pages)
    assert preflight(path) == []
    assert [row["width"] for row in listed(path)] == [str(40 + number) for number in range(11)]
    assert re.search(rb"^Pages: +11$", run("pdfinfo", path), re.MULTILINE)


DATES = [
    datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC),
    datetime(2026, 11, 24, 16, 30, 5, 999, timezone(timedelta(hours=-3.5))),
]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize(
    ("make", "model", "creator"),
    [
        ("Contoso", "Scan 5", "Contoso Scan 5"),
        ("Contoso", "contoso 7", "contoso 7"),
        ("Über & <Söhne>", "(½) \\ 日本", "Über & <Söhne> (½) \\ 日本"),
        ("a\0\nb\ud800", " c\t", "a b c"),
    ],
)
def test_info_and_xmp_say_what_made_the_document(
    make: str, model: str, creator: str, date: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    origin = Origin(make, model, "1.2", "S1", date)
    write(path, ticket("pdf-a", "BlackAndWhite1"), picture((60, 70), "BlackAndWhite1"), origin=origin)
    assert preflight(path) == []
    said = exif(path)
    assert said["PDF:Creator"] == said["XMP-xmp:CreatorTool"] == creator
    assert said["PDF:Producer"] == said["XMP-pdf:Producer"] == "dsm-emulator (firmware 1.2)"
    assert said["XMP-tiff:Model"] == " ".join(model.split())
    offset = {0: ("+00:00", "Z"), -210: ("-03:30",)}[round((date.utcoffset() or timedelta()).total_seconds() / 60)]
    expected = {date.strftime("%Y:%m:%d %H:%M:%S") + zone for zone in offset}
    for tag in ("PDF:CreateDate", "PDF:ModifyDate", "XMP-xmp:CreateDate", "XMP-xmp:ModifyDate"):
        assert said[tag] in expected
    assert (said["XMP-pdfaid:Part"], said["XMP-pdfaid:Conformance"]) == (1, "B")


def test_a_document_of_unknown_origin_is_valid_too(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    write(path, ticket("pdf-a", "RGB24"), picture((60, 70), "RGB24"))
    assert preflight(path) == []
    assert "PDF:CreateDate" not in exif(path)


def test_preflight_sees_a_document_that_is_not_right(tmp_path: Path) -> None:
    """The judge judges: the Info says another producer than the XMP."""
    path = tmp_path / "a.pdf"
    write(path, ticket("pdf-a", "RGB24"), picture((60, 70), "RGB24"))
    path.write_bytes(path.read_bytes().replace(b"/Producer (dsm-emulator)", b"/Producer (dsm-emulatox)"))
    assert any("Producer" in line for line in preflight(path))


def test_two_documents_have_two_identifiers(tmp_path: Path) -> None:
    identifiers = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.pdf"
        write(path, ticket("pdf-a", "Grayscale8"), picture((60, 70), "Grayscale8", seed))
        identifiers += re.findall(rb"/ID \[<(\w{32})> <(\w{32})>\]", path.read_bytes())
    assert len(identifiers) == 2 and len({each for pair in identifiers for each in pair}) == 2


def test_the_colour_profile_is_srgb_to_littlecms() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(icc.srgb()))
    assert ImageCms.getProfileDescription(ours).strip() == icc.NAME
    colours = picture((64, 64), "RGB24")
    assert isinstance(colours, Image.Image)
    for source, target in ((ours, ImageCms.createProfile("sRGB")), (ImageCms.createProfile("sRGB"), ours)):
        converted = ImageCms.profileToProfile(colours, source, target)
        assert converted is not None
        difference = np.abs(np.asarray(converted).astype(int) - np.asarray(colours).astype(int))
        assert difference.max() <= 1


def test_a_page_beyond_200_inches_is_named_before_anything_is_sent() -> None:
    fits = ticket("pdf-a", "BlackAndWhite1", 100, medium=Dimensions(200_000, 9000))
    require_supported(fits)
    for changes in ({"medium": Dimensions(200_010, 9000)}, {"medium": Dimensions(9000, 200_010)}):
        with pytest.raises(UnsupportedFormat, match=r"at most 200 inches a side, and the ticket asks for .*200\.0"):
            require_supported(ticket("pdf-a", "BlackAndWhite1", 100, **changes))
    with pytest.raises(UnsupportedFormat, match=r"at most 200 inches.*400\.0 x 9\.0 inches"):
        require_supported(ticket("pdf-a", "BlackAndWhite1", 100, medium=fits.input_size, scaling=(200, 100)))


def test_more_pixels_than_jpeg_holds_are_named_before_anything_is_sent() -> None:
    with pytest.raises(UnsupportedFormat, match="at most 65500 pixels a side"):
        require_supported(ticket("pdf-a", "RGB24", 1200, medium=Dimensions(60_000, 1000)))


def test_a_document_beyond_its_offsets_is_refused_like_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10 GB cannot be tried here, so the limit is made small."""
    monkeypatch.setattr(pdf_file, "MAX_BYTES", 5000)
    wanted = ticket("pdf-a", "BlackAndWhite1")
    writer = open_document(tmp_path / "a", wanted)
    with pytest.raises(PdfTooLarge, match="larger than 10 GB") as caught:
        for _ in range(10):
            writer.add(scanned(picture((90, 90), "BlackAndWhite1"), wanted.front))
    writer.discard()
    assert isinstance(caught.value, OSError) and not list(tmp_path.iterdir())


def test_more_objects_than_a_pdf_may_have_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MAX_OBJECTS", 20)
    wanted = ticket("pdf-a", "Grayscale8")
    writer = open_document(tmp_path / "a", wanted)
    with pytest.raises(PdfTooLarge, match="more objects than PDF"):
        for _ in range(10):
            writer.add(scanned(picture((9, 9), "Grayscale8"), wanted.front))
    writer.discard()


def test_a_finer_factor_gives_a_larger_document(tmp_path: Path) -> None:
    page = picture((300, 200), "RGB24")
    sizes = [
        write(tmp_path / "a", ticket("pdf-a", "RGB24", compression_quality_factor=factor), page).bytes
        for factor in (0, 30, 60, 89, 90, 100)
    ]
    assert sizes == sorted(set(sizes))
