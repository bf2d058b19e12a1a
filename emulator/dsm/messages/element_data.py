"""RequestedElements and ElementData as the services of a scan server have them: all in the namespace of the
service, the attributes too, as in the printed examples [notes/c-09/dsp-attributes-qualified]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, Self

from lxml import etree

from emulator.dsm.constants import FILTER, SERVICES
from emulator.dsm.structure import add, opened
from emulator.soap import element_data as soap
from emulator.soap.constants import SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData, Reader
from emulator.soap.reading import Cursor
from emulator.soap.xml import QName

_FIXED: Final = {SOAP: "soap", WSA: "wsa", FILTER: "ftr"}
"""Prefixes of the envelope and of contents: a namespace that is declared twice keeps the outer prefix alone."""


class Content(Protocol):
    """What an ElementData holds."""

    def to_xml(self, namespace: str) -> etree._Element:
        """Its element, in the namespace of the service."""


def message(name: str, namespace: str, names: Iterable[QName]) -> etree._Element:
    """The root of a message in which `names` can be written: the prefix of the service, and `n1` and so on for
    other namespaces."""
    prefixes = soap.prefixes_for(names, (namespace,), _FIXED)
    return etree.Element(f"{{{namespace}}}{name}", nsmap={SERVICES[namespace]: namespace, **prefixes})


def add_names(root: etree._Element, namespace: str, names: Sequence[QName]) -> None:
    """Append RequestedElements."""
    requested = add(root, namespace, "RequestedElements")
    for name in names:
        add(requested, namespace, "Name", soap.written(root, name))


def read_names(cursor: Cursor) -> tuple[QName, ...]:
    """The names in RequestedElements. Raises ContentError when it or every Name is missing, or a Name is none;
    TooManyElements for more than MAX_REQUESTED_NAMES. [dsp/get-post-scan-job-elements/one-name-or-more]"""
    return soap.read_names(cursor.required("RequestedElements"))


def add_element_data(
    root: etree._Element, namespace: str, group: str, element_data: Sequence[ElementData[Content]]
) -> None:
    """Append the list `group`; Name and Valid qualified, as the printed examples have it.
    [notes/c-09/dsp-attributes-qualified]
    [dsp/get-post-scan-job-elements/qualified-attributes] [dsc/get-post-scan-job-elements/qualified-attributes]
    [bdsrr/3.2.4.1/name-of-the-request] [bdsrr/3.2.4.3/name-of-the-request]
    [bdsrr/3.2.4.1.3.2/name-valid-and-data] [bdsrr/3.2.4.3.3.2/name-valid-and-data]"""
    elements = add(root, namespace, group)
    soap.add_element_data(
        elements, namespace, element_data, lambda _, content: content.to_xml(namespace), qualified=True
    )


def read_element_data(
    cursor: Cursor, group: str, readers: Mapping[str, Reader[Content]]
) -> tuple[ElementData[Content], ...]:
    """The list `group`; `readers`: by the local names of the elements that are known. That it is empty is noted.
    Raises ContentError when it is missing or one of its elements cannot be understood.
    [dsp/get-post-scan-job-elements/bare-attributes-read] [bdsrr/3.2.4.1/vendor-attributes]
    [bdsrr/3.2.4.3/vendor-attributes]"""
    return soap.read_element_data(cursor.required(group), readers, qualified=True)


@dataclass(frozen=True, slots=True)
class ElementsResponse:
    """As many ElementData as names were asked for, in their order."""

    element_name: ClassVar[str]
    list_name: ClassVar[str]
    service: ClassVar[str]
    readers: ClassVar[Mapping[str, Reader[Content]]]
    """By the local names of the elements that are known."""
    element_data: tuple[ElementData[Content], ...]

    def to_xml(self, namespace: str = "") -> etree._Element:
        """The response's element, in the namespace of the service that has it, or in another."""
        namespace = namespace or self.service
        element = message(self.element_name, namespace, [each.name for each in self.element_data])
        add_element_data(element, namespace, self.list_name, self.element_data)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when the list is missing or one of its elements cannot be understood."""
        return cls(read_element_data(opened(element, (cls.list_name,), deviations), cls.list_name, cls.readers))
