"""What the messages share: a root and direct children in the namespace of wscn or dsd, all below in wscn.
[dsd/operations/wsscan-content] [dsd/operations/child-namespaces]"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import check_structure
from emulator.soap.xml import local_name, namespace_of, place
from emulator.wsscan.constants import DSD, WSCN, WSCN_2006_01

_READ: Final[dict[str, tuple[str, ...]]] = {
    WSCN: (WSCN, WSCN_2006_01, DSD),
    WSCN_2006_01: (WSCN, WSCN_2006_01, DSD),
    DSD: (DSD, WSCN, WSCN_2006_01),
}
"""By the root's namespace: those of the direct children, the right one first."""


def open_message(
    element: etree._Element, name: str, children: Sequence[str], deviations: Deviations, *, alias: str = ""
) -> Cursor:
    """A cursor on the root of a message, its children checked. A root of 2006/01 or named `alias` is noted.

    Raises ContentError when the root is another element.

    - `element`: the Body's element.
    - `name`: of the root.
    - `children`: its children in their order.
    - `deviations`: what is noted.
    - `alias`: another name that is noted and read.

    [wscn/wire/namespace-of-2006-01-accepted]
    """
    found, namespace = local_name(element), namespace_of(element)
    if namespace not in _READ or found not in (name, alias or name):
        raise ContentError(name, f"missing: the Body holds {found[:60]}")
    if namespace == WSCN_2006_01:
        deviations.note("namespace", place(element), namespace)
    if found != name:
        deviations.note("spelling", place(element), found)
    cursor = Cursor(element, _READ[namespace], deviations)
    check_structure(cursor, children)
    return cursor


def below(child: Cursor, children: Sequence[str]) -> Cursor:
    """A direct child as a cursor whose own children are in wscn, whatever the root is in; they are checked."""
    cursor = in_wscn(child)
    check_structure(cursor, children)
    return cursor


def in_wscn(child: Cursor) -> Cursor:
    """Return what `below` does, nothing checked."""
    return Cursor(child.element, _READ[WSCN], child.deviations)


def message(name: str, namespace: str, prefixes: Mapping[str, str] | None = None) -> etree._Element:
    """The root of a message. `prefixes` (prefix -> namespace) are declared beside wscn and dsd.
    [wscn/wire/body-roots]"""
    own = {"wscn": WSCN} if namespace == WSCN else {"dsd": namespace, "wscn": WSCN}
    return etree.Element(f"{{{namespace}}}{name}", nsmap={**own, **(prefixes or {})})


def add_child(root: etree._Element, name: str, text: str | int | None = None) -> etree._Element:
    """Append a direct child, in the root's namespace."""
    child = etree.SubElement(root, f"{{{namespace_of(root)}}}{name}")
    if text is not None:
        child.text = xml_text(str(text))
    return child


def append_as_child(root: etree._Element, element: etree._Element) -> None:
    """Append a structure as direct child, which puts it (not what it holds) into the root's namespace."""
    root.append(element)
    element.tag = f"{{{namespace_of(root)}}}{local_name(element)}"
