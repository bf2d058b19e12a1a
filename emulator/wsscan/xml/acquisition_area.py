"""What Platen, ADFFront, ADFBack and Film have in common: resolutions, colours and sizes (ws-scan.md 2.2)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.reading import ContentError, Cursor
from emulator.wsscan.values.configuration import SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.xml.choices import read_dimensions
from emulator.wsscan.xml.media_sides import read_resolution
from emulator.wsscan.xml.settings import add, whole_number
from emulator.wsscan.xml.structure import add_each, check_structure, expected, keywords, missing

AREA_ORDER: Final = ("OpticalResolution", "Resolutions", "Color", "MinimumSize", "MaximumSize")
"""The children; before each stands Platen, ADF or Film."""

_ANY_SIZE: Final = Dimensions(1, 1)


def read_area(cursor: Cursor, prefix: str) -> SourceCapabilities:
    """The acquisition area that `cursor` holds in elements `prefix` + name.

    Of OpticalResolution and Resolutions one may be missing (noted), then the other stands for it; a missing
    Color is noted and empty, a missing MinimumSize noted and 1 x 1. Raises ContentError without any resolution,
    without MaximumSize, and for half a size.
    [wscn/source/optical-resolution]"""
    optical = expected(cursor, f"{prefix}OpticalResolution")
    listed = expected(cursor, f"{prefix}Resolutions")
    if optical is None and listed is None:
        raise ContentError(f"{prefix}Resolutions", f"missing in {cursor.name}")
    optical_resolution = None if optical is None else read_resolution(optical)
    widths, heights = ((), ()) if listed is None else _read_resolutions(listed)
    if optical_resolution is None:
        if not widths or not heights:
            raise ContentError(f"{prefix}Resolutions", "is empty")
        optical_resolution = Resolution(max(widths), max(heights))
    smallest = expected(cursor, f"{prefix}MinimumSize")
    return SourceCapabilities(
        optical_resolution,
        widths or (optical_resolution.width,),
        heights or (optical_resolution.height,),
        _read_colors(expected(cursor, f"{prefix}Color")),
        _ANY_SIZE if smallest is None else read_dimensions(smallest),
        read_dimensions(cursor.required(f"{prefix}MaximumSize")),
    )


def _read_resolutions(resolutions: Cursor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Widths and Heights. The ADFResolutions page lists Width and Height without them, which is
    noted and read. [wscn/source/resolutions]
    [notes/c-27/adf-resolutions-in-lists] [notes/c-27/adf-resolutions-bare-read]"""
    check_structure(resolutions, ("Widths", "Heights"))
    return _read_numbers(resolutions, "Widths", "Width"), _read_numbers(resolutions, "Heights", "Height")


def _read_numbers(resolutions: Cursor, list_name: str, name: str) -> tuple[int, ...]:
    entries = expected(resolutions, list_name)
    if entries is None:
        entries = resolutions
    else:
        check_structure(entries, (name,))
    read = whole_number(1)
    numbers = tuple(read(each) for each in entries.children(name))
    if not numbers:
        missing(entries, name)
    return numbers


def _read_colors(colors: Cursor | None) -> tuple[str, ...]:
    if colors is None:
        return ()
    check_structure(colors, ("ColorEntry",))
    found = keywords(colors, "ColorEntry", ColorEntry)
    if not found:
        missing(colors, "ColorEntry")
    return found


def write_area(parent: etree._Element, prefix: str, area: SourceCapabilities) -> None:
    """Append the five elements of an area; both numbers of each resolution, which two clients need.
    [wscn/platen/all-five] [wscn/adf/all-five-of-a-side] [clients/wsd-python/optical-resolution-height]
    [clients/go-mfp/optical-resolution-both] [clients/sane-airscan/sizes]"""
    optical = add(parent, f"{prefix}OpticalResolution")
    add(optical, "Width", area.optical_resolution.width)
    add(optical, "Height", area.optical_resolution.height)
    resolutions = add(parent, f"{prefix}Resolutions")
    add_each(resolutions, "Widths", "Width", area.widths)
    add_each(resolutions, "Heights", "Height", area.heights)
    add_each(parent, f"{prefix}Color", "ColorEntry", area.colors)
    for name, size in (("MinimumSize", area.minimum_size), ("MaximumSize", area.maximum_size)):
        element = add(parent, prefix + name)
        add(element, "Width", size.width)
        add(element, "Height", size.height)
