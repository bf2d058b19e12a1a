"""Our schemas and our messages against the published schemas, where the reference is present."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from dsm_values import SCAN_PROCESSES, WSCN
from hypothesis import HealthCheck, given, settings
from lxml import etree
from reference_schemas import against_reference, reference

from emulator.dsm.documents import DocumentEntry, Documents
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
from emulator.dsm.scan_process import ScanProcess
from emulator.dsm.scan_process_xml import write_scan_process
from emulator.dsm.states import FilterState, FilterStateReason, JobState, JobStateReason
from emulator.soap.constants import SOAP
from emulator.soap.schema import violations
from emulator.soap.xml import QName, namespace_of, parse_xml, place

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
DSC = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration"
EXPECTED = {
    # Where the reference takes any text for an image, ours is that of the infoset: base64, or an xop:Include.
    "sendimagerequest-example.xml, wrong: SendImageRequest/ImageData: ours False",
}
UNKNOWN = "No matching global element declaration"  # of elements that no schema can know


STATUS = JobStatus("t", JobState.CREATING, (), (FilterStatus("urn:f", FilterState.PENDING),), 1)
ANSWERS = [
    CreatePostScanJobResponse("t"),
    SendImageRequest("t", 1, "png", "i@x"),
    SendImageResponse(),
    EndPostScanJobRequest("t"),
    EndPostScanJobResponse(),
    CancelPostScanJobRequest("t"),
    CancelPostScanJobResponse(),
    GetPostScanJobElementsRequest("t", (QName(DSP, "JobStatus"), QName("urn:v", "Own"))),
    GetPostScanJobElementsResponse(
        (
            ElementData(QName(DSP, "JobStatus"), STATUS),
            ElementData(QName("urn:v", "Own"), None),
            ElementData(QName(DSP, "JobDescription"), JobDescription("G", "d", "u")),
            ElementData(QName(DSP, "Documents"), Documents((DocumentEntry(1, "tiff-multi-g4"),))),
        )
    ),
]


@pytest.mark.parametrize("message", ANSWERS, ids=lambda each: type(each).__name__)
def test_our_messages_are_valid_by_the_published_schemas(shared: Path, message: SendImageRequest) -> None:
    """SendImageRequest stands for the type of all of them."""
    assert against_reference(shared, message.to_xml(), but_for=UNKNOWN) == []


@pytest.mark.parametrize("reason", JobStateReason)
@pytest.mark.parametrize("filter_reason", [None, *FilterStateReason])
def test_our_keywords_are_valid_by_the_published_schemas(
    shared: Path, reason: JobStateReason, filter_reason: FilterStateReason | None
) -> None:
    reasons = () if filter_reason is None else (filter_reason,)
    status = JobStatus("t", JobState.ABORTED, (reason,), (FilterStatus("urn:f", FilterState.CANCELED, reasons),))
    answer = GetPostScanJobElementsResponse((ElementData(QName(DSP, "JobStatus"), status),))
    assert against_reference(shared, answer.to_xml(), but_for=UNKNOWN) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCAN_PROCESSES)
def test_our_scan_processes_are_valid_by_the_published_schemas(shared: Path, process: ScanProcess) -> None:
    assert against_reference(shared, parse_xml(write_scan_process(process)), but_for=UNKNOWN) == []
    created = CreatePostScanJobRequest("S-1", "G", process.instructions).to_xml()
    assert against_reference(shared, created, but_for=UNKNOWN) == []


# Our schemas judge as the published ones do


def judged_bodies(shared: Path) -> Iterator[tuple[str, etree._Element]]:
    """The content of every printed message that our schemas know, and every printed scan ticket."""
    for file in sorted((shared / "spec/examples").glob("*/*.xml")):
        root = parse_xml(file.read_bytes())
        for element in root.iter():
            # libxml2 refuses white space round a dateTime, XML Schema does not
            # [notes/schema/white-space-round-date-times].
            if not len(element) and element.text:
                element.text = element.text.strip()
        for element in root.iter(f"{{{WSCN}}}ScanTicket", f"{{{WSCN}}}DefaultScanTicket"):
            ticket = copy.deepcopy(element)
            ticket.tag, ticket.tail = f"{{{WSCN}}}DefaultScanTicket", None
            yield f"{file.name}, ticket", etree.fromstring(etree.tostring(ticket))
        for element in root[-1] if root.tag == f"{{{SOAP}}}Envelope" else ():
            if namespace_of(element) in (DSP, DSC):
                yield file.name, etree.fromstring(etree.tostring(element))


def changes(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The element as it is, and with each one of its parts missing, doubled, unknown, empty or wrong."""
    yield "as it is", element
    for index in range(1, sum(1 for _ in element.iter())):
        for what in ("missing", "doubled", "unknown", "empty", "wrong", "attribute", "vendor"):
            changed = copy.deepcopy(element)
            part = list(changed.iter())[index]
            parent = part.getparent()
            assert parent is not None
            match what:
                case "missing":
                    parent.remove(part)
                case "doubled":
                    part.addnext(copy.deepcopy(part))
                case "unknown":
                    part.tag += "New"
                case "empty":
                    part.text = ""
                case "wrong":
                    part.text = "a b/c"
                case "attribute":
                    part.set("own", "1")
                case "vendor":
                    part.set("{urn:v}own", "1")
            yield f"{what}: {place(part)}", changed


def test_our_schemas_judge_as_the_published_ones_do(shared: Path) -> None:
    count = {True: 0, False: 0}
    differences = set()
    for file, body in judged_bodies(shared):
        for change, element in changes(body):
            published = reference(shared).validate(etree.fromstring(etree.tostring(element)))
            ours = violations(element) == []
            count[published] += 1
            if ours != published:
                differences.add(f"{file}, {change}: ours {ours}")
    assert differences == EXPECTED
    assert count[True] > 100 and count[False] > 500
