"""Pages as scanners and their programs leave them, made for the tests: askew, uneven, noisy, in usual files.

Made with Pillow and numpy alone, so that what the emulator reads was not written by itself. Where DSM_REAL_PAGES
names a folder of real scans, the tests of scanned pages read those too.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
from optional_programs import needs_program
from PIL import Image, ImageDraw, ImageFilter, ImageFont

TEXT = (
    "the paper lay askew in the tray and so the lines of this page climb a little from left to right while its"
    " edges are grey and the letters bleed into one another where the toner was thick"
)
WORDS = TEXT.split()
LETTER, BOOK = (8.5, 11.0), (6.5, 9.5)
# Each file and how many pages it has, in natural order, as a folder is read.
SCANNED_PAGES = {
    "book.pdf": 1,
    "colour.jpg": 1,
    "columns.png": 1,
    "fax.pdf": 1,
    "four_pages.tif": 4,
    "mixed.pdf": 6,
    "skew.pdf": 1,
    "typewriter.png": 1,
}


def real_files() -> dict[str, Path]:
    """Files of the folder DSM_REAL_PAGES by name; none where it is not set."""
    folder = os.environ.get("DSM_REAL_PAGES")
    kinds = (".png", ".jpg", ".tif", ".pdf")
    return {p.name: p for p in sorted(Path(folder).iterdir()) if p.suffix in kinds} if folder else {}


def page_count(path: Path) -> int:
    """How many pages a real file has, as others than the emulator count them."""
    if path.suffix != ".pdf":
        with Image.open(path) as image:
            return getattr(image, "n_frames", 1)
    said = subprocess.run([needs_program("pdfinfo"), path], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Pages:\s+(\d+)$", said, re.MULTILINE)
    assert found is not None, said
    return int(found[1])


def write_scanned_pages(folder: Path) -> None:
    """Write the files of SCANNED_PAGES, the same octets of pixels each time, and a text beside them."""
    fax = scanned(1, 200, turn=0.3).point(lambda value: 255 * (value > 150), "1")
    fax.save(folder / "fax.pdf", resolution=200)
    book = scanned(2, 200, paper=BOOK, turn=-0.4).point(lambda value: 255 * (value > 140), "1")
    book.save(folder / "book.pdf", resolution=200)
    scanned(3, 150, turn=2.3).save(folder / "skew.pdf", resolution=150)
    picture(4, 150).save(folder / "colour.jpg", quality=75, dpi=(150, 150))
    scanned(5, 150, columns=2).save(folder / "columns.png")
    scanned(6, 150, line=0.28).save(folder / "typewriter.png", dpi=(150, 150))
    four = [scanned(7 + number, 100, turn=0.2 * number) for number in range(4)]
    four[0].save(folder / "four_pages.tif", save_all=True, append_images=four[1:], dpi=(100, 100))
    mixed = [fax.convert("L"), picture(11, 100), scanned(12, 100), fax, book.rotate(90, expand=True), four[3]]
    mixed[0].save(folder / "mixed.pdf", save_all=True, append_images=mixed[1:], resolution=100)
    (folder / "about.txt").write_text("Made by tests/scanned_pages.py.\n", encoding="utf-8")


def scanned(
    seed: int,
    ppi: int,
    *,
    paper: tuple[float, float] = LETTER,
    turn: float = 0,
    columns: int = 1,
    line: float = 0.22,
) -> Image.Image:
    """A grey page of text on paper of so many inches, turned by `turn` degrees, darker to one side, with noise."""
    width, height = round(paper[0] * ppi), round(paper[1] * ppi)
    page = Image.new("L", (width, height), 238)
    pen, random = ImageDraw.Draw(page), np.random.default_rng(seed)
    font = ImageFont.load_default(ppi * 0.13)
    across = (paper[0] - 1.9) / columns
    for column in range(columns):
        left = (0.8 + column * (across + 0.2)) * ppi
        y = 0.9 * ppi
        while y < (paper[1] - 1) * ppi:
            text = ""
            while pen.textlength(text, font) < (across - 0.9) * ppi:
                text += f"{WORDS[random.integers(len(WORDS))]} "
            pen.text((left, y), text, fill=40, font=font)
            y += line * ppi
    page = page.rotate(turn, Image.Resampling.BICUBIC, fillcolor=225).filter(ImageFilter.GaussianBlur(ppi / 400))
    light = np.linspace(1, 0.93, width, dtype=np.float32)[None, :]
    values = np.asarray(page, dtype=np.float32) * light + random.normal(0, 3, (height, width)).astype(np.float32)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def picture(seed: int, ppi: int) -> Image.Image:
    """A page in colour: text, and a picture that fills a third of it."""
    text = scanned(seed, ppi, turn=0.5)
    page = Image.merge("RGB", (text, text, text.point(lambda value: value * 0.95)))
    wide, high = round(6 * ppi), round(4 * ppi)
    across, down = np.meshgrid(np.linspace(0, 9, wide), np.linspace(0, 6, high))
    waves = [np.sin(across * (1 + seed % 3) + shift) * np.cos(down + shift) * 100 + 128 for shift in (0, 1, 2)]
    page.paste(Image.fromarray(np.stack(waves, axis=2).astype(np.uint8)), (ppi, 2 * ppi))
    return page
