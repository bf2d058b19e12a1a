"""Keyword lists of WS-Scan (WS-Scan element pages; docs/protocol/ws-scan.md 4). Most may be extended by vendors,
so values are kept as `str`; these enumerations name the well-known ones."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)


def keyword(kind: type[E], name: str, value: object) -> E:
    """The keyword of a list that a person has named, in any case; `name`: what it is given for. Raises ValueError,
    which says which there are."""
    found = {each.casefold(): each for each in kind}.get(value.casefold()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{name} is one of {', '.join(kind)}, not {value!r}")
    return found


class Format(StrEnum):
    """DocumentParameters/Format, DeviceSettings/FormatsSupported and dsp:Format.
    [wscn/format/keywords] [wscn/ticket/format]"""

    DIB = "dib"
    EXIF = "exif"
    JBIG = "jbig"
    JFIF = "jfif"
    JPEG2K = "jpeg2k"
    PDF_A = "pdf-a"
    PNG = "png"
    TIFF_SINGLE_UNCOMPRESSED = "tiff-single-uncompressed"
    TIFF_SINGLE_G4 = "tiff-single-g4"
    TIFF_SINGLE_G3MH = "tiff-single-g3mh"
    TIFF_SINGLE_JPEG_TN2 = "tiff-single-jpeg-tn2"
    TIFF_MULTI_UNCOMPRESSED = "tiff-multi-uncompressed"
    TIFF_MULTI_G4 = "tiff-multi-g4"
    TIFF_MULTI_G3MH = "tiff-multi-g3mh"
    TIFF_MULTI_JPEG_TN2 = "tiff-multi-jpeg-tn2"
    XPS = "xps"


MULTI_IMAGE_FORMATS = frozenset(
    {
        Format.PDF_A,
        Format.XPS,
        Format.TIFF_MULTI_UNCOMPRESSED,
        Format.TIFF_MULTI_G4,
        Format.TIFF_MULTI_G3MH,
        Format.TIFF_MULTI_JPEG_TN2,
    }
)
"""One file holds all images of the job (RetrieveImage page).
[wscn/format/all-images-in-one-file] [wscn/format/one-image-a-file]"""

LOSSY_FORMATS = frozenset(
    {
        Format.JFIF,
        Format.EXIF,
        Format.JPEG2K,
        Format.TIFF_SINGLE_JPEG_TN2,
        Format.TIFF_MULTI_JPEG_TN2,
        Format.PDF_A,
        Format.XPS,
    }
)
"""Formats whose CompressionQualityFactor means something; the others use 100 (its page).
[wscn/format/jpeg-is-the-only-lossy-compression]"""


class ColorEntry(StrEnum):
    """ColorProcessing and ColorEntry. [wscn/color/keywords] [wscn/ticket/color-processing]"""

    BLACK_AND_WHITE_1 = "BlackAndWhite1"
    GRAYSCALE_4 = "Grayscale4"
    GRAYSCALE_8 = "Grayscale8"
    GRAYSCALE_16 = "Grayscale16"
    RGB_24 = "RGB24"
    RGB_48 = "RGB48"
    RGBA_32 = "RGBa32"
    RGBA_64 = "RGBa64"


class InputSource(StrEnum):
    """DocumentParameters/InputSource. [wscn/ticket/input-source]"""

    ADF = "ADF"
    ADF_DUPLEX = "ADFDuplex"
    FILM = "Film"
    PLATEN = "Platen"


class FilmScanMode(StrEnum):
    """DocumentParameters/FilmScanMode; NotApplicable in a DefaultScanTicket only.
    [wscn/ticket/film-scan-mode] [wscn/ticket/film-scan-mode-not-applicable]"""

    COLOR_SLIDE_FILM = "ColorSlideFilm"
    COLOR_NEGATIVE_FILM = "ColorNegativeFilm"
    BLACK_AND_WHITE_NEGATIVE_FILM = "BlackandWhiteNegativeFilm"
    NOT_APPLICABLE = "NotApplicable"


class ContentType(StrEnum):
    """DocumentParameters/ContentType. [wscn/ticket/content-type]"""

    AUTO = "Auto"
    TEXT = "Text"
    PHOTO = "Photo"
    HALFTONE = "Halftone"
    MIXED = "Mixed"
