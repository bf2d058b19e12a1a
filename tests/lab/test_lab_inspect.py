"""`inspect` as the lab does it: whatever a device is called by, all that it tells; and what tells nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from scripted_peer import (
    ENDPOINT,
    PLATEN,
    STATUS,
    ScriptedPeer,
    configuration,
    elements,
    metadata,
    probe_matches,
    serving,
)

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.options import TrustOptions
from emulator.inspector.inspect import Inspection, inspect
from emulator.inspector.inspection_json import inspection_as_dict
from emulator.inspector.reach import candidates
from emulator.lab.lab import Lab
from emulator.options.asking import PeerEventOptions
from emulator.transport.http import OutgoingResponse
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.status import Component, ConditionName
from emulator.wsscan.values.ticket import DocumentParameters, JobDescription, ScanTicket, Setting

UUID_1 = UUID("978e9349-e854-444f-87a6-000000000001")
JOBS = {
    "GetActiveJobs": "<wscn:GetActiveJobsResponse><wscn:ActiveJobs/></wscn:GetActiveJobsResponse>",
    "GetJobHistory": "<wscn:GetJobHistoryResponse><wscn:JobHistory/></wscn:GetJobHistoryResponse>",
}
HTML = OutgoingResponse(200, b"<html>Welcome<br></html>", (("Content-Type", "text/html"),))


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    profile = load_profile("office-mfp")
    async with ScanDevice(profile, DeviceIdentity(UUID_1, 1), spool=tmp_path) as running:
        yield running


async def look(where: str) -> Inspection:
    return await inspect(where, PeerEventOptions(timeout=5))


@pytest.mark.parametrize("address", ["{base}/scan", "/scan"])
async def test_what_goes_with_the_address_of_a_service_is_in_every_message_to_it(address: str) -> None:
    """Reference parameters of its endpoint reference become header blocks (WS-Addressing 2004/08, 2.3)."""
    parameters = "<a:ReferenceParameters><v:Lane xmlns:v='urn:v'>2</v:Lane></a:ReferenceParameters>"
    told = metadata(address).replace("</a:Address>", "</a:Address>" + parameters)
    answers = {"Probe": probe_matches("{base}/meta"), "Get": told, "GetScannerElements": elements(), **JOBS}
    async with serving(ScriptedPeer(answers)) as peer:
        await look(peer.url)
    assert peer.blocks.pop("Probe") == [] and peer.blocks.pop("Get") == []
    assert set(peer.blocks) >= {"GetScannerElements", "GetActiveJobs"}
    assert all(blocks == ["{urn:v}Lane 2"] for blocks in peer.blocks.values()), peer.blocks


# A device of ours


@pytest.mark.parametrize("form", ["metadata", "stable path", "host:port", "origin"])
async def test_a_device_is_found_by_each_of_its_names(device: ScanDevice, form: str) -> None:
    base = device.http.base_url
    where = {
        "metadata": device.url,
        "stable path": f"{base}/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery",
        "host:port": base.removeprefix("http://"),
        "origin": base,
    }[form]
    found = await look(where)
    assert found.kind == "device" and found.reached.endpoint == f"urn:uuid:{UUID_1}"
    assert found.exit_code is ExitCode.OK and found.problems == [] and found.deviations == []
    assert found.reached.metadata is not None and found.reached.metadata.this_device is not None
    assert found.reached.metadata.this_device.friendly_name == "Office MFP"
    scanner = found.scanner
    assert scanner is not None and scanner.service == device.scan_service_url
    assert scanner.configuration == device.scanner.configuration
    assert scanner.default_ticket == device.scanner.default_ticket
    assert scanner.description == device.scanner.description
    assert scanner.active_jobs == () and scanner.job_history == ()


async def test_a_scan_service_is_asked_at_its_own_address(device: ScanDevice) -> None:
    found = await look(device.scan_service_url)
    assert found.kind == "service" and found.reached.metadata is None and found.exit_code is ExitCode.OK
    assert found.scanner is not None and found.scanner.configuration == device.scanner.configuration


async def test_status_conditions_their_history_and_jobs_are_told(device: ScanDevice) -> None:
    scanner = device.scanner
    parameters = DocumentParameters(input_source=Setting(str(InputSource.PLATEN)))
    job = scanner.create_job(ScanTicket(JobDescription("Mine", "alice"), parameters))
    scanner.open(Component.PLATEN)
    scanner.close(Component.PLATEN)
    scanner.jam(Component.ADF)
    told = inspection_as_dict(await look(device.url))["scanner"]
    assert told["status"]["state"] == "Stopped" and told["status"]["reasons"] == ["MediaJam"]
    (condition,) = told["status"]["active_conditions"]
    assert (condition["name"], condition["component"]) == (ConditionName.MEDIA_JAM, Component.ADF)
    (entry,) = told["status"]["condition_history"]
    assert entry["name"] == "CoverOpen" and entry["clear_time"].endswith("Z")
    (active,) = told["active_jobs"]
    assert (active["job_id"], active["job_name"], active["originating_user"]) == (job.id, "Mine", "alice")
    await scanner.cancel_at_panel()
    told = inspection_as_dict(await look(device.url))["scanner"]
    assert told["active_jobs"] == []
    assert [(each["job_id"], each["state"]) for each in told["job_history"]] == [(job.id, "Canceled")]


async def test_json_holds_every_value_and_only_what_json_has(device: ScanDevice) -> None:
    told = json.loads(json.dumps(inspection_as_dict(await look(device.url))))
    assert told["kind"] == "device" and told["problems"] == [] and told["deviations"] == []
    model = told["metadata"]["this_model"]
    assert model["model_name"] == "Virtual Office MFP"
    assert model["more"] == {"{http://schemas.microsoft.com/windows/pnpx/2005/10}DeviceCategory": "Scanners"}
    scanning, managing = told["metadata"]["hosted"]
    assert scanning["types"] == ["{http://schemas.microsoft.com/windows/2006/08/wdp/scan}ScannerServiceType"]
    assert managing["addresses"] == [device.device_service_url]
    assert told["scanner"]["configuration"]["platen"]["maximum_size"] == {"width": 11700, "height": 17000}
    ticket = told["scanner"]["default_ticket"]["document_parameters"]
    assert ticket["format"] == {"value": "jfif", "must_honor": False}


async def test_a_scan_server_tells_its_services() -> None:
    async with Lab() as lab:
        ca_file = lab.store / "ca.pem"
        ca_file.write_bytes(lab.embedded.ca_pem)
        trusting = PeerEventOptions(trust=TrustOptions(ca_file=ca_file))
        for where in (lab.url, lab.url.removesuffix("/ScanServer"), lab.url.split("/")[2]):
            found = await inspect(where, trusting)
            assert found.kind == "scan server" and found.scanner is None and found.deviations == []
            told = inspection_as_dict(found)
            assert told["metadata"]["hosted"][0]["addresses"] == [lab.embedded.server.service_url]
        with pytest.raises(LabError, match="certificate") as caught:
            await look(lab.url)
        assert caught.value.code is ExitCode.UNREACHABLE and "--ca-file" in caught.value.hint
        with pytest.raises(LabError) as caught:
            await look(lab.url.split("/")[2])
        assert caught.value.code in (ExitCode.UNREACHABLE, ExitCode.NONSENSE)
        insecure = PeerEventOptions(trust=TrustOptions(insecure=True))
        assert (await inspect(lab.url, insecure)).kind == "scan server"


# Devices by hand


async def test_a_host_that_wants_its_endpoint_as_to_is_asked_with_it_by_probe_or_by_path() -> None:
    answers = {"Get": metadata(types="wscn:PrinterServiceType")}
    async with serving(ScriptedPeer({**answers, "Probe": probe_matches("{base}/d")})) as peer:
        peer.endpoint = ENDPOINT
        found = await look(f"{peer.url}/d")
        assert found.kind == "other" and found.reached.match is not None
        assert [(name, to) for name, to, _ in peer.asked][-1] == ("Get", ENDPOINT)
    async with serving(ScriptedPeer(answers)) as peer:
        peer.endpoint = ENDPOINT
        found = await look(f"{peer.url}/{ENDPOINT.removeprefix('urn:uuid:').upper()}/")
        assert found.kind == "other" and found.reached.match is None


async def test_of_several_at_one_address_a_scanner_is_told_and_the_others_are_named() -> None:
    first = probe_matches("{base}/first").replace(ENDPOINT, f"{ENDPOINT[:-1]}7")
    second = probe_matches("http://[::1]:1/dead", "{base}/second").replace(
        "<w:XAddrs>", "<w:Types>wscn:ScanDeviceType</w:Types><w:XAddrs>"
    )
    end = "</w:ProbeMatches>"
    both = first.replace(end, second[second.index("<w:ProbeMatch>") :])
    async with serving(ScriptedPeer({"Probe": both, "Get": metadata(types="wscn:PrinterServiceType")})) as peer:
        found = await look(peer.url)
        assert found.reached.endpoint == ENDPOINT and found.reached.url == f"{peer.url}/second"
        assert [other.address for other in found.reached.others] == [f"{ENDPOINT[:-1]}7"]
        assert inspection_as_dict(found)["others"][0]["xaddrs"] == (f"{peer.url}/first",)


async def test_an_element_that_cannot_be_read_spoils_no_other() -> None:
    broken = elements(ScannerStatus=STATUS.replace("<wscn:ScannerState>Idle</wscn:ScannerState>", ""))
    async with serving(ScriptedPeer({"Get": metadata(), "GetScannerElements": broken, **JOBS})) as peer:
        found = await look(f"{peer.url}/d")
        assert found.scanner is not None and found.scanner.status is None and found.scanner.active_jobs == ()
        assert found.exit_code is ExitCode.NONSENSE
        assert "ScannerState: missing in ScannerStatus" in str(found.problems[0])
        assert [name for name, _, _ in peer.asked].count("GetScannerElements") == 5
        assert inspection_as_dict(found)["problems"][0]["exit_code"] == 4


async def test_jobs_that_are_not_answered_leave_the_rest() -> None:
    data = elements(ScannerStatus=STATUS, ScannerConfiguration=configuration(PLATEN))
    async with serving(ScriptedPeer({"Get": metadata(), "GetScannerElements": data})) as peer:
        found = await look(f"{peer.url}/d")
    assert found.scanner is not None and found.scanner.configuration is not None
    assert found.scanner.active_jobs is None and len(found.problems) == 2 and found.exit_code is ExitCode.NONSENSE


async def test_an_address_of_the_service_that_is_dead_is_passed_over() -> None:
    data = {"GetScannerElements": elements(ScannerStatus=STATUS), **JOBS}
    second = "</a:Address></a:EndpointReference><a:EndpointReference><a:Address>{base}/scan"
    async with serving(ScriptedPeer({"Get": metadata("http://[::1]:1/" + second), **data})) as peer:
        found = await look(f"{peer.url}/d")
        assert found.scanner is not None and found.scanner.status is not None and found.exit_code is ExitCode.OK
    async with serving(ScriptedPeer({"Get": metadata("/scan"), **data})) as peer:
        found = await look(f"{peer.url}/d")
        assert found.scanner is not None and found.scanner.service == f"{peer.url}/scan"
    async with serving(ScriptedPeer({"Get": metadata("http://127.0.0.1:1/"), **data})) as peer:
        found = await look(f"{peer.url}/d")
        assert found.scanner is None and found.exit_code is ExitCode.UNREACHABLE
    async with serving(ScriptedPeer({"Get": metadata("ftp://127.0.0.1/"), **data})) as peer:
        found = await look(f"{peer.url}/d")
        assert found.scanner is None and "no address that can be used (ftp://" in str(found.problems[0])
        assert ("Get", "address-scheme") in [(operation, each.id) for operation, each in found.deviations]


async def test_what_departs_from_the_documents_is_told_with_its_operation() -> None:
    data = {"Get": metadata(), "GetScannerElements": elements(ScannerStatus=STATUS), **JOBS}
    async with serving(ScriptedPeer(data)) as peer:
        peer.suffix = ""
        found = await look(f"{peer.url}/d")
    told = [operation for operation, each in found.deviations if each.id == "response-action"]
    assert told == ["Get", "GetScannerElements", "GetActiveJobs", "GetJobHistory"]


@pytest.mark.parametrize("path", ["/index.html", "", ":"])
async def test_a_web_server_is_no_device(path: str) -> None:
    async with serving(ScriptedPeer(dict.fromkeys(("Get", "Probe", "GetScannerElements"), HTML))) as peer:
        where = peer.url.removeprefix("http://") if path == ":" else peer.url + path
        with pytest.raises(LabError, match='HTTP 200 with text/html: no SOAP message but "Welcome"') as caught:
            await look(where)
    assert caught.value.code is ExitCode.NONSENSE


async def test_a_peer_that_answers_faults_alone_is_told_with_a_fault() -> None:
    async with serving(ScriptedPeer({})) as peer:
        with pytest.raises(LabError, match="ActionNotSupported") as caught:
            await look(f"{peer.url}/d")
    assert caught.value.code is ExitCode.NONSENSE


async def test_who_wants_a_login_refuses_us() -> None:
    async with serving(ScriptedPeer({"Get": OutgoingResponse(401, b"log in")})) as peer:
        with pytest.raises(LabError, match="HTTP 401") as caught:
            await look(f"{peer.url}/d")
    assert caught.value.code is ExitCode.REFUSED


async def test_a_probe_that_matches_nothing_is_nothing_found() -> None:
    empty = "<w:ProbeMatches xmlns:w='http://schemas.xmlsoap.org/ws/2005/04/discovery'/>"
    async with serving(ScriptedPeer({"Probe": empty})) as peer:
        with pytest.raises(LabError, match="matches nothing") as caught:
            await look(peer.url)
    assert caught.value.code is ExitCode.FAILED


async def test_where_nobody_listens_the_reason_is_told_once_for_all_that_was_tried() -> None:
    with pytest.raises(LabError, match="refused") as caught:
        await look("127.0.0.1:1")
    assert caught.value.code is ExitCode.UNREACHABLE
    said = str(caught.value)
    assert (
        said.startswith("Probe at 127.0.0.1:1, as of a device and of a ScanServer: ") and said.count("refused") == 1
    )


# Addresses


@pytest.mark.parametrize(
    ("where", "first", "last"),
    [
        ("scanner", "http://scanner:5357/Stable", "https://scanner:5362/ScanServer"),
        ("scanner:80", "http://scanner:80/Stable", "http://scanner:80/ScanServer"),
        ("fe80::1", "http://[fe80::1]:5357/Stable", "https://[fe80::1]:5362/ScanServer"),
        ("[::1]:8080", "http://[::1]:8080/Stable", "http://[::1]:8080/ScanServer"),
        ("https://scanner/", "https://scanner/Stable", "https://scanner/ScanServer"),
        ("HTTP://scanner:5357", "http://scanner:5357/Stable", "http://scanner:5357/ScanServer"),
    ],
)
def test_a_host_is_probed_where_devices_and_scan_servers_are(where: str, first: str, last: str) -> None:
    # The law: [wsdapi/ports/5357-and-5358]
    found = candidates(where)
    assert found[0].startswith(first) and found[-1] == last


@pytest.mark.parametrize(
    "where", ["", "a b", "ftp://scanner", "scanner/path", "http://", "scanner:0", "a:b:c", "u@h"]
)
def test_what_is_no_address_is_bad_usage(where: str) -> None:
    with pytest.raises(LabError, match="no http or https URL") as caught:
        candidates(where)
    assert caught.value.code is ExitCode.USAGE
