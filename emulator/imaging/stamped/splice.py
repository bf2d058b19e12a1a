"""What it takes to put an encoded strip behind an encoded page, in each format that allows it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from PIL import Image

from emulator.imaging.encoders.encoder import UnsupportedFormat, imported
from emulator.imaging.stamped.imprint import Imprint
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.keywords import ColorEntry, Format
from emulator.wsscan.values.ticket import EffectiveTicket

STRIP_MULTIPLE: Final = 16
"""The strip begins at a multiple of so many rows: an MCU of a JPEG whose colours are halved (ITU-T T.81, A.2)."""


class Splice(Protocol):
    """One encoded page whose foot can be exchanged."""

    def __init__(self, document: Path, image: Image.Image, top: int, body: BinaryIO) -> None:
        """`document` is the page as the format's own encoder writes it, for its headers; `image` its pixels, `top`
        the row where the strip begins. Writes into `body` what all copies have in common. Raises
        UnsupportedFormat where the document is not of the kind that can be spliced."""

    def around(self, strip: Image.Image) -> tuple[bytes, bytes]:
        """Return what stands before the body and behind it in the copy with this strip. What is before is always of
        the same length."""


_SPLICES: Final[dict[str, str]] = {
    Format.JFIF: "emulator.imaging.stamped.jpeg:JpegSplice",
    Format.EXIF: "emulator.imaging.stamped.jpeg:JpegSplice",
    Format.PNG: "emulator.imaging.stamped.png:PngSplice",
    Format.TIFF_SINGLE_G4: "emulator.imaging.stamped.group4:Group4Splice",
}
_COLORS: Final = (ColorEntry.BLACK_AND_WHITE_1, ColorEntry.GRAYSCALE_8, ColorEntry.RGB_24)


def splice_of(format: str) -> type[Splice]:
    """The splice of a format. Raises UnsupportedFormat."""
    if format not in _SPLICES:
        raise UnsupportedFormat(
            f"Format={format} is not made as stamped copies; --stamped makes: " + ", ".join(_SPLICES)
        )
    return cast("type[Splice]", imported(_SPLICES[format]))


def require_stampable(ticket: EffectiveTicket, imprint: Imprint) -> None:
    """Raise UnsupportedFormat, one line, when copies of such scans cannot be made, or the label does not fit."""
    splice_of(ticket.format)
    sizes = image_information(ticket)
    for side, size in ((ticket.front, sizes.front), (ticket.back, sizes.back)):
        if side is None or size is None:
            continue
        if side.color_processing not in _COLORS:
            raise UnsupportedFormat(
                f"ColorProcessing={side.color_processing} is not made as stamped copies; --stamped makes: "
                + ", ".join(_COLORS)
            )
        columns, rows = imprint.size(side.resolution)
        if size.pixels_per_line < columns or size.number_of_lines < rows:
            raise UnsupportedFormat(
                f"an image of {size.pixels_per_line}x{size.number_of_lines} pixels has no room for the label of "
                f"stamped copies ({columns}x{rows})"
            )


def strip_top(height: int, rows: int) -> int:
    """Return where the strip of an image begins: the last multiple of STRIP_MULTIPLE that leaves room for `rows`.
    Where it would take more than half of the image, it takes it all: strips of a TIFF are of the same height but
    for the last, which is not higher."""
    top = max(0, (height - rows) // STRIP_MULTIPLE * STRIP_MULTIPLE)
    return top if top >= height - top else 0
