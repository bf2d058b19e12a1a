"""The WS-DSD service over HTTP, by raw messages: in both namespaces, answered in kind; and by zeep."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import zeep
from lxml import etree
from scan_service_bench import WSCN, Answer, Caller, device, envelope, ticket
from zeep.transports import Transport

from emulator.device.device import ScanDevice
from emulator.layers import Layers
from emulator.wsscan.constants import DSD_EVENTS, WSCN_EVENTS

DSD = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
OLD = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
GET_METADATA = "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request"


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path, name="Reception") as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


CONTENT = {
    "GetScannerElements": "<p:RequestedElements><wscn:Name>wscn:ScannerStatus</wscn:Name>"
    "<wscn:Name>wscn:ScannerDescription</wscn:Name></p:RequestedElements>",
    "GetJobElements": "<p:JobId>1</p:JobId><p:RequestedElements><wscn:Name>wscn:JobStatus</wscn:Name>"
    "</p:RequestedElements>",
    "GetActiveJobs": "",
    "GetJobHistory": "",
    "ValidateScanTicket": ticket().replace("wscn:ScanTicket>", "p:ScanTicket>"),
}
DIRECT = {
    "GetScannerElements": "ScannerElements",
    "GetJobElements": "JobElements",
    "GetActiveJobs": "ActiveJobs",
    "GetJobHistory": "JobHistory",
    "ValidateScanTicket": "ValidationInfo",
}


async def ask(
    caller: Caller, operation: str, content: str, *, action: str = DSD, body: str = DSD, url: str = "", to: str = ""
) -> Answer:
    """An operation in two namespaces: that of its action and that of its body."""
    url = url or caller.device.device_service_url
    root = f'<p:{operation}Request xmlns:p="{body}">{content}</p:{operation}Request>'
    return await caller.raw(envelope(to or url, f"{action}/{operation}", root), url=url)


@pytest.mark.parametrize("operation", CONTENT)
@pytest.mark.parametrize("body", [DSD, WSCN])
@pytest.mark.parametrize("action", [DSD, WSCN])
async def test_an_operation_is_answered_in_kind(caller: Caller, action: str, body: str, operation: str) -> None:
    # The law: [dsd/action/either-namespace] [dsd/action/body-decides] [dsd/operations/all-five]
    # The law: [dsd/wire/namespace] [notes/silent/dsd-operation-actions]
    # The law: [dsd/validate-scan-ticket/roots-of-wsscan]
    await caller.job()
    answer = await ask(caller, operation, CONTENT[operation], action=action, body=body)
    assert answer.status == 200, answer.data
    assert answer.action == f"{action}/{operation}Response"
    (root,) = answer.root.find("{*}Body")
    (child,) = root
    assert root.tag == f"{{{body}}}{operation}Response"
    assert child.tag == f"{{{body}}}{DIRECT[operation]}"
    assert {etree.QName(each).namespace for each in child.iterdescendants()} <= {WSCN}


async def test_what_it_says_is_what_ws_scan_says(caller: Caller) -> None:
    # The law: [dsd/operations/wsscan-content]
    job = await caller.job()
    images, _ = await job.images()
    assert len(images) == 5
    told = await ask(caller, "GetScannerElements", CONTENT["GetScannerElements"])
    assert told.text("//wscn:ScannerName") == "Reception"
    assert told.text("//wscn:ScannerState") == "Idle"
    assert told.text("//wscn:DeviceCondition/wscn:Name") == "InputTrayEmpty"
    (history,) = (await ask(caller, "GetJobHistory", "")).root.iter(f"{{{DSD}}}JobHistory")
    assert [each.text for each in history.iter(f"{{{WSCN}}}JobState")] == ["Completed"]
    assert (await ask(caller, "GetActiveJobs", "")).texts("//wscn:JobSummary") == []
    elements = CONTENT["GetJobElements"].replace("p:JobId>1", f"p:JobId>{job.id}")
    assert (await ask(caller, "GetJobElements", elements)).text("//wscn:ScansCompleted") == "5"
    valid = await ask(caller, "ValidateScanTicket", CONTENT["ValidateScanTicket"])
    assert valid.text("//wscn:ValidTicket") == "true" and valid.text("//wscn:PixelsPerLine") == "620"


async def test_faults_have_the_subcodes_of_ws_scan(caller: Caller) -> None:
    # The law: [dsd/fault/wsscan-subcodes] [dsd/get-job-elements/unknown-job] [notes/silent/fault-prefix-of-dsd]
    answer = await ask(caller, "GetJobElements", CONTENT["GetJobElements"])
    assert (answer.status, answer.code, answer.fault) == (400, "Sender", "ClientErrorJobIdNotFound")
    (subcode,) = answer.root.xpath("//*[local-name()='Subcode']/*")
    assert subcode.text == "wscn:ClientErrorJobIdNotFound" and subcode.nsmap["wscn"] == WSCN
    assert answer.detail == "JobId: 1"
    assert (await ask(caller, "GetScannerElements", "")).fault == "InvalidArgs"
    conflict = CONTENT["GetJobElements"].replace(">1<", ">one<")
    assert (await ask(caller, "GetJobElements", conflict)).fault == "InvalidArgs"
    url = caller.device.device_service_url
    assert (await caller.raw(envelope(url, f"{DSD}/GetActiveJobs", ""), url=url)).fault == "InvalidArgs"
    assert (await ask(caller, "GetActiveJobs", "", to="http://other.example/")).fault == "DestinationUnreachable"


@pytest.mark.parametrize("namespace", [DSD, WSCN])
@pytest.mark.parametrize("operation", ["CreateScanJob", "RetrieveImage", "CancelJob", "Subscribe2", ""])
async def test_it_offers_nothing_else(caller: Caller, namespace: str, operation: str) -> None:
    answer = await ask(caller, operation or "X", "", action=namespace)
    assert answer.fault == "ActionNotSupported"


async def test_ws_scan_takes_no_action_of_ws_dsd(caller: Caller) -> None:
    assert (await ask(caller, "GetActiveJobs", "", url=caller.url)).fault == "ActionNotSupported"
    answer = await ask(caller, "GetActiveJobs", "", url=caller.url, action=WSCN)
    assert answer.root.find("{*}Body")[0].tag == f"{{{DSD}}}GetActiveJobsResponse"


async def test_the_namespace_of_2006_01_is_taken_and_told(caller: Caller, tmp_path: Path) -> None:
    answer = await ask(caller, "GetActiveJobs", "", action=OLD, body=OLD)
    assert answer.action == f"{WSCN}/GetActiveJobsResponse"
    assert answer.root.find("{*}Body")[0].tag == f"{{{WSCN}}}GetActiveJobsResponse"
    async with device(tmp_path, layers=Layers(strict=True)) as strict:
        assert (await ask(Caller(strict), "GetActiveJobs", "", action=OLD, body=OLD)).fault == "InvalidArgs"
        assert (await ask(Caller(strict), "GetActiveJobs", "")).status == 200


async def test_it_is_hosted_beside_ws_scan(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [dsd/types/of-device-and-service] [notes/silent/dsd-service-type]
    answer = await caller.raw(envelope(f"urn:uuid:{mfp.uuid}", GET, ""), url=mfp.url)
    assert answer.texts("//wsdp:Hosted/wsdp:Types") == ["wscn:ScannerServiceType", "dsd:DeviceServiceType"]
    types = answer.root.findall(".//{*}Hosted/{*}Types")[1]
    assert types.nsmap["dsd"] == DSD
    addresses = answer.texts("//wsdp:Hosted/wsa:EndpointReference/wsa:Address")
    assert addresses == [mfp.scan_service_url, mfp.device_service_url]
    assert answer.texts("//wsdp:Hosted/wsdp:ServiceId")[1] == f"uri:{mfp.uuid}/DSMDevice"
    assert len(answer.data) < 32767
    content = "<wsx:GetMetadata/>"
    described = await caller.raw(
        envelope(mfp.device_service_url, GET_METADATA, content), url=mfp.device_service_url
    )
    assert described.text("//wsx:Location") == f"{mfp.device_service_url}?wsdl"
    assert (await caller.raw(None, url=f"{mfp.device_service_url}?wsdl=none", method="GET")).status == 404


@pytest.mark.parametrize("service", ["scan", "device"])
async def test_a_sink_for_its_events_is_described(caller: Caller, mfp: ScanDevice, service: str) -> None:
    url = mfp.scan_service_url if service == "scan" else mfp.device_service_url
    answer = await caller.raw(None, url=f"{url}?wsdl=events", method="GET")
    (schema,) = answer.root.xpath("//@schemaLocation")
    assert schema.startswith(f"{url}?xsd=")
    (address,) = answer.root.xpath("//@location")
    assert address == "http://localhost/sink", "it is not the device that takes the events"
    client = await asyncio.to_thread(zeep.Client, f"{url}?wsdl=events", transport=Transport(timeout=20))
    ((port,),) = [each.ports.values() for each in client.wsdl.services.values()]
    assert set(port.binding._operations) == set(WSCN_EVENTS if service == "scan" else DSD_EVENTS)


# zeep


class Addressing(zeep.Plugin):  # type: ignore[misc]
    """WS-Addressing 2004/08; zeep's own plugin speaks 2005/08."""

    def egress(self, envelope: Any, http_headers: Any, operation: Any, binding_options: Any) -> tuple[Any, Any]:
        header = zeep.wsdl.utils.get_or_create_header(envelope)
        for name, value in (
            ("Action", operation.soapaction),
            ("MessageID", f"urn:uuid:{uuid.uuid4()}"),
            ("To", binding_options["address"]),
        ):
            etree.SubElement(header, f"{{{WSA}}}{name}").text = value
        return envelope, http_headers


def text(value: Any) -> Any:
    return value["_value_1"] if hasattr(value, "_value_1") else value


def read_with_zeep(wsdl: str, job_id: int) -> list[Any]:
    """All five operations and a fault."""
    client = zeep.Client(wsdl, transport=Transport(timeout=20, operation_timeout=20), plugins=[Addressing()])
    call = client.service
    asked = {"Name": [etree.QName(WSCN, "ScannerConfiguration"), etree.QName(WSCN, "DefaultScanTicket")]}
    configuration, default = call.GetScannerElements(RequestedElements=asked).ScannerElements.ElementData
    formats = configuration.ScannerConfiguration.DeviceSettings.FormatsSupported.FormatValue
    ticket = {
        "JobDescription": {"JobName": "zeep", "JobOriginatingUserName": "ann"},
        "DocumentParameters": {"Format": "png", "InputSource": "Platen"},
    }
    validation = call.ValidateScanTicket(ScanTicket=ticket).ValidationInfo
    asked = {"Name": [etree.QName(WSCN, "JobStatus")]}
    (status,) = call.GetJobElements(JobId=job_id, RequestedElements=asked).JobElements.ElementData
    try:
        call.GetJobElements(JobId=job_id + 1, RequestedElements=asked)
    except zeep.exceptions.Fault as fault:
        subcode = fault.subcodes[0]
    active = call.GetActiveJobs().ActiveJobs.JobSummary
    history = call.GetJobHistory().JobHistory
    return [
        "png" in [text(each) for each in formats],
        text(default.DefaultScanTicket.DocumentParameters.Format),
        text(validation.ValidTicket),
        text(status.JobStatus.JobId),
        (subcode.namespace, subcode.localname),
        [text(each.JobName) for each in active],
        history and history.JobSummary,
    ]


async def test_zeep_reads_the_device_with_our_wsdl(mfp: ScanDevice, caller: Caller) -> None:
    job = await caller.job()
    found = await asyncio.to_thread(read_with_zeep, f"{mfp.device_service_url}?wsdl", job.id)
    fault = (WSCN, "ClientErrorJobIdNotFound")
    assert not found.pop()  # no job has ended
    assert found == [True, "jfif", True, job.id, fault, ["Letter"]]
