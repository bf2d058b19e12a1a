"""What is printed on each copy: its number in words people read and in a QR code, on a white label at the foot."""

from __future__ import annotations

import math
from typing import Final

from PIL import Image

from emulator.imaging.lettering import Lettering, width
from emulator.printing.codes import QR_QUIET, NumberedCodes, quoted
from emulator.wsscan.values.geometry import Resolution

_MODULE_INCHES: Final = 0.01
_LEAST_MODULE: Final = 3
"""Pixels: smaller modules are not read reliably."""
_POINTS: Final = 9.0
_SMALL: Final = 7.0
_GAP: Final = 0.08
"""Inches between the code and the text, and behind it."""
_NAME_LENGTH: Final = 20


class Imprint:
    """The labels of copies 1 to `total` of a job."""

    def __init__(self, total: int, name: str = "") -> None:
        """`name`: of the job; what is no ASCII is quoted, and it is cut to 20 characters."""
        self._total = total
        self._name = quoted(name, _NAME_LENGTH)
        self._codes = NumberedCodes("dsm-emulator;stamp=", f";of={total};job={self._name}", total)
        self._text = max(width(self._line(total), _POINTS, bold=True), width(self._name, _SMALL))
        """Inches."""

    def payload(self, number: int) -> str:
        """Return what the QR code of copy `number` (from 1) says."""
        return self._codes.text(number)

    def size(self, resolution: Resolution) -> tuple[int, int]:
        """Width and height in pixels of the largest label at a resolution."""
        across, down = _module(resolution.width), _module(resolution.height)
        side = self._codes.side + 2 * QR_QUIET
        return side * across + math.ceil((self._text + 2 * _GAP) * resolution.width), side * down

    def draw(self, strip: Image.Image, number: int, resolution: Resolution) -> None:
        """Put the label of copy `number` at the foot of a strip (mode `1`, `L`, `RGB`), over the one before it."""
        label = self._label(number, resolution, bilevel=strip.mode == "1")
        place = ((strip.width - label.width) // 2, strip.height - label.height)
        strip.paste(label if strip.mode == "L" else label.convert(strip.mode, dither=Image.Dither.NONE), place)

    def _line(self, number: int) -> str:
        return f"Copy {number} of {self._total}"

    def _label(self, number: int, resolution: Resolution, *, bilevel: bool) -> Image.Image:
        across, down = _module(resolution.width), _module(resolution.height)
        columns, rows = self.size(resolution)
        label = Image.new("L", (columns, rows), 255)
        size = self._codes.side
        code_width = (size + 2 * QR_QUIET) * across
        left = code_width + round(_GAP * resolution.width)
        square = rows * resolution.width // resolution.height
        text = Image.new("L", (columns - left, square), 255)
        pen = Lettering(text, resolution.width, bilevel=bilevel)
        middle = square / resolution.width / 2
        pen.write(0, middle, self._line(number), _POINTS, bold=True)
        pen.write(0, middle + 0.14, self._name, _SMALL)
        if text.height != rows:  # lines and columns of different resolution
            text = text.resize((text.width, rows), Image.Resampling.BILINEAR)
        label.paste(text, (left, 0))
        enlarged = self._codes.modules(number).resize((size * across, size * down), Image.Resampling.NEAREST)
        label.paste(enlarged, (QR_QUIET * across, QR_QUIET * down))
        return label


def _module(ppi: int) -> int:
    """Pixels of a module."""
    return max(_LEAST_MODULE, round(_MODULE_INCHES * ppi))
