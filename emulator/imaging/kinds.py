"""Which kinds of file are read, and how one is known: by its first octets, never by its name alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

HEAD_BYTES: Final = 1024
"""Enough to know a file: a PDF's header may stand anywhere in it (PDF 1.7, appendix H.3)."""


class Kind(StrEnum):
    """Kinds of file with pages in them; the values are Pillow's names of its readers."""

    PNG = "PNG"
    JPEG = "JPEG"
    BMP = "BMP"
    GIF = "GIF"
    WEBP = "WEBP"
    JPEG_2000 = "JPEG2000"
    TIFF = "TIFF"
    PDF = "PDF"


NAMES: Final = "PNG, JPEG, BMP, GIF, WebP, JPEG 2000, TIFF and PDF"

SUFFIXES: Final[dict[str, Kind]] = {
    ".png": Kind.PNG,
    ".jpg": Kind.JPEG,
    ".jpeg": Kind.JPEG,
    ".jpe": Kind.JPEG,
    ".jfif": Kind.JPEG,
    ".bmp": Kind.BMP,
    ".dib": Kind.BMP,
    ".gif": Kind.GIF,
    ".webp": Kind.WEBP,
    ".jp2": Kind.JPEG_2000,
    ".j2k": Kind.JPEG_2000,
    ".jpx": Kind.JPEG_2000,
    ".tif": Kind.TIFF,
    ".tiff": Kind.TIFF,
    ".pdf": Kind.PDF,
}
"""File names that promise a page: in a folder such a file that is broken is an error, not left out."""

_SIGNATURES: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Kind.JPEG_2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG_2000),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
    (b"II+\x00", Kind.TIFF),
    (b"MM\x00+", Kind.TIFF),
    (b"BM", Kind.BMP),
)


def kind_of(head: bytes) -> Kind | None:
    """The kind of a file that begins with `head` (its first HEAD_BYTES), or None."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if b"%PDF-" in head[:HEAD_BYTES]:
        return Kind.PDF
    return None
