"""Generations of fax: black and white on a coarse grid, a line of text on top, lines that were lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet

_ACROSS: Final = 204
_FINE: Final = 196
_STANDARD: Final = 98
"""Lines per inch of Group 3: 204 dots across; 98 lines down in standard and 196 in fine resolution (ITU-T T.4)."""
_FIRST: Final = datetime(1999, 1, 4, 8, 0)  # noqa: DTZ001  # printed text, no moment of anybody's clock
_MINUTES: Final = 60 * 24 * 3000
_HEAVY_FROM: Final = 0.6


def fax(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Light: fine resolution; heavy: standard, sent on once more, with lost lines."""
    heavy = strength >= _HEAVY_FROM
    color, size = sheet.image.mode, sheet.image.size
    lines = _STANDARD if heavy else _FINE
    grid = (max(1, round(sheet.width / sheet.ppi * _ACROSS)), max(1, round(sheet.height / sheet.ppi * lines)))
    grey = sheet.image.convert("L")
    header = _header(random)
    lost = 0
    generations = 2 if heavy else 1
    for generation in range(generations):
        dots = grey.resize(grid, Image.Resampling.BOX)
        dots = _with_noise(dots, 6 + 16 * strength, random.getrandbits(32))
        threshold = random.randint(140, 176)
        dots = dots.point([255 if value >= threshold else 0 for value in range(256)])
        if generation == generations - 1:
            _write_header(dots, header, lines)
        for _ in range(round(random.uniform(4, 16) * strength * strength) if heavy else 0):
            _lose_lines(dots, random)
            lost += 1
        grey = dots
    # The recipient's printer draws round dots; the scan blurs them a little more.
    soft = max(0.3, 0.045 * sheet.millimetre)
    sheet.replace(dots.resize(size, Image.Resampling.NEAREST))
    blur = ImageFilter.GaussianBlur(soft)
    tones = [22 + value * 228 // 255 for value in range(256)]
    sheet.in_bands(lambda band: band.filter(blur).point(tones), 3 + round(3 * soft))
    if color == "RGB":
        sheet.replace(sheet.image.convert("RGB"))
    return {"resolution": [_ACROSS, lines], "generations": generations, "header": header, "lost_lines": lost}


def _with_noise(image: Image.Image, deviation: float, seed: int) -> Image.Image:
    import numpy as np

    random = np.random.Generator(np.random.PCG64(seed))
    noise = random.standard_normal(image.size[::-1], dtype=np.float32) * np.float32(deviation * 0.5) + 128
    noise_image = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
    return ImageChops.add(image, noise_image, 1, -128)


def _header(random: Random) -> str:
    moment = _FIRST + timedelta(minutes=random.randrange(_MINUTES))
    number = f"+44 1632 {random.randrange(960_000, 961_000)}"  # a range that is kept for fiction (Ofcom)
    pages = random.randint(1, 6)
    return f"{moment:%d/%m/%Y %H:%M}   {number}    FAX    PAGE {random.randint(1, pages):02d}/{pages:02d}"


def _write_header(dots: Image.Image, header: str, lines: int) -> None:
    """In dots of the fax itself, on the top line; those of standard resolution are twice as high as wide."""
    font = ImageFont.load_default(24)
    left, top, right, bottom = font.getbbox(header)
    text = Image.new("L", (round(right - left) + 4, round(bottom - top) + 4), 255)
    ImageDraw.Draw(text).text((2 - left, 2 - top), header, fill=0, font=font)
    height = max(1, round(text.height * lines / _ACROSS))
    width = min(text.width, dots.width - 20)
    if width < 1:
        return
    text = text.resize((width, height), Image.Resampling.BOX).point([255 if v > 150 else 0 for v in range(256)])
    dots.paste(text, (max(0, (dots.width - width) // 2), max(0, round(0.08 * lines))))


def _lose_lines(dots: Image.Image, random: Random) -> None:
    """A line that arrived damaged is replaced by the one before it, or comes half, moved or empty."""
    y = random.randrange(1, max(2, dots.height - 4))
    rows = random.randint(1, 3)
    start = random.randrange(dots.width)
    kind = random.random()
    for row in range(y, min(dots.height, y + rows)):
        if kind < 0.5:
            dots.paste(dots.crop((0, y - 1, dots.width, y)), (0, row))
        elif kind < 0.75:
            dots.paste(255, (start, row, dots.width, row + 1))
        else:
            line = dots.crop((0, row, dots.width, row + 1))
            dots.paste(ImageChops.offset(line, random.randint(-40, 40), 0), (0, row))
