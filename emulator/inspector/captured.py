"""A device profile of what another device tells: as near to it as a profile can say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from emulator.device.profile_sections import MAX_LENGTH, MAX_PPI
from emulator.dpws.constants import DEVICE_CATEGORY, HARDWARE_ID
from emulator.dpws.metadata import Extension, Metadata
from emulator.inspector.captured_ticket import ticket_table
from emulator.soap.xml import QName
from emulator.wsscan.constants import WSCN_ACCEPTED
from emulator.wsscan.values.configuration import DeviceSettings, Range, ScannerConfiguration, SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, Format
from emulator.wsscan.values.status import ScannerDescription
from emulator.wsscan.values.ticket import ScanTicket

Table = dict[str, Any]
"""A table of TOML."""

MAX_LIST: Final = 1000
"""Most entries of a list that are taken; a device has a dozen."""
_MAX_TEXT: Final = 255
_LENGTHS: Final = Range(1, MAX_LENGTH)
_PPI: Final = Range(1, MAX_PPI)


class NoProfile(ValueError):
    """What the device tells makes no profile. `str()` is one line."""


@dataclass(frozen=True, slots=True)
class DeviceAnswers:
    """What a device told of itself; None for what it did not tell."""

    configuration: ScannerConfiguration
    default_ticket: ScanTicket | None = None
    description: ScannerDescription | None = None
    metadata: Metadata | None = None


def profile_tables(told: DeviceAnswers) -> Table:
    """The profile as TOML has it. Values that a profile cannot say are left out or become the nearest that it
    can; rates, sheets and warm-up, of which WS-Scan tells nothing, are left out. Raises NoProfile."""
    configuration = _sayable(told.configuration)
    tables = _identity(told)
    tables["device_settings"] = _settings(configuration.device_settings)
    if configuration.platen is not None:
        tables["platen"] = _area(configuration.platen)
    if configuration.adf_front is not None:
        tables["feeder"] = _feeder(configuration.adf_front, configuration.adf_back)
    if configuration.film is not None:
        tables["film"] = {"film_scan_modes": list(configuration.film_scan_modes), **_area(configuration.film)}
    tables["default_ticket"] = ticket_table(told.default_ticket, configuration)
    return tables


def _identity(told: DeviceAnswers) -> Table:
    """Tell who it is. Without metadata the names are those of the ScannerDescription."""
    model = told.metadata.this_model if told.metadata else None
    device = told.metadata.this_device if told.metadata else None
    description = told.description or ScannerDescription(())
    names = [text.text for text in description.names if text.text]
    friendly = (device.friendly_name if device else "") or (names[0] if names else "")
    model_name = (model.model_name if model else "") or friendly
    tables: Table = {
        "friendly_name": friendly or model_name or "Captured scanner",
        "manufacturer": model.manufacturer if model else "",
        "model_name": model_name or "Captured scanner",
        "model_number": model.model_number if model else "",
        "firmware_version": device.firmware_version if device else "",
        "serial_number": device.serial_number if device else "",
        "hardware_id": _hardware_id(told.metadata),
        "location": next((text.text for text in description.location if text.text), ""),
    }
    found = {name: text[:_MAX_TEXT] for name, text in tables.items() if text}
    categories = (
        [each for each in _text(model.more, DEVICE_CATEGORY).split() if _is_category(each)] if model else []
    )
    return {**found, "device_category": categories[:MAX_LIST]} if categories else found


def _text(more: Sequence[Extension], name: QName) -> str:
    return next((extension.text for extension in more if extension.name == name), "")


def _is_category(text: str) -> bool:
    return text.isascii() and all(letter.isalnum() or letter in "_." for letter in text)


def _hardware_id(metadata: Metadata | None) -> str:
    for service in metadata.hosted if metadata else ():
        if any(service.has_type_in(namespace) for namespace in WSCN_ACCEPTED):
            return _text(service.more, HARDWARE_ID)
    return ""


# Configuration


def _sayable(configuration: ScannerConfiguration) -> ScannerConfiguration:
    """The configuration without what a profile cannot say."""
    front = _sayable_area(configuration.adf_front)
    back = None if front is None else _sayable_area(configuration.adf_back)
    modes = _known(configuration.film_scan_modes, FilmScanMode, but=FilmScanMode.NOT_APPLICABLE)
    film = _sayable_area(configuration.film) if modes else None
    found = ScannerConfiguration(
        _sayable_settings(configuration.device_settings),
        _sayable_area(configuration.platen),
        front,
        back,
        film,
        modes if film else (),
    )
    if not found.input_sources:
        raise NoProfile("ScannerConfiguration names no Platen, ADF or Film that a profile can describe")
    return found


def _sayable_settings(settings: DeviceSettings) -> DeviceSettings:
    formats = _known(settings.formats, Format)
    if not formats:
        raise NoProfile(f"FormatsSupported names no format that is known: {', '.join(settings.formats)[:200]}")
    quality = _within(settings.compression_quality_factor, Range(1, 100))
    return DeviceSettings(
        formats,
        quality,
        _known(settings.content_types, ContentType) or (str(ContentType.AUTO),),
        settings.size_auto_detect,
        settings.auto_exposure,
        settings.brightness,
        settings.contrast,
        _with_whole(settings.scaling_width),
        _with_whole(settings.scaling_height),
        _rotations(settings.rotations),
    )


def _rotations(rotations: tuple[int, ...]) -> tuple[int, ...]:
    """Quarter turns, 0 among them."""
    found = tuple(each for each in rotations if each in (0, 90, 180, 270))[:MAX_LIST]
    return found if 0 in found else (0, *found)


def _with_whole(limits: Range) -> Range:
    """A range of scaling, which holds 100."""
    found = _within(limits, Range(1, 1000))
    return Range(min(found.minimum, 100), max(found.maximum, 100))


def _within(limits: Range, most: Range) -> Range:
    return Range(_clamp(limits.minimum, most), _clamp(limits.maximum, most))


def _clamp(value: int, limits: Range) -> int:
    return max(limits.minimum, min(value, limits.maximum))


def _known(values: Iterable[str], known: type[StrEnum], but: StrEnum | None = None) -> tuple[str, ...]:
    names = {str(name) for name in known if name != but}
    return tuple(str(value) for value in values if value in names)[:MAX_LIST]


def _sayable_area(area: SourceCapabilities | None) -> SourceCapabilities | None:
    """None for one without a colour or a resolution that a profile can say."""
    if area is None:
        return None
    colors = _known(area.colors, ColorEntry)
    widths = tuple(each for each in area.widths if each in _PPI)[:MAX_LIST]
    heights = tuple(each for each in area.heights if each in _PPI)[:MAX_LIST]
    if not colors or not widths or not heights:
        return None
    optical = area.optical_resolution
    largest = _size(area.maximum_size, Dimensions(_LENGTHS.maximum, _LENGTHS.maximum))
    return SourceCapabilities(
        type(optical)(_clamp(optical.width, _PPI), _clamp(optical.height, _PPI)),
        widths,
        heights,
        colors,
        _size(area.minimum_size, largest),
        largest,
    )


def swapped_back(configuration: ScannerConfiguration) -> ScannerConfiguration:
    """What a device means that tells widths as heights and heights as widths."""

    def swapped(area: SourceCapabilities | None) -> SourceCapabilities | None:
        if area is None:
            return None
        least, most = area.minimum_size, area.maximum_size
        return replace(
            area,
            minimum_size=Dimensions(least.height, least.width),
            maximum_size=Dimensions(most.height, most.width),
        )

    return replace(
        configuration,
        platen=swapped(configuration.platen),
        adf_front=swapped(configuration.adf_front),
        adf_back=swapped(configuration.adf_back),
    )


def _size(size: Dimensions, most: Dimensions) -> Dimensions:
    return Dimensions(_clamp(size.width, Range(1, most.width)), _clamp(size.height, Range(1, most.height)))


# Tables


def _settings(settings: DeviceSettings) -> Table:
    return {
        "formats": list(settings.formats),
        "compression_quality_factor": _pair(settings.compression_quality_factor),
        "content_types": list(settings.content_types),
        "document_size_auto_detect": settings.size_auto_detect,
        "auto_exposure": settings.auto_exposure,
        "brightness": settings.brightness,
        "contrast": settings.contrast,
        "scaling_width": _pair(settings.scaling_width),
        "scaling_height": _pair(settings.scaling_height),
        "rotations": list(settings.rotations),
    }


def _pair(limits: Range) -> list[int]:
    return [limits.minimum, limits.maximum]


def _area(area: SourceCapabilities) -> Table:
    return {
        "optical_resolution": [area.optical_resolution.width, area.optical_resolution.height],
        "resolutions": list(area.widths),
        **({} if area.heights == area.widths else {"resolutions_down": list(area.heights)}),
        "colors": list(area.colors),
        "minimum_size": [area.minimum_size.width, area.minimum_size.height],
        "maximum_size": [area.maximum_size.width, area.maximum_size.height],
    }


def _feeder(front: SourceCapabilities, back: SourceCapabilities | None) -> Table:
    own = back is not None and back != front
    return {
        "duplex": back is not None,
        "front": _area(front),
        **({"back": _area(back)} if own and back is not None else {}),
    }
