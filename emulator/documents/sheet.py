"""A page being drawn, in inches, with the truth of it noted down as it comes into being.

In a language that runs from right to left the whole layout is mirrored: kinds are written for left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import cos, floor, radians, sin
from random import Random
from typing import Final, Literal

from PIL import Image

from emulator.documents.drawing import BLACK, Drawing, corners
from emulator.documents.tabulating import TableTruth
from emulator.documents.truth import Code, Field, Line, Polygon, Region, Table, Word, bounds
from emulator.imaging.affine import Affine
from emulator.printing.bidi import pieces_of
from emulator.printing.faces import HANDS
from emulator.printing.inking import Inked, draw, inked
from emulator.printing.paper import Color
from emulator.printing.setting import (
    RIGHT_TO_LEFT,
    Type,
    advance,
    placed,
    shape,
    space_width,
    width,
    words_of,
    wrap,
)

Align = Literal["left", "right", "center"]
WHITE: Final[Color] = (255, 255, 255)
GREY: Final[Color] = (92, 92, 92)
PALE: Final[Color] = (186, 186, 186)


class Sheet(Drawing):
    """One side of a sheet. Positions and lengths are in inches from the upper left corner, types in points."""

    def __init__(
        self,
        size: tuple[float, float],
        ppi: float,
        mode: Literal["L", "RGB"],
        language: str,
        *,
        bilevel: bool = False,
        hand: Random | None = None,
        ground: Image.Image | None = None,
    ) -> None:
        """`size` in inches.

        - `ground`: what is seen on the paper before anything is printed, faint, in mode L and any resolution.
        - `bilevel`: the image will be black and white.
        - `hand`: what handwriting varies by.
        """
        pixels = (max(1, floor(size[0] * ppi + 0.5)), max(1, floor(size[1] * ppi + 0.5)))
        paper = Image.new(mode, pixels, "white") if ground is None else _enlarged(ground, pixels, mode)
        super().__init__(paper, ppi, bilevel=bilevel)
        self.width, self.height = size
        self.language = language
        self.mirrored = language in RIGHT_TO_LEFT
        self.words: list[Word] = []
        self.lines: list[Line] = []
        self.fields: list[Field] = []
        self.codes: list[Code] = []
        self.tables: list[Table] = []
        self._hand = hand or Random(0)  # noqa: S311  # varies handwriting, guards nothing
        self._noting = True
        self.slant = 0.0
        """Tangent by which handwriting leans to the right."""

    # Text

    def text(
        self,
        x: float,
        y: float,
        text: str,
        type: Type,
        *,
        align: Align = "left",
        color: Color = BLACK,
        field: str | None = None,
        language: str | None = None,
        value: str | None = None,
        stretch: float = 0.0,
    ) -> float:
        """One line with its base line at `y`; returns its width.

        - `field`: the line is the value of a field of that name (`value` where the field says it otherwise).
        - `stretch`: more room between words, in inches.
        """
        language = language or self.language
        found = words_of(text, language)
        if not found:
            return 0.0
        length = width(text, type, language) + stretch * max(0, len(found) - 1)
        if self.mirrored:
            x, align = self.width - x, _OPPOSITE[align]
            if align == "left" and _AMOUNT.match(text):
                # Points stand below each other, so a column of amounts begins where its longest does.
                wide = _AMOUNT_WIDE * min(type.points, _AMOUNT_POINTS) / _AMOUNT_POINTS
                x, align = x + max(wide, length), "right"
        left = x - {"left": 0.0, "center": length / 2, "right": length}[align]
        em = type.points / 72 * self.ppi
        space = space_width(type, language) * em + stretch * self.ppi
        at, base = left * self.ppi, y * self.ppi
        ink = self.ink(color)
        boxes: dict[int, Polygon] = {}
        put = self._hand_word if type.role in HANDS else self._printed_word
        for piece in pieces_of(found, backwards=language in RIGHT_TO_LEFT):
            if piece.word is None:
                at += space
                continue
            box = put(piece.text, type, language, at, base, ink)
            if box is not None:
                known = boxes.get(piece.word)
                boxes[piece.word] = box if known is None else bounds((known, box))
            at += advance(piece.text, type, language) * em
        self._note(found, boxes, language, type.role in HANDS, field, value if value is not None else text)
        return length

    def _printed_word(
        self, word: str, type: Type, language: str, at: float, base: float, ink: Color | int
    ) -> Polygon | None:
        em = type.points / 72 * self.ppi
        y = floor(base + 0.5)
        boxes = []
        for part, x, shift in placed(word, type, language, at, em):
            drawn = inked(part, type.role, type.bold, type.italic, language, em, shift)
            box = self._stamp(drawn, x, y, ink)
            if box is not None:
                boxes.append(box)
        return bounds(boxes) if boxes else None

    def _stamp(self, drawn: Inked | None, x: int, y: int, ink: Color | int) -> Polygon | None:
        if drawn is None:
            return None
        left, top = x + drawn.left, y + drawn.top
        right, bottom = left + drawn.width, top + drawn.height
        # Image.paste takes longer over its arguments than over a word.
        self.image.im.paste(ink, (left, top, right, bottom), drawn.mask.im)
        return corners(left, top, right, bottom)

    def _hand_word(
        self, word: str, type: Type, language: str, at: float, base: float, ink: Color | int
    ) -> Polygon | None:
        """A word as a hand writes it: a little turned, high or low, large or small. The same numbers are drawn
        from the random source at every resolution."""
        degrees, low, size = (
            self._hand.uniform(-2.2, 1.2),
            self._hand.uniform(-0.05, 0.05),
            self._hand.uniform(0.95, 1.05),
        )
        em = type.points / 72 * self.ppi * size
        x, y = floor(at), floor(base + low * em)
        shift = (at - x, base + low * em - y)
        shaped = shape(word, type.role, type.bold, type.italic, language)
        box = self._stamp(draw(shaped, em, degrees=degrees, shift=shift, slant=self.slant), x, y, ink)
        upright = draw(shaped, em, slant=self.slant)
        if box is None or upright is None:
            return None
        left, top = float(upright.left), float(upright.top)
        right, bottom = left + upright.width, top + upright.height
        cosine, sine = cos(radians(degrees)), sin(radians(degrees))
        turn = Affine(cosine, -sine, x + shift[0], sine, cosine, y + shift[1])
        margin = 1.0  # a turned edge of a stroke reaches into one more pixel
        return tuple(
            turn(*corner)
            for corner in (
                (left - margin, top - margin),
                (right + margin, top - margin),
                (right + margin, bottom + margin),
                (left - margin, bottom + margin),
            )
        )

    def _note(
        self,
        found: Sequence[tuple[str, bool]],
        boxes: dict[int, Polygon],
        language: str,
        hand: bool,
        field: str | None,
        value: str,
    ) -> None:
        if not boxes or not self._noting:
            return
        number = len(self.lines)
        text = ""
        for index, (word, spaced) in enumerate(found):
            text += (" " if spaced and text else "") + word
            if index in boxes:
                self.words.append(Word(word, language, boxes[index], number, hand))
        around = bounds(boxes.values())
        self.lines.append(Line(text, language, around, number))
        if field is not None:
            self.fields.append(Field(field, value, around))

    def paragraph(
        self,
        x: float,
        y: float,
        inches: float,
        text: str,
        type: Type,
        leading: float,
        *,
        justify: bool = False,
        color: Color = BLACK,
    ) -> float:
        """Lines of a column, the first with its base line at `y`; returns the base line after the last.

        - `x`: inches from the left edge (the right one where the layout is mirrored).
        - `y`: inches from the upper edge.
        - `inches`: the width of the column.
        - `text`: what is set.
        - `type`: of the text.
        - `leading`: inches from one base line to the next.
        - `justify`: whether lines fill the column.
        - `color`: of the text.
        """
        lines = wrap(text, type, inches, self.language)
        for number, line in enumerate(lines):
            stretch = 0.0
            gaps = len(words_of(line, self.language)) - 1
            if justify and number + 1 < len(lines) and gaps > 0:
                stretch = max(0.0, min(0.12, (inches - width(line, type, self.language)) / gaps))
            self.text(x, y, line, type, color=color, stretch=stretch)
            y += leading
        return y

    def measure(self, text: str, type: Type) -> float:
        """Width of a line in inches."""
        return width(text, type, self.language)

    @contextmanager
    def field(self, name: str, value: str | None = None) -> Iterator[None]:
        """What is written meanwhile is one field; without `value` its lines."""
        first_word, first_line = len(self.words), len(self.lines)
        yield
        words = self.words[first_word:]
        if words:
            text = "\n".join(line.text for line in self.lines[first_line:]) if value is None else value
            self.fields.append(Field(name, text, bounds(word.polygon for word in words)))

    @contextmanager
    def joined(self, name: str, text: str, value: str | None = None) -> Iterator[None]:
        """What is written meanwhile, piece by piece, is one line, `text`, and the field of that name. The pieces
        of a word are as many as it has letters: see `letters_of`."""
        first_word, first_line = len(self.words), len(self.lines)
        yield
        pieces, lines = self.words[first_word:], self.lines[first_line:]
        del self.words[first_word:], self.lines[first_line:]
        at = 0
        for word in text.split():
            count = len(letters_of(word))
            parts = pieces[at : at + count]
            at += count
            if parts:
                around = bounds(part.polygon for part in parts)
                self.words.append(Word(word, parts[0].language, around, first_line, parts[0].hand))
        if lines:
            around = bounds(line.polygon for line in lines)
            self.lines.append(Line(text, lines[0].language, around, first_line))
            self.fields.append(Field(name, text if value is None else value, around))

    @contextmanager
    def table(self, name: str, *columns: str) -> Iterator[TableTruth]:
        """What is written meanwhile by way of the table given is noted as its rows. `columns`: their keys in the
        order of the layout."""
        written = TableTruth(self)
        yield written
        if (found := written.as_table(name, columns)) is not None:
            self.tables.append(found)
            self.regions.append(Region("table", found.polygon))

    @contextmanager
    def left_to_right(self, language: str | None = None) -> Iterator[None]:
        """What is drawn meanwhile is read by machines, which know one direction: the layout's mirror is off.
        Positions are those on the paper. `language`: of the text."""
        before = self.mirrored, self.language
        self.mirrored, self.language = False, language or self.language
        try:
            yield
        finally:
            self.mirrored, self.language = before

    @contextmanager
    def unnoted(self) -> Iterator[None]:
        """What is written meanwhile is ornament: no reader is expected to find it."""
        self._noting, before = False, self._noting
        try:
            yield
        finally:
            self._noting = before

    def mark_field(self, name: str, value: str, box: tuple[float, float, float, float]) -> None:
        """A field that is no text, such as a ticked box; `box`: left, top, right, bottom in inches."""
        self.fields.append(Field(name, value, corners(*self.box(*box))))

    # Codes

    def whole(self, module: float) -> float:
        """Inches of a code's module where it has whole pixels."""
        return max(1, floor(module * self.ppi + 0.5)) / self.ppi

    def code(
        self,
        left: float,
        top: float,
        modules: Image.Image,
        module: float,
        kind: str,
        value: str,
        height: float = 0.0,
    ) -> tuple[float, float]:
        """A code of `modules` (mode L, a pixel each), `module` inches wide each, in whole pixels so that it is as
        sharp as it was printed.

        - `height`: of a linear code, in inches.

        Returns its width and height.
        """
        pixels = round(self.whole(module) * self.ppi)
        tall = max(1, floor(height * self.ppi + 0.5)) if height else modules.height * pixels
        wide = modules.width * pixels
        drawn = modules.resize((wide, tall), Image.Resampling.NEAREST)
        x, y, _, _ = self.box(left, top, left + wide / self.ppi, top + tall / self.ppi)
        self.image.paste(self.ink(BLACK), (x, y, x + wide, y + tall), drawn.point(_INVERTED))
        self.codes.append(Code(kind, value, corners(x, y, x + wide, y + tall), float(pixels)))
        return wide / self.ppi, tall / self.ppi


def _enlarged(veil: Image.Image, size: tuple[int, int], mode: Literal["L", "RGB"]) -> Image.Image:
    """A faint image in more pixels: smooth to half of the size and then doubled, which costs a quarter and looks
    the same where neighbours differ by some levels."""
    half = veil.resize(((size[0] + 1) // 2, (size[1] + 1) // 2), Image.Resampling.BILINEAR)
    return half.convert(mode).resize(size, Image.Resampling.NEAREST)


def letters_of(text: str) -> list[str]:
    """The letters of a text with the marks that belong to them, as one writes them into boxes; spaces are none."""
    found: list[str] = []
    joins = False
    for character in text:
        if found and (joins or unicodedata.category(character).startswith("M")):
            found[-1] += character
        elif character != " ":
            found.append(character)
        joins = unicodedata.combining(character) == _VIRAMA
    return found


_VIRAMA: Final = 9
"""Combining class of the sign that joins consonants of Indic scripts."""
_AMOUNT: Final = re.compile(r"-?[0-9,]*[0-9]\.[0-9]{2}(?![0-9.])")
_AMOUNT_WIDE: Final = 0.645
_AMOUNT_POINTS: Final = 9.5
"""Inches of `123,456.78` in that size; a larger total ends where the others do, if it is no longer."""
_OPPOSITE: Final[dict[Align, Align]] = {"left": "right", "right": "left", "center": "center"}
_INVERTED: Final = [255 - value for value in range(256)]
