"""Documents in any format: what is told of them, what is refused, and black and white as programs of others see
them. Every format in every colour mode: test_imaging_format_cells.py."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from imaging_tickets import COLORS, scanned, ticket
from judges import tiffinfo
from optional_programs import needs_program
from PIL import Image, ImageDraw

from emulator.imaging.encode import (
    DocumentInfo,
    UnsupportedFormat,
    media_type,
    open_document,
    require_supported,
)
from emulator.imaging.encoders import tiff_file as tiff
from emulator.imaging.encoders.encoder import WRITTEN
from emulator.imaging.encoders.jpeg_options import jpeg_quality
from emulator.imaging.encoders.tiff_file import TiffTooLarge
from emulator.wsscan.values.formats import FORMAT_COLORS
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS, Format
from emulator.wsscan.values.ticket import EffectiveTicket

MODES = ("1", "L", "RGB")
PAIRS = [
    (format, mode) for format in sorted(WRITTEN) for mode in MODES if COLORS[mode] in FORMAT_COLORS[Format(format)]
]
KNOWN_TO_FILE = {"dib", "exif", "jfif", "png", *[format for format in Format if format.startswith("tiff")]}
"""`file` has no rule for JBIG, which has no signature."""
IMPOSSIBLE = [
    (format, mode) for format in sorted(Format) for mode in MODES if COLORS[mode] not in FORMAT_COLORS[format]
]


def target(size: tuple[int, int], mode: str) -> Image.Image:
    """White paper with a black left third, and a red corner at the lower right where there are colours."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, max(0, size[0] // 3 - 1), size[1]), fill="black")
    if mode == "RGB":
        draw.rectangle((size[0] - 9, size[1] - 9, *size), fill=(200, 0, 0))
    return image.convert(mode, dither=Image.Dither.NONE)


def document(folder: Path, wanted: EffectiveTicket, *pages: Image.Image) -> tuple[Path, DocumentInfo]:
    path = folder / "document"
    writer = open_document(path, wanted)
    for page in pages:
        writer.add(scanned(page, wanted.front))
    return path, writer.finish()


def file_says(path: Path) -> tuple[str, str]:
    """Media type and description by `file`."""
    program = needs_program("file")
    lines = [
        subprocess.run([program, *options, path], capture_output=True, text=True, check=True).stdout.strip()
        for options in (["-b", "--mime-type"], ["-b"])
    ]
    return lines[0], lines[1]


@pytest.mark.parametrize("format", ["tiff-single-g4", "tiff-multi-g4"])
def test_black_runs_of_group_4_are_black_to_another_decoder(format: str, tmp_path: Path) -> None:
    """tiffcp decodes to plain rows: with min-is-white a black pixel is a 1 bit. [wscn/color/black-is-0]"""
    tiffcp = needs_program("tiffcp")
    path, _ = document(tmp_path, ticket(format, "1"), target((96, 4), "1"))
    subprocess.run([tiffcp, "-c", "none", path, tmp_path / "plain.tif"], check=True)
    (seen,) = tiffinfo(tmp_path / "plain.tif")
    assert seen["Photometric Interpretation"] == "min-is-white"
    row = b"\xff" * 4 + b"\0" * 8  # the left third is black
    assert row * 4 in (tmp_path / "plain.tif").read_bytes()


@pytest.mark.parametrize(("format", "mode"), PAIRS)
def test_what_is_told_of_a_document_is_so(format: str, mode: str, tmp_path: Path) -> None:
    page = target((205, 49), mode)
    path, info = document(tmp_path, ticket(format, mode, (204, 98)), page)
    data = path.read_bytes()
    assert (info.bytes, info.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert info.head_sha256 == hashlib.sha256(data[:4096]).hexdigest()
    assert (info.width, info.height, info.pages) == (*page.size, 1)
    assert (str(info.resolution), info.format, info.color) == ("204x98", format, COLORS[mode])


@pytest.mark.parametrize(("format", "mode"), [pair for pair in PAIRS if pair[0] in KNOWN_TO_FILE])
def test_file_sees_the_media_type_that_is_sent(format: str, mode: str, tmp_path: Path) -> None:
    page = target((205, 49), mode)
    path, info = document(tmp_path, ticket(format, mode, (204, 98)), page)
    kind, description = file_says(path)
    assert kind == info.media_type == media_type(format)
    if format == "exif":
        assert "Exif standard" in description and "resolutionunit=2" in description
    elif format == "jfif":
        assert "JFIF standard" in description and "density 204x98" in description
        assert f"precision 8, 205x49, components {3 if mode == 'RGB' else 1}" in description
    elif format == "png":
        depth = {"1": "1-bit grayscale", "L": "8-bit grayscale", "RGB": "8-bit/color RGB"}[mode]
        assert f"205 x 49, {depth}" in description


def test_all_pages_stand_in_one_multi_page_document(tmp_path: Path) -> None:
    pages = [target((300 + 7 * number, 200), "1") for number in range(5)]
    path, info = document(tmp_path, ticket("tiff-multi-g4", "1", (200, 100)), *pages)
    assert (info.pages, info.width, info.height) == (5, 300, 200)
    seen = tiffinfo(path)
    assert [page["Image Width"].split()[0] for page in seen] == ["300", "307", "314", "321", "328"]
    assert [page["Page Number"] for page in seen] == ["0-0", "1-0", "2-0", "3-0", "4-0"]
    assert {page["Subfile Type"] for page in seen} == {"multi-page document (2 = 0x2)"}
    with Image.open(path) as decoded:
        for number, page in enumerate(pages):
            decoded.seek(number)
            assert decoded.tobytes() == page.tobytes()


@pytest.mark.parametrize(("format", "mode"), [pair for pair in PAIRS if pair[0] not in MULTI_IMAGE_FORMATS])
def test_a_single_image_format_takes_one_page(format: str, mode: str, tmp_path: Path) -> None:
    wanted = ticket(format, mode)
    writer = open_document(tmp_path / "a", wanted)
    writer.add(scanned(target((9, 9), mode), wanted.front))
    with pytest.raises(ValueError, match="holds one image"):
        writer.add(scanned(target((9, 9), mode), wanted.front))
    writer.discard()
    writer.discard()
    assert not (tmp_path / "a").exists()


def test_a_format_of_a_vendor_is_a_clear_error(tmp_path: Path) -> None:
    wanted = ticket("vendor:raw", "RGB")
    expected = "Format=vendor:raw is not written yet; this version writes: dib, exif, "
    with pytest.raises(UnsupportedFormat) as asked:
        require_supported(wanted)
    with pytest.raises(UnsupportedFormat) as opened:
        open_document(tmp_path / "a", wanted)
    assert str(asked.value) == str(opened.value)
    assert str(asked.value).startswith(expected)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("format", "mode"), [pair for pair in IMPOSSIBLE if pair[0] in WRITTEN])
def test_a_format_that_cannot_hold_such_pixels_is_a_clear_error(format: str, mode: str) -> None:
    with pytest.raises(UnsupportedFormat, match=f"^Format={format} cannot hold ColorProcessing=") as caught:
        require_supported(ticket(format, mode))
    assert str(caught.value).partition("it holds: ")[2]


def test_the_back_is_looked_at_too() -> None:
    front = ticket("jfif", "L")
    back = ticket("jfif", "1").front
    require_supported(front)
    with pytest.raises(UnsupportedFormat, match="BlackAndWhite1"):
        require_supported(ticket("jfif", "L", input_source="ADFDuplex", back=back))


def test_a_better_quality_factor_gives_a_larger_jpeg(tmp_path: Path) -> None:
    noise = Image.effect_noise((200, 200), 60).convert("RGB")
    lengths = [
        document(tmp_path, ticket("jfif", "RGB", compression_quality_factor=factor), noise)[1].bytes
        for factor in (1, 25, 50, 75, 89, 90, 100)
    ]
    assert lengths == sorted(set(lengths))
    assert (jpeg_quality(0), jpeg_quality(1), jpeg_quality(100)) == (1, 1, 95)


def test_a_document_without_a_page_is_none(tmp_path: Path) -> None:
    writer = open_document(tmp_path / "a", ticket("png", "L"))
    with pytest.raises(ValueError, match="at least one image"):
        writer.finish()
    writer.discard()


def test_a_tiff_beyond_its_offsets_is_refused_like_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4 GB cannot be tried here, so the limit is made small."""
    monkeypatch.setattr(tiff, "MAX_BYTES", 1000)
    wanted = ticket("tiff-multi-g4", "1")
    writer = open_document(tmp_path / "a", wanted)
    writer.add(scanned(target((90, 90), "1"), wanted.front))
    with pytest.raises(TiffTooLarge, match="larger than 4 GB") as caught:
        for _ in range(10):
            writer.add(scanned(target((90, 90), "1"), wanted.front))
    writer.discard()
    assert isinstance(caught.value, OSError)
