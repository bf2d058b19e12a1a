"""What a vendor adds to messages: elements at the end of a structure, and the prefix of his keywords."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from emulator.soap.fault import xml_text
from emulator.soap.xml import prefixes_of
from emulator.wsscan.values.vendor import VendorElement


def write_vendor_elements(parent: etree._Element, elements: Iterable[VendorElement]) -> None:
    """Append them. [wscn/extension/elements-at-the-end]"""
    for each in elements:
        nsmap = {each.prefix: each.namespace}
        etree.SubElement(parent, f"{{{each.namespace}}}{each.name}", nsmap=nsmap).text = xml_text(each.text)


def declared(root: etree._Element, prefixes: Mapping[str, str]) -> etree._Element:
    """The element with further prefixes declared, as keywords in its texts need them; its children have moved into
    it. [wscn/extension/keywords]"""
    missing = {prefix: uri for prefix, uri in prefixes.items() if prefix not in root.nsmap}
    if not missing:
        return root
    made = etree.Element(root.tag, nsmap={**prefixes_of(root), **missing})
    for name, value in root.attrib.items():
        made.set(name, value)
    made.text = root.text
    made.extend(list(root))
    return made
