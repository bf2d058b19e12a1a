"""A TIFF image that Pillow does not read, or not rightly, as pixels: what its samples mean. What is transparent
shows white paper; alpha does not go on."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.tiff_directories import Directory
from emulator.imaging.readers.tiff_layout import Layout
from emulator.imaging.readers.tiff_samples import SampleReader, Samples
from emulator.imaging.readers.unreadable import Unreadable
from emulator.imaging.samples import DeepImage, Raster

_TOP: Final = 65_535
_OVERSHOOT: Final = 0.01
"""By which floating point samples may lie beside 0 and 1: filters overshoot."""

_REC_601: Final = (0.299, 0.587, 0.114)
"""YCbCrCoefficients where none are given (TIFF 6.0, section 21)."""

Levels = NDArray[Any]
"""Rows x pixels x samples of 8 or 16 bits: black 0, white and opaque 255 or 65535."""


def read_image(directory: Directory, layout: Layout, *, deep: bool, grey: bool = False) -> Raster:
    """The image as it is stored, not turned: a Pillow image of mode `L`, `RGB`, `CMYK` or `LAB`; with `deep`,
    grey and colours of more than 8 bits as a DeepImage. Raises Unreadable."""
    meaning = _Meaning(directory, layout, deep=deep)
    mode = {layouts.CMYK: "CMYK", layouts.CIELAB: "LAB", layouts.ICCLAB: "LAB"}.get(layout.photometric)
    reader = SampleReader(directory, layout)
    if _is_jpeg_of_colours(layout):
        light = grey and layout.photometric == layouts.YCBCR
        rows = np.empty((layout.height, layout.width, 1 if light else 4), np.uint8)
        reader.colours_into(rows)
        return _image("L" if light else "RGBX", rows)
    made: Levels | None = None
    for first, band in reader.bands():
        levels = meaning(band)
        if made is None:
            channels = levels.shape[2]
            # Pillow takes RGB over as it lies only with a fourth octet.
            fourth = channels == 3 and mode is None and levels.dtype == np.uint8
            made = np.empty((layout.height, layout.width, 4 if fourth else channels), levels.dtype)
        made[first : first + levels.shape[0], :, : levels.shape[2]] = levels
    assert made is not None
    if made.dtype == np.uint16:
        return DeepImage(made)
    if mode is None:
        mode = "L" if made.shape[2] == 1 else "RGBX"
    return _image(mode, made)


def _is_jpeg_of_colours(layout: Layout) -> bool:
    """The usual kind of JPEG in TIFF, which goes by the shortest way."""
    colours = layout.photometric in {layouts.RGB, layouts.YCBCR} and layout.samples == 3
    return layout.compression == layouts.JPEG and colours and not layout.separate and layout.tile is None


def _image(mode: str, made: NDArray[np.uint8]) -> Image.Image:
    size = made.shape[1], made.shape[0]
    if mode == "LAB":
        return Image.frombytes(mode, size, made.tobytes())
    image = Image.frombuffer(mode, size, made, "raw", mode, 0, 1)
    return image.convert("RGB") if mode == "RGBX" else image


class _Meaning:
    """What the samples of a layout stand for."""

    def __init__(self, directory: Directory, layout: Layout, *, deep: bool) -> None:
        self._layout = layout
        colours = layout.photometric in layouts.GREYS | {layouts.RGB, layouts.PALETTE}
        self._deep = deep and colours and layout.bits > 8
        self._palette: Levels | None = None
        if layout.photometric == layouts.PALETTE:
            self._palette = _palette(directory, layout)
        if layout.photometric == layouts.YCBCR:
            self._weights = directory.numbers(tags.YCBCR_COEFFICIENTS) or _REC_601
            self._reference = directory.numbers(tags.REFERENCE_BLACK_WHITE) or (0, 255, 128, 255, 128, 255)
            if len(self._weights) != 3 or len(self._reference) != 6 or 0 in self._weights:
                raise Unreadable("damaged: YCbCrCoefficients or ReferenceBlackWhite of a TIFF")

    def __call__(self, band: Samples) -> Levels:
        layout = self._layout
        colours = band[:, :, : layout.colours]
        if layout.photometric in {layouts.CIELAB, layouts.ICCLAB}:
            return _lab(colours, layout)
        if layout.photometric == layouts.YCBCR:
            decoded = layout.compression == layouts.JPEG and not layout.separate
            return colours if decoded else self._from_ycbcr(colours)
        if self._palette is not None:
            levels = self._palette[colours[:, :, 0]]
        else:
            levels = self._levels(colours)
        if layout.photometric == layouts.WHITE_IS_ZERO:
            levels = np.iinfo(levels.dtype).max - levels
        if layout.alpha is not None and layout.photometric != layouts.CMYK:
            place, associated = layout.alpha
            levels = _on_paper(levels, self._levels(band[:, :, place : place + 1]), associated=associated)
        if self._deep or levels.dtype == np.uint8:
            return levels
        return (levels >> 8).astype(np.uint8)

    def _levels(self, samples: Samples) -> Levels:
        """Samples by what is white in them: of 8 bits where 8 bits are enough, else of 16."""
        layout = self._layout
        if layout.sample_format != layouts.UNSIGNED:
            return _whole(samples)
        if layout.bits in {1, 2, 4, 8} or (layout.bits < 8 and layout.alpha is None):
            return _stretched(samples, layout.bits, 255).astype(np.uint8)
        if layout.bits < 16:
            return _stretched(samples, layout.bits, _TOP).astype(np.uint16)
        return (samples >> (layout.bits - 16)).astype(np.uint16)

    def _from_ycbcr(self, samples: Samples) -> Levels:
        """TIFF 6.0, section 21."""
        red, green, blue = self._weights
        planes = samples.astype(np.float32)
        scaled = []
        for number, span in enumerate((255, 127, 127)):
            black, white = self._reference[2 * number : 2 * number + 2]
            scaled.append((planes[:, :, number] - black) * (span / ((white - black) or 1)))
        light, to_blue, to_red = scaled
        made = np.empty(samples.shape, np.float32)
        made[:, :, 0] = light + to_red * (2 - 2 * red)
        made[:, :, 2] = light + to_blue * (2 - 2 * blue)
        made[:, :, 1] = (light - blue * made[:, :, 2] - red * made[:, :, 0]) / green
        return np.clip(np.rint(made), 0, 255).astype(np.uint8)


def _on_paper(levels: Levels, alpha: Levels, *, associated: bool) -> Levels:
    top = int(np.iinfo(levels.dtype).max)
    shown: Levels
    wide, opaque = levels.astype(np.uint32), alpha.astype(np.uint32)
    if associated:
        shown = np.minimum(wide + (top - opaque), top)
    else:
        shown = (wide * opaque + top * (top - opaque) + top // 2) // top
    return shown.astype(levels.dtype)


def _stretched(samples: Samples, bits: int, top: int) -> Levels:
    """`bits` to the whole range up to `top`."""
    most = 2**bits - 1
    if most == top:
        return samples
    return (samples.astype(np.uint32) * np.uint32(2 * top) + np.uint32(most)) // np.uint32(2 * most)


def _whole(samples: Samples) -> NDArray[np.uint16]:
    """Samples whose white no document fixes. Floating point is 0 to 1, as all programs have it; signed samples of
    32 bits (checked in tiff_layout) are what programs without unsigned ones write for grey of 16 bits. What lies
    outside is refused, not guessed."""
    least, most = samples.min(), samples.max()
    if samples.dtype.kind == "i":
        if least < 0 or most > _TOP:
            raise Unreadable(f"signed samples of {least} to {most} are not read in a TIFF: only 0 to {_TOP} are")
        return samples.astype(np.uint16)
    if not (least >= -_OVERSHOOT and most <= 1 + _OVERSHOOT):  # NaN too
        raise Unreadable(f"floating point samples of {least:g} to {most:g} are not read in a TIFF: only 0 to 1 are")
    levels: NDArray[np.uint16] = np.rint(np.clip(samples.astype(np.float32), 0, 1) * np.float32(_TOP)).astype(
        np.uint16
    )
    return levels


def _palette(directory: Directory, layout: Layout) -> Levels:
    """Colours by index: ColorMap, whose values have 16 bits; where none is above 255 it was written with 8, as
    libtiff takes it."""
    entries = 2**layout.bits
    values = directory.whole(tags.COLOR_MAP)
    if len(values) < 3 * entries:
        raise Unreadable(f"damaged: a ColorMap of {len(values)} values where the TIFF needs {3 * entries}")
    table = np.array(values[: 3 * entries], np.uint32).reshape(3, entries).T
    if table.max() <= 255:
        table = table * 257
    return table.astype(np.uint16) if layout.bits > 8 else (table >> 8).astype(np.uint8)


def _lab(samples: Samples, layout: Layout) -> Levels:
    """8 bits, a and b signed, as CIELab has them (TIFF 6.0, section 23) and Pillow takes them. In ICCLab 128 is
    their zero, and in 16 bits 100 is 0xFF00 (Adobe Photoshop TIFF Technical Notes, 2002)."""
    made: Levels = (samples >> (layout.bits - 8)).astype(np.uint8)
    if layout.photometric == layouts.ICCLAB:
        made[:, :, 1:] ^= 128
    return made
