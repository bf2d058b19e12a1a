"""`scan --stamped` against the embedded scan server: what it stored, and what others read in it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from optional_programs import needs_program
from PIL import Image
from programs import run


@pytest.mark.parametrize(
    ("format", "color", "suffix"),
    [("jfif", "RGB24", ".jpg"), ("png", "Grayscale8", ".png"), ("tiff-single-g4", "BlackAndWhite1", ".tif")],
)
def test_every_stored_page_is_another(tmp_path: Path, format: str, color: str, suffix: str) -> None:
    zbarimg = needs_program("zbarimg")
    done = run(
        "scan", "--pages", "25", "--stamped", "--set", f"Format={format}", "--set", f"ColorProcessing={color}",
        "--set", "Resolution=150x150", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "Completed" and len(result["images"]) == 25
    stored = sorted(path for path in (tmp_path / "scans").rglob(f"*{suffix}"))
    assert len(stored) == 25
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in stored}) == 25
    seen = set()
    for number, path in enumerate(stored, start=1):
        with Image.open(path) as image:
            seen.add(image.convert("L").tobytes())
            image.convert("L").save(tmp_path / "page.pgm")
        read = subprocess.run([zbarimg, "-q", "--raw", tmp_path / "page.pgm"], capture_output=True, text=True)
        assert f"dsm-emulator;stamp={number};of=25;job=Scan to folder" in read.stdout.splitlines()
    assert len(seen) == 25
    checked = run("verify", result["manifest"], "scans", "--exact", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_copies_of_files_both_sides_and_another_resolution_behind(tmp_path: Path) -> None:
    zbarimg = needs_program("zbarimg")
    for number in range(3):
        image = Image.new("RGB", (850, 1100), "white")
        image.paste((200, 60 * number, 30), (100, 100, 400, 300 + 50 * number))
        image.save(tmp_path / f"page {number + 1}.png", dpi=(100, 100))
    done = run(
        "scan", *(f"page {n}.png" for n in (1, 2, 3)), "--pages", "7", "--stamped",
        "--set", "InputSource=ADFDuplex", "--set", "Resolution=200x200", "--set", "MediaBack/Resolution=100x100",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    stored = sorted((tmp_path / "scans").rglob("*.jpg"))
    assert len(stored) == 7
    for number, path in enumerate(stored, start=1):
        with Image.open(path) as image:
            ppi = 100 if number % 2 == 0 else 200
            assert image.info["dpi"] == (ppi, ppi)
            # The mark of each page has a green of its own.
            red, green, _ = image.convert("RGB").getpixel((round(2.5 * ppi), 2 * ppi))
            assert abs(red - 200) < 8 and abs(green - 60 * ((number - 1) % 3)) < 8
        read = subprocess.run([zbarimg, "-q", "--raw", path], capture_output=True, text=True)
        assert read.stdout.startswith(f"dsm-emulator;stamp={number};of=7;")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--set", "Format=tiff-multi-g4", "--set", "ColorProcessing=BlackAndWhite1"],
            "tiff-multi-g4 is not made as",
        ),
        (["--set", "ScanRegion=0,0,500,300"], "has no room for the label of stamped copies"),
        (["--as-is", "page.png"], "--stamped does not go with it"),
    ],
)
def test_what_cannot_be_stamped_is_named_before_anything_is_sent(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    Image.new("L", (85, 110), "white").save(tmp_path / "page.png")
    done = run("scan", "--stamped", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr
    assert not list((tmp_path / "scans").rglob("*.jpg"))
