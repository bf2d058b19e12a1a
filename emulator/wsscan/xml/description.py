"""ScannerDescription: what people call a scanner and where it stands (its WS-Scan pages; ws-scan.md 2.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from emulator.soap.constants import XML
from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.status import LocalizedText, ScannerDescription
from emulator.wsscan.xml.settings import MAX_STRING, add, string
from emulator.wsscan.xml.structure import missing, new, structure

_ORDER: Final = ("ScannerName", "ScannerInfo", "ScannerLocation")
_LANG: Final = f"{{{XML}}}lang"
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")  # xs:language (XSD part 2, section 3.3.3)


def read_scanner_description(element: etree._Element, deviations: Deviations) -> ScannerDescription:
    """Read wscn:ScannerDescription. Text is trimmed: it is a name for people, and the pages print it indented.

    A missing ScannerName, too long a text and a list of languages in one xml:lang are noted.
    Never raises.
    [wscn/scanner-description/one-language-an-element] [notes/c-25/list-of-languages-read]"""
    cursor = structure(element, _ORDER, deviations)
    names, info, location = (tuple(_read_text(each) for each in cursor.children(name)) for name in _ORDER)
    if not names:
        missing(cursor, "ScannerName")
    return ScannerDescription(names, info, location)


def _read_text(cursor: Cursor) -> LocalizedText:
    language = (cursor.element.get(_LANG) or "").strip()
    if language and _LANGUAGE.fullmatch(language) is None:
        cursor.deviations.note("value", f"{place(cursor.element)}/@xml:lang", language)
    return LocalizedText((string(cursor) or "").strip(), language)


def write_scanner_description(description: ScannerDescription) -> etree._Element:
    """wscn:ScannerDescription. Texts are cut to 255 characters, a language that is none is left out. Valid by
    schema with at least one name.
    [wscn/scanner-description/scanner-name] [wscn/scanner-description/scanner-info]
    [wscn/scanner-description/scanner-location] [notes/c-25/one-language-an-element]"""
    root = new("ScannerDescription")
    for name, texts in zip(_ORDER, (description.names, description.info, description.location), strict=True):
        _write_texts(root, name, texts)
    return root


def _write_texts(root: etree._Element, name: str, texts: Sequence[LocalizedText]) -> None:
    for each in texts:
        element = add(root, name, xml_text(each.text)[:MAX_STRING])
        if _LANGUAGE.fullmatch(each.language):
            element.set(_LANG, each.language)
