"""From a resolved ticket to DocumentFinalParameters (its WS-Scan page)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from emulator.wsscan.resolution import Resolved, TicketRule
from emulator.wsscan.values.jobs import FinalParameters
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.ticket import (
    DocumentParameters,
    EffectiveSide,
    EffectiveTicket,
    Exposure,
    ExposureSettings,
    InputSize,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
)

_REGION: Final = ("ScanRegionXOffset", "ScanRegionYOffset", "ScanRegionWidth", "ScanRegionHeight")
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "Exposure": ("Contrast", "Brightness", "Sharpness"),
    "MediaFront/ScanRegion": _REGION,
    "MediaBack/ScanRegion": _REGION,
}
"""Settings of several parts that are marked each for itself."""


def final_parameters(resolved: Resolved) -> FinalParameters:
    """Every setting as it is carried out.

    As in the printed CreateScanJobResponse a size and exposure settings always stand there, even where the
    ticket asks for detection or automatic exposure: InputMediaSize is then the size in effect, marked Override as
    printed, though nothing that was asked for is replaced; and the ExposureSettings are those around which the
    device chooses, marked UsedDefault. WSD-python needs both
    [clients/wsd-python/final-parameters-with-values]. FilmScanMode stands there for film only,
    ImagesToTransfer 0 where that was asked for, though one image be all that there is.
    [wscn/final-parameters/every-parameter] [wscn/final-parameters/override]
    [wscn/final-parameters/used-default]"""
    ticket = resolved.ticket
    overridden = set(resolved.overridden)
    if ticket.size_auto_detect and "InputSize" not in resolved.used_default:
        overridden.add("InputSize")
    used_default = set(resolved.used_default)
    if ticket.exposure.auto:
        used_default.add("Exposure")
    known = frozenset(overridden | used_default)
    marked = frozenset(_in_parts(overridden, known))
    all_is_one = any(change.rule is TicketRule.ALL_IS_ONE for change in resolved.changes)
    told = replace(ticket, images_to_transfer=0) if all_is_one else ticket
    return FinalParameters(_ticket(told), marked, frozenset(_in_parts(used_default, known)) - marked)


def _in_parts(paths: Iterable[str], named: frozenset[str]) -> Iterator[str]:
    """The paths, a whole replaced by those of its parts that no path names for itself."""
    for path in paths:
        if path in _PARTS:
            yield from (part for each in _PARTS[path] if (part := f"{path}/{each}") not in named)
        else:
            yield path


def _ticket(ticket: EffectiveTicket) -> ScanTicket:
    exposure = ticket.exposure
    film = ticket.input_source == InputSource.FILM
    settings = ExposureSettings(exposure.contrast, exposure.brightness, exposure.sharpness)
    return ScanTicket(
        document_parameters=DocumentParameters(
            format=Setting(ticket.format),
            compression_quality_factor=Setting(ticket.compression_quality_factor),
            images_to_transfer=Setting(ticket.images_to_transfer),
            input_source=Setting(ticket.input_source),
            film_scan_mode=Setting(ticket.film_scan_mode) if film else None,
            content_type=Setting(ticket.content_type),
            input_size=Setting(InputSize(media_size=ticket.input_size)),
            exposure=Setting(Exposure(settings=settings)),
            scaling=Setting(ticket.scaling),
            rotation=Setting(ticket.rotation),
            media_front=_side(ticket.front),
            media_back=None if ticket.back is None else _side(ticket.back),
        )
    )


def _side(side: EffectiveSide) -> MediaSide:
    region = side.scan_region
    return MediaSide(
        ScanRegionRequest(
            Setting(region.width), Setting(region.height), Setting(region.x_offset), Setting(region.y_offset)
        ),
        Setting(side.color_processing),
        Setting(side.resolution),
    )
