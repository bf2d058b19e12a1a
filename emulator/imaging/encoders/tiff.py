"""The TIFF formats of WS-Scan."""

from __future__ import annotations

from typing import BinaryIO, Final

from emulator.imaging.encoders.encoder import UnsupportedFormat, require_sides
from emulator.imaging.encoders.jpeg_options import MAX_SIDE
from emulator.imaging.encoders.tiff_file import MAX_BYTES, TiffWriter
from emulator.imaging.encoders.tiff_strips import Compression
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS
from emulator.wsscan.values.ticket import EffectiveTicket

_COMPRESSIONS: Final[dict[str, Compression]] = {
    "uncompressed": "none",
    "g3mh": "group3",
    "g4": "group4",
    "tn2": "jpeg",
}
_DIRECTORY_ROOM: Final = 1024 * 1024
"""Octets left for the directory of a large image: its strips' offsets above all."""


class TiffEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._writer = TiffWriter(
            file,
            _compression(ticket.format),
            multi=ticket.format in MULTI_IMAGE_FORMATS,
            origin=origin,
            quality_factor=ticket.compression_quality_factor,
        )

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """JPEG: rows within MAX_SIDE. Uncompressed: an image within the 4 GB of a TIFF's offsets."""
        if _compression(ticket.format) == "jpeg":
            require_sides(ticket, across=MAX_SIDE)
        information = image_information(ticket)
        for side in (information.front, information.back):
            if side is not None and side.bytes_per_line * side.number_of_lines > MAX_BYTES - _DIRECTORY_ROOM:
                raise UnsupportedFormat(
                    f"Format={ticket.format} holds at most 4 GB, and an image of the ticket has "
                    f"{side.pixels_per_line}x{side.number_of_lines} pixels; choose a lower resolution or png"
                )

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        self._writer.add(scanned)

    def finish(self) -> None:
        """See Encoder."""


def _compression(format: str) -> Compression:
    return _COMPRESSIONS[format.rpartition("-")[2]]
