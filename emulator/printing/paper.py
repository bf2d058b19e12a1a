"""Paper: an image on which things stand at places in inches."""

from __future__ import annotations

from math import floor
from typing import Final

from PIL import Image

Color = tuple[int, int, int]
_INK_BELOW: Final = 160
"""Grey that is darker is black in black and white."""


class Paper:
    """One side of a sheet. Positions and lengths are in inches from the upper left corner."""

    def __init__(self, image: Image.Image, ppi: float, *, bilevel: bool = False) -> None:
        """`image` (mode `L` or `RGB`) is drawn on; `ppi`: its pixels for each inch. `bilevel`: the image, of mode
        `L`, will be black and white; grey ink is then black, or not there."""
        self.image = image
        self.ppi = ppi
        self.width, self.height = image.width / ppi, image.height / ppi
        self._bilevel = bilevel

    def ink(self, color: Color) -> Color | int:
        """`color` as the image's mode takes it."""
        if self.image.mode == "RGB":
            return color
        red, green, blue = color
        grey = (red * 299 + green * 587 + blue * 114) // 1000
        if self._bilevel:
            return 0 if grey < _INK_BELOW else 255
        return grey

    def inks(self, color: Color) -> tuple[int, ...]:
        """`color` as a level of each channel of the image."""
        ink = self.ink(color)
        return (ink,) if isinstance(ink, int) else ink

    def box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """A rectangle in pixels, at least one each way."""
        x, y = floor(left * self.ppi + 0.5), floor(top * self.ppi + 0.5)
        return (x, y, max(x + 1, floor(right * self.ppi + 0.5)), max(y + 1, floor(bottom * self.ppi + 0.5)))

    def fill(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle, at least one pixel each way.

        - `left`: inches of the left side.
        - `top`: of the upper side.
        - `right`: of the right side.
        - `bottom`: of the lower side.
        - `color`: of the area.
        """
        self.image.paste(self.ink(color), self.box(left, top, right, bottom))
