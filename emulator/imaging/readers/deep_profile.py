"""ICC profiles of images of 16 bits a channel: littleCMS inside Pillow knows 8 bits alone, so profiles of primaries
and curves (ICC.1:2022, 8.3.3), as nearly all of RGB are, are computed here. Others are applied in 8 bits."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.imaging.encoders.icc import PRIMARIES
from emulator.imaging.samples import DeepImage

_TOP: Final = 65_535
_BAND: Final = 256  # rows
_TAG_TABLE: Final = 128
Curve = NDArray[np.float32]
"""65,536 values from 0 to 1."""


def grey_table(eight: Sequence[int]) -> NDArray[np.uint16]:
    """65,536 greys from what 256 become."""
    steps = np.arange(256) * 257
    table: NDArray[np.uint16] = np.rint(np.interp(np.arange(_TOP + 1), steps, np.asarray(eight) * 257)).astype(
        np.uint16
    )
    return table


def converted(image: DeepImage, profile: bytes, grey: Sequence[int]) -> DeepImage:
    """The image in sRGB; `grey`: what each grey of 8 bits becomes, where it is grey. Alpha stays."""
    if image.channels == 1:
        return DeepImage(grey_table(grey)[image.samples])
    shaper = _shaper(profile)
    if shaper is None:
        return _in_eight_bits(image, profile)
    curves, matrix = shaper
    made = image.samples.copy()
    for first in range(0, image.height, _BAND):
        rows = image.samples[first : first + _BAND, :, :3]
        linear = np.stack([curves[channel][rows[:, :, channel]] for channel in range(3)], axis=2)
        made[first : first + _BAND, :, :3] = _encoded(linear @ matrix.T)
    return DeepImage(made)


def _in_eight_bits(image: DeepImage, profile: bytes) -> DeepImage:
    from PIL import Image

    from emulator.imaging.readers.color_profile import Conversion

    eight = Image.fromarray(np.ascontiguousarray((image.samples[:, :, :3] >> 8).astype(np.uint8)))
    shown = Conversion(profile, "RGB").of(eight)
    assert isinstance(shown, Image.Image)
    made = image.samples.copy()
    made[:, :, :3] = np.asarray(shown).astype(np.uint16) * np.uint16(257)
    return DeepImage(made)


def _encoded(linear: NDArray[np.float32]) -> NDArray[np.uint16]:
    """IEC 61966-2-1."""
    shown = np.clip(linear, 0, 1)
    curved = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * np.power(shown, np.float32(1 / 2.4)) - 0.055)
    levels: NDArray[np.uint16] = np.rint(curved * _TOP).astype(np.uint16)
    return levels


def _shaper(profile: bytes) -> tuple[list[Curve], NDArray[np.float32]] | None:
    """Curves of red, green and blue, and the matrix from them to linear sRGB; None for a profile of tables."""
    try:
        elements = _elements(profile)
        if any(name.startswith(b"A2B") for name in elements):
            return None
        curves = [_curve(elements[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        columns = [struct.unpack(">3i", elements[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        theirs = np.array(columns, np.float64).T / 65_536
        ours = np.array([PRIMARIES[name] for name in ("rXYZ", "gXYZ", "bXYZ")]).T
        return curves, (np.linalg.inv(ours) @ theirs).astype(np.float32)
    except (KeyError, ValueError, struct.error):
        return None


def _elements(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _TAG_TABLE)
    found = {}
    for index in range(min(count, 200)):
        name, begin, length = struct.unpack_from(">4sII", profile, _TAG_TABLE + 4 + 12 * index)
        found[name] = profile[begin : begin + length]
    return found


def _curve(element: bytes) -> Curve:
    """curveType and parametricCurveType (ICC.1:2022, 10.6 and 10.18). Raises ValueError for another."""
    at = np.linspace(0, 1, _TOP + 1)
    if element[:4] == b"curv":
        (count,) = struct.unpack_from(">I", element, 8)
        if count == 0:
            return _curve_of(at)
        values = np.array(struct.unpack_from(f">{count}H", element, 12), np.float64)
        if count == 1:
            shown = np.power(at, values[0] / 256)
        else:
            shown = np.interp(at, np.linspace(0, 1, count), values / _TOP)
        return _curve_of(shown)
    if element[:4] != b"para":
        raise ValueError("no curve")
    (kind,) = struct.unpack_from(">H", element, 8)
    given = struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind] if kind < 5 else 0}i", element, 12)
    if not given:
        raise ValueError("no curve")
    g, a, b, c, d, e, f = [*(value / 65_536 for value in given), *[0.0] * 7][:7]
    power = np.power(np.maximum((a if kind else 1.0) * at + b, 0), g)
    if kind == 0:
        shown = power
    elif kind in {1, 2}:
        shown = np.where(at >= -b / a, power + c, c)
    else:
        shown = np.where(at >= d, power + e, c * at + f)
    return _curve_of(np.clip(shown, 0, 1))


def _curve_of(values: NDArray[np.float64]) -> Curve:
    return values.astype(np.float32)
