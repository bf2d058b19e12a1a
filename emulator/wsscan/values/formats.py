"""What the formats of WS-Scan can hold (docs/protocol/ws-scan.md 4, and the formats' own documents)."""

from __future__ import annotations

from typing import Final

from emulator.wsscan.values.keywords import ColorEntry, Format

BITS_PER_PIXEL: Final[dict[str, int]] = {
    ColorEntry.BLACK_AND_WHITE_1: 1,
    ColorEntry.GRAYSCALE_4: 4,
    ColorEntry.GRAYSCALE_8: 8,
    ColorEntry.GRAYSCALE_16: 16,
    ColorEntry.RGB_24: 24,
    ColorEntry.RGB_48: 48,
    ColorEntry.RGBA_32: 32,
    ColorEntry.RGBA_64: 64,
}

_ALL: Final = frozenset(ColorEntry)
_FAX: Final = frozenset({ColorEntry.BLACK_AND_WHITE_1})
_JPEG: Final = frozenset({ColorEntry.GRAYSCALE_8, ColorEntry.RGB_24})

# The law: [wscn/format/jpeg-colors] [wscn/format/png-colors] [wscn/format/fax-colors]
FORMAT_COLORS: Final[dict[str, frozenset[ColorEntry]]] = {
    # biBitCount 1, 4, 8, 24 and 32 (BITMAPV4HEADER); it has no deeper samples, and 16 is RGB of 5 bits.
    Format.DIB: frozenset(
        {
            ColorEntry.BLACK_AND_WHITE_1,
            ColorEntry.GRAYSCALE_4,
            ColorEntry.GRAYSCALE_8,
            ColorEntry.RGB_24,
            ColorEntry.RGBA_32,
        }
    ),
    # Exif 2.32: baseline DCT JPEG, that is 8 bits a sample.
    Format.EXIF: _JPEG,
    # Bi-level, and by bit planes grey (ITU-T T.82); 8 planes are what its decoders are tried with.
    Format.JBIG: frozenset({ColorEntry.BLACK_AND_WHITE_1, ColorEntry.GRAYSCALE_4, ColorEntry.GRAYSCALE_8}),
    Format.JFIF: _JPEG,
    # 1 to 38 bits a sample (ITU-T T.800, A.5.1), but readers shift fewer than 8 to 8 instead of scaling them: the
    # white of one bit is 128 to them, that of four 240.
    Format.JPEG2K: _ALL - _FAX - {ColorEntry.GRAYSCALE_4},
    # PDF/A-1 knows no transparency (ISO 19005-1, 6.4) and PDF 1.4 no 16-bit samples.
    Format.PDF_A: _FAX | _JPEG | {ColorEntry.GRAYSCALE_4},
    # ISO/IEC 15948, table 11.1: grey of 1 to 16 bits, RGB and RGBA of 8 and 16.
    Format.PNG: _ALL,
    # TIFF 6.0: any depth uncompressed; T.4 and T.6 are bi-level; Technical Note 2 is baseline JPEG.
    Format.TIFF_SINGLE_UNCOMPRESSED: _ALL,
    Format.TIFF_SINGLE_G4: _FAX,
    Format.TIFF_SINGLE_G3MH: _FAX,
    Format.TIFF_SINGLE_JPEG_TN2: _JPEG,
    Format.TIFF_MULTI_UNCOMPRESSED: _ALL,
    Format.TIFF_MULTI_G4: _FAX,
    Format.TIFF_MULTI_G3MH: _FAX,
    Format.TIFF_MULTI_JPEG_TN2: _JPEG,
    Format.XPS: _ALL,  # all but JPEG's two colours as PNG (XPS 1.0, 2.1.5)
}

_UNCOMPRESSED_LINE_MULTIPLE: Final[dict[str, int]] = {
    Format.DIB: 4,  # lines of a DIB end on a 32-bit boundary (BITMAPINFOHEADER)
    Format.TIFF_SINGLE_UNCOMPRESSED: 1,
    Format.TIFF_MULTI_UNCOMPRESSED: 1,
}
"""Uncompressed formats and the number of bytes that a line's length is a multiple of."""


def holds(format: str, color: str) -> bool:
    """Whether a document of that format can hold pixels of that ColorEntry. A format or colour that a vendor
    has added is not known here and taken to be held."""
    colors = FORMAT_COLORS.get(format)
    return colors is None or color not in _ALL or color in colors


def bytes_per_line(format: str, color: str, pixels: int) -> int:
    """Bytes of a line of pixels, padding included; 0 for a compressed format (BytesPerLine page) and for a
    colour of unknown depth.
    [wscn/image-information/bytes-with-padding] [wscn/image-information/bytes-of-a-compressed-format]
    [notes/c-19/bytes-per-line-of-compressed-formats]"""
    multiple = _UNCOMPRESSED_LINE_MULTIPLE.get(format)
    bits = BITS_PER_PIXEL.get(color)
    if multiple is None or bits is None:
        return 0
    octets = (pixels * bits + 7) // 8
    return -(-octets // multiple) * multiple
