"""Embedded ICC profiles: the colours of a file become sRGB, by the formulas of the standards (case I8)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import DEEP, levels, read
from icc_profiles import (
    ADOBE_RGB,
    SRGB,
    cmyk_lab,
    cmyk_profile,
    grey_profile,
    rgb_profile,
    srgb_of_lab,
    srgb_of_rgb,
)
from PIL import Image, ImageCms
from png_writing import write_png
from tiff_writing import Form, write_tiff

from emulator.imaging import kinds
from emulator.imaging.encoders.icc import srgb
from emulator.imaging.pages import Wanted
from emulator.imaging.raster import RasterFile
from emulator.wsscan.values.geometry import Dimensions, Resolution

Colours = np.ndarray[Any, Any]
STEPS = (0, 40, 128, 200, 255)
RGB = np.array(list(product(STEPS, repeat=3)), np.uint8).reshape(5, 25, 3)
GREY = np.arange(256, dtype=np.uint8).reshape(8, 32, 1)
CMYK = np.array(list(product((0, 255), repeat=4)), np.uint8).reshape(4, 4, 4)
ADOBE = rgb_profile(ADOBE_RGB, 2.19921875)
LINEAR = rgb_profile(SRGB, 1.0)
ICC = 34675


def large(values: Colours) -> Colours:
    """Each colour 16 pixels wide and high, that JPEG does not mix them."""
    return values.repeat(16, axis=0).repeat(16, axis=1)


def of_centres(page: Colours) -> Colours:
    return page[8::16, 8::16]


def png(path: Path, image: Image.Image, profile: bytes) -> None:
    image.save(path, icc_profile=profile)


def tiff(path: Path, values: Colours, profile: bytes, **form: Any) -> None:
    write_tiff(path, values, Form(tags={ICC: (7, profile)}, **form))


def bmp(path: Path, image: Image.Image, profile: bytes) -> None:
    """With a BITMAPV5HEADER."""
    image.save(path)
    data = path.read_bytes()
    header = bytearray(struct.pack("<I", 124) + data[18:54] + bytes(84))
    header[56:60] = b"DEBM"
    pixels = data[54:]
    struct.pack_into("<II", header, 112, 124 + len(pixels), len(profile))
    path.write_bytes(data[:10] + struct.pack("<I", 14 + 124) + bytes(header) + pixels + profile)


def jp2(path: Path, image: Image.Image, profile: bytes) -> None:
    """The box colr says the profile and not sRGB."""
    image.save(path, irreversible=False)
    data = path.read_bytes()
    at, header = data.index(b"colr") - 4, data.index(b"jp2h") - 4
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    (length,) = struct.unpack_from(">I", data, header)
    grown = struct.pack(">I", length + len(box) - 15)
    path.write_bytes(data[:header] + grown + data[header + 4 : at] + box + data[at + 15 :])


def palette(values: Colours) -> Image.Image:
    image = Image.new("P", (values.shape[1], values.shape[0]))
    colours = values.reshape(-1, 3)
    image.putpalette(colours.tobytes())
    image.putdata(list(range(len(colours))))
    return image


def with_alpha(values: Colours) -> Image.Image:
    return Image.fromarray(np.dstack([values, np.full(values.shape[:2], 255, np.uint8)]))


FILES: dict[str, tuple[str, Callable[[Path, Colours, bytes], None]]] = {
    "PNG": (".png", lambda p, v, i: png(p, Image.fromarray(v), i)),
    "PNG with alpha": (".png", lambda p, v, i: png(p, with_alpha(v), i)),
    "PNG with a palette": (".png", lambda p, v, i: png(p, palette(v[8::16, 8::16]).resize(v.shape[1::-1]), i)),
    "JPEG": (".jpg", lambda p, v, i: Image.fromarray(v).save(p, quality=100, subsampling=0, icc_profile=i)),
    "TIFF": (".tif", lambda p, v, i: tiff(p, v, i, photometric=2)),
    "TIFF of planes": (".tif", lambda p, v, i: tiff(p, v, i, photometric=2, planar=2, order=">")),
    "TIFF of 16 bits": (".tif", lambda p, v, i: tiff(p, v.astype(np.uint16) * 257, i, photometric=2, bits=16)),
    "WebP": (".webp", lambda p, v, i: Image.fromarray(v).save(p, lossless=True, icc_profile=i)),
    "BMP": (".bmp", lambda p, v, i: bmp(p, Image.fromarray(v), i)),
    "JPEG 2000": (".jp2", lambda p, v, i: jp2(p, Image.fromarray(v), i)),
}


@pytest.mark.parametrize(("profile", "primaries", "gamma"), [(ADOBE, ADOBE_RGB, 2.19921875), (LINEAR, SRGB, 1.0)])
@pytest.mark.parametrize("name", FILES)
def test_colours_become_srgb(name: str, profile: bytes, primaries: Any, gamma: float, tmp_path: Path) -> None:
    suffix, write = FILES[name]
    path = tmp_path / f"a{suffix}"
    write(path, large(RGB), profile)
    wanted = srgb_of_rgb(RGB / 255, primaries, gamma)
    for asked in (None, DEEP):
        seen = of_centres(levels(read(path) if asked is None else read(path, asked)))
        far = abs(seen - wanted).max() * 255
        assert far <= (14 if name == "JPEG" and gamma == 1 else 2.5), far
    assert abs(RGB / 255 - wanted).max() * 255 > 20  # it matters


def test_16_bits_stay_16(tmp_path: Path) -> None:
    """Levels between those of 8 bits are kept apart."""
    values = np.linspace(0, 65535, 3 * 64 * 64).astype(np.uint16).reshape(64, 64, 3)
    tiff(tmp_path / "a.tif", values, ADOBE, photometric=2, bits=16)
    seen = levels(read(tmp_path / "a.tif", DEEP))
    assert abs(seen - srgb_of_rgb(values / 65535, ADOBE_RGB, 2.19921875)).max() * 65535 < 8


@pytest.mark.parametrize("form", ["PNG", "PNG with alpha", "TIFF", "TIFF of 16 bits", "PNG of 16 bits", "JPEG"])
def test_greys_become_srgb(form: str, tmp_path: Path) -> None:
    profile = grey_profile(1.0)
    path = tmp_path / ("a.tif" if "TIFF" in form else "a.jpg" if form == "JPEG" else "a.png")
    values = large(GREY)[:, :, 0]
    if form == "TIFF of 16 bits":
        tiff(path, values[:, :, None].astype(np.uint16) * 257, profile, bits=16)
    elif form == "PNG of 16 bits":
        Image.fromarray(values.astype(np.uint16) * 257).save(path, icc_profile=profile)
    elif form == "PNG with alpha":
        Image.merge("LA", [Image.fromarray(values), Image.new("L", values.shape[::-1], 255)]).save(
            path, icc_profile=profile
        )
    else:
        Image.fromarray(values).save(path, icc_profile=profile, **({"quality": 100} if form == "JPEG" else {}))
    wanted = srgb_of_rgb(np.repeat(GREY, 3, axis=2) / 255, SRGB, 1.0)[:, :, :1]
    for asked in (None, DEEP):
        seen = of_centres(levels(read(path) if asked is None else read(path, asked)))
        assert abs(seen[:, :, :1] - wanted).max() * 255 <= (13.5 if form == "JPEG" else 1.6)


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_inks_become_srgb(form: str, tmp_path: Path) -> None:
    profile = cmyk_profile()
    path = tmp_path / ("a.tif" if form == "TIFF" else "a.jpg")
    if form == "TIFF":
        tiff(path, large(CMYK), profile, photometric=5)
    else:
        Image.frombytes("CMYK", (64, 64), large(CMYK).tobytes()).save(path, quality=100, icc_profile=profile)
    page = read(path)
    seen = of_centres(levels(page))
    assert page.image.mode == "RGB"  # type: ignore[union-attr]
    for place, inks in enumerate(product((0, 1), repeat=4)):
        wanted = srgb_of_lab(cmyk_lab(*inks))
        assert abs(seen[place // 4, place % 4] - wanted).max() * 255 <= (12 if form == "JPEG" else 4), inks


def test_a_grey_scan_of_a_jpeg_weighs_its_true_colours(tmp_path: Path) -> None:
    """The JPEG decoder is not to leave out the colours that the profile needs."""
    path = tmp_path / "a.jpg"
    Image.fromarray(large(RGB)).save(path, quality=100, subsampling=0, icc_profile=LINEAR)
    asked = Wanted(Resolution(600, 600), "L", Dimensions(8500, 11000))
    seen = of_centres(np.asarray(read(path, asked).image.convert("L")))  # type: ignore[union-attr]
    wanted = srgb_of_rgb(RGB / 255, SRGB, 1.0) @ np.array([0.299, 0.587, 0.114]) * 255
    assert abs(seen - wanted).max() <= 5


LITTLE_CMS_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("profile", [srgb(), LITTLE_CMS_SRGB], ids=["ours", "littleCMS"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_profile_of_srgb_changes_and_costs_nothing(
    suffix: str, profile: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.fromarray(large(RGB))
    image.save(tmp_path / f"a{suffix}", icc_profile=profile)
    image.save(tmp_path / f"b{suffix}")
    read(tmp_path / f"a{suffix}")
    applied: list[object] = []
    monkeypatch.setattr(ImageCms.ImageCmsTransform, "apply", lambda *each: applied.append(each))
    monkeypatch.setattr(ImageCms, "buildTransform", lambda *each, **more: applied.append(each))
    pages = [levels(read(tmp_path / f"{name}{suffix}")) for name in "ab"]
    assert np.array_equal(*pages) and not applied


@pytest.mark.parametrize("broken", [b"nonsense", ADOBE[:200], ADOBE[:128] + bytes(len(ADOBE) - 128)])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_broken_profile_is_told_and_left_aside(suffix: str, broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(large(RGB)).save(path, icc_profile=broken)
    Image.fromarray(large(RGB)).save(tmp_path / f"b{suffix}")
    kind = kinds.SUFFIXES[suffix]
    (note,) = RasterFile(path, kind).notes
    assert "colour profile" in note and "sRGB" in note
    assert RasterFile(tmp_path / f"b{suffix}", kind).notes == ()
    assert np.array_equal(levels(read(path)), levels(read(tmp_path / f"b{suffix}")))


def test_a_profile_of_colours_on_a_grey_picture_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(GREY[:, :, 0]).save(path, icc_profile=LINEAR)
    assert np.array_equal(np.asarray(read(path).image), GREY[:, :, 0])
    assert RasterFile(path, kinds.FileKind.PNG).notes == ()


def test_the_colour_that_is_transparent_is_found_before_the_profile_changes_it(tmp_path: Path) -> None:
    values = np.array([[[10, 20, 30], [200, 100, 50]]], np.uint16)
    data = write_png(values, 8, 2, before=((b"tRNS", struct.pack(">3H", 10, 20, 30)),))
    image_with = Image.new("RGB", (1, 1))
    image_with.save(tmp_path / "b.png", icc_profile=LINEAR)
    profile = (tmp_path / "b.png").read_bytes()
    begin = profile.index(b"iCCP") - 4
    (length,) = struct.unpack_from(">I", profile, begin)
    path = tmp_path / "a.png"
    path.write_bytes(data[:33] + profile[begin : begin + 12 + length] + data[33:])
    seen = levels(read(path))
    wanted = srgb_of_rgb(values / 255, SRGB, 1.0)
    assert (seen[0, 0] == 1).all() and abs(seen[0, 1] - wanted[0, 1]).max() * 255 < 2
