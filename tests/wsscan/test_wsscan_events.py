"""The events of WS-Scan and WS-DSD: written valid, read back, in both namespaces, and as the pages print them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from wsscan_values import CONFIGURATION, DESCRIPTION, JOB, NOON, STATUS, TICKET

import emulator
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import read_envelope, request, write_envelope
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations
from emulator.soap.xml import local_name, parse_xml
from emulator.wsscan.constants import DSD, DSD_EVENTS, WSCN, WSCN_2006_01, WSCN_EVENTS
from emulator.wsscan.messages.events import EVENTS, Event, name_of_event, read_event
from emulator.wsscan.messages.events_job import JobEndStateEvent, JobStatusEvent
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent
from emulator.wsscan.messages.events_scanner import (
    ScannerElementsChangeEvent,
    ScannerStatusConditionClearedEvent,
    ScannerStatusConditionEvent,
    ScannerStatusSummaryEvent,
)
from emulator.wsscan.values.jobs import JobEndState, ScanJobState, ScanJobStateReason, ScanJobStatus
from emulator.wsscan.values.status import DeviceCondition

END = JobEndState(
    5, ScanJobState.CANCELED, (ScanJobStateReason.JOB_CANCELED_AT_DEVICE, "v:Odd"), "Job", "joe", 0, NOON
)
IN_BOTH: list[Event] = [
    ScannerElementsChangeEvent(DESCRIPTION, CONFIGURATION, TICKET),
    ScannerElementsChangeEvent(configuration=CONFIGURATION),
    ScannerElementsChangeEvent(),
    ScannerStatusSummaryEvent(STATUS.state, STATUS.reasons),
    *(ScannerStatusConditionEvent(each) for each in STATUS.active_conditions),
    ScannerStatusConditionClearedEvent(7, NOON),
    JobStatusEvent(JOB),
    JobEndStateEvent(END),
    JobEndStateEvent(JobEndState(1, "v:Gone", (), "", "", 3)),
]
AVAILABLE = ScanAvailableEvent("Den Computer <1>", "urn:uuid:1")
ALL = [*((event, namespace) for event in IN_BOTH for namespace in (WSCN, DSD)), (AVAILABLE, WSCN)]


def sent(event: Event, namespace: str) -> etree._Element:
    """The body as it is on the wire."""
    body = read_envelope(write_envelope(request("urn:act", "urn:to", event.to_xml(namespace)))).message.body
    assert body is not None
    return body


@pytest.mark.parametrize(("event", "namespace"), ALL)
def test_an_event_that_we_write_is_valid_and_comes_back(event: Event, namespace: str) -> None:
    # The law: [wscn/job/job-end-state] [wscn/event/scanner-elements-change] [wscn/event/scanner-status-summary]
    # The law: [wscn/event/scanner-status-condition] [wscn/event/scanner-status-condition-cleared]
    # The law: [wscn/event/job-status] [wscn/event/job-end-state] [wscn/scan-available/event-content]
    body = sent(event, namespace)
    assert body.tag == f"{{{namespace}}}{name_of_event(event)}"
    assert violations(body) == []
    deviations = Deviations()
    assert read_event(body, deviations) == event
    assert not list(deviations)


@pytest.mark.parametrize("event", IN_BOTH)
def test_root_and_direct_child_are_in_dsd_and_all_below_in_wscn(event: Event) -> None:
    # The law: [dsd/event/children-of-job-end-state] [dsd/event/children-of-job-status]
    # The law: [dsd/event/children-of-device-condition] [dsd/event/children-of-device-condition-cleared]
    # The law: [dsd/event/children-of-status-summary] [dsd/event/job-end-state] [dsd/event/job-status]
    # The law: [dsd/event/scanner-elements-change] [dsd/event/scanner-status-condition]
    # The law: [dsd/event/scanner-status-condition-cleared] [dsd/event/scanner-status-summary]
    # The law: [dsd/wire/namespace]
    body = sent(event, DSD)
    (child,) = body
    assert child.tag.startswith(f"{{{DSD}}}")
    assert {etree.QName(each).namespace for each in child.iterdescendants()} <= {WSCN}


def test_the_services_have_the_documented_events() -> None:
    # The law: [notes/c-28/scanner-elements-change-event] [notes/c-28/condition-cleared-event]
    # The law: [wscn/event/names]
    assert EVENTS.keys() == set(WSCN_EVENTS) == {*DSD_EVENTS, "ScanAvailableEvent"}
    assert {name_of_event(event) for event in IN_BOTH} == set(DSD_EVENTS)


# The pages

CLEARED = datetime(2006, 1, 21, 17, 22, 35, 834_500, UTC)
PRINTED: dict[str, Event] = {
    "jobendstateevent": JobEndStateEvent(
        JobEndState(
            253,
            ScanJobState.COMPLETED,
            (ScanJobStateReason.JOB_COMPLETED_WITH_WARNINGS,),
            "Scan from Imaging App",
            "User",
            7,
            datetime(2006, 1, 24, 11, 37, 5, 673_000, UTC),
        )
    ),
    "jobstatusevent": JobStatusEvent(
        ScanJobStatus(253, "Processing", ("JobScanning",), 4, datetime(2006, 1, 24, 11, 34, 35, 834_500, UTC))
    ),
    "scannerstatusconditionevent": ScannerStatusConditionEvent(
        DeviceCondition(1543, datetime(2006, 1, 21, 17, 22, 27, 524_268, UTC), "LampError", "Platen", "Critical")
    ),
    "scannerstatusconditionclearedevent": ScannerStatusConditionClearedEvent(1543, CLEARED),
    "scannerstatussummaryevent": ScannerStatusSummaryEvent("Stopped", ("MediaJam",)),
    "scanavailableevent-3": ScanAvailableEvent("App1ScanID2345", "AnyUniqueIdentifierSuchAsAGUID"),
}
TOLD = {
    # white space in values; wscn:Id with a prefix on the WS-Scan page alone
    ("dsm", "jobendstateevent"): {"white-space"},
    ("wscn", "scannerstatusconditionclearedevent"): {"white-space"},
    ("wscn", "scannerstatusconditionevent"): {"attribute-form"},
    ("wscn", "scannerelementschangeevent"): {"white-space"},
    ("dsm", "scannerelementschangeevent"): {"white-space"},
}


def printed(reference: Path, folder: str) -> dict[str, etree._Element]:
    """Bodies of the printed events, by the names of the WS-Scan pages."""
    found = {}
    for file in (reference / "examples" / folder).glob("*event*.xml"):
        body = next(parse_xml(file.read_bytes()).iter("{*}Body"))[0]
        if local_name(body) in EVENTS:
            found[file.stem.removesuffix("-example").partition("-jobstatus-")[0]] = body
    return found


def alike(first: etree._Element, second: etree._Element) -> bool:
    """The same names in the same order with the same values, white space and the fraction of a time aside."""
    mine, theirs = ((each.text or "").strip() for each in (first, second))
    if mine != theirs and mine[:19] != theirs[:19]:
        return False
    return (
        first.tag == second.tag
        and {etree.QName(name).localname: value for name, value in first.items()}
        == {etree.QName(name).localname: value for name, value in second.items()}
        and len(first) == len(second)
        and all(alike(a, b) for a, b in zip(first, second, strict=True))
    )


@pytest.mark.parametrize(("folder", "namespace"), [("wscn", WSCN), ("dsm", DSD)])
def test_we_read_and_write_the_printed_events(reference: Path, folder: str, namespace: str) -> None:
    # The law: [dsd/event/job-end-state-has-completed-names] [dsd/event/condition-id-is-unqualified]
    # The law: [notes/c-22/job-end-state-has-its-own-children] [notes/c-09/attributes-read-in-both-forms]
    bodies = printed(reference, folder)
    expected = PRINTED.keys() | {"scannerelementschangeevent"}
    assert bodies.keys() == (expected if namespace == WSCN else expected - {"scanavailableevent-3"})
    for name, body in bodies.items():
        deviations = Deviations()
        event = read_event(body, deviations)
        assert event == PRINTED.get(name, event)
        assert {each.id for each in deviations} == TOLD.get((folder, name), set()), name
        assert alike(event.to_xml(namespace), body), name


def test_the_printed_change_has_a_configuration_alone(reference: Path) -> None:
    event = read_event(printed(reference, "dsm")["scannerelementschangeevent"], Deviations())
    assert isinstance(event, ScannerElementsChangeEvent)
    assert event.configuration is not None and event.configuration.device_settings.rotations == (0, 90, 180, 270)
    assert (event.description, event.default_ticket) == (None, None)


def test_our_schemas_judge_events_as_the_reference_does(reference: Path) -> None:
    published = etree.XMLSchema(etree.parse(str(reference / "xsd/all.xsd")))
    for event, namespace in ALL:
        body = sent(event, namespace)
        assert published.validate(body), (event, published.error_log)
        for index in range(1, len(list(body.iter()))):
            broken = etree.fromstring(etree.tostring(body))
            left_out = list(broken.iter())[index]
            parent = left_out.getparent()
            assert parent is not None
            parent.remove(left_out)
            assert (violations(broken) == []) == published.validate(broken), etree.tostring(broken)


# Tolerance


def test_other_names_and_namespaces_are_told() -> None:
    # The law: [wscn/event/names]
    name = "w:ScannerElementsChangedEvent"
    xml = f'<{name} xmlns:w="{WSCN_2006_01}"><w:ElementChanges/></{name}>'
    deviations = Deviations()
    assert read_event(parse_xml(xml.encode()), deviations) == ScannerElementsChangeEvent()
    assert {each.id for each in deviations} == {"namespace", "spelling"}


def test_a_state_that_is_not_final_is_told() -> None:
    # The law: [notes/c-21/terminating-is-not-final] [wscn/job-state/end-states]
    body = sent(JobEndStateEvent(END), WSCN)
    body[0][1].text = "Terminating"
    deviations = Deviations()
    event = read_event(body, deviations)
    assert isinstance(event, JobEndStateEvent) and event.end_state.completed_state is ScanJobState.TERMINATING
    assert {each.id for each in deviations} == {"value"}


@pytest.mark.parametrize(
    "content",
    [
        "<w:Event/>",
        "<w:JobStatusEvent/>",
        "<w:JobEndStateEvent><w:JobEndState><w:JobId>1</w:JobId></w:JobEndState></w:JobEndStateEvent>",
        "<w:ScannerStatusSummaryEvent><w:StatusSummary/></w:ScannerStatusSummaryEvent>",
        "<w:ScannerStatusConditionEvent><w:DeviceCondition Id='x'/></w:ScannerStatusConditionEvent>",
        "<w:ScannerStatusConditionClearedEvent><w:DeviceConditionCleared><w:ConditionId>one</w:ConditionId>"
        "</w:DeviceConditionCleared></w:ScannerStatusConditionClearedEvent>",
        "<w:ScanAvailableEvent><w:ClientContext>c</w:ClientContext></w:ScanAvailableEvent>",
        "<ScanAvailableEvent xmlns='urn:other'/>",
    ],
)
def test_what_cannot_be_understood_is_refused(content: str) -> None:
    body = etree.fromstring(f'<x xmlns:w="{WSCN}">{content}</x>')[0]
    with pytest.raises(ContentError):
        read_event(body, Deviations())


# The WSDLs


@pytest.mark.parametrize(
    ("wsdl", "namespace", "direction", "events"),
    [
        ("scanner", WSCN, "output", WSCN_EVENTS),
        ("device", DSD, "output", DSD_EVENTS),
        ("scanner-events", WSCN, "input", WSCN_EVENTS),
        ("device-events", DSD, "input", DSD_EVENTS),
    ],
)
def test_the_wsdls_have_the_events(wsdl: str, namespace: str, direction: str, events: tuple[str, ...]) -> None:
    """Under actions of WS-Scan, as printed, with bodies of the service's namespace.
    [notes/c-02/event-actions-in-wscn]"""
    file = Path(emulator.__file__).parent / "wsscan" / "wsdl" / f"{wsdl}.wsdl"
    root = parse_xml(file.read_bytes())
    assert root.get("targetNamespace") == namespace
    wsdl11 = "{http://schemas.xmlsoap.org/wsdl/}"
    (port_type,) = root.iter(f"{wsdl11}portType")
    found = {each.get("name"): list(each) for each in port_type if len(each) == 1}
    assert tuple(found) == events
    for name, (message,) in found.items():
        assert message.tag == wsdl11 + direction
        assert message.get("{http://schemas.xmlsoap.org/ws/2004/08/addressing}Action") == f"{WSCN}/{name}"
        prefix, _, local = (message.get("message") or "").partition(":")
        (declared,) = (each for each in root.iter(f"{wsdl11}message") if each.get("name") == local)
        assert declared[0].get("element") == f"{prefix}:{name}" and root.nsmap[prefix] == namespace
