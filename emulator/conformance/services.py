"""The services that metadata name."""

from __future__ import annotations

from typing import Any

from emulator.conformance.names import WSDP, Name
from emulator.conformance.reading import Envelope, qname


def types_in(element: Any) -> list[Name]:
    """The QNames of a list of types."""
    return [qname(each, element.nsmap) for each in (element.text or "").split()]


def hosted_services(metadata: Envelope) -> list[tuple[list[Name], str]]:
    """Types and address of each hosted service."""
    found = []
    for hosted in metadata.all("//wsdp:Hosted"):
        types = hosted.find(f"{{{WSDP}}}Types")
        path = "string(*[local-name()='EndpointReference']/*[local-name()='Address'])"
        found.append(([] if types is None else types_in(types), str(hosted.xpath(path)).strip()))
    return found


def hosted_types(metadata: Envelope) -> list[Name]:
    """The types of all hosted services."""
    return [name for types, _ in hosted_services(metadata) for name in types]
