"""Bar codes, 2-D codes and patch codes on a sheet."""

from __future__ import annotations

from typing import Final

from emulator.documents.drawing import BLACK
from emulator.documents.sheet import Sheet
from emulator.documents.truth import Code
from emulator.printing.codes import LINEAR, modules

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


def wide(sheet: Sheet, kind: str, value: str, module: float) -> float:
    """Inches that a code is wide on the sheet, where its modules have whole pixels. Raises CodeRefused.

    - `kind`: the name of the symbology.
    - `value`: what it says.
    - `module`: inches of its smallest part.
    """
    return modules(kind, value).width * sheet.whole(module)


def code(
    sheet: Sheet, x: float, y: float, kind: str, value: str, module: float, height: float = 0.5
) -> tuple[float, float]:
    """A code with its upper left corner at (x, y); `module` in inches. Returns width and height in inches.
    Raises CodeRefused.

    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `kind`: the name of the symbology.
    - `value`: what it says.
    - `module`: inches of its smallest part.
    - `height`: inches of the bars, where it has bars.
    """
    return sheet.code(x, y, modules(kind, value), module, kind, value, height if kind in LINEAR else 0.0)


def patch(sheet: Sheet, x: float, y: float, name: str, length: float, *, upright: bool = False) -> None:
    """A patch code whose bars lie across the way of the sheet, one below the other, each `length` inches long.

    - `upright`: side by side.
    """
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
