"""Work on images of 16 bits a channel, with numpy, in bands of rows: beside the page and the image there is never
more than a band in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, exp, floor
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from emulator.imaging.kernel import KERNEL, WEIGHT
from emulator.imaging.pixels import SIXTEEN_BITS, eight_bit_factor, on_white
from emulator.imaging.placement import Span
from emulator.imaging.samples import DeepImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.uint16]

_WIDEN: Final = 257  # 0 stays 0, 255 becomes 65535
_BAND: Final = 256  # rows
_TOP: Final = 65_535

_MIRRORED: Final = frozenset(
    {
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    }
)
"""Transpositions that change rows and columns; afterwards columns or rows may run backwards."""
_ACROSS: Final = frozenset(
    {
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_270,
    }
)
_DOWN: Final = frozenset(
    {
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.ROTATE_180,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
    }
)


class DeepRows:
    """Rows of a page as grey or RGB of 16 bits; what is transparent shows white paper."""

    def __init__(self, image: Image.Image | DeepImage, channels: int) -> None:
        """`channels`: 1 or 3."""
        self.channels = channels
        self._factor: float | None = None
        if isinstance(image, Image.Image):
            if image.mode in ("I", "F"):
                factor = eight_bit_factor(image)
                self._factor = 1.0 if factor == SIXTEEN_BITS else factor * _WIDEN
            elif not image.mode.startswith("I;16"):
                grey = image.mode in ("1", "L") and not image.has_transparency_data
                image = on_white(image, "L" if grey else "RGB")
        self._image = image
        self.height = image.height

    def __call__(self, first: int, end: int) -> Samples:
        """Rows `first` to `end`: rows x width x channels."""
        if isinstance(self._image, DeepImage):
            rows = _without_alpha(self._image.samples[first:end])
        else:
            band = np.asarray(self._image.crop((0, first, self._image.width, end)))
            if band.ndim == 2:
                band = band[:, :, np.newaxis]
            if self._factor is not None:
                rows = np.clip(np.rint(band * self._factor), 0, _TOP).astype(np.uint16)
            elif band.dtype == np.uint8:
                rows = band.astype(np.uint16) * np.uint16(_WIDEN)
            else:
                rows = band.astype(np.uint16)
        return in_channels(rows, self.channels)


def _without_alpha(rows: Samples) -> Samples:
    if rows.shape[2] != 4:
        return rows
    alpha = rows[:, :, 3:].astype(np.uint32)
    shown: Samples = ((rows[:, :, :3] * alpha + _TOP * (_TOP - alpha) + _TOP // 2) // _TOP).astype(np.uint16)
    return shown


def in_channels(rows: Samples, channels: int) -> Samples:
    """Grey as RGB (and opaque alpha), RGB as grey (ITU-R 601-2, with Pillow's weights)."""
    given = rows.shape[2]
    if given == channels:
        return rows
    if channels == 1:
        weighted = rows.astype(np.uint32) * np.array([19595, 38470, 7471], np.uint32)
        grey: Samples = ((weighted.sum(axis=2, keepdims=True, dtype=np.uint32) + 0x8000) >> 16).astype(np.uint16)
        return grey
    made: Samples = np.full((*rows.shape[:2], channels), _TOP, np.uint16)
    made[:, :, :3] = rows
    return made


def converted(image: DeepImage, channels: int) -> DeepImage:
    """The image with 1, 3 or 4 channels."""
    if image.channels == channels:
        return image
    made: Samples = np.empty((image.height, image.width, channels), np.uint16)
    for first, end in _bands(image.height):
        made[first:end] = in_channels(image.samples[first:end], channels)
    return DeepImage(made)


def sample(rows: DeepRows, across: Span, down: Span) -> DeepImage:
    """The spanned part of a page at the scan's resolution (sampling.sample in 16 bits)."""
    channels = rows.channels
    size = (across.end - across.start, down.end - down.start)
    made: Samples = np.empty((size[1], size[0], channels), np.uint16)
    left, right = across.source_start, across.source_end
    if across.one_to_one and down.one_to_one:
        for first, end in _bands(size[1]):
            begin = int(down.source_start)
            made[first:end] = rows(begin + first, begin + end)[:, int(left) : int(right)]
        return DeepImage(made)
    pitch = (down.source_end - down.source_start) / size[1]
    shrinking = size[0] <= right - left and pitch >= 1
    method = Image.Resampling.LANCZOS if shrinking else Image.Resampling.BICUBIC
    reach = 3 * max(1.0, pitch) + 1  # of the filter, in rows of the page
    for first, end in _bands(size[1]):
        top, bottom = down.source_start + first * pitch, down.source_start + end * pitch
        above, below = max(0, floor(top - reach)), min(rows.height, ceil(bottom + reach))
        strip = rows(above, below)
        box = (left, top - above, right, min(bottom, down.source_end, below) - above)
        for channel in range(channels):
            plane = Image.fromarray(strip[:, :, channel].astype(np.float32))
            resized = np.asarray(plane.resize((size[0], end - first), method, box=box))
            made[first:end, :, channel] = np.clip(np.rint(resized), 0, _TOP)
    return DeepImage(made)


def on_background(image: DeepImage, size: tuple[int, int], left: int, top: int, value: int) -> DeepImage:
    """The image laid on a larger one of one `value` (0 to 65535).

    - `image`: what is laid on it.
    - `size`: pixels of the whole.
    - `left`: pixels from its left edge.
    - `top`: pixels from its upper edge.
    - `value`: of the background.
    """
    made: Samples = np.full((size[1], size[0], image.channels), value, np.uint16)
    made[top : top + image.height, left : left + image.width] = image.samples
    return DeepImage(made)


def blank(size: tuple[int, int], channels: int, value: int) -> DeepImage:
    """An image of one `value`."""
    return DeepImage(np.full((size[1], size[0], channels), value, np.uint16))


def mapped(image: DeepImage, tables: Sequence[Sequence[int]]) -> DeepImage:
    """Each value replaced by what stands at its place in the one table, or in that of its channel; in place."""
    levels = [np.array(each, np.uint16) for each in tables]
    for first, end in _bands(image.height):
        for channel in range(image.channels):
            band = image.samples[first:end, :, channel]
            band[:] = levels[channel % len(levels)][band]
    return image


def glance(image: DeepImage, across: int, down: int) -> Image.Image:
    """Every `across`-th pixel of every `down`-th row, with 8 bits: mode `L` or `RGB`."""
    small = (image.samples[::down, ::across] >> 8).astype(np.uint8)
    return Image.fromarray(small[:, :, 0] if image.channels == 1 else np.ascontiguousarray(small))


def sharpened(image: DeepImage, sharpness: int) -> DeepImage:
    """Sharpen as filtering.sharpened does, in place."""
    height, width = image.height, image.width
    if height < 3 or width < 3:
        return image
    samples = image.samples
    before = samples[0].copy()
    for first, end in _bands(height):
        rows = np.concatenate([before[np.newaxis], samples[first : min(end + 1, height)]]).astype(np.int32)
        before = samples[end - 1].copy()
        inner = rows[1:-1, 1:-1]
        blurred = np.zeros_like(inner)
        for number, weight in enumerate(KERNEL):
            y, x = divmod(number, 3)
            blurred += weight * rows[y : y + inner.shape[0], x : x + inner.shape[1]]
        value = 100 * WEIGHT * inner + sharpness * (WEIGHT * inner - blurred)
        done = np.clip((value + 50 * WEIGHT) // (100 * WEIGHT), 0, _TOP)
        skip = 1 if first == 0 else 0  # the first row of all stays as it is
        samples[first + skip : first + done.shape[0], 1:-1] = done[skip:]
    return image


def blurred(image: DeepImage, radius: tuple[float, float]) -> DeepImage:
    """A Gaussian blur of that standard deviation across and down, in pixels; edges are continued outwards."""
    across, down = _gaussian(radius[0]), _gaussian(radius[1])
    reach = len(down) // 2
    made: Samples = np.empty_like(image.samples)
    height, width = image.height, image.width
    for first, end in _bands(height):
        lines = np.clip(np.arange(first - reach, end + reach), 0, height - 1)
        band = image.samples[lines].astype(np.float32)
        vertical = sum(weight * band[at : at + end - first] for at, weight in enumerate(down))
        edge = len(across) // 2
        padded = np.pad(vertical, ((0, 0), (edge, edge), (0, 0)), mode="edge")
        done = sum(weight * padded[:, at : at + width] for at, weight in enumerate(across))
        made[first:end] = np.clip(np.rint(done), 0, _TOP)
    return DeepImage(made)


def _gaussian(deviation: float) -> list[np.float32]:
    reach = ceil(3 * deviation)
    weights = [exp(-((at / deviation) ** 2) / 2) for at in range(-reach, reach + 1)]
    return [np.float32(weight / sum(weights)) for weight in weights]


def turned(image: DeepImage, degrees: int) -> DeepImage:
    """Clockwise by 0, 90, 180 or 270 degrees."""
    if not degrees:
        return image
    return DeepImage(np.ascontiguousarray(np.rot90(image.samples, -degrees // 90)))


def transposed(image: DeepImage, how: Image.Transpose) -> DeepImage:
    """Transpose as Pillow does."""
    samples = image.samples
    if how in _MIRRORED:
        samples = samples.swapaxes(0, 1)
    if how in _ACROSS:
        samples = samples[:, ::-1]
    if how in _DOWN:
        samples = samples[::-1]
    return DeepImage(np.ascontiguousarray(samples))


def _bands(height: int) -> Iterator[tuple[int, int]]:
    for first in range(0, height, _BAND):
        yield first, min(height, first + _BAND)
