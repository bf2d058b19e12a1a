"""Files whose own octets are the documents (`--as-is`): nothing is decoded, scanned or encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from emulator.imaging import kinds
from emulator.imaging.encode import HEAD_BYTES, DocumentInfo, media_type
from emulator.imaging.files import list_files
from emulator.imaging.kinds import Kind
from emulator.imaging.pages import SourceError
from emulator.imaging.pdf import PdfFile
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import ColorEntry, Format

_UNKNOWN_RESOLUTION: Final = Resolution(0, 0)
_COMPRESSION: Final = 259  # tag of TIFF 6.0
_TIFF_COMPRESSIONS: Final = {1: "uncompressed", 2: "g3mh", 3: "g3mh", 4: "g4", 7: "jpeg-tn2"}
_FORMATS: Final = {
    Kind.PNG: Format.PNG,
    Kind.BMP: Format.DIB,
    Kind.JPEG_2000: Format.JPEG2K,
    Kind.PDF: Format.PDF_A,
}
_COLORS: Final = {
    "1": ColorEntry.BLACK_AND_WHITE_1,
    "L": ColorEntry.GRAYSCALE_8,
    "I;16": ColorEntry.GRAYSCALE_16,
    "I;16B": ColorEntry.GRAYSCALE_16,
    "RGB": ColorEntry.RGB_24,
    "RGBA": ColorEntry.RGBA_32,
}


@dataclass(frozen=True, slots=True)
class AsIs:
    """A file that is sent as it is."""

    path: Path
    info: DocumentInfo
    """`format` is what it claims to be. Sizes, resolution and colour are 0 or "" where they are not known."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a glance at the headers tells."""

    format: str | None = None
    pages: int = 1
    width: int = 0
    height: int = 0
    resolution: Resolution = _UNKNOWN_RESOLUTION
    color: str = ""


def as_is_documents(paths: Sequence[Path], format: str | None = None) -> list[AsIs]:
    """The files of `paths` (folders walked as for scanning) as documents of `format`; without one each
    file's own octets tell it. With a `format` any octets will do: a file that is not what it claims to be
    is a test too. Raises SourceError for what is missing, empty, or of no format that WS-Scan names."""
    files, _ = list_files(paths)
    return [_document(path, format) for path in files]


def _document(path: Path, format: str | None) -> AsIs:
    digest = hashlib.sha256()
    length = 0
    try:
        if path.exists() and not path.is_file():  # a pipe or a device may never end, and is read twice
            raise SourceError(path, "not a file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            chunk = head
            while chunk:
                digest.update(chunk)
                length += len(chunk)
                chunk = file.read(1024 * 1024)
    except FileNotFoundError:
        raise SourceError(path, "no such file or folder") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceError(path, getattr(error, "strerror", None) or str(error)) from None
    if not length:
        raise SourceError(path, "the file is empty (0 bytes)")
    look = _look(path, head)
    claimed = format or look.format
    if claimed is None:
        raise SourceError(path, "no WS-Scan format can be told from its octets; say one with --set Format=...")
    info = DocumentInfo(
        format=claimed,
        media_type=media_type(claimed),
        bytes=length,
        sha256=digest.hexdigest(),
        head_sha256=hashlib.sha256(head).hexdigest(),
        pages=look.pages,
        width=look.width,
        height=look.height,
        resolution=look.resolution,
        color=look.color,
    )
    return AsIs(path, info)


def _look(path: Path, head: bytes) -> _Look:
    kind = kinds.kind_of(head)
    if kind is Kind.PDF:
        return _look_at_pdf(path)
    if kind is not None:
        return _look_at_image(path, kind, head)
    if head.startswith(b"PK\x03\x04") and path.suffix.lower() in {".xps", ".oxps"}:
        return _Look(Format.XPS)
    return _Look()


def _look_at_pdf(path: Path) -> _Look:
    try:
        file = PdfFile(path)
    except SourceError:
        return _Look(Format.PDF_A)  # damaged or encrypted, and sent all the same
    return _Look(Format.PDF_A, pages=len(file))


def _look_at_image(path: Path, kind: Kind, head: bytes) -> _Look:
    format: str | None = _FORMATS.get(kind)
    if kind is Kind.JPEG:
        format = Format.EXIF if head[6:10] == b"Exif" else Format.JFIF
    try:
        with Image.open(path, formats=[kind]) as image:
            pages = getattr(image, "n_frames", 1) if kind is Kind.TIFF else 1
            if kind is Kind.TIFF:
                image.seek(0)
                compression = image.tag_v2.get(_COMPRESSION, 1)  # type: ignore[attr-defined]
                name = _TIFF_COMPRESSIONS.get(compression, "uncompressed")
                format = f"tiff-{'multi' if pages > 1 else 'single'}-{name}"
            dpi = image.info.get("dpi", (0, 0))
            resolution = Resolution(round(float(dpi[0])), round(float(dpi[1])))
            return _Look(format, pages, image.width, image.height, resolution, _COLORS.get(image.mode, ""))
    except Exception:  # damaged, and sent all the same; Pillow's readers raise whatever they like
        if kind is Kind.TIFF:
            format = Format.TIFF_SINGLE_UNCOMPRESSED
        return _Look(format)
