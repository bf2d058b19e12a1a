"""Coded data of JPEG, Group 4 and PNG taken out of files, where it can stand in another file as it is.

That it is whole is seen: JPEG runs to its end without a marker that does not belong there, each chunk of a PNG has
its checksum, Group 4 proves itself (tiff_fax). Whether all codes of a JPEG make sense only a decoder can tell, and
takes as long as all the rest of a page that is passed on: who wants it asks for a full preflight."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from emulator.imaging.coded import CodedImage, Coding, JpegTables
from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import jpeg_data, png_file
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.tiff_file import TiffImage
from emulator.imaging.readers.tiff_segments import Segments
from emulator.wsscan.values.keywords import ColorEntry

# Markers (T.81, table B.1)
_SOF_0, _DHT, _SOS, _DQT, _DRI, _COM = 0xC0, 0xC4, 0xDA, 0xDB, 0xDD, 0xFE
_APPLICATION: Final = range(0xE0, 0xF0)
_ADOBE: Final = b"Adobe"  # APP14
_ADOBE_TRANSFORM: Final = 15  # of the segment, from its marker on
_YCBCR: Final = 1
_NOT_DATA: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]")
"""What ends a scan: a marker, restarts excepted (B.1.1.2)."""
_WHOLE_SCAN: Final = b"\x00\x3f\x00"  # Ss, Se, Ah and Al of a sequential scan (B.2.3)
_SAMPLES: Final = {1: ColorEntry.GRAYSCALE_8, 3: ColorEntry.RGB_24}
_GREY_IDS, _YCBCR_IDS = (1,), (1, 2, 3)  # component identifiers of JFIF

_PNG_COLORS: Final = {
    (0, 4): ColorEntry.GRAYSCALE_4,
    (0, 8): ColorEntry.GRAYSCALE_8,
    (0, 16): ColorEntry.GRAYSCALE_16,
    (0, 1): ColorEntry.BLACK_AND_WHITE_1,
    (2, 8): ColorEntry.RGB_24,
    (2, 16): ColorEntry.RGB_48,
}
"""By colour type and depth (ISO/IEC 15948, table 11.1). What has alpha is laid on white by a scan."""


@dataclass(frozen=True, slots=True)
class Found:
    """Coded data in a file, by its headers."""

    coding: Coding
    size: tuple[int, int]
    color: str
    load: Callable[[], CodedImage]
    """Raises Unreadable."""
    tables: JpegTables | None = None
    pieces: int = 1


def jpeg(data: bytes) -> Found | None:
    """A JPEG file's data; None for one of another kind than encoders of documents write. Raises Unreadable."""
    kept: list[bytes] = []
    tables: dict[int, bytes] = {}
    frame = scan = b""
    for marker, begin, end in jpeg_data.segments(data):
        segment = data[begin:end]
        if marker in _APPLICATION or marker == _COM:
            if segment[4:9] == _ADOBE and segment[_ADOBE_TRANSFORM : _ADOBE_TRANSFORM + 1] != bytes([_YCBCR]):
                return None
            continue
        if marker not in (_SOF_0, _DHT, _SOS, _DQT, _DRI):
            return None
        kept.append(segment)
        if marker == _DQT:
            at = 4
            while at < len(segment):
                if segment[at] > 3:  # 16 bits an element
                    return None
                tables[segment[at]] = segment[at + 1 : at + 65]
                at += 65
        elif marker == _SOF_0:
            frame = segment
        elif marker == _SOS:
            scan = data[begin:end]
    if len(frame) < 10 or frame[4] != 8 or len(frame) != 10 + 3 * frame[9] or frame[9] not in _SAMPLES:
        return None
    count = frame[9]
    parts = [frame[10 + 3 * each : 13 + 3 * each] for each in range(count)]
    if tuple(part[0] for part in parts) != (_GREY_IDS if count == 1 else _YCBCR_IDS):
        return None
    if len(scan) != 8 + 2 * count or scan[4] != count or scan[-3:] != _WHOLE_SCAN:
        return None  # several scans
    if any(part[2] not in tables for part in parts):
        return None
    begin = _end_of_headers(data)
    stop = _NOT_DATA.search(data, begin)
    if stop is None or data[stop.start() :] != b"\xff\xd9":
        return None  # more behind it, or cut off: its reader says which
    height, width = struct.unpack_from(">HH", frame, 5)

    def load() -> CodedImage:
        body = b"".join((*kept, memoryview(data)[begin:]))
        return CodedImage(Coding.JPEG, (width, height), _SAMPLES[count], (body,))

    known = JpegTables(tuple((part[1], tables[part[2]]) for part in parts))
    return Found(Coding.JPEG, (width, height), _SAMPLES[count], load, known)


def _end_of_headers(data: bytes) -> int:
    *_, (_, _, end) = jpeg_data.segments(data)
    return end


def group_4(image: TiffImage) -> Found | None:
    """A bilevel TIFF page in strips of Group 4; None for another one. Raises Unreadable."""
    layout = layouts.layout_of(image.directory)
    plain = layout.samples == layout.bits == 1 and layout.photometric in layouts.GREYS and layout.tile is None
    if layout.compression != layouts.CCITT_G4 or not plain or image.directory.number(tags.T6_OPTIONS, 0):
        return None

    def load() -> CodedImage:
        image.read(deep=False)
        segments = Segments(image.directory, layout)
        codes = [segments.data(number) for number, _ in enumerate(segments.places())]
        if layout.fill_order == 2:
            codes = [code.translate(tags.REVERSED_OCTETS) for code in codes]
        return CodedImage(
            Coding.GROUP_4,
            (layout.width, layout.height),
            ColorEntry.BLACK_AND_WHITE_1,
            tuple(codes),
            rows=min(layout.rows_per_strip, layout.height),
            white_is_zero=layout.photometric == layouts.WHITE_IS_ZERO,
        )

    size, pieces = (layout.width, layout.height), -(-layout.height // layout.block[1])
    return Found(Coding.GROUP_4, size, ColorEntry.BLACK_AND_WHITE_1, load, pieces=pieces)


def png(file: BinaryIO) -> Found | None:
    """A PNG file without alpha, palette, transparent colour and interlace, and with nothing behind its pixels; None
    for another one. Raises Unreadable."""
    file.seek(0)
    head = file.read(33)
    if len(head) < 33 or head[12:16] != b"IHDR":
        return None
    width, height, depth, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", head, 16)
    color = _PNG_COLORS.get((colour, depth))
    names = [name for name, _, _ in _chunks(file)]
    if color is None or interlace or b"tRNS" in names or names[-1:] != [b"IEND"] or names[-2:-1] != [b"IDAT"]:
        return None

    def load() -> CodedImage:
        png_file.check(file)
        parts = tuple(_content(file, at, length) for name, at, length in _chunks(file) if name == b"IDAT")
        return CodedImage(Coding.PNG, (width, height), color, parts)

    return Found(Coding.PNG, (width, height), color, load)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content and its length of each chunk, up to the end of the file."""
    at = 8
    while True:
        file.seek(at)
        start = file.read(8)
        if len(start) < 8:
            return
        length, name = struct.unpack(">I4s", start)
        yield name, at + 8, length
        at += 12 + length


def _content(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)
