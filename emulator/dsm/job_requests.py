"""The requests of a job; a document stays in its file until it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from emulator.dpws.call import Attached
from emulator.dpws.soap_caller import SoapRequest
from emulator.dsm.constants import DSP, JOB_STATUS
from emulator.dsm.messages.cancel import CancelPostScanJobRequest
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest
from emulator.dsm.messages.end import EndPostScanJobRequest
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.dsm.sequence_steps import Operation, SendRequest
from emulator.soap import envelope
from emulator.soap.envelope import Message
from emulator.soap.mtom import new_content_id
from emulator.transport.body import FileSegment


@dataclass(frozen=True, slots=True)
class Document:
    """One scan document, ready in a file. `document_id` counts from 1; `size` in octets."""

    document_id: int
    format: str
    media_type: str
    path: Path
    size: int
    sha256: str


def job_request(
    step: SendRequest,
    job_token: str,
    create: CreatePostScanJobRequest,
    document: Document | None,
    parameters: tuple[bytes, ...] = (),
) -> SoapRequest:
    """The request that `step` asks for.

    - `create`: what is sent to make the job.
    - `document`: for SendImage.
    - `parameters`: of the service's endpoint reference, which are header blocks of each message to it
      (WS-Addressing 2004/08, section 2.3: as they are, without the attribute that marks them in 2005/08).
    [dsp/operations/all-five]
    """
    match step.operation:
        case Operation.SEND_IMAGE:
            assert document is not None
            return _send_image(step, job_token, document, parameters)
        case Operation.CREATE:
            body = create.to_xml()
        case Operation.END:
            body = EndPostScanJobRequest(job_token).to_xml()
        case Operation.CANCEL:
            body = CancelPostScanJobRequest(job_token).to_xml()
        case _:
            # JobStatus alone: Windows Server 2008 R2 leaves a request that names an element it does not
            # know without any answer
            # [notes/c-36/job-status-alone].
            body = GetPostScanJobElementsRequest(job_token, (JOB_STATUS,)).to_xml()
    return SoapRequest(step.url, _to_service(step, body, parameters))


def _to_service(step: SendRequest, body: etree._Element, parameters: tuple[bytes, ...]) -> Message:
    # The law: [dsp/header/one-destination] [dsp/header/request-action]
    message = envelope.request(f"{DSP}/{step.operation}", step.to, body)
    return replace(message, headers=tuple(map(etree.fromstring, parameters))) if parameters else message


def _send_image(
    step: SendRequest, job_token: str, document: Document, parameters: tuple[bytes, ...]
) -> SoapRequest:
    """The message with the document behind it, which is read from its file as it is sent.
    [notes/c-35/image-data-media-type] [notes/silent/image-part-media-type]
    [dsp/send-image/image-by-xop] [dsp/send-image/type-of-the-image-part] [dsp/send-image/document-id-unique]"""
    content_id = new_content_id("image")
    body = SendImageRequest(job_token, document.document_id, document.format, content_id).to_xml()
    message = _to_service(step, body, parameters)
    data = FileSegment(document.path, document.size)
    return SoapRequest(step.url, message, Attached(message, content_id, document.media_type, data))
