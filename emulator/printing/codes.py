"""Bar codes and 2-D codes as modules. All are made by zxing, which makes every kind that people print."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from PIL import Image

LINEAR: Final = ("Code39", "Code128", "EAN13", "ITF")
MATRIX: Final = ("QRCode", "DataMatrix", "PDF417", "Aztec")
CODE_KINDS: Final = (*LINEAR, *MATRIX)
"""These are zxing's names."""

QR_QUIET: Final = 4
"""Modules of white that a QR code needs around it (ISO/IEC 18004)."""


_MASK: Final = 2  # a fixed one of the eight: to try which is best for each code takes three times as long
_CLEAR: Final = " ,.:/_-()@&+"
"""What stands in a field as it is, beside letters and figures."""


class CodeRefused(ValueError):
    """A value that the code cannot say. `str()` is one line."""


def modules(kind: str, value: str) -> Image.Image:
    """The code as mode L, one pixel a module (one row for a linear code), black on white, without its quiet
    zone. Raises CodeRefused."""
    image = _made(kind, value)
    return image.crop((0, image.height // 2, image.width, image.height // 2 + 1)) if kind in LINEAR else image


def quoted(text: str, longest: int) -> str:
    """Text of a field between semicolons: ASCII without separators, the rest percent-encoded (RFC 3986); cut to at
    most `longest` characters, because a code grows with what it says."""
    while len(field := quote(text, safe=_CLEAR)) > longest:
        text = text[:-1]
    return field


class NumberedCodes:
    """The QR codes of `before` + number + `after`, all of one size."""

    def __init__(self, before: str, after: str, largest: int) -> None:
        """Raises CodeRefused when the text with the number `largest` is too long for a QR code."""
        self._before = before
        self._after = after
        self.side = _made("QRCode", self.text(largest)).width
        """Modules along one side of each code."""
        self._version = (self.side - 17) // 4

    def text(self, number: int) -> str:
        """Return what the code of `number` says."""
        return f"{self._before}{number}{self._after}"

    def modules(self, number: int) -> Image.Image:
        """The code of `number`, up to the largest, as the function `modules` gives it."""
        return _made("QRCode", self.text(number), version=self._version, data_mask=_MASK)


def _made(kind: str, value: str, **options: int) -> Image.Image:
    import zxingcpp

    try:
        made = zxingcpp.create_barcode(value, getattr(zxingcpp.BarcodeFormat, kind), **options)
        drawn: Any = made.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    except (ValueError, RuntimeError, TypeError) as error:
        raise CodeRefused(f"{kind} cannot say {value!r}: {' '.join(str(error).split())}") from None
    view = memoryview(drawn)
    if made.text != value:
        raise CodeRefused(f"{kind} cannot say {value!r}: it becomes {made.text!r}")
    rows, columns = view.shape or (1, 1)
    return Image.frombytes("L", (columns, rows), view.tobytes())
