"""DocumentDescription, in SendImage and in dsp:Documents (their WS-DSP pages; MS-BDSRR for Documents)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING
from emulator.dsm.structure import add, bounded_token, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import check_structure
from emulator.soap.xml import place
from emulator.wsscan.values.keywords import Format

_VENDOR_FORMAT: Final = re.compile(r"\w[\w:.\-]*\Z")
"""MimeExtensionPatternType (MS-BDSRR 6.2.1). Its pattern allows '/' and ';', its base, NMTOKEN, does not.
[dsp/send-image/format-extension]"""
_FORMATS: Final = frozenset(str(each) for each in Format)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """dsp:DocumentDescription: `document_id` from 1, unique in the job; `format` as in the scan ticket.
    [dsp/send-image/document-id-is-positive] [dsp/send-image/format-keyword] [dsp/send-image/format-extension]
    [bdsrr/3.2.1/scan-document]"""

    document_id: int
    format: str


@dataclass(frozen=True, slots=True)
class Documents:
    """dsp:Documents: all documents that the server has of a job. [dsc/get-post-scan-job-elements/documents]"""

    entries: tuple[DocumentEntry, ...] = ()

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """Documents of `namespace`."""
        element = root("Documents", namespace)
        for entry in self.entries:
            write_document_description(add(element, namespace, "Document"), entry, namespace)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Documents:
        """Raises ContentError for a Document that is not described."""
        cursor = opened(element, ("Document",), deviations)
        return cls(tuple(read_document_description(each) for each in cursor.children("Document")))


def read_document_description(parent: Cursor) -> DocumentEntry:
    """DocumentDescription in `parent`. Raises ContentError when it, DocumentId or Format is missing or empty,
    or DocumentId is no number from 1."""
    cursor = parent.required("DocumentDescription")
    check_structure(cursor, ("DocumentId", "Format"))
    format = cursor.required("Format")
    keyword = bounded_token(format, MAX_STRING)
    if not keyword:
        raise ContentError("Format", "is empty")
    if keyword not in _FORMATS and not _VENDOR_FORMAT.match(keyword):
        format.deviations.note("value", place(format.element), keyword)
    return DocumentEntry(cursor.required("DocumentId").integer(1), keyword)


def write_document_description(parent: etree._Element, entry: DocumentEntry, namespace: str = DSP) -> None:
    """Append DocumentDescription of `namespace`."""
    element = add(parent, namespace, "DocumentDescription")
    add(element, namespace, "DocumentId", str(entry.document_id))
    add(element, namespace, "Format", entry.format)
