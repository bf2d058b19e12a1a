"""GetScannerElements and GetJobElements (their WS-Scan pages): elements of the device or of a job by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from lxml import etree

from emulator.soap.constants import MAX_REQUESTED_NAMES, SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor, TooMuch, parse_boolean
from emulator.soap.xml import QName, local_name, namespace_of, place
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    DSD,
    JOB_STATUS,
    SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
    WSCN,
    WSCN_2006_01,
)
from emulator.wsscan.messages.frame import add_child, below, message, open_message
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
from emulator.wsscan.xml.structure import boolean, check_structure
from emulator.wsscan.xml.ticket import read_ticket, write_ticket

Content: TypeAlias = (
    ScannerDescription | ScannerConfiguration | ScannerStatus | ScanTicket | ScanJobStatus | JobDocuments
)


@dataclass(frozen=True, slots=True)
class _Element:
    """How the data of one element is read and written."""

    type: type[Content]
    read: Callable[[etree._Element, Deviations], Content]
    write: Callable[[Any], etree._Element]


_OF_SCANNER: Final[dict[QName, _Element]] = {
    SCANNER_DESCRIPTION: _Element(ScannerDescription, read_scanner_description, write_scanner_description),
    SCANNER_CONFIGURATION: _Element(ScannerConfiguration, read_scanner_configuration, write_scanner_configuration),
    SCANNER_STATUS: _Element(ScannerStatus, read_scanner_status, write_scanner_status),
    DEFAULT_SCAN_TICKET: _Element(
        ScanTicket, read_ticket, lambda ticket: write_ticket(ticket, DEFAULT_SCAN_TICKET)
    ),
}
_OF_JOB: Final[dict[QName, _Element]] = {
    JOB_STATUS: _Element(ScanJobStatus, read_scan_job_status, write_scan_job_status),
    SCAN_TICKET: _Element(ScanTicket, read_ticket, lambda ticket: write_ticket(ticket, SCAN_TICKET)),
    DOCUMENTS: _Element(JobDocuments, read_job_documents, write_job_documents),
}


@dataclass(frozen=True, slots=True)
class ElementData:
    """One element that was asked for; `content` None when it is not valid (an unknown name).
    [wscn/element-data/valid-true-for-a-known-name] [wscn/element-data/valid-false-for-an-unknown-name]"""

    name: QName
    content: Content | None

    @property
    def valid(self) -> bool:
        """The attribute Valid."""
        return self.content is not None


@dataclass(frozen=True, slots=True)
class GetScannerElementsRequest:
    """Asks for elements of the device; at most MAX_REQUESTED_NAMES are read. [wscn/get-scanner-elements/request]
    [dsd/get-scanner-elements/request]"""

    names: tuple[QName, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetScannerElementsRequest. Valid by schema with at least one name."""
        root = message("GetScannerElementsRequest", namespace, _prefixes(self.names))
        _write_names(root, self.names)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetScannerElementsRequest:
        """Raises ContentError when RequestedElements or every Name is missing, or a Name is none."""
        cursor = open_message(element, "GetScannerElementsRequest", ("RequestedElements",), deviations)
        return cls(_read_names(cursor, _OF_SCANNER))


@dataclass(frozen=True, slots=True)
class GetScannerElementsResponse:
    """As many ElementData as names were asked for, in their order [wscn/element-data/one-for-each-name].
    [wscn/get-scanner-elements/response] [dsd/get-scanner-elements/response]"""

    element_data: tuple[ElementData, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetScannerElementsResponse. Raises TypeError for content that is not of its name's type."""
        prefixes = _prefixes([each.name for each in self.element_data])
        root = message("GetScannerElementsResponse", namespace, prefixes)
        _write_data(add_child(root, "ScannerElements"), self.element_data, _OF_SCANNER)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetScannerElementsResponse:
        """Raises ContentError when ScannerElements is missing or an element in it cannot be understood."""
        cursor = open_message(element, "GetScannerElementsResponse", ("ScannerElements",), deviations)
        return cls(_read_data(cursor.required("ScannerElements"), _OF_SCANNER))


@dataclass(frozen=True, slots=True)
class GetJobElementsRequest:
    """Asks for elements of a job; at most MAX_REQUESTED_NAMES are read. [wscn/get-job-elements/request]
    [dsd/get-job-elements/request] [dsd/get-job-elements/vendor-elements]"""

    job_id: int
    names: tuple[QName, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetJobElementsRequest. Valid by schema with at least one name.
        [notes/c-23/get-job-elements-request-sent]"""
        root = message("GetJobElementsRequest", namespace, _prefixes(self.names))
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
class GetJobElementsResponse:
    """As many ElementData as names were asked for, in their order [wscn/element-data/one-for-each-name].
    [wscn/get-job-elements/response] [dsd/get-job-elements/response]"""

    element_data: tuple[ElementData, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetJobElementsResponse. Raises TypeError for content that is not of its name's type."""
        prefixes = _prefixes([each.name for each in self.element_data])
        root = message("GetJobElementsResponse", namespace, prefixes)
        _write_data(add_child(root, "JobElements"), self.element_data, _OF_JOB)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetJobElementsResponse:
        """Raises ContentError when JobElements is missing or an element in it cannot be understood."""
        cursor = open_message(element, "GetJobElementsResponse", ("JobElements",), deviations)
        return cls(_read_data(cursor.required("JobElements"), _OF_JOB))


# Names


def _read_names(cursor: Cursor, known: dict[QName, _Element]) -> tuple[QName, ...]:
    requested = below(cursor.required("RequestedElements"), ("Name",))
    names: list[QName] = []
    for each in requested.children("Name"):
        if len(names) == MAX_REQUESTED_NAMES:
            raise TooMuch("RequestedElements", f"more than {MAX_REQUESTED_NAMES} names")
        names.append(_qname(each.element, each.token(), known, each.deviations, "Name"))
    if not names:
        raise ContentError("Name", "missing in RequestedElements")
    return tuple(names)


def _qname(
    element: etree._Element, text: str, known: dict[QName, _Element], deviations: Deviations, argument: str
) -> QName:
    """The QName that `text` means at `element`. Noted and taken for wscn: no prefix where the default namespace
    is another (the GetJobElements example), a prefix that is not declared, and names that the
    documents have in the namespaces of 2006/01 and dsd. Raises ContentError when it is no name.
    [wscn/element-data/prefix-resolved-in-scope] [wscn/element-data/name-without-prefix-accepted]
    [clients/zeep/qname-with-its-own-prefix] [clients/sane-airscan/configuration-asked-for]"""
    prefix, colon, local = text.rpartition(":")
    namespace = element.nsmap.get(prefix if colon else None)
    name = QName(namespace or WSCN, local)
    wscn = QName(WSCN, local)
    if name.namespace in (WSCN_2006_01, DSD) or (not colon and wscn in known):
        name = wscn
    try:
        etree.QName(name.namespace, name.local)
    except ValueError:  # what is no name could not be written into the answer
        raise ContentError(argument, f"{text[:60]!r} is no name" if text else "is empty") from None
    if name.namespace != namespace:
        deviations.note("namespace", place(element), text)
    return name


_OF_ENVELOPE: Final = {SOAP: "soap", WSA: "wsa"}
"""What the Envelope declares: a second prefix for the same namespace is dropped when the body goes into it."""


def _prefixes(names: Sequence[QName]) -> dict[str, str]:
    """Prefixes for the names' namespaces beside that of wscn."""
    others = dict.fromkeys(name.namespace for name in names if name.namespace not in ("", WSCN))
    return {_OF_ENVELOPE.get(namespace, f"n{index}"): namespace for index, namespace in enumerate(others, 1)}


def _written(names: Sequence[QName]) -> list[str]:
    """The names as text, with the prefixes that `_prefixes` gives. [wscn/element-data/name-with-prefix]"""
    by_namespace = {namespace: f"{prefix}:" for prefix, namespace in _prefixes(names).items()}
    by_namespace.update({WSCN: "wscn:", "": ""})
    return [by_namespace[name.namespace] + name.local for name in names]


def _write_names(root: etree._Element, names: Sequence[QName]) -> None:
    requested = add_child(root, "RequestedElements")
    for written in _written(names):
        add(requested, "Name", written)


# Data


def _write_data(parent: etree._Element, data: Sequence[ElementData], known: dict[QName, _Element]) -> None:
    """Append an ElementData for each; its attributes stand without prefix
    [wscn/element-data/attributes-unqualified] [clients/go-mfp/unqualified-element-data].
    [clients/go-mfp/no-unknown-name] [notes/c-09/wscn-attributes-bare]"""
    for each, written in zip(data, _written([each.name for each in data]), strict=True):
        element = add(parent, "ElementData")
        element.set("Name", written)
        element.set("Valid", boolean(each.valid))
        if each.content is None:
            continue
        kind = known.get(each.name)
        if kind is None or not isinstance(each.content, kind.type):
            raise TypeError(f"{type(each.content).__name__} is no content of {each.name.local}")
        element.append(kind.write(each.content))


def _read_data(elements: Cursor, known: dict[QName, _Element]) -> tuple[ElementData, ...]:
    entries = below(elements, ("ElementData",))
    found: list[ElementData] = []
    for each in entries.children("ElementData"):
        if len(found) == MAX_REQUESTED_NAMES:
            raise TooMuch("ElementData", f"more than {MAX_REQUESTED_NAMES}")
        found.append(_read_element_data(each, known))
    if not found:
        entries.deviations.note("element-missing", f"{place(entries.element)}/ElementData")
    return tuple(found)


def _read_element_data(cursor: Cursor, known: dict[QName, _Element]) -> ElementData:
    """One ElementData; an element that we do not know counts as not valid."""
    element, deviations = cursor.element, cursor.deviations
    check_structure(cursor, [name.local for name in known])
    if len(element) > 1:
        deviations.note("choice", place(element))
    child = next((each for each in element if isinstance(each.tag, str)), None)
    held = None if child is None else _name_of(child, deviations)
    name = _attribute_name(cursor, known)
    if name is None:
        if held is None:
            raise ContentError("ElementData", "has neither Name nor content")
        name = held
    said = cursor.attribute("Valid", qualified=False)
    if said is None:
        deviations.note("element-missing", f"{place(element)}/@Valid")
    valid = child is not None if said is None else parse_boolean("ElementData/@Valid", said)
    kind = None if held is None else known.get(held)
    if not valid or kind is None or child is None:
        return ElementData(name, None)
    if held is not None and held != name:
        # The content is what it is: the name of the answer follows it, so that it can be written again.
        deviations.note("value", f"{place(element)}/@Name", f"{name.local} with {held.local}")
        name = held
    return ElementData(name, kind.read(child, deviations))


def _name_of(child: etree._Element, deviations: Deviations) -> QName:
    name = QName(namespace_of(child), local_name(child))
    if name.namespace in (WSCN_2006_01, DSD):
        deviations.note("namespace", place(child), name.namespace)
        return QName(WSCN, name.local)
    return name


def _attribute_name(cursor: Cursor, known: dict[QName, _Element]) -> QName | None:
    """The attribute Name, without prefix or with; None where it is missing, which is noted.
    [wscn/element-data/attributes-unqualified] [notes/c-09/attributes-read-in-both-forms]"""
    written = cursor.attribute("Name", qualified=False)
    if written is None:
        cursor.deviations.note("element-missing", f"{place(cursor.element)}/@Name")
        return None
    return _qname(cursor.element, written, known, cursor.deviations, "ElementData/@Name")
