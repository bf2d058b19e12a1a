"""What the structures of WS-Scan share: their namespaces, leaves that may be missing, lists of keywords."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import check_structure, optional_time
from emulator.soap.times import format_date_time
from emulator.soap.xml import place
from emulator.wsscan.constants import WSCN, WSCN_ACCEPTED
from emulator.wsscan.xml.settings import add, keyword, string

E = TypeVar("E", bound=StrEnum)

CLOCK_NOT_SET: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Where the clock of a device starts that nobody has set (ScannerCurrentTime page).
[wscn/scanner-status/clock-from-zero]"""


def structure(element: etree._Element, names: Sequence[str], deviations: Deviations) -> Cursor:
    """A cursor on a structure of WS-Scan, its children checked against their order."""
    cursor = Cursor(element, WSCN_ACCEPTED, deviations)
    check_structure(cursor, names)
    return cursor


def inside(cursor: Cursor, name: str, names: Sequence[str]) -> Cursor:
    """The required structure `name` in `cursor`, checked. Raises ContentError when it is missing."""
    found = cursor.required(name)
    check_structure(found, names)
    return found


def missing(cursor: Cursor, name: str) -> None:
    """Note that a required element is not there."""
    cursor.deviations.note("element-missing", f"{place(cursor.element)}/{name}")


def expected(cursor: Cursor, name: str) -> Cursor | None:
    """The child of that name; that it is missing is noted and harms nothing."""
    found = cursor.child(name)
    if found is None:
        missing(cursor, name)
    return found


def text(cursor: Cursor, name: str) -> str:
    """A string of at most 255 characters; a missing one is noted and ''."""
    return string(expected(cursor, name)) or ""


def enumerated(cursor: Cursor, known: type[E]) -> E | str:
    """A keyword: one of `known` whatever its case (noted), or what it is. Raises ContentError when it is empty."""
    found = keyword(known)(cursor)
    if found is None:
        raise ContentError(cursor.name, "is empty")
    try:
        return known(found)
    except ValueError:
        return found


def keywords(cursor: Cursor, name: str, known: type[E]) -> tuple[E | str, ...]:
    """Every keyword `name` in a list; an empty one is noted and left out."""
    found = []
    for each in cursor.children(name):
        if (each.element.text or "").strip():
            found.append(enumerated(each, known))
        else:
            cursor.deviations.note("value", place(each.element), "empty")
    return tuple(found)


def time_or(cursor: Cursor, name: str, otherwise: datetime) -> datetime:
    """A required time for people: a missing one, or one that is none, is noted and `otherwise`."""
    child = expected(cursor, name)
    found = None if child is None else optional_time(child)
    return otherwise if found is None else found


def new(name: str) -> etree._Element:
    """A wscn element that is the root of a structure."""
    return etree.Element(f"{{{WSCN}}}{name}", nsmap={"wscn": WSCN})


def add_time(parent: etree._Element, name: str, time: datetime | None) -> None:
    """Append a time, when there is one."""
    if time is not None:
        add(parent, name, format_date_time(time))


def add_each(parent: etree._Element, list_name: str, name: str, values: Sequence[str | int]) -> etree._Element:
    """Append a list of leaves."""
    entries = add(parent, list_name)
    for value in values:
        add(entries, name, value)
    return entries
