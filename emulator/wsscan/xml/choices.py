"""The structured settings of DocumentParameters: InputSize, Exposure and Scaling (ws-scan.md section 3)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.reading import Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import Exposure, ExposureSettings, InputSize, Setting
from emulator.wsscan.xml.settings import add, mark, whole_number

EXPOSURE_ORDER: Final = ("Contrast", "Brightness", "Sharpness")
_EXPOSURE_LIMITS: Final = (1000, 1000, 100)


def _one_of(cursor: Cursor, *names: str) -> tuple[Cursor | None, Cursor | None]:
    """The two children of a choice. Both: WSD-python sends that; neither: noted, the setting is absent.
    [clients/wsd-python/both-children-of-the-choices]"""
    cursor.check_order(names)
    first, second = (cursor.child(name) for name in names)
    if first is not None and second is not None:
        cursor.deviations.note("choice", place(cursor.element))
    if first is None and second is None:
        cursor.deviations.note("element-missing", f"{place(cursor.element)}/{names[0]}")
    return first, second


def read_input_size(cursor: Cursor) -> InputSize | None:
    """DocumentSizeAutoDetect or InputMediaSize; both are kept when both are there
    [wscn/validation/both-children-of-a-choice]."""
    detect, media = _one_of(cursor, "DocumentSizeAutoDetect", "InputMediaSize")
    if detect is None and media is None:
        return None
    return InputSize(
        None if detect is None else detect.boolean(),
        None if media is None else read_dimensions(media),
    )


def read_dimensions(cursor: Cursor) -> Dimensions:
    """Width and Height in 1/1000 inch. Raises ContentError when one is missing or no number.
    [wscn/ticket/input-size]"""
    cursor.check_order(("Width", "Height"))
    read = whole_number(1)
    return Dimensions(read(cursor.required("Width")), read(cursor.required("Height")))


def read_exposure(cursor: Cursor) -> Exposure | None:
    """AutoExposure or ExposureSettings; both are kept when both are there
    [wscn/validation/both-children-of-a-choice]."""
    auto, settings = _one_of(cursor, "AutoExposure", "ExposureSettings")
    if auto is None and settings is None:
        return None
    return Exposure(
        None if auto is None else auto.boolean(),
        None if settings is None else _read_settings(settings),
    )


def _read_settings(cursor: Cursor) -> ExposureSettings:
    cursor.check_order(EXPOSURE_ORDER)
    values = []
    for name, limit in zip(EXPOSURE_ORDER, _EXPOSURE_LIMITS, strict=True):
        child = cursor.child(name)
        values.append(None if child is None else whole_number(-limit, limit)(child))
    return ExposureSettings(*values)


def read_scaling(cursor: Cursor) -> tuple[int, int]:
    """ScalingWidth and ScalingHeight in percent; out of 1..1000 they are noted and kept
    [wscn/validation/scaling-out-of-range].
    [wscn/ticket/scaling] [notes/c-10/scaling-1250-invalid]"""
    cursor.check_order(("ScalingWidth", "ScalingHeight"))
    read = whole_number(1, 1000)
    return read(cursor.required("ScalingWidth")), read(cursor.required("ScalingHeight"))


def write_input_size(parent: etree._Element, size: Setting[InputSize] | None) -> None:
    """Append InputSize; of both children of the choice the one that counts
    [wscn/validation/both-children-of-a-choice]."""
    if size is None:
        return
    element = mark(add(parent, "InputSize"), size.must_honor)
    media = size.value.media_size
    if media is not None and not size.value.auto_detect:
        dimensions = add(element, "InputMediaSize")
        add(dimensions, "Width", media.width)
        add(dimensions, "Height", media.height)
    else:
        add(element, "DocumentSizeAutoDetect", _boolean(size.value.auto_detect))


def write_exposure(parent: etree._Element, exposure: Setting[Exposure] | None) -> None:
    """Append Exposure; of both children of the choice the one that counts
    [wscn/validation/both-children-of-a-choice]."""
    if exposure is None:
        return
    element = mark(add(parent, "Exposure"), exposure.must_honor)
    settings = exposure.value.settings
    if settings is None or exposure.value.auto:
        add(element, "AutoExposure", _boolean(exposure.value.auto))
        return
    leaves = add(element, "ExposureSettings")
    for name, value in zip(
        EXPOSURE_ORDER, (settings.contrast, settings.brightness, settings.sharpness), strict=True
    ):
        if value is not None:
            add(leaves, name, value)


def write_scaling(parent: etree._Element, scaling: Setting[tuple[int, int]] | None) -> None:
    """Append Scaling."""
    if scaling is not None:
        element = mark(add(parent, "Scaling"), scaling.must_honor)
        add(element, "ScalingWidth", scaling.value[0])
        add(element, "ScalingHeight", scaling.value[1])


def _boolean(value: bool | None) -> str:
    return "true" if value else "false"
