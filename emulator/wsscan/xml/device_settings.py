"""DeviceSettings of a ScannerConfiguration: what all sources share (its WS-Scan page; ws-scan.md 2.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from lxml import etree

from emulator.soap.reading import Cursor
from emulator.soap.structure import boolean, check_structure
from emulator.soap.xml import place
from emulator.wsscan.values.configuration import DeviceSettings, Range
from emulator.wsscan.values.keywords import ContentType, Format
from emulator.wsscan.xml.settings import VENDOR_FORMAT, add, keyword, whole_number
from emulator.wsscan.xml.structure import add_each, expected, keywords, missing
from emulator.wsscan.xml.vendor import write_vendor_elements

# The law: [wscn/device-settings/formats-supported] [wscn/device-settings/content-types-supported]
# The law: [wscn/device-settings/document-size-auto-detect-supported]
# The law: [wscn/device-settings/auto-exposure-supported] [wscn/device-settings/brightness-supported]
# The law: [wscn/device-settings/contrast-supported]
_ORDER: Final = (
    "FormatsSupported",
    "CompressionQualityFactorSupported",
    "ContentTypesSupported",
    "DocumentSizeAutoDetectSupported",
    "AutoExposureSupported",
    "BrightnessSupported",
    "ContrastSupported",
    "ScalingRangeSupported",
    "RotationsSupported",
)
_QUALITY: Final = Range(1, 100)  # [wscn/device-settings/compression-quality-factor-supported]
_SCALING: Final = Range(1, 1000)  # [wscn/device-settings/scaling-range-supported]
_NO_SCALING: Final = Range(100, 100)  # [wscn/device-settings/scaling-of-100-supported]
# The law: [wscn/device-settings/rotations-supported] [wscn/device-settings/rotation-of-0-supported]
_ROTATIONS: Final = (0, 90, 180, 270)

NOTHING_TOLD: Final = DeviceSettings(
    (), _QUALITY, (ContentType.AUTO,), False, False, False, False, _NO_SCALING, _NO_SCALING, (0,)
)
"""What is taken for each setting that a device leaves out: the least that every device can do."""


def read_device_settings(cursor: Cursor | None) -> DeviceSettings:
    """Read DeviceSettings; None and a missing setting are as in NOTHING_TOLD, which is noted.

    Raises ContentError for a value of the wrong type.
    """
    if cursor is None:
        return NOTHING_TOLD
    check_structure(cursor, _ORDER)
    scaling = expected(cursor, "ScalingRangeSupported")
    width, height = (_NO_SCALING, _NO_SCALING) if scaling is None else _read_scaling(scaling)
    return DeviceSettings(
        _read_formats(expected(cursor, "FormatsSupported")),
        _read_range(expected(cursor, "CompressionQualityFactorSupported"), _QUALITY, _QUALITY),
        _read_list(expected(cursor, "ContentTypesSupported"), "ContentTypeValue", ContentType)
        or NOTHING_TOLD.content_types,
        _read_flag(cursor, "DocumentSizeAutoDetectSupported"),
        _read_flag(cursor, "AutoExposureSupported"),
        _read_flag(cursor, "BrightnessSupported"),
        _read_flag(cursor, "ContrastSupported"),
        width,
        height,
        _read_rotations(expected(cursor, "RotationsSupported")),
    )


def _read_formats(formats: Cursor | None) -> tuple[str, ...]:
    if formats is None:
        return ()
    check_structure(formats, ("FormatValue",))
    read = keyword(Format, VENDOR_FORMAT)
    found = tuple(value for each in formats.children("FormatValue") if (value := read(each)) is not None)
    if not found:
        missing(formats, "FormatValue")
    return found


def _read_list(entries: Cursor | None, name: str, known: type[StrEnum]) -> tuple[str, ...]:
    if entries is None:
        return ()
    check_structure(entries, (name,))
    found = keywords(entries, name, known)
    if not found:
        missing(entries, name)
    return tuple(found)


def _read_flag(cursor: Cursor, name: str) -> bool:
    flag = expected(cursor, name)
    return False if flag is None else flag.boolean()


def _read_scaling(scaling: Cursor) -> tuple[Range, Range]:
    check_structure(scaling, ("ScalingWidth", "ScalingHeight"))
    width, height = expected(scaling, "ScalingWidth"), expected(scaling, "ScalingHeight")
    return _read_range(width, _SCALING, _NO_SCALING), _read_range(height, _SCALING, _NO_SCALING)


def _read_range(cursor: Cursor | None, limits: Range, otherwise: Range) -> Range:
    """MinValue and MaxValue; one that is missing is that of `otherwise`, a range upside down is turned."""
    if cursor is None:
        return otherwise
    check_structure(cursor, ("MinValue", "MaxValue"))
    read = whole_number(limits.minimum, limits.maximum)
    low, high = expected(cursor, "MinValue"), expected(cursor, "MaxValue")
    minimum = otherwise.minimum if low is None else read(low)
    maximum = otherwise.maximum if high is None else read(high)
    if minimum > maximum:
        cursor.deviations.note("value", place(cursor.element), f"{minimum} to {maximum}")
        return Range(maximum, minimum)
    return Range(minimum, maximum)


def _read_rotations(rotations: Cursor | None) -> tuple[int, ...]:
    """The quarter turns. A vendor's keyword is nothing that a ticket of ours can ask for, and left out."""
    if rotations is None:
        return NOTHING_TOLD.rotations
    check_structure(rotations, ("RotationValue",))
    found = []
    for each in rotations.children("RotationValue"):
        if ":" in (each.element.text or ""):
            continue
        rotation = each.integer()
        if rotation not in _ROTATIONS:
            each.deviations.note("value", place(each.element), str(rotation))
        found.append(rotation)
    if not found:
        missing(rotations, "RotationValue")
    return tuple(found) or NOTHING_TOLD.rotations


def write_device_settings(parent: etree._Element, settings: DeviceSettings) -> None:
    """Append DeviceSettings with all its nine children. Valid by schema when no list is empty.
    [wscn/device-settings/all-nine]"""
    root = add(parent, "DeviceSettings")
    add_each(root, "FormatsSupported", "FormatValue", settings.formats)
    _write_range(add(root, "CompressionQualityFactorSupported"), settings.compression_quality_factor)
    add_each(root, "ContentTypesSupported", "ContentTypeValue", settings.content_types)
    add(root, "DocumentSizeAutoDetectSupported", boolean(settings.size_auto_detect))
    add(root, "AutoExposureSupported", boolean(settings.auto_exposure))
    add(root, "BrightnessSupported", boolean(settings.brightness))
    add(root, "ContrastSupported", boolean(settings.contrast))
    scaling = add(root, "ScalingRangeSupported")
    _write_range(add(scaling, "ScalingWidth"), settings.scaling_width)
    _write_range(add(scaling, "ScalingHeight"), settings.scaling_height)
    add_each(root, "RotationsSupported", "RotationValue", settings.rotations)
    write_vendor_elements(root, settings.extensions)


def _write_range(element: etree._Element, limits: Range) -> None:
    add(element, "MinValue", limits.minimum)
    add(element, "MaxValue", limits.maximum)
