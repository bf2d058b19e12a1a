"""Text on a page, fast: each word is drawn once per size and then only copied.

The typeface is the one that Pillow carries, so that a page looks the same on every machine. Words are
placed by the widths of one large size, so the lines break in the same places at every resolution.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

_REFERENCE_PIXELS: Final = 200
"""Size at which widths are measured."""

_FINER: Final = 4
"""Words are drawn so many times larger and reduced."""

_CACHE_BYTES: Final = 6 * 1024 * 1024  # the whole vocabulary of the letter at 300 dpi takes half of it

_INK_BELOW: Final = 160  # grey that is black in black and white

_FIGURE: Final = re.compile("[0-9]")

Color = tuple[int, int, int]
BLACK: Final[Color] = (0, 0, 0)


@lru_cache(maxsize=64)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(pixels)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType: install the wheel of PyPI")
    return font


@lru_cache(maxsize=4096)
def em_width(text: str) -> float:
    """Width of `text` in units of its type size."""
    return _font(_REFERENCE_PIXELS).getlength(text) / _REFERENCE_PIXELS


_Core = Any  # Image.core.ImagingCore, which has no public type


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A word as pixels, cut to what has ink. Pillow's core images: Image.paste takes longer over its
    arguments than over a word."""

    mask: _Core
    """Coverage, mode L."""
    inked: _Core
    """The word in its colour on white paper, in the mode of the page."""
    left: int
    """Pixels from the beginning of the base line to the upper left corner."""
    top: int
    width: int
    height: int
    advance: float
    """To where the next word's space begins, in units of the type size."""


_Face = dict[str, _Drawn]
"""Words of one size, weight and colour."""


class _Words:
    """Drawn words, shared by all pages and threads; emptied when they grow too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faces: dict[tuple[int, bool, Color | int], _Face] = {}
        self._bytes = 0

    def face(self, pixels: int, bold: bool, ink: Color | int) -> _Face:
        """What is drawn so far in a type of `pixels` / _FINER pixels; `ink` is a colour of RGB, a number
        of grey."""
        return self._faces.setdefault((pixels, bold, ink), {})

    def add(self, word: str, pixels: int, bold: bool, ink: Color | int) -> _Drawn:
        """Draw a word and remember it."""
        with self._lock:
            drawn = _draw(word, pixels, bold, ink)
            size = drawn.width * drawn.height * (2 if isinstance(ink, int) else 5)
            if self._bytes + size > _CACHE_BYTES:
                for face in self._faces.values():
                    face.clear()
                self._bytes = 0
            self.face(pixels, bold, ink)[word] = drawn
            self._bytes += size
            return drawn


def _draw(word: str, pixels: int, bold: bool, ink: Color | int) -> _Drawn:
    """Drawn large and reduced: FreeType would round each letter's width to whole pixels, and words of one
    line would run together or drift apart."""
    font = _font(pixels)
    left, top, right, bottom = font.getbbox(word, anchor="ls")
    weight = max(2, round(pixels / 28)) if bold else 0
    # Whole pixels of the page on all sides of the base line's beginning.
    x, y = floor(left / _FINER) - 1, floor(top / _FINER) - 1
    columns, rows = ceil((right + weight) / _FINER) + 1 - x, ceil(bottom / _FINER) + 1 - y
    large = Image.new("L", (columns * _FINER, rows * _FINER))
    draw = ImageDraw.Draw(large)
    # The typeface has one weight: bold is the word set several times, a little to the right each time.
    for shift in range(0, weight + 1, 2):
        draw.text((shift - x * _FINER, -y * _FINER), word, fill=255, font=font, anchor="ls")
    mask = large.reduce(_FINER)
    box = mask.getbbox() or (0, 0, 1, 1)
    mask = mask.crop(box)
    inked = Image.new("L" if isinstance(ink, int) else "RGB", mask.size, "white")
    inked.paste(ink, mask=mask)
    return _Drawn(mask.im, inked.im, x + box[0], y + box[1], *mask.size, em_width(word))


_WORDS: Final = _Words()


class Lettering:
    """Writes on one image. Positions and widths are in inches, type sizes in points."""

    def __init__(self, image: Image.Image, ppi: float, *, bilevel: bool = False) -> None:
        """`bilevel`: the image (mode L) will be black and white; grey ink is then black, or not there."""
        self._image = image
        self._bilevel = bilevel
        self._ppi = ppi
        self._grey = image.mode == "L"

    def ink(self, color: Color) -> Color | int:
        """`color` as the image's mode takes it."""
        red, green, blue = color
        if not self._grey:
            return color
        grey = (red * 299 + green * 587 + blue * 114) // 1000
        if self._bilevel:
            return 0 if grey < _INK_BELOW else 255
        return grey

    def write(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        color: Color = BLACK,
        bold: bool = False,
        on_white: bool = True,
    ) -> None:
        """One line that begins at `x` with its base line at `y`. `on_white` False: on what is there."""
        em = points / 72 * self._ppi
        pixels = max(1, round(em * _FINER))
        ink = self.ink(color)
        at = x * self._ppi
        base = round(y * self._ppi)
        space = em_width(" ") * em
        face = _WORDS.face(pixels, bold, ink)
        self._image.load()
        paste = self._image.im.paste
        for word in text.split(" "):
            drawn = face.get(word)
            if drawn is None and _FIGURE.search(word):
                # Numbers seldom come twice, their figures do.
                for figure in word:
                    drawn = face.get(figure) or _WORDS.add(figure, pixels, bold, ink)
                    left, top = round(at) + drawn.left, base + drawn.top
                    paste(ink, (left, top, left + drawn.width, top + drawn.height), drawn.mask)
                    at += drawn.advance * em
            elif word:
                if drawn is None:
                    drawn = _WORDS.add(word, pixels, bold, ink)
                left, top = round(at) + drawn.left, base + drawn.top
                box = (left, top, left + drawn.width, top + drawn.height)
                if on_white:
                    paste(drawn.inked, box)  # copying is ten times faster than blending
                else:
                    paste(ink, box, drawn.mask)
                at += drawn.advance * em
            at += space

    def write_right(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        color: Color = BLACK,
        bold: bool = False,
        on_white: bool = True,
    ) -> None:
        """One line that ends at `x`."""
        self.write(x - width(text, points), y, text, points, color=color, bold=bold, on_white=on_white)

    def fill(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """A filled rectangle, at least one pixel each way."""
        x, y = round(left * self._ppi), round(top * self._ppi)
        box = (x, y, max(x + 1, round(right * self._ppi)), max(y + 1, round(bottom * self._ppi)))
        self._image.paste(self.ink(color), box)


@lru_cache(maxsize=4096)
def _word_width(word: str) -> float:
    """Width of a word as Lettering.write sets it, in units of its type size."""
    return sum(map(em_width, word)) if _FIGURE.search(word) else em_width(word)


def width(text: str, points: float) -> float:
    """Width of a line in inches."""
    words = text.split(" ")
    return (sum(_word_width(word) for word in words if word) + (len(words) - 1) * em_width(" ")) * points / 72


def wrap(text: str, points: float, inches: float) -> list[str]:
    """The lines of `text` in a column; a word wider than the column stands alone."""
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    space = em_width(" ") * points / 72
    for word in text.split():
        length = _word_width(word) * points / 72
        if line and used + space + length > inches:
            lines.append(" ".join(line))
            line, used = [], 0.0
        used += length + (space if line else 0)
        line.append(word)
    if line:
        lines.append(" ".join(line))
    return lines
