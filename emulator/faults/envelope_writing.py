"""Writes the elements of an envelope with other prefixes, and declares them in other places: the names stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from emulator.faults.envelope_tree import elements_in
from emulator.soap.constants import XML
from emulator.soap.xml import local_name, namespace_of

_TOKEN: Final = re.compile(r"([A-Za-z_][\w.\-]*):([A-Za-z_][\w.\-]*)")
_WORD: Final = re.compile(r"(\s+)")


class EnvelopeWriting:
    """Writes one tree. Comments and processing instructions are left out."""

    def __init__(
        self,
        element_prefix: Callable[[str], str],
        value_prefix: Callable[[str], str],
        *,
        undeclared: str = "",
        on_envelope: bool = False,
    ) -> None:
        """These are its parameters; each gives the prefix of a namespace.

        - `element_prefix`: of an element; '' for the default namespace.
        - `value_prefix`: of an attribute, and of a QName in a text.
        - `undeclared`: the namespace that no declaration is written of.
        - `on_envelope`: all declarations stand on the root.
        """
        self._element_prefix = element_prefix
        self._value_prefix = value_prefix
        self._undeclared = undeclared
        self._on_envelope = on_envelope

    def octets(self, root: etree._Element) -> bytes:
        """The root, written so, in UTF-8."""
        above: dict[str, str] = {}
        if self._on_envelope:
            for each in root.iter(etree.Element):
                above |= self._needed(each)
        return "".join(self._written(root, {}, above)).encode("utf-8")

    def _written(
        self, element: etree._Element, in_force: Mapping[str, str], first: Mapping[str, str]
    ) -> Iterator[str]:
        needed = {**first, **self._needed(element)}
        fresh = {prefix: uri for prefix, uri in needed.items() if in_force.get(prefix, "") != uri}
        name = _name(self._element_prefix(namespace_of(element)), local_name(element))
        yield f"<{name}"
        for prefix, uri in fresh.items():
            if uri != self._undeclared:
                yield f" {'xmlns:' if prefix else 'xmlns'}{prefix}={quoteattr(uri)}"
        for key, value in element.attrib.items():
            yield f" {self._attribute(str(key))}={quoteattr(self._value(element, str(value)))}"
        yield ">" + escape(self._value(element, element.text or ""))
        for child in elements_in(element):
            yield from self._written(child, {**in_force, **fresh}, {})
            yield escape(child.tail or "")
        yield f"</{name}>"

    def _needed(self, element: etree._Element) -> dict[str, str]:
        """Prefixes that must be in force at an element."""
        namespace = namespace_of(element)
        found = {self._element_prefix(namespace) if namespace else "": namespace}
        for key in element.attrib:
            uri = str(key)[1:].partition("}")[0] if str(key).startswith("{") else ""
            if uri and uri != XML:
                found[self._value_prefix(uri)] = uri
        for text in (element.text or "", *map(str, element.attrib.values())):
            for token in text.split():
                if (name := _qname(element, token)) is not None:
                    found[self._value_prefix(name[0])] = name[0]
        return found

    def _attribute(self, key: str) -> str:
        uri, _, local = key[1:].rpartition("}") if key.startswith("{") else ("", "", key)
        if not uri:
            return local
        return _name("xml" if uri == XML else self._value_prefix(uri), local)

    def _value(self, element: etree._Element, text: str) -> str:
        """A text, with the prefixes of the QNames in it."""
        words = _WORD.split(text)
        for number, word in enumerate(words):
            if (name := _qname(element, word)) is not None:
                words[number] = _name(self._value_prefix(name[0]), name[1])
        return "".join(words)


def _qname(element: etree._Element, token: str) -> tuple[str, str] | None:
    """Namespace and local name that a word of a text means there; None of a word that is no QName."""
    found = _TOKEN.fullmatch(token)
    uri = None if found is None else element.nsmap.get(found.group(1))
    return None if found is None or uri is None else (uri, found.group(2))


def _name(prefix: str, local: str) -> str:
    return f"{prefix}:{local}" if prefix else local
