"""Faults both ways: those that we write, and those that peers send in SOAP 1.2 and 1.1."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.clauses.book import clause
from emulator.soap import fault as faults
from emulator.soap.constants import FAULT_ACTION, SOAP, WSA
from emulator.soap.envelope import fault_response, read_envelope, request, write_envelope
from emulator.soap.fault import Code, Fault, FaultError, fault_element, is_wsa, read_fault
from emulator.soap.xml import QName

OURS = {
    "ActionNotSupported": (faults.action_not_supported("urn:ns/Op"), "Sender", "Op"),
    "MessageInformationHeaderRequired": (faults.header_required("To"), "Sender", "To"),
    "InvalidMessageInformationHeader": (faults.header_invalid("To"), "Sender", "To"),
    "DestinationUnreachable": (faults.destination_unreachable("urn:to"), "Sender", "urn:to"),
    "EndpointUnavailable": (faults.endpoint_unavailable(), "Receiver", None),
}


@pytest.mark.parametrize("name", OURS)
def test_a_fault_of_addressing_comes_through_the_wire(name: str) -> None:
    # The law: [addressing/fault/action-not-supported] [addressing/fault/action-not-supported-reason]
    # The law: [addressing/fault/destination-unreachable] [addressing/fault/destination-unreachable-reason]
    # The law: [addressing/fault/endpoint-unavailable] [addressing/fault/endpoint-unavailable-reason]
    # The law: [addressing/fault/invalid-message-information-header]
    # The law: [addressing/fault/invalid-message-information-header-reason]
    # The law: [addressing/fault/message-information-header-required]
    # The law: [addressing/fault/message-information-header-required-reason]
    fault, code, detail = OURS[name]
    data = write_envelope(fault_response(request("urn:a", "urn:t", None), fault))
    assert f"<soap:Value>wsa:{name}</soap:Value>".encode() in data
    read = read_envelope(data).message.fault
    assert read == Fault(fault.code, QName(WSA, name), fault.reason, detail)
    assert read.code == code
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
    assert f'"{read.reason}"' in clause(f"addressing/fault/{words}-reason").says
    assert is_wsa(read, name) and not is_wsa(read, "Other")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.must_understand([QName("urn:v", "Security")]), "MustUnderstand"),
        (faults.version_mismatch("urn:v"), "VersionMismatch"),
        (faults.not_well_formed("why"), "Sender"),
    ],
)
def test_a_fault_without_a_subcode_comes_through_the_wire(fault: Fault, code: str) -> None:
    read = read_envelope(write_envelope(fault_response(None, fault))).message.fault
    assert read == replace(fault, headers=())
    assert (read.code, read.subcode) == (code, None)
    assert not is_wsa(read, "ActionNotSupported")


@pytest.mark.parametrize(
    ("code", "status"),
    [("Sender", 400), ("Receiver", 500), ("MustUnderstand", 500), ("VersionMismatch", 500)],
)
def test_the_http_status_is_that_of_the_soap_binding(code: Code, status: int) -> None:
    # The law: [dsp/fault/http-status] [soap/http/sender-fault-400] [soap/http/other-faults-500]
    # The law: [wscn/fault/http-status] [clients/go-mfp/batch-ends-by-status]
    # The law: [clients/go-mfp/fault-by-status-only]
    assert Fault(code, None, "r").http_status == status


def test_the_layout_of_a_fault_is_that_of_soap_1_2() -> None:
    fault = Fault("Sender", QName("urn:s", "Bad"), "no good", "arg", prefix="svc")
    assert (
        etree.tostring(fault_element(fault))
        == (
            f'<soap:Fault xmlns:soap="{SOAP}" xmlns:svc="urn:s"><soap:Code><soap:Value>soap:Sender</soap:Value>'
            "<soap:Subcode><soap:Value>svc:Bad</soap:Value></soap:Subcode></soap:Code><soap:Reason><soap:Text "
            'xml:lang="en">no good</soap:Text></soap:Reason><soap:Detail>arg</soap:Detail></soap:Fault>'
        ).encode()
    )


def test_the_detail_of_a_fault_may_be_an_element() -> None:
    detail = etree.Element("{urn:s}Formats")
    detail.text = "png"
    written = fault_element(Fault("Sender", None, "r", detail))
    read = read_fault(written, FAULT_ACTION)
    assert read is not None and read.detail == "png"
    assert written[-1][0].tag == "{urn:s}Formats"


@pytest.mark.parametrize(
    ("text", "code", "subcode", "reason", "detail"),
    [
        # SOAP 1.1, as some devices answer
        (
            '<f:Fault xmlns:f="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>f:Client</faultcode>'
            "<faultstring> not so </faultstring><detail><e>why</e></detail></f:Fault>",
            "Sender",
            None,
            "not so",
            "why",
        ),
        (
            '<f:Fault xmlns:f="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>f:Server</faultcode>'
            "<faultstring>sorry</faultstring></f:Fault>",
            "Receiver",
            None,
            "sorry",
            None,
        ),
        # other prefixes, white space, the first of several languages, a subcode below the subcode
        (
            f'<Fault xmlns="{SOAP}" xmlns:q="urn:q"><Code><Value> x:Sender </Value><Subcode><Value>\n q:Bad '
            "</Value><Subcode><Value>q:Worse</Value></Subcode></Subcode></Code><Reason><Text>first</Text><Text>second"
            "</Text></Reason><Detail>a<b>c</b></Detail></Fault>",
            "Sender",
            QName("urn:q", "Bad"),
            "first",
            "a c",
        ),
        # codes and prefixes that nobody knows
        (
            f'<Fault xmlns="{SOAP}"><Code><Value>Odd</Value><Subcode><Value>none:Bad</Value></Subcode></Code>'
            "</Fault>",
            "Receiver",
            QName("", "Bad"),
            "no reason given",
            None,
        ),
        (f'<Fault xmlns="{SOAP}"/>', "Receiver", None, "no reason given", None),
        ("<Fault><Code/><Reason/><Detail/></Fault>", "Receiver", None, "no reason given", None),
        (
            f'<Fault xmlns="{SOAP}"><Code><Value>Sender</Value><Subcode><Value> </Value></Subcode></Code></Fault>',
            "Sender",
            None,
            "no reason given",
            None,
        ),
    ],
)
def test_faults_of_peers_are_read(
    text: str, code: str, subcode: QName | None, reason: str, detail: str | None
) -> None:
    read = read_fault(etree.fromstring(text), "")
    assert read is not None
    assert (read.code, read.subcode, read.reason, read.detail) == (code, subcode, reason, detail)
    assert read.action == FAULT_ACTION


def test_what_is_no_fault_is_none() -> None:
    assert read_fault(etree.Element("{urn:b}Faulty"), FAULT_ACTION) is None
    assert read_envelope(write_envelope(request("urn:a", "urn:t", None))).message.fault is None


def test_a_fault_in_an_envelope_of_soap_1_1_is_read_and_told() -> None:
    received = read_envelope(
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        b"<faultcode>s:Server</faultcode><faultstring>sorry</faultstring></s:Fault></s:Body></s:Envelope>",
        answer=True,
    )
    assert received.message.fault is not None
    assert str(received.message.fault) == "Receiver: sorry"
    assert "soap-version" in [deviation.id for deviation in received.deviations]


def test_a_fault_is_told_in_one_line_of_bounded_length() -> None:
    fault = Fault("Sender", QName("urn:q", "Bad"), "one\n two\r\n" + "x" * 10**6, "a\n\tb" + "y" * 10**6)
    assert str(fault).startswith("Bad: one two x")
    assert "[a b" in str(fault)
    assert "\n" not in str(FaultError(fault)) and len(str(fault)) < 1200


@settings(max_examples=150, deadline=None)
@given(reason=st.text(min_size=1, max_size=60), detail=st.none() | st.text(max_size=60))
def test_any_text_can_be_a_reason(reason: str, detail: str | None) -> None:
    fault = Fault("Receiver", QName("urn:s", "Bad"), reason, detail)
    read = read_envelope(write_envelope(fault_response(None, fault))).message.fault
    assert read is not None
    assert (read.code, read.subcode) == (fault.code, fault.subcode)
    assert read.reason == (faults.xml_text(reason).strip() or "no reason given")
