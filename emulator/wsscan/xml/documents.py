"""Documents of a job: its final parameters and the names of what has been transferred (its WS-Scan page)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import Cursor
from emulator.wsscan.values.jobs import JobDocuments
from emulator.wsscan.xml.final_parameters import (
    MISPRINT,
    NAME,
    child_final_parameters,
    write_final_parameters,
)
from emulator.wsscan.xml.settings import MAX_STRING, add
from emulator.wsscan.xml.structure import check_structure, expected, new, structure, text

_ORDER: Final = (NAME, "Document")


def read_job_documents(element: etree._Element, deviations: Deviations) -> JobDocuments:
    """Read wscn:Documents. Raises ContentError for a value of the wrong type; what is missing is noted."""
    cursor = structure(element, (MISPRINT, *_ORDER), deviations)
    names = []
    for document in cursor.children("Document"):
        check_structure(document, ("DocumentDescription",))
        names.append(read_document_name(expected(document, "DocumentDescription")))
    return JobDocuments(child_final_parameters(cursor), tuple(names))


def read_document_name(description: Cursor | None) -> str:
    """DocumentName in a DocumentDescription; '' where it is missing, which is noted."""
    if description is None:
        return ""
    check_structure(description, ("DocumentName",))
    return text(description, "DocumentName")


def write_job_documents(documents: JobDocuments) -> etree._Element:
    """wscn:Documents; names are cut to 255 characters. [wscn/job/documents]"""
    root = new("Documents")
    root.append(write_final_parameters(documents.final_parameters))
    for name in documents.names:
        write_document_name(add(add(root, "Document"), "DocumentDescription"), name)
    return root


def write_document_name(description: etree._Element, name: str) -> None:
    """Append DocumentName to a DocumentDescription."""
    add(description, "DocumentName", xml_text(name)[:MAX_STRING])
