"""Test targets: resolution, grey and colour, geometry."""

from __future__ import annotations

import math
from math import ceil
from typing import Final

from emulator.documents.drawing import BLACK
from emulator.documents.kinds.kind import Draw, Job, Kind
from emulator.documents.sheet import GREY, Sheet
from emulator.printing.paper import Color
from emulator.printing.setting import Type

_LABEL: Final = Type("sans", 8)
_TITLE: Final = Type("sans", 13, bold=True)
_PAIRS: Final = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Line pairs a millimetre."""
_MM: Final = 1 / 25.4


def _resolution(sheet: Sheet, job: Job) -> None:
    """Bars across and down at growing frequencies, a star, text of falling size."""
    sheet.text(0.8, 0.85, "Resolution target", _TITLE)
    sheet.text(sheet.width - 0.8, 0.85, "line pairs / mm", _LABEL, align="right", color=GREY)
    for number, pairs in enumerate(_PAIRS):
        y = 1.25 + number * 0.42
        sheet.text(0.8, y + 0.2, f"{pairs:g}", _LABEL, field=f"resolution_{number + 1}")
        bar = _MM / pairs / 2
        # Edges that fall inside a pixel are grey: what is finer than the grid must fade.
        starts = [count * 2 * bar for count in range(ceil(2.6 / (2 * bar)))]
        sheet.strokes([(1.4 + at, y, 1.4 + at + bar, y + 0.3) for at in starts], 0.0, BLACK)
        starts = [count * 2 * bar for count in range(ceil(0.3 / (2 * bar)))]
        sheet.strokes([(4.3, y + at, 4.3 + 2.6, y + at + bar) for at in starts], 0.0, BLACK)
    _star(sheet, 2.5, 7.6, 1.5, 36)
    for number, points in enumerate((12, 10, 8, 7, 6, 5, 4, 3)):
        text = f"{points} pt. Hamburgefonstiv 0123456789"
        sheet.text(4.5, 6.4 + number * 0.24, text, Type("sans", points))
    for number, points in enumerate((12, 10, 8, 7, 6, 5, 4, 3)):
        text = f"{points} pt. Hamburgefonstiv 0123456789"
        sheet.text(4.5, 8.5 + number * 0.24, text, Type("serif", points))


def _star(sheet: Sheet, x: float, y: float, radius: float, rays: int) -> None:
    around = [
        (x + radius * math.cos(ray * math.pi / rays), y + radius * math.sin(ray * math.pi / rays))
        for ray in range(2 * rays)
    ]
    sheet.polygons([[(x, y), *around[ray : ray + 2]] for ray in range(0, 2 * rays, 2)], BLACK)


def _wedges(sheet: Sheet, job: Job) -> None:
    """Steps of grey and a ramp without steps."""
    from PIL import Image

    sheet.text(0.8, 0.85, "Grey wedges", _TITLE)
    left, right = 0.8, sheet.width - 0.8
    for row, steps in enumerate((11, 21)):
        y = 1.3 + row * 2.0
        step = (right - left) / steps
        for number in range(steps):
            value = round(255 * number / (steps - 1))
            x = left + number * step
            sheet.image.paste(_grey(sheet, value), sheet.box(x, y, x + step, y + 1.2))
            sheet.mark_field(f"grey_{steps}_{number + 1}", str(value), (x, y, x + step, y + 1.2))
            if steps == 11:
                sheet.text(x + step / 2, y + 1.4, str(value), _LABEL, align="center")
    ramp = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90)
    for row in range(2):
        top = 5.4 + row * 1.9
        sheet.picture(
            ramp if row == 0 else ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT), left, top, right, top + 1.4
        )
        sheet.frame(left, top, right, top + 1.4, 0.5)


def _grey(sheet: Sheet, value: int) -> int | Color:
    return value if sheet.image.mode == "L" else (value, value, value)


_PATCHES: Final[tuple[tuple[str, Color], ...]] = (
    ("red", (255, 0, 0)), ("green", (0, 255, 0)), ("blue", (0, 0, 255)),
    ("cyan", (0, 255, 255)), ("magenta", (255, 0, 255)), ("yellow", (255, 255, 0)),
    ("dark skin", (115, 82, 68)), ("light skin", (194, 150, 130)), ("sky", (98, 122, 157)),
    ("foliage", (87, 108, 67)), ("flower", (133, 128, 177)), ("turquoise", (103, 189, 170)),
    ("orange", (214, 126, 44)), ("brick", (193, 90, 99)), ("purple", (94, 60, 108)),
    ("olive", (157, 188, 64)), ("ochre", (224, 163, 46)), ("navy", (56, 61, 150)),
    ("black", (0, 0, 0)), ("dark grey", (64, 64, 64)), ("grey", (128, 128, 128)),
    ("light grey", (192, 192, 192)), ("pale", (235, 235, 235)), ("white", (255, 255, 255)),
)  # fmt: skip
"""Name and sRGB."""


def _color_patches(sheet: Sheet, job: Job) -> None:
    """Twenty-four colours with their names and values."""
    sheet.text(0.8, 0.85, "Colour patches", _TITLE)
    columns, wide, tall = 4, (sheet.width - 1.6) / 4, 1.5
    for number, (name, color) in enumerate(_PATCHES):
        x, y = 0.8 + number % columns * wide, 1.2 + number // columns * tall
        box = (x, y, x + wide - 0.15, y + tall - 0.45)
        red, green, blue = color
        grey = (red * 299 + green * 587 + blue * 114) // 1000
        sheet.image.paste(color if sheet.image.mode == "RGB" else grey, sheet.box(*box))
        sheet.frame(*box, 0.4, GREY)
        sheet.mark_field(f"patch_{number + 1}", f"#{red:02x}{green:02x}{blue:02x}", box)
        sheet.text(x, y + tall - 0.28, name, _LABEL)
        sheet.text(x, y + tall - 0.14, f"{red} {green} {blue}", Type("sans", 7), color=GREY)


def _grid(sheet: Sheet, job: Job) -> None:
    """Lines every half inch, crosses in the corners, circles: a scan's geometry is measured on it."""
    step = 0.5
    across, down = int((sheet.width - 0.5) / step), int((sheet.height - 0.5) / step)
    left, top = (sheet.width - across * step) / 2, (sheet.height - down * step) / 2
    for column in range(across + 1):
        x = left + column * step
        thick = 0.006 if column % 2 else 0.012
        sheet.fill(x - thick / 2, top, x + thick / 2, top + down * step, BLACK)
    for row in range(down + 1):
        y = top + row * step
        thick = 0.006 if row % 2 else 0.012
        sheet.fill(left, y - thick / 2, left + across * step, y + thick / 2, BLACK)
    middle = (sheet.width / 2, sheet.height / 2)
    for radius in (1.0, 2.0, 3.0):
        box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
        sheet.ellipse(*box, BLACK, 1.2)
    number = 0
    for column in (0, across // 2, across):
        for row in (0, down // 2, down):
            number += 1
            x, y = left + column * step, top + row * step
            sheet.ellipse(x - 0.06, y - 0.06, x + 0.06, y + 0.06, BLACK)
            sheet.mark_field(f"node_{number}", f"{x:.3f},{y:.3f}", (x - 0.06, y - 0.06, x + 0.06, y + 0.06))


def _english(draw: Draw) -> Draw:
    """Targets are the same in every language: their text is English and nothing on them is mirrored."""

    def drawn(sheet: Sheet, job: Job) -> None:
        with sheet.left_to_right("en"):
            draw(sheet, job)

    return drawn


RESOLUTION: Final = Kind("resolution-chart", "bars, star and type of falling size", _english(_resolution))
WEDGES: Final = Kind("grey-wedges", "steps and ramps of grey", _english(_wedges))
COLORS: Final = Kind("color-patches", "twenty-four colours", _english(_color_patches))
GRID: Final = Kind("grid", "lines every half inch, circles, marked nodes", _english(_grid), fits=False)
