"""Colours of 16 bits a channel from PNG, TIFF and JPEG 2000 files.

Pillow decodes such PNG and TIFF files but keeps only the high octet of each sample. Told that the octets come in
the other order it keeps the low ones: the file is decoded twice, and both together are the samples.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from emulator.imaging.samples import DeepImage

_OTHER_END: Final = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"))
}
"""Pillow's raw modes of 16 bits a channel, and the same with the octets of each sample in the other order."""

_RGB: Final = frozenset({"sRGB", "unspecified"})
_MODES: Final = frozenset({"RGB", "RGBA"})
_TOP: Final = 65_535
_BAND: Final = 256  # rows


def low_tiles(image: Image.Image) -> list[Any] | None:
    """The tiles of an image that is open and not loaded, as they give the low octets; None where it has not 16
    bits a channel of colour."""
    tiles = getattr(image, "tile", None)
    if not tiles or image.mode not in _MODES or image.has_transparency_data != (image.mode == "RGBA"):
        return None
    found = []
    for tile in tiles:
        args = tile.args
        raw = args[0] if isinstance(args, tuple) else args
        native = isinstance(raw, str) and raw.endswith(";16N")
        other = _OTHER_END.get(_native(raw) if native else raw)
        if other is None:
            return None
        found.append(tile._replace(args=(other, *args[1:]) if isinstance(args, tuple) else other))
    return found


def _native(raw: str) -> str:
    """libtiff gives samples in the order of the machine."""
    return raw[:-1] + ("L" if sys.byteorder == "little" else "B")


def joined(high: Image.Image, low: Image.Image) -> DeepImage:
    """Samples of 16 bits from their high and low octets (modes `RGB` or `RGBA`)."""
    import numpy as np

    samples = np.empty((high.height, high.width, len(high.getbands())), np.uint16)
    for first in range(0, high.height, _BAND):
        box = (0, first, high.width, min(high.height, first + _BAND))
        samples[box[1] : box[3]] = np.asarray(high.crop(box)).astype(np.uint16) << 8
        samples[box[1] : box[3]] |= np.asarray(low.crop(box))
    return DeepImage(samples)


def jpeg_2000(path: Path) -> DeepImage | None:
    """A JPEG 2000 file of RGB with more than 8 bits a channel; None for any other, and where it cannot be read:
    Pillow says why."""
    import numpy as np
    from openjpeg.utils import decode, get_parameters

    try:
        told = get_parameters(path)
        bits = int(told["precision"])
        if bits <= 8 or told["samples_per_pixel"] != 3 or told["is_signed"] or told["colourspace"] not in _RGB:
            return None
        samples = decode(path)
    except Exception:  # whatever the decoder raises for damage
        return None
    if samples.ndim != 3 or samples.shape[2] != 3:
        return None
    if bits < 16:
        samples = samples.astype(np.uint32) * _TOP // (2**bits - 1)
    return DeepImage(samples.astype(np.uint16))
