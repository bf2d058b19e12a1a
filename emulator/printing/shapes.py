"""Shapes on paper, whoever draws them: ellipses, polygons and the strokes of a pen, with smooth edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from math import ceil, floor, hypot, pi, sin
from typing import Final

from PIL import Image, ImageDraw

from emulator.printing.paper import Color, Paper

_Put = Callable[[ImageDraw.ImageDraw, list[tuple[float, float]], int], None]
_FINER: Final = 4  # shapes are drawn so many times larger and reduced
_PAPER_WHITE: Final[Color] = (255, 255, 255)


class DrawnPaper(Paper):
    """Paper that is drawn on. Positions and lengths are in inches from the upper left corner, thicknesses in
    points."""

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the layout is on the paper."""
        return x, y

    def has_inked(self, left: int, top: int, right: int, bottom: int) -> None:
        """Told of the pixels of a shape that was drawn; papers that note shapes have their own."""

    def polygon(self, points: Sequence[tuple[float, float]], color: Color) -> None:
        """A filled shape."""
        self._shape(points, 0.0, color, lambda pen, at, _: pen.polygon(at, fill=255))

    def polygons(self, shapes: Sequence[Sequence[tuple[float, float]]], color: Color) -> None:
        """Filled shapes that lie together, as one."""
        ends = list(accumulate(len(points) for points in shapes))

        def put(pen: ImageDraw.ImageDraw, at: list[tuple[float, float]], _: int) -> None:
            for begin, end in pairwise((0, *ends)):
                pen.polygon(at[begin:end], fill=255)

        self._shape([point for points in shapes for point in points], 0.0, color, put)

    def ellipse(
        self, left: float, top: float, right: float, bottom: float, color: Color, points: float = 0.0
    ) -> None:
        """A filled ellipse, or with `points` its line.

        - `left`: inches of the left side of the rectangle that it fills.
        - `top`: of the upper side.
        - `right`: of the right side.
        - `bottom`: of the lower side.
        - `color`: of the area or the line.
        - `points`: the thickness of the line; 0 for an area.
        """

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
        points = [self.place(*point) for point in points]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, top = floor((min(xs) - margin) * self.ppi), floor((min(ys) - margin) * self.ppi)
        right, bottom = ceil((max(xs) + margin) * self.ppi), ceil((max(ys) + margin) * self.ppi)
        mask = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER))
        at = [((x * self.ppi - left) * _FINER, (y * self.ppi - top) * _FINER) for x, y in points]
        put(ImageDraw.Draw(mask), at, max(_FINER, floor(thick / 72 * self.ppi * _FINER + 0.5)))
        drawn = mask.reduce(_FINER)
        self.image.paste(self.ink(color), (left, top, right, bottom), drawn)
        if (box := drawn.getbbox()) is not None:
            self.has_inked(left + box[0], top + box[1], left + box[2], top + box[3])


def disc_with_waves(paper: DrawnPaper, x: float, y: float, size: float, color: Color) -> None:
    """A company's mark: a disc with two waves cut out.

    - `paper`: what it is drawn on.
    - `x`: inches from the left edge.
    - `y`: inches from the upper edge.
    - `size`: its diameter in inches.
    - `color`: of the disc.
    """
    paper.ellipse(x, y, x + size, y + size, color)
    for level in (0.55, 0.74):
        wave = [(x + step / 24 * size, y + (level + 0.05 * sin(step / 24 * 2 * pi)) * size) for step in range(25)]
        paper.stroke(wave, size * 7, _PAPER_WHITE)
