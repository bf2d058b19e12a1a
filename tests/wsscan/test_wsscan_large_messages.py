"""Messages that are large on purpose: read or refused in time that grows with their size, not with its square."""

from __future__ import annotations

import time
from typing import Any

import pytest

from emulator.soap.constants import MAX_REQUESTED_NAMES, MAX_XML_ELEMENTS
from emulator.soap.deviations import MAX_DEVIATIONS, Deviations
from emulator.soap.reading import ContentError
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import WSCN, WSCN_2006_01
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import GetScannerElementsRequest, GetScannerElementsResponse
from emulator.wsscan.messages.jobs import GetActiveJobsResponse

SIZE = 1_000_000
LIMIT = 20.0
"""Seconds. One megabyte takes less than one here; what is quadratic takes minutes."""

CONFIGURATION = "ScannerElements/ElementData/ScannerConfiguration/DeviceSettings"
PREFIXES = " ".join(f'xmlns:p{number}="urn:{number}"' for number in range(250))


@pytest.mark.parametrize(
    ("message", "path", "part"),
    [
        (GetScannerElementsRequest, "RequestedElements", "<w:Name>x</w:Name>"),
        (GetScannerElementsRequest, "RequestedElements", "<w:Junk/>"),
        (GetScannerElementsResponse, "ScannerElements", '<o:ElementData Name="x"/>'),
        (GetScannerElementsResponse, CONFIGURATION, "<o:FormatsSupported/>"),
        (GetScannerElementsResponse, f"{CONFIGURATION}/FormatsSupported", "<o:FormatValue>?</o:FormatValue>"),
        (CreateScanJobRequest, "ScanTicket/DocumentParameters", '<o:X MustHonor="1"/>'),
        (CreateScanJobRequest, "ScanTicket/DocumentParameters/MediaSides", "<o:MediaFront>?</o:MediaFront>"),
        (CreateScanJobResponse, "DocumentFinalParameters", '<w:Format Override="1">png</w:Format>'),
        (CreateScanJobResponse, "DocumentFinalParameters/MediaSides", '<w:MediaFront UsedDefault="1"/>'),
        (
            GetActiveJobsResponse,
            "ActiveJobs",
            "<o:JobSummary><o:JobId>1</o:JobId><o:JobState>?</o:JobState></o:JobSummary>",
        ),
    ],
)
def test_a_large_message_is_no_trouble(message: Any, path: str, part: str) -> None:
    names = path.split("/")
    start, end = "".join(f"<w:{name}>" for name in names), "".join(f"</w:{name}>" for name in reversed(names))
    count = min(SIZE // len(part), (MAX_XML_ELEMENTS - 100) // part.count("<"))
    root = parse_xml(
        f'<w:{message.__name__} xmlns:w="{WSCN}" xmlns:o="{WSCN_2006_01}" {PREFIXES}><w:JobId>1</w:JobId>'
        f"<w:JobToken>t</w:JobToken>{start}{part * count}{end}</w:{message.__name__}>".encode()
    )
    deviations = Deviations()
    begun = time.process_time()
    try:
        message.from_xml(root, deviations)
    except ContentError as error:
        assert len(str(error)) < 200
    assert time.process_time() - begun < LIMIT
    assert len(deviations) <= MAX_DEVIATIONS


def test_more_element_data_than_can_be_asked_for_are_refused() -> None:
    one = '<w:ElementData Name="w:Own" Valid="false"/>'

    def response(count: int) -> Any:
        return parse_xml(
            f'<w:GetScannerElementsResponse xmlns:w="{WSCN}"><w:ScannerElements>{one * count}</w:ScannerElements>'
            "</w:GetScannerElementsResponse>".encode()
        )

    found = GetScannerElementsResponse.from_xml(response(MAX_REQUESTED_NAMES), Deviations())
    assert len(found.element_data) == MAX_REQUESTED_NAMES
    with pytest.raises(ContentError, match=f"more than {MAX_REQUESTED_NAMES}"):
        GetScannerElementsResponse.from_xml(response(MAX_REQUESTED_NAMES + 1), Deviations())
