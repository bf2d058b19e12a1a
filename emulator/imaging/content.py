"""ContentType for black and white: which parts become dots and which stay sharp under a threshold.

Text: what is ink is black, and all else white; by what lies around it (local_threshold.py), or with a fixed
threshold: grey of half and more is white. Photo: the error is spread (Floyd-Steinberg). Halftone: the same, after
the screen of the print has been removed (filtering.py). Mixed: pictures (picture_areas.py) as Photo, all else as
Text. Auto: Mixed, but Photo where pictures cover more than MOSTLY of the scan.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from PIL import Image

from emulator.imaging.pixels import black_and_white
from emulator.wsscan.values.keywords import ContentType

TextThreshold: TypeAlias = Literal["adaptive", "fixed"]
"""How a device tells ink from paper in black and white."""

MOSTLY: Final = 0.6
CLEAR: Final = (0.9, 0.96)
"""In pictures beside text what is lighter than the first part of the paper becomes lighter, and from the second on
white: no dots around pictures."""


def bilevel(grey: Image.Image, content_type: str, ppi: tuple[float, float], text: TextThreshold) -> Image.Image:
    """Mode `L` to mode `1`, black 0."""
    if content_type in (ContentType.PHOTO, ContentType.HALFTONE):
        return black_and_white(grey, halftone=True)
    if content_type == ContentType.TEXT:
        return _sharp(grey, ppi, text)
    from emulator.imaging.picture_areas import paper_level, pictures  # numpy

    mask = pictures(grey, ppi)
    box = None if mask is None else mask.getbbox()
    if mask is None or box is None:
        return _sharp(grey, ppi, text)
    share = mask.histogram()[255] / (mask.width * mask.height)
    if share == 1 or (content_type == ContentType.AUTO and share > MOSTLY):
        return black_and_white(grey, halftone=True)
    result = _sharp(grey, ppi, text)
    across, down = grey.width / mask.width, grey.height / mask.height
    place = (
        int(box[0] * across),
        int(box[1] * down),
        min(grey.width, round(box[2] * across)),
        min(grey.height, round(box[3] * down)),
    )
    shown = grey.crop(place).point(_cleared(paper_level(grey)))
    where = mask.crop(box).resize(shown.size, Image.Resampling.BILINEAR).point([0] * 128 + [255] * 128, "1")
    result.paste(black_and_white(shown, halftone=True), place[:2], where)
    return result


def _cleared(paper: int) -> list[int]:
    first, last = (part * paper for part in CLEAR)
    steeper = (255 - first) / (last - first) - 1
    return [min(255, round(level + max(0, level - first) * steeper)) for level in range(256)]


def _sharp(grey: Image.Image, ppi: tuple[float, float], text: TextThreshold) -> Image.Image:
    if text == "fixed":
        return black_and_white(grey, halftone=False)
    from emulator.imaging.local_threshold import by_surroundings  # numpy

    return by_surroundings(grey, ppi)
