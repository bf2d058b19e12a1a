"""Which kinds of file are read, and how one is known: by its first octets, never by its name alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

HEAD_BYTES: Final = 1024
"""Enough to know a file: a PDF's header may stand anywhere in it (PDF 1.7, appendix H.3)."""


class FileKind(StrEnum):
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

SUFFIXES: Final[dict[str, FileKind]] = {
    ".png": FileKind.PNG,
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".jpe": FileKind.JPEG,
    ".jfif": FileKind.JPEG,
    ".bmp": FileKind.BMP,
    ".dib": FileKind.BMP,
    ".gif": FileKind.GIF,
    ".webp": FileKind.WEBP,
    ".jp2": FileKind.JPEG_2000,
    ".j2k": FileKind.JPEG_2000,
    ".jpx": FileKind.JPEG_2000,
    ".tif": FileKind.TIFF,
    ".tiff": FileKind.TIFF,
    ".pdf": FileKind.PDF,
}
"""File names that promise a page: in a folder such a file that is broken is an error, not left out."""

_SIGNATURES: Final[tuple[tuple[bytes, FileKind], ...]] = (
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", FileKind.JPEG_2000),
    (b"\xff\x4f\xff\x51", FileKind.JPEG_2000),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"II+\x00", FileKind.TIFF),
    (b"MM\x00+", FileKind.TIFF),
    (b"BM", FileKind.BMP),
)


def kind_of(head: bytes) -> FileKind | None:
    """The kind of a file that begins with `head` (its first HEAD_BYTES), or None."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if b"%PDF-" in head[:HEAD_BYTES]:
        return FileKind.PDF
    return None
