"""Noise of the sensor: every pixel a little off, each channel by itself."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Final

from PIL import Image

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.shearing import BAND_BYTES
from emulator.documents.traces.sheet import Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST: Final = 1.2
_MOST: Final = 9.0
"""Standard deviation in levels of 255."""
_REACH: Final = 2.6
"""Noise is cut off at so many standard deviations."""
_POOL: Final = 1024 * 1024  # four bands: fits into a processor's cache, and no eye finds a band again


def add_noise(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Drawing normal numbers for each pixel takes 28 times as long as encoding the page. So there is a pool of them
    for each strength, and every band of the page gets a piece from another place."""
    import numpy as np

    deviation = round(_LEAST + (_MOST - _LEAST) * strength, 2)
    pool, reach = _pool(deviation)
    image = sheet.writable()
    channels = len(image.getbands())
    start = random.getrandbits(32)
    for number, band in enumerate(sheet.bands()):
        part = np.array(image.crop(band))
        # With black and white kept `reach` away from the ends, sums of octets cannot overflow: no wider type is
        # needed. Scanned paper is never 255 anyhow.
        np.clip(part, reach, 255 - reach, out=part)
        flat = part.reshape(-1)
        offset = (start + number * 514_229) % (_POOL - min(flat.size, BAND_BYTES))
        piece = pool[offset : offset + flat.size]
        if piece.size < flat.size:  # a single row longer than a band
            piece = np.resize(pool, flat.size)
        np.add(flat, piece, out=flat)
        noisy = Image.frombuffer(image.mode, (part.shape[1], part.shape[0]), part, "raw", image.mode, 0, 1)
        image.paste(noisy, band[:2])
    return {"deviation": deviation, "channels": channels}


@lru_cache(maxsize=4)
def _pool(deviation: float) -> tuple[NDArray[np.uint8], int]:
    """Noise as octets to be added modulo 256, and the furthest that it goes. Neighbours in a row are a little
    alike, as behind a lens."""
    import numpy as np

    random = np.random.Generator(np.random.PCG64(round(deviation * 100)))
    normal = random.standard_normal(_POOL + 1, dtype=np.float32)
    alike = (normal[:-1] + np.float32(0.45) * normal[1:]) * np.float32(deviation / 1.0966)
    reach = round(_REACH * deviation)
    levels = np.clip(np.rint(alike), -reach, reach).astype(np.int8)
    return levels.view(np.uint8), reach
