"""The TIFF formats of WS-Scan."""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.encoders.tiff_file import Compression, TiffWriter
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS
from emulator.wsscan.values.ticket import EffectiveTicket


class TiffEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        compression: Compression = "group4" if ticket.format.endswith("-g4") else "none"
        self._writer = TiffWriter(file, compression, multi=ticket.format in MULTI_IMAGE_FORMATS)

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Nothing more is asked."""

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        if not isinstance(scanned.image, Image.Image) or scanned.image.mode not in {"1", "L", "RGB"}:
            raise UnsupportedFormat(f"TIFF of {scanned.color} is not written yet")
        self._writer.add(scanned.image, scanned.resolution)

    def finish(self) -> None:
        """See Encoder."""
