"""EXIF (CIPA DC-008, Exif 2.32): one JPEG whose APP1 says which device made it, when, and how large it is."""

from __future__ import annotations

import io
import struct
from datetime import datetime
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders import tiff_directory as tiff
from emulator.imaging.encoders.jpeg import JpegEncoder
from emulator.imaging.encoders.jpeg_options import START, begins_with_jfif
from emulator.imaging.encoders.tiff_directory import LONG, SHORT, UNDEFINED, Entry, numbers, text, whole_rationals
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.ticket import EffectiveTicket

# Tags (Exif 2.32, 4.6)
_EXIF_IFD: Final = 0x8769
_EXIF_VERSION: Final = 0x9000
_DATE_TIME_ORIGINAL: Final = 0x9003
_DATE_TIME_DIGITIZED: Final = 0x9004
_OFFSET_TIME: Final = 0x9010
_OFFSET_TIME_ORIGINAL: Final = 0x9011
_OFFSET_TIME_DIGITIZED: Final = 0x9012
_COMPONENTS_CONFIGURATION: Final = 0x9101
_FLASHPIX_VERSION: Final = 0xA000
_COLOR_SPACE: Final = 0xA001
_PIXEL_X_DIMENSION: Final = 0xA002
_PIXEL_Y_DIMENSION: Final = 0xA003
_FILE_SOURCE: Final = 0xA300
_BODY_SERIAL_NUMBER: Final = 0xA431

_SRGB: Final = 1
_CENTERED: Final = 1  # YCbCrPositioning, as libjpeg samples
_YCBCR: Final = b"\x01\x02\x03\x00"
_Y_ONLY: Final = b"\x01\x00\x00\x00"
_TRANSPARENT_SCANNER: Final = b"\x01"
_REFLEX_SCANNER: Final = b"\x02"

_SOI: Final = b"\xff\xd8"
_APP1: Final = b"\xff\xe1"
_EXIF: Final = b"Exif\0\0"
_TIFF_HEADER: Final = struct.pack("<2sHI", b"II", 42, 8)


class ExifEncoder(JpegEncoder):
    """See Encoder. A JPEG with another beginning."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        super().__init__(file, ticket, origin)
        self._origin = origin
        self._source = ticket.input_source

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        assert isinstance(image, Image.Image)
        start = exif_start(scanned, self._origin, self._source)
        # libjpeg begins with SOI and JFIF's APP0. An EXIF file begins with SOI and APP1 instead, which is
        # longer: so the JPEG is written that much further on, and its beginning replaced.
        jpeg_at = len(start) - START
        self._file.write(bytes(jpeg_at))
        self._file.flush()
        image.save(self._file, "JPEG", **self._options.as_saved(image.mode))
        self._file.seek(jpeg_at)
        if not begins_with_jfif(self._file.read(START)):
            raise OSError("the JPEG encoder wrote an unexpected beginning")
        self._file.seek(0)
        self._file.write(start)
        self._file.seek(0, io.SEEK_END)

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        self._file.write(exif_start(coded, self._origin, self._source))
        self._file.writelines(coded.image.parts)


def exif_start(scanned: Scanned | CodedScan, origin: Origin, input_source: str) -> bytes:
    """SOI and the APP1 segment of an image. There is no thumbnail: a scanner's client makes its own."""
    first: list[Entry] = [
        *tiff.origin_entries(origin),
        numbers(tiff.ORIENTATION, SHORT, 1),
        whole_rationals(tiff.X_RESOLUTION, scanned.resolution.width),
        whole_rationals(tiff.Y_RESOLUTION, scanned.resolution.height),
        numbers(tiff.RESOLUTION_UNIT, SHORT, tiff.INCH),
        numbers(tiff.YCBCR_POSITIONING, SHORT, _CENTERED),
        numbers(_EXIF_IFD, LONG, 0),
    ]
    second_at = len(_TIFF_HEADER) + len(tiff.pack(len(_TIFF_HEADER), first))
    first[-1] = numbers(_EXIF_IFD, LONG, second_at)
    body = _TIFF_HEADER + tiff.pack(len(_TIFF_HEADER), first)
    body += tiff.pack(second_at, _exif_entries(scanned, origin, input_source))
    return _SOI + _APP1 + struct.pack(">H", 2 + len(_EXIF) + len(body)) + _EXIF + body


def _exif_entries(scanned: Scanned | CodedScan, origin: Origin, input_source: str) -> list[Entry]:
    source = _TRANSPARENT_SCANNER if input_source == InputSource.FILM else _REFLEX_SCANNER
    components = _YCBCR if scanned.color == "RGB24" else _Y_ONLY
    entries: list[Entry] = [
        (_EXIF_VERSION, UNDEFINED, 4, b"0232"),
        (_COMPONENTS_CONFIGURATION, UNDEFINED, 4, components),
        (_FLASHPIX_VERSION, UNDEFINED, 4, b"0100"),
        numbers(_COLOR_SPACE, SHORT, _SRGB),
        numbers(_PIXEL_X_DIMENSION, LONG, scanned.image.width),
        numbers(_PIXEL_Y_DIMENSION, LONG, scanned.image.height),
        (_FILE_SOURCE, UNDEFINED, 1, source),
    ]
    if origin.date is not None:
        moment = f"{origin.date:%Y:%m:%d %H:%M:%S}"
        entries += [text(_DATE_TIME_ORIGINAL, moment), text(_DATE_TIME_DIGITIZED, moment)]
        if zone := _zone(origin.date):
            tags = (_OFFSET_TIME, _OFFSET_TIME_ORIGINAL, _OFFSET_TIME_DIGITIZED)
            entries += [text(tag, zone) for tag in tags]
    if origin.serial:
        entries.append(text(_BODY_SERIAL_NUMBER, origin.serial))
    return entries


def _zone(date: datetime) -> str:
    """`+02:00`; "" for a date without a zone."""
    offset = f"{date:%z}"
    return f"{offset[:3]}:{offset[3:5]}" if offset else ""
