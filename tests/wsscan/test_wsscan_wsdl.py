"""The WSDL of the scanner service: zeep and gSOAP load it, and what they make of it fits our messages."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from optional_programs import needs_program
from wsscan_values import CONFIGURATION, DESCRIPTION, FINAL, IMAGES, JOB, JOBS, OWN, STATUS, TICKET
from zeep.transports import Transport

import emulator
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.schema import violations
from emulator.soap.xml import parse_xml
from emulator.wsscan import constants
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    JOB_STATUS,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
    WSCN,
)
from emulator.wsscan.messages.cancel import CancelJobRequest, CancelJobResponse
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
)
from emulator.wsscan.messages.retrieve import RetrieveImageRequest
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.values.jobs import JobDocuments
from emulator.wsscan.values.ticket import DocumentParameters, JobDescription, ScanTicket, Setting

WSDL = Path(emulator.__file__).parent / "wsscan" / "wsdl" / "scanner.wsdl"
OPERATIONS = {
    "GetScannerElements": constants.GET_SCANNER_ELEMENTS,
    "GetJobElements": constants.GET_JOB_ELEMENTS,
    "GetActiveJobs": constants.GET_ACTIVE_JOBS,
    "GetJobHistory": constants.GET_JOB_HISTORY,
    "ValidateScanTicket": constants.VALIDATE_SCAN_TICKET,
    "CreateScanJob": constants.CREATE_SCAN_JOB,
    "RetrieveImage": constants.RETRIEVE_IMAGE,
    "CancelJob": constants.CANCEL_JOB,
}
OF_WS_SCAN = {"CreateScanJob", "RetrieveImage", "CancelJob"}


class Offline(Transport):  # type: ignore[misc]
    """Fetches nothing: WSDL and schemas are files of the package."""

    def _load_remote_data(self, url: str) -> bytes:
        raise AssertionError(f"zeep wants to fetch {url}")


@pytest.fixture(scope="module")
def client() -> Any:
    return zeep.Client(str(WSDL), transport=Offline())


def test_the_wsdl_has_all_operations_with_their_actions() -> None:
    # The law: [wscn/get-scanner-elements/supported] [wscn/get-job-elements/supported]
    # The law: [wscn/get-active-jobs/supported] [wscn/get-job-history/supported]
    # The law: [wscn/create-scan-job/supported] [wscn/retrieve-image/supported] [wscn/wire/request-action]
    # The law: [wscn/wire/further-operations-in-a-new-port-type]
    wsa = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}Action"
    wsdl = "{http://schemas.xmlsoap.org/wsdl/}"
    root = parse_xml(WSDL.read_bytes())
    (port_type,) = root.iter(f"{wsdl}portType")
    assert port_type.get("name") == constants.SCANNER_SERVICE_TYPE.local
    assert root.get("targetNamespace") == constants.SCANNER_SERVICE_TYPE.namespace
    found = {each.get("name"): [child.get(wsa) for child in each] for each in port_type if len(each) == 2}
    assert found == {name: [action, f"{action}Response"] for name, action in OPERATIONS.items()}


def test_zeep_finds_all_operations_in_soap_1_2(client: Any) -> None:
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    operations = port.binding._operations
    assert {name: operation.soapaction for name, operation in operations.items()} == OPERATIONS
    assert type(port.binding).__name__ == "Soap12Binding"
    assert {operation.style for operation in operations.values()} == {"document"}


ASKED = ScanTicket(JobDescription("j", "u"), DocumentParameters(format=Setting("png")))
NAMES = {"Name": [etree.QName(WSCN, "ScannerStatus"), etree.QName("urn:vendor", "Own")]}
JOB_NAMES = {"Name": [etree.QName(WSCN, "JobStatus")]}
ZEEP_TICKET = {
    "JobDescription": {"JobName": "j", "JobOriginatingUserName": "u"},
    "DocumentParameters": {"Format": "png"},
}
REQUESTS: dict[str, tuple[dict[str, Any], Any]] = {
    "GetScannerElements": ({"RequestedElements": NAMES}, GetScannerElementsRequest((SCANNER_STATUS, OWN))),
    "GetJobElements": ({"JobId": 3, "RequestedElements": JOB_NAMES}, GetJobElementsRequest(3, (JOB_STATUS,))),
    "GetActiveJobs": ({}, GetActiveJobsRequest()),
    "GetJobHistory": ({}, GetJobHistoryRequest()),
    "ValidateScanTicket": ({"ScanTicket": ZEEP_TICKET}, ValidateScanTicketRequest(ASKED)),
    "CreateScanJob": (
        {"ScanTicket": ZEEP_TICKET, "ScanIdentifier": "i", "DestinationToken": "d"},
        CreateScanJobRequest(ASKED, "i", "d"),
    ),
    "RetrieveImage": (
        {"JobId": 3, "JobToken": "t", "DocumentDescription": {"DocumentName": "n"}},
        RetrieveImageRequest(3, "t", "n"),
    ),
    "CancelJob": ({"JobId": 3}, CancelJobRequest(3)),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_zeep_asks_is_what_we_read(client: Any, operation: str) -> None:
    # The law: [clients/zeep/qname-with-its-own-prefix]
    arguments, expected = REQUESTS[operation]
    service = client.create_service(f"{{{WSCN}}}ScannerServiceBinding", "http://device.example/scan")
    envelope = client.create_message(service, operation, **arguments)
    body = parse_xml(etree.tostring(envelope)).find("{*}Body")
    assert body is not None
    assert violations(body[0]) == []
    deviations = Deviations()
    assert type(expected).from_xml(body[0], deviations) == expected
    assert [str(each) for each in deviations] == []


def answered(client: Any, operation: str, message: Any) -> Any:
    """What zeep makes of our response."""
    soap = "http://www.w3.org/2003/05/soap-envelope"
    envelope = etree.Element(f"{{{soap}}}Envelope")
    etree.SubElement(envelope, f"{{{soap}}}Body").append(message.to_xml())
    service = client.create_service(f"{{{WSCN}}}ScannerServiceBinding", "http://device.example/scan")
    return service._binding._operations[operation].process_reply(parse_xml(etree.tostring(envelope)))


def test_zeep_understands_the_elements_of_a_scanner(client: Any) -> None:
    data = (
        ElementData(SCANNER_DESCRIPTION, DESCRIPTION),
        ElementData(SCANNER_CONFIGURATION, CONFIGURATION),
        ElementData(SCANNER_STATUS, STATUS),
        ElementData(DEFAULT_SCAN_TICKET, TICKET),
        ElementData(OWN, None),
    )
    description, configuration, status, ticket, own = answered(
        client, "GetScannerElements", GetScannerElementsResponse(data)
    ).ScannerElements.ElementData
    assert [text(each) for each in description.ScannerDescription.ScannerName] == ["Copy room", "Kopierraum"]
    assert text(configuration.ScannerConfiguration.ADF.ADFBack.ADFMaximumSize.Height) == 11700
    assert (configuration.Name, configuration.Valid) == ("wscn:ScannerConfiguration", True)
    condition = status.ScannerStatus.ActiveConditions.DeviceCondition[0]
    assert (condition.Id, text(condition.Name)) == (7, "MediaJam")
    assert text(ticket.DefaultScanTicket.JobDescription.JobName) == "Job"
    assert (own.Name, own.Valid) == ("n1:Own", False)


def test_zeep_understands_jobs(client: Any) -> None:
    first, second = answered(client, "GetActiveJobs", GetActiveJobsResponse(JOBS)).ActiveJobs.JobSummary
    assert (text(first.JobId), text(first.JobName), text(second.ScansCompleted)) == (1, "Job 1", 0)
    data = (ElementData(JOB_STATUS, JOB), ElementData(DOCUMENTS, JobDocuments(FINAL, ("a", "b"))))
    status, documents = answered(client, "GetJobElements", GetJobElementsResponse(data)).JobElements.ElementData
    assert text(status.JobStatus.JobState) == "Completed"
    names = [text(each.DocumentDescription.DocumentName) for each in documents.Documents.Document]
    assert names == ["a", "b"]
    created = answered(client, "CreateScanJob", CreateScanJobResponse(9, "secret", IMAGES, FINAL))
    assert (text(created.JobId), text(created.JobToken)) == (9, "secret")
    assert created.DocumentFinalParameters.Format.UsedDefault is True
    assert text(created.ImageInformation.MediaFrontImageInfo.PixelsPerLine) == 2550
    info = answered(client, "ValidateScanTicket", ValidateScanTicketResponse(False, IMAGES, TICKET))
    assert text(info.ValidationInfo.ValidTicket) is False
    assert not answered(client, "CancelJob", CancelJobResponse())


def text(value: Any) -> Any:
    """The text of an element that zeep gives as text or, with room for attributes, as an object."""
    return value["_value_1"] if hasattr(value, "_value_1") else value


@pytest.mark.parametrize("name", ["scanner", "device", "scanner-events", "device-events"])
def test_gsoap_makes_code_of_the_wsdls(tmp_path: Path, name: str) -> None:
    header, wsdl = tmp_path / "made.h", WSDL.with_name(f"{name}.wsdl")
    run([needs_program("wsdl2h"), "-c", "-P", "-x", "-L", "-o", str(header), str(wsdl)], tmp_path)
    made = header.read_text(encoding="latin-1")
    port_type = next(parse_xml(wsdl.read_bytes()).iter("{*}portType"))
    asked = [each for each in port_type if each.find("{*}input") is not None]
    assert len(asked) in (5, 6, 7, 8)
    for operation in asked:
        assert f"__{operation.get('name')}(" in made
    compiler = Path(needs_program("soapcpp2")).resolve()
    data = compiler.parents[1] / "share" / "gsoap"
    run([str(compiler), "-c", "-2", "-L", "-w", "-x", f"-I{data / 'import'}:{data}", str(header)], tmp_path)
    assert (tmp_path / "soapClient.c").is_file() and (tmp_path / "soapServer.c").is_file()


@pytest.mark.parametrize("name", ["device", "scanner-events", "device-events"])
def test_zeep_finds_the_operations_of_the_other_wsdls(name: str) -> None:
    """Those that come in: what goes out has no binding."""
    wsdl = WSDL.with_name(f"{name}.wsdl")
    (service,) = zeep.Client(str(wsdl), transport=Offline()).wsdl.services.values()
    (port,) = service.ports.values()
    found = {each: operation.soapaction for each, operation in port.binding._operations.items()}
    if name == "device":
        operations = {each: action for each, action in OPERATIONS.items() if each not in OF_WS_SCAN}
        assert found == {each: action.replace(WSCN, constants.DSD) for each, action in operations.items()}
    else:
        names = constants.WSCN_EVENTS if name == "scanner-events" else constants.DSD_EVENTS
        assert found == {each: f"{WSCN}/{each}" for each in names}


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = (done.stdout + done.stderr).splitlines()
    assert not [line for line in said if "error" in line.lower() or "cannot" in line.lower()]
