"""PNG (ISO/IEC 15948)."""

from __future__ import annotations

from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.samples import DeepImage
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.ticket import EffectiveTicket

_LEVEL: Final = 1  # a letter takes a third longer to write at 2 and is hardly smaller


class PngEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Nothing more is asked."""

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        if isinstance(image, DeepImage) or scanned.color == "Grayscale4":
            raise UnsupportedFormat(f"png of {scanned.color} is not written yet")
        assert isinstance(image, Image.Image)
        dpi = (scanned.resolution.width, scanned.resolution.height)
        image.save(self._file, "PNG", compress_level=_LEVEL, dpi=dpi)

    def finish(self) -> None:
        """See Encoder."""
