"""The default ticket of a captured profile: the device's own, as far as the device can do what it says."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from emulator.device.profile_sections import MAX_LENGTH, MAX_PPI
from emulator.wsscan.resolution import Resolved, TicketRejected, TicketRule, resolve
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.keywords import ColorEntry, FilmScanMode
from emulator.wsscan.values.ticket import (
    EffectiveSide,
    JobDescription,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
)

T = TypeVar("T")

_MAX_TEXT: Final = 255
_AS_ASKED: Final = (TicketRule.LOSSLESS_QUALITY, TicketRule.ALL_IS_ONE, TicketRule.NO_FILM)
"""Rules that replace a value which a default ticket may have all the same."""


def ticket_table(ticket: ScanTicket | None, configuration: ScannerConfiguration) -> dict[str, Any]:
    """[default_ticket]. What the configuration does not allow becomes what the device would do instead. Without
    a ticket, or with one that nothing can be made of, it is what the configuration names first."""
    asked = ticket or ScanTicket(JobDescription("Scan"))
    try:
        resolved = resolve(asked, configuration, asked)
    except TicketRejected:
        asked = ScanTicket(asked.job_description)
        resolved = resolve(asked, configuration, asked)
    return {**_job(asked.job_description), **_parameters(asked, resolved), **_back(asked, resolved)}


def _job(job: JobDescription) -> dict[str, Any]:
    table = {
        "job_name": job.job_name[:_MAX_TEXT],
        "job_originating_user_name": job.job_originating_user_name[:_MAX_TEXT],
    }
    information = job.job_information
    return table if information is None else {**table, "job_information": information[:_MAX_TEXT]}


def _parameters(asked: ScanTicket, resolved: Resolved) -> dict[str, Any]:
    given, done = asked.document_parameters, resolved.ticket
    replaced = {change.path for change in resolved.changes if change.rule not in _AS_ASKED}

    def kept(path: str, setting: Setting[T] | None, otherwise: T) -> T:
        return otherwise if setting is None or path in replaced else setting.value

    quality = kept("CompressionQualityFactor", given.compression_quality_factor, done.compression_quality_factor)
    film_scan_mode = kept("FilmScanMode", given.film_scan_mode, done.film_scan_mode)
    exposure = done.exposure
    neutral = {
        "document_size_auto_detect": (done.size_auto_detect, False),
        "auto_exposure": (exposure.auto, False),
        "contrast": (exposure.contrast, 0),
        "brightness": (exposure.brightness, 0),
        "sharpness": (exposure.sharpness, 0),
        "scaling": (list(done.scaling), [100, 100]),
        "rotation": (done.rotation, 0),
    }
    return {
        "format": done.format,
        "compression_quality_factor": max(1, min(quality, 100)),
        "images_to_transfer": max(0, kept("ImagesToTransfer", given.images_to_transfer, done.images_to_transfer)),
        "input_source": done.input_source,
        "film_scan_mode": film_scan_mode if film_scan_mode in set(FilmScanMode) else done.film_scan_mode,
        "content_type": done.content_type,
        "input_size": [done.input_size.width, done.input_size.height],
        **{name: value for name, (value, usual) in neutral.items() if value != usual},
        **_region(done.front, done.input_size),
        "color_processing": done.front.color_processing,
        "resolution": _pair(done.front.resolution),
    }


def _region(side: EffectiveSide, medium: Dimensions) -> dict[str, Any]:
    region = side.scan_region
    told = [region.x_offset, region.y_offset, region.width, region.height]
    return {} if told == [0, 0, medium.width, medium.height] else {"scan_region": told}


def _pair(resolution: Resolution) -> list[int]:
    return [resolution.width, resolution.height]


def _back(asked: ScanTicket, resolved: Resolved) -> dict[str, Any]:
    """[default_ticket.back]: what the ticket says, also where its source scans no back; and where the back
    cannot do what the front does, what it does instead."""
    back, done = asked.document_parameters.media_back, resolved.ticket
    side = done.back or (None if back is None else _meant(back, done.front))
    if side is None or (back is None and side == done.front):
        return {}
    return {
        "back": {
            "color_processing": side.color_processing,
            "resolution": _pair(side.resolution),
            **_region(side, done.input_size),
        }
    }


def _meant(back: MediaSide, front: EffectiveSide) -> EffectiveSide:
    """The side as a profile can say it; like the front where it cannot."""
    color, resolution = back.color_processing, back.resolution
    return EffectiveSide(
        _meant_region(back.scan_region, front.scan_region),
        color.value if color is not None and color.value in set(ColorEntry) else front.color_processing,
        resolution.value if resolution is not None and _can_be(resolution.value) else front.resolution,
    )


def _can_be(resolution: Resolution) -> bool:
    return 1 <= resolution.width <= MAX_PPI and 1 <= resolution.height <= MAX_PPI


def _meant_region(region: ScanRegionRequest | None, front: ScanRegion) -> ScanRegion:
    if region is None:
        return front
    x, y = (0 if each is None else each.value for each in (region.x_offset, region.y_offset))
    width, height = region.width.value, region.height.value
    whole = min(x, y) >= 0 and min(width, height) >= 1 and max(x, y, width, height) <= MAX_LENGTH
    return ScanRegion(x, y, width, height) if whole else front
