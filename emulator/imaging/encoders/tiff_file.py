"""TIFF 6.0 written page by page, one image or many in one file."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, Final

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders import tiff_directory as tiff
from emulator.imaging.encoders.jpeg_options import JpegOptions
from emulator.imaging.encoders.tiff_directory import LONG, SHORT, Entry, numbers, whole_rationals
from emulator.imaging.encoders.tiff_strips import (
    NUMBERS,
    Compression,
    Strips,
    coded_strips,
    fax_strips,
    jpeg_strips,
    plain_strips,
)
from emulator.imaging.samples import DEEP_CHANNELS
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.wsscan.values.formats import BITS_PER_PIXEL
from emulator.wsscan.values.keywords import ColorEntry

MAX_BYTES: Final = 2**32 - 1
"""Offsets have 32 bits (TIFF 6.0, section 2). BigTIFF has no such limit, and few readers."""

_CHANNELS: Final = {ColorEntry.RGB_24: 3, ColorEntry.RGBA_32: 4, **DEEP_CHANNELS}
_ALPHA: Final = frozenset({ColorEntry.RGBA_32, ColorEntry.RGBA_64})
_UNASSOCIATED: Final = 2  # ExtraSamples: alpha that the colours are not multiplied with
_ONE_PAGE_OF_MANY: Final = 2  # NewSubfileType, bit 1


class TiffTooLarge(OSError):
    """The file would be larger than its offsets can say: no room for it, as on a full disk."""


class TiffWriter:
    """Writes a little-endian TIFF into an open file, one image at a time; holds one image's strips."""

    def __init__(
        self,
        file: BinaryIO,
        compression: Compression,
        *,
        multi: bool,
        origin: Origin = NO_ORIGIN,
        quality_factor: int = 100,
    ) -> None:
        """These are its parameters.

        - `multi`: the images are pages of one document and say so.
        - `quality_factor` (0 to 100): of JPEG.
        """
        self._file = file
        self._compression: Compression = compression
        self._multi = multi
        self._origin = tiff.origin_entries(origin)
        self._jpeg = JpegOptions(quality_factor)
        self._count = 0
        file.write(struct.pack("<2sHI", b"II", 42, 0))
        self._link = 4  # where the offset of the next directory is to be written

    def add(self, scanned: Scanned) -> None:
        """Append an image of a colour that the compression can code. Raises OSError, TiffTooLarge."""
        self._append(scanned, self._strips(scanned))

    def add_coded(self, coded: CodedScan) -> None:
        """Append an image whose strips are coded so already. Raises OSError, TiffTooLarge."""
        self._append(coded, coded_strips(coded.image))

    def _append(self, scanned: Scanned | CodedScan, strips: Strips) -> None:
        counts = strips.counts
        start = self._file.seek(0, io.SEEK_END)
        start += start % 2
        # The directory stands before its pixels, so that a reader of the file's beginning knows its size.
        entries = self._entries(scanned, strips)
        entries.append((tiff.STRIP_OFFSETS, LONG, len(counts), b"\0" * 4 * len(counts)))
        pixels_at = start + len(tiff.pack(start, entries))
        offsets = []
        end = pixels_at
        for count in counts:
            offsets.append(end)
            end += count + count % 2
        if end > MAX_BYTES:
            raise TiffTooLarge("the TIFF would be larger than 4 GB; use a tiff-single format, or fewer pages")
        entries[-1] = numbers(tiff.STRIP_OFFSETS, LONG, *offsets)
        self._file.seek(start)
        self._file.write(tiff.pack(start, entries))
        for strip, count in zip(strips.data, counts, strict=True):
            self._file.write(strip)
            self._file.write(b"\0" * (count % 2))
        self._file.seek(self._link)
        self._file.write(struct.pack("<I", start))
        self._link = start + 2 + 12 * len(entries)
        self._count += 1

    def _strips(self, scanned: Scanned) -> Strips:
        match self._compression:
            case "none":
                return plain_strips(scanned)
            case "jpeg":
                return jpeg_strips(scanned, self._jpeg)
            case fax:
                return fax_strips(scanned, fax)

    def _entries(self, scanned: Scanned | CodedScan, strips: Strips) -> list[Entry]:
        """The directory of an image, StripOffsets excepted."""
        image, color = scanned.image, scanned.color
        samples = _CHANNELS.get(color, 1)
        entries = [
            numbers(tiff.NEW_SUBFILE_TYPE, LONG, _ONE_PAGE_OF_MANY if self._multi else 0),
            numbers(tiff.IMAGE_WIDTH, LONG, image.width),
            numbers(tiff.IMAGE_LENGTH, LONG, image.height),
            numbers(tiff.BITS_PER_SAMPLE, SHORT, *[BITS_PER_PIXEL[color] // samples] * samples),
            numbers(tiff.COMPRESSION, SHORT, NUMBERS[self._compression]),
            numbers(tiff.PHOTOMETRIC, SHORT, strips.photometric),
            numbers(tiff.FILL_ORDER, SHORT, 1),
            numbers(tiff.ORIENTATION, SHORT, 1),
            numbers(tiff.SAMPLES_PER_PIXEL, SHORT, samples),
            numbers(tiff.ROWS_PER_STRIP, LONG, strips.rows),
            numbers(tiff.STRIP_BYTE_COUNTS, LONG, *strips.counts),
            whole_rationals(tiff.X_RESOLUTION, scanned.resolution.width),
            whole_rationals(tiff.Y_RESOLUTION, scanned.resolution.height),
            numbers(tiff.PLANAR_CONFIGURATION, SHORT, 1),
            numbers(tiff.RESOLUTION_UNIT, SHORT, tiff.INCH),
            *strips.entries,
            *self._origin,
        ]
        if color in _ALPHA:
            entries.append(numbers(tiff.EXTRA_SAMPLES, SHORT, _UNASSOCIATED))
        if self._multi:
            # The number of pages is not known before the feeder is empty; 0 says so (TIFF 6.0, PageNumber).
            entries.append(numbers(tiff.PAGE_NUMBER, SHORT, self._count % 65536, 0))
        return entries
