"""The messages as the documents print them, where the reference is present: read, with the misprints told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.messages.cancel import CancelPostScanJobRequest, CancelPostScanJobResponse
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.elements import (
    ElementData,
    GetPostScanJobElementsRequest,
    GetPostScanJobElementsResponse,
)
from emulator.dsm.messages.end import EndPostScanJobRequest, EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest, SendImageResponse
from emulator.dsm.scan_process import EmailFilter, FileShareFilter, PostScanInstructions, SharePointFilter
from emulator.dsm.states import FilterState, JobState
from emulator.soap.constants import FAULT_ACTION
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Received, read_envelope
from emulator.soap.fault import FaultError
from emulator.soap.mtom import Attachment, AttachmentEnd, Data, Event, MtomReader, Root
from emulator.soap.xml import QName

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
FILTER = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter"
JOB = "264a19bf-3604-4603-b59d-b47e0f669a1e"
OTHER_JOB = "0c349cb0-59ed-4d02-b6d5-ebc729c73830"

EXAMPLES = [
    (
        "createpostscanjobrequest-example",
        "CreatePostScanJob",
        CreatePostScanJobRequest(
            "S-1-5-21-917267712-1342860078-1792151419-500",
            "C4F199C7-6876-4549-A86E-A85035952448",
            PostScanInstructions(
                "SampleScanJob",
                (
                    FileShareFilter(("\\\\contoso\\scratch\\_prtlab\\IncomingScans",)),
                    SharePointFilter(("http://contoso/site/scans",), False),
                    EmailFilter(("user@contoso.com",), False, False),
                ),
                True,
            ),
        ),
        [],
    ),
    ("createpostscanjobresponse-example", "CreatePostScanJobResponse", CreatePostScanJobResponse(JOB), []),
    (
        "sendimagerequest-example",
        "SendImage",
        SendImageRequest(JOB, 9, "png", "1c696bd7-005a-48d9-9ee9-9adca11f8892@uuid"),
        # A MessageID that is no URN [notes/c-31/mime-header-of-the-examples-read]
        ["address-white-space", "message-id-form"],
    ),
    ("sendimageresponse-example", "SendImageResponse", SendImageResponse(), []),
    ("endpostscanjobrequest-example", "EndPostScanJob", EndPostScanJobRequest(JOB), []),
    ("endpostscanjobresponse-example", "EndPostScanJobResponse", EndPostScanJobResponse(), []),
    (
        "cancelpostscanjobrequest-example",
        "CancelPostScanJob",
        CancelPostScanJobRequest("1ba72b60-c873-4d9d-b523-66616fe03ea9"),
        [],
    ),
    ("cancelpostscanjobresponse-example", "CancelPostScanJobResponse", CancelPostScanJobResponse(), []),
    (
        "getpostscanjobelementsrequest-example",
        "GetPostScanJobElements",
        GetPostScanJobElementsRequest(OTHER_JOB, (QName(DSP, "JobStatus"), QName(DSP, "JobDescription"))),
        ["address-white-space", "address-white-space", "address-white-space"],
    ),
    (
        "getpostscanjobelementsresponse-example",
        "GetPostScanJobElementsResponse",
        GetPostScanJobElementsResponse(
            (
                ElementData(
                    QName(DSP, "JobStatus"),
                    JobStatus(
                        OTHER_JOB,
                        JobState.CREATING,
                        (),
                        (FilterStatus(f"{FILTER}/fileshare", FilterState.PENDING),),
                        1,
                        datetime.fromisoformat("2009-04-28T18:37:19.519"),
                    ),
                ),
                ElementData(
                    QName(DSP, "JobDescription"),
                    JobDescription(
                        "614655A4-38A5-46C4-B768-B6329EC5F318", "FileShare Process", "User1@contoso.com"
                    ),
                ),
            )
        ),
        ["address-white-space", "white-space"],
    ),
]


def read(shared: Path, file: str) -> Received:
    return read_envelope((shared / "spec/examples/dsm" / f"{file}.xml").read_bytes())


@pytest.mark.parametrize(("file", "action", "message", "told"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_a_printed_message_is_read(
    shared: Path, file: str, action: str, message: EndPostScanJobRequest, told: list[str]
) -> None:
    """EndPostScanJobRequest stands for the type of all of them. [dsp/header/no-reply-to-with-an-image]"""
    received = read(shared, file)
    assert received.message.action == f"{DSP}/{action}"
    body = received.message.body
    assert body is not None and body.tag == f"{{{DSP}}}{type(message).__name__}"
    assert type(message).from_xml(body, received.deviations) == message
    assert [each.id for each in received.deviations] == told


def test_all_printed_messages_of_ws_dsp_are_looked_at(shared: Path) -> None:
    printed = {each.stem for each in (shared / "spec/examples/dsm").glob("*postscanjob*.xml")}
    printed |= {each.stem for each in (shared / "spec/examples/dsm").glob("sendimage*.xml")}
    assert {file for file, *_ in EXAMPLES} == printed


EVENTS = {
    "jobendstateevent-example": "JobEndStateEvent",
    "jobstatusevent-jobstatus-jobstatusevent-example": "JobStatusEvent",
    "scannerelementschangeevent-example": "ScannerElementsChangeEvent",
    "scannerstatusconditionclearedevent-example": "ScannerStatusConditionClearedEvent",
    "scannerstatusconditionevent-example": "ScannerStatusConditionEvent",
    "scannerstatussummaryevent-example": "ScannerStatusSummaryEvent",
}


@pytest.mark.parametrize(("file", "name"), EVENTS.items())
def test_an_envelope_with_an_event_is_read(shared: Path, file: str, name: str) -> None:
    """Actions of wscn, bodies of dsd [notes/c-02/event-actions-in-wscn]. The MessageIDs are place-holders."""
    received = read(shared, file)
    assert received.message.action.endswith(f"/2006/08/wdp/scan/{name}")
    assert received.message.body is not None
    assert received.message.body.tag.endswith(f"distributedscan/device}}{name}")
    assert {each.id for each in received.deviations} <= {"address-white-space", "message-id-form"}


def test_the_printed_fault_is_read(shared: Path) -> None:
    """Its namespace is that of a release before the first [notes/c-06/fault-example-never-sent].
    [dsp/wire/pre-release-names-never]"""
    received = read(shared, "distributed-scan-processing-web-service-operation-error-reporting-2")
    fault = received.message.fault
    assert fault is not None
    assert (fault.code, fault.action) == ("Receiver", FAULT_ACTION)
    assert fault.subcode is not None and fault.subcode.local == "OperationFailed"
    assert fault.subcode.namespace.endswith("/2008/02/wdp/repository/processing")
    # "Headers excluded for brevity"
    assert [each.id for each in received.deviations] == ["message-id-missing", "to-missing"]


def test_the_template_of_a_fault_is_a_fault(shared: Path) -> None:
    received = read(shared, "distributed-scan-processing-web-service-operation-error-reporting")
    assert received.message.fault is not None
    assert str(FaultError(received.message.fault)) == "[Subcode]: [Reason] [[Detail]]"


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_the_misprinted_package_of_send_image_is_read(shared: Path, size: int) -> None:
    """No ';' between type and charset, blanks in empty lines, LF, 'uuid:' instead of 'urn:uuid:'.
    [notes/c-31/mime-header-of-the-examples-read]"""
    printed = (shared / "spec/examples/dsm/sendimagerequest-example.mime.txt").read_bytes()
    head, _, body = printed.partition(b"\n \n")
    content_type = head.decode().partition("Content-Type: ")[2]
    reader = MtomReader(content_type)
    events: list[Event] = []
    for start in range(0, len(body), size):
        events += reader.feed(body[start : start + size])
    events += reader.close()
    assert {each.id for each in reader.deviations} == {"mime-line-end", "mime-header", "mime-parameter"}
    (root,) = (event for event in events if isinstance(event, Root))
    received = read_envelope(root.data)
    assert received.message.action == f"{DSP}/SendImage"
    assert received.message.body is not None
    asked = SendImageRequest.from_xml(received.message.body, received.deviations)
    assert asked == SendImageRequest(JOB, 9, "png", "1c696bd7-005a-48d9-9ee9-9adca11f8892@uuid")
    assert [each.id for each in received.deviations] == ["address-white-space", "message-id-form"]
    (attachment,) = (event for event in events if isinstance(event, Attachment))
    assert attachment == Attachment("1c696bd7-005a-48d9-9ee9-9adca11f8892@uuid", "application/octet-stream")
    assert b"".join(event.data for event in events if isinstance(event, Data)) == b"Document PDL Data"
    assert isinstance(events[-1], AttachmentEnd)


def test_the_printed_minimal_package_has_no_deviation(shared: Path) -> None:
    head, _, body = (shared / "spec/examples/mtom/sendimage-minimal.http").read_bytes().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    (content_type,) = (line.partition(":")[2] for line in lines if line.lower().startswith("content-type:"))
    reader = MtomReader(content_type)
    root = next(each for each in [*reader.feed(body), *reader.close()] if isinstance(each, Root))
    received = read_envelope(root.data)
    assert received.message.body is not None
    deviations = Deviations()
    assert SendImageRequest.from_xml(received.message.body, deviations).document_id >= 1
    assert not [*reader.deviations, *received.deviations, *deviations]
