"""What all structures of DSM and WS-Scan share: children in order, no text between them, leaves of some types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from emulator.soap.reading import Cursor
from emulator.soap.times import parse_date_time
from emulator.soap.xml import place


def check_structure(cursor: Cursor, names: Sequence[str]) -> None:
    """Note children out of order or unknown, and text where only elements may stand.
    [wscn/extension/elements-at-the-end]"""
    cursor.check_order(names)
    texts = (cursor.element.text, *(child.tail for child in cursor.element))
    stray = " ".join(stripped for text in texts if text and (stripped := text.strip()))
    if stray:
        cursor.deviations.note("text-between-elements", place(cursor.element), stray[:80])


def boolean(value: bool) -> str:
    """xs:boolean as text. [wscn/wire/booleans]"""
    return "true" if value else "false"


def optional_time(cursor: Cursor | None) -> datetime | None:
    """A time for people: one that is none is noted and left out, for no decision hangs on it.
    [dsp/time/zone-is-optional]"""
    if cursor is None:
        return None
    value = cursor.token()
    try:
        return parse_date_time(value)
    except ValueError as error:
        cursor.deviations.note("value", place(cursor.element), str(error))
        return None
