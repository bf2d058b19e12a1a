"""Where the files keep their ICC profile, if Pillow does not say."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.kinds import FileKind

_BMP_COLOUR_SPACE: Final = 70  # bV5CSType, from the begin of the file (wingdi.h, BITMAPV5HEADER)
_BMP_EMBEDDED: Final = b"DEBM"  # PROFILE_EMBEDDED, little-endian
_BMP_PROFILE: Final = 126  # bV5ProfileData and bV5ProfileSize; the data is counted from the header, at 14
_BMP_HEADER: Final = 14
_RESTRICTED, _ANY = 2, 3  # METH of a colour specification box (ISO/IEC 15444-1, I.5.3.3; 15444-2, M.11.7.3.1)
_LARGEST: Final = 16 * 1024 * 1024


def profile_of(image: Image.Image, kind: FileKind, file: BinaryIO) -> bytes | None:
    """The profile of an image that Pillow has opened from `file`, whose position is kept."""
    found = image.info.get("icc_profile")
    if isinstance(found, bytes) and found:
        return found
    reading = {FileKind.BMP: _of_bmp, FileKind.JPEG_2000: _of_jpeg_2000}.get(kind)
    if reading is None:
        return None
    at = file.tell()
    try:
        return reading(file)
    finally:
        file.seek(at)


def _of_bmp(file: BinaryIO) -> bytes | None:
    file.seek(0)
    head = file.read(_BMP_PROFILE + 8)
    if len(head) < _BMP_PROFILE + 8 or head[_BMP_COLOUR_SPACE : _BMP_COLOUR_SPACE + 4] != _BMP_EMBEDDED:
        return None
    offset, size = struct.unpack_from("<II", head, _BMP_PROFILE)
    file.seek(_BMP_HEADER + offset)
    return file.read(min(size, _LARGEST)) or None


def _of_jpeg_2000(file: BinaryIO) -> bytes | None:
    file.seek(0)
    header = _box(file.read(_LARGEST), b"jp2h")
    colour = None if header is None else _box(header, b"colr")
    if colour is None or colour[0] not in {_RESTRICTED, _ANY}:
        return None
    return colour[3:]


def _box(data: bytes, wanted: bytes) -> bytes | None:
    """The content of the first box of that type (ISO/IEC 15444-1, I.4)."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        end = len(data) if length == 0 else at + length
        if end < begin:
            return None
        if name == wanted:
            return data[begin:end] or None
        at = end
    return None
