"""Marks of readers: a highlighter over lines, a pen under, beside and through them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Sheet
from emulator.printing.paper import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MARKERS: Final[tuple[Color, ...]] = ((255, 244, 70), (255, 150, 190), (140, 240, 140), (120, 215, 250))
_PENS: Final[tuple[Color, ...]] = ((24, 42, 140), (20, 20, 24), (178, 24, 32))
_INKED: Final = 150
_FINER: Final = 2
_TALLEST: Final = 0.3  # inches
_LEAST: Final = 0.06


def highlight(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Some lines, or parts of them, are coloured; heavy: with a marker that is nearly dry, and twice over."""
    color = random.choice(_MARKERS)
    marked = []
    for left, top, right, bottom in _lines(sheet, 1 + round(6 * strength), random):
        for _ in range(1 if strength < 0.6 else 2):
            box = (left, top - round(random.uniform(0, 3)), right, bottom + round(random.uniform(0, 3)))
            mask = Image.new("L", (max(1, box[2] - box[0]), max(1, box[3] - box[1])))
            draw = ImageDraw.Draw(mask)
            draw.rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), mask.height // 5, fill=225)
            sheet.multiply(mask, box, color)
        marked.append([left, top, right, bottom])
    return {"marked": marked, "color": list(color)} if marked else {"marked": []}


def write_on(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """Lines are underlined, or struck through when heavy; a bar stands beside some."""
    color = random.choice(_PENS)
    strokes = []
    for left, top, right, bottom in _lines(sheet, 1 + round(8 * strength), random):
        through = strength >= 0.6 and random.random() < 0.6
        beside = not through and random.random() < 0.3
        if beside:
            at = max(2.0, left - 0.12 * sheet.ppi)
            points = [(at, float(top)), (at, float(bottom))]
        else:
            y = (top + bottom) / 2 if through else bottom + 0.02 * sheet.ppi
            points = [(float(left), y), (float(right), y)]
        _stroke(sheet, points, color, random)
        kind = "beside" if beside else "through" if through else "under"
        strokes.append({"kind": kind, "line": [list(point) for point in points]})
    return {"strokes": strokes, "color": list(color)}


def _stroke(sheet: Sheet, points: list[tuple[float, float]], color: Color, random: Random) -> None:
    """A line as a hand draws it: it waves a little."""
    (x0, y0), (x1, y1) = points
    steps, wave = 16, 0.012 * sheet.ppi
    path, away = [], 0.0
    for step in range(steps + 1):
        away = 0.75 * away + random.uniform(-wave, wave)
        part = step / steps
        aside = (away, 0.0) if x0 == x1 else (0.0, away)
        path.append((x0 + (x1 - x0) * part + aside[0], y0 + (y1 - y0) * part + aside[1]))
    margin = round(0.06 * sheet.ppi) + 2
    left, top = round(min(x for x, _ in path)) - margin, round(min(y for _, y in path)) - margin
    size = (
        round(max(x for x, _ in path)) + margin - left,
        round(max(y for _, y in path)) + margin - top,
    )
    mask = Image.new("L", (size[0] * _FINER, size[1] * _FINER))
    wide = max(_FINER, round(random.uniform(0.012, 0.02) * sheet.ppi * _FINER))
    ImageDraw.Draw(mask).line(
        [((x - left) * _FINER, (y - top) * _FINER) for x, y in path], 235, wide, joint="curve"
    )
    sheet.paint(mask.reduce(_FINER), (left, top), color)


def _lines(sheet: Sheet, count: int, random: Random) -> list[tuple[int, int, int, int]]:
    """Some lines of print, or parts of them, in pixels; there may be none."""
    import numpy as np

    factor = max(1, round(sheet.ppi / 75))
    small = sheet.image.convert("L") if factor == 1 else sheet.image.reduce(factor).convert("L")
    dark: NDArray[np.bool_] = np.asarray(small) < _INKED
    rows = np.flatnonzero(np.diff(dark.any(axis=1).astype(np.int8), prepend=0, append=0))
    found = []
    for top, bottom in zip(rows[::2].tolist(), rows[1::2].tolist(), strict=True):
        inches = (bottom - top) * factor / sheet.ppi
        columns = np.flatnonzero(dark[top:bottom].any(axis=0))
        if _LEAST <= inches <= _TALLEST and len(columns) > 8:
            found.append((int(columns[0]), top, int(columns[-1]) + 1, bottom))
    chosen = random.sample(found, min(count, len(found)))
    result = []
    for left, top, right, bottom in chosen:
        begin = left + round((right - left) * random.choice((0, 0, random.uniform(0, 0.5))))
        end = right - round((right - begin) * random.choice((0, random.uniform(0, 0.5))))
        result.append((begin * factor, top * factor, max(begin + 4, end) * factor, bottom * factor))
    return result
