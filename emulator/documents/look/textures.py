"""Random pools that pages are dressed with: drawn once for a width, and each band of a page takes some of the rows.

Drawing normal numbers for each pixel takes 28 times as long as encoding a page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Octets: TypeAlias = NDArray[np.uint8]

ROWS: Final = 160
"""Of a pool."""
_GRAIN: Final = 1.5
_SENSOR: Final = 1.3
_TONER: Final = 9.0
_EDGE: Final = 26.0
"""Standard deviations in levels."""


def _pool(number: int, width: int, reach: int) -> NDArray[np.float32]:
    """Normal numbers, each alike its neighbours up to `reach` away, of deviation 1."""
    random = np.random.Generator(np.random.PCG64(number))
    values = random.standard_normal((ROWS, width), dtype=np.float32)
    for axis in (0, 1):
        alone = values
        for by in range(1, reach + 1):
            values = values + np.roll(alone, by, axis)
    found: NDArray[np.float32] = values / values.std()
    return found


def _octets(values: NDArray[np.float32], least: float, most: float) -> Octets:
    return np.clip(np.rint(values), least, most).astype(np.uint8)


@lru_cache(maxsize=8)
def _fibres(width: int) -> NDArray[np.float32]:
    return (_pool(11, width, 1) * np.float32(0.75) + _pool(12, width, 6) * np.float32(0.3)) * np.float32(_GRAIN)


@lru_cache(maxsize=24)
def paper(tones: tuple[int, ...], width: int) -> Octets:
    """Levels of paper of a tone (a level a channel): fibres some pixels long, and clouds in which they lie. Rows x
    samples, the channels of a pixel beside each other."""
    fibres = _fibres(width)
    levels = [_octets(tone + fibres, tone - 6, 253) for tone in tones]
    return np.stack(levels, axis=-1).reshape(ROWS, -1)


@lru_cache(maxsize=8)
def toner(width: int, channels: int) -> Octets:
    """Levels below which no ink is seen: a layer of toner is never quite black, and speckled."""
    speckles: Octets = _octets(18 + np.abs(_pool(13, width, 1)) * np.float32(_TONER), 18, 70)
    return np.repeat(speckles, channels, axis=1)


@lru_cache(maxsize=8)
def edges(width: int, channels: int) -> Octets:
    """What is added (modulo 256) to the blurred edges of print, so that they are ragged."""
    ragged = np.clip(np.rint(_pool(14, width, 1) * np.float32(_EDGE)), -39, 39).astype(np.int8).view(np.uint8)
    return np.repeat(ragged, channels, axis=1)


@lru_cache(maxsize=8)
def sensor(width: int, channels: int) -> Octets:
    """What is taken from every sample: noise of the sensor."""
    return _octets(3 + _pool(15, width * channels, 0) * np.float32(_SENSOR), 0, 6)


def rows_of(pool: Octets, begin: int, count: int) -> Octets:
    """So many rows of a pool, which begins anew where it ends."""
    begin %= ROWS
    if begin + count <= ROWS:
        return pool[begin : begin + count]
    return pool[np.arange(begin, begin + count) % ROWS]
