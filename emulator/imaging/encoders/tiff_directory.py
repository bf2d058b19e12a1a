"""Directories of TIFF 6.0: tags, types, and how entries are packed. EXIF is made of the same."""

from __future__ import annotations

import struct
import unicodedata
from typing import Final

from emulator.imaging.scanned import SOFTWARE, Origin

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, value."""

# Types (TIFF 6.0, section 2)
ASCII: Final = 2
SHORT: Final = 3
LONG: Final = 4
RATIONAL: Final = 5
UNDEFINED: Final = 7
_FORMATS: Final = {SHORT: "H", LONG: "I", RATIONAL: "I"}

# Tags (TIFF 6.0, appendix A, unless it says otherwise)
NEW_SUBFILE_TYPE: Final = 254
SUBFILE_TYPE: Final = 255
IMAGE_WIDTH: Final = 256
IMAGE_LENGTH: Final = 257
BITS_PER_SAMPLE: Final = 258
COMPRESSION: Final = 259
PHOTOMETRIC: Final = 262
FILL_ORDER: Final = 266
MAKE: Final = 271
MODEL: Final = 272
STRIP_OFFSETS: Final = 273
ORIENTATION: Final = 274
SAMPLES_PER_PIXEL: Final = 277
ROWS_PER_STRIP: Final = 278
STRIP_BYTE_COUNTS: Final = 279
X_RESOLUTION: Final = 282
Y_RESOLUTION: Final = 283
PLANAR_CONFIGURATION: Final = 284
T4_OPTIONS: Final = 292
T6_OPTIONS: Final = 293
RESOLUTION_UNIT: Final = 296
PAGE_NUMBER: Final = 297
SOFTWARE_TAG: Final = 305
DATE_TIME: Final = 306
PREDICTOR: Final = 317
COLOR_MAP: Final = 320
TILE_WIDTH: Final = 322
TILE_LENGTH: Final = 323
TILE_OFFSETS: Final = 324
TILE_BYTE_COUNTS: Final = 325
INK_SET: Final = 332
EXTRA_SAMPLES: Final = 338
SAMPLE_FORMAT: Final = 339
JPEG_TABLES: Final = 347  # TIFF Technical Note 2
YCBCR_COEFFICIENTS: Final = 529
YCBCR_SUB_SAMPLING: Final = 530
YCBCR_POSITIONING: Final = 531
REFERENCE_BLACK_WHITE: Final = 532
ICC_PROFILE: Final = 34675  # ICC.1:2022, B.4

REVERSED_OCTETS: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
"""For bytes.translate: FillOrder 2 as FillOrder 1."""

INCH: Final = 2
"""ResolutionUnit."""


def numbers(tag: int, kind: int, *values: int) -> Entry:
    """SHORT or LONG values."""
    return tag, kind, len(values), struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)


def whole_rationals(tag: int, *values: int) -> Entry:
    """RATIONAL values that are whole numbers."""
    pairs = [number for value in values for number in (value, 1)]
    return tag, RATIONAL, len(values), struct.pack(f"<{len(pairs)}I", *pairs)


def text(tag: int, value: str) -> Entry:
    """ASCII: 7 bits and a NUL at the end. Accents are taken off, other letters become `?`."""
    plain = unicodedata.normalize("NFKD", value)
    kept = "".join(each for each in plain if not unicodedata.combining(each) and each != "\0")
    data = kept.encode("ascii", "replace") + b"\0"
    return tag, ASCII, len(data), data


def origin_entries(origin: Origin) -> list[Entry]:
    """Make, Model, Software and DateTime; what is not known is left out. DateTime has no place for a zone."""
    entries = [text(SOFTWARE_TAG, software(origin))]
    if origin.make:
        entries.append(text(MAKE, origin.make))
    if origin.model:
        entries.append(text(MODEL, origin.model))
    if origin.date is not None:
        entries.append(text(DATE_TIME, f"{origin.date:%Y:%m:%d %H:%M:%S}"))
    return entries


def software(origin: Origin) -> str:
    """The program, and the device's firmware where it is known (Exif 2.32, Software: both are meant)."""
    return f"{SOFTWARE} (firmware {origin.firmware})" if origin.firmware else SOFTWARE


def pack(start: int, entries: list[Entry]) -> bytes:
    """A little-endian directory that stands at `start`, the last of its chain, with the values that do not fit
    into it behind. Its link to a next directory is at `start + 2 + 12 * len(entries)`."""
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


Value = tuple[int, int, bytes]
"""Type, count, value."""

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Octets of a value of each type (TIFF 6.0, section 2)."""


def first_directory(data: bytes | memoryview) -> dict[int, Value]:
    """Tag -> value of the first directory of a little-endian TIFF. Raises ValueError for another file. Of files
    that were made here: nothing is checked."""
    if data[:4] != b"II*\0":
        raise ValueError("no little-endian TIFF")
    at = int.from_bytes(data[4:8], "little")
    entries: dict[int, Value] = {}
    for index in range(int.from_bytes(data[at : at + 2], "little")):
        place = at + 2 + 12 * index
        tag, kind, count = struct.unpack_from("<HHI", data, place)
        length = _SIZES[kind] * count
        begin = place + 8 if length <= 4 else int.from_bytes(data[place + 8 : place + 12], "little")
        entries[tag] = kind, count, bytes(data[begin : begin + length])
    return entries


def number(entries: dict[int, Value], tag: int, otherwise: int = 0) -> int:
    """A whole number that stands alone; `otherwise` where the tag is not there."""
    return int.from_bytes(entries[tag][2], "little") if tag in entries else otherwise


def all_numbers(entries: dict[int, Value], tag: int) -> list[int]:
    """SHORT or LONG values."""
    kind, count, value = entries[tag]
    return list(struct.unpack(f"<{count}{_FORMATS[kind]}", value))
