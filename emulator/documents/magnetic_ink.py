"""Lines of magnetic ink on cheques: E-13B and CMC-7 (ISO 1004-1 and 1004-2, ANSI X9.100-160).

The standards are sold, not published. What stands here of E-13B are the places of its strokes on the standard's
grid of 0.013 inch, read off the outlines of GnuMICR and checked against photographs of cheques; of CMC-7 the
intervals and the ends of its bars, measured on lines in DoubangoTelecom/tesseractMICR. Neither font is in here.
"""

from __future__ import annotations

from typing import Final

from emulator.documents.drawing import BLACK
from emulator.documents.sheet import Sheet
from emulator.documents.truth import Field

Stroke = tuple[float, float, float, float]
"""Left, top, right, bottom."""

PITCH: Final = 0.125
"""Inches from character to character, in both."""
_MODULE: Final = 0.013  # inch
_HEIGHT: Final = 9  # modules
_ROUND: Final = 0.5  # module: radius of every corner
_E13B: Final[dict[str, tuple[Stroke, ...]]] = {
    "0": ((0.5, 0, 6.5, 1), (0.5, 8, 6.5, 9), (0, 0.5, 1, 8.5), (6, 0.5, 7, 8.5)),
    "1": ((3, 0, 5, 1.5), (4, 0, 5, 6), (3, 5, 7, 9)),
    "2": ((3, 0, 7, 1), (6, 0, 7, 5), (3, 4, 7, 5), (3, 4, 4, 9), (3, 8, 7, 9)),
    "3": ((2, 0, 6, 1), (5, 0, 6, 6), (2, 4, 6.5, 5), (5, 4.5, 7, 9), (2, 8, 7, 9)),
    "4": ((1, 0, 3, 7), (1, 6, 7, 7), (5, 5, 7, 9)),
    "5": ((2, 0, 7, 1), (2, 0, 3, 5), (2, 4, 7, 5), (6, 4, 7, 9), (2, 8, 7, 9)),
    "6": ((1, 0, 5, 1), (4, 0, 5, 2.5), (1, 0, 2, 9), (1, 5, 7, 6), (6, 5, 7, 9), (1, 8, 7, 9)),
    "7": ((2, 0, 7, 1), (2, 0, 3, 3), (6, 0, 7, 4.5), (4, 3.5, 7, 4.5), (4, 3.5, 5, 9)),
    "8": (
        (1, 0, 6, 1), (1, 0, 2, 6), (5, 0, 6, 6), (1, 4, 6, 5), (0, 4.5, 7, 5.5), (0, 4.5, 2, 9), (5, 4.5, 7, 9),
        (0, 8, 7, 9),
    ),
    "9": ((1, 0, 7, 1), (1, 0, 2, 5), (6, 0, 7, 6), (1, 4, 7, 5), (5, 4.5, 7, 9)),
    "A": ((0, 1.5, 2, 7.5), (4, 0, 7, 3), (4, 6, 7, 9)),
    "B": ((0, 5, 2, 9), (3, 2.25, 4, 6.75), (5, 0, 7, 4)),
    "C": ((0, 1.5, 1, 7.5), (2, 1.5, 3, 7.5), (4, 0.5, 7, 4.5)),
    "D": ((0, 2.5, 2, 6.5), (3, 2.5, 5, 6.5), (6, 2.5, 7, 6.5)),
}  # fmt: skip
"""Figures and the symbols transit (A), amount (B), on-us (C) and dash (D): strokes in modules, from the upper left
corner of a cell of seven by nine."""

_UNIT: Final = 0.0722 / 25.4  # inches: what the ends of the bars of CMC-7 are told in
_BAR: Final = 0.15 / 25.4
_SHORT: Final = 0.30 / 25.4
_LONG: Final = 0.50 / 25.4  # inches from bar to bar: two of the six intervals are long
_CMC7: Final[dict[str, tuple[str, tuple[tuple[int, ...], ...]]]] = {
    "0": ("010001", ((6, 40), (1, 44), (0, 13, 33, 47), (0, 12, 35, 47), (0, 14, 33, 47), (0, 46), (7, 40))),
    "1": ("100010", ((0, 15, 26, 38), (0, 15, 30, 41), (0, 15, 32, 43), (0, 45), (0, 47), (0, 21), (0, 21))),
    "2": (
        "011000",
        ((0, 16, 30, 43), (0, 18, 30, 46), (0, 22, 37, 47), (0, 9, 16, 26, 37, 47), (0, 9, 18, 28, 37, 47),
         (0, 9, 21, 46), (0, 9, 23, 43)),
    ),
    "3": (
        "101000",
        ((4, 15, 31, 43), (0, 15, 31, 47), (0, 13, 34, 47), (0, 12, 19, 28, 35, 47), (0, 12, 19, 28, 35, 47),
         (0, 46), (4, 21, 25, 43)),
    ),
    "4": (
        "100100",
        ((7, 32), (7, 37), (7, 16, 25, 39), (7, 16, 27, 42), (0, 19, 32, 46), (0, 19, 33, 47), (0, 19, 33, 47)),
    ),
    "5": (
        "000110",
        ((0, 10, 20, 47), (0, 10, 20, 47), (0, 10, 20, 29, 36, 47), (0, 10, 20, 29, 36, 47),
         (0, 10, 20, 29, 36, 47), (1, 29, 36, 47), (3, 25, 36, 47)),
    ),
    "6": (
        "001010",
        ((4, 43), (0, 46), (0, 9, 19, 28, 37, 47), (0, 9, 19, 28, 37, 47), (0, 9, 19, 28, 37, 47), (0, 28, 35, 46),
         (3, 25, 35, 43)),
    ),
    "7": (
        "110000",
        ((0, 12, 30, 47), (0, 16, 36, 47), (7, 25, 36, 47), (12, 30, 36, 47), (16, 47), (20, 47), (24, 47)),
    ),
    "8": (
        "010010",
        ((3, 19, 28, 43), (0, 21, 26, 46), (0, 9, 18, 28, 37, 47), (0, 9, 18, 28, 37, 47), (0, 9, 18, 28, 37, 47),
         (0, 21, 26, 47), (3, 19, 28, 43)),
    ),
    "9": (
        "010100",
        ((3, 12, 22, 43), (0, 12, 19, 46), (0, 9, 19, 28, 37, 47), (0, 9, 19, 28, 37, 47), (0, 9, 19, 28, 37, 47),
         (1, 46), (3, 43)),
    ),
    "A": ("100001", ((0, 29), (5, 33), (7, 35), (9, 38), (11, 40), (13, 42), (18, 46))),
    "C": ("001001", ((7, 17, 26, 47),) * 7),
    "D": ("000011", ((4, 39), (7, 42), (10, 45), (12, 46), (10, 44), (5, 40), (0, 17, 25, 35))),
}  # fmt: skip
"""Figures and the symbols S I (A), S III (C) and S IV (D): the intervals between seven bars (1: long), and where
each bar has ink, in units above the base line."""


def e13b(sheet: Sheet, right: float, bottom: float, text: str) -> None:
    """Characters of E-13B, the last one ending at `right` on the paper in every language (a reader finds the line
    by its distance from the right edge), on the base line `bottom`; a space is as wide as a character. They are the
    field `micr` of the page, in the letters that readers of cheques write them in."""
    left, strokes = right - len(text) * PITCH, []
    for position, character in enumerate(text):
        x, y = left + position * PITCH, bottom - _HEIGHT * _MODULE
        for stroke in _E13B.get(character, ()):
            at = [value * _MODULE for value in stroke]
            strokes.append((x + at[0], y + at[1], x + at[2], y + at[3]))
    _ink(sheet, strokes, _ROUND * _MODULE, (left, bottom - _HEIGHT * _MODULE, right, bottom), text)


def cmc7(sheet: Sheet, right: float, bottom: float, text: str) -> None:
    """Characters of CMC-7, as `e13b` has them."""
    left, strokes = right - len(text) * PITCH, []
    for position, character in enumerate(text):
        if character not in _CMC7:
            continue
        intervals, bars = _CMC7[character]
        x = left + position * PITCH
        for interval, bar in zip((*intervals, ""), bars, strict=True):
            for low, high in zip(bar[::2], bar[1::2], strict=True):
                strokes.append((x, bottom - high * _UNIT, x + _BAR, bottom - low * _UNIT))
            x += _LONG if interval == "1" else _SHORT
    _ink(sheet, strokes, 0.0, (left, bottom - 47 * _UNIT, right, bottom), text)


def _ink(sheet: Sheet, strokes: list[Stroke], radius: float, box: Stroke, text: str) -> None:
    with sheet.left_to_right():
        sheet.strokes(strokes, radius, BLACK)
    left, top, right, bottom = (value * sheet.ppi for value in box)
    sheet.fields.append(Field("micr", text, ((left, top), (right, top), (right, bottom), (left, bottom))))
