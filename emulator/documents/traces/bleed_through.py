"""Bleed-through: the print of the back shines through, mirrored, soft and pale."""

from __future__ import annotations

from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageFilter

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, stretched

_LEAST, _MOST = 0.05, 0.30
_PPI: Final = 100
"""What shines through paper is blurred: so much detail is left of it."""
_BLUR_MM: Final = 0.22


def show_back(sheet: Sheet, strength: float, random: Random) -> Parameters | None:
    """Nothing for a sheet without a back."""
    if sheet.back is None:
        return None
    opacity = (_LEAST + (_MOST - _LEAST) * strength) * random.uniform(0.85, 1.0)
    faint = _seen_through_paper(sheet.back.convert(sheet.image.mode), sheet, opacity)
    image = sheet.writable()
    for band in sheet.bands():
        image.paste(ImageChops.multiply(image.crop(band), stretched(faint, image.size, band)), band[:2])
    return {"opacity": opacity}


def _seen_through_paper(back: Image.Image, sheet: Sheet, opacity: float) -> Image.Image:
    """The back as light that comes through: small, mirrored, blurred, pale."""
    size = max(1, round(sheet.width / sheet.ppi * _PPI)), max(1, round(sheet.height / sheet.ppi * _PPI))
    small = back.resize(size, Image.Resampling.BOX).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    small = small.filter(ImageFilter.GaussianBlur(_BLUR_MM / 25.4 * _PPI))
    pale = [round(255 - (255 - value) * opacity) for value in range(256)]
    return small.point(pale * len(small.getbands()))
