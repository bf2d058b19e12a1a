"""What a device says of itself over HTTP: directed Probe, Get, GetMetadata, WSDL; by raw messages."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from lxml import etree
from optional_programs import needs_program
from scan_service_bench import WSCN, Caller, device, envelope

from emulator.device.device import ScanDevice, hardware_id
from emulator.device.profile import load_profile

UUID = uuid.UUID("b7c8e0a2-6f5c-4b0e-9d2a-0123456789ab")
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
GET_METADATA = "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request"
PROBE = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
DISCOVERY = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
STABLE = "/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery"


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path, uuid=UUID, instance_id=7, metadata_version=3, name="Reception") as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


@pytest.mark.parametrize("to", [f"urn:uuid:{UUID}", f"URN:UUID:{UUID}", "http://proxy.example/{uuid}"])
async def test_get_has_every_field_that_clients_insist_on(caller: Caller, mfp: ScanDevice, to: str) -> None:
    # The law: [clients/go-mfp/metadata-of-65536-octets] [dpws/metadata/below-32-kib]
    # The law: [wscn/scanner-description/name-as-friendly-name] [dpws/metadata/container-id]
    # The law: [dpws/namespace/of-windows-extensions] [wsdapi/get/no-relationship-without-services]
    # The law: [notes/c-05/container-id-in-braces] [notes/c-32/container-id-dialect] [dpws/metadata/every-field]
    # The law: [dpws/metadata/device-category] [dpws/hosted/compatible-id] [dpws/hosted/scanner-service-type]
    # The law: [dpws/relationship/service-id-unique] [wsdapi/get/this-model-and-this-device] [dpws/get/response]
    # The law: [dpws/get/without-discovery] [wsdapi/wsdbit/get-without-discovery]
    # The law: [clients/wsd-python/full-metadata] [clients/go-mfp/full-metadata] [clients/wsd-python/service-id]
    # The law: [clients/wsd-python/literal-scanner-service-type] [clients/sane-airscan/hosted-service]
    # The law: [clients/wsdd/friendly-name]
    answer = await caller.raw(envelope(to.format(uuid=UUID), GET, ""), url=mfp.url)
    assert answer.status == 200 and answer.action == f"{GET}Response"
    for path, text in {
        "//wsdp:Manufacturer": "DSM emulator project",
        "//wsdp:ModelName": "Virtual Office MFP",
        "//wsdp:ModelNumber": "M-45",
        "//wsdp:ThisModel/pnpx:DeviceCategory": "Scanners",
        "//wsdp:FriendlyName": "Reception",
        "//wsdp:FirmwareVersion": "1.0",
        "//wsdp:SerialNumber": "VOM0000001",
        "//wsdp:ThisDevice/df:ContainerId": f"{{{UUID}}}",
        "//wsdp:Host/wsa:EndpointReference/wsa:Address": f"urn:uuid:{UUID}",
        "//wsdp:Host/wsdp:Types": "wsdp:Device wscn:ScanDeviceType",
        "//wsdp:Host/wsdp:ServiceId": f"uri:{UUID}",
        "//wsdp:Hosted/wsa:EndpointReference/wsa:Address": mfp.scan_service_url,
        "//wsdp:Hosted/wsdp:Types": "wscn:ScannerServiceType",
        "//wsdp:Hosted/wsdp:ServiceId": f"uri:{UUID}/WSDScanner",
        "//wsdp:Hosted/pnpx:CompatibleId": f"{WSCN}/ScannerServiceType",
        "//wsdp:Hosted/pnpx:HardwareId": hardware_id(load_profile("office-mfp")),
    }.items():
        assert answer.text(path) == text, path
    ids = answer.texts("//wsdp:ServiceId")
    assert len(ids) == len(set(ids)) == 3, "the host and its two services"
    assert len(answer.data) < 32767
    assert (await caller.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Reception"


def test_hardware_ids_have_the_form_that_windows_knows_and_name_the_model() -> None:
    # The law: [dpws/hosted/hardware-id]
    mfp, flatbed = hardware_id(load_profile("office-mfp")), hardware_id(load_profile("flatbed"))
    assert mfp[:4] == "VEN_" and mfp[8:13] == "&DEV_" and len(mfp) == 17
    assert mfp[:8] == flatbed[:8] and mfp != flatbed


async def test_get_for_another_device_is_refused(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [dpws/get/to-is-the-endpoint-address] [addressing/to/of-a-request]
    # The law: [addressing/fault/destination-unreachable]
    answer = await caller.raw(envelope(f"urn:uuid:{uuid.uuid4()}", GET, ""), url=mfp.url)
    assert answer.fault == "DestinationUnreachable"
    for action in ("Put", "Create", "Delete"):
        answer = await caller.raw(envelope(f"urn:uuid:{UUID}", GET[:-3] + action, ""), url=mfp.url)
        assert answer.fault == "ActionNotSupported"


async def test_get_metadata_of_the_device_is_the_same(caller: Caller, mfp: ScanDevice) -> None:
    answer = await caller.raw(envelope(f"urn:uuid:{UUID}", GET_METADATA, "<wsx:GetMetadata/>"), url=mfp.url)
    assert answer.action == "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Response"
    assert answer.text("//wsdp:FriendlyName") == "Reception"


async def test_get_metadata_of_the_service_says_where_its_wsdl_is(caller: Caller) -> None:
    answer = await caller.raw(envelope(caller.url, GET_METADATA, "<wsx:GetMetadata/>"))
    assert answer.text("//wsx:MetadataSection/@Dialect") == "http://schemas.xmlsoap.org/wsdl/"
    assert answer.text("//wsx:Location") == f"{caller.url}?wsdl"


@pytest.mark.parametrize("path", ["", STABLE, STABLE.lower()])
@pytest.mark.parametrize(
    ("types", "found"),
    [
        ("", True),
        ("wsdp:Device", True),
        ('<wsd:Types xmlns:wscn="{WSCN}">wscn:ScanDeviceType</wsd:Types>', True),
        ('<wsd:Types xmlns:p="urn:p">p:PrintDeviceType</wsd:Types>', False),
    ],
)
async def test_a_directed_probe(caller: Caller, mfp: ScanDevice, path: str, types: str, found: bool) -> None:
    # The law: [wsdapi/discovery/wsdp-device] [wsdapi/wsdbit/directed-empty-probe]
    # The law: [wsdapi/wsdbit/probe-for-wsdp-device-answered] [discovery/directed/probe-to-the-metadata-path]
    # The law: [discovery/directed/empty-probe-answered] [discovery/directed/answer-with-200]
    # The law: [discovery/types/wsdp-device] [discovery/types/scan-device-type]
    if types and not types.startswith("<"):
        types = f"<wsd:Types>{types}</wsd:Types>"
    body = f"<wsd:Probe>{types.replace('{WSCN}', WSCN)}</wsd:Probe>"
    url = urljoin(mfp.url, path) if path else mfp.url
    answer = await caller.raw(envelope(DISCOVERY, PROBE, body), url=url)
    assert answer.status == 200
    assert answer.texts("//wsd:ProbeMatch//wsa:Address") == ([f"urn:uuid:{UUID}"] if found else [])
    if found:
        assert answer.text("//wsd:Types") == "wsdp:Device wscn:ScanDeviceType"
        assert answer.text("//wsd:XAddrs") == mfp.url
        assert answer.text("//wsd:MetadataVersion") == "3"
        assert answer.text("//wsd:AppSequence/@InstanceId") == "7"


async def test_paths_and_methods(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [soap/http/wrong-path-404] [soap/http/wrong-method-405] [dpws/transfer/put-create-delete-refused]
    base = mfp.http.base_url
    assert (await caller.raw(b"", url=f"{base}/")).status == 404
    assert (await caller.raw(b"", url=f"{base}/{uuid.uuid4()}")).status == 404
    assert (await caller.raw(None, url=mfp.url, method="GET")).status == 405
    assert (await caller.raw(None, method="GET")).status == 405
    assert (await caller.raw(None, url=f"{caller.url}?xsd=missing.xsd", method="GET")).status == 404
    assert (await caller.raw(None, url=f"{caller.url}?xsd=../wsdl/scanner.wsdl", method="GET")).status == 404
    assert (await caller.raw(None, url=f"{caller.url}?help", method="GET")).status == 404
    assert (await caller.raw(None, url=f"{caller.url}/?WSDL", method="GET")).status == 200


async def test_the_wsdl_and_every_schema_it_leads_to_are_served(caller: Caller) -> None:
    seen: dict[str, etree._Element] = {}
    open_addresses = [f"{caller.url}?wsdl"]
    while open_addresses:
        address = open_addresses.pop()
        if address in seen:
            continue
        answer = await caller.raw(None, url=address, method="GET")
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/xml"), address
        seen[address] = etree.fromstring(answer.data)
        open_addresses += seen[address].xpath("//@schemaLocation")
    assert len(seen) >= 3
    location = seen[f"{caller.url}?wsdl"].xpath("//*[local-name()='address']/@location")
    assert location == [caller.url]


async def test_wsdl2h_reads_it(caller: Caller, tmp_path: Path) -> None:
    """gSOAP's tool follows the imports over HTTP."""
    command = [needs_program("wsdl2h"), "-o", str(tmp_path / "scan.h"), f"{caller.url}?wsdl"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    header = (tmp_path / "scan.h").read_text("utf-8")
    for operation in ("GetScannerElements", "CreateScanJob", "RetrieveImage", "CancelJob"):
        assert operation in header
