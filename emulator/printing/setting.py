"""Setting words: shaping by HarfBuzz (kerning, ligatures, Arabic and Indic forms), breaking of lines, and the
order of words in lines of both directions.

Widths are in units of the type size and do not depend on the resolution: lines break in the same places at
every one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Final

import uharfbuzz as hb

from emulator.printing.faces import HANDS, Face, Role, chain, face, runs
from emulator.printing.own_fonts import OwnFont, in_use

RIGHT_TO_LEFT: Final = frozenset({"ar", "he"})
_UNSPACED: Final = frozenset({"ja", "zh"})
_NOT_FIRST: Final = frozenset("、。，．：；！？）」』】〉》％ー々・")
_HAND_SPACE: Final = 1.7  # a hand leaves more room between words than the face that imitates it
_LEAST_SPACE: Final = 0.26  # em; faces with less let the words of small labels run together
_NUMBER: Final = re.compile(r"[0-9.,:/+%-]*[0-9][0-9.,:/+%-]*")
_PAUSES: Final = frozenset("、。，．：；！？")


@dataclass(frozen=True, slots=True)
class Type:
    """How text is set."""

    role: Role
    points: float
    bold: bool = False
    italic: bool = False

    def sized(self, points: float) -> Type:
        """The same in another size."""
        return Type(self.role, points, self.bold, self.italic)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a shaped word; position in units of the type size, y upwards."""

    face: Face
    id: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Shaped:
    """A word as glyphs."""

    glyphs: tuple[Glyph, ...]
    advance: float
    """Width in units of the type size."""


def shape(word: str, role: Role, bold: bool, italic: bool, language: str) -> Shaped:
    """The glyphs of a word. Raises FontMissing.

    - `word`: what is set.
    - `role`: the kind of face.
    - `bold`: whether it is set in bold.
    - `italic`: whether it is set in italics.
    - `language`: a BCP 47 tag.
    """
    return _shape(word, role, bold, italic, language, in_use())


@lru_cache(maxsize=16384)
def _shape(
    word: str, role: Role, bold: bool, italic: bool, language: str, fonts: tuple[OwnFont, ...]
) -> Shaped:  # `fonts`: what is remembered is of these
    pieces = runs(word, role, bold, italic, language)
    if len(pieces) > 1 and rightwards(word):
        pieces.reverse()
    glyphs: list[Glyph] = []
    at = 0.0
    for font_face, text in pieces:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = language
        hb.shape(font_face.font, buffer, {"kern": True, "liga": True, **dict.fromkeys(font_face.features, True)})
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x = at + position.x_offset / font_face.upem
            glyphs.append(Glyph(font_face, info.codepoint, x, position.y_offset / font_face.upem))
            at += position.x_advance / font_face.upem
    return Shaped(tuple(glyphs), at)


def advance(word: str, type: Type, language: str) -> float:
    """Width of a word in units of the type size."""
    return _advance(word, type, language, in_use())


@lru_cache(maxsize=16384)
def _advance(word: str, type: Type, language: str, fonts: tuple[OwnFont, ...]) -> float:
    return sum(shape(piece, type.role, type.bold, type.italic, language).advance for piece in pieces(word, type))


def pieces(word: str, type: Type) -> Sequence[str]:
    """Return what of a word is set and drawn at once: numbers seldom come twice, their figures do."""
    return word if type.role not in HANDS and _NUMBER.fullmatch(word) else (word,)


def placed(word: str, type: Type, language: str, at: float, em: float) -> Iterator[tuple[str, int, float]]:
    """The pieces of a printed word: each with the pixel where it is put and the part of a pixel by which it is
    drawn further right. Words stand on whole pixels; the figures of a number on quarters: on whole ones their
    distances would be uneven.

    - `word`: what is printed.
    - `type`: how it is set.
    - `language`: a BCP 47 tag.
    - `at`: pixels from the left edge where it begins.
    - `em`: pixels to the type size.
    """
    found = pieces(word, type)
    if len(found) == 1:
        yield word, floor(at + 0.5), 0.0
        return
    for piece in found:
        quarters = floor(at * 4 + 0.5)
        yield piece, quarters // 4, quarters % 4 / 4
        at += shape(piece, type.role, type.bold, type.italic, language).advance * em


def rightwards(word: str) -> bool:
    """Return whether the word runs from right to left: its first letter does."""
    for character in word:
        direction = unicodedata.bidirectional(character)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False


def printable(text: str, role: Role, language: str) -> str:
    """`text` with a question mark for each character that no installed font has, or that is not written from left
    to right."""
    files = chain(role, language)

    def there(character: str) -> bool:
        forwards = unicodedata.bidirectional(character) not in {"R", "AL"}
        return forwards and any(ord(character) in face(file, False, False).characters for file in files)

    return "".join(character if there(character) else "?" for character in text)


def width(text: str, type: Type, language: str) -> float:
    """Width of a line in inches."""
    words = text.split(" ")
    space = space_width(type, language)
    total = sum(advance(word, type, language) for word in words if word)
    return (total + space * (len(words) - 1)) * type.points / 72


def fitted(text: str, type: Type, inches: float, language: str, least: float) -> Type:
    """`type`, smaller by half points until the line is no longer than `inches`, or about as small as `least`.

    - `text`: one line.
    - `type`: what it is set in where there is room.
    - `inches`: how long it may be.
    - `language`: a BCP 47 tag.
    - `least`: points from which on nothing is set smaller.
    """
    while width(text, type, language) > inches and type.points > least:
        type = type.sized(type.points - 0.5)
    return type


def space_width(type: Type, language: str) -> float:
    """Room between words, in units of the type size."""
    space = shape(" ", type.role, type.bold, type.italic, language).advance
    return space * _HAND_SPACE if type.role in HANDS else max(space, _LEAST_SPACE)


def wrap(text: str, type: Type, inches: float, language: str) -> list[str]:
    """The lines of `text` in a column; a word wider than the column stands alone."""
    if language in _UNSPACED:
        return _wrap_unspaced(text, type, inches, language)
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    space = space_width(type, language) * type.points / 72
    for word in text.split():
        length = width(word, type, language)
        if line and used + space + length > inches:
            lines.append(" ".join(line))
            line, used = [], 0.0
        used += length + (space if line else 0)
        line.append(word)
    if line:
        lines.append(" ".join(line))
    return lines


def _wrap_unspaced(text: str, type: Type, inches: float, language: str) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in _unbroken(text):
        if line and width(line + piece, type, language) > inches:
            lines.append(line)
            line = ""
            piece = piece.lstrip()
        line += piece
    if line:
        lines.append(line)
    return lines


def _unbroken(text: str) -> list[str]:
    """Pieces between which a line may end: single Han characters and kana, whole Western words."""
    pieces: list[str] = []
    for character in text:
        western = ord(character) < 0x2E80
        joins = character in _NOT_FIRST or (
            western and bool(pieces) and ord(pieces[-1][-1]) < 0x2E80 and " " not in (character, pieces[-1][-1])
        )
        if pieces and joins:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def words_of(line: str, language: str) -> list[tuple[str, bool]]:
    """The words of a line, each with whether a space stands before it. In Chinese and Japanese a word is what
    stands between pauses and spaces."""
    result: list[tuple[str, bool]] = []
    for number, chunk in enumerate(line.split(" ")):
        if not chunk:
            continue
        if language not in _UNSPACED:
            result.append((chunk, number > 0))
            continue
        piece, spaced = "", number > 0
        for position, character in enumerate(chunk):
            piece += character
            following = chunk[position + 1 : position + 2]
            if character in _PAUSES and following not in _NOT_FIRST:
                result.append((piece, spaced))
                piece, spaced = "", False
        if piece:
            result.append((piece, spaced))
    return result
