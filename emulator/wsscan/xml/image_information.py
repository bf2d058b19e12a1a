"""ImageInformation (its WS-Scan pages; ws-scan.md 2.5)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor
from emulator.wsscan.values.image_information import NO_IMAGES, ImageInformation, MediaImageInfo
from emulator.wsscan.xml.settings import add, whole_number
from emulator.wsscan.xml.structure import check_structure, expected, new, structure

_ORDER: Final = ("MediaFrontImageInfo", "MediaBackImageInfo")
_INFO_ORDER: Final = ("PixelsPerLine", "NumberOfLines", "BytesPerLine")


def read_image_information(element: etree._Element, deviations: Deviations) -> ImageInformation:
    """Read wscn:ImageInformation; a missing number is noted and 0. Raises ContentError for what is no number."""
    cursor = structure(element, _ORDER, deviations)
    front, back = expected(cursor, _ORDER[0]), cursor.child(_ORDER[1])
    return ImageInformation(
        NO_IMAGES.front if front is None else _read_info(front), None if back is None else _read_info(back)
    )


def _read_info(cursor: Cursor) -> MediaImageInfo:
    check_structure(cursor, _INFO_ORDER)
    read = whole_number(0)
    numbers = [expected(cursor, name) for name in _INFO_ORDER]
    return MediaImageInfo(*(0 if number is None else read(number) for number in numbers))


def write_image_information(information: ImageInformation) -> etree._Element:
    """wscn:ImageInformation. [wscn/image-information/children]"""
    root = new("ImageInformation")
    for name, info in zip(_ORDER, (information.front, information.back), strict=True):
        if info is None:
            continue
        element = add(root, name)
        numbers = (info.pixels_per_line, info.number_of_lines, info.bytes_per_line)
        for leaf, number in zip(_INFO_ORDER, numbers, strict=True):
            add(element, leaf, number)
    return root
