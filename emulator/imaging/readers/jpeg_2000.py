"""Colours of more than 8 bits from JPEG 2000 files, of which Pillow keeps 8."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from emulator.imaging.readers.unreadable import damage
from emulator.imaging.samples import DeepImage

_RGB: Final = frozenset({"sRGB", "unspecified"})
_TOP: Final = 65_535


def read_deep(path: Path) -> DeepImage | None:
    """RGB with more than 8 bits a channel; None for what else a JPEG 2000 file may hold. Raises Unreadable."""
    import numpy as np
    from openjpeg.utils import decode, get_parameters

    with damage():
        told = get_parameters(path)
        bits = int(told["precision"])
        if bits <= 8 or told["samples_per_pixel"] != 3 or told["is_signed"] or told["colourspace"] not in _RGB:
            return None
        samples = decode(path)
    if samples.ndim != 3 or samples.shape[2] != 3:
        return None
    if bits < 16:
        samples = samples.astype(np.uint32) * _TOP // (2**bits - 1)
    return DeepImage(samples.astype(np.uint16))
