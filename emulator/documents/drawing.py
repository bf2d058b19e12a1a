"""Shapes on a sheet: rules, frames, outlines, lines of a pen, pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, hypot
from typing import Final

from PIL import Image, ImageDraw

from emulator.printing.paper import Color, Paper

BLACK: Final[Color] = (17, 17, 17)
"""Toner is never quite black."""
_Put = Callable[[ImageDraw.ImageDraw, list[tuple[float, float]], int], None]
_FINER: Final = 4  # shapes are drawn so many times larger and reduced


class Drawing(Paper):
    """Paper to draw on. Positions and lengths are in inches from the upper left corner; where the layout is
    mirrored, so are the shapes."""

    mirrored = False

    def box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """A rectangle in pixels, at least one each way, on the side where the layout has it."""
        if self.mirrored:
            left, right = self.width - right, self.width - left
        return super().box(left, top, right, bottom)

    def fill(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle, at least one pixel each way."""
        # Image.paste takes longer over its arguments than over most rectangles.
        self.image.im.paste(self.ink(color), self.box(left, top, right, bottom))

    def dashed(
        self, left: float, top: float, right: float, bottom: float, dash: float, step: float, color: Color
    ) -> None:
        """A rule of dashes, `dash` inches long, from one to the next `step`; at least a pixel thick and long."""
        x, y, end, low = self.box(left, top, right, bottom)
        row = bytearray(end - x)
        long = max(1, floor(dash * self.ppi + 0.5))
        for number in range(int((right - left) / step) + 1):
            at = floor(number * step * self.ppi + 0.5)
            row[at : at + long] = b"\xff" * len(row[at : at + long])
        mask = Image.frombytes("L", (len(row), 1), bytes(row)).resize((len(row), low - y))
        self.image.paste(self.ink(color), (x, y, end, low), mask)

    def rule(self, left: float, y: float, right: float, points: float, color: Color = BLACK) -> None:
        """A horizontal rule of that thickness; never thinner than a pixel."""
        thick = max(1.0, points / 72 * self.ppi) / self.ppi
        self.fill(left, y - thick / 2, right, y + thick / 2, color)

    def frame(
        self, left: float, top: float, right: float, bottom: float, points: float, color: Color = BLACK
    ) -> None:
        """The outline of a rectangle."""
        for y in (top, bottom):
            self.rule(left, y, right, points, color)
        thick = max(1.0, points / 72 * self.ppi) / self.ppi
        for x in (left, right):
            self.fill(x - thick / 2, top, x + thick / 2, bottom, color)

    def polygon(self, points: Sequence[tuple[float, float]], color: Color) -> None:
        """A filled shape."""
        self._shape(points, 0.0, color, lambda pen, at, _: pen.polygon(at, fill=255))

    def ellipse(
        self, left: float, top: float, right: float, bottom: float, color: Color, points: float = 0.0
    ) -> None:
        """A filled ellipse, or with `points` its line."""

        def put(pen: ImageDraw.ImageDraw, at: list[tuple[float, float]], thick: int) -> None:
            box = (min(at[0][0], at[1][0]), at[0][1], max(at[0][0], at[1][0]), at[1][1])
            if points:
                pen.ellipse(box, outline=255, width=thick)
            else:
                pen.ellipse(box, fill=255)

        self._shape([(left, top), (right, bottom)], points, color, put)

    def stroke(self, points: Sequence[tuple[float, float]], thick: float, color: Color) -> None:
        """A line through points, `thick` typographic points wide, with round ends."""

        def put(pen: ImageDraw.ImageDraw, at: list[tuple[float, float]], pixels: int) -> None:
            pen.line(at, fill=255, width=pixels)
            radius = pixels / 2
            for x, y in at:  # round joints, and cheaper than Pillow's
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

        self._shape(points, thick, color, put)

    def strokes(self, boxes: Sequence[tuple[float, float, float, float]], radius: float, color: Color) -> None:
        """Filled rectangles (left, top, right, bottom) whose corners have that radius; their edges are smooth."""
        corners = [(x, y) for left, top, right, bottom in boxes for x, y in ((left, top), (right, bottom))]

        def put(pen: ImageDraw.ImageDraw, at: list[tuple[float, float]], _: int) -> None:
            round_ = radius * self.ppi * _FINER
            for (left, top), (right, bottom) in zip(at[::2], at[1::2], strict=True):
                x, y = floor(left + 0.5), floor(top + 0.5)
                box = (x, y, max(x, ceil(right - 0.5) - 1), max(y, ceil(bottom - 0.5) - 1))
                pen.rounded_rectangle(box, round_, fill=255)

        self._shape(corners, 0.0, color, put)

    def pen(self, points: Sequence[tuple[float, float]], thin: float, thick: float, color: Color) -> None:
        """A line through points that lie close, as a pen draws it: `thin` points wide where it goes up or across,
        `thick` where it comes down."""

        def put(pen: ImageDraw.ImageDraw, at: list[tuple[float, float]], _: int) -> None:
            scale = self.ppi * _FINER / 72
            wide = thin
            for (ax, ay), (bx, by) in pairwise(at):
                length = hypot(bx - ax, by - ay)
                down = max(0.0, (by - ay) / length) if length else 0.0
                wide += (thin + (thick - thin) * down - wide) * 0.3  # a hand presses and lets go in a while
                radius = max(0.5, wide * scale / 2)
                pen.line((ax, ay, bx, by), fill=255, width=max(1, round(2 * radius)))
                pen.ellipse((bx - radius, by - radius, bx + radius, by + radius), fill=255)

        self._shape(points, thick, color, put)

    def _shape(self, points: Sequence[tuple[float, float]], thick: float, color: Color, put: _Put) -> None:
        margin = thick / 72 + 2 / self.ppi
        if self.mirrored:
            points = [(self.width - x, y) for x, y in points]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, top = floor((min(xs) - margin) * self.ppi), floor((min(ys) - margin) * self.ppi)
        right, bottom = ceil((max(xs) + margin) * self.ppi), ceil((max(ys) + margin) * self.ppi)
        mask = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER))
        at = [((x * self.ppi - left) * _FINER, (y * self.ppi - top) * _FINER) for x, y in points]
        put(ImageDraw.Draw(mask), at, max(_FINER, floor(thick / 72 * self.ppi * _FINER + 0.5)))
        self.image.paste(self.ink(color), (left, top, right, bottom), mask.reduce(_FINER))

    def picture(self, image: Image.Image, left: float, top: float, right: float, bottom: float) -> None:
        """An image, stretched over a rectangle."""
        box = self.box(left, top, right, bottom)
        scaled = image.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BICUBIC, reducing_gap=3.0)
        self.image.paste(scaled if scaled.mode == self.image.mode else scaled.convert(self.image.mode), box[:2])
