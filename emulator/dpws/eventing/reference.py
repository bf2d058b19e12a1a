"""Endpoint references (WS-Addressing 2004/08, section 2): an address, and what goes with every message to it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.dpws.constants import MAX_REFERENCE, MAX_URI_SIZE
from emulator.dpws.lists import read_address
from emulator.soap.constants import SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import QName, copied, namespace_of

REFERENCE_SETS: Final = ("ReferenceProperties", "ReferenceParameters")
"""What holds the header blocks that go with every message to an endpoint."""
_RESERVED = frozenset({SOAP, WSA})


@dataclass(frozen=True, slots=True)
class EndpointReference:
    """Where something is. `parameters`: its reference properties and parameters, which are header blocks of every
    message to it (WS-Addressing 2004/08, section 2.3). [addressing/reference-parameters/copied-as-headers]"""

    address: str
    parameters: tuple[etree._Element, ...] = ()

    def headers(self) -> tuple[etree._Element, ...]:
        """Copies of the parameters, to be put into one message."""
        return tuple(copy.deepcopy(parameter) for parameter in self.parameters)

    def parameter(self, name: QName) -> str:
        """The text of the parameter of that name, without white space around it; '' where there is none."""
        return next((text_of(each) for each in self.parameters if each.tag == name.clark), "")

    def fill(self, element: etree._Element) -> None:
        """Write into an element of the type of an endpoint reference."""
        etree.SubElement(element, f"{{{WSA}}}Address").text = xml_text(self.address)
        if self.parameters:
            parameters = etree.SubElement(element, f"{{{WSA}}}ReferenceParameters")
            for each in self.headers():
                parameters.append(each)

    @classmethod
    def read(cls, element: etree._Element, deviations: Deviations) -> EndpointReference:
        """Read an element of that type. The parameters do not hold on to the document that they stood in.

        Raises ContentError without an address, for one longer than a URI of DPWS, for parameters that are longer
        than any client's, and for such as would be headers of SOAP or WS-Addressing.
        [dpws/metadata/uri-length] [discovery/timing/max-uri-size]"""
        cursor = Cursor(element, (WSA,), deviations)
        address = read_address(cursor.required("Address"))
        if not address:
            raise ContentError(cursor.name, "its Address is empty")
        if len(address.encode(errors="replace")) > MAX_URI_SIZE:
            raise ContentError(cursor.name, f"its Address is longer than {MAX_URI_SIZE} octets")
        parameters = []
        room = MAX_REFERENCE
        for name in REFERENCE_SETS:
            group = cursor.child(name)
            for each in () if group is None else group.element:
                if namespace_of(each) in _RESERVED:
                    raise ContentError(name, f"{each.tag} is a header of its own")
                kept = copied(each)
                room -= len(etree.tostring(kept))
                if room < 0:
                    raise ContentError(name, f"more than {MAX_REFERENCE} octets")
                parameters.append(kept)
        return cls(address, tuple(parameters))


def identifier_parameter(name: QName, value: str, prefix: str) -> etree._Element:
    """A reference parameter that is a name for something."""
    element = etree.Element(name.clark, nsmap={prefix: name.namespace})
    element.text = value
    return element


def text_of(element: etree._Element) -> str:
    """Its text without white space around it."""
    return (element.text or "").strip()
