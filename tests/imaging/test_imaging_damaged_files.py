"""Mutated files of all kinds: whatever happens to a file, its reading ends with a page or with a SourceError of one
line. No list of what decoders raise is believed: this test shows that readers.unreadable.DAMAGE is complete."""

from __future__ import annotations

import ast
import io
import os
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import DEEP, WANTED
from icc_profiles import ADOBE_RGB, rgb_profile
from PIL import Image
from png_writing import write_png
from programs import PROJECT
from tiff_writing import DEFLATE, JPEG, LZMA, LZW, PACKBITS, ZSTD, Form, write_tiff, write_tiffs
from variants import EXHAUSTIVE

from emulator.imaging import kinds
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.pages import SourceError, Wanted
from emulator.imaging.raster import RasterFile
from emulator.wsscan.values.geometry import Dimensions, Resolution

TRIES = 6_000 if EXHAUSTIVE else 70
"""Mutated files of each seed file."""
SMALL = Wanted(Resolution(20, 20), "L", Dimensions(8500, 11000))
SIZE = (37, 29)


def saved(format: str, image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def seeds(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Files in which each part of the readers has something to do."""
    dice = np.random.default_rng(1)
    pixels = np.kron(dice.integers(0, 256, (8, 10, 4), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
    rgba = Image.fromarray(np.ascontiguousarray(pixels[: SIZE[1], : SIZE[0]]))
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    exif = Image.Exif()
    exif[0x0112], exif[282], exif[283] = 6, 300.0, 300.0
    profile = rgb_profile(ADOBE_RGB, 2.2)
    yield "a.jpg", saved("JPEG", rgb, exif=exif, icc_profile=profile, dpi=(300, 300))
    yield "b.jpg", saved("JPEG", rgb, progressive=True, exif=exif)
    yield "c.jpg", saved("JPEG", rgb.convert("CMYK"), restart_marker_blocks=2)
    yield "d.jpg", saved("MPO", rgb, save_all=True, append_images=[rgb])
    yield "a.png", saved("PNG", rgba, exif=exif, icc_profile=profile, dpi=(300, 300))
    yield "b.png", saved("PNG", rgb.quantize(20), transparency=3)
    yield "c.png", write_png(dice.integers(0, 65536, (*SIZE[::-1], 2), dtype=np.uint16), 16, 4, interlaced=True)
    yield "d.png", write_png(dice.integers(0, 65536, (*SIZE[::-1], 3), dtype=np.uint16), 16, 2, parts=3)
    yield "a.gif", saved("GIF", rgb.quantize(20), transparency=3)
    yield "b.gif", saved("GIF", grey, save_all=True, append_images=[grey.point(lambda value: value // 2)])
    yield "a.bmp", saved("BMP", rgb)
    yield "b.bmp", saved("BMP", rgb.quantize(20))
    yield "a.webp", saved("WEBP", rgba, exif=exif, icc_profile=profile)
    yield "b.webp", saved("WEBP", rgb, save_all=True, append_images=[rgb.rotate(180)], lossless=True)
    yield "a.jp2", saved("JPEG2000", rgb)
    yield "b.j2k", saved("JPEG2000", grey, no_jp2=True)
    yield "a.tif", saved("TIFF", rgb, compression="tiff_lzw", dpi=(300, 300), icc_profile=profile)
    yield "b.tif", saved("TIFF", rgb.convert("1"), compression="group4")
    yield "c.tif", saved("TIFF", rgb.convert("1"), compression="group3")
    yield "d.tif", saved("TIFF", rgb, compression="jpeg")
    yield "e.tif", saved("TIFF", rgb.quantize(20), compression="packbits", tiffinfo={274: 6})
    forms = {
        "f": Form(
            bits=16, photometric=2, planar=2, compression=LZW, predictor=2, block=(16, 16), big=True, order=">"
        ),
        "g": Form(bits=12, photometric=0, compression=PACKBITS, extra=(2, 0), fill_order=2, block=5),
        "h": Form(bits=32, photometric=1, sample_format=3, compression=DEFLATE, predictor=3),
        "i": Form(photometric=6, subsampling=(2, 2), block=4),
        "j": Form(photometric=2, compression=JPEG, planar=2, extra=(1,)),
        "k": Form(bits=16, photometric=8, compression=ZSTD),
        "l": Form(bits=4, photometric=5, compression=LZMA, order=">"),
    }
    for name, form in forms.items():
        channels = {0: 1, 1: 1, 2: 3, 5: 4, 6: 3, 8: 3}[form.photometric] + len(form.extra)
        if form.sample_format == 3:
            samples: Any = dice.random((*SIZE[::-1], channels), np.float32)
        else:
            kind = np.uint8 if form.bits <= 8 else np.uint16
            samples = dice.integers(0, 2**form.bits, (*SIZE[::-1], channels), dtype=kind)
        path = folder / f"{name}.tif"
        yield path.name, write_tiff(path, samples, form).read_bytes()
    several = [(np.zeros((5, 7, 1), np.uint8), Form(tags={254: (4, [number % 3])})) for number in range(5)]
    yield "m.tif", write_tiffs(folder / "m.tif", several).read_bytes()


def mutated(data: bytes, dice: random.Random) -> bytes:
    """As files are damaged, and as somebody would who means it."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5, 20))):
        at = dice.randrange(len(changed))
        how = dice.randrange(7)
        if how == 0:
            changed[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            changed[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif how == 2:
            changed[at : at + 4] = dice.choice((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1"))
        elif how == 3:
            del changed[at : at + dice.randrange(1, 40)]
        elif how == 4:
            changed[at:at] = dice.randbytes(dice.randrange(1, 40))
        elif how == 5:
            other = dice.randrange(len(changed))
            changed[at : at + 12] = changed[other : other + 12]
        else:
            del changed[at:]
        if len(changed) < 30:
            break
    return bytes(changed)


def read_all(path: Path) -> None:
    """All pages, as look-through, as page and in 16 bits."""
    with path.open("rb") as opened:
        kind = kinds.kind_of(opened.read(kinds.HEAD_BYTES))
    if kind is None or kind is kinds.FileKind.PDF:
        return
    file = RasterFile(path, kind)
    try:
        for index in range(min(len(file), 3)):
            for wanted in (SMALL, WANTED, DEEP):
                file.page(index, wanted)
    finally:
        file.close()


def each_mutated(folder: Path, seed: int, tries: int) -> Iterator[Path]:
    for name, data in list(seeds(folder)):
        dice = random.Random(f"{seed} {name}")
        path = folder / name
        path.write_bytes(data)
        read_all(path)  # sound
        for _ in range(tries):
            path.write_bytes(mutated(data, dice))
            yield path


@pytest.mark.timeout(7200 if EXHAUSTIVE else 300)
def test_whatever_happens_to_a_file_ends_in_a_page_or_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("DSM_SEED", "7"))
    count = refused = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as at run time
        for path in each_mutated(tmp_path, seed, TRIES):
            count += 1
            try:
                read_all(path)
            except SourceError as error:
                refused += 1
                assert "\n" not in str(error) and "<_io" not in str(error) and "object at" not in str(error)
    capfd.readouterr()  # libtiff's own words
    print(f"seed {seed}: {count} mutated files, {refused} refused, the others read")
    assert count > refused > count // 3


def test_files_that_are_sent_as_they_are_may_be_damaged(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in each_mutated(tmp_path, 8, TRIES // 10):
            (document,) = as_is_documents([path], "jfif")
            assert document.info.bytes == path.stat().st_size


@pytest.mark.parametrize(
    "error", [KeyError("x"), RuntimeError("y"), AssertionError(), ZeroDivisionError("z"), OSError(5, "w")]
)
def test_what_a_decoder_raises_is_told_by_its_name_or_words(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    path = tmp_path / "a.png"
    Image.new("L", (5, 5)).save(path)
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", broken)
    with pytest.raises(SourceError, match="damaged or not readable") as caught:
        RasterFile(path, kinds.FileKind.PNG).page(0)
    assert str(error).strip("'") in str(caught.value) or type(error).__name__ in str(caught.value)


def test_a_fault_of_ours_is_not_taken_for_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What code of the package raises passes: it is a bug, and the command says so."""

    def ours(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    path = tmp_path / "a.png"
    Image.new("L", (5, 5)).save(path)
    monkeypatch.setattr("emulator.imaging.raster.density_of", ours)
    with pytest.raises(KeyError):
        RasterFile(path, kinds.FileKind.PNG).page(0)


def broad_handlers(path: Path) -> list[str]:
    """`except:`, `except Exception` and `except BaseException` that do not raise the same again."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            within = ast.walk(node.type) if node.type else [ast.Name("Exception")]
            named = {each.id for each in within if isinstance(each, ast.Name)}
            again = any(isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(node))
            if named & {"Exception", "BaseException"} and not again:
                found.append(f"{path.name}:{node.lineno}")
    return found


def test_no_broad_except_stands_between_a_decoder_and_the_page() -> None:
    imaging = PROJECT / "emulator" / "imaging"
    files = [*imaging.glob("*.py"), *(imaging / "readers").glob("*.py")]
    assert len(files) > 30
    assert [found for path in files for found in broad_handlers(path)] == []
