"""Every kind of input picture becomes what the ticket asks for."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from format_table import write
from imaging_tickets import scan_image as scan
from imaging_tickets import ticket
from optional_programs import needs_program
from PIL import Image, ImageCms, ImageDraw

from emulator.imaging.files import open_files
from emulator.wsscan.values.geometry import Dimensions

# A page of 4 by 2 inches at 100 dpi: black, dark red, mid grey and white stripes of an inch each.
SIZE = (400, 200)
STRIPES = [(0, 0, 0), (150, 20, 20), (128, 128, 128), (255, 255, 255)]
GREY_STRIPES = [0, 59, 128, 255]


def stripes() -> Image.Image:
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for number, color in enumerate(STRIPES):
        draw.rectangle((number * 100, 0, number * 100 + 99, 199), fill=color)
    return image


def with_alpha(mode: str) -> Image.Image:
    """White is transparent black: what shines through must be paper."""
    image = stripes().convert("L" if mode == "LA" else "RGB")
    if mode == "LA":
        image.paste(0, (300, 0, 400, 200))
    else:
        image.paste((0, 0, 0), (300, 0, 400, 200))
    alpha = Image.new("L", SIZE, 255)
    alpha.paste(0, (300, 0, 400, 200))
    image.putalpha(alpha)
    return image


def sixteen_bits() -> Image.Image:
    return stripes().convert("L").convert("I").point(lambda value: value * 257).convert("I;16")


def lab() -> Image.Image:
    srgb, to = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    made = ImageCms.profileToProfile(stripes(), srgb, to, outputMode="LAB")
    assert made is not None
    return made


def transparent_palette() -> Image.Image:
    image = Image.new("P", SIZE)
    image.putpalette([0, 0, 0, 150, 20, 20, 128, 128, 128, 0, 0, 0])
    for number in range(4):
        image.paste(number, (number * 100, 0, number * 100 + 100, 200))
    image.info["transparency"] = 3
    return image


DPI = {"dpi": (100, 100)}
Maker = Callable[[Path], None]
INPUTS: dict[str, tuple[str, Maker]] = {
    "png-rgb": (".png", lambda p: stripes().save(p, **DPI)),
    "png-grey": (".png", lambda p: stripes().convert("L").save(p, **DPI)),
    "png-palette": (".png", lambda p: stripes().quantize(4).save(p, **DPI)),
    "png-palette-transparent": (".png", lambda p: transparent_palette().save(p, transparency=3, **DPI)),
    "png-rgba": (".png", lambda p: with_alpha("RGBA").save(p, **DPI)),
    "png-la": (".png", lambda p: with_alpha("LA").save(p, **DPI)),
    "png-16-bit": (".png", lambda p: sixteen_bits().save(p, **DPI)),
    "tiff-16-bit": (".tif", lambda p: sixteen_bits().save(p, **DPI)),
    "tiff-16-bit-big-endian": (".tif", lambda p: sixteen_bits().convert("I").convert("I;16B").save(p, **DPI)),
    "tiff-32-bit": (".tif", lambda p: sixteen_bits().convert("I").save(p, **DPI)),
    "tiff-float": (
        ".tif",
        lambda p: stripes().convert("L").convert("F").point(lambda v: v * (1 / 255)).save(p, **DPI),
    ),
    "tiff-cmyk": (".tif", lambda p: stripes().convert("CMYK").save(p, **DPI)),
    "tiff-lab": (".tif", lambda p: lab().save(p, **DPI)),
    "tiff-rgba": (".tif", lambda p: with_alpha("RGBA").save(p, **DPI)),
    "tiff-jpeg-ycbcr": (".tif", lambda p: stripes().save(p, compression="jpeg", quality=95, **DPI)),
    "jpeg-rgb": (".jpg", lambda p: stripes().save(p, quality=95, **DPI)),
    "jpeg-grey": (".jpg", lambda p: stripes().convert("L").save(p, quality=95, **DPI)),
    "jpeg-progressive": (".jpg", lambda p: stripes().save(p, quality=95, progressive=True, **DPI)),
    "jpeg-cmyk-adobe": (".jpg", lambda p: stripes().convert("CMYK").save(p, quality=95, **DPI)),
    "bmp": (".bmp", lambda p: stripes().save(p, **DPI)),
    "bmp-palette": (".bmp", lambda p: stripes().quantize(4).save(p, **DPI)),
    "gif": (".gif", lambda p: stripes().quantize(4).save(p)),
    "gif-transparent": (".gif", lambda p: transparent_palette().save(p, transparency=3)),
    "webp": (".webp", lambda p: stripes().save(p, lossless=True)),
    "webp-alpha": (".webp", lambda p: with_alpha("RGBA").save(p, lossless=True)),
    "jp2": (".jp2", lambda p: stripes().save(p)),
    "j2k-grey": (".j2k", lambda p: stripes().convert("L").save(p)),
    "pdf": (".pdf", lambda p: stripes().save(p, resolution=100, quality=95)),
}
GREY_ONLY = {
    "png-grey",
    "png-la",
    "png-16-bit",
    "tiff-16-bit",
    "tiff-16-bit-big-endian",
    "tiff-32-bit",
    "tiff-float",
}
GREY_ONLY |= {"jpeg-grey", "j2k-grey"}


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("name", INPUTS)
def test_input_table(name: str, mode: str, tmp_path: Path) -> None:
    """Files without a resolution fill a medium of the same shape, so all are seen alike."""
    suffix, make = INPUTS[name]
    path = tmp_path / f"{name}{suffix}"
    make(path)
    wanted = ticket(mode=mode, ppi=100, medium=Dimensions(4000, 2000))
    source = open_files([path])
    image = scan(source, 0, wanted.front, wanted)
    source.close()
    assert (image.mode, image.size) == (mode, SIZE)
    for number, (color, grey) in enumerate(zip(STRIPES, GREY_STRIPES, strict=True)):
        seen = image.getpixel((number * 100 + 50, 100))
        if mode == "RGB":
            expected = (grey,) * 3 if name in GREY_ONLY else color
            assert seen == pytest.approx(expected, abs=14), f"stripe {number}"
        elif mode == "L":
            assert seen == pytest.approx(grey, abs=9), f"stripe {number}"
        elif grey != 128:  # on the very threshold
            assert seen == (0 if grey < 128 else 255), f"stripe {number}"


@pytest.mark.parametrize("white_is_zero", [True, False])
def test_one_bit_tiff_both_ways_round(white_is_zero: bool, tmp_path: Path) -> None:
    image = Image.new("1", (80, 40), 1)
    image.paste(0, (0, 0, 40, 40))
    path = tmp_path / "a.tif"
    if white_is_zero:
        write(path, ticket("tiff-single-g4", "1"), image, ppi=(100, 100))
    else:
        image.save(path, compression="group4", dpi=(100, 100))
    with Image.open(path) as written:
        assert written.tag_v2[262] == (0 if white_is_zero else 1)  # type: ignore[attr-defined]
    wanted = ticket(mode="1", ppi=100)
    seen = scan(open_files([path]), 0, wanted.front, wanted)
    assert (seen.getpixel((10, 10)), seen.getpixel((60, 10))) == (0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("ppi", [100, 25])
def test_exif_orientation(orientation: int, suffix: str, ppi: int, tmp_path: Path) -> None:
    """A picture stored as each of the eight orientations is seen upright, at its size; 25 ppi makes the
    JPEG decoder shrink."""
    upright = Image.new("L", (400, 200), "white")
    upright.paste(0, (0, 0, 100, 50))  # upper left
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    if suffix == ".tif":
        stored.save(path, tiffinfo={274: orientation}, dpi=(100, 100))
    else:
        stored.convert("RGB").save(path, exif=exif.tobytes(), **({} if suffix == ".webp" else DPI))
    wanted = ticket(ppi=ppi, medium=Dimensions(4000, 2000))
    seen = scan(open_files([path]), 0, wanted.front, wanted)
    assert seen.size == (4 * ppi, 2 * ppi)
    found = seen.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert found == pytest.approx((0, 0, ppi, ppi // 2), abs=1)


def test_a_cmyk_jpeg_looks_as_another_program_sees_it(tmp_path: Path) -> None:
    """poppler draws the same JPEG inside a PDF."""
    pdftoppm = needs_program("pdftoppm")
    jpeg = tmp_path / "a.jpg"
    stripes().convert("CMYK").save(jpeg, quality=95, dpi=(100, 100))
    stripes().convert("CMYK").save(tmp_path / "a.pdf", resolution=100, quality=95)
    drawn = subprocess.run([pdftoppm, "-r", "100", tmp_path / "a.pdf"], capture_output=True, check=True).stdout
    theirs = Image.open(io.BytesIO(drawn))
    wanted = ticket(mode="RGB", ppi=100)
    ours = scan(open_files([jpeg]), 0, wanted.front, wanted)
    for x in (50, 350):  # black and white; the colours between depend on the profile
        assert ours.getpixel((x, 100)) == pytest.approx(theirs.getpixel((x, 100)), abs=80)


@pytest.mark.parametrize(
    ("dpi", "known"),
    [
        ((300, 300), True),
        ((75, 75), True),
        ((72, 72), False),
        ((96, 96), False),
        ((1, 1), False),
        ((204, 98), True),
    ],
)
def test_which_resolutions_of_files_are_believed(dpi: tuple[int, int], known: bool, tmp_path: Path) -> None:
    Image.new("L", (10, 10)).save(tmp_path / "a.tif", dpi=dpi)
    page = open_files([tmp_path / "a.tif"]).page(0)
    assert page.dpi == (pytest.approx(dpi) if known else None)


def test_a_reduced_copy_in_a_tiff_is_no_page(tmp_path: Path) -> None:
    page, thumbnail = Image.new("L", (100, 100)), Image.new("L", (10, 10))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}  # type: ignore[attr-defined]
    page.save(tmp_path / "a.tif", save_all=True, append_images=[thumbnail])
    assert len(open_files([tmp_path / "a.tif"])) == 1


def test_an_animation_is_one_page(tmp_path: Path) -> None:
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 100, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    source = open_files([tmp_path / "a.gif"])
    assert len(source) == 1
    assert source.page(0).image.convert("L").getpixel((5, 5)) == 0
