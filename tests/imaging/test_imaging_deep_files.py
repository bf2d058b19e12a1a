"""Sources of 16 bits a channel, written by programs of others: the scan head gets every bit that a file has."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imaging_tickets import ticket
from optional_programs import needs_program
from PIL import Image

from emulator.imaging.files import open_files
from emulator.imaging.samples import DeepImage
from emulator.imaging.scan_head import scan
from emulator.wsscan.values.geometry import Dimensions

WIDTH, HEIGHT = 150, 300  # more rows than a band has
Samples = np.ndarray[Any, Any]


@pytest.fixture
def pixels() -> Samples:
    """Every value is as likely as any other."""
    return np.random.default_rng(7).integers(0, 65536, (HEIGHT, WIDTH, 3), dtype=np.uint16)


def ppm(folder: Path, pixels: Samples) -> Path:
    path = folder / "page.ppm"
    path.write_bytes(f"P6 {WIDTH} {HEIGHT} 65535\n".encode() + pixels.astype(">u2").tobytes())
    return path


def png(folder: Path, pixels: Samples, *options: str) -> Path:
    path = folder / "page.png"
    with path.open("wb") as file:
        subprocess.run([needs_program("pnmtopng"), *options, ppm(folder, pixels)], stdout=file, check=True)
    return path


def tiff(folder: Path, pixels: Samples, order: str, channels: int = 3) -> Path:
    """Uncompressed, in one strip, in either order of octets."""
    data = pixels.astype(f"{order}u2").tobytes()
    depths = struct.pack(f"{order}{channels}H", *[16] * channels)
    entries = [
        (256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, channels, 8 + len(data)), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 8), (277, 3, 1, channels), (278, 4, 1, HEIGHT), (279, 4, 1, len(data)),
    ]  # fmt: skip
    if channels == 4:
        entries.append((338, 3, 1, 2))  # unassociated alpha
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack(f"{order}HHI", tag, kind, count)
        directory += (
            struct.pack(f"{order}I", value) if kind == 4 or count > 2 else struct.pack(f"{order}HH", value, 0)
        )
    begin = 8 + len(data) + len(depths)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, begin)
    path = folder / "page.tif"
    path.write_bytes(head + data + depths + directory + b"\0\0\0\0")
    return path


def compressed(path: Path, *options: str) -> Path:
    other = path.with_name("compressed.tif")
    subprocess.run([needs_program("tiffcp"), *options, path, other], check=True)
    return other


def scanned(path: Path, color: str) -> Samples:
    """The file as a page whose pixels are those of the scan."""
    wanted = ticket("png", color, 100, medium=Dimensions(WIDTH * 10, HEIGHT * 10))
    source = open_files([path])
    try:
        image = scan(source, 0, wanted.front, wanted).image
    finally:
        source.close()
    assert isinstance(image, DeepImage)
    return image.samples


@pytest.mark.parametrize("options", [(), ("-interlace",), ("-compression", "1")])
def test_png_of_48_bits(options: tuple[str, ...], pixels: Samples, tmp_path: Path) -> None:
    assert np.array_equal(scanned(png(tmp_path, pixels, *options), "RGB48"), pixels)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_of_48_bits(order: str, pixels: Samples, tmp_path: Path) -> None:
    assert np.array_equal(scanned(tiff(tmp_path, pixels, order), "RGB48"), pixels)


@pytest.mark.parametrize("options", [("-c", "lzw"), ("-c", "zip:2"), ("-c", "packbits"), ("-B",)])
def test_tiff_of_48_bits_compressed(options: tuple[str, ...], pixels: Samples, tmp_path: Path) -> None:
    path = compressed(tiff(tmp_path, pixels, "<"), *options)
    assert np.array_equal(scanned(path, "RGB48"), pixels)


def test_the_same_as_grey_is_weighed_in_16_bits(pixels: Samples, tmp_path: Path) -> None:
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    assert abs(scanned(png(tmp_path, pixels), "Grayscale16")[:, :, 0] - grey).max() <= 1.5


def test_what_is_transparent_shows_paper(pixels: Samples, tmp_path: Path) -> None:
    alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint16)
    alpha[:, : WIDTH // 2] = 65535
    seen = scanned(tiff(tmp_path, np.dstack([pixels, alpha]), "<", 4), "RGBa64")
    assert np.array_equal(seen[:, : WIDTH // 2, :3], pixels[:, : WIDTH // 2])
    assert (seen[:, WIDTH // 2 :] == 65535).all()


@pytest.mark.parametrize("suffix", ["png", "tif", "jp2"])
def test_grey_of_16_bits(suffix: str, pixels: Samples, tmp_path: Path) -> None:
    grey = pixels[:, :, 0].copy()
    path = tmp_path / f"page.{suffix}"
    Image.fromarray(grey).save(path)
    assert np.array_equal(scanned(path, "Grayscale16")[:, :, 0], grey)
    assert np.array_equal(scanned(path, "RGB48"), np.dstack([grey] * 3))


@pytest.mark.parametrize(("bits", "top"), [(16, 65535), (12, 4095)])
def test_jpeg_2000_of_deep_colours(bits: int, top: int, pixels: Samples, tmp_path: Path) -> None:
    values = pixels >> (16 - bits)
    raw = tmp_path / "page.raw"
    raw.write_bytes(b"".join(values[:, :, channel].astype(">u2").tobytes() for channel in range(3)))
    path = tmp_path / "page.jp2"
    form = f"{WIDTH},{HEIGHT},3,{bits},u"
    program = needs_program("opj_compress")
    subprocess.run([program, "-i", raw, "-o", path, "-F", form], check=True, capture_output=True)
    assert np.array_equal(scanned(path, "RGB48"), values.astype(np.uint32) * 65535 // top)


def test_a_page_that_lies_on_its_side_is_turned(pixels: Samples, tmp_path: Path) -> None:
    path = tiff(tmp_path, pixels, "<")
    subprocess.run([needs_program("tiffset"), "-s", "274", "6", path], check=True)  # 90 degrees clockwise
    wanted = ticket("png", "RGB48", 100, medium=Dimensions(HEIGHT * 10, WIDTH * 10))
    source = open_files([path])
    image = scan(source, 0, wanted.front, wanted).image
    source.close()
    assert isinstance(image, DeepImage)
    assert np.array_equal(image.samples, np.rot90(pixels, -1))


def test_eight_bits_are_enough_for_an_image_of_eight(pixels: Samples, tmp_path: Path) -> None:
    wanted = ticket("png", "RGB24", 100, medium=Dimensions(WIDTH * 10, HEIGHT * 10))
    source = open_files([png(tmp_path, pixels)])
    image = scan(source, 0, wanted.front, wanted).image
    source.close()
    assert np.array_equal(np.asarray(image), pixels >> 8)
