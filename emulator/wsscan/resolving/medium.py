"""InputSize and ScanRegion: how large the medium is and which part of it is scanned."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.wsscan.resolving.record import ResolutionRecord, between
from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.values.configuration import SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions, ScanRegion
from emulator.wsscan.values.ticket import InputSize, ScanRegionRequest, Setting


@dataclass(frozen=True, slots=True)
class Medium:
    """The medium of a job in 1/1000 inch."""

    size: Dimensions
    auto_detect: bool
    given_by_ticket: bool
    """Whether the ticket says anything about InputSize: then an absent ScanRegion means all of it."""


def _fit(size: Dimensions, source: SourceCapabilities) -> Dimensions:
    least, most = source.minimum_size, source.maximum_size
    return Dimensions(between(size.width, least.width, most.width), between(size.height, least.height, most.height))


def settle_medium(
    record: ResolutionRecord,
    asked: Setting[InputSize] | None,
    fallback: InputSize,
    source: SourceCapabilities,
    *,
    can_detect: bool,
) -> Medium:
    """The size of the medium; with size detection the largest that the source takes (a later, real size can
    only be smaller). Both children of the choice: the media size counts unless the boolean is true.

    - `record`: what is noted.
    - `asked`: what the ticket says.
    - `fallback`: the default.
    - `source`: what the InputSource in effect can do.
    - `can_detect`: whether the device detects sizes.

    [wscn/validation/both-children-of-a-choice]
    """
    usual = fallback.media_size or source.maximum_size
    if asked is None:
        record.default("InputSize")
        if fallback.auto_detect and can_detect:
            return Medium(source.maximum_size, True, False)
        return Medium(_fit(usual, source), False, False)
    detect, media = asked.value.auto_detect, asked.value.media_size
    if detect and not can_detect and asked.must_honor:
        return _without_detection(record, asked, _fit(media or usual, source), wanted=True)
    if detect is not None and media is not None and not (detect and can_detect):
        if detect:
            reason = "the device does not detect the size of the medium, so InputMediaSize counts"
            record.change("InputSize", "DocumentSizeAutoDetect", media, TicketRule.BOTH_OF_A_CHOICE, reason)
        else:
            record.ignore(
                "InputSize/DocumentSizeAutoDetect", "false", TicketRule.BOTH_OF_A_CHOICE, "InputMediaSize counts"
            )
        detect = None
    if detect and can_detect:
        if media is not None:
            record.ignore(
                "InputSize/InputMediaSize",
                media,
                TicketRule.BOTH_OF_A_CHOICE,
                "DocumentSizeAutoDetect is true and counts",
            )
        return Medium(source.maximum_size, True, True)
    if media is None:
        return _without_detection(record, asked, _fit(usual, source), wanted=bool(detect))
    size = record.settle(
        "InputSize",
        Setting(media, asked.must_honor),
        media,
        lambda size: _fit(size, source),
        lambda size: f"this source takes {source.minimum_size} to {source.maximum_size} (1/1000 inch), not {size}",
    )
    return Medium(size, False, True)


def _without_detection(
    record: ResolutionRecord, asked: Setting[InputSize], usual: Dimensions, *, wanted: bool
) -> Medium:
    """A ticket that gives no size: it wants detection, which the device lacks, or only refuses it."""
    if not wanted:
        record.default("InputSize")
    elif asked.must_honor:
        record.reject(
            "InputSize",
            "DocumentSizeAutoDetect",
            TicketRule.MUST_HONOR,
            "the device does not detect the size of the medium",
        )
    else:
        reason = "the device does not detect the size of the medium"
        record.change("InputSize", "DocumentSizeAutoDetect", usual, TicketRule.SUBSTITUTED, reason)
    return Medium(usual, False, False)


def settle_region(
    record: ResolutionRecord,
    path: str,
    asked: ScanRegionRequest | None,
    fallback: ScanRegionRequest | None,
    medium: Medium,
    source: SourceCapabilities,
) -> ScanRegion:
    """The region that is scanned: inside the medium, or the ticket is rejected.

    Absent: the whole InputSize [wscn/validation/region-absent]; where the ticket is silent about that too, the
    region of the default ticket, cut to the medium.

    - `record`: what is noted.
    - `path`: of the region.
    - `asked`: what the ticket says.
    - `fallback`: the default ticket's.
    - `medium`: the one in effect.
    - `source`: what the InputSource in effect can do.

    [wscn/validation/region-wholly-outside]
    """
    whole = ScanRegion(0, 0, medium.size.width, medium.size.height)
    if asked is None:
        record.default(path)
        if fallback is None or medium.given_by_ticket:
            return whole
        silent = ResolutionRecord()
        if medium.auto_detect and not _inside(
            fallback.x_offset.value if fallback.x_offset else 0,
            fallback.y_offset.value if fallback.y_offset else 0,
            fallback,
            whole,
        ):
            return whole
        region = _trim(silent, path, fallback, whole)
        return whole if silent.problems else region
    x = 0 if asked.x_offset is None else asked.x_offset.value
    y = 0 if asked.y_offset is None else asked.y_offset.value
    area = source.maximum_size
    text = _shown(x, y, asked.width.value, asked.height.value)
    if x >= area.width or y >= area.height:
        record.reject(
            path,
            text,
            TicketRule.REGION_OUTSIDE,
            f"{text} lies outside the acquisition area of {area} (1/1000 inch)",
        )
        return whole
    if medium.auto_detect and not _inside(x, y, asked, whole):
        return _ignored(record, path, asked, text, whole)
    return _trim(record, path, asked, whole)


def _inside(x: int, y: int, asked: ScanRegionRequest, whole: ScanRegion) -> bool:
    return (
        x >= 0
        and y >= 0
        and asked.width.value >= 1
        and asked.height.value >= 1
        and x + asked.width.value <= whole.width
        and y + asked.height.value <= whole.height
    )


def _shown(x: int, y: int, width: int, height: int) -> str:
    return f"{x},{y},{width},{height}"


def _ignored(
    record: ResolutionRecord, path: str, asked: ScanRegionRequest, text: str, whole: ScanRegion
) -> ScanRegion:
    """It lies outside what can be detected at most, so outside the detected size in any case.
    [wscn/validation/region-outside-detected-size]"""
    reason = "the region goes beyond the medium, whose size is detected"
    if asked.must_honor:
        record.reject(path, text, TicketRule.MUST_HONOR, reason)
    else:
        record.change(path, text, "the whole medium", TicketRule.BEYOND_DETECTED, reason)
    return whole


def _trim(record: ResolutionRecord, path: str, asked: ScanRegionRequest, whole: ScanRegion) -> ScanRegion:
    """What reaches beyond the medium is cut off and told, leaf by leaf; MustHonor forbids it.
    [wscn/validation/region-trimmed-and-reported] [wscn/validation/region-within-input-size]
    [notes/c-26/region-width-within-the-width] [notes/c-26/offsets-within-the-input-size]"""
    x = _leaf(record, f"{path}/ScanRegionXOffset", asked.x_offset, 0, whole.width - 1)
    y = _leaf(record, f"{path}/ScanRegionYOffset", asked.y_offset, 0, whole.height - 1)
    width = _leaf(record, f"{path}/ScanRegionWidth", asked.width, 1, whole.width - x)
    height = _leaf(record, f"{path}/ScanRegionHeight", asked.height, 1, whole.height - y)
    return ScanRegion(x, y, width, height)


def _leaf(record: ResolutionRecord, path: str, asked: Setting[int] | None, minimum: int, maximum: int) -> int:
    if asked is None:
        record.default(path)
        return 0
    given = between(asked.value, minimum, maximum)
    if given == asked.value:
        return given
    reason = f"the medium allows {minimum} to {maximum} here (1/1000 inch), not {asked.value}"
    beyond_start = path.endswith("Offset") and asked.value > maximum
    if asked.must_honor or beyond_start:
        # An offset beyond the medium leaves nothing to trim.
        record.reject(path, asked.value, TicketRule.REGION_TRIMMED, reason)
    else:
        record.change(path, asked.value, given, TicketRule.REGION_TRIMMED, reason)
    return given
