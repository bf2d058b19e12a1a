"""Generations of photocopies: each loses greys, thickens or thins strokes and adds specks of toner."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, as_image, grain

_MOST_GENERATIONS: Final = 4
_BLUR_MM: Final = 0.055
_SPECKS_PER_SQUARE_INCH: Final = 14
_TONER: Final = 26
_PAPER: Final = 250


def photocopy(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """1 generation when light, 4 when heavy, all of them in grey."""
    generations = max(1, round(_MOST_GENERATIONS * strength))
    color = sheet.image.mode == "RGB"
    if color:
        sheet.replace(sheet.image.convert("L"))
    threshold = 0.0
    for generation in range(1, generations + 1):
        threshold = 150 + random.uniform(-16, 16) + 8 * generation
        _copy(sheet, threshold, 0.035 + 0.012 * generation, strength, random)
    _specks(sheet, strength, random)
    _edge_marks(sheet, strength, random)
    if color:
        sheet.replace(sheet.image.convert("RGB"))
    return {"generations": generations, "threshold": threshold}


def _copy(sheet: Sheet, threshold: float, slope: float, strength: float, random: Random) -> None:
    """Blurred by the optics, then nearly black and white by the drum, with toner that does not hold everywhere."""
    radius = _BLUR_MM * sheet.millimetre
    table = [
        round(_TONER + (_PAPER - _TONER) / (1 + math.exp(-slope * (value - threshold)))) for value in range(256)
    ]
    blur = ImageFilter.GaussianBlur(radius)
    sheet.in_bands(lambda band: band.filter(blur).point(table), math.ceil(3 * radius) + 2)
    # Where the drum holds little toner, black is grey. The film lightens: it is laid on the negative.
    cloud = grain(300, 400, 14, random.getrandbits(32))
    thin = as_image((cloud - cloud.min()) * (0.15 + 0.4 * strength))
    image = sheet.writable()
    for box in sheet.bands():
        part = image.crop(box)
        lighter = thin.resize(part.size, Image.Resampling.BILINEAR, box=_part(box, sheet, thin.size))
        image.paste(ImageChops.lighter(part, ImageChops.multiply(lighter, ImageChops.invert(part))), box[:2])


def _part(box: tuple[int, int, int, int], sheet: Sheet, size: tuple[int, int]) -> tuple[float, float, float, float]:
    across, down = size[0] / sheet.width, size[1] / sheet.height
    return box[0] * across, box[1] * down, min(size[0], box[2] * across), min(size[1], box[3] * down)


def _specks(sheet: Sheet, strength: float, random: Random) -> None:
    """Background toner: dots of a tenth of a millimetre, in clusters."""
    draw = ImageDraw.Draw(sheet.writable())
    area = sheet.width * sheet.height / sheet.ppi**2
    count = round(area * _SPECKS_PER_SQUARE_INCH * strength**1.3)
    centres = [(random.random() * sheet.width, random.random() * sheet.height) for _ in range(12)]
    for number in range(count):
        if number % 3:
            x, y = random.random() * sheet.width, random.random() * sheet.height
        else:
            x, y = random.choice(centres)
            x, y = x + random.gauss(0, 1) * 0.9 * sheet.ppi, y + random.gauss(0, 1) * 0.9 * sheet.ppi
        size = max(0.5, (0.03 + 0.16 * random.random() ** 4) * sheet.millimetre)
        tone = random.randint(_TONER, 140)
        if size < 1:
            draw.point((x, y), fill=tone)
        else:
            draw.ellipse((x - size, y - size, x + size, y + size * random.uniform(0.6, 1)), fill=tone)


def _edge_marks(sheet: Sheet, strength: float, random: Random) -> None:
    """The original lay askew under the copier's lid: a black wedge along one edge."""
    import numpy as np

    if strength < 0.6:
        return
    depth = max(2, round(random.uniform(1.5, 5) * sheet.millimetre))
    wedge = np.linspace(random.uniform(0.2, 1), random.uniform(0.2, 1), 200, dtype=np.float32)[:, None]
    rough = grain(32, 200, 30, random.getrandbits(32))
    at = np.linspace(0, 1, 32, dtype=np.float32)[None, :]
    density = np.clip((wedge - at) * 12 + (rough - np.float32(0.5)) * 2, 0, 1) * np.float32(0.88)
    sheet.multiply(as_image(density), (0, 0, depth, sheet.height))
