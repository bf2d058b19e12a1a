"""MediaSides: MediaFront and MediaBack with ScanRegion, ColorProcessing and Resolution (ws-scan.md section 3)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.reading import Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import MediaSide, ScanRegionRequest, Setting
from emulator.wsscan.xml.settings import (
    add,
    add_setting,
    keyword,
    mark,
    must_honor,
    setting,
    whole_number,
)

SIDES: Final = ("MediaFront", "MediaBack")
SIDE_ORDER: Final = ("ScanRegion", "ColorProcessing", "Resolution")
REGION_ORDER: Final = ("ScanRegionXOffset", "ScanRegionYOffset", "ScanRegionWidth", "ScanRegionHeight")


def read_media_sides(sides: Cursor) -> tuple[MediaSide | None, MediaSide | None, bool]:
    """Front, back and whether MediaSides itself is marked MustHonor (its page allows that, the schema does
    not). Raises ContentError. [wscn/must-honor/elements] [wscn/ticket/media-sides]
    [notes/c-16/must-honor-of-media-sides-read]"""
    sides.check_order(SIDES)
    whole = must_honor(sides)
    if whole:
        sides.deviations.note("schema", f"{place(sides.element)}/@MustHonor")
    front, back = (sides.child(name) for name in SIDES)
    if front is None:
        sides.deviations.note("element-missing", f"{place(sides.element)}/MediaFront")
    return (
        None if front is None else _read_side(front),
        None if back is None else _read_side(back),
        whole,
    )


def _read_side(side: Cursor) -> MediaSide:
    side.check_order(SIDE_ORDER)
    region = side.child("ScanRegion")
    return MediaSide(
        None if region is None else _read_region(region),
        setting(side.child("ColorProcessing"), keyword(ColorEntry)),
        setting(side.child("Resolution"), read_resolution),
    )


def _read_region(region: Cursor) -> ScanRegionRequest:
    # The law: [wscn/ticket/scan-region]
    region.check_order(REGION_ORDER)
    offset, length = whole_number(0), whole_number(1)
    values: dict[str, Setting[int] | None] = {}
    for name, read in zip(REGION_ORDER, (offset, offset, length, length), strict=True):
        optional = name.endswith("Offset")
        values[name] = setting(region.child(name) if optional else region.required(name), read)
    width, height = values["ScanRegionWidth"], values["ScanRegionHeight"]
    assert width is not None and height is not None  # `required` has raised otherwise
    found = ScanRegionRequest(width, height, values["ScanRegionXOffset"], values["ScanRegionYOffset"])
    if must_honor(region):
        region.deviations.note("schema", f"{place(region.element)}/@MustHonor")
        found = found.demanded()
    return found


def read_resolution(resolution: Cursor) -> Resolution:
    """Read a resolution; without Height the pixels are square (Resolution page). [wscn/ticket/resolution]"""
    resolution.check_order(("Width", "Height"))
    read = whole_number(1)
    width = read(resolution.required("Width"))
    height = resolution.child("Height")
    return Resolution(width, width if height is None else read(height))


def write_media_sides(parent: etree._Element, front: MediaSide | None, back: MediaSide | None) -> None:
    """Append MediaSides when there is a side to write; the schema wants MediaFront even for a back alone."""
    if front is None and back is None:
        return
    sides = add(parent, "MediaSides")
    _write_side(add(sides, "MediaFront"), front or MediaSide())
    if back is not None:
        _write_side(add(sides, "MediaBack"), back)


def _write_side(element: etree._Element, side: MediaSide) -> None:
    if side.scan_region is not None:
        region = add(element, "ScanRegion")
        leaves = (
            side.scan_region.x_offset,
            side.scan_region.y_offset,
            side.scan_region.width,
            side.scan_region.height,
        )
        for name, value in zip(REGION_ORDER, leaves, strict=True):
            add_setting(region, name, value)
    add_setting(element, "ColorProcessing", side.color_processing)
    if side.resolution is not None:
        pair = mark(add(element, "Resolution"), side.resolution.must_honor)
        add(pair, "Width", side.resolution.value.width)
        add(pair, "Height", side.resolution.value.height)
