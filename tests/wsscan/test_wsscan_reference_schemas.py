"""Our schemas and our messages against the reference schemas."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from reference_schemas import against_reference
from wsscan_tickets import TICKETS
from wsscan_values import CONFIGURATIONS, IN_BOTH, MESSAGES, STATUSES, name_of

from emulator.soap.element_data import ElementData
from emulator.soap.schema import violations
from emulator.soap.xml import namespace_of, parse_xml, place
from emulator.wsscan.constants import DEFAULT_SCAN_TICKET, DSD, SCANNER_CONFIGURATION, SCANNER_STATUS, WSCN
from emulator.wsscan.messages.create import CreateScanJobRequest
from emulator.wsscan.messages.elements import GetScannerElementsResponse
from emulator.wsscan.messages.retrieve import RetrieveImageResponse
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.status import ScannerStatus
from emulator.wsscan.values.ticket import ScanTicket


@pytest.mark.parametrize("message", MESSAGES, ids=name_of)
def test_our_messages_are_valid_by_the_reference_schemas(reference: Path, message: CreateScanJobRequest) -> None:
    """CreateScanJobRequest stands for the type of all of them."""
    assert against_reference(reference, message.to_xml()) == []
    if message in IN_BOTH:
        assert against_reference(reference, message.to_xml(DSD)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONFIGURATIONS, STATUSES, TICKETS)
def test_any_elements_of_ours_are_valid_by_the_reference_schemas(
    reference: Path, configuration: ScannerConfiguration, status: ScannerStatus, ticket: ScanTicket
) -> None:
    data = (
        ElementData(SCANNER_CONFIGURATION, configuration),
        ElementData(SCANNER_STATUS, status),
        ElementData(DEFAULT_SCAN_TICKET, ticket),
    )
    assert against_reference(reference, GetScannerElementsResponse(data).to_xml()) == []


# Our schemas judge as the reference does


def bodies() -> Iterator[tuple[str, etree._Element]]:
    for index, message in enumerate(MESSAGES):
        # ScanData: here the base64 that it stands for, there the xop:Include.
        if not isinstance(message, RetrieveImageResponse):
            yield f"{index} {name_of(message)}", parse_xml(etree.tostring(message.to_xml()))
            if message in IN_BOTH:
                yield f"{index} dsd {name_of(message)}", parse_xml(etree.tostring(message.to_xml(DSD)))


def changes(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The element as it is, and with each one of its parts missing, doubled, unknown, empty or wrong."""
    yield "as it is", element
    for index in range(1, sum(1 for _ in element.iter())):
        for what in ("missing", "doubled", "unknown", "empty", "wrong", "zero", "attribute", "vendor", "swapped"):
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
                    part.tag = f"{part.tag}New"
                case "empty":
                    part.text = ""
                case "wrong":
                    part.text = "a b/c"
                case "zero":
                    part.text = "0"
                case "attribute":
                    part.set("own", "1")
                case "vendor":
                    part.append(etree.Element("{urn:v}own"))
                case "swapped":
                    parent[:] = [*parent[1:], parent[0]]
            yield f"{what} {place(part)}", changed


def test_our_schemas_judge_as_the_reference_does(reference: Path) -> None:
    count = {True: 0, False: 0}
    differences = set()
    for name, body in bodies():
        for change, element in changes(body):
            ours, published = violations(element) == [], against_reference(reference, element) == []
            count[published] += 1
            if ours != published:
                differences.add(f"{name}, {change}: ours {ours}")
    assert differences == set()
    assert count[True] > 100 and count[False] > 1000


# Names, in what order, under which namespace: of every printed body


def test_printed_bodies_are_judged_alike(reference: Path) -> None:
    """Ours want Name, Valid and Id without a prefix [notes/c-09/wscn-attributes-bare];
    else the same bodies are valid."""
    for file in sorted((reference / "examples/wscn").glob("*.xml")):
        root = parse_xml(file.read_bytes())
        body = next(root.iter("{*}Body"), None)
        if body is None or not len(body) or namespace_of(body[0]) != WSCN:
            continue
        element = etree.fromstring(etree.tostring(body[0]))
        for part in element.iter():
            for name in ("Name", "Valid", "Id"):
                if f"{{{WSCN}}}{name}" in part.attrib:
                    part.set(name, part.attrib.pop(f"{{{WSCN}}}{name}"))
            # libxml2 refuses white space round a dateTime, XML Schema does not.
            if not len(part) and part.text:
                part.text = part.text.strip()
        ours, published = violations(element) == [], against_reference(reference, element) == []
        if element.tag == f"{{{WSCN}}}GetJobElements":
            assert not ours  # the root that the page misprints is no element of ours
        else:
            assert ours == published, file.name
