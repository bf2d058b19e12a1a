"""Generations of fax: black and white on a coarse grid, a line of text on top, lines that were lost."""

from __future__ import annotations

from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageFilter

from emulator.documents.traces.lettering import Box, lettered
from emulator.documents.traces.plan import Parameters, Subject, TraceWriting
from emulator.documents.traces.sheet import Sheet
from emulator.documents.truth import Line, Polygon, Word
from emulator.imaging.affine import Affine

_ACROSS: Final = 204
_FINE: Final = 196
_STANDARD: Final = 98
"""Lines per inch of Group 3: 204 dots across; 98 lines down in standard and 196 in fine resolution (ITU-T T.4)."""
_DAYS: Final = 3
"""After the document's own within which it is sent."""
_EM: Final = 27.0  # dots of a line of the header; 24 to 30 are usual
_LANGUAGE: Final = "en"  # the machine's, not the document's
_HEAVY_FROM: Final = 0.6


def fax(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Light: fine resolution; heavy: standard, sent on once more, with lost lines."""
    heavy = strength >= _HEAVY_FROM
    color, size = sheet.image.mode, sheet.image.size
    lines = _STANDARD if heavy else _FINE
    grid = (max(1, round(sheet.width / sheet.ppi * _ACROSS)), max(1, round(sheet.height / sheet.ppi * lines)))
    grey = sheet.image.convert("L")
    header = _header(sheet.subject, random)
    lost = 0
    generations = 2 if heavy else 1
    for generation in range(generations):
        dots = grey.resize(grid, Image.Resampling.BOX)
        dots = _with_noise(dots, 6 + 16 * strength, random.getrandbits(32))
        threshold = random.randint(140, 176)
        dots = dots.point([255 if value >= threshold else 0 for value in range(256)])
        if generation == generations - 1:
            _write_header(sheet, dots, header, lines)
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


def _header(subject: Subject, random: Random) -> str:
    day = subject.later(random, _DAYS)
    clock = f"{random.randrange(8, 18):02}:{random.randrange(60):02}"
    # A range that is kept for fiction (Ofcom), where nobody knows who sent it.
    number = subject.telephone or f"+44 1632 {random.randrange(960_000, 961_000)}"
    pages = random.randint(1, 6)
    return f"{day:%d/%m/%Y} {clock}   {number}    FAX    PAGE {random.randint(1, pages):02d}/{pages:02d}"


def _write_header(sheet: Sheet, dots: Image.Image, header: str, lines: int) -> None:
    """Write the header in dots of the fax itself, on the top line; those of standard resolution are twice as high
    as wide."""
    set_ = lettered(header, "mono", _LANGUAGE, _EM, bold=True)
    if set_ is None or dots.width <= 20:
        return
    width = min(set_.mask.width, dots.width - 20)
    height = max(1, round(set_.mask.height * lines / _ACROSS))
    text = set_.mask.resize((width, height), Image.Resampling.BOX).point(
        [255 if v > 105 else 0 for v in range(256)]
    )
    left, top = max(0, (dots.width - width) // 2), max(0, round(0.08 * lines))
    dots.paste(255, (0, 0, dots.width, top + height + top // 2))  # the machine has this strip for itself
    dots.paste(0, (left, top), text)
    dot = Affine(sheet.width / dots.width, 0, 0, 0, sheet.height / dots.height, 0)
    place = Affine(width / set_.mask.width, 0, left, 0, height / set_.mask.height, top).then(dot)
    words = tuple(Word(word, _LANGUAGE, _corners(place, box), 0) for word, box in set_.words)
    whole = _corners(place, (0, 0, *set_.mask.size))
    sheet.note(TraceWriting("fax", words, (Line(" ".join(header.split()), _LANGUAGE, whole, 0),)))


def _corners(place: Affine, box: Box) -> Polygon:
    left, top, right, bottom = box
    return tuple(place(*corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom)))


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
