"""What an encoder is, and which one writes a format."""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO, Final, Protocol, cast

from emulator.imaging.coded import CodedScan, Coding
from emulator.imaging.pages import UnsupportedSetting
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.keywords import ColorEntry, Format
from emulator.wsscan.values.ticket import EffectiveTicket


class UnsupportedFormat(UnsupportedSetting):
    """A format that this version does not write here, or that cannot hold such pixels."""


class Encoder(Protocol):
    """Writes one document into an open file, image by image, holding at most one image's data."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        """`file` is empty, open for reading and writing (`w+b`), and has a file descriptor."""

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Raise UnsupportedFormat, before anything is scanned, for what this format cannot hold beside colours
        (too many pixels), and when something that it needs is not installed. One line, with what to do."""

    def add(self, scanned: Scanned) -> None:
        """Append an image of a colour that the format holds. Raises UnsupportedFormat, OSError."""

    def finish(self) -> None:
        """Write what stands behind the last image. Raises OSError."""


class CodedEncoder(Encoder, Protocol):
    """An Encoder of a format that has a coding_of some colour."""

    def add_coded(self, coded: CodedScan) -> None:
        """Append an image in that coding as it is. Raises OSError."""


_TIFF: Final = "emulator.imaging.encoders.tiff:TiffEncoder"
_ENCODERS: Final[dict[str, str]] = {
    Format.DIB: "emulator.imaging.encoders.dib:DibEncoder",
    Format.EXIF: "emulator.imaging.encoders.exif:ExifEncoder",
    Format.JBIG: "emulator.imaging.encoders.jbig:JbigEncoder",
    Format.JFIF: "emulator.imaging.encoders.jpeg:JpegEncoder",
    Format.JPEG2K: "emulator.imaging.encoders.jpeg2k:Jpeg2000Encoder",
    Format.PDF_A: "emulator.imaging.encoders.pdf_a:PdfEncoder",
    Format.PNG: "emulator.imaging.encoders.png:PngEncoder",
    Format.TIFF_SINGLE_UNCOMPRESSED: _TIFF,
    Format.TIFF_SINGLE_G4: _TIFF,
    Format.TIFF_SINGLE_G3MH: _TIFF,
    Format.TIFF_SINGLE_JPEG_TN2: _TIFF,
    Format.TIFF_MULTI_UNCOMPRESSED: _TIFF,
    Format.TIFF_MULTI_G4: _TIFF,
    Format.TIFF_MULTI_G3MH: _TIFF,
    Format.TIFF_MULTI_JPEG_TN2: _TIFF,
    Format.XPS: "emulator.imaging.encoders.xps:XpsEncoder",
}
"""Module and class that write each format; imported when the format is asked for."""

_JPEGS: Final = frozenset({Format.EXIF, Format.JFIF})
_GROUP_4S: Final = frozenset({Format.TIFF_SINGLE_G4, Format.TIFF_MULTI_G4})

_UNDATED: Final = frozenset({Format.DIB, Format.JBIG, Format.JFIF, Format.PNG})

WRITTEN: Final = frozenset(_ENCODERS)
"""Formats that this version writes."""


def encoder_of(format: str) -> type[Encoder]:
    """The encoder of a format. Raises UnsupportedFormat."""
    if format not in _ENCODERS:
        raise UnsupportedFormat(f"Format={format} is not written yet; this version writes: " + ", ".join(_ENCODERS))
    return cast("type[Encoder]", imported(_ENCODERS[format]))


def coding_of(format: str, color: str) -> Coding | None:
    """How a document of that format has the pixels of a ColorProcessing coded, where its encoder (a CodedEncoder)
    takes such data from elsewhere too."""
    if format in _JPEGS:
        return Coding.JPEG
    if format == Format.PNG:
        return Coding.PNG
    if format in _GROUP_4S or (format == Format.PDF_A and color == ColorEntry.BLACK_AND_WHITE_1):
        return Coding.GROUP_4
    if format in (Format.PDF_A, Format.XPS) and color in (ColorEntry.GRAYSCALE_8, ColorEntry.RGB_24):
        return Coding.JPEG
    return Coding.PNG if format == Format.XPS else None


def has_date(format: str) -> bool:
    """Whether documents of a format say when they were scanned."""
    return format not in _UNDATED


def imported(name: str) -> object:
    """What `module:name` says."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def require_sides(ticket: EffectiveTicket, *, across: int, down: int | None = None) -> None:
    """Raise UnsupportedFormat when an image of the ticket is wider than `across` pixels or higher than `down`."""
    for side in image_information(ticket).sides:
        if side.pixels_per_line > across or (down is not None and side.number_of_lines > down):
            limit = f"{across} pixels a side" if down == across else f"{across} pixels a row"
            raise UnsupportedFormat(
                f"Format={ticket.format} holds at most {limit}, and the ticket asks for "
                f"{side.pixels_per_line}x{side.number_of_lines}; choose a lower resolution or another format"
            )


def require_octets(ticket: EffectiveTicket, most: int, *, longest: int | None = None) -> None:
    """Raise UnsupportedFormat when an image of the ticket takes more than `most` octets, not compressed, or a side
    of it is longer than `longest` pixels."""
    for side in image_information(ticket).sides:
        too_long = longest is not None and max(side.pixels_per_line, side.number_of_lines) > longest
        if too_long or side.bytes_per_line * side.number_of_lines > most:
            raise UnsupportedFormat(
                f"Format={ticket.format} holds at most 4 GB, and an image of the ticket has "
                f"{side.pixels_per_line}x{side.number_of_lines} pixels; choose a lower resolution or png"
            )
