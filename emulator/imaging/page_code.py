"""QR codes that differ in one number only, many times faster than making each anew.

With version, error correction level and mask fixed, a QR code (ISO/IEC 18004) is linear: data bits, the
Reed-Solomon code over them and the mask are all combined by exclusive or. So the code of a number is that
of as many zeros, changed by what each of its figures changes, and those changes are made once.
"""

from __future__ import annotations

from typing import Final

import segno

_MASK: Final = 2  # one of the eight; choosing the best for each code takes four times as long
_GREY: Final = b"\xff\x00" + bytes(254)  # light (0) is white, dark (1) black


class PageCode:
    """The QR codes of `before` + number + `after`."""

    def __init__(self, before: str, after: str) -> None:
        """ValueError comes later, from `pixels`, when the text is too long for a QR code (some 2,900 octets)."""
        self._before = before
        self._after = after
        self._zeros: dict[int, tuple[int, int]] = {}
        self._changes: dict[tuple[int, int, str], int] = {}

    def pixels(self, number: int) -> tuple[int, bytes]:
        """Modules along one side, and all of them row by row: 0 dark, 255 light."""
        text = str(number)
        length = len(text)
        if length not in self._zeros:
            self._zeros[length] = self._make("0" * length)
        size, code = self._zeros[length]
        for position, figure in enumerate(text):
            if figure != "0":
                code ^= self._change(length, position, figure)
        return size, code.to_bytes(size * size, "big").translate(_GREY)

    def _change(self, length: int, position: int, figure: str) -> int:
        key = (length, position, figure)
        if key not in self._changes:
            other = "0" * position + figure + "0" * (length - position - 1)
            self._changes[key] = self._make(other)[1] ^ self._zeros[length][1]
        return self._changes[key]

    def _make(self, figures: str) -> tuple[int, int]:
        """Side and modules of one code; a module is an octet 0 or 1 of the number."""
        text = self._before + figures + self._after
        matrix = segno.make_qr(text, error="l", mode="byte", boost_error=False, mask=_MASK).matrix
        return len(matrix), int.from_bytes(b"".join(matrix), "big")
