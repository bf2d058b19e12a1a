"""Any value of ours survives the wire and is valid; any tree from outside gives a message or a ContentError."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from wsscan_tickets import TEXT, TICKETS
from wsscan_values import (
    CONFIGURATIONS,
    FINAL_TICKETS,
    IN_BOTH,
    JOB_STATUSES,
    MESSAGES,
    OWN,
    STATUSES,
    SUMMARIES,
    name_of,
)

from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DSD,
    JOB_STATUS,
    SCANNER_CONFIGURATION,
    SCANNER_STATUS,
    WSCN,
    WSCN_2006_01,
)
from emulator.wsscan.messages.create import CreateScanJobRequest
from emulator.wsscan.messages.elements import Content, GetJobElementsResponse, GetScannerElementsResponse
from emulator.wsscan.messages.jobs import GetActiveJobsResponse
from emulator.wsscan.messages.retrieve import RetrieveImageRequest
from emulator.wsscan.messages.validate import ValidateScanTicketRequest
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.jobs import FinalParameters, JobSummary, ScanJobStatus
from emulator.wsscan.values.status import ScannerStatus
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.final_parameters import read_final_parameters, write_final_parameters

quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def through_the_wire(message: Any, namespace: str = WSCN) -> Any:
    """The message written, checked by schema and read without a deviation."""
    root = parse_xml(etree.tostring(message.to_xml(namespace)))
    assert violations(root) == []
    deviations = Deviations()
    read = type(message).from_xml(root, deviations)
    assert [str(each) for each in deviations] == []
    return read


NAMESPACES = st.sampled_from([WSCN, DSD])


@quick
@given(CONFIGURATIONS, STATUSES, TICKETS, NAMESPACES)
def test_any_elements_of_a_scanner_survive_the_wire(
    configuration: ScannerConfiguration, status: ScannerStatus, ticket: ScanTicket, namespace: str
) -> None:
    data: list[tuple[Any, Content | None]] = [
        (SCANNER_CONFIGURATION, configuration),
        (SCANNER_STATUS, status),
        (OWN, None),
        (DEFAULT_SCAN_TICKET, ticket),
    ]
    message = GetScannerElementsResponse(tuple(ElementData(name, content) for name, content in data))
    assert through_the_wire(message, namespace) == message


@quick
@given(st.lists(SUMMARIES, max_size=4), JOB_STATUSES, NAMESPACES)
def test_any_jobs_survive_the_wire(jobs: list[JobSummary], status: ScanJobStatus, namespace: str) -> None:
    summaries = GetActiveJobsResponse(tuple(jobs))
    assert through_the_wire(summaries, namespace) == summaries
    elements = GetJobElementsResponse((ElementData(JOB_STATUS, status),))
    assert through_the_wire(elements, namespace) == elements


@quick
@given(TICKETS, st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=40), TEXT)
def test_any_request_survives_the_wire(ticket: ScanTicket, token: str, name: str) -> None:
    for message in (
        CreateScanJobRequest(ticket, token, token[::-1]),
        ValidateScanTicketRequest(ticket),
        RetrieveImageRequest(1, token, name),
    ):
        assert through_the_wire(message) == message


@quick
@given(FINAL_TICKETS, st.randoms(use_true_random=False))
def test_any_final_parameters_survive_the_wire(ticket: ScanTicket, chance: random.Random) -> None:
    """Every setting that stands there can be marked, and each mark comes back; MustHonor has no place there."""
    bare = write_final_parameters(FinalParameters(ticket))
    everything = copy.deepcopy(bare)
    for leaf in everything.iter():
        leaf.set(f"{{{WSCN}}}Override", "true")
    paths = sorted(read_final_parameters(everything, Deviations()).overridden)
    final = FinalParameters(
        read_final_parameters(bare, Deviations()).ticket,
        frozenset(path for path in paths if chance.random() < 0.4),
        frozenset(path for path in paths if chance.random() < 0.4),
    )
    deviations = Deviations()
    written = etree.tostring(write_final_parameters(final))
    assert b"MustHonor" not in written
    assert read_final_parameters(parse_xml(written), deviations) == final
    assert not list(deviations)


# From outside

NAMES = ("Name", "Valid", "Id", "MustHonor", "Override", "UsedDefault", "href")
WORDS = [
    "",
    "0",
    "1",
    "-1",
    "300",
    "true",
    "png",
    "ADF",
    " RGB24 ",
    "9" * 30,
    "x:y",
    "wscn:JobStatus",
    ":",
    "a b",
    "²",
]


def spoil(root: etree._Element, chance: random.Random) -> None:
    """A few wrong words, texts, attributes and places in a tree that was right."""
    for _ in range(chance.randint(1, 8)):
        nodes = list(root.iter())
        node, other = chance.choice(nodes), chance.choice(nodes)
        what = chance.randrange(7)
        if what == 0:
            node.text = chance.choice(WORDS)
        elif what == 1:
            namespace = chance.choice(["", f"{{{WSCN}}}", f"{{{WSCN_2006_01}}}"])
            node.set(namespace + chance.choice(NAMES), chance.choice(WORDS))
        elif what == 2:
            namespace = chance.choice([WSCN_2006_01, "urn:other", WSCN, DSD])
            node.tag = f"{{{namespace}}}{str(chance.choice(nodes).tag).partition('}')[2]}"
        elif what == 3 and node is not root:
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
        elif what == 4 and len(nodes) < 2000:
            other.append(copy.deepcopy(node))
        elif what == 5:
            for key in list(node.attrib):
                del node.attrib[key]
        else:
            node[:] = sorted(node, key=lambda child: chance.random())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("message", MESSAGES, ids=name_of)
@given(seed=st.integers(0, 2**32))
def test_any_tree_is_a_message_or_a_content_error(message: CreateScanJobRequest, seed: int) -> None:
    """What could be read can be written, if only with the numbers that came."""
    chance = random.Random(seed)
    tree = message.to_xml(chance.choice([WSCN, DSD])) if message in IN_BOTH else message.to_xml()
    spoil(tree, chance)
    try:
        read = type(message).from_xml(tree, Deviations())
    except ContentError as error:
        assert error.argument and "\n" not in str(error)
        return
    assert isinstance(read, type(message))
    again = type(message).from_xml(parse_xml(etree.tostring(read.to_xml())), Deviations())
    assert type(again) is type(read)


TAGS = st.sampled_from(
    ["RequestedElements", "Name", "JobId", "ScanTicket", "ElementData", "JobSummary", "ScanData", "v"]
)


def _tree(tag: str, namespace: str, text: str, children: list[etree._Element]) -> etree._Element:
    element = etree.Element(f"{{{namespace}}}{tag}")
    element.text = text
    for child in children:
        element.append(copy.deepcopy(child))
    return element


SOME_NAMESPACE = st.sampled_from([WSCN, WSCN_2006_01, DSD, "urn:x"])
SOME_TEXT = st.sampled_from(WORDS)
BRANCHES = st.recursive(
    st.builds(_tree, TAGS, SOME_NAMESPACE, SOME_TEXT, st.just([])),
    lambda below: st.builds(_tree, TAGS, SOME_NAMESPACE, SOME_TEXT, st.lists(below, max_size=3)),
    max_leaves=12,
)


@quick
@given(st.sampled_from(MESSAGES), SOME_NAMESPACE, st.lists(BRANCHES, max_size=4))
def test_any_body_at_all_is_a_message_or_a_content_error(
    message: CreateScanJobRequest, namespace: str, children: list[etree._Element]
) -> None:
    root = _tree(name_of(message), namespace, "", children)
    try:
        type(message).from_xml(root, Deviations())
    except ContentError as error:
        assert "\n" not in str(error)
