"""JFIF: one JPEG of grey or RGB."""

from __future__ import annotations

from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.ticket import EffectiveTicket

_FINE_COLOUR_FROM: Final = 90
MAX_SIDE: Final = 65_500
"""Pixels: JPEG_MAX_DIMENSION of libjpeg (the format's own limit is 65,535)."""


class JpegEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file
        self._factor = ticket.compression_quality_factor

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Both sides of the image within MAX_SIDE."""
        information = image_information(ticket)
        for side in (information.front, information.back):
            if side is not None and max(side.pixels_per_line, side.number_of_lines) > MAX_SIDE:
                raise UnsupportedFormat(
                    f"Format={ticket.format} holds at most {MAX_SIDE} pixels a side, and the ticket asks for "
                    f"{side.pixels_per_line}x{side.number_of_lines}; choose a lower resolution or another format"
                )

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        assert isinstance(scanned.image, Image.Image)
        scanned.image.save(
            self._file,
            "JPEG",
            quality=jpeg_quality(self._factor),
            subsampling="4:4:4" if self._factor >= _FINE_COLOUR_FROM else "4:2:0",
            dpi=(scanned.resolution.width, scanned.resolution.height),
        )

    def finish(self) -> None:
        """See Encoder."""


def jpeg_quality(compression_quality_factor: int) -> int:
    """CompressionQualityFactor 0 (smallest) to 100 (best) on libjpeg's scale: 1 to 95. Above 95 libjpeg's
    files grow without a gain that can be seen."""
    return max(1, round(compression_quality_factor * 0.95))
