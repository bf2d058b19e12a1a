"""GetScannerElements and GetJobElements (their WS-Scan pages): elements of the device or of a job by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self, TypeAlias

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.element_data import (
    ElementData,
    Reader,
    add_element_data,
    prefixes_for,
    read_element_data,
    read_names,
    written,
)
from emulator.soap.reading import Cursor
from emulator.soap.xml import QName
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    JOB_STATUS,
    SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
    WSCN,
)
from emulator.wsscan.messages.frame import add_child, in_wscn, message, open_message
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.jobs import JobDocuments, ScanJobStatus
from emulator.wsscan.values.status import ScannerDescription, ScannerStatus
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.configuration import read_scanner_configuration, write_scanner_configuration
from emulator.wsscan.xml.description import read_scanner_description, write_scanner_description
from emulator.wsscan.xml.documents import read_job_documents, write_job_documents
from emulator.wsscan.xml.jobs import read_job_id, read_scan_job_status, write_scan_job_status
from emulator.wsscan.xml.settings import add
from emulator.wsscan.xml.status import read_scanner_status, write_scanner_status
from emulator.wsscan.xml.ticket import read_ticket, write_ticket

Content: TypeAlias = (
    ScannerDescription | ScannerConfiguration | ScannerStatus | ScanTicket | ScanJobStatus | JobDocuments
)


@dataclass(frozen=True, slots=True)
class _Element:
    """How the data of one element is read and written."""

    type: type[Content]
    read: Reader[Content]
    write: Callable[[Any], etree._Element]


_Known: TypeAlias = Mapping[str, _Element]
"""By local name: the elements that can be asked for."""

_OF_SCANNER: Final[_Known] = {
    SCANNER_DESCRIPTION.local: _Element(ScannerDescription, read_scanner_description, write_scanner_description),
    SCANNER_CONFIGURATION.local: _Element(
        ScannerConfiguration, read_scanner_configuration, write_scanner_configuration
    ),
    SCANNER_STATUS.local: _Element(ScannerStatus, read_scanner_status, write_scanner_status),
    DEFAULT_SCAN_TICKET.local: _Element(
        ScanTicket, read_ticket, lambda ticket: write_ticket(ticket, DEFAULT_SCAN_TICKET)
    ),
}
_OF_JOB: Final[_Known] = {
    JOB_STATUS.local: _Element(ScanJobStatus, read_scan_job_status, write_scan_job_status),
    SCAN_TICKET.local: _Element(ScanTicket, read_ticket, lambda ticket: write_ticket(ticket, SCAN_TICKET)),
    DOCUMENTS.local: _Element(JobDocuments, read_job_documents, write_job_documents),
}


@dataclass(frozen=True, slots=True)
class _ElementsResponse:
    element_name: ClassVar[str]
    list_name: ClassVar[str]
    known: ClassVar[_Known]
    element_data: tuple[ElementData[Content], ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """The response's element. Raises TypeError for content that is not of its name's type."""
        root = _root(self.element_name, namespace, [each.name for each in self.element_data])
        _write_data(add_child(root, self.list_name), self.element_data, self.known)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when the list is missing or an element in it cannot be understood."""
        cursor = open_message(element, cls.element_name, (cls.list_name,), deviations)
        return cls(_read_data(cursor.required(cls.list_name), cls.known))


@dataclass(frozen=True, slots=True)
class GetScannerElementsRequest:
    """Asks for elements of the device; at most MAX_REQUESTED_NAMES are read. [wscn/get-scanner-elements/request]
    [dsd/get-scanner-elements/request]"""

    names: tuple[QName, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetScannerElementsRequest. Valid by schema with at least one name."""
        root = _root("GetScannerElementsRequest", namespace, self.names)
        _write_names(root, self.names)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetScannerElementsRequest:
        """Raises ContentError when RequestedElements or every Name is missing, or a Name is none."""
        cursor = open_message(element, "GetScannerElementsRequest", ("RequestedElements",), deviations)
        return cls(_read_names(cursor, _OF_SCANNER))


@dataclass(frozen=True, slots=True)
class GetScannerElementsResponse(_ElementsResponse):
    """As many ElementData as names were asked for, in their order [wscn/element-data/one-for-each-name].
    [wscn/get-scanner-elements/response] [dsd/get-scanner-elements/response]"""

    element_name: ClassVar[str] = "GetScannerElementsResponse"
    list_name: ClassVar[str] = "ScannerElements"
    known: ClassVar[_Known] = _OF_SCANNER


@dataclass(frozen=True, slots=True)
class GetJobElementsRequest:
    """Asks for elements of a job; at most MAX_REQUESTED_NAMES are read. [wscn/get-job-elements/request]
    [dsd/get-job-elements/request] [dsd/get-job-elements/vendor-elements]"""

    job_id: int
    names: tuple[QName, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetJobElementsRequest. Valid by schema with at least one name.
        [notes/c-23/get-job-elements-request-sent]"""
        root = _root("GetJobElementsRequest", namespace, self.names)
        add_child(root, "JobId", self.job_id)
        _write_names(root, self.names)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetJobElementsRequest:
        """The root GetJobElements of the printed example, which WSD-python sends, is read and noted
        [wscn/get-job-elements/root-without-suffix-accepted] [clients/wsd-python/get-job-elements-root].

        Raises ContentError when JobId, RequestedElements or every Name is missing, or one of them is wrong.
        [notes/c-23/get-job-elements-read]"""
        cursor = open_message(
            element, "GetJobElementsRequest", ("JobId", "RequestedElements"), deviations, alias="GetJobElements"
        )
        return cls(read_job_id(cursor), _read_names(cursor, _OF_JOB))


@dataclass(frozen=True, slots=True)
class GetJobElementsResponse(_ElementsResponse):
    """As many ElementData as names were asked for, in their order [wscn/element-data/one-for-each-name].
    [wscn/get-job-elements/response] [dsd/get-job-elements/response]"""

    element_name: ClassVar[str] = "GetJobElementsResponse"
    list_name: ClassVar[str] = "JobElements"
    known: ClassVar[_Known] = _OF_JOB


# Names


def _root(name: str, namespace: str, names: Iterable[QName]) -> etree._Element:
    """The root of a message in which `names` can be written."""
    return message(name, namespace, prefixes_for(names, (WSCN, namespace)))


def _write_names(root: etree._Element, names: Sequence[QName]) -> None:
    requested = add_child(root, "RequestedElements")
    for name in names:
        add(requested, "Name", written(root, name))


def _read_names(cursor: Cursor, known: _Known) -> tuple[QName, ...]:
    """The names that the documents have are taken for those of wscn without a prefix too, though the GetJobElements
    example has another default namespace.
    [wscn/element-data/name-without-prefix-accepted]"""
    return read_names(in_wscn(cursor.required("RequestedElements")), known)


# Data


def _write_data(parent: etree._Element, data: Sequence[ElementData[Content]], known: _Known) -> None:
    """Append an ElementData for each; its attributes stand without prefix.
    [wscn/element-data/attributes-unqualified] [notes/c-09/wscn-attributes-bare]"""

    def write(name: QName, content: Content) -> etree._Element:
        kind = known.get(name.local) if name.namespace == WSCN else None
        if kind is None or not isinstance(content, kind.type):
            raise TypeError(f"{type(content).__name__} is no content of {name.local}")
        return kind.write(content)

    add_element_data(parent, WSCN, data, write, qualified=False)


def _read_data(elements: Cursor, known: _Known) -> tuple[ElementData[Content], ...]:
    readers = {name: each.read for name, each in known.items()}
    return read_element_data(in_wscn(elements), readers, qualified=False, unprefixed=known)
