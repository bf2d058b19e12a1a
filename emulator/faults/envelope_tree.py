"""An envelope of ours as a tree, for alterations of what stands in it: what stands around the root is kept, so that
an alteration of that may come before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from emulator.faults.impossible import Impossible
from emulator.soap.encoding import UTF_8, family_of
from emulator.soap.xml import local_name, namespace_of

_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
_PROLOGUE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>)*", re.DOTALL
)
"""What may stand before the root: declaration, comments, processing instructions, document type declaration."""


@dataclass(slots=True)
class EnvelopeTree:
    """The root, and the octets before and behind it."""

    root: etree._Element
    before: bytes
    behind: bytes

    @property
    def octets(self) -> bytes:
        """The envelope as it is now."""
        return self.with_root(etree.tostring(self.root, encoding="utf-8"))

    def with_root(self, root: bytes) -> bytes:
        """The envelope with the root written otherwise."""
        return self.before + root + self.behind

    @property
    def header(self) -> etree._Element:
        """soap:Header. Raises Impossible where there is none."""
        return self._child("Header")

    @property
    def body(self) -> etree._Element:
        """soap:Body. Raises Impossible where there is none."""
        return self._child("Body")

    @property
    def content(self) -> etree._Element:
        """The element in the Body. Raises Impossible where there is none."""
        found = next(elements_in(self.body), None)
        if found is None:
            raise Impossible("the Body of this message is empty")
        return found

    def block(self, name: str) -> etree._Element:
        """The header block of that local name. Raises Impossible where there is none."""
        found = next((each for each in elements_in(self.header) if local_name(each) == name), None)
        if found is None:
            raise Impossible(f"this message has no header {name}")
        return found

    def element(self, path: str) -> etree._Element:
        """The first element of that local name, or of those that stand in one another (`A/B`); '' for the first
        child of the content. Raises Impossible where there is none."""
        if not path:
            found = next(elements_in(self.content), None)
            if found is None:
                raise Impossible(f"{local_name(self.content)} of this message is empty")
            return found
        names = path.split("/")
        for each in self.root.iter(etree.Element):
            if _names_to(each)[-len(names) :] == names:
                return each
        raise Impossible(f"there is no {path} in this message")

    def values(self) -> list[etree._Element]:
        """Elements within the content that hold text and no element. Raises Impossible where there is none."""
        found = [
            each
            for each in self.content.iter(etree.Element)
            if next(elements_in(each), None) is None and (each.text or "").strip()
        ]
        if not found:
            raise Impossible(f"{local_name(self.content)} of this message has no value")
        return found

    def _child(self, name: str) -> etree._Element:
        found = next((each for each in elements_in(self.root) if local_name(each) == name), None)
        if found is None:
            raise Impossible(f"this message has no {name}")
        return found


def read_tree(data: bytes) -> EnvelopeTree:
    """The tree of an envelope. Raises Impossible where it is no XML any more, or in another encoding than UTF-8: an
    alteration before has made it so."""
    start = _PROLOGUE.match(data)
    before = b"" if start is None else start.group()
    if family_of(data) != UTF_8:
        raise _not_read()
    end = data.rfind(b"</")
    close = data.find(b">", end) + 1 if end >= 0 else 0
    try:
        root = etree.fromstring(data[len(before) : close or len(data)], _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise _not_read() from None
    return EnvelopeTree(root, before, data[close:] if close else b"")


def in_tree(change: Callable[[EnvelopeTree, Any, random.Random], None]) -> Callable[..., bytes]:
    """The alteration of octets whose tree `change` alters, given the parameters and the dice."""

    def changed(data: bytes, parameters: Any, dice: random.Random) -> bytes:
        tree = read_tree(data)
        change(tree, parameters, dice)
        return tree.octets

    return changed


def _not_read() -> Impossible:
    return Impossible(
        "the envelope is no XML in UTF-8 any more; an alteration of its encoding or its octets comes last in a plan"
    )


def elements_in(parent: etree._Element) -> Iterator[etree._Element]:
    """Its children, without comments and processing instructions."""
    return parent.iterchildren(etree.Element)


def renamed(element: etree._Element, namespace: str, name: str = "") -> None:
    """Give an element another namespace, and perhaps another local name."""
    element.tag = f"{{{namespace}}}{name or local_name(element)}"


def in_namespace(root: etree._Element, namespace: str) -> list[etree._Element]:
    """All elements in that namespace."""
    return [each for each in root.iter(etree.Element) if namespace_of(each) == namespace]


def _names_to(element: etree._Element) -> list[str]:
    return [*(local_name(each) for each in reversed(list(element.iterancestors()))), local_name(element)]
