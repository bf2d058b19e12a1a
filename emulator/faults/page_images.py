"""Pages as a bad scanner delivers them: turned, skewed, blank, cut off. Each is given the image as it should be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PIL import Image, ImageFilter

from emulator.imaging import affine
from emulator.imaging.affine import Affine
from emulator.imaging.color_and_turn import turned
from emulator.imaging.samples import DeepImage, Raster
from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.geometry import Resolution

_Shade: TypeAlias = Callable[[Any, int], Any]
"""What a sample becomes, given the largest: of one number, or of an array of them."""

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WHITE: Final[dict[str, float | tuple[float, ...]]] = {
    "1": 255,
    "L": 255,
    "RGB": (255, 255, 255),
    "RGBA": (255, 255, 255, 255),
}
_DEEP_WHITE: Final = 65535


def blank(scanned: Scanned) -> Scanned:
    """The page without anything on it."""
    image = scanned.image
    return replace(scanned, image=_rows(image, 0, image.size[1]))


def rotated(scanned: Scanned, degrees: int) -> Scanned:
    """Clockwise by 90, 180 or 270 degrees."""
    resolution = scanned.resolution
    if degrees % 180:
        resolution = Resolution(resolution.height, resolution.width)
    to_image = scanned.page_to_image.then(affine.quarter_turns(degrees, *scanned.image.size))
    return replace(scanned, image=turned(scanned.image, degrees), resolution=resolution, page_to_image=to_image)


def skewed(scanned: Scanned, degrees: float) -> Scanned:
    """Clockwise by some degrees about the middle; what is outside is cut, what is empty is white."""
    image = scanned.image
    width, height = image.size
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = affine.shift(-width / 2, -height / 2).then(Affine(cosine, -sine, 0.0, sine, cosine, 0.0))
    turn = turn.then(affine.shift(width / 2, height / 2))
    back = turn.inverse()
    if isinstance(image, DeepImage):
        moved: Raster = DeepImage(_sampled(image.samples, back))
    else:
        how = Image.Resampling.NEAREST if image.mode == "1" else Image.Resampling.BILINEAR
        coefficients = (back.a, back.b, back.c, back.d, back.e, back.f)
        moved = image.transform(image.size, Image.Transform.AFFINE, coefficients, how, fillcolor=_WHITE[image.mode])
    return replace(scanned, image=moved, page_to_image=scanned.page_to_image.then(turn))


def _sampled(samples: NDArray[np.uint16], back: Affine) -> NDArray[np.uint16]:
    import numpy as np  # who scans at 8 bits does not wait for it

    height, width, _ = samples.shape
    made = np.full_like(samples, _DEEP_WHITE)
    across = np.arange(width) + 0.5
    for y in range(height):
        x_source = np.floor(back.a * across + back.b * (y + 0.5) + back.c).astype(int)
        y_source = np.floor(back.d * across + back.e * (y + 0.5) + back.f).astype(int)
        inside = (x_source >= 0) & (x_source < width) & (y_source >= 0) & (y_source < height)
        made[y, inside] = samples[y_source[inside], x_source[inside]]
    return made


def darker(scanned: Scanned, percent: int) -> Scanned:
    """All of it nearer to black, by a share of what it has; black and white: with thicker ink."""
    return _shaded(scanned, lambda value, most: value * (100 - percent) // 100, ImageFilter.MinFilter(3))


def lighter(scanned: Scanned, percent: int) -> Scanned:
    """All of it nearer to white, by a share of what is missing; black and white: with thinner ink."""
    return _shaded(
        scanned, lambda value, most: most - (most - value) * (100 - percent) // 100, ImageFilter.MaxFilter(3)
    )


def inverted(scanned: Scanned) -> Scanned:
    """Black where white should be."""
    image = scanned.image
    if isinstance(image, Image.Image) and image.mode == "1":
        return replace(scanned, image=image.point(lambda value: 255 - value))
    return _shaded(scanned, lambda value, most: most - value, None)


def _shaded(scanned: Scanned, shade: _Shade, of_black_and_white: ImageFilter.Filter | None) -> Scanned:
    image = scanned.image
    if isinstance(image, DeepImage):
        samples = image.samples.copy()
        colors = slice(0, min(3, image.channels))  # not what is transparent
        samples[..., colors] = shade(samples[..., colors].astype("int64"), _DEEP_WHITE)
        return replace(scanned, image=DeepImage(samples))
    if image.mode == "1":
        assert of_black_and_white is not None, "asked for by whoever knows what else to do"
        return replace(
            scanned, image=image.convert("L").filter(of_black_and_white).convert("1", dither=Image.Dither.NONE)
        )
    table = [shade(value, 255) for value in range(256)]
    tables = table * len(image.getbands()[:3]) + list(range(256)) * (image.mode == "RGBA")
    return replace(scanned, image=image.point(tables))


def cut_off(scanned: Scanned, percent: int) -> Scanned:
    """Only the upper part of the page is seen: the rest is white."""
    height = scanned.image.size[1]
    kept = height * percent // 100
    return replace(scanned, image=_rows(scanned.image, kept, height))


def shortened(scanned: Scanned, percent: int) -> Scanned:
    """The image has the upper part of its lines only."""
    image = scanned.image
    width, height = image.size
    kept = max(1, height * percent // 100)
    if isinstance(image, DeepImage):
        return replace(scanned, image=DeepImage(image.samples[:kept].copy()))
    return replace(scanned, image=image.crop((0, 0, width, kept)))


def _rows(image: Raster, first: int, end: int) -> Raster:
    """The image with white lines from `first` to `end`, which is not among them."""
    if isinstance(image, DeepImage):
        samples = image.samples.copy()
        samples[first:end] = _DEEP_WHITE
        return DeepImage(samples)
    made = image.copy()
    made.paste(_WHITE[image.mode], (0, first, image.width, end))
    return made
