"""Settings of a ticket on the command line, judged by the images on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from programs import run


def page(folder: Path) -> Path:
    """A page of 4 by 6 inches, grey with a dark corner."""
    path = folder / "page.png"
    image = Image.new("L", (400, 600), 150)
    image.paste(50, (0, 0, 100, 100))
    image.save(path, dpi=(100, 100))
    return path


def scanned(folder: Path, *settings: str) -> Image.Image:
    arguments = [part for each in ("Format=png", "Resolution=100", *settings) for part in ("--set", each)]
    done = run("scan", page(folder), "--store", "s", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    (path,) = (folder / "s").rglob("*.png")
    with Image.open(path) as image:
        image.load()
    return image


SIZE = "InputSize=4000x6000"


def test_rotation_and_scaling(tmp_path: Path) -> None:
    image = scanned(tmp_path, "ColorProcessing=Grayscale8", SIZE, "Rotation=90", "Scaling=200x50")
    assert image.size == (300, 800)
    dark = image.point(lambda value: 255 if value < 100 else 0).getbbox()
    assert dark == pytest.approx((250, 0, 300, 200), abs=1)


def test_exposure(tmp_path: Path) -> None:
    image = scanned(tmp_path, "ColorProcessing=Grayscale8", SIZE, "Brightness=-200", "Contrast=500")
    value = ((150 / 255 - 0.5) * 1.5 + 0.5 - 0.2) * 255
    assert image.getpixel((300, 300)) == pytest.approx(value, abs=1)


def test_a_detected_size_and_content(tmp_path: Path) -> None:
    image = scanned(tmp_path, "ColorProcessing=BlackAndWhite1", "DocumentSizeAutoDetect=true", "ContentType=Photo")
    assert (image.size, image.mode) == ((400, 600), "1")
    inner = image.convert("L").crop((150, 150, 400, 600))
    assert ImageStat.Stat(inner).mean[0] == pytest.approx(150, abs=3)


def test_a_quarter_turn_of_a_letter_is_one(tmp_path: Path) -> None:
    images = []
    for name, rotation in (("a", 0), ("b", 270)):
        folder = tmp_path / name
        folder.mkdir()
        arguments = ("--set", "Format=png", "--set", "Resolution=75", "--set", f"Rotation={rotation}")
        assert run("scan", "--pages", "1", "--store", "s", *arguments, cwd=folder).returncode == 0
        (path,) = (folder / "s").rglob("*.png")
        images.append(Image.open(path))
    turned = images[0].transpose(Image.Transpose.ROTATE_90)
    assert not ImageChops.difference(turned, images[1]).getbbox()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("DocumentSizeAutoDetect=true", "ScanRegion=0,0,5000,5000"), "detected 4000x6000"),
        (("Scaling=400x400", "Resolution=600"), "GB of memory"),
        (("Scaling=500x100",), "scales by 25..400"),
        (("Rotation=45",), "0, 90, 180, 270"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_sent(
    settings: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    # The law: [psp/change/must-honor] [psp/change/scan-ticket-settings]
    arguments = [part for each in settings for part in ("--set", each)]
    done = run("scan", page(tmp_path), "--store", "s", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert reason in done.stderr
    assert not list(tmp_path.rglob("*.jpg"))
