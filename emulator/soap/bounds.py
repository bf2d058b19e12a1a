"""How much markup a document may have, counted in its octets before a tree stands.

Counting costs a few milliseconds for the longest envelope, a tree of a million nodes costs seconds and half a
gigabyte. What is counted is never less than what the parser would find: markup in comments, CDATA sections and
attribute values counts too, which no message of DSM has enough of to matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emulator.soap.constants import MAX_XML_ELEMENTS


class XmlRefused(ValueError):
    """The bytes are no XML, or XML that we do not read (DTD, depth, size). `str()` is one line for people."""


class XmlTooMuch(XmlRefused):
    """XML that is more than we read, well-formed or not."""


@dataclass(frozen=True, slots=True)
class XmlBounds:
    """Most of each that is read in one document."""

    elements: int = MAX_XML_ELEMENTS
    attributes: int = 2 * MAX_XML_ELEMENTS
    """Of all elements together, namespace declarations included: some serialisers declare one at each element."""
    of_one_element: int = 1_000
    """Attributes of one element, declarations included. A message of DSM has about eight at its root."""
    instructions: int = 100
    """Processing instructions. SOAP forbids them (SOAP 1.2 part 1, section 5); each that comes is told."""
    asides: int = 10_000
    """Comments and CDATA sections. Generators of examples comment every element."""


ANSWER: Final = XmlBounds()
"""What was asked for: the Documents of a job with thousands of images, ProbeMatches of thousands of devices, a
repository of 10,000 scan processes."""
REQUEST: Final = XmlBounds(elements=5_000, attributes=10_000, asides=2_000)
"""What anybody may send unasked, in HTTP. The longest, CreatePostScanJob, has some hundred elements."""
DATAGRAM: Final = XmlBounds(elements=2_000, attributes=4_000, asides=500)
"""In 32,767 octets."""


_SHORTEST: Final = 5
"""Octets of an attribute: blank, name, '=' and two quotation marks."""


def check_bounds(data: bytes, bounds: XmlBounds) -> None:
    """Count the markup of a document in UTF-8. Raises XmlTooMuch."""
    # Single octets first, which are found ten times as fast as pairs; of nothing there is more than of its octet.
    if data.count(b"?") > bounds.instructions:
        _count("processing instructions", instructions(data), bounds.instructions)
    if data.count(b"!") > bounds.asides:
        _count("comments and CDATA sections", data.count(b"<!"), bounds.asides)
    if data.count(b"<") > bounds.elements:
        other = sum(map(data.count, (b"</", b"<?", b"<!")))
        _count("elements", data.count(b"<") - other, bounds.elements)
    equals = data.count(b"=")
    if equals > bounds.attributes:
        _count("attributes", _attributes(data), bounds.attributes)
    if equals > bounds.of_one_element:
        # '<' does not stand in the value of an attribute, '>' may: a tag ends before the next '<' at the latest.
        for tag in re.findall(rb"<[^<]{%d,}" % (_SHORTEST * bounds.of_one_element), data):
            _count("attributes at one element", _attributes(tag), bounds.of_one_element)


def instructions(data: bytes) -> int:
    """The processing instructions of a document; the XML declaration is none."""
    return data.count(b"<?") - data.startswith((b"<?xml ", b"<?xml\t", b"<?xml\r", b"<?xml\n"))


def _attributes(data: bytes) -> int:
    """Each has '=' and two quotation marks of one kind; text may have either."""
    return min(data.count(b"="), (data.count(b'"') + data.count(b"'")) // 2)


def _count(what: str, found: int, most: int) -> None:
    if found > most:
        raise XmlTooMuch(f"XML with more than {most} {what}")
