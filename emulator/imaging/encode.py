"""Format encoders: the images of a scan become documents on disk, in the formats of WS-Scan.

A document is written into a real file as its images come, so that neither the number of pages nor their
size decides how much memory is used, and so that the JPEG encoder runs beside other threads (Pillow gives
up the interpreter lock only when it writes to a file descriptor).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.pages import PixelMode, UnsupportedSetting
from emulator.imaging.scan_head import PIXEL_MODES, check_settings
from emulator.imaging.tiff import TiffWriter
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS, Format
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

HEAD_BYTES: Final = 4096
"""DocumentInfo.head_sha256 is of so many octets."""

MEDIA_TYPES: Final[dict[str, str]] = {
    Format.DIB: "image/bmp",
    Format.EXIF: "image/jpeg",
    Format.JBIG: "image/jbig",
    Format.JFIF: "image/jpeg",
    Format.JPEG2K: "image/jp2",
    Format.PDF_A: "application/pdf",
    Format.PNG: "image/png",
    Format.TIFF_SINGLE_UNCOMPRESSED: "image/tiff",
    Format.TIFF_SINGLE_G4: "image/tiff",
    Format.TIFF_SINGLE_G3MH: "image/tiff",
    Format.TIFF_SINGLE_JPEG_TN2: "image/tiff",
    Format.TIFF_MULTI_UNCOMPRESSED: "image/tiff",
    Format.TIFF_MULTI_G4: "image/tiff",
    Format.TIFF_MULTI_G3MH: "image/tiff",
    Format.TIFF_MULTI_JPEG_TN2: "image/tiff",
    Format.XPS: "application/vnd.ms-xpsdocument",
}
"""Media type of each WS-Scan format; others are application/octet-stream."""

FORMAT_MODES: Final[dict[str, tuple[PixelMode, ...]]] = {
    Format.JFIF: ("L", "RGB"),
    Format.PNG: ("1", "L", "RGB"),
    Format.TIFF_SINGLE_UNCOMPRESSED: ("1", "L", "RGB"),
    Format.TIFF_SINGLE_G4: ("1",),
    Format.TIFF_MULTI_G4: ("1",),
}
"""Formats that this version writes, and the pixels that each can hold."""

_PNG_LEVEL: Final = 1  # a letter takes a third longer to write at 2 and is hardly smaller
_FINE_COLOUR_FROM: Final = 90
_CHUNK: Final = 1024 * 1024


class UnsupportedFormat(UnsupportedSetting):
    """A format that this version does not write, or that cannot hold such pixels."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known of a finished document."""

    format: str
    media_type: str
    bytes: int
    sha256: str
    head_sha256: str
    """SHA-256 of the first HEAD_BYTES octets."""
    pages: int
    width: int
    """Pixels, of the first page."""
    height: int
    resolution: Resolution
    color: str


def media_type(format: str) -> str:
    """Media type of a WS-Scan format."""
    return MEDIA_TYPES.get(format, "application/octet-stream")


def require_supported(ticket: EffectiveTicket) -> None:
    """Raise UnsupportedSetting (UnsupportedFormat) when `ticket` cannot be scanned or written; one line."""
    check_settings(ticket)
    modes = _modes(ticket.format)
    for side in (ticket.front, ticket.back):
        if side is not None and PIXEL_MODES[side.color_processing] not in modes:
            raise _cannot_hold(ticket.format, side.color_processing)


def _modes(format: str) -> tuple[PixelMode, ...]:
    try:
        return FORMAT_MODES[format]
    except KeyError:
        raise UnsupportedFormat(
            f"Format={format} is not written yet; this version writes: " + ", ".join(FORMAT_MODES)
        ) from None


def _cannot_hold(format: str, color: str) -> UnsupportedFormat:
    possible = ", ".join(name for name, mode in PIXEL_MODES.items() if mode in FORMAT_MODES[format])
    return UnsupportedFormat(f"Format={format} cannot hold ColorProcessing={color}; it holds: {possible}")


class DocumentWriter:
    """One document being written. Ends with finish() or discard(); see open_document."""

    def __init__(self, path: Path, ticket: EffectiveTicket) -> None:
        modes = _modes(ticket.format)
        self.path = path
        self._ticket = ticket
        self._allowed = modes
        self._multi = ticket.format in MULTI_IMAGE_FORMATS
        self._pages = 0
        self._size = (0, 0)
        self._first: EffectiveSide | None = None
        self._file: BinaryIO = path.open("w+b")
        self._write = self._encoder()

    def _encoder(self) -> Callable[[Image.Image, Resolution], None]:
        if self._ticket.format == Format.JFIF:
            return self._write_jpeg
        if self._ticket.format == Format.PNG:
            return self._write_png
        g4 = self._ticket.format in {Format.TIFF_SINGLE_G4, Format.TIFF_MULTI_G4}
        return TiffWriter(self._file, "group4" if g4 else "none", multi=self._multi).add

    def add(self, image: Image.Image, side: EffectiveSide) -> None:
        """Append an image as the scan head delivered it for `side`. A single-image format takes one.
        Raises UnsupportedFormat, OSError (disk full, TiffTooLarge)."""
        if self._pages and not self._multi:
            raise ValueError(f"a document of the format {self._ticket.format} holds one image")
        if image.mode not in self._allowed:
            raise _cannot_hold(self._ticket.format, side.color_processing)
        self._write(image, side.resolution)
        if self._first is None:
            self._first, self._size = side, image.size
        self._pages += 1

    def _write_jpeg(self, image: Image.Image, resolution: Resolution) -> None:
        quality = jpeg_quality(self._ticket.compression_quality_factor)
        subsampling = "4:4:4" if self._ticket.compression_quality_factor >= _FINE_COLOUR_FROM else "4:2:0"
        image.save(
            self._file,
            "JPEG",
            quality=quality,
            subsampling=subsampling,
            dpi=(resolution.width, resolution.height),
        )

    def _write_png(self, image: Image.Image, resolution: Resolution) -> None:
        image.save(self._file, "PNG", compress_level=_PNG_LEVEL, dpi=(resolution.width, resolution.height))

    def finish(self) -> DocumentInfo:
        """Close the file and say what is in it. Raises OSError; ValueError for a document without images."""
        if self._first is None:
            raise ValueError("a document needs at least one image")
        self._file.flush()
        self._file.seek(0)
        head = self._file.read(HEAD_BYTES)
        digest = hashlib.sha256(head)
        while chunk := self._file.read(_CHUNK):
            digest.update(chunk)
        length = self._file.tell()
        self._file.close()
        return DocumentInfo(
            format=self._ticket.format,
            media_type=media_type(self._ticket.format),
            bytes=length,
            sha256=digest.hexdigest(),
            head_sha256=hashlib.sha256(head).hexdigest(),
            pages=self._pages,
            width=self._size[0],
            height=self._size[1],
            resolution=self._first.resolution,
            color=self._first.color_processing,
        )

    def discard(self) -> None:
        """Close and remove the file; safe to call twice, and after finish()."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink()


def open_document(path: Path, ticket: EffectiveTicket) -> DocumentWriter:
    """Begin the document `path` (replaced if it is there) in the ticket's format.
    Raises UnsupportedFormat before anything is written, OSError."""
    return DocumentWriter(path, ticket)


def jpeg_quality(compression_quality_factor: int) -> int:
    """CompressionQualityFactor 0 (smallest) to 100 (best) on libjpeg's scale: 1 to 95. Above 95 libjpeg's
    files grow without a gain that can be seen."""
    return max(1, round(compression_quality_factor * 0.95))
