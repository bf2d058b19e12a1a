"""TIFF 6.0 written page by page: Group 4 or uncompressed, one image or many in one file.

Pillow would hold all pages of a document, and writes Group 4 with black and white swapped (Photometric 1)
unless each pixel is inverted in Python; so its encoder makes the strips and the directories are ours.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from typing import BinaryIO, Final, Literal

from PIL import Image, TiffImagePlugin

from emulator.wsscan.values.geometry import Resolution

Compression = Literal["none", "group4"]
_Entry = tuple[int, int, int, bytes]
"""Tag, type, count, value."""

MAX_BYTES: Final = 2**32 - 1
"""Offsets have 32 bits (TIFF 6.0, section 2)."""

_STRIP_BYTES: Final = 256 * 1024  # of uncompressed pixels; TIFF 6.0 advises 8 KB for machines of its time
_INVERTED: Final = [255] + [0] * 255  # of mode `1`: Pillow has white as 255 and, from Image.new, as 1
_SOFTWARE: Final = b"dsm-emulator\0"

# Types (TIFF 6.0, section 2)
_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5
_FORMATS: Final = {_SHORT: "H", _LONG: "I"}

# Tags (TIFF 6.0, appendix A); a directory holds them in this order
_NEW_SUBFILE_TYPE: Final = 254
_IMAGE_WIDTH: Final = 256
_IMAGE_LENGTH: Final = 257
_BITS_PER_SAMPLE: Final = 258
_COMPRESSION: Final = 259
_PHOTOMETRIC: Final = 262
_FILL_ORDER: Final = 266
_STRIP_OFFSETS: Final = 273
_ORIENTATION: Final = 274
_SAMPLES_PER_PIXEL: Final = 277
_ROWS_PER_STRIP: Final = 278
_STRIP_BYTE_COUNTS: Final = 279
_X_RESOLUTION: Final = 282
_Y_RESOLUTION: Final = 283
_PLANAR_CONFIGURATION: Final = 284
_T6_OPTIONS: Final = 293
_RESOLUTION_UNIT: Final = 296
_PAGE_NUMBER: Final = 297
_SOFTWARE_TAG: Final = 305

_ONE_PAGE_OF_MANY: Final = 2  # NewSubfileType, bit 1
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_INCH: Final = 2


class TiffTooLarge(OSError):
    """The file would be larger than its offsets can say: no room for it, as on a full disk."""


class TiffWriter:
    """Writes a little-endian TIFF into an open file, one image at a time; holds one image's strips."""

    def __init__(self, file: BinaryIO, compression: Compression, *, multi: bool) -> None:
        """`multi`: the images are pages of one document and say so."""
        self._file = file
        self._compression: Compression = compression
        self._multi = multi
        self._count = 0
        file.write(struct.pack("<2sHI", b"II", 42, 0))
        self._link = 4  # where the offset of the next directory is to be written

    def add(self, image: Image.Image, resolution: Resolution) -> None:
        """Append an image (mode `1`, `L` or `RGB`; Group 4: `1`). Raises OSError, TiffTooLarge."""
        strips: Iterable[bytes]
        if self._compression == "group4":
            coded, rows = group4_strips(image)
            strips, counts = coded, [len(strip) for strip in coded]
        else:
            rows = _rows_per_strip(image)
            row = _row_bytes(image)
            tops = range(0, image.height, rows)
            strips = (image.crop((0, top, image.width, min(image.height, top + rows))).tobytes() for top in tops)
            counts = [row * min(rows, image.height - top) for top in tops]
        start = self._file.seek(0, io.SEEK_END)
        start += start % 2
        # The directory stands before its pixels, so that a reader of the file's beginning knows its size.
        entries = self._entries(image, resolution, rows, counts)
        entries.append((_STRIP_OFFSETS, _LONG, len(counts), b"\0" * 4 * len(counts)))
        pixels_at = start + len(_pack(start, entries))
        offsets = []
        end = pixels_at
        for count in counts:
            offsets.append(end)
            end += count + count % 2
        if end > MAX_BYTES:
            raise TiffTooLarge("the TIFF would be larger than 4 GB; use a tiff-single format, or fewer pages")
        entries[-1] = (_STRIP_OFFSETS, _LONG, len(counts), struct.pack(f"<{len(counts)}I", *offsets))
        self._file.seek(start)
        self._file.write(_pack(start, entries))
        for strip, count in zip(strips, counts, strict=True):
            self._file.write(strip)
            self._file.write(b"\0" * (count % 2))
        self._file.seek(self._link)
        self._file.write(struct.pack("<I", start))
        self._link = start + 2 + 12 * len(entries)
        self._count += 1

    def _entries(self, image: Image.Image, resolution: Resolution, rows: int, counts: list[int]) -> list[_Entry]:
        """The directory of an image, StripOffsets excepted: tag, type, count, value."""
        bits = {"1": (1,), "L": (8,), "RGB": (8, 8, 8)}[image.mode]
        group4 = self._compression == "group4"
        photometric = _RGB if image.mode == "RGB" else _WHITE_IS_ZERO if group4 else _BLACK_IS_ZERO
        entries: list[_Entry] = []

        def numbers(tag: int, kind: int, *values: int) -> None:
            entries.append((tag, kind, len(values), struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)))

        numbers(_NEW_SUBFILE_TYPE, _LONG, _ONE_PAGE_OF_MANY if self._multi else 0)
        numbers(_IMAGE_WIDTH, _LONG, image.width)
        numbers(_IMAGE_LENGTH, _LONG, image.height)
        numbers(_BITS_PER_SAMPLE, _SHORT, *bits)
        numbers(_COMPRESSION, _SHORT, 4 if group4 else 1)
        numbers(_PHOTOMETRIC, _SHORT, photometric)
        numbers(_FILL_ORDER, _SHORT, 1)
        numbers(_ORIENTATION, _SHORT, 1)
        numbers(_SAMPLES_PER_PIXEL, _SHORT, len(bits))
        numbers(_ROWS_PER_STRIP, _LONG, rows)
        numbers(_STRIP_BYTE_COUNTS, _LONG, *counts)
        entries.append((_X_RESOLUTION, _RATIONAL, 1, struct.pack("<II", resolution.width, 1)))
        entries.append((_Y_RESOLUTION, _RATIONAL, 1, struct.pack("<II", resolution.height, 1)))
        numbers(_PLANAR_CONFIGURATION, _SHORT, 1)
        if group4:
            numbers(_T6_OPTIONS, _LONG, 0)
        numbers(_RESOLUTION_UNIT, _SHORT, _INCH)
        if self._multi:
            # The number of pages is not known before the feeder is empty; 0 says so (TIFF 6.0, PageNumber).
            numbers(_PAGE_NUMBER, _SHORT, self._count % 65536, 0)
        entries.append((_SOFTWARE_TAG, _ASCII, len(_SOFTWARE), _SOFTWARE))
        return entries


def _pack(start: int, entries: list[_Entry]) -> bytes:
    """A directory that stands at `start`, the last one, with the values that do not fit into it behind."""
    directory = bytearray(struct.pack("<H", len(entries)))
    behind = bytearray()
    behind_at = start + 2 + 12 * len(entries) + 4
    for tag, kind, count, data in sorted(entries):
        value = data.ljust(4, b"\0")
        if len(data) > 4:
            value = struct.pack("<I", behind_at + len(behind))
            behind += data + b"\0" * (len(data) % 2)
        directory += struct.pack("<HHI", tag, kind, count) + value
    return bytes(directory + struct.pack("<I", 0) + behind)


def _row_bytes(image: Image.Image) -> int:
    return (image.width + 7) // 8 if image.mode == "1" else image.width * len(image.getbands())


def _rows_per_strip(image: Image.Image) -> int:
    return max(1, min(image.height, _STRIP_BYTES // _row_bytes(image)))


def group4_strips(image: Image.Image) -> tuple[list[bytes], int]:
    """A mode `1` image (black 0) as Group 4 strips (ITU-T T.6, black runs are black) and the rows of each."""
    # libtiff codes 0 bits as white runs; Pillow hands it black as 0.
    inverted = image.point(_INVERTED)
    buffer = io.BytesIO()
    inverted.save(buffer, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: image.height})
    buffer.seek(0)
    with TiffImagePlugin.TiffImageFile(buffer) as encoded:
        tags = encoded.tag_v2
        rows = int(tags.get(_ROWS_PER_STRIP, image.height))
        places = list(zip(tags[_STRIP_OFFSETS], tags[_STRIP_BYTE_COUNTS], strict=True))
    view = buffer.getbuffer()
    return [bytes(view[offset : offset + count]) for offset, count in places], rows
