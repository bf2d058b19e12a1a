"""SendImage (its WS-DSP page): one document of a job, as an MTOM attachment."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import ClassVar, Final

from lxml import etree

from emulator.dsm.constants import DSP
from emulator.dsm.documents import DocumentEntry, read_document_description, write_document_description
from emulator.dsm.messages.token_only import EmptyResponse, requested_token
from emulator.dsm.structure import add
from emulator.soap.deviations import Deviations
from emulator.soap.mtom import include, included_id
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import check_structure
from emulator.soap.xml import place

_WHITE_SPACE: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class SendImageRequest:
    """Brings a document. Its octets are the attachment `content_id`, or `inline` (tolerated on reading).
    [dsp/send-image/request] [dsp/send-image/image-by-xop]"""

    job_token: str
    document_id: int
    """From 1, unique in the job."""
    format: str
    content_id: str | None
    """Content-ID of the attachment without brackets; None when the image is inline."""
    inline: bytes | None = None

    def to_xml(self) -> etree._Element:
        """dsp:SendImageRequest. Raises ValueError when there is neither attachment nor inline image."""
        root = etree.Element(f"{{{DSP}}}SendImageRequest", nsmap={"dsp": DSP})
        add(root, DSP, "JobToken", self.job_token)
        write_document_description(root, DocumentEntry(self.document_id, self.format))
        data = add(root, DSP, "ImageData")
        if self.content_id is not None:
            data.append(include(self.content_id))
        elif self.inline is not None:
            data.text = base64.b64encode(self.inline).decode("ascii")
        else:
            raise ValueError("a SendImageRequest needs an attachment or an inline image")
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> SendImageRequest:
        """Raises ContentError when something is missing, DocumentId is no number from 1, or ImageData is
        neither an xop:Include of a part nor base64."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("JobToken", "DocumentDescription", "ImageData"))
        token = requested_token(cursor)
        entry = read_document_description(cursor)
        data = cursor.required("ImageData").element
        content_id = included_id(data, deviations)
        inline = None if content_id is not None else _inline(data, deviations)
        return cls(token, entry.document_id, entry.format, content_id, inline)


@dataclass(frozen=True, slots=True)
class SendImageResponse(EmptyResponse):
    """The job has the file. [dsp/send-image/response-is-empty] [dsp/send-image/response-means-received]"""

    element_name: ClassVar[str] = "SendImageResponse"


def _inline(data: etree._Element, deviations: Deviations) -> bytes:
    # The law: [mtom/include/inline-base64-accepted]
    if len(data):
        raise ContentError("ImageData", "its xop:Include names no part")
    deviations.note("xop-inline", place(data))
    text = (data.text or "").encode("utf-8").translate(None, _WHITE_SPACE)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ContentError("ImageData", f"is no base64: {error}") from None
