"""What all DSM structures share: their namespaces, vendor elements behind their children, and leaves to write."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from emulator.dsm.canonical import canonical, restored
from emulator.dsm.constants import DSP, SERVICES
from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import Cursor
from emulator.soap.structure import check_structure
from emulator.soap.xml import namespace_of, place


def opened(element: etree._Element, names: Sequence[str], deviations: Deviations) -> Cursor:
    """A cursor on a structure of WS-DSP or, in its own namespace, of WS-DSC; its children are checked."""
    namespace = namespace_of(element)
    cursor = Cursor(element, (namespace if namespace in SERVICES else DSP,), deviations)
    check_structure(cursor, names)
    return cursor


def root(name: str, namespace: str) -> etree._Element:
    """A new element of WS-DSP or WS-DSC with its prefix of the documents."""
    return etree.Element(f"{{{namespace}}}{name}", nsmap={SERVICES[namespace]: namespace})


def extensions(cursor: Cursor) -> tuple[bytes, ...]:
    """The elements of other namespaces, which may stand behind the documented children (##other), canonical.

    One that stands before a documented child is noted and kept; one of no namespace is noted and left out.
    [bdsrr/3.2.4.1/vendor-children] [bdsrr/3.2.4.3/vendor-children] [bdsrr/3.2.4.4/vendor-children]
    [bdsrr/3.2.4.5/vendor-children] [bdsrr/3.2.4.6/vendor-children] [bdsrr/3.2.4.7/vendor-children]
    [bdsrr/3.2.4.8/vendor-children] [bdsrr/3.2.4.9/vendor-children]"""
    found: list[bytes] = []
    early: list[etree._Element] = []
    behind: list[etree._Element] = []
    for child in cursor.element:
        if not isinstance(child.tag, str):
            continue
        namespace = namespace_of(child)
        if namespace in cursor.namespaces:
            early += behind
            behind = []
        elif namespace:
            found.append(canonical(child))
            behind.append(child)
        else:
            cursor.deviations.note("element-unknown", place(child))
    for child in early:
        cursor.deviations.note("element-order", place(child))
    return tuple(found)


def append_extensions(parent: etree._Element, kept: Sequence[bytes]) -> None:
    """Append vendor elements as they were read."""
    for xml in kept:
        parent.append(restored(xml))


def add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    """Append an element."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text is not None:
        element.text = xml_text(text)
    return element


def bounded_token(cursor: Cursor, max_length: int) -> str:
    """A string in which white space around it cannot be meant (an address, a path, an identifier): white space
    is stripped, and it and a length beyond `max_length` are noted."""
    value = cursor.token()
    if len(value) > max_length:
        cursor.deviations.note("too-long", place(cursor.element), f"{len(value)} of {max_length}")
    return value
