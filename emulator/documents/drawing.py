"""Shapes on a sheet, on the side where the layout has them: rules, frames, dashes, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from typing import Final

from PIL import Image

from emulator.documents.truth import Polygon, Region, RegionKind, bounds
from emulator.printing.paper import Color
from emulator.printing.shapes import DrawnPaper

BLACK: Final[Color] = (17, 17, 17)
"""Toner is never quite black."""
_HAIR: Final = 0.003
"""Half of the thickness of a hairline, in inches."""


class Drawing(DrawnPaper):
    """Paper to draw on. Positions and lengths are in inches from the upper left corner; where the layout is
    mirrored, so are the shapes."""

    mirrored = False

    def __init__(self, image: Image.Image, ppi: float, *, bilevel: bool = False) -> None:
        """All as of Paper."""
        super().__init__(image, ppi, bilevel=bilevel)
        self.regions: list[Region] = []
        self._inked: list[Polygon] | None = None
        """Boxes of the shapes of a region that is being drawn; None outside of one."""

    @contextmanager
    def region(self, kind: RegionKind) -> Iterator[None]:
        """Shapes that are drawn meanwhile are together one region of that kind."""
        before, self._inked = self._inked, []
        try:
            yield
            if self._inked:
                self.regions.append(Region(kind, bounds(self._inked)))
        finally:
            self._inked = before

    def has_inked(self, left: int, top: int, right: int, bottom: int) -> None:
        """Told of the pixels of a shape that was drawn."""
        if self._inked is not None:
            self._inked.append(corners(left, top, right, bottom))

    def box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """A rectangle in pixels, at least one each way, on the side where the layout has it."""
        if self.mirrored:
            left, right = self.width - right, self.width - left
        return super().box(left, top, right, bottom)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point, on the side where the layout has it."""
        return (self.width - x, y) if self.mirrored else (x, y)

    def fill(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle, at least one pixel each way.

        - `left`: inches of the left side.
        - `top`: inches of the upper side.
        - `right`: inches of the right side.
        - `bottom`: inches of the lower side.
        - `color`: of the area.
        """
        # Image.paste takes longer over its arguments than over most rectangles.
        box = self.box(left, top, right, bottom)
        self.image.im.paste(self.ink(color), box)
        self.has_inked(*box)

    def dashed(
        self, left: float, top: float, right: float, bottom: float, dash: float, step: float, color: Color
    ) -> None:
        """A rule of dashes, each at least a pixel thick and long.

        - `left`: inches of the left side.
        - `top`: inches of the upper side.
        - `right`: inches of the right side.
        - `bottom`: inches of the lower side.
        - `dash`: length of each.
        - `step`: from one to the next.
        - `color`: of the ink.
        """
        x, y, end, low = self.box(left, top, right, bottom)
        row = bytearray(end - x)
        long = max(1, floor(dash * self.ppi + 0.5))
        for number in range(int((right - left) / step) + 1):
            at = floor(number * step * self.ppi + 0.5)
            row[at : at + long] = b"\xff" * len(row[at : at + long])
        mask = Image.frombytes("L", (len(row), 1), bytes(row)).resize((len(row), low - y))
        self.image.paste(self.ink(color), (x, y, end, low), mask)

    def rule(self, left: float, y: float, right: float, points: float, color: Color = BLACK) -> None:
        """A horizontal rule of that thickness; never thinner than a pixel.

        - `left`: inches where it begins.
        - `y`: inches from the upper edge.
        - `right`: inches where it ends.
        - `points`: its thickness.
        - `color`: of the rule.
        """
        thick = max(1.0, points / 72 * self.ppi) / self.ppi
        self.fill(left, y - thick / 2, right, y + thick / 2, color)

    def hairline(self, x: float, top: float, bottom: float, color: Color = BLACK) -> None:
        """A thin vertical rule.

        - `x`: inches from the left edge.
        - `top`: inches of its upper end.
        - `bottom`: inches of its lower end.
        - `color`: of the rule.
        """
        self.fill(x - _HAIR, top, x + _HAIR, bottom, color)

    def frame(
        self, left: float, top: float, right: float, bottom: float, points: float, color: Color = BLACK
    ) -> None:
        """The outline of a rectangle.

        - `left`: inches of the left side.
        - `top`: of the upper side.
        - `right`: of the right side.
        - `bottom`: of the lower side.
        - `points`: the thickness of the line.
        - `color`: of the line.
        """
        for y in (top, bottom):
            self.rule(left, y, right, points, color)
        thick = max(1.0, points / 72 * self.ppi) / self.ppi
        for x in (left, right):
            self.fill(x - thick / 2, top, x + thick / 2, bottom, color)

    def picture(
        self, image: Image.Image, left: float, top: float, right: float, bottom: float, *, soft: bool = False
    ) -> None:
        """An image, stretched over a rectangle.

        - `image`: what is shown.
        - `left`: inches of the left side.
        - `top`: of the upper side.
        - `right`: of the right side.
        - `bottom`: of the lower side.
        - `soft`: nothing of it is so sharp that it need be kept sharp.
        """
        box = self.box(left, top, right, bottom)
        how = Image.Resampling.BILINEAR if soft else Image.Resampling.BICUBIC
        scaled = image.resize((box[2] - box[0], box[3] - box[1]), how, reducing_gap=3.0)
        self.image.paste(scaled if scaled.mode == self.image.mode else scaled.convert(self.image.mode), box[:2])
        self.regions.append(Region("picture", corners(*box)))


def corners(left: float, top: float, right: float, bottom: float) -> Polygon:
    """A rectangle as a polygon."""
    return (left, top), (right, top), (right, bottom), (left, bottom)
