"""Bar codes, 2-D codes, patch codes and the line of magnetic ink on cheques."""

from __future__ import annotations

import re
from typing import Any, Final

from PIL import Image

from emulator.documents.sheet import BLACK, Sheet
from emulator.documents.truth import Code, Field

LINEAR: Final = ("Code39", "Code128", "EAN13", "ITF")
MATRIX: Final = ("QRCode", "DataMatrix", "PDF417", "Aztec")
CODE_KINDS: Final = (*LINEAR, *MATRIX)
"""zxing's names."""

PATCHES: Final[dict[str, str]] = {
    "1": "WWNN",
    "2": "WNNW",
    "3": "WNWN",
    "4": "NWWN",
    "6": "NNWW",
    "T": "NWNW",
}
"""Wide and narrow bars (Kodak A-61599, Patch Code Information). 4 is the toggle patch, T the transfer patch."""
_WIDE: Final = 0.20
_NARROW: Final = 0.08  # bars and the spaces between them; inches
PATCH_WIDTH: Final = 2 * _WIDE + 5 * _NARROW


class CodeRefused(ValueError):
    """A value that the code cannot say. `str()` is one line."""


def modules(kind: str, value: str) -> Image.Image:
    """The code as mode L, one pixel a module (one row for a linear code), black on white, without its quiet
    zone. Raises CodeRefused."""
    import zxingcpp

    try:
        made = zxingcpp.create_barcode(value, getattr(zxingcpp.BarcodeFormat, kind))
        drawn: Any = made.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    except (ValueError, RuntimeError, TypeError) as error:
        raise CodeRefused(f"{kind} cannot say {value!r}: {' '.join(str(error).split())}") from None
    view = memoryview(drawn)
    if made.text != value:
        raise CodeRefused(f"{kind} cannot say {value!r}: it becomes {made.text!r}")
    rows, columns = view.shape or (1, 1)
    image = Image.frombytes("L", (columns, rows), view.tobytes())
    return image.crop((0, image.height // 2, image.width, image.height // 2 + 1)) if kind in LINEAR else image


def code(
    sheet: Sheet, x: float, y: float, kind: str, value: str, module: float, height: float = 0.5
) -> tuple[float, float]:
    """A code with its upper left corner at (x, y); `module` in inches. Returns width and height in inches.
    Raises CodeRefused."""
    return sheet.code(x, y, modules(kind, value), module, kind, value, height if kind in LINEAR else 0.0)


def patch(sheet: Sheet, x: float, y: float, name: str, length: float, *, upright: bool = False) -> None:
    """A patch code whose bars lie across the way of the sheet, one below the other, each `length` inches long;
    `upright`: side by side."""
    wide, high = (PATCH_WIDTH, length) if upright else (length, PATCH_WIDTH)
    if sheet.mirrored:  # the place is, the code is not: mirrored bars are another code
        x = sheet.width - x - wide
    at = 0.0
    with sheet.left_to_right():
        for bar in PATCHES[name]:
            thick = _WIDE if bar == "W" else _NARROW
            if upright:
                sheet.fill(x + at, y, x + at + thick, y + length, BLACK)
            else:
                sheet.fill(x, y + at, x + length, y + at + thick, BLACK)
            at += thick + _NARROW
    left, right, top, bottom = (value * sheet.ppi for value in (x, x + wide, y, y + high))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    sheet.codes.append(Code("Patch", name, corners, _NARROW * sheet.ppi))


_GRID: Final = 0.013  # inch: E-13B is drawn on it (ISO 1004-1)
_PITCH: Final = 0.125
_E13B: Final[dict[str, tuple[str, ...]]] = {
    "0": ("#######", "#.....#", "#.....#", "#.....#", "#.....#", "#.....#", "#.....#", "#.....#", "#######"),
    "1": ("..##...", "...#...", "...#...", "...#...", "...#...", "..####.", "..####.", "..####.", "..####."),
    "2": ("..####.", ".....#.", ".....#.", ".....#.", "..####.", "..#....", "..#....", "..#....", "..####."),
    "3": ("..####.", ".....#.", ".....#.", ".....#.", "..####.", "....##.", "....##.", "....##.", "..####."),
    "4": (".##....", ".##....", ".##....", ".##.##.", ".##.##.", ".######", "....##.", "....##.", "....##."),
    "5": (".#####.", ".#.....", ".#.....", ".#.....", ".#####.", ".....#.", ".....#.", ".....#.", ".#####."),
    "6": (".###...", ".#.....", ".#.....", ".#.....", ".######", ".#....#", ".#....#", ".#....#", ".######"),
    "7": (".#####.", ".#...#.", ".....#.", ".....#.", "....##.", "...##..", "...#...", "...#...", "...#..."),
    "8": ("..####.", "..#..#.", "..#..#.", "..#..#.", ".######", ".##..##", ".##..##", ".##..##", ".######"),
    "9": (".######", ".#....#", ".#....#", ".#....#", ".######", ".....##", ".....##", ".....##", ".....##"),
    "A": ("##...##", "##...##", "##...##", "##.....", "##...##", "##...##", "##...##", "##.....", "##....."),
    "C": ("....##.", "....##.", "##..##.", "##..##.", "##..##.", "##..##.", "##.....", "##.....", "......."),
    "D": (".......", ".......", ".......", "##.##.#", "##.##.#", "##.##.#", ".......", ".......", "......."),
}
"""Figures and the symbols transit (A), on-us (C) and dash (D), by their cells."""


def micr_line(sheet: Sheet, right: float, bottom: float, text: str) -> None:
    """Characters of magnetic ink, the last one ending at `right` on the paper in every language (a reader finds
    the line by its distance from the right edge), on the base line `bottom`; a space is as wide as a character.
    They are a field of the page, in the letters that readers of cheques write them in."""
    left = right - len(text) * _PITCH
    with sheet.left_to_right():
        for position, character in enumerate(text):
            for row, cells in enumerate(_E13B.get(character, ())):
                y = bottom - (9 - row) * _GRID
                for start, end in _runs(cells):
                    x = left + position * _PITCH
                    sheet.fill(x + start * _GRID, y, x + end * _GRID, y + _GRID, BLACK)
    box = [value * sheet.ppi for value in (left, bottom - 9 * _GRID, right, bottom)]
    corners = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
    sheet.fields.append(Field("micr", text, corners))


def _runs(cells: str) -> list[tuple[int, int]]:
    """Where ink begins and ends in a row of cells."""
    return [match.span() for match in re.finditer("#+", cells)]
