"""The eight operations of WS-Scan: written valid, read back, in both namespaces."""

from __future__ import annotations

import pytest
from lxml import etree
from protocol_tables import WSCN_OPERATIONS
from wsscan_values import (
    CONFIGURATION,
    DESCRIPTION,
    FINAL,
    IMAGES,
    IN_BOTH,
    MESSAGES,
    OWN,
    TICKET,
    name_of,
)

from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import read_envelope, request, write_envelope
from emulator.soap.schema import covered_namespaces, violations
from emulator.soap.xml import QName, parse_xml
from emulator.wsscan import constants
from emulator.wsscan.constants import DSD, JOB_STATUS, SCAN_TICKET, SCANNER_CONFIGURATION, SCANNER_STATUS, WSCN
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import (
    GetJobElementsResponse,
    GetScannerElementsRequest,
    GetScannerElementsResponse,
)
from emulator.wsscan.messages.retrieve import RetrieveImageResponse

ANY = CreateScanJobRequest


@pytest.mark.parametrize("message", MESSAGES, ids=name_of)
def test_a_message_that_we_write_is_valid_and_comes_back(message: ANY) -> None:
    """CreateScanJobRequest stands for the type of all of them.
    [wscn/get-scanner-elements/request] [wscn/get-scanner-elements/response] [wscn/get-job-elements/request]
    [wscn/get-job-elements/response] [wscn/get-active-jobs/response] [wscn/get-job-history/response]
    [wscn/validate-scan-ticket/request] [wscn/validate-scan-ticket/response] [wscn/create-scan-job/request]
    [wscn/create-scan-job/response] [wscn/retrieve-image/request] [wscn/retrieve-image/response]
    [wscn/cancel-job/request] [wscn/cancel-job/response] [wscn/wire/body-roots]"""
    body = message.to_xml()
    assert body.tag == f"{{{WSCN}}}{name_of(message)}"
    read = read_envelope(write_envelope(request("urn:act", "urn:to", body))).message.body
    assert read is not None
    assert violations(read) == []
    deviations = Deviations()
    assert type(message).from_xml(read, deviations) == message
    assert [str(each) for each in deviations] == []


@pytest.mark.parametrize("message", IN_BOTH, ids=name_of)
def test_a_message_of_ws_dsd_is_valid_and_comes_back(message: ANY) -> None:
    """Root and direct children in dsd, all below in wscn (docs/protocol/dsm.md 11).
    [dsd/get-active-jobs/request] [dsd/get-active-jobs/response] [dsd/get-job-elements/request]
    [dsd/get-job-elements/response] [dsd/get-job-history/request] [dsd/get-job-history/response]
    [dsd/get-scanner-elements/request] [dsd/get-scanner-elements/response] [dsd/validate-scan-ticket/request]
    [dsd/validate-scan-ticket/response] [dsd/operations/child-namespaces] [dsd/operations/wsscan-content]"""
    assert DSD in covered_namespaces()
    body = message.to_xml(DSD)
    assert body.tag == f"{{{DSD}}}{name_of(message)}"
    read = read_envelope(write_envelope(request("urn:act", "urn:to", body))).message.body
    assert read is not None
    for child in read:
        assert child.tag.startswith(f"{{{DSD}}}")
        assert not [below for below in child.iterdescendants() if below.tag.startswith(f"{{{DSD}}}")]
    assert violations(read) == []
    deviations = Deviations()
    assert type(message).from_xml(read, deviations) == message
    assert [str(each) for each in deviations] == []


@pytest.mark.parametrize("message", MESSAGES, ids=name_of)
def test_a_message_has_the_prefix_that_clients_look_for(message: ANY) -> None:
    # The law: [clients/go-mfp/exact-namespaces] [notes/c-01/wscn-2006-08-sent] [wscn/wire/namespace]
    written = etree.tostring(message.to_xml()).decode()
    assert written.startswith(f"<wscn:{name_of(message)}")
    assert "ns0" not in written


def test_the_attributes_of_element_data_have_no_prefix() -> None:
    """go-mfp reads no other form. Names may be of any namespace, and have a declared prefix.
    [wscn/element-data/attributes-unqualified] [wscn/element-data/name-with-prefix]
    [clients/go-mfp/unqualified-element-data] [notes/c-09/wscn-attributes-bare]"""
    message = GetScannerElementsResponse(
        (ElementData(OWN, None), ElementData(SCANNER_CONFIGURATION, CONFIGURATION))
    )
    data = message.to_xml()[0]
    assert dict(data[0].attrib) == {"Name": "n1:Own", "Valid": "false"}
    assert data[0].nsmap["n1"] == "urn:vendor" and len(data[0]) == 0
    assert dict(data[1].attrib) == {"Name": "wscn:ScannerConfiguration", "Valid": "true"}
    assert [each.tag for each in data[1]] == [f"{{{WSCN}}}ScannerConfiguration"]


def test_names_of_one_local_name_in_two_namespaces_stay_apart() -> None:
    # The law: [wscn/element-data/name-with-prefix]
    names = (QName("urn:a", "Own"), QName("urn:b", "Own"), SCANNER_STATUS, QName("urn:a", "Own"))
    written = etree.tostring(GetScannerElementsRequest(names).to_xml())
    assert GetScannerElementsRequest.from_xml(parse_xml(written), Deviations()).names == names


def test_content_that_is_not_of_its_name_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="ScannerDescription is no content of ScannerStatus"):
        GetScannerElementsResponse((ElementData(SCANNER_STATUS, DESCRIPTION),)).to_xml()
    with pytest.raises(TypeError, match="ScanTicket is no content of JobStatus"):
        GetJobElementsResponse((ElementData(JOB_STATUS, TICKET),)).to_xml()
    with pytest.raises(TypeError):
        GetScannerElementsResponse((ElementData(SCAN_TICKET, TICKET),)).to_xml()


def test_a_scan_that_the_application_begins_sends_the_ticket_alone() -> None:
    # The law: [wscn/scan-available/application-sends-the-ticket-only]
    assert [each.tag for each in CreateScanJobRequest(TICKET).to_xml()] == [f"{{{WSCN}}}ScanTicket"]


def test_the_response_of_create_scan_job_has_what_strict_clients_want() -> None:
    """go-mfp: all four children; WSD-python: ExposureSettings and InputMediaSize.
    [clients/go-mfp/create-response-complete] [clients/wsd-python/final-parameters-with-values]"""
    root = CreateScanJobResponse(1, "t", IMAGES, FINAL).to_xml()
    names = ["JobId", "JobToken", "ImageInformation", "DocumentFinalParameters"]
    assert [each.tag for each in root] == [f"{{{WSCN}}}{name}" for name in names]
    assert root.find(".//{*}InputSize/{*}InputMediaSize/{*}Width").text == "8500"
    assert root.find(".//{*}ExposureSettings/{*}Brightness").get(f"{{{WSCN}}}Override") == "true"


def test_scan_data_holds_one_include() -> None:
    # The law: [wscn/retrieve-image/one-include]
    written = etree.tostring(RetrieveImageResponse("a b@x").to_xml()).decode()
    assert (
        '<wscn:ScanData><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:a%20b@x"/>'
        in written
    )


def test_actions_are_those_of_the_documents() -> None:
    # The law: [wscn/wire/request-action]
    of_module = {value for value in vars(constants).values() if isinstance(value, str)}
    assert {f"{WSCN}/{operation}" for operation in WSCN_OPERATIONS} <= of_module
    assert QName(WSCN, "ScannerServiceType") == constants.SCANNER_SERVICE_TYPE
    assert QName(WSCN, "ScanDeviceType") == constants.SCAN_DEVICE_TYPE
    assert constants.RETRIEVE_IMAGE_LIMIT == 60.0
