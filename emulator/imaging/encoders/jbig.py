"""JBIG1 (ITU-T T.82, ISO/IEC 11544): a bi-level image entity, of grey one for each bit.

T.82 has no place for the resolution, the device or the date.
[wscn/format/jbig-not-jbig2]"""

from __future__ import annotations

from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders import libjbig
from emulator.imaging.encoders.encoder import UnsupportedFormat, require_sides
from emulator.imaging.samples import LEVEL_4
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.formats import BITS_PER_PIXEL
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import EffectiveTicket

MAX_SIDE: Final = 2**32 - 1
"""Pixels: XD and YD have 32 bits (T.82, clause 6.2.4)."""

_STRIPE: Final = 128  # rows: the only number that every fax machine reads (T.85)
_REACH: Final = 16  # pixels that decoders should support (T.82, annex A)
_INVERTED: Final = [255] + [0] * 255


class JbigEncoder:
    """See Encoder. One resolution layer: black and white as fax machines read it too (T.85)."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """The system has libjbig; both sides of the image within MAX_SIDE."""
        require_sides(ticket, across=MAX_SIDE, down=MAX_SIDE)
        try:
            libjbig.load()
        except libjbig.NoLibjbig as error:
            raise _missing(error) from None

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        assert isinstance(image, Image.Image)
        black_and_white = scanned.color == ColorEntry.BLACK_AND_WHITE_1
        planes = [image.point(_INVERTED).tobytes()] if black_and_white else gray_planes(image, scanned.color)
        try:
            libjbig.encode(
                self._file,
                planes,
                image.size,
                order=0 if black_and_white else libjbig.ILEAVE | libjbig.SMID,
                options=libjbig.TPBON,
                stripe=_STRIPE,
                reach=_REACH,
            )
        except libjbig.NoLibjbig as error:
            raise _missing(error) from None

    def finish(self) -> None:
        """See Encoder."""


def _missing(error: libjbig.NoLibjbig) -> UnsupportedFormat:
    return UnsupportedFormat(f"Format=jbig needs the library libjbig: {error}; {libjbig.WHAT_TO_INSTALL}")


def gray_planes(image: Image.Image, color: str) -> list[bytes]:
    """The bits of the Gray code of each level, a packed plane each, the most significant first. T.82 leaves the
    meaning of planes open; as Gray code they compress best, and JBIG-KIT's programs take them for it."""
    bits = BITS_PER_PIXEL[color]
    levels = [value // LEVEL_4 if bits == 4 else value for value in range(256)]
    codes = [level ^ (level >> 1) for level in levels]
    return [
        image.point([255 * (code >> bit & 1) for code in codes], "1").tobytes() for bit in reversed(range(bits))
    ]
