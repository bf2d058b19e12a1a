"""Scanned pages through the whole job in every format, judged on the disk by programs of others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from optional_programs import needs_program
from programs import run

FORMATS = {
    "jfif": ("Grayscale8", r"JPEG image data, JFIF standard .*density 200x200.* (\d+)x(\d+), components 1"),
    "png": ("RGB24", r"PNG image data, (\d+) x (\d+), 8-bit/color RGB, non-interlaced"),
    "tiff-single-uncompressed": ("RGB24", ""),
    "tiff-single-g4": ("BlackAndWhite1", ""),
    "tiff-multi-g4": ("BlackAndWhite1", ""),
}
TIFF = {
    "RGB24": ("Bits/Sample: 8", "Samples/Pixel: 3", "Compression Scheme: None"),
    "BlackAndWhite1": ("Bits/Sample: 1", "Samples/Pixel: 1", "Compression Scheme: CCITT Group 4"),
}


def said(program: str, path: Path, *options: str) -> str:
    """What a program prints of a file; it must not complain."""
    done = subprocess.run([needs_program(program), *options, path], capture_output=True, text=True, check=True)
    assert done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.timeout(240)
@pytest.mark.parametrize("format", FORMATS)
def test_scanned_pages_in_every_format(scanned_pages: Path, tmp_path: Path, format: str) -> None:
    color, pattern = FORMATS[format]
    done = run(
        "scan", scanned_pages, "--set", f"Format={format}", "--set", f"ColorProcessing={color}",
        "--set", "Resolution=200x200", "--json", cwd=tmp_path, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    checked = run("verify", result["manifest"], "scans", "--exact", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    stored = [Path(path) for path in result["delivered"]]
    assert (
        len(stored)
        == len(result["images"])
        == (1 if "multi" in format else sum(i["pages"] for i in result["images"]))
    )
    for path, image in zip((tmp_path / each for each in stored), result["images"], strict=True):
        if pattern:
            found = re.search(pattern, said("file", path, "-b"))
            assert found is not None, said("file", path)
            assert (int(found[1]), int(found[2])) == (image["width"], image["height"])
            continue
        told = said("tiffinfo", path)
        assert told.count("TIFF Directory at offset") == image["pages"]
        sizes = re.findall(r"Image Width: (\d+) Image Length: (\d+)", told)
        assert sizes[0] == (str(image["width"]), str(image["height"]))
        assert told.count("Resolution: 200, 200 pixels/inch") == image["pages"]
        for wanted in TIFF[color]:
            assert told.count(wanted) == image["pages"], told


def test_the_last_page_of_a_pdf_is_the_one_that_poppler_shows(scanned_pages: Path, tmp_path: Path) -> None:
    """A page of a PDF, scanned, against pdftoppm's rendering of the same page: the same picture."""
    from PIL import Image, ImageChops, ImageStat

    source = scanned_pages / "book.pdf"
    subprocess.run(
        [needs_program("pdftoppm"), "-r", "100", "-gray", "-singlefile", source, tmp_path / "poppler"], check=True
    )
    done = run(
        "scan", source, "--pages", "1", "--set", "Format=png", "--set", "ColorProcessing=Grayscale8",
        "--set", "Resolution=100x100", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (stored,) = json.loads(done.stdout)["delivered"]
    with Image.open(tmp_path / stored) as ours, Image.open(tmp_path / "poppler.pgm") as theirs:
        size = (min(ours.width, theirs.width) // 8, min(ours.height, theirs.height) // 8)
        box = (0, 0, size[0] * 8, size[1] * 8)
        small = [image.convert("L").crop(box).resize(size, Image.Resampling.BOX) for image in (ours, theirs)]
        difference = ImageStat.Stat(ImageChops.difference(*small)).mean[0]
        blank = ImageStat.Stat(ImageChops.difference(small[0], Image.new("L", size, 255))).mean[0]
    assert blank > 5, "the page is not empty"
    assert difference < blank / 4, (difference, blank)
