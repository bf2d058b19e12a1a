"""GetPostScanJobElements (its WS-DSP page): JobStatus, JobDescription and Documents of a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from emulator.dsm.constants import DOCUMENTS, DSP, JOB_DESCRIPTION, JOB_STATUS
from emulator.dsm.documents import Documents
from emulator.dsm.job_status import JobDescription, JobStatus
from emulator.dsm.messages.token_only import requested_token
from emulator.dsm.structure import add, boolean, check_structure
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor, parse_boolean
from emulator.soap.xml import QName, local_name, namespace_of, place, resolve_qname

Content: TypeAlias = JobStatus | JobDescription | Documents

_TYPES: Final[dict[QName, type[JobStatus] | type[JobDescription] | type[Documents]]] = {
    JOB_STATUS: JobStatus,
    JOB_DESCRIPTION: JobDescription,
    DOCUMENTS: Documents,
}


@dataclass(frozen=True, slots=True)
class GetPostScanJobElementsRequest:
    """Asks for elements of a job by their names.

    Windows Server 2008 R2 leaves a request with a name that it does not know without any answer (NOTES C-36).
    """

    job_token: str
    names: tuple[QName, ...]

    def to_xml(self) -> etree._Element:
        """dsp:GetPostScanJobElementsRequest."""
        root = etree.Element(f"{{{DSP}}}GetPostScanJobElementsRequest", nsmap=_prefixes(self.names))
        add(root, DSP, "JobToken", self.job_token)
        requested = add(root, DSP, "RequestedElements")
        for name in self.names:
            add(requested, DSP, "Name", _written(root, name))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetPostScanJobElementsRequest:
        """Raises ContentError when JobToken, RequestedElements or every Name is missing, or a Name is empty."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("JobToken", "RequestedElements"))
        requested = cursor.required("RequestedElements")
        check_structure(requested, ("Name",))
        names = tuple(_qname(each.element, each.token(), deviations, "Name") for each in requested.children("Name"))
        if not names:
            raise ContentError("Name", "missing in RequestedElements")
        return cls(requested_token(cursor), names)


@dataclass(frozen=True, slots=True)
class ElementData:
    """One element that was asked for; `content` None when it is not valid (an unknown name)."""

    name: QName
    content: Content | None

    @property
    def valid(self) -> bool:
        """dsp:Valid."""
        return self.content is not None


@dataclass(frozen=True, slots=True)
class GetPostScanJobElementsResponse:
    """As many ElementData as names were asked for, in their order (MS-BDSRR 3.1.4)."""

    element_data: tuple[ElementData, ...]

    @property
    def job_status(self) -> JobStatus | None:
        """The JobStatus among them."""
        return next((each.content for each in self.element_data if isinstance(each.content, JobStatus)), None)

    @property
    def job_description(self) -> JobDescription | None:
        """The JobDescription among them."""
        found = (each.content for each in self.element_data if isinstance(each.content, JobDescription))
        return next(found, None)

    @property
    def documents(self) -> Documents | None:
        """The Documents among them."""
        return next((each.content for each in self.element_data if isinstance(each.content, Documents)), None)

    def to_xml(self) -> etree._Element:
        """dsp:GetPostScanJobElementsResponse; Name and Valid qualified (the printed example; NOTES C-09)."""
        namespaces = _prefixes([each.name for each in self.element_data])
        root = etree.Element(f"{{{DSP}}}GetPostScanJobElementsResponse", nsmap=namespaces)
        elements = add(root, DSP, "JobElements")
        for each in self.element_data:
            data = add(elements, DSP, "ElementData")
            data.set(f"{{{DSP}}}Name", _written(root, each.name))
            data.set(f"{{{DSP}}}Valid", boolean(each.valid))
            if each.content is not None:
                data.append(each.content.to_xml())
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetPostScanJobElementsResponse:
        """Raises ContentError when JobElements is missing or one of its elements cannot be understood."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("JobElements",))
        elements = cursor.required("JobElements")
        check_structure(elements, ("ElementData",))
        found = tuple(_read_element_data(each) for each in elements.children("ElementData"))
        if not found:
            deviations.note("element-missing", f"{place(elements.element)}/ElementData")
        return cls(found)


def _read_element_data(cursor: Cursor) -> ElementData:
    """One ElementData; an element that we do not know counts as not valid."""
    element, deviations = cursor.element, cursor.deviations
    check_structure(cursor, [name.local for name in _TYPES])
    if len(element) > 1:
        deviations.note("choice", place(element))
    child = next((each for each in element if isinstance(each.tag, str)), None)
    held = None if child is None else QName(namespace_of(child), local_name(child))
    written = cursor.attribute("Name", qualified=True)
    if written is None:
        deviations.note("element-missing", f"{place(element)}/@Name")
        if held is None:
            raise ContentError("ElementData", "has neither Name nor content")
        name = held
    else:
        name = _qname(element, written, deviations, "ElementData/@Name")
    said = cursor.attribute("Valid", qualified=True)
    if said is None:
        deviations.note("element-missing", f"{place(element)}/@Valid")
    valid = child is not None if said is None else parse_boolean("ElementData/@Valid", said)
    content_type = None if held is None else _TYPES.get(held)
    if not valid or content_type is None or child is None:
        return ElementData(name, None)
    if held != name:
        deviations.note("value", f"{place(element)}/@Name", f"{name.local} with {local_name(child)}")
    return ElementData(name, content_type.from_xml(child, deviations))


def _qname(element: etree._Element, text: str, deviations: Deviations, argument: str) -> QName:
    """The QName that `text` is at `element`: any prefix, the default namespace, or none, which means dsp (the
    GetJobElements example prints it so, NOTES C-23). Raises ContentError when it is no name."""
    name = resolve_qname(element, text, element.nsmap.get(None) or DSP)
    try:
        etree.QName(name.namespace or None, name.local)
    except ValueError:  # what is no name could not be written into the answer
        raise ContentError(argument, f"{text[:60]!r} is no name" if name.local else "is empty") from None
    prefix = text.rpartition(":")[0] if ":" in text else None
    if prefix not in element.nsmap:
        deviations.note("namespace", place(element), text)
    return name


def _prefixes(names: Sequence[QName]) -> dict[str, str]:
    """Prefixes of the names' namespaces: `dsp`, and `n1` and so on for others."""
    others = dict.fromkeys(name.namespace for name in names if name.namespace not in ("", DSP))
    return {"dsp": DSP, **{f"n{index}": namespace for index, namespace in enumerate(others, 1)}}


def _written(root: etree._Element, name: QName) -> str:
    prefix = next((prefix for prefix, namespace in root.nsmap.items() if namespace == name.namespace), None)
    return f"{prefix}:{name.local}" if prefix else name.local
