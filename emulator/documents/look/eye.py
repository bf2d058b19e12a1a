"""The page as a scanner sees it: print on paper, laid on the glass not quite straight, seen through a lens.

A page is worked on in bands and, of these, only where there is print; all else is paper. Sums and halves of octets
are enough: what they round off is less than the grain.
"""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.documents.look import Seen, textures
from emulator.documents.look.screens import resolved, screen
from emulator.documents.look.textures import Octets
from emulator.documents.traces.shearing import Motion

_SKEW: Final = 0.3
"""Degrees at most: feeders and hands that take care."""
_SHIFT: Final = 0.02
"""Inches at most: half a millimetre."""
_TONES: Final = ((250, 249, 246), (248, 248, 247), (247, 246, 241), (249, 249, 250), (245, 244, 240))
"""Of ordinary papers."""
_LID_TONE: Final = 232
_SHADOW: Final = 0.012  # inches
_SHADOW_DEPTH: Final = 88
_SOFT_EDGE: Final = 0.5
"""Pixels on both sides of a sheet's edge, in which it and the lid are seen as one."""
_BAND: Final = 96  # rows
_CACHED: Final = 32  # rows
_STEP: Final = 37
"""Rows of the pools from one row of the page to where the next band begins, so that no pattern is seen."""
_FINE: Final = 450  # ppi: a lens is not as much sharper as a scanner has more pixels
_WHITE: Final = 250
_MIDDLE: Final = (40, 140)  # of edges: from, and how many levels; pale hairlines would break
_SOFT: Final = (25, 224)  # of what lies beside a tone
_TONED: Final = 0.08
"""Share of a strip that has tones, if it has any to speak of."""
_STRIP: Final = 64
_RUN: Final = 6
"""Pixels: print of which three that far apart have a tone is no edge of a letter."""
_RULE: Final = 20
"""And where a rule is thin, of which three that far apart: no word has such strokes."""
_EDGE: Final = 2  # pixels
_QUARTERS: Final = 4


def seen(image: Image.Image, ppi: float, seed: int, glass: tuple[int, int], *, still: bool) -> Seen:
    """The page (mode `L` or `RGB`, which stays as it is) as a scanner sees it.

    - `seed`: decides paper, place and grain.
    - `glass`: its size in pixels; the sheet lies in its upper left corner.
    - `still`: the sheet lies where it lies, and is not moved.
    """
    random = Random(seed)  # noqa: S311  # lays sheets, guards nothing
    tone = random.choice(_TONES)
    lighter = random.uniform(-2, 2)
    degrees = random.uniform(-_SKEW, _SKEW)
    across, down = (random.uniform(-_SHIFT, _SHIFT) * ppi for _ in range(2))
    start = random.getrandbits(24)
    if still:
        motion = Motion()
    else:
        motion = Motion(math.tan(math.radians(degrees)), image.width / 2, across, down)
    levels = tuple(round(each + lighter) for each in tone)
    if image.mode == "L":
        levels = (round(0.299 * levels[0] + 0.587 * levels[1] + 0.114 * levels[2]),)
    size = (max(image.width, glass[0]), max(image.height, glass[1]))
    work = _Glass(image, ppi, motion, size, levels, start)
    result = Image.new(image.mode, size, None)  # every band is written
    for top in range(0, size[1], _BAND):
        result.paste(work.band(top, min(size[1], top + _BAND)), (0, top))
    parameters: dict[str, object] = {"paper": list(levels), "angle": 0.0 if still else degrees}
    # The lens looks at each pixel and at those to the right and below: all is seen half a pixel to the left.
    blur = work.blurs / 2
    motion = replace(motion, across=motion.across - blur, down=motion.down - blur)
    return Seen(result, motion, seed, parameters)


class _Glass:
    """A sheet on the glass."""

    def __init__(
        self,
        image: Image.Image,
        ppi: float,
        motion: Motion,
        size: tuple[int, int],
        paper: tuple[int, ...],
        start: int,
    ) -> None:
        self._image = image
        self._ppi = ppi
        self._motion = motion
        self._width = size[0]
        self._channels = len(paper)
        self._paper = textures.paper(paper, size[0])
        self._start = start
        self.blurs = 1 if ppi < _FINE else 2
        # How far down each column of the result comes from, in quarters of a pixel: stretches of equal ones.
        slope = motion.tangent
        offset = motion.down - slope * motion.pivot
        columns = np.arange(self._width) + 0.5
        self._drops = _stretches(-(slope * columns + offset))
        lowest = [drop for _, _, drop in self._drops]
        self._above, self._below = min(lowest) // _QUARTERS, max(lowest) // _QUARTERS + 1
        # Where the upper and the lower edge of the sheet are in each column of the result.
        self._upper = (slope * columns + offset).astype(np.float32)
        self._lower = self._upper + image.height
        self._reach, self._lid = _shadow(ppi)

    def band(self, top: int, bottom: int) -> Image.Image:
        """Rows of the result."""
        height = bottom - top
        found = self._moved(top + self._above, bottom + self._below)
        on_lid = top >= self._lower.max() + self._reach
        if found is None and not on_lid:
            rows = textures.rows_of(self._paper, self._start + _STEP * top, height)
            result = rows.reshape(height, self._width, self._channels).copy()
        else:
            result = np.full((height, self._width, self._channels), 255, np.uint8)
        if found is not None:
            left, printed = found
            blank = _darkest(printed) >= _WHITE
            for begin, end, drop in self._drops:
                begin, end = max(begin, left), min(end, left + printed.shape[1])
                if begin >= end or blank[begin - left : end - left].all():
                    continue
                whole, quarter = divmod(drop, _QUARTERS)
                column = printed[:, begin - left : end - left]
                result[:, begin:end] = _between(column, whole - self._above, height, quarter)
            self._print(result, top)
        if on_lid:
            result[...] = _LID_TONE
        else:
            self._lay_lid(result, top)
        self._sense(result, top)
        mode = "L" if self._channels == 1 else "RGB"
        return Image.frombuffer(mode, (self._width, height), result, "raw", mode, 0, 1)

    def _moved(self, top: int, bottom: int) -> tuple[int, Octets] | None:
        """The print of some rows, blurred and moved along the rows, and the column that it begins with."""
        source = self._printed(top, bottom)
        if source is None:
            return None
        left, printed = source
        moves = self._motion.tangent * (np.arange(top, bottom) + 0.5) - self._motion.across
        least, most = math.floor(moves.min()), math.ceil(moves.max()) + 1
        begin, end = left - most, left + printed.shape[1] - least
        padded = np.full((bottom - top, end - begin + most - least + 1, self._channels), 255, np.uint8)
        padded[:, most - least : most - least + printed.shape[1]] = printed
        result = np.empty((bottom - top, end - begin, self._channels), np.uint8)
        for first, last, move in _stretches(moves):
            whole, quarter = divmod(move, _QUARTERS)
            columns = padded[first:last].transpose(1, 0, 2)
            result[first:last] = _between(columns, whole - least, end - begin, quarter).transpose(1, 0, 2)
        return max(0, begin), result[:, max(0, -begin) : self._width - begin]

    def _printed(self, top: int, bottom: int) -> tuple[int, Octets] | None:
        """The print of some rows of the sheet as the lens sees it, and the column that it begins with; None where
        there is none."""
        blurs, width = self.blurs, self._image.width
        first, last = max(0, top), min(self._image.height, bottom + blurs)
        if first >= last:
            return None
        whole = np.asarray(self._image.crop((0, first, width, last))).reshape(last - first, width, self._channels)
        columns = np.flatnonzero(_darkest(whole) < _WHITE)
        if not len(columns):
            return None
        left, right = max(0, int(columns[0]) - blurs), min(width, int(columns[-1]) + 1 + blurs)
        ink = np.full((bottom - top + blurs, right - left + blurs, self._channels), 255, np.uint8)
        part = ink[first - top : last - top, : right - left]
        part[...] = whole[:, left:right]
        self._toned(part, first, left)
        for _ in range(blurs):
            parts = ink >> 2
            wide = parts[:, :-1] + parts[:, 1:]
            ink = wide[:-1] + wide[1:]
        ink += 3  # which the shifts have lost
        return left, ink

    def _toned(self, part: Octets, top: int, left: int) -> None:
        """Grey and colours get a screen, the edges of print are ragged."""
        between = (part - np.uint8(_MIDDLE[0])) < _MIDDLE[1]
        even: list[tuple[int, int, NDArray[np.bool_]]] = []
        strip = _STRIP * self._channels
        counts = np.zeros(-(-part.shape[1] // _STRIP) * strip, np.int32)
        some = between.view(np.uint8).reshape(len(part), -1)[::4]
        counts[: part.shape[1] * self._channels] = some.sum(axis=0, dtype=np.uint8)  # a band has few rows
        toned = counts.reshape(-1, strip).sum(axis=1) > _TONED * strip * len(part) / 4
        toned |= _cut(between, len(toned))
        for number in np.flatnonzero(toned):
            begin, end = int(number) * _STRIP, min(part.shape[1], (int(number) + 1) * _STRIP)
            first = max(0, begin - _EDGE)
            around = (part[:, first : end + _EDGE] - np.uint8(_SOFT[0])) < _SOFT[1]
            tones = between[:, first : end + _EDGE].copy()  # an even tone is no edge, nor one that fades
            tones[:, _EDGE:-_EDGE] &= around[:, 2 * _EDGE :] & around[:, : -2 * _EDGE]
            tones = tones[:, begin - first :][:, : end - begin]
            rows = np.flatnonzero(tones.reshape(len(tones), -1).sum(axis=1, dtype=np.int32) > self._channels)
            if len(rows) and resolved(self._ppi):
                shown = slice(int(rows[0]), int(rows[-1]) + 1)
                screen(part[shown, begin:end], tones[shown], self._ppi, top + shown.start, left + begin)
            even.append((begin, end, tones))
        for begin, end, tones in even:
            between[:, begin:end] &= ~tones
        pool = textures.edges(self._image.width, self._channels)
        samples = slice(left * self._channels, (left + part.shape[1]) * self._channels)
        noise = textures.rows_of(pool, self._start + top, len(part))[:, samples]
        part += noise.reshape(part.shape) * between

    def _print(self, result: Octets, top: int) -> None:
        """Paper where nothing is printed, toner where all is."""
        toner, start = textures.toner(self._width, self._channels), self._start + _STEP * top
        for begin in range(0, len(result), _CACHED):
            rows = result[begin : begin + _CACHED].reshape(-1, self._width * self._channels)
            np.minimum(rows, textures.rows_of(self._paper, start + begin, len(rows)), out=rows)
            np.maximum(rows, textures.rows_of(toner, start + begin, len(rows)), out=rows)

    def _sense(self, result: Octets, top: int) -> None:
        """Noise of the sensor."""
        sensor = textures.sensor(self._width, self._channels)
        for begin in range(0, len(result), _CACHED):
            rows = result[begin : begin + _CACHED].reshape(-1, self._width * self._channels)
            rows -= textures.rows_of(sensor, 61 * (self._start + top) + begin, len(rows))

    def _lay_lid(self, result: Octets, top: int) -> None:
        """The lid where the sheet does not lie, and the shadow that its edges throw on it."""
        height = len(result)
        rows = np.arange(top, top + height, dtype=np.float32) + np.float32(0.5)
        slope = self._motion.tangent
        # Along the left edge; the right one is as far away as the sheet is wide.
        edge = np.float32(self._motion.across) - np.float32(slope) * (rows - self._upper[0])
        if self._upper.max() + _SOFT_EDGE <= top and self._lower.min() - _SOFT_EDGE >= top + height:
            self._beside(result[:, : max(0, math.ceil(edge.max() + _SOFT_EDGE))], edge, None)
            right = max(0, math.floor(edge.min() - _SOFT_EDGE) + self._image.width)
            far = max(right, math.ceil(edge.max()) + self._image.width + self._reach)
            self._beside(result[:, right:far], None, edge + self._image.width - right)
            result[:, far:] = _LID_TONE
            return
        columns = np.arange(self._width, dtype=np.float32) + np.float32(0.5)
        away = np.maximum(edge[:, None] - columns, columns - edge[:, None] - self._image.width)
        away = np.maximum(away, np.maximum(self._upper - rows[:, None], rows[:, None] - self._lower))
        self._shade(result, away)

    def _beside(self, part: Octets, left: NDArray[np.float32] | None, right: NDArray[np.float32] | None) -> None:
        columns = np.arange(part.shape[1], dtype=np.float32) + np.float32(0.5)
        if left is not None:
            self._shade(part, left[:, None] - columns)
        if right is not None:
            self._shade(part, columns - right[:, None])

    def _shade(self, part: Octets, away: NDArray[np.float32]) -> None:
        """`away`: pixels from the sheet; less than 0 on it."""
        if not away.size:
            return
        at = np.clip(away * _QUARTERS, 0, len(self._lid) - 1).astype(np.int32)
        share = np.clip(away + np.float32(_SOFT_EDGE), 0, 1)[..., None]
        part += ((self._lid[at][..., None].astype(np.float32) - part) * share).astype(np.int16).astype(np.uint8)


def _cut(between: NDArray[np.bool_], strips: int) -> NDArray[np.bool_]:
    """The strips in which an even tone crosses the first or the last row, so that most of it lies in another band,
    and which a rule crosses."""
    edges = _runs(between[:: max(1, len(between) - 1)], _RUN, strips) > _EDGE
    cut: NDArray[np.bool_] = edges | (_runs(between[::3], _RULE, strips) > _STRIP // 2)
    return cut


def _runs(rows: NDArray[np.bool_], step: int, strips: int) -> NDArray[np.intp]:
    """How many columns of each strip begin a run in one of the rows: three pixels, `step` from each other."""
    found = np.zeros(strips * _STRIP, np.bool_)
    if rows.shape[1] > 2 * step:
        runs = rows[:, : -2 * step] & rows[:, step:-step]
        runs &= rows[:, 2 * step :]
        begun: NDArray[np.bool_] = np.logical_or.reduce(runs)  # both axes at once take four times as long
        found[: runs.shape[1]] = begun.any(axis=1)
    counts: NDArray[np.intp] = found.reshape(strips, _STRIP).sum(axis=1)
    return counts


def _shadow(ppi: float) -> tuple[int, Octets]:
    """How many pixels away from a sheet the lid is in the shadow of its edge, and the lid's levels at each quarter
    of a pixel. They end in the lid's own tone: a step of one level is seen on an even ground."""
    reach = max(2, round(4 * _SHADOW * ppi))
    away = np.arange(reach * _QUARTERS + 1) / _QUARTERS
    dark = np.exp(-away / (_SHADOW * ppi)) * (1 - away / reach)
    return reach, np.rint(_LID_TONE - _SHADOW_DEPTH * dark).astype(np.uint8)


def _stretches(moves: NDArray[np.floating[Any]]) -> list[tuple[int, int, int]]:
    """Where moves, rounded to quarters of a pixel, are equal: from, to, quarters."""
    quarters = np.rint(moves * _QUARTERS).astype(int)
    ends = [*(np.flatnonzero(np.diff(quarters)) + 1).tolist(), len(moves)]
    begins = [0, *ends[:-1]]
    return [(begin, end, int(quarters[begin])) for begin, end in zip(begins, ends, strict=True)]


def _darkest(rows: Octets) -> Octets:
    """The least sample of each column."""
    least: Octets = rows.reshape(len(rows), -1).min(axis=0).reshape(-1, rows.shape[2]).min(axis=1)
    return least


def _between(lines: Octets, at: int, count: int, quarter: int) -> Octets:
    """So many lines from `at` on, moved by quarters of a line towards the next."""
    first = lines[at : at + count]
    if not quarter:
        return first
    second = lines[at + 1 : at + count + 1]
    near, far = (first, second) if quarter < 3 else (second, first)
    moved: Octets = np.right_shift(near, 1, dtype=np.uint8)
    if quarter == 2:
        moved += far >> 1
    else:
        moved += near >> 2
        moved += far >> 2
    return moved
