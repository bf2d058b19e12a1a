"""A resolved ticket when the device has seen the medium (DocumentSizeAutoDetect)
[wscn/validation/region-outside-detected-size]."""

from __future__ import annotations

from dataclasses import replace

from emulator.wsscan.resolution import Resolved, TicketChange, TicketProblem, TicketRejected, TicketRule
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveSide, MediaSide, ScanTicket

_REASON = "the region goes beyond the medium, of which the device detected {size} (1/1000 inch)"


def with_detected_medium(resolved: Resolved, asked: ScanTicket, size: Dimensions) -> Resolved:
    """What becomes of `resolved` on a medium of that size: a region that reaches beyond it is ignored and, where
    the ticket asked for it, told. `undetected` keeps the ticket for the sheets that follow, which may be of other
    sizes. Returns `resolved` itself where nothing is to be detected. Raises TicketRejected for a region that the
    ticket demands (MustHonor)."""
    before = resolved.ticket
    if not before.size_auto_detect:
        return resolved
    after = on_medium(before, size)
    parameters = asked.document_parameters
    sides = [("MediaFront", parameters.media_front, before.front, after.front)]
    if before.back is not None and after.back is not None:
        own = parameters.media_back if _has_region(parameters.media_back) else parameters.media_front
        sides.append(("MediaBack", own, before.back, after.back))
    problems, changes = [], list(resolved.changes)
    for name, given, was, now in sides:
        if was.scan_region == now.scan_region or not _has_region(given):
            continue
        assert given is not None and given.scan_region is not None
        path, shown, reason = f"{name}/ScanRegion", _shown(was), _REASON.format(size=size)
        if given.scan_region.must_honor or parameters.media_sides_must_honor:
            problems.append(TicketProblem(path, reason, TicketRule.BEYOND_DETECTED, shown))
        else:
            changes.append(TicketChange(path, shown, "the whole medium", TicketRule.BEYOND_DETECTED, reason))
    if problems:
        raise TicketRejected(problems)
    overridden = resolved.overridden | {
        change.path for change in changes if change.rule is TicketRule.BEYOND_DETECTED
    }
    ticket = replace(after, size_auto_detect=True)
    return replace(
        resolved, ticket=ticket, overridden=overridden, changes=tuple(changes), undetected=resolved.to_scan
    )


def _has_region(side: MediaSide | None) -> bool:
    return side is not None and side.scan_region is not None


def _shown(side: EffectiveSide) -> str:
    region = side.scan_region
    return f"{region.x_offset},{region.y_offset},{region.width},{region.height}"
