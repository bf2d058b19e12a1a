"""Dark edges: the lid does not close, or the sheet is smaller than what is scanned."""

from __future__ import annotations

from random import Random
from typing import Final

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Box, Sheet, as_image, grain
from emulator.printing.paper import Color

_LEAST_MM, _MOST_MM = 1.2, 7.0
_SIDES: Final = ("left", "top", "right", "bottom")
_BLACK: Final[Color] = (10, 10, 12)


def darken_edges(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """One edge, or up to three when heavy: black outside, then a shadow that fades towards the paper."""
    sides = random.sample(_SIDES, 1 + round(2 * strength))
    widths = {}
    for side in sides:
        most = _LEAST_MM + (_MOST_MM - _LEAST_MM) * strength
        width = random.uniform(0.6, 1.0) * most
        _edge(sheet, side, width, 0.45 + 0.55 * strength, random)
        widths[side] = width / 0.0254
    return {"widths": widths}


def _edge(sheet: Sheet, side: str, millimetres: float, darkness: float, random: Random) -> None:
    import numpy as np

    depth = max(2, round(millimetres * sheet.millimetre))
    upright = side in {"left", "right"}
    length = sheet.height if upright else sheet.width
    cells = min(length, 240)
    across = np.linspace(0, 1, 64, dtype=np.float32)[None, :]
    # The sheet's edge is never parallel to the scan: the shadow is a wedge with a slight wave.
    wedge = np.linspace(random.uniform(0.5, 1.0), random.uniform(0.5, 1.0), cells, dtype=np.float32)[:, None]
    wave = grain(64, cells, 4, random.getrandbits(32))[:, :1] * np.float32(0.12)
    reach = wedge - wave
    core = random.uniform(0.25, 0.55)
    at = np.clip((across / reach - core) / (1 - core), 0, 1)
    density = (1 - at * at * (3 - 2 * at)) * np.float32(darkness)
    if side in {"right", "bottom"}:
        density = density[:, ::-1]
    box: Box = {
        "left": (0, 0, depth, sheet.height),
        "right": (sheet.width - depth, 0, sheet.width, sheet.height),
        "top": (0, 0, sheet.width, depth),
        "bottom": (0, sheet.height - depth, sheet.width, sheet.height),
    }[side]
    sheet.multiply(as_image(density if upright else density.T.copy()), box, _BLACK)
