"""What all JPEG in documents has in common: quality, chroma, and how libjpeg's files begin."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

from emulator.wsscan.values.geometry import Resolution

_FINE_COLOUR_FROM: Final = 90
MAX_SIDE: Final = 65_500
"""Pixels: JPEG_MAX_DIMENSION of libjpeg (the format's own limit is 65,535)."""

_SOI: Final = b"\xff\xd8"
_APP0: Final = b"\xff\xe0\x00\x10JFIF\0"
_JFIF_1_1, _PER_INCH = 0x0101, 1  # version and unit
START: Final = 20
"""Octets of SOI and the JFIF segment (APP0), with which each file of libjpeg begins."""


@dataclass(frozen=True, slots=True)
class JpegOptions:
    """How a CompressionQualityFactor is encoded."""

    factor: int
    """0 (smallest) to 100 (best)."""

    @property
    def chroma_step(self) -> int:
        """Pixels across and down that share a colour: 1 (4:4:4) for fine factors, else 2 (4:2:0)."""
        return 1 if self.factor >= _FINE_COLOUR_FROM else 2

    def as_saved(self, mode: str) -> dict[str, Any]:
        """Arguments of Pillow's save for an image of mode `L` or `RGB`. Of grey too libjpeg would write sampling
        factors of 2, which decoders of TIFF refuse (libtiff: "improper JPEG sampling factors")."""
        whole = mode == "L" or self.chroma_step == 1
        return {"quality": jpeg_quality(self.factor), "subsampling": "4:4:4" if whole else "4:2:0"}


def jpeg_quality(compression_quality_factor: int) -> int:
    """CompressionQualityFactor 0 (smallest) to 100 (best) on libjpeg's scale: 1 to 95. Above 95 libjpeg's
    files grow without a gain that can be seen."""
    return max(1, round(compression_quality_factor * 0.95))


def jfif_start(resolution: Resolution) -> bytes:
    """SOI and the JFIF segment, as libjpeg writes them for so many pixels per inch."""
    return _SOI + _APP0 + struct.pack(">HBHHBB", _JFIF_1_1, _PER_INCH, resolution.width, resolution.height, 0, 0)


def begins_with_jfif(data: bytes) -> bool:
    """Return whether `data` begins as libjpeg writes it, so that START octets can be replaced."""
    return data.startswith(_SOI + _APP0)


def after_start(data: bytes) -> bytes:
    """A JPEG without its JFIF segment. Raises OSError for one that does not begin with it."""
    if not begins_with_jfif(data):
        raise OSError("the JPEG encoder wrote an unexpected beginning")
    return _SOI + data[START:]
