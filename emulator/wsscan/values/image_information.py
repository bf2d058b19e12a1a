"""ImageInformation: the size of the images that a ticket leads to (docs/protocol/ws-scan.md 2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.wsscan.values.formats import bytes_per_line
from emulator.wsscan.values.geometry import pixel_size
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

_QUARTER_TURNS: Final = (90, 270)


@dataclass(frozen=True, slots=True)
class MediaImageInfo:
    """MediaFrontImageInfo or MediaBackImageInfo: the image after region, scaling and rotation.
    [wscn/image-information/after-all-adjustment]"""

    pixels_per_line: int
    number_of_lines: int
    bytes_per_line: int
    """With padding; 0 for compressed formats."""


@dataclass(frozen=True, slots=True)
class ImageInformation:
    """What CreateScanJob and ValidateScanTicket answer about the images; `back` for ADFDuplex only.
    [wscn/image-information/children] [wscn/image-information/back-only-for-duplex]"""

    front: MediaImageInfo
    back: MediaImageInfo | None = None

    @property
    def sides(self) -> tuple[MediaImageInfo, ...]:
        """Those that there are."""
        return (self.front,) if self.back is None else (self.front, self.back)


NO_IMAGES: Final = ImageInformation(MediaImageInfo(0, 0, 0))
"""What ValidateScanTicket answers for a ticket that is not valid (its second example prints zeros).
[wscn/image-information/zeros-for-an-invalid-ticket] [notes/c-18/sizes-of-no-image-are-0]"""


def image_information(ticket: EffectiveTicket) -> ImageInformation:
    """The images of a ticket. With size_auto_detect the true size is known only when the medium has been
    seen: then this is the largest that it can be."""
    return ImageInformation(
        _of_side(ticket, ticket.front), None if ticket.back is None else _of_side(ticket, ticket.back)
    )


def _of_side(ticket: EffectiveTicket, side: EffectiveSide) -> MediaImageInfo:
    width, height = pixel_size(side.scan_region, side.resolution, ticket.scaling)
    if ticket.rotation in _QUARTER_TURNS:
        width, height = height, width
    return MediaImageInfo(width, height, bytes_per_line(ticket.format, side.color_processing, width))
