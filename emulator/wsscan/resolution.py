"""Ticket resolution: a scan ticket, the device's configuration and its default ticket give the effective
ticket, or the reasons why not. The twenty rules are TicketRule (docs/protocol/ws-scan.md 5), by which code and
results name them. Pure: values in, values out.

Where the rules leave the choice to the device, it is made so:

- A setting that the ticket leaves out has the default ticket's value. For MediaBack the ticket's
  MediaFront comes before the default's MediaBack.
- A resolution that the source lacks becomes the next higher one, else its highest: a scan is never coarser
  than need be.
- A colour becomes the nearest that the source has and the format holds (resolving/color.py).
- A size beyond the source is cut to it, a region beyond the medium likewise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.wsscan.resolving.color import SideColor, settle_color, settle_format
from emulator.wsscan.resolving.document import (
    settle_content_type,
    settle_exposure,
    settle_film_scan_mode,
    settle_images,
    settle_quality,
    settle_rotation,
    settle_scaling,
    settle_source,
)
from emulator.wsscan.resolving.medium import Medium, settle_medium, settle_region
from emulator.wsscan.resolving.record import ResolutionRecord, TicketChange, TicketProblem, listed
from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.settings import apply_settings
from emulator.wsscan.values.configuration import ScannerConfiguration, SourceCapabilities
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, InputSource
from emulator.wsscan.values.ticket import (
    DocumentParameters,
    EffectiveSide,
    EffectiveTicket,
    InputSize,
    MediaSide,
    ScanTicket,
    Setting,
    T,
)

__all__ = ["Resolved", "TicketChange", "TicketProblem", "TicketRejected", "TicketRule", "describe", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The effective ticket and how it came about. Paths are those of the ticket: `Format`,
    `MediaFront/Resolution`, `MediaFront/ScanRegion/ScanRegionWidth`."""

    ticket: EffectiveTicket
    overridden: frozenset[str]
    """Asked for (or bound to something asked for) and given otherwise: Override in DocumentFinalParameters."""
    used_default: frozenset[str]
    """Not asked for: UsedDefault in DocumentFinalParameters."""
    changes: tuple[TicketChange, ...]
    undetected: EffectiveTicket | None = None
    """Where the size of the first medium has been detected and `ticket` says it: the ticket for any medium."""

    @property
    def honoured(self) -> bool:
        """Whether the ticket is carried out as it stands, but for what has no meaning for its source. Only such a
        ticket is valid (ValidScanTicket page: the service must return another where it has to change a setting).
        [wscn/validate-scan-ticket/valid] [wscn/validate-scan-ticket/invalid]"""
        return not self.overridden

    @property
    def to_scan(self) -> EffectiveTicket:
        """What the scan head obeys, sheet by sheet."""
        return self.undetected or self.ticket


class TicketRejected(ValueError):
    """The device cannot do what the ticket demands. `str()` is one line; `problems` holds each reason."""

    def __init__(self, problems: Sequence[TicketProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def resolve(
    ticket: ScanTicket,
    configuration: ScannerConfiguration,
    default: ScanTicket,
    *,
    settings: Mapping[str, str] | None = None,
    force: bool = False,
) -> Resolved:
    """Resolve a ticket against what a device can do.

    Raises SettingError for settings, which are laid over the ticket first, and TicketRejected with every problem
    found.

    - `ticket`: what is asked for.
    - `configuration`: what the device can do.
    - `default`: the DefaultScanTicket.
    - `settings`: the user's own, path -> value.
    - `force`: whether they replace values that the ticket marks MustHonor.

    [wscn/validation/every-value-checked] [wscn/default-scan-ticket/source-of-defaults]
    """
    if settings:
        assignments = [f"{path}={value}" for path, value in settings.items()]
        ticket = apply_settings(ticket, assignments, force=force)
    given, usual = _demand_sides(ticket.document_parameters), default.document_parameters
    record = ResolutionRecord()
    for name in given.unknown_must_honor:
        record.reject(
            name,
            name,
            TicketRule.MUST_HONOR,
            "the device does not know this element, and the ticket demands it (MustHonor)",
        )
    if not configuration.input_sources:
        raise TicketRejected(
            [TicketProblem("InputSource", "the device has no source to scan from", TicketRule.MUST_HONOR)]
        )
    source = settle_source(
        record, given.input_source, _value(usual.input_source, InputSource.PLATEN), configuration
    )
    effective = _resolve_document(record, ticket, given, usual, configuration, source)
    if record.problems:
        raise TicketRejected(record.problems)
    return Resolved(effective, frozenset(record.overridden), frozenset(record.used_default), tuple(record.changes))


def _value(setting: Setting[T] | None, otherwise: T) -> T:
    return otherwise if setting is None else setting.value


def _demand_sides(given: DocumentParameters) -> DocumentParameters:
    """MustHonor on MediaSides means its leaves (MediaSides page) [wscn/must-honor/elements]."""
    if not given.media_sides_must_honor:
        return given
    front, back = given.media_front, given.media_back
    return replace(given, media_front=front and front.demanded(), media_back=back and back.demanded())


def _resolve_document(
    record: ResolutionRecord,
    ticket: ScanTicket,
    given: DocumentParameters,
    usual: DocumentParameters,
    configuration: ScannerConfiguration,
    source: str,
) -> EffectiveTicket:
    device = configuration.device_settings
    sides = _sides(record, given, usual, configuration, source)
    format = settle_format(
        record, given.format, _value(usual.format, device.formats[0]), device.formats, [s.color for s in sides]
    )
    medium = settle_medium(
        record,
        given.input_size,
        _value(usual.input_size, InputSize()),
        sides[0].source,
        can_detect=device.size_auto_detect,
    )
    front, *back = (side.settle(record, format, medium) for side in sides)
    return EffectiveTicket(
        job_description=ticket.job_description,
        format=format,
        compression_quality_factor=settle_quality(
            record,
            given.compression_quality_factor,
            _value(usual.compression_quality_factor, device.compression_quality_factor.maximum),
            format,
            device,
        ),
        images_to_transfer=settle_images(
            record, given.images_to_transfer, _value(usual.images_to_transfer, 0), source
        ),
        input_source=source,
        film_scan_mode=settle_film_scan_mode(
            record,
            given.film_scan_mode,
            _value(usual.film_scan_mode, FilmScanMode.NOT_APPLICABLE),
            source,
            configuration.film_scan_modes,
        ),
        content_type=settle_content_type(
            record, given.content_type, _value(usual.content_type, ContentType.AUTO), device
        ),
        size_auto_detect=medium.auto_detect,
        input_size=medium.size,
        exposure=settle_exposure(record, given, usual, device),
        scaling=settle_scaling(record, given.scaling, _value(usual.scaling, (100, 100)), device),
        rotation=settle_rotation(record, given.rotation, _value(usual.rotation, 0), device),
        front=front,
        back=back[0] if back else None,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One side on its way to an EffectiveSide: what the ticket asks, what stands in, what the source can do."""

    name: str
    asked: MediaSide
    usual: MediaSide
    source: SourceCapabilities

    @property
    def color(self) -> SideColor:
        return SideColor(
            f"{self.name}/ColorProcessing",
            self.asked.color_processing,
            _value(self.usual.color_processing, ColorEntry.RGB_24),
            self.source,
        )

    def settle(self, record: ResolutionRecord, format: str, medium: Medium) -> EffectiveSide:
        region = settle_region(
            record,
            f"{self.name}/ScanRegion",
            self.asked.scan_region,
            self.usual.scan_region,
            medium,
            self.source,
        )
        resolution = record.settle(
            f"{self.name}/Resolution",
            self.asked.resolution,
            _value(self.usual.resolution, self.source.optical_resolution),
            lambda wanted: _nearest_resolution(wanted, self.source),
            lambda wanted: f"this source scans at {_resolutions(self.source)} ppi, not at {wanted}",
        )
        return EffectiveSide(region, settle_color(record, self.color, format), resolution)


def _sides(
    record: ResolutionRecord,
    given: DocumentParameters,
    usual: DocumentParameters,
    configuration: ScannerConfiguration,
    source: str,
) -> list[_Side]:
    """Front, and for ADFDuplex back [wscn/validation/media-back-without-duplex].
    [clients/wsd-python/media-back-always]"""
    area = configuration.source(source)
    assert area is not None  # settle_source gives only sources that are there
    asked_front = given.media_front or MediaSide()
    usual_front = usual.media_front or MediaSide()
    sides = [_Side("MediaFront", asked_front, usual_front, area)]
    if source == InputSource.ADF_DUPLEX:
        asked = _over(given.media_back, asked_front)
        sides.append(
            _Side("MediaBack", asked, _over(usual.media_back, usual_front), configuration.adf_back or area)
        )
    elif given.media_back is not None:
        reason = f"{source} scans no back"
        if given.media_back.must_honor:
            record.reject(
                "MediaBack", "MediaBack", TicketRule.NO_BACK, f"{reason}, and the ticket demands it (MustHonor)"
            )
        else:
            record.ignore("MediaBack", "MediaBack", TicketRule.NO_BACK, reason)
    return sides


def _over(back: MediaSide | None, front: MediaSide) -> MediaSide:
    """The back's own settings, and the front's where it has none [wscn/validation/duplex-without-media-back]."""
    if back is None:
        return front
    return MediaSide(
        back.scan_region or front.scan_region,
        back.color_processing or front.color_processing,
        back.resolution or front.resolution,
    )


def _nearest_resolution(wanted: Resolution, source: SourceCapabilities) -> Resolution:
    """Axis by axis the next higher number, else the highest. Square pixels stay square where they can."""
    if source.supports(wanted):
        return wanted
    widths, heights = sorted(source.widths), sorted(source.heights)
    both = [number for number in widths if number in heights]
    if wanted.width == wanted.height and both:
        widths = heights = both
    return Resolution(_not_below(wanted.width, widths), _not_below(wanted.height, heights))


def _not_below(wanted: int, numbers: Sequence[int]) -> int:
    return next((number for number in numbers if number >= wanted), numbers[-1])


def _resolutions(source: SourceCapabilities) -> str:
    if source.widths == source.heights:
        return listed(source.widths)
    return f"{listed(source.widths)} across and {listed(source.heights)} down"


_FROM: Final = {
    InputSource.PLATEN: "from the platen",
    InputSource.ADF: "from the feeder",
    InputSource.ADF_DUPLEX: "from the feeder, both sides",
    InputSource.FILM: "from film",
}


def describe(ticket: EffectiveTicket) -> str:
    """An effective ticket in a few words: `300x300 RGB24 jfif from the feeder`."""
    front, back = ticket.front, ticket.back
    text = f"{front.resolution} {front.color_processing} {ticket.format} "
    text += _FROM.get(InputSource(ticket.input_source), ticket.input_source)
    if back is not None and (back.resolution, back.color_processing) != (front.resolution, front.color_processing):
        text += f" (back: {back.resolution} {back.color_processing})"
    return text
