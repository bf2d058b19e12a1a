"""Uneven light: a lamp that is weaker at its ends, and a page that does not lie flat everywhere."""

from __future__ import annotations

from random import Random
from typing import Final

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet, as_image, grain
from emulator.printing.paper import Color

_MOST: Final = 0.42
"""Part of the light that is missing at the darkest place."""
_COLUMNS, _ROWS = 96, 128
_WARM: Final[Color] = (6, 4, 0)


def light_unevenly(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Falls off to one side, to both ends of the lamp, and with slow waves."""
    import numpy as np

    loss = _MOST * (0.25 + 0.75 * strength)
    x = np.linspace(-1, 1, _COLUMNS, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, _ROWS, dtype=np.float32)[:, None]
    side, along = random.uniform(-1, 1), random.uniform(-0.6, 0.6)
    centre = random.uniform(-0.3, 0.3)
    ends = (x - centre) ** 2
    slope = (side * x + along * y + abs(side) + abs(along)) / (2 * (abs(side) + abs(along)) + 1e-6)
    waves = grain(_COLUMNS, _ROWS, 3, random.getrandbits(32))
    dark = 0.4 * ends + 0.45 * slope + 0.15 * waves
    dark = dark - dark.min()
    density = as_image(dark / dark.max() * np.float32(loss))
    sheet.multiply(density, (0, 0, sheet.width, sheet.height), _WARM)
    return {"darkest": loss, "side": side, "along": along}
