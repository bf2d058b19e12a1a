"""XML from outside, read safely: no DTD, no entities, bounded in size, markup and depth. [soap/envelope/no-dtd]"""

from __future__ import annotations

from typing import Final, NamedTuple

from lxml import etree

from emulator.soap.bounds import ANSWER, XmlBounds, XmlTooMuch, check_bounds, instructions
from emulator.soap.bounds import XmlRefused as XmlRefused  # what this module raises
from emulator.soap.constants import MAX_ENVELOPE_BYTES, MAX_NAMESPACES, MAX_XML_DEPTH
from emulator.soap.deviations import Deviations
from emulator.soap.encoding import UTF_8, UTF_16, declared_encoding, family_of, is_utf8_name, mark_of


class EncodingRefused(XmlRefused):
    """A document in an encoding that is not read; `str()` names it."""


class QName(NamedTuple):
    """A namespace URI and a local name; `clark` is lxml's form of it."""

    namespace: str
    local: str

    @property
    def clark(self) -> str:
        return f"{{{self.namespace}}}{self.local}" if self.namespace else self.local


def _utf8(data: bytes, deviations: Deviations) -> bytes:
    """The document as UTF-8 octets without a mark. Raises EncodingRefused for one that is neither UTF-8 nor marked
    UTF-16, and does not pass for it."""
    mark, _ = mark_of(data)
    family = family_of(data)
    if family == UTF_16:
        deviations.note("encoding", "document", UTF_16)
        try:
            return data.decode("utf-16").encode("utf-8")
        except UnicodeError as error:
            raise EncodingRefused(f"not UTF-16 after all: {error}") from None
    if family != UTF_8:
        raise EncodingRefused(f"the document is in {family}; only UTF-8 and UTF-16 with its mark are read")
    if mark:
        deviations.note("encoding", "document", "UTF-8 with a byte order mark")
    text = data[len(mark) :]
    declared = declared_encoding(text)
    if declared and not is_utf8_name(declared):
        # .NET writes UTF-16 into the declaration of what it then sends as UTF-8; ASCII is the same in nearly all.
        if not declared.startswith(UTF_16) and (declared == "UTF-7" or not text.isascii()):
            raise EncodingRefused(f"the document says that it is in {declared}; only UTF-8 and UTF-16 are read")
        deviations.note("encoding", "document", f"declared as {declared}")
    return text


def parse_xml(
    data: bytes,
    deviations: Deviations | None = None,
    *,
    max_bytes: int = MAX_ENVELOPE_BYTES,
    bounds: XmlBounds = ANSWER,
) -> etree._Element:
    """Parse a document that came from outside and return its root, comments and PIs removed.

    Raises XmlRefused for anything that is not well-formed UTF-8 (or marked UTF-16) or has a document type
    declaration; of it XmlTooMuch for what is longer than `max_bytes`, has more markup than `bounds`, nests deeper
    than MAX_XML_DEPTH or has more than MAX_NAMESPACES prefixes in force at one place.
    """
    if len(data) > max_bytes:
        raise XmlTooMuch(f"XML of {len(data)} bytes, more than the {max_bytes} that are read")
    deviations = Deviations() if deviations is None else deviations
    text = _utf8(data, deviations).lstrip(b" \t\r\n")
    # Only a document type declaration can bring entities. Looking for it in the bytes, before the parser
    # sees them, costs nothing and cannot be outwitted: the parser below is held to UTF-8.
    if b"<!DOCTYPE" in text:
        raise XmlRefused("XML with a document type declaration (DTD) is not read")
    check_bounds(text, bounds)
    try:
        root = etree.fromstring(text, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        # Some of the parser's messages have several lines.
        raise XmlRefused(f"not well-formed XML: {' '.join(str(error).split())}") from None
    if _DEEPER(root):
        raise XmlTooMuch(f"XML nested deeper than {MAX_XML_DEPTH} elements")
    if text.count(b"xmlns") > MAX_NAMESPACES:
        _bound_namespaces(root)
    if instructions(text):
        _drop_instructions(root, deviations)
    return root


_PARSER: Final = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
)
"""One for all documents: to make one takes as long as to parse an envelope. Where threads parse at the same time
lxml lets one wait for the other."""

_DEEPER: Final = etree.XPath(f"boolean({'/*' * (MAX_XML_DEPTH + 1)})")
"""Whether anything is nested deeper; a walk in Python would take twenty times as long."""


def _bound_namespaces(root: etree._Element) -> None:
    """Refuse what readers could only take a very long time for: they ask for the prefixes in force at many
    elements."""
    namespaces = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        namespaces += 1 if event == "start-ns" else -1
        if namespaces > MAX_NAMESPACES:
            raise XmlTooMuch(f"XML with more than {MAX_NAMESPACES} namespace prefixes at one place")


def _drop_instructions(root: etree._Element, deviations: Deviations) -> None:
    """Tell and remove all processing instructions; the text round each becomes one."""
    outside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    found = [*outside, *root.iter(etree.ProcessingInstruction)]
    for instruction in found:
        deviations.note("processing-instruction", "document", str(instruction)[:80])
    if len(found) > len(outside):
        # One pass over the document: to put the texts together one by one takes quadratic time.
        etree.strip_elements(root, etree.ProcessingInstruction, with_tail=False)


def to_bytes(root: etree._Element, *, name_encoding: bool = True) -> bytes:
    """Serialise as UTF-8 with an XML declaration, on one line: some devices choke on indented XML
    (Brother MFC-L2750DW, sane-airscan issue 22). `name_encoding`: whether the declaration names it."""
    named = b' encoding="utf-8"' if name_encoding else b""
    return b'<?xml version="1.0"' + named + b"?>" + etree.tostring(root, encoding="utf-8")


def copied(element: etree._Element) -> etree._Element:
    """A copy, without what stands behind it, that does not hold on to the document of the element. Through UTF-8: a
    name may have characters that ASCII has not, and in a name nothing can be escaped."""
    return etree.fromstring(etree.tostring(element, with_tail=False, encoding="utf-8"))


def resolve_qname(element: etree._Element, text: str, default: str = "") -> QName:
    """The QName that `text` (`prefix:local`) means at `element`.

    An unprefixed name takes `default`: QName content of DSM messages is printed without prefix in the
    GetJobElements example [notes/c-23/get-job-elements-read]. An undeclared prefix also takes `default`.
    """
    prefix, colon, local = text.strip().rpartition(":")
    if not colon:
        return QName(default, local)
    return QName(element.nsmap.get(prefix, default), local)


def place(element: etree._Element) -> str:
    """A short path of an element for messages: local names from the root, joined by '/'."""
    names = [local_name(element)] + [local_name(parent) for parent in element.iterancestors()]
    return "/".join(reversed(names))


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace_of(element: etree._Element) -> str:
    """The element's namespace URI, or ''."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
