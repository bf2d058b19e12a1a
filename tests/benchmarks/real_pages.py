"""Real pages for benchmarks: letters that are generated, and the photograph that comes along, as JPEG of A4 at 300
ppi, as a device sends them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench_page import ticket
from PIL import Image

from emulator.imaging.encode import open_document
from emulator.imaging.letter import LetterSource
from emulator.imaging.scan_head import scan
from emulator.resources import resource_folder

LETTERS = 3


def real_pages(folder: Path) -> list[Path]:
    """Three letters in grey, and a photograph in colour."""
    found = []
    grey = ticket()
    wanted = replace(grey, format="jfif", front=replace(grey.front, color_processing="Grayscale8"))
    for number in range(LETTERS):
        path = folder / f"letter-{number}.jpg"
        writer = open_document(path, wanted)
        writer.add(scan(LetterSource(LETTERS), number, wanted.front, wanted))
        writer.finish()
        found.append(path)
    path = folder / "photo-page.jpg"
    with Image.open(resource_folder("sample_images") / "photo.jpg") as photo:
        photo.convert("RGB").resize((2480, 3508)).save(path, "JPEG", quality=76, dpi=(300, 300))
    return [*found, path]
