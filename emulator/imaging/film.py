"""Film: a picture on it, and the positive that a scanner makes of it.

What lies in the holder is taken as it is: a slide is a positive, a negative is dark where the scene was light. A
scan as ColorSlideFilm delivers the film itself; the two negative modes turn it round:

    positive = 1 - film / base        (each channel from 0 to 1; less than 0 becomes 0)

`base` is what the clear film lets through. Of a colour negative it is orange; it is measured, channel by channel,
as the level that CLEAR of the film stay below, and lies between ORANGE_BASE and 1 (a negative that somebody has
already freed of its orange). BlackandWhiteNegativeFilm is scanned in grey, whatever ColorProcessing, with a base
of 1. Beside the film the holder lets no light through.
"""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image

from emulator.imaging.samples import Raster
from emulator.imaging.tone import Table, glance, level_below, mapped, table
from emulator.wsscan.values.keywords import FilmScanMode

ORANGE_BASE: Final = (1.0, 0.62, 0.42)
"""Red, green and blue that an unexposed colour negative lets through."""

CLEAR: Final = 0.99
"""Not all: sampling makes edges a little brighter than the film is."""

_NEGATIVES: Final = frozenset({FilmScanMode.COLOR_NEGATIVE_FILM, FilmScanMode.BLACK_AND_WHITE_NEGATIVE_FILM})


def beside_film(film_scan_mode: str) -> Literal["black", "white"]:
    """Return what the scan shows of the holder: no light, which a negative mode makes white."""
    return "white" if film_scan_mode in _NEGATIVES else "black"


def positive(image: Raster, film_scan_mode: str) -> Raster:
    """Return what is delivered of a film (grey, RGB). Returns `image` itself for anything but a negative."""
    if film_scan_mode == FilmScanMode.BLACK_AND_WHITE_NEGATIVE_FILM:
        return mapped(image, [_inverted(1.0)])
    if film_scan_mode == FilmScanMode.COLOR_NEGATIVE_FILM:
        measured = [level_below(channel, CLEAR) for channel in glance(image).convert("RGB").split()]
        return mapped(
            image, [_inverted(max(least, base)) for least, base in zip(ORANGE_BASE, measured, strict=True)]
        )
    return image


def _inverted(base: float) -> Table:
    return table(lambda value: 1 - value / base)


def on_film(image: Image.Image, film_scan_mode: str) -> Image.Image:
    """A picture as it lies on the film that a mode is for. Returns `image` itself for a slide, and for paper."""
    if film_scan_mode == FilmScanMode.BLACK_AND_WHITE_NEGATIVE_FILM:
        return image.convert("L").point(_exposed(1.0).of(256))
    if film_scan_mode == FilmScanMode.COLOR_NEGATIVE_FILM:
        levels = [level for base in ORANGE_BASE for level in _exposed(base).of(256)]
        return image.convert("RGB").point(levels)
    return image


def _exposed(base: float) -> Table:
    return table(lambda value: (1 - value) * base)
