"""Elements of a ticket that carry one value and perhaps wscn:MustHonor: read into `Setting`, written from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from emulator.soap.fault import xml_text
from emulator.soap.reading import Cursor
from emulator.soap.xml import place
from emulator.wsscan.constants import WSCN
from emulator.wsscan.values.ticket import Setting

T = TypeVar("T")

MUST_HONOR: Final = f"{{{WSCN}}}MustHonor"
# The law: [wscn/job/texts-of-255-characters]
MAX_STRING: Final = 255  # String255 types of the ticket schema (MS-BDSRR 6.2)


def must_honor(cursor: Cursor) -> bool:
    """The attribute MustHonor; unqualified it is noted. Raises ContentError when it is no boolean.
    [wscn/must-honor/false-when-absent] [wscn/must-honor/qualified] [notes/c-16/must-honor-of-format]"""
    return cursor.boolean_attribute("MustHonor", qualified=True)


def setting(cursor: Cursor | None, read: Callable[[Cursor], T | None]) -> Setting[T] | None:
    """The value that `read` makes of an element, with its MustHonor; None for no element or no value."""
    if cursor is None:
        return None
    value = read(cursor)
    return None if value is None else Setting(value, must_honor(cursor))


_MOST: Final = 10**20
"""No number that is read has more digits."""


def whole_number(minimum: int, maximum: int = 2**31 - 1, *, beyond_int: bool = False) -> Callable[[Cursor], int]:
    """A reader of xs:int that notes a number outside its range and keeps it: whether that is an error is for
    who asked for the message to say. `beyond_int`: even one that is no xs:int. [wscn/extension/not-extensible]"""

    def read(cursor: Cursor) -> int:
        value = cursor.integer(-_MOST, _MOST) if beyond_int else cursor.integer()
        if not minimum <= value <= maximum:
            cursor.deviations.note("range", place(cursor.element), f"{value} is not within {minimum}..{maximum}")
        return value

    return read


VENDOR_KEYWORD: Final = re.compile(r"\w+:[\w\-.]+")  # [wscn/extension/keywords]
VENDOR_FORMAT: Final = re.compile(r"\w[\w:.\-]*")
"""The extension patterns of the ticket schema (a Format is a name token, so without '/').
[wscn/extension/formats]"""


def keyword(known: type[StrEnum], vendor: re.Pattern[str] = VENDOR_KEYWORD) -> Callable[[Cursor], str | None]:
    """A reader of keywords: one in other letters' case is noted and put right (a ValidateScanTicket example
    prints GrayScale4), an empty one is noted and taken as absent, any other is kept, and noted where it has
    not the form of a vendor's keyword. [notes/c-10/gray-scale-4-read]"""
    by_folded = {str(name).casefold(): str(name) for name in known}

    def read(cursor: Cursor) -> str | None:
        text = cursor.token()
        name = by_folded.get(text.casefold())
        if name is not None:
            if text != name:
                cursor.deviations.note("spelling", place(cursor.element), text)
            return name
        if not text:
            cursor.deviations.note("empty", place(cursor.element))
        elif vendor.fullmatch(text) is None:
            cursor.deviations.note("value", place(cursor.element), text)
        return text or None

    return read


def string(cursor: Cursor | None) -> str | None:
    """A string of at most 255 characters; a longer one is noted and kept."""
    return None if cursor is None else cursor.text(max_length=MAX_STRING)


def add(parent: etree._Element, name: str, text: str | int | None = None) -> etree._Element:
    """Append a wscn element."""
    element = etree.SubElement(parent, f"{{{WSCN}}}{name}")
    if text is not None:
        element.text = xml_text(str(text))
    return element


def add_setting(parent: etree._Element, name: str, value: Setting[str] | Setting[int] | None) -> None:
    """Append a wscn element that holds one value, when there is one."""
    if value is not None:
        mark(add(parent, name, value.value), value.must_honor)


def mark(element: etree._Element, must_honor: bool) -> etree._Element:
    """Set wscn:MustHonor; false is its default and not written. [wscn/must-honor/qualified]"""
    if must_honor:
        element.set(MUST_HONOR, "true")
    return element
