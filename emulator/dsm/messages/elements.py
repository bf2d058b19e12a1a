"""GetPostScanJobElements (its WS-DSP page; MS-BDSRR 3.2.4.3): JobStatus, JobDescription and Documents of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from lxml import etree

from emulator.dsm.constants import DSP
from emulator.dsm.documents import Documents
from emulator.dsm.job_status import JobDescription, JobStatus
from emulator.dsm.messages.element_data import (
    Content,
    ElementsResponse,
    add_names,
    message,
    read_names,
)
from emulator.dsm.messages.token_only import requested_token
from emulator.dsm.structure import add, opened
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import Reader, first_of
from emulator.soap.xml import QName

# The law: [bdsrr/3.2.4.3/content-of-the-status] [bdsrr/3.2.4.3/content-of-the-description]
# The law: [bdsrr/3.2.4.3/content-of-the-documents]
_READERS: Final[dict[str, Reader[Content]]] = {
    "JobStatus": JobStatus.from_xml,
    "JobDescription": JobDescription.from_xml,
    "Documents": Documents.from_xml,
}


@dataclass(frozen=True, slots=True)
class GetPostScanJobElementsRequest:
    """Asks for elements of a job by their names.

    Windows Server 2008 R2 leaves a request with a name that it does not know without any answer
    [notes/c-36/job-status-alone].
    [notes/c-30/requests-come-from-the-device]
    [dsp/get-post-scan-job-elements/request] [dsp/get-post-scan-job-elements/one-name-or-more]
    [dsp/get-post-scan-job-elements/job-status-asked-alone] [dsc/get-post-scan-job-elements/request]"""

    job_token: str
    names: tuple[QName, ...]

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """GetPostScanJobElementsRequest of `namespace`."""
        element = message("GetPostScanJobElementsRequest", namespace, self.names)
        add(element, namespace, "JobToken", self.job_token)
        add_names(element, namespace, self.names)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetPostScanJobElementsRequest:
        """Raises ContentError when JobToken, RequestedElements or every Name is missing, or a Name is empty."""
        cursor = opened(element, ("JobToken", "RequestedElements"), deviations)
        names = read_names(cursor)
        return cls(requested_token(cursor), names)


@dataclass(frozen=True, slots=True)
class GetPostScanJobElementsResponse(ElementsResponse):
    """As many ElementData as names were asked for, in their order.
    [dsp/get-post-scan-job-elements/response] [dsp/get-post-scan-job-elements/element-data-for-each-name]
    [bdsrr/3.2.4.3/one-job-elements] [bdsrr/3.2.4.3/element-data-for-each-name]
    [bdsrr/3.2.4.3/order-of-the-request]"""

    element_name: ClassVar[str] = "GetPostScanJobElementsResponse"
    list_name: ClassVar[str] = "JobElements"
    service: ClassVar[str] = DSP
    readers: ClassVar[Mapping[str, Reader[Content]]] = _READERS

    @property
    def job_status(self) -> JobStatus | None:
        """The JobStatus among them."""
        return first_of(self.element_data, JobStatus)

    @property
    def job_description(self) -> JobDescription | None:
        """The JobDescription among them."""
        return first_of(self.element_data, JobDescription)

    @property
    def documents(self) -> Documents | None:
        """The Documents among them."""
        return first_of(self.element_data, Documents)
