"""English text on white paper, fast: each word is drawn once for each size and ink and then only copied.

The faces and the setting are those of documents (`emulator/printing`); here is what makes a page cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import floor
from typing import Any, Final, Literal

from PIL import Image

from emulator.printing import setting
from emulator.printing.inking import DrawnOnce, draw, lasting
from emulator.printing.paper import Color
from emulator.printing.shapes import DrawnPaper

_CACHE_BYTES: Final = 6 * 1024 * 1024  # the whole vocabulary of the letter at 300 dpi takes half of it
_LANGUAGE: Final = "en"
BLACK: Final[Color] = (0, 0, 0)

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


def _draw(word: str, shift: float, type: setting.Type, em: float, ink: Color | int) -> _Drawn | None:
    shaped = setting.shape(word, type.role, type.bold, type.italic, _LANGUAGE)
    drawn = draw(shaped, em, shift=(shift, 0.0))
    if drawn is None:
        return None
    inked = Image.new("L" if isinstance(ink, int) else "RGB", drawn.mask.size, "white")
    inked.paste(ink, mask=drawn.mask)
    return _Drawn(drawn.mask.im, lasting(inked).im, drawn.left, drawn.top, *drawn.mask.size)


def _octets(drawn: _Drawn | None, ink: Color | int) -> int:
    return drawn.width * drawn.height * (2 if isinstance(ink, int) else 5) if drawn else 1


_VOCABULARY: Final[DrawnOnce[tuple[str, float, int], _Drawn | None]] = DrawnOnce(_CACHE_BYTES)
"""By the text, the part of a pixel by which it is shifted and the number of face, size and ink; None: no ink."""
_NUMBERS: Final[dict[tuple[setting.Type, float, Color | int], int]] = {}
"""Of face, size and ink: a number is looked up sooner than they are."""
_NEXT: Final = count()


class Lettering(DrawnPaper):
    """White paper that is written on. Types are in points."""

    def write(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        align: Literal["left", "right"] = "left",
        color: Color = BLACK,
        bold: bool = False,
        on_white: bool = True,
    ) -> None:
        """Write one line with its base line at `y`.

        - `x`: where the line begins, or with `align` "right" where it ends.
        - `y`: the base line.
        - `text`: what is written; each character is one that the fonts have (see `printable`).
        - `points`: the size of the type.
        - `align`: which end of the line `x` is.
        - `color`: of the ink.
        - `bold`: whether the type is bold.
        - `on_white`: False where the paper is not white there; what shines through between the letters stays.
        """
        type = _type(points, bold)
        if align == "right":
            x -= setting.width(text, type, _LANGUAGE)
        em = points / 72 * self.ppi
        ink = self.ink(color)
        at, base = x * self.ppi, floor(y * self.ppi + 0.5)
        space = setting.space_width(type, _LANGUAGE) * em
        number = _NUMBERS.setdefault((type, em, ink), next(_NEXT))
        self.image.load()
        paste = self.image.im.paste
        for word in text.split(" "):
            for part, left, shift in setting.placed(word, type, _LANGUAGE, at, em) if word else ():
                try:
                    drawn = _VOCABULARY.drawn[part, shift, number]
                except KeyError:
                    drawn = _draw(part, shift, type, em, ink)
                    _VOCABULARY.keep((part, shift, number), drawn, _octets(drawn, ink))
                if drawn is not None:
                    left, top = left + drawn.left, base + drawn.top
                    box = (left, top, left + drawn.width, top + drawn.height)
                    if on_white and part == word:  # the figures of a number may touch each other
                        paste(drawn.inked, box)  # copying is ten times faster than blending
                    else:
                        paste(ink, box, drawn.mask)
            at += (setting.advance(word, type, _LANGUAGE) if word else 0.0) * em + space


def _type(points: float, bold: bool) -> setting.Type:
    return setting.Type("sans", points, bold)


def width(text: str, points: float, *, bold: bool = False) -> float:
    """Width of a line in inches."""
    return setting.width(text, _type(points, bold), _LANGUAGE)


def wrap(text: str, points: float, inches: float) -> list[str]:
    """The lines of `text` in a column; a word wider than the column stands alone."""
    return setting.wrap(text, _type(points, bold=False), inches, _LANGUAGE)


def printable(text: str) -> str:
    """`text` with a question mark for each character that the fonts do not have, or that is not written from left
    to right."""
    return setting.printable(text, "sans", _LANGUAGE)
