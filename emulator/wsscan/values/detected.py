"""DocumentSizeAutoDetect: what a ticket becomes when the medium has been seen."""

from __future__ import annotations

from dataclasses import replace

from emulator.wsscan.values.geometry import Dimensions, ScanRegion
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket


def region_on(region: ScanRegion, size: Dimensions) -> ScanRegion:
    """The region, or the whole medium of that size where the region reaches beyond it
    [wscn/validation/region-outside-detected-size]."""
    inside = region.x_offset + region.width <= size.width and region.y_offset + region.height <= size.height
    return region if inside else ScanRegion(0, 0, size.width, size.height)


def side_on(side: EffectiveSide, size: Dimensions) -> EffectiveSide:
    """A side as it is scanned from a medium of that size."""
    return replace(side, scan_region=region_on(side.scan_region, size))


def on_medium(ticket: EffectiveTicket, size: Dimensions) -> EffectiveTicket:
    """A ticket with size_auto_detect as it is carried out on a medium of that size: nothing is left to detect.
    Returns `ticket` itself where nothing was."""
    if not ticket.size_auto_detect:
        return ticket
    return replace(
        ticket,
        size_auto_detect=False,
        input_size=size,
        front=side_on(ticket.front, size),
        back=None if ticket.back is None else side_on(ticket.back, size),
    )
