"""Content that we keep without understanding it: vendor elements and unknown filters, as canonical XML."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, local_name

_PREFIXED: Final = re.compile(r"([A-Za-z_][\w.\-]*):[A-Za-z_][\w.\-]*\Z")


def canonical(element: etree._Element) -> bytes:
    """The element as exclusive C14N without comments, white space kept.

    Exclusive, so that it does not drag along the prefixes of the message that it stood in; but a prefix that
    only text or attribute values mention (QName content) is kept, or the content would lose its meaning.
    Raises ContentError where a namespace is a relative URI: such content has no canonical form.
    """
    prefixes = sorted(_prefixes_in_values(element))
    try:
        return etree.tostring(
            element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes or None, with_comments=False
        )
    except etree.C14NError:
        raise ContentError(local_name(element), "a namespace in it or round it is a relative URI") from None


def restored(xml: bytes) -> etree._Element:
    """The element that `canonical` wrote. The bytes are ours: they have been through the safe reader."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(xml, parser)


def _prefixes_in_values(element: etree._Element) -> set[str]:
    found = set()
    for each in element.iter(etree.Element):
        for value in (each.text, *each.attrib.values()):
            match = _PREFIXED.match(str(value or "").strip())
            if match is not None and match[1] in each.nsmap:
                found.add(match[1])
    return found


Comparable = tuple[str, tuple[tuple[str, str], ...], str, tuple["Comparable", ...]]


def comparable(element: etree._Element) -> Comparable:
    """The element's meaning, to be compared: prefixes, white space around text and the order of attributes
    and of siblings do not count."""
    children = sorted(comparable(child) for child in element if isinstance(child.tag, str))
    attributes = sorted((str(name), _value(element, str(value))) for name, value in element.attrib.items())
    texts = (element.text, *(child.tail for child in element))
    text = " ".join(stripped for each in texts if each and (stripped := each.strip()))
    return str(element.tag), tuple(attributes), _value(element, text), tuple(children)


def _value(element: etree._Element, value: str) -> str:
    """The value, a QName in Clark's form: its prefix may be any."""
    text = value.strip()
    match = _PREFIXED.match(text)
    if match is None or match[1] not in element.nsmap:
        return text
    return QName(element.nsmap[match[1]], text.partition(":")[2]).clark
