"""GetRepositoryElements (MS-BDSRR 3.2.4.1): RepositoryConfiguration and RepositoryStatus of a scan server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from lxml import etree

from emulator.dsm.constants import DSC
from emulator.dsm.messages.element_data import (
    Content,
    ElementsResponse,
    add_names,
    message,
    read_names,
)
from emulator.dsm.repository import RepositoryConfiguration, RepositoryStatus
from emulator.dsm.structure import opened
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import Reader, first_of
from emulator.soap.xml import QName

# The law: [bdsrr/3.2.4.1/content-of-the-configuration] [bdsrr/3.2.4.1/content-of-the-status]
_READERS: Final[dict[str, Reader[Content]]] = {
    "RepositoryConfiguration": RepositoryConfiguration.from_xml,
    "RepositoryStatus": RepositoryStatus.from_xml,
}


@dataclass(frozen=True, slots=True)
class GetRepositoryElementsRequest:
    """Asks for elements of the repository by their names.

    Windows Server 2008 R2 leaves a request with a name that it does not know without any answer (MS-BDSRR
    section 7, note 13).
    [dsc/get-repository-elements/request]"""

    names: tuple[QName, ...]

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """dsc:GetRepositoryElementsRequest."""
        element = message("GetRepositoryElementsRequest", namespace, self.names)
        add_names(element, namespace, self.names)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetRepositoryElementsRequest:
        """Raises ContentError when RequestedElements or every Name is missing, or a Name is empty."""
        return cls(read_names(opened(element, ("RequestedElements",), deviations)))


@dataclass(frozen=True, slots=True)
class GetRepositoryElementsResponse(ElementsResponse):
    """As many ElementData as names were asked for, in their order.
    [bdsrr/3.2.4.1/one-repository-elements] [bdsrr/3.2.4.1/element-data-for-each-name]
    [bdsrr/3.2.4.1/order-of-the-request]"""

    element_name: ClassVar[str] = "GetRepositoryElementsResponse"
    list_name: ClassVar[str] = "RepositoryElements"
    service: ClassVar[str] = DSC
    readers: ClassVar[Mapping[str, Reader[Content]]] = _READERS

    @property
    def configuration(self) -> RepositoryConfiguration | None:
        """The RepositoryConfiguration among them."""
        return first_of(self.element_data, RepositoryConfiguration)

    @property
    def status(self) -> RepositoryStatus | None:
        """The RepositoryStatus among them."""
        return first_of(self.element_data, RepositoryStatus)
