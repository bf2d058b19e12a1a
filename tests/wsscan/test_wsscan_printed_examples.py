"""The messages as the documents print them: read, with the misprints told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.envelope import read_envelope
from emulator.soap.mtom import Attachment, Data, MtomReader, Root
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import JOB_STATUS, SCANNER_CONFIGURATION, SCANNER_STATUS, WSCN
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import (
    GetJobElementsRequest,
    GetJobElementsResponse,
    GetScannerElementsRequest,
    GetScannerElementsResponse,
)
from emulator.wsscan.messages.jobs import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.destinations import DestinationResponse, ScanDestination
from emulator.wsscan.values.image_information import NO_IMAGES, MediaImageInfo
from emulator.wsscan.values.jobs import ScanJobStatus
from emulator.wsscan.values.status import DeviceCondition, LocalizedText, ScannerStatus
from emulator.wsscan.values.ticket import Setting
from emulator.wsscan.xml.configuration import read_scanner_configuration
from emulator.wsscan.xml.description import read_scanner_description
from emulator.wsscan.xml.destinations import read_destination_responses, read_scan_destinations
from emulator.wsscan.xml.jobs import read_scan_job_status
from emulator.wsscan.xml.status import read_device_condition
from emulator.wsscan.xml.ticket import read_ticket

#: Attributes with a prefix.
QUALIFIED = {"attribute-form"}
MESSAGES: dict[str, tuple[Any, set[str]]] = {
    "getscannerelementsrequest": (GetScannerElementsRequest, set()),
    "getscannerelementsrequest-2": (GetScannerElementsRequest, set()),
    "getscannerelementsrequest-3": (GetScannerElementsRequest, set()),
    # several languages in one xml:lang
    "getscannerelementsresponse": (GetScannerElementsResponse, {*QUALIFIED, "value"}),
    "getscannerelementsresponse-2": (GetScannerElementsResponse, {*QUALIFIED, "white-space"}),
    "getscannerelementsresponse-3": (GetScannerElementsResponse, {*QUALIFIED, "white-space"}),
    # GetJobElements, and JobStatus without a prefix
    "getjobelementsrequest": (GetJobElementsRequest, {"spelling", "namespace"}),
    "getjobelementsresponse": (GetJobElementsResponse, {*QUALIFIED, "namespace"}),
    "getactivejobsrequest": (GetActiveJobsRequest, set()),
    "getactivejobsresponse": (GetActiveJobsResponse, set()),
    "getactivejobsresponse-2": (GetActiveJobsResponse, set()),
    "getjobhistoryrequest": (GetJobHistoryRequest, set()),
    "getjobhistoryresponse": (GetJobHistoryResponse, set()),
    "getjobhistoryresponse-2": (GetJobHistoryResponse, set()),
    # GrayScale4; scaling 1250; DocumentDescription in ScanTicket; DocumentFinalParamters
    "validatescanticketrequest": (ValidateScanTicketRequest, {"spelling"}),
    "validatescanticketrequest-2": (ValidateScanTicketRequest, {"range"}),
    "validatescanticketresponse": (ValidateScanTicketResponse, set()),
    "validatescanticketresponse-2": (ValidateScanTicketResponse, set()),
    "createscanjobrequest": (CreateScanJobRequest, {"white-space"}),
    "createscanjobrequest-2": (CreateScanJobRequest, {"element-unknown"}),
    "createscanjobresponse": (CreateScanJobResponse, {"spelling", "white-space"}),
    "retrieveimagerequest": (RetrieveImageRequest, set()),
    "retrieveimageresponse": (RetrieveImageResponse, set()),
}


def body_of(reference: Path, file: str) -> etree._Element:
    body = read_envelope((reference / "examples/wscn" / f"{file}.xml").read_bytes()).message.body
    assert body is not None
    return body


def read(reference: Path, file: str) -> Any:
    return MESSAGES[file][0].from_xml(body_of(reference, file), Deviations())


@pytest.mark.parametrize("file", MESSAGES)
def test_a_printed_message_is_read(reference: Path, file: str) -> None:
    # The law: [notes/c-10/document-final-paramters-read] [notes/c-10/gray-scale-4-read]
    # The law: [notes/c-10/document-description-in-scan-ticket] [notes/c-10/white-space-in-date-times]
    # The law: [notes/c-23/get-job-elements-read]
    kind, expected = MESSAGES[file]
    deviations = Deviations()
    message = kind.from_xml(body_of(reference, file), deviations)
    assert {each.id for each in deviations} == expected
    # What we make of it is the same without the deviations (but for the scaling that is wrong on purpose, and
    # the list of languages, which cannot be said).
    again = Deviations()
    read_again = kind.from_xml(parse_xml(etree.tostring(message.to_xml())), again)
    if file != "getscannerelementsresponse":
        assert read_again == message
    assert {each.id for each in again} == (expected if file == "validatescanticketrequest-2" else set())


def test_the_printed_elements_are_understood(reference: Path) -> None:
    (status,) = read(reference, "getscannerelementsresponse-2").element_data
    assert status.name == SCANNER_STATUS and isinstance(status.content, ScannerStatus)
    assert (status.content.state, status.content.reasons) == ("Stopped", ("MediaJam", "LampError"))
    assert [each.id for each in status.content.active_conditions] == [1384, 534]
    assert status.content.current_time == datetime(2006, 1, 26, 11, 17, tzinfo=UTC)
    configuration, unknown = read(reference, "getscannerelementsresponse-3").element_data
    assert configuration.name == SCANNER_CONFIGURATION and isinstance(configuration.content, ScannerConfiguration)
    assert configuration.content.input_sources == ("Platen", "ADF", "Film")
    assert configuration.content.film_scan_modes[2] == "BlackandWhiteNegativeFilm"
    assert (unknown.name.local, unknown.valid) == ("InvalidRequestEntry", False)
    (job,) = read(reference, "getjobelementsresponse").element_data
    assert (job.name, job.content) == (JOB_STATUS, ScanJobStatus(1, "Completed", ("None",), 1))
    assert read(reference, "getjobelementsrequest") == GetJobElementsRequest(1, (JOB_STATUS,))


def test_the_printed_jobs_are_understood(reference: Path) -> None:
    first, second = read(reference, "getjobhistoryresponse-2").jobs
    assert (first.job_name, first.state, first.scans_completed) == ("SampleJob 1", "Completed", 4)
    assert (second.state, second.reasons) == ("Canceled", ("JobCanceledAtDevice",))
    asked = read(reference, "createscanjobrequest")
    assert asked.scan_identifier == "uuid:12e7a983-1034-5428-d298-0016f11097fa"
    assert asked.destination_token == "Dest1234TokenString"
    assert asked.ticket.document_parameters.scaling == Setting((125, 125), True)
    created = read(reference, "createscanjobresponse")
    assert (created.job_id, created.job_token) == (1, "Job9876TokenString")
    assert created.image_information.front == MediaImageInfo(900, 1500, 113)
    final = created.final_parameters
    assert final.overridden == {"InputSize"}
    assert "MediaFront/ScanRegion/ScanRegionXOffset" in final.used_default and "Rotation" in final.used_default
    assert read(reference, "retrieveimagerequest") == RetrieveImageRequest(1, "Job9876TokenString", "Scan001.jpg")
    invalid = read(reference, "validatescanticketresponse-2")
    assert (invalid.valid, invalid.image_information) == (False, NO_IMAGES)
    assert invalid.valid_ticket is not None


# Structures in other messages


def in_event(reference: Path, file: str, name: str, read_it: Callable[[etree._Element, Deviations], Any]) -> Any:
    element = next(body_of(reference, file).iter(f"{{{WSCN}}}{name}"))
    deviations = Deviations()
    return read_it(element, deviations), {each.id for each in deviations}


def test_the_structures_of_printed_events_are_read(reference: Path) -> None:
    # The law: [notes/c-22/job-end-state-has-its-own-children]
    job, told = in_event(reference, "jobstatusevent", "JobStatus", read_scan_job_status)
    created = datetime(2006, 1, 24, 11, 34, 35, 834_500, UTC)
    assert (job, told) == (ScanJobStatus(253, "Processing", ("JobScanning",), 4, created), set())
    condition, told = in_event(reference, "scannerstatusconditionevent", "DeviceCondition", read_device_condition)
    time = datetime(2006, 1, 21, 17, 22, 27, 524_268, UTC)
    assert condition == DeviceCondition(1543, time, "LampError", "Platen", "Critical")
    assert told == QUALIFIED
    change, told = in_event(
        reference, "scannerelementschangeevent", "ScannerConfiguration", read_scanner_configuration
    )
    assert change.device_settings.rotations == (0, 90, 180, 270)
    assert told == {"white-space"}


def test_the_printed_destinations_are_read(reference: Path) -> None:
    """ClientDisplayString for ClientDisplayName [wscn/scan-available/client-display-string-accepted].
    [notes/c-10/client-display-string-read]"""
    found = in_event(reference, "scanavailableevent", "ScanDestinations", read_scan_destinations)
    assert found == ((ScanDestination("Den Computer", "App1ScanID2345"),), {"spelling"})
    found = in_event(reference, "scanavailableevent-2", "DestinationResponses", read_destination_responses)
    assert found == ((DestinationResponse("App1ScanID2345", "Client3478"),), set())


def test_the_printed_default_ticket_is_read(reference: Path) -> None:
    # The law: [wscn/default-scan-ticket/every-option]
    deviations = Deviations()
    root = parse_xml((reference / "examples/wscn/defaultscanticket.xml").read_bytes())
    given = read_ticket(root, deviations).document_parameters
    assert given.format == Setting("tiff-multi-uncompressed") and given.film_scan_mode == Setting("NotApplicable")
    assert not list(deviations)


@pytest.mark.parametrize("name", ["ScannerName", "ScannerInfo", "ScannerLocation"])
def test_the_printed_parts_of_a_description_are_read(reference: Path, name: str) -> None:
    root = etree.Element(f"{{{WSCN}}}ScannerDescription")
    root.append(parse_xml((reference / f"examples/wscn/{name.lower()}.xml").read_bytes()))
    deviations = Deviations()
    found = read_scanner_description(root, deviations)
    (text,) = found.names + found.info + found.location
    assert isinstance(text, LocalizedText) and text.text == text.text.strip() != ""
    assert {each.id for each in deviations} == {"value"} | ({"element-missing"} if name != "ScannerName" else set())


OTHERS = {
    "defaultscanticket",
    "jobstatusevent",
    "scanavailableevent",
    "scanavailableevent-2",
    "scannerelementschangeevent",
    "scannerinfo",
    "scannerlocation",
    "scannername",
    "scannerstatusconditionevent",
}
NOT_OURS = {
    # Events, which test_wsscan_events.py looks at, and faults, which are read with their envelope.
    "jobendstateevent",
    "scanavailableevent-3",
    "scannerstatusconditionclearedevent",
    "scannerstatussummaryevent",
    "wsd-scan-service-operation-error-reporting",
    "wsd-scan-service-operation-error-reporting-2",
}


def test_all_printed_messages_are_looked_at(reference: Path) -> None:
    printed = {each.stem for each in (reference / "examples/wscn").glob("*.xml")}
    assert printed == MESSAGES.keys() | OTHERS | NOT_OURS


def test_the_printed_faults_are_read(reference: Path) -> None:
    """The second says soap:Sender where the table says Receiver [wscn/fault/operation-failed].
    [notes/c-15/operation-failed-of-sender-read]"""
    data = (reference / "examples/wscn/wsd-scan-service-operation-error-reporting-2.xml").read_bytes()
    fault = read_envelope(data).message.fault
    assert fault is not None and fault.subcode is not None
    assert (fault.code, fault.subcode.local) == ("Sender", "OperationFailed")


def test_the_printed_package_of_an_image_is_read(reference: Path) -> None:
    """Its envelope is in the namespaces that only the pages have.
    [notes/c-31/mime-header-of-the-examples-read] [notes/c-01/wscn-2006-01-read]"""
    printed = (reference / "examples/wscn/retrieveimageresponse.mime.txt").read_bytes().replace(b"\r\n", b"\n")
    head, _, body = printed.partition(b"\n\n")
    content_type = " ".join(head.decode().partition("Content-Type: ")[2].split())
    reader = MtomReader(content_type)
    # The empty line before the headers of the image is one of the page's layout.
    events = [*reader.feed(body.replace(b"\n\nContent-Type: image", b"\nContent-Type: image")), *reader.close()]
    (envelope,) = (event for event in events if isinstance(event, Root))
    assert b"RetrieveImageResponse" in envelope.data
    (image,) = (event for event in events if isinstance(event, Attachment))
    asked = read(reference, "retrieveimageresponse")
    assert image.content_id == asked.content_id
    assert b"".join(bytes(event.data) for event in events if isinstance(event, Data)).strip() == b"Binary Scan Data"
