"""Stains: the ring of a cup, and drops beside it."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Final

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, as_image, grain
from emulator.printing.paper import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CELLS: Final = 320
_COFFEE: Final[tuple[Color, ...]] = ((122, 78, 38), (140, 92, 48), (104, 70, 42))


def stain(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """A ring where the cup stood, thinner and thicker and open where it did not touch; heavy: two, with drops."""
    stains = []
    for number in range(1 if strength < 0.6 else 2):
        radius = random.uniform(34, 43) * sheet.millimetre
        x, y = random.uniform(0.12, 0.9) * sheet.width, random.uniform(0.1, 0.9) * sheet.height
        weight = (0.32 + 0.5 * strength) * (1.0 if number == 0 else 0.65)
        _ring(sheet, x, y, radius, weight, random)
        stains.append({"kind": "ring", "centre": [x, y], "radius": radius * 1000 / sheet.ppi})
        for _ in range(round(random.uniform(1, 5) * strength)):
            away, turn = radius * random.uniform(1.1, 1.9), random.uniform(0, 2 * math.pi)
            drop = random.uniform(1.2, 4.5) * sheet.millimetre
            at = (x + away * math.cos(turn), y + away * math.sin(turn))
            _drop(sheet, *at, drop, weight * random.uniform(0.5, 1.0), random)
            stains.append({"kind": "drop", "centre": list(at), "radius": drop * 1000 / sheet.ppi})
    return {"stains": stains}


def _ring(sheet: Sheet, x: float, y: float, radius: float, weight: float, random: Random) -> None:
    """Dry coffee gathers at the borders of what was wet: dark lines outside and inside, a paler band between."""
    import numpy as np

    across, turn = _polar(1.25)
    uneven = _around(turn, random, 0.012)
    width = 0.05 * (1 + _around(turn, random, 0.5))
    off = across - (1 + uneven)
    outer = np.exp(-((off / np.float32(0.008)) ** 2))
    inner = np.exp(-(((off + width) / np.float32(0.011)) ** 2)) * np.float32(0.55)
    band = ((off < 0) & (off > -width)) * np.float32(0.34)
    wash = np.clip(1 - np.abs(off + np.float32(0.5)) * 2, 0, 1) * np.float32(0.03)
    # A cup seldom stands in coffee all round.
    amount = np.clip(np.float32(0.55) + _around(turn, random, 0.75), 0.04, 1)
    cloud = np.float32(0.65) + np.float32(0.6) * (
        grain(_CELLS, _CELLS, 10, random.getrandbits(32)) - np.float32(0.2)
    )
    density = (np.maximum(outer, inner) * np.float32(0.9) + band + wash) * amount * cloud * np.float32(weight)
    reach = round(radius * 1.25)
    box = (round(x) - reach, round(y) - reach, round(x) + reach, round(y) + reach)
    sheet.multiply(as_image(density), box, random.choice(_COFFEE))


def _drop(sheet: Sheet, x: float, y: float, radius: float, weight: float, random: Random) -> None:
    import numpy as np

    across, turn = _polar(1.4)
    off = across - (1 + _around(turn, random, 0.09))
    density = (off < 0) * np.float32(0.45) + np.exp(-((off / np.float32(0.07)) ** 2)) * np.float32(0.55)
    density = density * (np.float32(0.7) + np.float32(0.5) * grain(_CELLS, _CELLS, 5, random.getrandbits(32)))
    reach = max(2, round(radius * 1.4))
    box = (round(x) - reach, round(y) - reach, round(x) + reach, round(y) + reach)
    sheet.multiply(as_image(density * np.float32(weight)), box, random.choice(_COFFEE))


def _polar(reach: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distance from the middle (1: the radius) and direction of each cell."""
    import numpy as np

    line = np.linspace(-reach, reach, _CELLS, dtype=np.float32)
    return np.hypot(line[None, :], line[:, None]), np.arctan2(line[:, None], line[None, :])


def _around(turn: NDArray[np.float32], random: Random, size: float) -> NDArray[np.float32]:
    """A smooth random value for each direction, about 0, at most some `size`."""
    import numpy as np

    total = np.zeros_like(turn)
    for waves in (1, 2, 3, 5, 8):
        total += np.float32(random.uniform(-1, 1) / waves**0.8) * np.sin(
            waves * turn + np.float32(random.uniform(0, 6.28))
        ).astype(np.float32)
    return total * np.float32(size / 1.6)
