"""Text on a page, fast: each word is drawn once per size and then only copied.

The typeface is the one that Pillow carries, so that a page looks the same on every machine. Words are
placed by the widths of one large size, so the lines break in the same places at every resolution.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageFont

_REFERENCE_PIXELS: Final = 200
"""Size at which widths are measured."""

_CACHE_BYTES: Final = 6 * 1024 * 1024  # the whole vocabulary of the letter at 300 dpi takes half of it

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


class _Words:
    """Drawn words, shared by all pages and threads; emptied when it grows too large."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._masks: dict[tuple[str, int, bool], tuple[Image.Image, int, int]] = {}
        self._bytes = 0

    def mask(self, word: str, pixels: int, bold: bool) -> tuple[Image.Image, int, int]:
        """Coverage of a word (mode L), and where it lies from the left end of its base line."""
        key = (word, pixels, bold)
        found = self._masks.get(key)
        if found is not None:
            return found
        with self._lock:
            drawn = _draw(word, pixels, bold)
            if any(character.isdigit() for character in word):
                return drawn  # numbers seldom come twice
            size = drawn[0].width * drawn[0].height
            if self._bytes + size > _CACHE_BYTES:
                self._masks = {}
                self._bytes = 0
            self._masks[key] = drawn
            self._bytes += size
            return drawn


def _draw(word: str, pixels: int, bold: bool) -> tuple[Image.Image, int, int]:
    font = _font(pixels)
    left, top, right, bottom = font.getbbox(word, anchor="ls")
    x, y = int(left) - 1, int(top) - 1
    weight = max(1, round(pixels / 28)) if bold else 0
    mask = Image.new("L", (max(1, int(right) - x + 2 + weight), max(1, int(bottom) - y + 2)))
    canvas = Image.Image.copy(mask)
    core = font.getmask(word, mode="L", anchor="ls")
    canvas.im.paste(core, (int(left) - x, int(top) - y, int(left) - x + core.size[0], int(top) - y + core.size[1]))
    if not bold:
        return canvas, x, y
    # The typeface has one weight: bold is the word set several times, a little to the right each time.
    for shift in range(weight + 1):
        mask = ImageChops.lighter(mask, ImageChops.offset(canvas, shift, 0))
    return mask, x, y


_WORDS: Final = _Words()


class Lettering:
    """Writes on one image. Positions and widths are in inches, type sizes in points."""

    def __init__(self, image: Image.Image, ppi: float) -> None:
        self._image = image
        self._ppi = ppi
        self._grey = image.mode == "L"

    def ink(self, color: Color) -> Color | int:
        """`color` as the image's mode takes it."""
        red, green, blue = color
        return (red * 299 + green * 587 + blue * 114) // 1000 if self._grey else color

    def write(
        self, x: float, y: float, text: str, points: float, *, color: Color = BLACK, bold: bool = False
    ) -> None:
        """One line that begins at `x` with its base line at `y`."""
        pixels = max(1, round(points / 72 * self._ppi))
        em = points / 72 * self._ppi
        ink = self.ink(color)
        at = x * self._ppi
        base = round(y * self._ppi)
        space = em_width(" ") * em
        for word in text.split(" "):
            if word:
                mask, left, top = _WORDS.mask(word, pixels, bold)
                self._image.paste(ink, (round(at) + left, base + top), mask)
                at += em_width(word) * em
            at += space

    def write_right(
        self, x: float, y: float, text: str, points: float, *, color: Color = BLACK, bold: bool = False
    ) -> None:
        """One line that ends at `x`."""
        self.write(x - width(text, points), y, text, points, color=color, bold=bold)

    def write_centred(
        self, x: float, y: float, text: str, points: float, *, color: Color = BLACK, bold: bool = False
    ) -> None:
        """One line with its middle at `x`."""
        self.write(x - width(text, points) / 2, y, text, points, color=color, bold=bold)

    def fill(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """A filled rectangle, at least one pixel each way."""
        x, y = round(left * self._ppi), round(top * self._ppi)
        box = (x, y, max(x + 1, round(right * self._ppi)), max(y + 1, round(bottom * self._ppi)))
        self._image.paste(self.ink(color), box)


def width(text: str, points: float) -> float:
    """Width of a line in inches."""
    words = text.split(" ")
    return (sum(em_width(word) for word in words if word) + (len(words) - 1) * em_width(" ")) * points / 72


def wrap(text: str, points: float, inches: float) -> list[str]:
    """The lines of `text` in a column; a word wider than the column stands alone."""
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    space = em_width(" ") * points / 72
    for word in text.split():
        length = em_width(word) * points / 72
        if line and used + space + length > inches:
            lines.append(" ".join(line))
            line, used = [], 0.0
        used += length + (space if line else 0)
        line.append(word)
    if line:
        lines.append(" ".join(line))
    return lines
