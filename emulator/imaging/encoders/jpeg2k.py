"""JPEG 2000 in its own file format, JP2 (ITU-T T.800, annex I)."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, BinaryIO, Final

from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.encoders.jpeg2k_tiles import MAX_TILES, TILE_SIDE, write_codestream
from emulator.imaging.encoders.tiff_directory import software
from emulator.imaging.encoders.xmp import packet, plain, properties_of
from emulator.imaging.samples import DeepImage, Raster
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOSSLESS: Final = 100  # CompressionQualityFactor
_PSNR_OF_0: Final = 28.0
_PSNR_PER_FACTOR: Final = 0.2

_SIGNATURE: Final = b"\r\n\x87\n"  # I.5.1
_BRAND: Final = b"jp2 "  # I.5.2
_WAVELET: Final = 7  # ihdr's compression type, the only one (I.5.3.1)
_ENUMERATED: Final = 1  # colr's method (I.5.3.3)
_SRGB, _GREY = 16, 17
_COLOUR, _OPACITY = 0, 1  # cdef's types (I.5.3.6)
_WHOLE_IMAGE: Final = 0
_XMP_UUID: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP specification, part 3, 1.1.4
_HEAD: Final = struct.Struct(">I4s")  # of a box: length, type
_MAX_BOX: Final = 2**32 - 1


class Jpeg2000Encoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file
        self._psnr = psnr_for(ticket.compression_quality_factor)
        self._origin = origin

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """No more tiles than can be numbered."""
        for side in image_information(ticket).sides:
            tiles = -(-side.pixels_per_line // TILE_SIDE) * -(-side.number_of_lines // TILE_SIDE)
            if tiles > MAX_TILES:
                raise UnsupportedFormat(
                    f"Format={ticket.format} holds at most {MAX_TILES} tiles of {TILE_SIDE}x{TILE_SIDE} pixels, "
                    f"and the ticket asks for {side.pixels_per_line}x{side.number_of_lines} pixels; choose a lower "
                    "resolution or another format"
                )

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        deep = isinstance(image, DeepImage)
        channels = image.channels if isinstance(image, DeepImage) else len(image.getbands())
        bits = 16 if deep else 8
        write = self._file.write
        write(_box(b"jP  ", _SIGNATURE))
        write(_box(b"ftyp", _BRAND + struct.pack(">I", 0) + _BRAND))
        write(_box(b"jp2h", _header(scanned, channels, bits)))
        properties = properties_of(self._origin) | {"tiff:Software": plain(software(self._origin))}
        write(_box(b"uuid", _XMP_UUID + packet(properties)))
        start = self._file.tell()
        write(_HEAD.pack(0, b"jp2c"))  # 0: as far as the file goes
        write_codestream(self._file, lambda box: _samples(image, box), image.size, channels, bits, self._psnr)
        length = self._file.tell() - start
        if length <= _MAX_BOX:
            self._file.seek(start)
            write(_HEAD.pack(length, b"jp2c"))
            self._file.seek(0, io.SEEK_END)

    def finish(self) -> None:
        """See Encoder."""


def psnr_for(compression_quality_factor: int) -> float | None:
    """CompressionQualityFactor as the PSNR in dB that each tile is coded for: 28 (0) to 47.8 (99); None, without
    loss, for 100. OpenJPEG comes within 3 dB of it, and at 50 and above within 2."""
    if compression_quality_factor >= _LOSSLESS:
        return None
    return _PSNR_OF_0 + _PSNR_PER_FACTOR * compression_quality_factor


def _samples(image: Raster, box: tuple[int, int, int, int]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The samples of a part of the image (left, top, right, bottom): height x width x channels."""
    import numpy as np

    left, top, right, bottom = box
    if isinstance(image, DeepImage):
        return image.samples[top:bottom, left:right]
    return np.asarray(image.crop(box)).reshape(bottom - top, right - left, -1)


def _header(scanned: Scanned, channels: int, bits: int) -> bytes:
    """The boxes in the JP2 Header box (I.5.3)."""
    width, height = scanned.image.size
    header = _box(b"ihdr", struct.pack(">IIHBBBB", height, width, channels, bits - 1, _WAVELET, 0, 0))
    header += _box(b"colr", struct.pack(">BBBI", _ENUMERATED, 0, 0, _GREY if channels == 1 else _SRGB))
    if channels == 4:
        definitions = [(0, _COLOUR, 1), (1, _COLOUR, 2), (2, _COLOUR, 3), (3, _OPACITY, _WHOLE_IMAGE)]
        header += _box(b"cdef", struct.pack(">H12H", 4, *(value for each in definitions for value in each)))
    # Pixels per metre down and across: a numerator, a denominator, and a power of ten (I.5.3.7.1).
    across, down = scanned.resolution.width, scanned.resolution.height
    capture = _box(b"resc", struct.pack(">HHHHbb", down, 254, across, 254, 4, 4))
    return header + _box(b"res ", capture)


def _box(type: bytes, content: bytes) -> bytes:
    return _HEAD.pack(_HEAD.size + len(content), type) + content
