"""ContentType for black and white: which parts become dots and which stay sharp under a threshold.

Text: grey of half and more is white. Photo: the error is spread (Floyd-Steinberg). Halftone: the same, after the
screen of the print has been removed (filtering.py). Mixed: pictures as Photo, all else as Text; a picture is where
at least half of the pixels are of a middle grey, on average over nine tiles. Auto: Mixed, but Photo where pictures
cover more than MOSTLY of the scan.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageFilter

from emulator.imaging.pixels import black_and_white
from emulator.wsscan.values.keywords import ContentType

TILE: Final = 8
"""So many tiles an inch."""
MIDDLE_GREY: Final = (64, 192)
MOSTLY: Final = 0.6

_SAMPLES: Final = 12  # of a tile in each direction
_MIDDLE: Final = [255 if MIDDLE_GREY[0] <= level < MIDDLE_GREY[1] else 0 for level in range(256)]
_HALF: Final = [0] * 128 + [255] * 128


def bilevel(grey: Image.Image, content_type: str, ppi: tuple[float, float]) -> Image.Image:
    """Mode `L` to mode `1`, black 0."""
    if content_type in (ContentType.PHOTO, ContentType.HALFTONE):
        return black_and_white(grey, halftone=True)
    if content_type == ContentType.TEXT:
        return black_and_white(grey, halftone=False)
    mask = pictures(grey, ppi)
    share = mask.histogram()[255] / (mask.width * mask.height)
    if not share:
        return black_and_white(grey, halftone=False)
    dots = black_and_white(grey, halftone=True)
    if share == 1 or (content_type == ContentType.AUTO and share > MOSTLY):
        return dots
    sharp = black_and_white(grey, halftone=False)
    sharp.paste(dots, mask=mask.resize(grey.size, Image.Resampling.NEAREST).convert("1"))
    return sharp


def pictures(grey: Image.Image, ppi: tuple[float, float]) -> Image.Image:
    """Mode `L`, one pixel a tile: 255 where a picture is, else 0."""
    tiles = (max(1, round(grey.width / ppi[0] * TILE)), max(1, round(grey.height / ppi[1] * TILE)))
    looked = (min(grey.width, tiles[0] * _SAMPLES), min(grey.height, tiles[1] * _SAMPLES))
    middle = grey.resize(looked, Image.Resampling.NEAREST).point(_MIDDLE)
    return middle.resize(tiles, Image.Resampling.BOX).filter(ImageFilter.BoxBlur(1)).point(_HALF)
