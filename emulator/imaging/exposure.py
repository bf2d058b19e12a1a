"""Exposure: AutoExposure, Brightness and Contrast, one tone curve for all channels.

    adjusted = (value - 1/2) x (1 + Contrast / 1000) + 1/2 + Brightness / 1000

with values from 0 (black) to 1 (white), cut off there; both settings go from -1000 to 1000. AutoExposure instead:

    adjusted = (value - dark) / (light - dark)

where DARK_SHARE of the page in the scan region is darker than `dark` and 1 - LIGHT_SHARE is lighter than `light`,
so that paper becomes white and print black; `dark` is at most DARKEST and `light` at least LIGHTEST, so that a
blank page stays blank and a dark one dark.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

from emulator.imaging.tone import Table, level_below, table
from emulator.wsscan.values.ticket import EffectiveExposure

DARK_SHARE: Final = 0.005
LIGHT_SHARE: Final = 0.98
DARKEST: Final = 96 / 255
LIGHTEST: Final = 160 / 255


def exposure_table(exposure: EffectiveExposure, page: Image.Image | None) -> Table | None:
    """The curve, or None where nothing changes. `page`: a glance at what lies in the scan region (tone.glance), for
    AutoExposure; None where no page does."""
    if exposure.auto:
        if page is None:
            return None
        grey = page.convert("L")
        dark = min(DARKEST, level_below(grey, DARK_SHARE))
        light = max(LIGHTEST, level_below(grey, LIGHT_SHARE))
        if (dark, light) == (0.0, 1.0):
            return None
        return table(lambda value: (value - dark) / (light - dark))
    if not exposure.contrast and not exposure.brightness:
        return None
    gain, shift = 1 + exposure.contrast / 1000, exposure.brightness / 1000
    return table(lambda value: (value - 0.5) * gain + 0.5 + shift)
