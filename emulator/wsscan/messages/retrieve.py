"""RetrieveImage (its WS-Scan page): the next image of a job, as an MTOM attachment."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.mtom import include, included_id
from emulator.soap.reading import ContentError
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, below, message, open_message
from emulator.wsscan.xml.documents import read_document_name, write_document_name
from emulator.wsscan.xml.jobs import read_job_id
from emulator.wsscan.xml.structure import expected


@dataclass(frozen=True, slots=True)
class RetrieveImageRequest:
    """Asks for the next image; for a multi-image format for the one document. [wscn/retrieve-image/request]"""

    job_id: int
    job_token: str
    document_name: str
    """The name that the client gives the document, at most 255 characters; '' where it gave none."""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """RetrieveImageRequest."""
        root = message("RetrieveImageRequest", namespace)
        add_child(root, "JobId", self.job_id)
        add_child(root, "JobToken", self.job_token)
        write_document_name(add_child(root, "DocumentDescription"), self.document_name)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RetrieveImageRequest:
        """A missing DocumentDescription is noted. White space round JobToken is noted and stripped: the device
        has given it, and gives none. Raises ContentError when JobId or JobToken is missing or JobId no number.
        [clients/sane-airscan/retrieve-image-order]"""
        order = ("JobId", "JobToken", "DocumentDescription")
        cursor = open_message(element, "RetrieveImageRequest", order, deviations)
        description = expected(cursor, "DocumentDescription")
        return cls(
            read_job_id(cursor),
            cursor.required("JobToken").token(),
            "" if description is None else read_document_name(below(description, ("DocumentName",))),
        )


@dataclass(frozen=True, slots=True)
class RetrieveImageResponse:
    """ScanData holds an xop:Include of the image, which is the second MIME part.
    [wscn/retrieve-image/response] [wscn/retrieve-image/one-include]"""

    content_id: str
    """Content-ID of the image's part without brackets."""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """RetrieveImageResponse."""
        root = message("RetrieveImageResponse", namespace)
        add_child(root, "ScanData").append(include(self.content_id))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RetrieveImageResponse:
        """Raises ContentError when ScanData is missing or has no xop:Include that names a part."""
        cursor = open_message(element, "RetrieveImageResponse", ("ScanData",), deviations)
        content_id = included_id(cursor.required("ScanData").element, deviations)
        if not content_id:
            raise ContentError("ScanData", "has no xop:Include that names a part")
        return cls(content_id)
