"""The project's own XSDs, compiled once: what we send is checked against them in every test, and a reader
reports what a peer sent against them. [habits/refused/unknown-or-doubled-elements]"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from lxml import etree

from emulator.soap.constants import XOP
from emulator.soap.xml import namespace_of

#: The driver schema; it imports all others. See emulator/soap/xsd/README.md for the origin of each.
_DRIVER: Final = "all.xsd"
_INCLUDE: Final = f"{{{XOP}}}Include"


@cache
def documents() -> Mapping[str, bytes]:
    """The schemas by file name, as a WSDL that imports them is served with them."""
    found = (resources.files("emulator.soap") / "xsd").iterdir()
    return {each.name: each.read_bytes() for each in found if each.name.endswith(".xsd")}


@cache
def compiled() -> etree.XMLSchema:
    """The whole pack as one compiled schema (about 20 ms, once per process).

    It is read from files, and by no resolver of lxml: libxml2 has one loader for the whole process, which lxml
    sets while it parses and resets afterwards, so a thread that ends to parse just then takes the resolver away,
    and the imports are silently left out.
    """
    with resources.as_file(resources.files("emulator.soap") / "xsd" / _DRIVER) as path:
        return etree.XMLSchema(file=str(path))


@cache
def covered_namespaces() -> frozenset[str]:
    """Target namespaces of the pack: an element of another namespace cannot be validated by it."""
    driver = etree.fromstring((resources.files("emulator.soap") / "xsd" / _DRIVER).read_bytes())
    return frozenset(child.get("namespace", "") for child in driver if child.get("namespace"))


def violations(element: etree._Element) -> list[str]:
    """What the schema says against `element`, one line each; [] when valid or of a namespace not covered.

    The element is validated on its own, detached from its message. The schemas describe the infoset: where
    an xop:Include stands alone in an element, the element is validated as the base64 that it stands for.
    """
    if namespace_of(element) not in covered_namespaces():
        return []
    schema = compiled()
    found: list[str] = []
    if element.tag != _INCLUDE and next(element.iter(_INCLUDE), None) is not None:
        element = copy.deepcopy(element)
        for include in list(element.iter(_INCLUDE)):
            found += _against(schema, include)
            _take_out(include)
    return found + _against(schema, element)


def _against(schema: etree.XMLSchema, element: etree._Element) -> list[str]:
    if schema.validate(element):
        return []
    log: Any = schema.error_log
    # One line each: a message may quote a value of several lines.
    return [" ".join(str(entry.message).split()) for entry in log]


def _take_out(include: etree._Element) -> None:
    """Leave nothing in the place of an xop:Include that stands alone (nothing is valid base64)."""
    holder = include.getparent()
    if holder is None or len(holder) != 1 or (holder.text or "").strip() or (include.tail or "").strip():
        return
    holder.remove(include)
    holder.text = None
