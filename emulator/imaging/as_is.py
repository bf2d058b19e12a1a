"""Files whose own octets are the documents (`--as-is`): nothing is decoded, scanned or encoded."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

from emulator.imaging import kinds
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.encode import HEAD_BYTES, DocumentInfo, media_type
from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.files import count_pages, list_files
from emulator.imaging.kinds import FileKind
from emulator.imaging.pages import SourceError
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.tiff_directories import Directory, directories
from emulator.imaging.readers.unreadable import Unreadable, damage
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import ColorEntry, Format

_UNKNOWN_RESOLUTION: Final = Resolution(0, 0)
_CENTIMETRE: Final = 3  # ResolutionUnit
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})  # Orientation
_TIFF_COMPRESSIONS: Final = {1: "uncompressed", 2: "g3mh", 3: "g3mh", 4: "g4", 7: "jpeg-tn2"}
_FORMATS: Final = {
    FileKind.PNG: Format.PNG,
    FileKind.BMP: Format.DIB,
    FileKind.JPEG_2000: Format.JPEG2K,
    FileKind.PDF: Format.PDF_A,
}
_COLORS: Final = {
    "1": ColorEntry.BLACK_AND_WHITE_1,
    "L": ColorEntry.GRAYSCALE_8,
    "RGB": ColorEntry.RGB_24,
    "RGBA": ColorEntry.RGBA_32,
}
"""By Pillow's mode, where it says all."""

_BY_DEPTH: Final = {
    (1, 1): ColorEntry.BLACK_AND_WHITE_1,
    (1, 4): ColorEntry.GRAYSCALE_4,
    (1, 8): ColorEntry.GRAYSCALE_8,
    (1, 16): ColorEntry.GRAYSCALE_16,
    (3, 8): ColorEntry.RGB_24,
    (3, 16): ColorEntry.RGB_48,
    (4, 8): ColorEntry.RGBA_32,
    (4, 16): ColorEntry.RGBA_64,
}
"""By channels and bits of each: Pillow opens 4 bits as 8, and 16 bits of colour as 8 too."""

_PNG_CHANNELS: Final = {0: 1, 2: 3, 6: 4}  # by colour type (ISO/IEC 15948, table 11.1), palettes left out
_JBIG_SUFFIXES: Final = frozenset({".jbg", ".jbig", ".jbig1", ".bie"})
_JBIG_HEADER: Final = struct.Struct(">4B3I4B")  # BIH of ITU-T T.82, clause 6.2.4


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


def as_is_documents(
    paths: Sequence[Path], format: str | None = None, limits: PageLimits | None = None
) -> list[AsIs]:
    """The files of `paths` (folders walked as for scanning) as documents of `format`; without one each
    file's own octets tell it. With a `format` any octets will do: a file that is not what it claims to be
    is a test too. `limits`: of the children that count the pages of PDFs and suspicious images. Raises SourceError
    for what is missing, empty, or of no format that WS-Scan names, and Interrupted."""
    files, _ = list_files(paths)
    return [_document(path, format, limits or PageLimits()) for path in files]


def _document(path: Path, format: str | None, limits: PageLimits) -> AsIs:
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
    look = _look(path, head, limits)
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
        recoded=False,
    )
    return AsIs(path, info)


def _look(path: Path, head: bytes, limits: PageLimits) -> _Look:
    kind = kinds.kind_of(head)
    if kind is FileKind.PDF:
        return _Look(Format.PDF_A, pages=_pages(path, limits))
    if kind is not None:
        return _look_at_image(path, kind, head, limits)
    if head.startswith(b"PK\x03\x04") and path.suffix.lower() in {".xps", ".oxps"}:
        return _Look(Format.XPS)
    if path.suffix.lower() in _JBIG_SUFFIXES:
        return _look_at_jbig(head)
    return _Look()


def _look_at_jbig(head: bytes) -> _Look:
    """T.82 has no signature, so the file's name promises it and its header must be possible."""
    if len(head) < _JBIG_HEADER.size:
        return _Look()
    lowest, highest, planes, fill, width, height, lines, *_, order, _ = _JBIG_HEADER.unpack_from(head)
    if fill or order > 15 or lowest > highest or not (planes and width and lines):
        return _Look()
    return _Look(Format.JBIG, 1, width, height, color=_BY_DEPTH.get((1, planes), ""))


def _pages(path: Path, limits: PageLimits) -> int:
    """One where they cannot be counted: the file is damaged, encrypted or too much, and sent all the same."""
    try:
        return count_pages(path, limits)
    except SourceError:
        return 1


def _look_at_image(path: Path, kind: FileKind, head: bytes, limits: PageLimits) -> _Look:
    if kind is FileKind.TIFF:
        return _look_at_tiff(path, limits)
    format: str | None = _FORMATS.get(kind)
    if kind is FileKind.JPEG:
        format = Format.EXIF if head[6:10] == b"Exif" else Format.JFIF
    try:
        with damage(), Image.open(path, formats=[kind]) as image:
            color = _color(kind, image, head)
            return _Look(format, 1, image.width, image.height, _resolution(image, format), color)
    except Unreadable:  # damaged, and sent all the same
        return _Look(format)


def _look_at_tiff(path: Path, limits: PageLimits) -> _Look:
    pages = _pages(path, limits)
    try:
        with path.open("rb") as file:
            directory, _ = next(directories(file))
            compression = directory.number(tags.COMPRESSION, layouts.NONE)
            name = _TIFF_COMPRESSIONS.get(compression, "uncompressed")
            width, height = directory.number(tags.IMAGE_WIDTH, 0), directory.number(tags.IMAGE_LENGTH, 0)
            if directory.number(tags.ORIENTATION, 1) in _SIDEWAYS:
                width, height = height, width
            bits = directory.whole(tags.BITS_PER_SAMPLE) or (1,)
            known = directory.number(tags.PHOTOMETRIC, 0) != layouts.PALETTE and len(set(bits)) == 1
            return _Look(
                f"tiff-{'multi' if pages > 1 else 'single'}-{name}",
                pages,
                width,
                height,
                _tiff_resolution(directory),
                _BY_DEPTH.get((len(bits), bits[0]), "") if known else "",
            )
    except (Unreadable, OSError):  # damaged, and sent all the same
        return _Look(Format.TIFF_SINGLE_UNCOMPRESSED)


def _tiff_resolution(directory: Directory) -> Resolution:
    scale = {tags.INCH: 1.0, _CENTIMETRE: 2.54}.get(directory.number(tags.RESOLUTION_UNIT, tags.INCH), 0.0)
    across, down = (directory.numbers(tag) or (0.0,) for tag in (tags.X_RESOLUTION, tags.Y_RESOLUTION))
    return _whole_resolution(across[0] * scale, down[0] * scale)


def _whole_resolution(across: float, down: float) -> Resolution:
    known = isfinite(across) and isfinite(down) and across >= 0 and down >= 0
    return Resolution(round(across), round(down)) if known else _UNKNOWN_RESOLUTION


def _resolution(image: Image.Image, format: str | None) -> Resolution:
    dpi = image.info.get("dpi", (0, 0))
    if format == Format.EXIF:  # Pillow takes XResolution for both
        exif = image.getexif()
        if exif.get(ExifTags.Base.ResolutionUnit) == tags.INCH:
            dpi = exif.get(ExifTags.Base.XResolution, dpi[0]), exif.get(ExifTags.Base.YResolution, dpi[1])
    return _whole_resolution(float(dpi[0]), float(dpi[1]))


def _color(kind: FileKind, image: Image.Image, head: bytes) -> str:
    """ColorProcessing of an open image whose file begins with `head`; "" where WS-Scan has none."""
    by_mode = _COLORS.get(image.mode, "")
    if kind is FileKind.PNG:
        return _BY_DEPTH.get((_PNG_CHANNELS.get(head[25], 0), head[24]), "")
    if kind is FileKind.JPEG_2000:
        at = head.find(b"ihdr") + 4  # height, width, channels, bits less one (ISO/IEC 15444-1, I.5.3.1)
        if at >= 4 and len(head) > at + 10:
            return _BY_DEPTH.get((int.from_bytes(head[at + 8 : at + 10], "big"), (head[at + 10] & 127) + 1), "")
    if kind is FileKind.BMP and image.mode == "P" and head[28:30] == b"\4\0":  # biBitCount
        palette = image.getpalette() or []
        return ColorEntry.GRAYSCALE_4 if palette[::3] == palette[1::3] == palette[2::3] else ""
    return by_mode
