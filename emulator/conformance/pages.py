"""The images that the judge sends: small, valid, no two alike."""

from __future__ import annotations

import io
import random
from functools import cache
from typing import Final

from PIL import Image, ImageDraw

MEDIA_TYPE: Final = "image/jpeg"
FORMAT: Final = "jfif"
"""Keyword of WS-DSP for it."""
_SIZE: Final = (413, 585)
"""A4 at 50 ppi."""


@cache
def page(seed: int, number: int) -> bytes:
    """The page of that number: a JPEG file of a few kilobytes; the same for the same seed and number."""
    dice = random.Random(f"{seed}/{number}")  # noqa: S311 - a picture, no secret
    image = Image.new("L", _SIZE, 255)
    draw = ImageDraw.Draw(image)
    draw.text((40, 40), f"Page {number} of the conformance run, seed {seed}", fill=0)
    for line in range(12):
        left = dice.randrange(30, 80)
        top = 90 + 36 * line
        draw.rectangle(
            (left, top, left + dice.randrange(80, 260), top + dice.randrange(3, 9)), fill=dice.randrange(120)
        )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, dpi=(50, 50))
    return out.getvalue()
