"""The settings of DocumentParameters that stand for themselves: source, count, quality, content, exposure,
scaling, rotation."""

from __future__ import annotations

from typing import Final

from emulator.wsscan.resolving.record import ResolutionRecord, between, listed
from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.values.configuration import DeviceSettings, ScannerConfiguration
from emulator.wsscan.values.keywords import LOSSY_FORMATS, ContentType, FilmScanMode, Format, InputSource
from emulator.wsscan.values.ticket import (
    DocumentParameters,
    EffectiveExposure,
    Exposure,
    ExposureSettings,
    Setting,
)

_STAND_IN_SOURCES: Final[dict[str, tuple[InputSource, ...]]] = {
    InputSource.ADF_DUPLEX: (InputSource.ADF, InputSource.PLATEN, InputSource.FILM),
    InputSource.ADF: (InputSource.PLATEN, InputSource.ADF_DUPLEX, InputSource.FILM),
    InputSource.PLATEN: (InputSource.ADF, InputSource.ADF_DUPLEX, InputSource.FILM),
    InputSource.FILM: (InputSource.PLATEN, InputSource.ADF, InputSource.ADF_DUPLEX),
}
_ONE_AT_A_TIME: Final = (InputSource.PLATEN, InputSource.FILM)
_BEST_QUALITY: Final = 100


def settle_source(
    record: ResolutionRecord, asked: Setting[str] | None, fallback: str, configuration: ScannerConfiguration
) -> str:
    """InputSource; a source that the device lacks is stood in for by the most similar one it has."""
    sources = configuration.input_sources

    def nearest(source: str) -> str:
        if source in sources:
            return source
        return next((str(each) for each in _STAND_IN_SOURCES.get(source, ()) if each in sources), sources[0])

    return record.settle(
        "InputSource",
        asked,
        fallback,
        nearest,
        lambda source: f"the device scans from {listed(sources)}, not from {source}",
    )


def settle_film_scan_mode(
    record: ResolutionRecord, asked: Setting[str] | None, fallback: str, source: str, modes: tuple[str, ...]
) -> str:
    """FilmScanMode; without film it has no meaning, MustHonor or not.

    - `record`: what is noted.
    - `asked`: what the ticket says.
    - `fallback`: the default.
    - `source`: the InputSource in effect.
    - `modes`: those that the device has.

    [wscn/validation/film-scan-mode-without-film]
    """
    if source != InputSource.FILM:
        if asked is not None and asked.value != FilmScanMode.NOT_APPLICABLE:
            record.ignore("FilmScanMode", asked.value, TicketRule.NO_FILM, f"it has no meaning for {source}")
        return FilmScanMode.NOT_APPLICABLE
    return record.settle(
        "FilmScanMode",
        asked,
        fallback,
        lambda mode: mode if mode in modes or not modes else modes[0],
        lambda mode: f"the device knows {listed(modes)}, not {mode}",
    )


def settle_images(record: ResolutionRecord, asked: Setting[int] | None, fallback: int, source: str) -> int:
    """ImagesToTransfer: Platen and Film hold one image, which 0 means too
    [wscn/validation/zero-images-of-platen]; 0 is all that there are in the feeder
    [wscn/validation/zero-images-of-feeder]; with ADFDuplex every side counts
    [wscn/validation/duplex-counts-sides]. [clients/sane-airscan/image-counts]"""
    path = "ImagesToTransfer"
    if source in _ONE_AT_A_TIME:
        reason = f"{source} holds one image at a time"
        if asked is None:
            record.default(path)
        elif asked.value == 0:
            record.ignore(path, 0, TicketRule.ALL_IS_ONE, reason)
        elif asked.value != 1 and asked.must_honor:
            record.reject(path, asked.value, TicketRule.MUST_HONOR, f"{reason}, not {asked.value}")
        elif asked.value != 1:
            record.change(path, asked.value, 1, TicketRule.SUBSTITUTED, reason)
        return 1
    return record.settle(
        path, asked, fallback, lambda count: max(count, 0), lambda count: f"it is 0 or more, not {count}"
    )


def settle_quality(
    record: ResolutionRecord, asked: Setting[int] | None, fallback: int, format: str, settings: DeviceSettings
) -> int:
    """CompressionQualityFactor; a lossless format has 100.

    - `record`: what is noted.
    - `asked`: what the ticket says.
    - `fallback`: the default.
    - `format`: the Format in effect.
    - `settings`: what the device can do.

    [wscn/validation/lossless-quality-100] [wscn/validation/lossless-quality-must-honor]
    """
    path = "CompressionQualityFactor"
    if format in set(Format) - LOSSY_FORMATS:
        if asked is None:
            record.default(path)
        elif asked.value != _BEST_QUALITY:
            reason = f"{format} is lossless: only 100 is possible, not {asked.value}"
            if asked.must_honor:
                record.reject(path, asked.value, TicketRule.LOSSLESS_QUALITY_DEMANDED, reason)
            else:
                record.change(path, asked.value, _BEST_QUALITY, TicketRule.LOSSLESS_QUALITY, reason)
        return _BEST_QUALITY
    supported = settings.compression_quality_factor
    return record.settle(
        path,
        asked,
        fallback,
        lambda quality: between(quality, supported.minimum, supported.maximum),
        lambda quality: f"the device allows {supported.minimum} to {supported.maximum}, not {quality}",
    )


def settle_content_type(
    record: ResolutionRecord, asked: Setting[str] | None, fallback: str, settings: DeviceSettings
) -> str:
    """ContentType; Auto stands in for what the device does not know."""
    known = settings.content_types

    def nearest(content: str) -> str:
        choices = (content, ContentType.AUTO, fallback)
        return next((str(each) for each in choices if each in known), known[0] if known else ContentType.AUTO)

    return record.settle(
        "ContentType",
        asked,
        fallback,
        nearest,
        lambda content: f"the device knows {listed(known)}, not {content}",
    )


def settle_scaling(
    record: ResolutionRecord,
    asked: Setting[tuple[int, int]] | None,
    fallback: tuple[int, int],
    settings: DeviceSettings,
) -> tuple[int, int]:
    """ScalingWidth and ScalingHeight; outside 1..1000 the ticket is invalid, MustHonor or not
    [wscn/validation/scaling-out-of-range]."""
    width, height = settings.scaling_width, settings.scaling_height

    def show(scaling: tuple[int, int]) -> str:
        return f"{scaling[0]}x{scaling[1]}"

    if asked is not None and not all(1 <= percent <= 1000 for percent in asked.value):
        record.reject(
            "Scaling", show(asked.value), TicketRule.SCALING, f"it is 1 to 1000 percent, not {show(asked.value)}"
        )
        return fallback
    return record.settle(
        "Scaling",
        asked,
        fallback,
        lambda scaling: (
            between(scaling[0], width.minimum, width.maximum),
            between(scaling[1], height.minimum, height.maximum),
        ),
        lambda scaling: (
            f"the device scales by {width.minimum}..{width.maximum} x {height.minimum}..{height.maximum} "
            f"percent, not by {show(scaling)}"
        ),
        show,
    )


def settle_rotation(
    record: ResolutionRecord, asked: Setting[int] | None, fallback: int, settings: DeviceSettings
) -> int:
    """Rotation; 0 is always possible. [wscn/device-settings/rotation-of-0-supported] [wscn/ticket/rotation]"""
    return record.settle(
        "Rotation",
        asked,
        fallback,
        lambda rotation: rotation if rotation in settings.rotations else 0,
        lambda rotation: f"the device rotates by {listed(settings.rotations)} degrees, not by {rotation}",
    )


def settle_exposure(
    record: ResolutionRecord, given: DocumentParameters, default: DocumentParameters, settings: DeviceSettings
) -> EffectiveExposure:
    """Exposure; both children of the choice: the settings count unless the boolean is true
    [wscn/validation/both-children-of-a-choice]."""
    fallback = default.exposure.value if default.exposure is not None else Exposure()
    usual = fallback.settings or ExposureSettings()
    if given.exposure is None:
        record.default("Exposure")
        return _applied(fallback, usual, settings)
    asked, demanded = given.exposure.value, given.exposure.must_honor
    leaves = asked.settings
    if asked.auto and settings.auto_exposure:
        if leaves is not None:
            record.ignore(
                "Exposure/ExposureSettings",
                "ExposureSettings",
                TicketRule.BOTH_OF_A_CHOICE,
                "AutoExposure is true and counts",
            )
        return EffectiveExposure(True, 0, 0, 0)
    if asked.auto and demanded:
        record.reject("Exposure", "AutoExposure", TicketRule.MUST_HONOR, "the device has no automatic exposure")
    elif asked.auto:
        rule = TicketRule.SUBSTITUTED if leaves is None else TicketRule.BOTH_OF_A_CHOICE
        record.change("Exposure", "AutoExposure", "ExposureSettings", rule, "the device has no automatic exposure")
    elif asked.auto is not None and leaves is not None:
        record.ignore("Exposure/AutoExposure", "false", TicketRule.BOTH_OF_A_CHOICE, "ExposureSettings count")
    effective = _leaves(record, leaves or ExposureSettings(), usual, demanded, settings)
    if "Exposure" in record.overridden:
        # They stand in for what was asked, whether or not the ticket is silent about each.
        record.used_default.difference_update(
            f"Exposure/{name}" for name in ("Contrast", "Brightness", "Sharpness")
        )
    return effective


def _applied(fallback: Exposure, usual: ExposureSettings, settings: DeviceSettings) -> EffectiveExposure:
    if fallback.auto and settings.auto_exposure:
        return EffectiveExposure(True, 0, 0, 0)
    return _leaves(ResolutionRecord(), usual, usual, False, settings)


def _leaves(
    record: ResolutionRecord,
    asked: ExposureSettings,
    usual: ExposureSettings,
    demanded: bool,
    settings: DeviceSettings,
) -> EffectiveExposure:
    """Contrast, Brightness and Sharpness. There is no SharpnessSupported: a device that adjusts neither
    contrast nor brightness is taken to adjust nothing.
    [wscn/ticket/contrast] [wscn/ticket/brightness] [wscn/ticket/sharpness]"""
    sharpness = settings.brightness or settings.contrast
    rows = (
        ("Contrast", asked.contrast, usual.contrast, settings.contrast, 1000),
        ("Brightness", asked.brightness, usual.brightness, settings.brightness, 1000),
        ("Sharpness", asked.sharpness, usual.sharpness, sharpness, 100),
    )
    values = []
    for name, wanted, default, supported, range_end in rows:
        limit = range_end if supported else 0
        values.append(
            record.settle(
                f"Exposure/{name}",
                None if wanted is None else Setting(wanted, demanded),
                default or 0,
                lambda value, limit=limit: between(value, -limit, limit),  # type: ignore[misc]
                lambda value, limit=limit: (  # type: ignore[misc]
                    f"the device allows {-limit} to {limit}, not {value}"
                    if limit
                    else "the device does not adjust it"
                ),
            )
        )
    return EffectiveExposure(False, *values)
