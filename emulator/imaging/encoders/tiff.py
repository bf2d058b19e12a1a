"""The TIFF formats of WS-Scan."""

from __future__ import annotations

from typing import BinaryIO, Final

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders.encoder import require_octets, require_sides
from emulator.imaging.encoders.jpeg_options import MAX_SIDE
from emulator.imaging.encoders.tiff_file import MAX_BYTES, TiffWriter
from emulator.imaging.encoders.tiff_strips import Compression
from emulator.imaging.scanned import Origin, Scanned
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
        require_octets(ticket, MAX_BYTES - _DIRECTORY_ROOM)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        self._writer.add(scanned)

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        self._writer.add_coded(coded)

    def finish(self) -> None:
        """See Encoder."""


def _compression(format: str) -> Compression:
    return _COMPRESSIONS[format.rpartition("-")[2]]
