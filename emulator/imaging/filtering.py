"""Filters over neighbouring pixels: Sharpness, and the removal of a printer's screen.

Sharpness, from -100 to 100:

    adjusted = value + Sharpness / 100 x (value - blurred)

where `blurred` is the mean of the 3 x 3 pixels around with the weights 1 2 1, 2 4 2, 1 2 1: at -100 the image is
blurred, at 100 edges are twice as steep. The outermost pixels stay as they are.

A screen is removed by a Gaussian blur of half a line of SCREEN lines per inch.
"""

from __future__ import annotations

from typing import Final

from PIL import ImageFilter

from emulator.imaging.kernel import KERNEL, WEIGHT
from emulator.imaging.samples import DeepImage, Raster

SCREEN: Final = 100
"""Lines per inch. Printing screens have 85 (newspapers) to 175 (art books)."""


def sharpened(image: Raster, sharpness: int) -> Raster:
    """The image (grey or RGB) with Sharpness applied; `image` itself for 0. A DeepImage is changed where it is."""
    if not sharpness:
        return image
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.sharpened(image, sharpness)
    if min(image.size) < 3:
        return image
    weights = [-sharpness * each for each in KERNEL]
    weights[4] += (100 + sharpness) * WEIGHT
    return image.filter(ImageFilter.Kernel((3, 3), weights, scale=100 * WEIGHT))


def descreened(image: Raster, ppi: tuple[float, float]) -> Raster:
    """The image (grey or RGB, at `ppi`) without the dots of a printer's screen."""
    radius = (ppi[0] / SCREEN / 2, ppi[1] / SCREEN / 2)
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.blurred(image, radius)
    return image.filter(ImageFilter.GaussianBlur(radius))
