"""Format encoders: the images of a scan become documents on disk, in the formats of WS-Scan.

A document is written into a real file as its images come, so that neither the number of pages nor their
size decides how much memory is used, and so that the JPEG encoder runs beside other threads (Pillow gives
up the interpreter lock only when it writes to a file descriptor).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders.encoder import UnsupportedFormat, encoder_of
from emulator.imaging.samples import is_of
from emulator.imaging.scan_head import check_settings
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.wsscan.values.formats import holds
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS, ColorEntry, Format
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.imaging.encoders.encoder import CodedEncoder

__all__ = [
    "DocumentInfo",
    "DocumentWriter",
    "UnsupportedFormat",
    "media_type",
    "open_document",
    "require_supported",
]

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
"""Media type of each WS-Scan format; others are application/octet-stream. [wscn/format/attachment-types]"""

_CHUNK: Final = 1024 * 1024


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
    recoded: bool = True
    """False where all images in it are coded as the files were that they come from."""


def media_type(format: str) -> str:
    """Media type of a WS-Scan format."""
    return MEDIA_TYPES.get(format, "application/octet-stream")


def require_supported(ticket: EffectiveTicket) -> None:
    """Raise UnsupportedSetting (UnsupportedFormat) when `ticket` cannot be scanned or written; one line."""
    check_settings(ticket)
    encoder = encoder_of(ticket.format)
    for side in (ticket.front, ticket.back):
        if side is not None and not holds(ticket.format, side.color_processing):
            raise _cannot_hold(ticket.format, side.color_processing)
    encoder.require(ticket)


def _cannot_hold(format: str, color: str) -> UnsupportedFormat:
    possible = ", ".join(each for each in ColorEntry if holds(format, each))
    return UnsupportedFormat(f"Format={format} cannot hold ColorProcessing={color}; it holds: {possible}")


class DocumentWriter:
    """One document being written. Ends with finish() or discard(); as a context it is discarded when the block
    fails. See open_document."""

    def __init__(self, path: Path, ticket: EffectiveTicket, origin: Origin) -> None:
        encoder = encoder_of(ticket.format)
        self.path = path
        self._format = ticket.format
        self._multi = ticket.format in MULTI_IMAGE_FORMATS
        self._pages = 0
        self._size = (0, 0)
        self._resolution = Resolution(0, 0)
        self._color = ""
        self._recoded = False
        self._file: BinaryIO = path.open("w+b")
        self._encoder = encoder(self._file, ticket, origin)

    def add(self, scanned: Scanned | CodedScan) -> None:
        """Append an image as the scan head delivered it, or in the coding_of the document. A single-image format
        takes one. Raises UnsupportedFormat, OSError (disk full, file too large)."""
        if self._pages and not self._multi:
            raise ValueError(f"a document of the format {self._format} holds one image")
        if not holds(self._format, scanned.color):
            raise _cannot_hold(self._format, scanned.color)
        if isinstance(scanned, CodedScan):
            cast("CodedEncoder", self._encoder).add_coded(scanned)
        elif is_of(scanned.image, scanned.color):
            self._encoder.add(scanned)
            self._recoded = True
        else:
            raise ValueError(f"the image is not of {scanned.color}")
        if not self._pages:
            self._size, self._resolution, self._color = scanned.image.size, scanned.resolution, scanned.color
        self._pages += 1

    def finish(self) -> DocumentInfo:
        """Close the file and say what is in it. Raises OSError; ValueError for a document without images."""
        if not self._pages:
            raise ValueError("a document needs at least one image")
        self._encoder.finish()
        self._file.flush()
        self._file.seek(0)
        head = self._file.read(HEAD_BYTES)
        digest = hashlib.sha256(head)
        while chunk := self._file.read(_CHUNK):
            digest.update(chunk)
        length = self._file.tell()
        self._file.close()
        return DocumentInfo(
            format=self._format,
            media_type=media_type(self._format),
            bytes=length,
            sha256=digest.hexdigest(),
            head_sha256=hashlib.sha256(head).hexdigest(),
            pages=self._pages,
            width=self._size[0],
            height=self._size[1],
            resolution=self._resolution,
            color=self._color,
            recoded=self._recoded,
        )

    def discard(self) -> None:
        """Close and remove the file; safe to call twice, and after finish()."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()


def open_document(path: Path, ticket: EffectiveTicket, origin: Origin = NO_ORIGIN) -> DocumentWriter:
    """Begin the document `path` (replaced if it is there) in the ticket's format; `origin` goes into its
    metadata. Raises UnsupportedFormat before anything is written, OSError."""
    return DocumentWriter(path, ticket, origin)
