"""Stamped copies against whole encodes of the same picture, pixel by pixel, in decoders of others."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from imaging_tickets import A4, COLORS, scanned, ticket
from optional_programs import needs_program
from PIL import Image, ImageDraw, JpegImagePlugin

from emulator.imaging.encode import DocumentInfo, UnsupportedFormat, open_document
from emulator.imaging.encoders.encoder import WRITTEN
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.splice import require_stampable, strip_top
from emulator.imaging.stamped.stamped_page import StampedPage
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion, pixel_size
from emulator.wsscan.values.ticket import EffectiveTicket

CASES = [
    (format, mode)
    for format, modes in {
        "jfif": ("L", "RGB"),
        "exif": ("L", "RGB"),
        "png": ("1", "L", "RGB"),
        "tiff-single-g4": ("1",),
    }.items()
    if format in WRITTEN
    for mode in modes
]


def picture(mode: str, size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Noise, edges and slopes everywhere, so that no row is like another."""
    random_ = random.Random(seed)
    image = Image.effect_noise(size, 60).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = random_.randrange(size[0]), random_.randrange(size[1])
        color = tuple(random_.randrange(256) for _ in range(3))
        draw.ellipse((x - 40, y - 25, x + 40, y + 25), fill=color)
    return image.convert(mode)


def pixels(path: Path) -> bytes:
    """What a decoder of others makes of a file."""
    data = path.read_bytes()
    if data.startswith(b"\xff\xd8"):
        return output("djpeg", "-pnm", path)
    if data.startswith(b"\x89PNG"):
        output("pngcheck", "-q", path)
        return output("pngtopnm", path)
    plain = path.with_suffix(".plain")
    output("tiffcp", "-c", "none", path, plain)
    with Image.open(plain) as image:
        return image.convert("L").tobytes()


def output(program: str, *arguments: str | Path) -> bytes:
    done = subprocess.run([needs_program(program), *arguments], capture_output=True)
    said = [line for line in done.stderr.decode().splitlines() if "non-square pixels" not in line]
    assert done.returncode == 0 and not said, said
    return done.stdout


def page_of(wanted: EffectiveTicket) -> Image.Image:
    side = wanted.front
    mode = {color: mode for mode, color in COLORS.items()}[side.color_processing]
    return picture(mode, pixel_size(side.scan_region, side.resolution))


def whole(page: StampedPage, image: Image.Image, wanted: EffectiveTicket, number: int, path: Path) -> None:
    """The same picture by the format's own encoder."""
    strip = page.stamped(number).copy()
    picture = image.copy()
    picture.paste(strip, (0, image.height - strip.height))
    writer = open_document(path, wanted)
    writer.add(scanned(picture, wanted.front))
    writer.finish()


@pytest.mark.parametrize(("format", "mode"), CASES)
@pytest.mark.parametrize(
    ("medium", "ppi", "at_hand"),
    [
        (Dimensions(8500, 11000), 100, True),
        (A4, 100, True),
        (Dimensions(8333, 6107), 75, True),
        (Dimensions(4003, 3001), (150, 100), False),
    ],
)
def test_a_copy_has_the_pixels_of_a_whole_encode(
    tmp_path: Path, format: str, mode: str, medium: Dimensions, ppi: int | tuple[int, int], at_hand: bool
) -> None:
    wanted = ticket(format, mode, ppi, medium=medium)
    image = page_of(wanted)
    imprint = Imprint(1200, "Scan to folder")
    require_stampable(wanted, imprint)
    page = StampedPage(scanned(image, wanted.front), wanted, tmp_path / "body", imprint, at_hand=at_hand)
    seen = set()
    for number in (1, 999, 1200):
        info = page.write(tmp_path / "copy", number)
        data = (tmp_path / "copy").read_bytes()
        assert (info.bytes, info.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert info.head_sha256 == hashlib.sha256(data[:4096]).hexdigest()
        assert (info.width, info.height, info.format, info.pages) == (*image.size, format, 1)
        whole(page, image, wanted, number, tmp_path / "whole")
        stamped = pixels(tmp_path / "copy")
        assert stamped == pixels(tmp_path / "whole")
        seen.add(stamped)
    assert len(seen) == 3
    page.discard()
    assert not list(tmp_path.glob("body*"))


@pytest.mark.parametrize("quality", [10, 60, 95])
def test_a_jpeg_copy_is_the_whole_encode_with_restart_markers(tmp_path: Path, quality: int) -> None:
    wanted = ticket("jfif", "RGB", 100, compression_quality_factor=quality)
    image = page_of(wanted)
    page = StampedPage(scanned(image, wanted.front), wanted, tmp_path / "body", Imprint(50))
    page.write(tmp_path / "copy", 17)
    strip = page.stamped(17)
    image.paste(strip, (0, image.height - strip.height))
    with Image.open(tmp_path / "copy") as copy:
        assert isinstance(copy, JpegImagePlugin.JpegImageFile)
        expected = io.BytesIO()
        image.save(
            expected, "JPEG", qtables=copy.quantization, subsampling=JpegImagePlugin.get_sampling(copy),
            restart_marker_rows=1, dpi=(100, 100),
        )  # fmt: skip
    assert (tmp_path / "copy").read_bytes() == expected.getvalue()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(case=("tiff-single-g4", "1"), width=4000, height=900, quality=1, number=1)  # half of it is label
@given(
    case=st.sampled_from(CASES),
    width=st.integers(4000, 6000),
    height=st.integers(900, 5000),
    quality=st.integers(1, 100),
    number=st.integers(1, 300),
)
def test_any_size(
    tmp_path: Path, case: tuple[str, str], width: int, height: int, quality: int, number: int
) -> None:
    format, mode = case
    wanted = ticket(format, mode, 150, medium=Dimensions(width, height), compression_quality_factor=quality)
    image = page_of(wanted)
    page = StampedPage(scanned(image, wanted.front), wanted, tmp_path / "body", Imprint(300))
    page.write(tmp_path / "copy", number)
    whole(page, image, wanted, number, tmp_path / "whole")
    assert pixels(tmp_path / "copy") == pixels(tmp_path / "whole")


@pytest.mark.parametrize(("format", "mode"), CASES)
@pytest.mark.parametrize("ppi", [75, 300, (200, 100)])
def test_the_code_of_every_copy_is_read(tmp_path: Path, format: str, mode: str, ppi: int | tuple[int, int]) -> None:
    zbarimg = needs_program("zbarimg")
    wanted = ticket(format, mode, ppi)
    image = Image.new(mode, pixel_size(wanted.front.scan_region, wanted.front.resolution), "white")
    imprint = Imprint(10_000, "Büro & Co")
    page = StampedPage(scanned(image, wanted.front), wanted, tmp_path / "body", imprint)
    for number in (1, 10, 5678, 10_000):
        page.write(tmp_path / "copy", number)
        with Image.open(tmp_path / "copy") as copy:
            copy.convert("L").save(tmp_path / "copy.pgm")
        done = subprocess.run([zbarimg, "-q", "--raw", tmp_path / "copy.pgm"], capture_output=True, text=True)
        assert done.stdout.strip() == imprint.payload(number)
    assert imprint.payload(10) == "dsm-emulator;stamp=10;of=10000;job=B%C3%BCro & Co"


def test_a_page_without_room_for_more_than_the_label(tmp_path: Path) -> None:
    imprint = Imprint(9)
    columns, rows = imprint.size(Resolution(100, 100))
    for format, mode in CASES:
        wanted = ticket(format, mode, 100, region=ScanRegion(0, 0, columns * 10, rows * 10))
        require_stampable(wanted, imprint)
        image = page_of(wanted)
        assert image.size == (columns, rows)
        page = StampedPage(scanned(image, wanted.front), wanted, tmp_path / "body", imprint)
        page.write(tmp_path / "copy", 3)
        whole(page, image, wanted, 3, tmp_path / "whole")
        assert pixels(tmp_path / "copy") == pixels(tmp_path / "whole")
        smaller = replace(wanted.front, scan_region=ScanRegion(0, 0, columns * 10, rows * 10 - 10))
        with pytest.raises(UnsupportedFormat, match=f"no room for the label of stamped copies .{columns}x{rows}."):
            require_stampable(replace(wanted, front=smaller), imprint)


@pytest.mark.parametrize("format", ["tiff-multi-g4", "tiff-single-uncompressed", "pdf-a", "xps", "jpeg2k", "dib"])
def test_other_formats_are_refused(format: str) -> None:
    with pytest.raises(
        UnsupportedFormat, match=f"Format={format} .* --stamped makes: jfif, exif, png, tiff-single-g4"
    ):
        require_stampable(ticket(format, "1"), Imprint(2))


@pytest.mark.parametrize("color", ["Grayscale4", "Grayscale16", "RGB48", "RGBa32"])
def test_other_depths_are_refused(color: str) -> None:
    with pytest.raises(UnsupportedFormat, match=f"ColorProcessing={color} .* BlackAndWhite1, Grayscale8, RGB24"):
        require_stampable(ticket("png", color), Imprint(2))


def test_a_copy_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    wanted = ticket("jfif", "L")
    page = StampedPage(scanned(page_of(wanted), wanted.front), wanted, tmp_path / "body", Imprint(2))
    with pytest.raises(OSError, match="missing"):
        page.write(tmp_path / "missing" / "copy", 1)
    page.discard()
    with pytest.raises(OSError, match="body"):
        page.write(tmp_path / "copy", 1)
    assert not list(tmp_path.iterdir())


@given(height=st.integers(20, 10_000), rows=st.integers(1, 400))
def test_the_strip_leaves_room_and_is_aligned(height: int, rows: int) -> None:
    if rows > height:
        return
    top = strip_top(height, rows)
    assert top % 16 == 0 and rows <= height - top
    assert top == 0 or (top >= height - top and height - top < rows + 16)
    assert top > 0 or 2 * rows + 30 > height


def test_the_info_is_a_documents(tmp_path: Path) -> None:
    wanted = ticket("png", "L")
    page = StampedPage(scanned(page_of(wanted), wanted.front), wanted, tmp_path / "body", Imprint(2))
    info = page.write(tmp_path / "copy", 1)
    assert isinstance(info, DocumentInfo)
    assert (info.media_type, info.color, info.resolution) == ("image/png", "Grayscale8", Resolution(100, 100))
