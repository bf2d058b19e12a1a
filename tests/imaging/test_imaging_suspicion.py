"""Images that a child decodes are the same pixels, and ordinary ones need no child."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hostile_files import tiff_of_many_pages
from imaging_tickets import ticket
from PIL import Image
from test_imaging_odd_files import SOUND

from emulator.imaging import files
from emulator.imaging.decoding.suspicion import MOST_DIRECTORIES, MOST_SCANS, is_suspicious
from emulator.imaging.files import open_files
from emulator.imaging.kinds import FileKind, kind_of
from emulator.imaging.pages import Page, Wanted
from emulator.imaging.samples import DeepImage
from emulator.imaging.scan_head import scan
from emulator.wsscan.values.geometry import Dimensions, Resolution


def saved(mode: str, **options: object) -> bytes:
    written = io.BytesIO()
    image = Image.effect_noise((64, 48), 90)
    if mode == "P":
        image = image.convert("RGB").quantize(16)
    image.convert(mode).save(written, **options)  # type: ignore[arg-type]
    return written.getvalue()


KINDS = {
    **SOUND,
    "png-1": saved("1", format="PNG"),
    "png-l": saved("L", format="PNG"),
    "png-la": saved("LA", format="PNG"),
    "png-p": saved("P", format="PNG"),
    "png-p-transparent": saved("P", format="PNG", transparency=3),
    "png-rgb-transparent": saved("RGB", format="PNG", transparency=(1, 2, 3)),
    "png-rgba": saved("RGBA", format="PNG"),
    "png-i16": saved("I;16", format="PNG"),
    "jpeg": saved("RGB", format="JPEG", dpi=(150, 150)),
    "jpeg-cmyk": saved("CMYK", format="JPEG"),
    "jpeg-2000": saved("RGB", format="JPEG2000"),
    "gif": saved("P", format="GIF"),
    "bmp": saved("RGB", format="BMP"),
    "webp": saved("RGBA", format="WEBP", lossless=True),
    "tiff-p": saved("P", format="TIFF"),
    "tiff-i16": saved("I;16", format="TIFF"),
}


def told(page: Page) -> tuple[object, ...]:
    image = page.image
    if isinstance(image, DeepImage):
        return image.samples.shape, image.samples.tobytes(), page.dpi, page.size, page.origin
    palette = None if image.palette is None or image.mode != "P" else (image.palette.mode, image.getpalette())
    seen = image.convert("RGBA").tobytes() if image.mode not in {"I;16", "I"} else image.tobytes()
    return image.mode, image.size, seen, palette, page.dpi, page.size, page.origin, image.has_transparency_data


@pytest.mark.parametrize("name", KINDS)
def test_a_child_gives_the_pixels_that_this_process_would(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[name])
    medium = Dimensions(1000, 1000)
    for deep in (False, True):
        wanted = Wanted(Resolution(100, 100), "RGB", medium, deep=deep)
        pages, scans = [], []
        for suspicious in (False, True):
            monkeypatch.setattr(files, "is_suspicious", lambda path, kind, said=suspicious: said)
            source = open_files([path])
            pages.append(told(source.page(0, wanted)))
            asked = ticket(ppi=100, medium=medium)
            image = scan(source, 0, asked.front, asked).image
            assert isinstance(image, Image.Image)
            scans.append(image.tobytes())
            source.close()
        assert pages[0] == pages[1]
        assert scans[0] == scans[1]


def suspicious(data: bytes, tmp_path: Path) -> bool:
    path = tmp_path / "file"
    path.write_bytes(data)
    kind = kind_of(data)
    assert kind is not None
    return is_suspicious(path, kind)


def with_scans(data: bytes, count: int) -> bytes:
    """So many scans in all: the last one again and again."""
    at = data.rindex(b"\xff\xda")
    return data[:-2] + data[at:-2] * (count - data.count(b"\xff\xda")) + data[-2:]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (saved("RGB", format="JPEG"), False),
        (saved("RGB", format="JPEG", progressive=True), False),
        (with_scans(saved("RGB", format="JPEG", progressive=True), MOST_SCANS), False),
        (with_scans(saved("RGB", format="JPEG", progressive=True), MOST_SCANS + 1), True),
        (b"\xff\xd8\xff\xff\xff" + with_scans(saved("L", format="JPEG", progressive=True), 99)[3:], True),
        (b"\xff\xd8\xff\xe0\0\4\0\0no marker here", True),
        (saved("RGB", format="JPEG")[:300], False),
        (saved("RGB", format="JPEG2000"), True),
        (saved("RGB", format="PNG"), False),
        (saved("RGB", format="TIFF", compression="jpeg"), False),
        (tiff_of_many_pages(MOST_DIRECTORIES - 1), False),
        (tiff_of_many_pages(MOST_DIRECTORIES + 1), True),
        (tiff_of_many_pages(1)[:-4] + struct.pack("<I", 10), True),  # goes round in a circle
        (b"II+\0" + bytes(11) + b"\x80", False),  # an offset beyond all files
        (b"MM\0*", False),
    ],
)
def test_what_is_suspicious_is_seen_from_its_headers(data: bytes, expected: bool, tmp_path: Path) -> None:
    assert suspicious(data, tmp_path) is expected


def test_a_progressive_jpeg_inside_a_tiff_is_suspicious(tmp_path: Path) -> None:
    baseline = saved("RGB", format="TIFF", compression="jpeg")
    at = baseline.index(b"\xff\xc0")
    assert suspicious(baseline[: at + 1] + b"\xc2" + baseline[at + 2 :], tmp_path)


def test_an_ordinary_image_starts_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emulator.imaging.decoding import child_process

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr(child_process.ChildProcess, "__init__", refuse)
    for name in ("png-l", "jpeg", "tiff-p", "gif", "bmp", "webp", "jpeg-cmyk"):
        (tmp_path / name).write_bytes(KINDS[name])
        source = open_files([tmp_path / name])
        assert np.asarray(source.page(0).image.convert("L")).size
        source.close()
    assert FileKind.PDF not in {kind_of(KINDS[name]) for name in KINDS}
