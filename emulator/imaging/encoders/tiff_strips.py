"""The strips of a TIFF image, by compression: none, Group 4, one-dimensional Group 3, JPEG by Technical Note 2.

Pillow's own TIFF writer would hold all pages of a document, and writes Group 4 with black and white swapped
(Photometric 1) unless each pixel is inverted in Python; so its encoders make the strips and the rest is ours.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final, Literal

from PIL import Image, ImageChops

from emulator.imaging.coded import CodedImage
from emulator.imaging.encoders import rows, tiff_directory
from emulator.imaging.encoders.jpeg_options import JpegOptions, after_start
from emulator.imaging.encoders.tiff_directory import LONG, SHORT, UNDEFINED, Entry, numbers
from emulator.imaging.samples import DeepImage
from emulator.imaging.scanned import Scanned

Compression = Literal["none", "group3", "group4", "jpeg"]

NUMBERS: Final[dict[Compression, int]] = {"none": 1, "group3": 3, "group4": 4, "jpeg": 7}
"""Values of the tag Compression (TIFF 6.0, sections 3 and 11; Technical Note 2).

One-dimensional Group 3 is Compression 3 with T4Options 0, as TIFF for fax has it (RFC 3949, MH in the profiles
S and F). Compression 2 codes the same runs, but without end-of-line codes, which Group 3 (ITU-T T.4) has."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, YCBCR = 0, 1, 2, 6
"""PhotometricInterpretation."""

_PLAIN_STRIP: Final = 256 * 1024  # octets; TIFF 6.0 advises 8 KB for machines of its time
_JPEG_STRIP: Final = 1024 * 1024  # of pixels, before compression
_JPEG_ROWS: Final = 16
"""Rows of a strip are a multiple of this: an MCU of 4:2:0 (Technical Note 2)."""
_CENTERED: Final = 1  # YCbCrPositioning: where JPEG's own chroma samples lie
_FULL_RANGE: Final = (0, 255, 128, 255, 128, 255)  # ReferenceBlackWhite of JFIF's YCbCr


@dataclass(frozen=True, slots=True)
class Strips:
    """The strips of one image and what the directory says of them."""

    rows: int
    """Of each strip; the last may have fewer."""
    counts: list[int]
    """Octets of each strip."""
    data: Iterable[bytes]
    photometric: int
    entries: list[Entry]
    """Entries of this compression only."""


def plain_strips(scanned: Scanned) -> Strips:
    """Uncompressed rows; black is 0."""
    image, color = scanned.image, scanned.color
    row = rows.row_bytes(color, image.width)
    bands = list(rows.bands(image.height, row, at_most=_PLAIN_STRIP))
    channels = image.channels if isinstance(image, DeepImage) else len(image.getbands())
    return Strips(
        rows=bands[0][1],
        counts=[row * (bottom - top) for top, bottom in bands],
        data=(rows.packed(image, color, top, bottom) for top, bottom in bands),
        photometric=RGB if channels >= 3 else BLACK_IS_ZERO,
        entries=[],
    )


def fax_strips(scanned: Scanned, compression: Literal["group3", "group4"]) -> Strips:
    """ITU-T T.6, or T.4 in one dimension: every line begins with an end-of-line code, no code ends the page."""
    image = scanned.image
    assert isinstance(image, Image.Image)
    strips, height = _fax(image, compression)
    options = tiff_directory.T6_OPTIONS if compression == "group4" else tiff_directory.T4_OPTIONS
    return Strips(
        rows=height,
        counts=[len(strip) for strip in strips],
        data=strips,
        photometric=WHITE_IS_ZERO,
        entries=[numbers(options, LONG, 0)],
    )


def coded_strips(image: CodedImage) -> Strips:
    """Group 4 as another file has it."""
    return Strips(
        rows=image.rows,
        counts=[len(strip) for strip in image.parts],
        data=image.parts,
        photometric=WHITE_IS_ZERO if image.white_is_zero else BLACK_IS_ZERO,
        entries=[numbers(tiff_directory.T6_OPTIONS, LONG, 0)],
    )


def group4_strip(image: Image.Image) -> bytes:
    """A mode `1` image (black 0) as one strip of Group 4 (ITU-T T.6, black runs are black). Raises OSError."""
    strips, _ = _fax(image, "group4")
    if len(strips) != 1:
        raise OSError("Pillow's libtiff has not written Group 4 in one strip")
    return strips[0]


def _fax(image: Image.Image, compression: Literal["group3", "group4"]) -> tuple[list[bytes], int]:
    # libtiff codes 0 bits as white runs; Pillow hands it black as 0.
    inverted = ImageChops.logical_xor(image, Image.new("1", image.size, 1))
    buffer = io.BytesIO()
    inverted.save(buffer, "TIFF", compression=compression, tiffinfo={tiff_directory.ROWS_PER_STRIP: image.height})
    data = buffer.getvalue()
    tags = tiff_directory.first_directory(data)
    # A compression that its libtiff lacks Pillow would leave out without a word.
    options = tiff_directory.number(tags, tiff_directory.T4_OPTIONS)
    if tiff_directory.number(tags, tiff_directory.COMPRESSION) != NUMBERS[compression] or options:
        raise OSError(f"Pillow's libtiff has not written {compression}")
    offsets = tiff_directory.all_numbers(tags, tiff_directory.STRIP_OFFSETS)
    counts = tiff_directory.all_numbers(tags, tiff_directory.STRIP_BYTE_COUNTS)
    height = tiff_directory.number(tags, tiff_directory.ROWS_PER_STRIP, image.height)
    return [data[offset : offset + count] for offset, count in zip(offsets, counts, strict=True)], height


def jpeg_strips(scanned: Scanned, options: JpegOptions) -> Strips:
    """Each strip an abbreviated JPEG of whole MCU rows; the tables of all stand in the tag JPEGTables."""
    image = scanned.image
    assert isinstance(image, Image.Image)
    row = rows.row_bytes(scanned.color, image.width)
    strips = []
    # Into a file, because Pillow's encoder keeps the interpreter's lock while it writes anywhere else.
    with tempfile.TemporaryFile(buffering=0) as scratch:
        for top, bottom in rows.bands(image.height, row, at_most=_JPEG_STRIP, multiple=_JPEG_ROWS):
            start = scratch.seek(0)
            image.crop((0, top, image.width, bottom)).save(
                scratch, "JPEG", streamtype=2, **options.as_saved(image.mode)
            )
            end = scratch.tell()
            scratch.seek(start)
            strips.append(after_start(_read(scratch, end)))
    tables = io.BytesIO()
    image.crop((0, 0, 1, 1)).save(tables, "JPEG", streamtype=1, **options.as_saved(image.mode))
    entries: list[Entry] = [(tiff_directory.JPEG_TABLES, UNDEFINED, len(tables.getvalue()), tables.getvalue())]
    if image.mode == "RGB":
        factor = options.chroma_step
        entries += [
            numbers(tiff_directory.YCBCR_SUB_SAMPLING, SHORT, factor, factor),
            numbers(tiff_directory.YCBCR_POSITIONING, SHORT, _CENTERED),
            tiff_directory.whole_rationals(tiff_directory.REFERENCE_BLACK_WHITE, *_FULL_RANGE),
        ]
    return Strips(
        rows=rows.rows_of_band(image.height, row, at_most=_JPEG_STRIP, multiple=_JPEG_ROWS),
        counts=[len(strip) for strip in strips],
        data=strips,
        photometric=YCBCR if image.mode == "RGB" else BLACK_IS_ZERO,
        entries=entries,
    )


def _read(file: IO[bytes], length: int) -> bytes:
    parts = []
    while length:
        part = file.read(length)
        if not part:
            raise OSError("a temporary file was cut off")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
