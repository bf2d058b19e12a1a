"""What a peer has said, read with lxml and XPath from the octets that came. Nothing is mended and nothing forgiven:
whoever cannot read says what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from emulator.conformance.names import NAMESPACES, WSA, Name

MAX_OCTETS: Final = 4 * 1024 * 1024
"""Of an envelope that is read at all."""


class Unreadable(Exception):
    """Octets that are no SOAP envelope. `str()` says why, in one line."""


@dataclass(frozen=True, slots=True)
class ToldFault:
    """A SOAP fault that a peer has sent."""

    code: Name
    subcode: Name | None
    """The first; None where there is none."""
    reasons: tuple[tuple[str, str], ...]
    """xml:lang and text of each."""
    detail: str
    """All text in soap:Detail."""
    has_detail: bool

    def __str__(self) -> str:
        return f"the fault {self.code}" + ("" if self.subcode is None else f", {self.subcode}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP envelope."""

    root: Any = field(repr=False)
    doctype: bool = False
    """It has a document type declaration."""
    instructions: bool = False
    """It has a processing instruction."""

    @property
    def namespace(self) -> str:
        """The namespace of the Envelope."""
        return etree.QName(self.root).namespace or ""

    def header(self, name: Name) -> list[str]:
        """The texts of the header blocks of that name, as they stand."""
        return [each.text or "" for each in self.blocks(name)]

    def blocks(self, name: Name) -> list[Any]:
        """The header blocks of that name."""
        return list(self.root.findall(f"{{{self.namespace}}}Header/{name.tag}"))

    @property
    def action(self) -> str:
        """wsa:Action; '' where there is none."""
        return "".join(self.header(ACTION)[:1])

    @property
    def message_id(self) -> str:
        """wsa:MessageID; '' where there is none."""
        return "".join(self.header(MESSAGE_ID)[:1])

    @property
    def contents(self) -> list[Any]:
        """The elements of the Body."""
        body = self.root.find(f"{{{self.namespace}}}Body")
        return [] if body is None else [each for each in body if isinstance(each.tag, str)]

    @property
    def body(self) -> Any | None:
        """The first element of the Body; None where there is none."""
        return next(iter(self.contents), None)

    @property
    def body_name(self) -> Name:
        """Its name; that of nothing where there is none."""
        return Name("", "") if self.body is None else name_of(self.body)

    @property
    def fault(self) -> ToldFault | None:
        """The fault, where the Body holds one."""
        found = self.root.find(f"{{{self.namespace}}}Body/{{{self.namespace}}}Fault")
        if found is None:
            return None
        code = found.find("soap:Code/soap:Value", NAMESPACES)
        subcode = found.find("soap:Code/soap:Subcode/soap:Value", NAMESPACES)
        detail = found.find("soap:Detail", NAMESPACES)
        return ToldFault(
            Name("", "") if code is None else qname_in(code),
            None if subcode is None else qname_in(subcode),
            tuple(
                (each.get(_LANG, ""), each.text or "")
                for each in found.findall("soap:Reason/soap:Text", NAMESPACES)
            ),
            "" if detail is None else "".join(detail.itertext()).strip(),
            detail is not None,
        )

    def all(self, path: str) -> list[Any]:
        """What an XPath with the usual prefixes finds in the whole envelope."""
        return list(self.root.xpath(path, namespaces=NAMESPACES))

    def text(self, path: str) -> str:
        """The text of the first element of an XPath, without white space around it; '' where there is none."""
        found = self.all(path)
        return "" if not found else str(found[0] if isinstance(found[0], str) else found[0].text or "").strip()


ACTION: Final = Name(WSA, "Action")
MESSAGE_ID: Final = Name(WSA, "MessageID")
RELATES_TO: Final = Name(WSA, "RelatesTo")
TO: Final = Name(WSA, "To")
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def parsed(octets: bytes, *, comments: bool = False) -> Any:
    """The document as lxml has it; entities and external things stay what they are. Raises Unreadable.

    - `comments`: they are kept. Without, a value with a comment in it is the same value (XML 1.0, section 2.5).
    """
    if len(octets) > MAX_OCTETS:
        raise Unreadable(f"an envelope of {len(octets)} octets")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=not comments
    )
    try:
        return etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"no XML: {' '.join(str(error).split())[:200]}") from None


def read_envelope(octets: bytes) -> Envelope:
    """The envelope of these octets. Raises Unreadable."""
    if not octets.strip():
        raise Unreadable("no octets where an envelope is wanted")
    root = parsed(octets)
    if etree.QName(root).localname != "Envelope":
        raise Unreadable(f"the element {etree.QName(root).localname} where an Envelope is wanted")
    tree = root.getroottree()
    beside = [*root.itersiblings(preceding=True), *root.itersiblings(), *root.iter(etree.ProcessingInstruction)]
    return Envelope(
        root, bool(tree.docinfo.doctype), any(each.tag is etree.ProcessingInstruction for each in beside)
    )


def name_of(element: Any) -> Name:
    """The qualified name of an element."""
    name = etree.QName(element)
    return Name(name.namespace or "", name.localname)


def qname_in(element: Any) -> Name:
    """The QName that an element's text is, by the prefixes that are declared there; one that is not has no
    namespace, and its prefix stays before it."""
    return qname((element.text or "").strip(), element.nsmap)


def qname(text: str, declared: Mapping[str | None, str]) -> Name:
    """A QName as text; one whose prefix is not declared has no namespace, and its prefix stays before it."""
    prefix, colon, local = text.rpartition(":")
    if not colon:
        return Name(declared.get(None, ""), local)
    return Name(declared[prefix], local) if prefix in declared else Name("", text)


def path_to(element: Any) -> str:
    """Where an element stands in its message, for people: names with their usual prefixes."""
    steps = []
    while element is not None:
        if isinstance(element.tag, str):
            steps.append(str(name_of(element)))
        element = element.getparent()
    return "/" + "/".join(reversed(steps))
