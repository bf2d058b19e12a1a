"""JFIF: one JPEG of grey or YCbCr; its APP0 says the resolution."""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders.encoder import require_sides
from emulator.imaging.encoders.jpeg_options import MAX_SIDE, JpegOptions, jfif_start
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.ticket import EffectiveTicket


class JpegEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file
        self._options = JpegOptions(ticket.compression_quality_factor)

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Both sides of the image within MAX_SIDE."""
        require_sides(ticket, across=MAX_SIDE, down=MAX_SIDE)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        assert isinstance(image, Image.Image)
        dpi = (scanned.resolution.width, scanned.resolution.height)
        image.save(self._file, "JPEG", dpi=dpi, **self._options.as_saved(image.mode))

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        self._file.write(jfif_start(coded.resolution))
        self._file.writelines(coded.image.parts)

    def finish(self) -> None:
        """See Encoder."""
