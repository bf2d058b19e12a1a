"""What a format cannot hold, or needs and has not got, is named before anything is written."""

from __future__ import annotations

import _ctypes
import io
import sys
from pathlib import Path

import pytest
from format_table import picture, write
from imaging_tickets import scanned, ticket
from optional_programs import skip_or_fail
from PIL import Image

from emulator.imaging.encode import UnsupportedFormat, open_document, require_supported
from emulator.imaging.encoders import libjbig, tiff_strips
from emulator.imaging.encoders.encoder import encoder_of
from emulator.imaging.encoders.jbig import JbigEncoder
from emulator.imaging.scanned import NO_ORIGIN
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket

WIDE = Dimensions(28_000, 1_000)
"""At 2,400 ppi 67,200 x 2,400 pixels."""
TALL = Dimensions(1_000, 28_000)
HUGE = Dimensions(30_000, 30_000)
"""At 2,400 ppi 72,000 x 72,000 pixels, in RGB 15 GB."""


def asked(format: str, color: str, medium: Dimensions) -> EffectiveTicket:
    return ticket(format, color, 2400, medium=medium)


def needs_libjbig() -> None:
    try:
        libjbig.load()
    except libjbig.NoLibjbig as error:
        skip_or_fail(str(error))


@pytest.mark.parametrize(
    ("format", "color", "medium", "reason"),
    [
        ("jfif", "Grayscale8", WIDE, "at most 65500 pixels a side, and the ticket asks for 67200x2400"),
        ("jfif", "RGB24", TALL, "at most 65500 pixels a side, and the ticket asks for 2400x67200"),
        ("exif", "RGB24", TALL, "at most 65500 pixels a side, and the ticket asks for 2400x67200"),
        ("tiff-multi-jpeg-tn2", "RGB24", WIDE, "at most 65500 pixels a row, and the ticket asks for 67200x2400"),
        ("tiff-single-uncompressed", "RGB24", HUGE, "at most 4 GB, and an image of the ticket has 72000x72000"),
        ("dib", "RGB24", HUGE, "at most 4 GB, and an image of the ticket has 72000x72000"),
    ],
)
def test_an_image_beyond_a_format_s_limit_is_named_first(
    format: str, color: str, medium: Dimensions, reason: str
) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        encoder_of(format).require(asked(format, color, medium))
    assert f"Format={format} holds {reason}" in str(caught.value)
    assert "; choose a lower resolution or " in str(caught.value) and "\n" not in str(caught.value)


def test_the_back_counts_too() -> None:
    back = asked("jfif", "Grayscale8", TALL).front
    wanted = ticket("jfif", "Grayscale8", input_source="ADFDuplex", back=back)
    with pytest.raises(UnsupportedFormat, match="2400x67200"):
        encoder_of("jfif").require(wanted)


@pytest.mark.parametrize(
    ("format", "color", "medium"),
    [
        ("tiff-single-jpeg-tn2", "RGB24", TALL),  # its strips are the JPEGs
        ("tiff-single-uncompressed", "BlackAndWhite1", HUGE),
        ("tiff-single-g4", "BlackAndWhite1", HUGE),
        ("dib", "BlackAndWhite1", HUGE),
        ("png", "RGB48", HUGE),
    ],
)
def test_what_a_format_can_hold_is_not_refused(format: str, color: str, medium: Dimensions) -> None:
    encoder_of(format).require(asked(format, color, medium))


def test_65000_pixels_across_come_out_whole(tmp_path: Path) -> None:
    page = picture((65_000, 40), "RGB24")
    assert isinstance(page, Image.Image)
    for format in ("png", "tiff-single-uncompressed", "dib"):
        write(tmp_path / format, ticket(format, "RGB24"), page)
        with Image.open(tmp_path / format) as seen:
            assert seen.tobytes() == page.tobytes()
    for format in ("jfif", "exif", "tiff-single-jpeg-tn2"):
        write(tmp_path / format, ticket(format, "RGB24"), page)
        with Image.open(tmp_path / format) as seen:
            seen.load()
            assert seen.size == page.size


def test_without_libjbig_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSM_EMULATOR_LIBJBIG", str(tmp_path / "nowhere.so"))
    with pytest.raises(UnsupportedFormat) as caught:
        require_supported(ticket("jbig", "1"))
    said = str(caught.value)
    assert said.startswith("Format=jbig needs the library libjbig: DSM_EMULATOR_LIBJBIG=")
    assert "apt install libjbig0" in said and "\n" not in said


def test_a_library_that_is_another_one_is_not_libjbig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSM_EMULATOR_LIBJBIG", _ctypes.__file__ if hasattr(_ctypes, "__file__") else sys.executable)
    with pytest.raises(UnsupportedFormat, match="cannot be loaded as libjbig"):
        require_supported(ticket("jbig", "1"))


class FullDisk(io.BytesIO):
    def write(self, data: object, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_an_error_through_libjbig_too() -> None:
    needs_libjbig()
    wanted = ticket("jbig", "Grayscale8")

    encoder = JbigEncoder(FullDisk(), wanted, NO_ORIGIN)
    with pytest.raises(OSError, match="No space left"):
        encoder.add(scanned(picture((200, 100), "Grayscale8"), wanted.front))


@pytest.mark.needs(Path("/dev/full").exists(), "no /dev/full here")
@pytest.mark.parametrize(
    ("format", "color"),
    [("png", "RGB24"), ("jfif", "RGB24"), ("dib", "RGB24"), ("tiff-single-g4", "BlackAndWhite1")],
)
def test_a_full_disk_is_an_os_error(format: str, color: str) -> None:
    wanted = ticket(format, color)

    with pytest.raises(OSError), Path("/dev/full").open("w+b", buffering=0) as file:
        encoder = encoder_of(format)(file, wanted, NO_ORIGIN)  # type: ignore[arg-type]
        encoder.add(scanned(picture((400, 300), color), wanted.front))


def test_a_libtiff_that_cannot_compress_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow writes raw rows where it does not know a compression, and says nothing."""
    monkeypatch.setitem(tiff_strips.NUMBERS, "group4", 5)
    wanted = ticket("tiff-single-g4", "1")
    writer = open_document(tmp_path / "a", wanted)

    with pytest.raises(OSError, match="libtiff has not written group4"):
        writer.add(scanned(picture((40, 30), "BlackAndWhite1"), wanted.front))
    writer.discard()
