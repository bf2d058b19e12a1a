"""What peers send that departs from the documents: understood, and told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import etree
from wsscan_values import IMAGES, OWN, TICKET

from emulator.soap.constants import MAX_REQUESTED_NAMES
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, parse_xml
from emulator.wsscan.constants import (
    DSD,
    JOB_STATUS,
    SCANNER_CONFIGURATION,
    SCANNER_STATUS,
    WSCN,
    WSCN_2006_01,
)
from emulator.wsscan.messages.cancel import CancelJobRequest, CancelJobResponse
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import (
    GetJobElementsRequest,
    GetJobElementsResponse,
    GetScannerElementsRequest,
    GetScannerElementsResponse,
)
from emulator.wsscan.messages.jobs import GetActiveJobsRequest, GetActiveJobsResponse, GetJobHistoryResponse
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.image_information import NO_IMAGES
from emulator.wsscan.values.jobs import FinalParameters, JobSummary
from emulator.wsscan.values.ticket import (
    Exposure,
    ExposureSettings,
    InputSize,
    ScanTicket,
    Setting,
)

PREFIXES = f'xmlns:w="{WSCN}" xmlns:o="{WSCN_2006_01}" xmlns:d="{DSD}" xmlns:v="urn:vendor"'


def root(xml: str) -> etree._Element:
    """`xml` with the prefixes w (wscn), o (2006/01), d (dsd) and v (a vendor's)."""
    name = re.match(r"<[^\s/>]+", xml)
    assert name is not None
    return parse_xml(f"{name[0]} {PREFIXES}{xml[name.end() :]}".encode())


def read(message: Any, xml: str) -> tuple[Any, list[str]]:
    deviations = Deviations()
    return message.from_xml(root(xml), deviations), [each.id for each in deviations]


JOB = (
    "<w:JobDescription><w:JobName>j</w:JobName><w:JobOriginatingUserName>u</w:JobOriginatingUserName>"
    "</w:JobDescription>"
)


@pytest.mark.parametrize(
    ("xml", "job_id", "told"),
    [
        ("<w:CancelJobRequest><w:JobId>3</w:JobId></w:CancelJobRequest>", 3, []),
        ("<d:CancelJobRequest><d:JobId>3</d:JobId></d:CancelJobRequest>", 3, []),
        ("<o:CancelJobRequest><o:JobId>3</o:JobId></o:CancelJobRequest>", 3, ["namespace", "namespace"]),
        ("<d:CancelJobRequest><w:JobId>3</w:JobId></d:CancelJobRequest>", 3, ["namespace"]),
        ("<w:CancelJobRequest><d:JobId> 3 </d:JobId></w:CancelJobRequest>", 3, ["namespace", "white-space"]),
        ("<w:CancelJobRequest>x<w:JobId>+3</w:JobId></w:CancelJobRequest>", 3, ["text-between-elements"]),
        ("<w:CancelJobRequest><w:JobId>0</w:JobId><v:More/></w:CancelJobRequest>", 0, ["range"]),
        (
            "<w:CancelJobRequest><w:JobId>-7</w:JobId><w:More/></w:CancelJobRequest>",
            -7,
            ["element-unknown", "range"],
        ),
        ("<w:CancelJobRequest><w:JobId>2147483648</w:JobId></w:CancelJobRequest>", 2**31, ["range"]),
        (
            "<w:CancelJobRequest><w:JobId>1</w:JobId><w:JobId>2</w:JobId></w:CancelJobRequest>",
            1,
            ["element-doubled"],
        ),
    ],
)
def test_root_and_children_of_any_of_the_three_namespaces(xml: str, job_id: int, told: list[str]) -> None:
    # The law: [notes/c-01/wscn-2006-01-read] [wscn/wire/namespace-of-2006-01-accepted]
    assert read(CancelJobRequest, xml) == (CancelJobRequest(job_id), told)


@pytest.mark.parametrize(
    ("message", "xml", "argument"),
    [
        (CancelJobRequest, "<w:CancelJobRequest/>", "JobId"),
        (CancelJobRequest, "<w:CancelJobRequest><v:JobId>3</v:JobId></w:CancelJobRequest>", "JobId"),
        (CancelJobRequest, "<w:CancelJobRequest><w:JobId>three</w:JobId></w:CancelJobRequest>", "JobId"),
        (CancelJobRequest, "<v:CancelJobRequest><w:JobId>3</w:JobId></v:CancelJobRequest>", "CancelJobRequest"),
        (
            CancelJobRequest,
            "<w:RetrieveImageRequest><w:JobId>3</w:JobId></w:RetrieveImageRequest>",
            "CancelJobRequest",
        ),
        (CancelJobResponse, "<w:CancelJobRequest/>", "CancelJobResponse"),
        (GetActiveJobsRequest, "<w:GetJobHistoryRequest/>", "GetActiveJobsRequest"),
        (GetActiveJobsResponse, "<w:GetActiveJobsResponse/>", "ActiveJobs"),
        (GetJobHistoryResponse, "<w:GetJobHistoryResponse/>", "JobHistory"),
        (GetScannerElementsRequest, "<w:GetScannerElementsRequest/>", "RequestedElements"),
        (GetScannerElementsResponse, "<w:GetScannerElementsResponse/>", "ScannerElements"),
        (GetJobElementsResponse, "<w:GetJobElementsResponse/>", "JobElements"),
        (ValidateScanTicketRequest, "<w:ValidateScanTicketRequest/>", "ScanTicket"),
        (ValidateScanTicketResponse, "<w:ValidateScanTicketResponse/>", "ValidationInfo"),
        (CreateScanJobRequest, "<w:CreateScanJobRequest/>", "ScanTicket"),
        (CreateScanJobResponse, "<w:CreateScanJobResponse/>", "JobId"),
        (RetrieveImageRequest, "<w:RetrieveImageRequest><w:JobId>1</w:JobId></w:RetrieveImageRequest>", "JobToken"),
        (RetrieveImageResponse, "<w:RetrieveImageResponse/>", "ScanData"),
        (
            RetrieveImageResponse,
            "<w:RetrieveImageResponse><w:ScanData>AAAA</w:ScanData></w:RetrieveImageResponse>",
            "ScanData",
        ),
    ],
)
def test_what_cannot_be_understood_names_the_argument(message: Any, xml: str, argument: str) -> None:
    """The device puts it into the detail of InvalidArgs.
    [wscn/fault/invalid-args] [wscn/fault/invalid-args-cases]"""
    with pytest.raises(ContentError) as caught:
        read(message, xml)
    assert caught.value.argument == argument


# Names of elements


def names(*texts: str, root_attributes: str = "") -> str:
    listed = "".join(f"<w:Name>{text}</w:Name>" for text in texts)
    return (
        f"<w:GetScannerElementsRequest {root_attributes}><w:RequestedElements>{listed}</w:RequestedElements>"
        "</w:GetScannerElementsRequest>"
    )


@pytest.mark.parametrize(
    ("text", "attributes", "name", "told"),
    [
        ("w:ScannerStatus", "", SCANNER_STATUS, []),
        ("ScannerStatus", "", SCANNER_STATUS, ["namespace"]),
        ("ScannerStatus", f'xmlns="{WSCN}"', SCANNER_STATUS, []),
        ("ScannerStatus", 'xmlns="http://www.w3.org/2003/05/soap-envelope"', SCANNER_STATUS, ["namespace"]),
        ("Own", 'xmlns="urn:vendor"', OWN, []),
        ("Own", "", QName(WSCN, "Own"), ["namespace"]),
        ("v:Own", "", OWN, []),
        ("v:ScannerStatus", "", QName("urn:vendor", "ScannerStatus"), []),
        ("o:ScannerStatus", "", SCANNER_STATUS, ["namespace"]),
        ("d:ScannerStatus", "", SCANNER_STATUS, ["namespace"]),
        ("wscn:ScannerStatus", "", SCANNER_STATUS, ["namespace"]),
        ("\n w:ScannerStatus ", "", SCANNER_STATUS, ["white-space"]),
    ],
)
def test_a_requested_name_is_resolved_by_its_scope(
    text: str, attributes: str, name: QName, told: list[str]
) -> None:
    # The law: [wscn/element-data/prefix-resolved-in-scope] [wscn/element-data/name-without-prefix-accepted]
    found, ids = read(GetScannerElementsRequest, names(text, root_attributes=attributes))
    assert (found.names, ids) == ((name,), told)


def test_names_keep_their_order_and_may_be_doubled() -> None:
    # The law: [wscn/element-data/one-for-each-name]
    found, told = read(GetScannerElementsRequest, names("w:ScannerStatus", "v:Own", "w:ScannerStatus"))
    assert (found.names, told) == ((SCANNER_STATUS, OWN, SCANNER_STATUS), [])


@pytest.mark.parametrize("text", ["", " ", "w:", "a b", "w:1", "w:x:", "<w:x/>"])
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(GetScannerElementsRequest, names(text))
    assert caught.value.argument == "Name"


def test_more_names_than_anybody_needs_are_refused() -> None:
    """Each name is answered: a request of some megabytes would cost many times its own size."""
    found, _ = read(GetScannerElementsRequest, names(*["w:ScannerStatus"] * MAX_REQUESTED_NAMES))
    assert len(found.names) == MAX_REQUESTED_NAMES
    with pytest.raises(ContentError, match=f"more than {MAX_REQUESTED_NAMES} names"):
        read(GetScannerElementsRequest, names(*["w:ScannerStatus"] * (MAX_REQUESTED_NAMES + 1)))


def test_the_root_of_the_printed_example_is_read() -> None:
    """GetJobElements without Request, and children in another order (WSD-python)
    [wscn/get-job-elements/root-without-suffix-accepted] [clients/wsd-python/get-job-elements-root].
    [notes/c-23/get-job-elements-read]"""
    found, told = read(
        GetJobElementsRequest,
        "<w:GetJobElements><w:RequestedElements><w:Name>w:JobStatus</w:Name></w:RequestedElements>"
        "<w:JobId>1</w:JobId></w:GetJobElements>",
    )
    assert found == GetJobElementsRequest(1, (JOB_STATUS,))
    assert told == ["spelling", "element-order"]
    with pytest.raises(ContentError):
        read(GetScannerElementsRequest, "<w:GetScannerElements/>")


# Element data

STATUS = (
    "<w:ScannerStatus><w:ScannerCurrentTime>2026-01-02T03:04:05Z</w:ScannerCurrentTime>"
    "<w:ScannerState>Idle</w:ScannerState><w:ScannerStateReasons><w:ScannerStateReason>None</w:ScannerStateReason>"
    "</w:ScannerStateReasons><w:ActiveConditions/></w:ScannerStatus>"
)


def data(xml: str) -> tuple[ElementData, list[str]]:
    found, told = read(
        GetScannerElementsResponse,
        f"<w:GetScannerElementsResponse><w:ScannerElements>{xml}</w:ScannerElements></w:GetScannerElementsResponse>",
    )
    (only,) = found.element_data
    return only, told


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ('Name="w:ScannerStatus" Valid="true"', []),
        ('w:Name="w:ScannerStatus" w:Valid="1"', ["attribute-form", "attribute-form"]),
        ('Name="ScannerStatus" Valid="true"', ["namespace"]),
        ('Name="w:ScannerStatus"', ["element-missing"]),
        ('Valid="true"', ["element-missing"]),
        ('Name="w:ScannerConfiguration" Valid="true"', ["value"]),
        ('Name="o:ScannerStatus" Valid="true"', ["namespace"]),
    ],
)
def test_element_data_with_content_is_read(attributes: str, told: list[str]) -> None:
    # The law: [wscn/element-data/valid-true-for-a-known-name]
    found, ids = data(f"<w:ElementData {attributes}>{STATUS}</w:ElementData>")
    assert (found.name, found.valid, ids) == (SCANNER_STATUS, True, told)
    assert found.content is not None and found.content.state == "Idle"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("xml", "name", "told"),
    [
        ('<w:ElementData Name="v:Own" Valid="false"/>', OWN, []),
        ('<w:ElementData Name="v:Own" Valid="true"><v:Own/></w:ElementData>', OWN, []),
        ('<w:ElementData Name="w:ScannerStatus" Valid="true"/>', SCANNER_STATUS, []),
        (f'<w:ElementData Name="w:ScannerStatus" Valid="false">{STATUS}</w:ElementData>', SCANNER_STATUS, []),
        (
            '<w:ElementData Name="w:JobStatus" Valid="true"><w:JobStatus/></w:ElementData>',
            JOB_STATUS,
            ["element-unknown"],
        ),
    ],
)
def test_element_data_that_is_not_valid_or_not_known(xml: str, name: QName, told: list[str]) -> None:
    # The law: [wscn/element-data/valid-false-for-an-unknown-name]
    assert data(xml) == (ElementData(name, None), told)


@pytest.mark.parametrize(
    "xml",
    [
        "<w:ElementData/>",
        '<w:ElementData Name="w:ScannerStatus" Valid="perhaps"/>',
        '<w:ElementData Name="a b" Valid="false"/>',
        '<w:ElementData Name="w:ScannerStatus" Valid="true"><w:ScannerStatus/></w:ElementData>',
    ],
)
def test_element_data_that_cannot_be_understood(xml: str) -> None:
    with pytest.raises(ContentError):
        data(xml)


def test_element_data_of_2006_01_and_of_several_elements_is_read_and_told() -> None:
    old = STATUS.replace("w:", "o:")
    found, told = data(f'<w:ElementData Name="w:ScannerStatus" Valid="true">{old}{STATUS}</w:ElementData>')
    assert found.valid and set(told) == {"namespace", "choice"}


def test_a_response_without_data_is_told() -> None:
    found, told = read(
        GetScannerElementsResponse,
        "<w:GetScannerElementsResponse><w:ScannerElements/></w:GetScannerElementsResponse>",
    )
    assert (found.element_data, told) == ((), ["element-missing"])
    assert not ElementData(SCANNER_CONFIGURATION, None).valid


# The job's own messages


def test_a_request_as_wsd_python_sends_it() -> None:
    """Empty strings, a ticket in 2006/01, both children of the choices, MediaBack for the platen.
    [clients/wsd-python/empty-identifier-and-token] [clients/wsd-python/media-back-always]
    [wscn/scan-available/empty-strings-are-absent]"""
    ticket = (
        "<o:ScanTicket><o:JobDescription><o:JobName>j</o:JobName><o:JobOriginatingUserName>u</o:JobOriginatingUserName>"
        "</o:JobDescription><o:DocumentParameters><o:Format>jfif</o:Format><o:InputSource>Platen</o:InputSource>"
        "<o:InputSize><o:DocumentSizeAutoDetect>false</o:DocumentSizeAutoDetect><o:InputMediaSize><o:Width>8500</o:Width>"
        "<o:Height>11000</o:Height></o:InputMediaSize></o:InputSize><o:Exposure><o:AutoExposure>false</o:AutoExposure>"
        "<o:ExposureSettings><o:Contrast>5</o:Contrast></o:ExposureSettings></o:Exposure><o:MediaSides><o:MediaFront>"
        "<o:ColorProcessing>RGB24</o:ColorProcessing></o:MediaFront><o:MediaBack/></o:MediaSides>"
        "</o:DocumentParameters></o:ScanTicket>"
    )
    found, told = read(
        CreateScanJobRequest,
        f"<w:CreateScanJobRequest><w:ScanIdentifier/><w:DestinationToken> </w:DestinationToken>{ticket}"
        "</w:CreateScanJobRequest>",
    )
    assert (found.scan_identifier, found.destination_token) == ("", "")
    given = found.ticket.document_parameters
    assert given.input_size == Setting(InputSize(False, Dimensions(8500, 11000)))
    assert given.exposure == Setting(Exposure(False, ExposureSettings(contrast=5)))
    assert set(told) == {"value", "white-space", "namespace", "choice"}
    assert told.count("choice") == 2


def test_a_request_as_sane_airscan_sends_it() -> None:
    """Out of the schema's order; so is RetrieveImage.
    [clients/sane-airscan/ticket-out-of-order] [clients/sane-airscan/retrieve-image-order]"""
    found, told = read(
        CreateScanJobRequest,
        f"<w:CreateScanJobRequest><w:ScanTicket>{JOB}<w:DocumentParameters><w:Format>png</w:Format>"
        "<w:ImagesToTransfer>0</w:ImagesToTransfer><w:InputSource>Platen</w:InputSource><w:MediaSides><w:MediaFront>"
        "<w:ColorProcessing>RGB24</w:ColorProcessing><w:Resolution><w:Width>300</w:Width><w:Height>300</w:Height>"
        "</w:Resolution><w:ScanRegion><w:ScanRegionWidth>8500</w:ScanRegionWidth>"
        "<w:ScanRegionHeight>11000</w:ScanRegionHeight></w:ScanRegion></w:MediaFront></w:MediaSides>"
        "</w:DocumentParameters></w:ScanTicket></w:CreateScanJobRequest>",
    )
    assert told == ["element-order"]
    front = found.ticket.document_parameters.media_front
    assert front is not None and front.resolution == Setting(Resolution(300, 300))
    asked = RetrieveImageRequest(1, "t", "d")
    assert read(
        RetrieveImageRequest,
        "<w:RetrieveImageRequest><w:DocumentDescription><w:DocumentName>d</w:DocumentName></w:DocumentDescription>"
        "<w:JobId>1</w:JobId><w:JobToken>t</w:JobToken></w:RetrieveImageRequest>",
    ) == (asked, ["element-order", "element-order"])


@pytest.mark.parametrize(
    ("description", "name", "told"),
    [
        ("", "", ["element-missing"]),
        ("<w:DocumentDescription/>", "", ["element-missing"]),
        ("<w:DocumentDescription><w:DocumentName/></w:DocumentDescription>", "", []),
        (
            f"<w:DocumentDescription><w:DocumentName>{'n' * 256}</w:DocumentName></w:DocumentDescription>",
            "n" * 256,
            ["too-long"],
        ),
    ],
)
def test_an_image_is_retrieved_by_any_name(description: str, name: str, told: list[str]) -> None:
    found, ids = read(
        RetrieveImageRequest,
        f"<w:RetrieveImageRequest><w:JobId>1</w:JobId><w:JobToken> t </w:JobToken>{description}"
        "</w:RetrieveImageRequest>",
    )
    assert found == RetrieveImageRequest(1, "t", name)
    assert sorted(ids) == sorted([*told, "white-space"])


def test_a_response_with_job_id_and_token_alone_is_read() -> None:
    """sane-airscan takes no more; the token goes back as it came. [wscn/job/job-token]"""
    found, told = read(
        CreateScanJobResponse,
        "<w:CreateScanJobResponse><w:JobToken> t </w:JobToken><w:JobId>4</w:JobId></w:CreateScanJobResponse>",
    )
    assert found == CreateScanJobResponse(4, " t ", NO_IMAGES, FinalParameters(ScanTicket()))
    assert told == ["element-order", "element-missing", "element-missing"]


def test_a_validation_without_image_information_is_read() -> None:
    found, told = read(
        ValidateScanTicketResponse,
        "<w:ValidateScanTicketResponse><w:ValidationInfo><w:ValidTicket>0</w:ValidTicket></w:ValidationInfo>"
        "</w:ValidateScanTicketResponse>",
    )
    assert (found, told) == (ValidateScanTicketResponse(False, NO_IMAGES), ["element-missing"])


def test_image_information_with_half_its_numbers_is_read() -> None:
    # The law: [wscn/image-information/children]
    root_ = ValidateScanTicketResponse(True, IMAGES).to_xml()
    for name in ("MediaFrontImageInfo/{*}PixelsPerLine", "MediaBackImageInfo/{*}BytesPerLine"):
        found = root_.find(f".//{{*}}{name}")
        parent = found.getparent()
        parent.remove(found)
    deviations = Deviations()
    images = ValidateScanTicketResponse.from_xml(root_, deviations).image_information
    assert images.back is not None
    assert (images.front.pixels_per_line, images.front.number_of_lines, images.back.bytes_per_line) == (0, 3300, 0)
    assert [each.id for each in deviations] == ["element-missing", "element-missing"]


def test_a_summary_without_texts_is_read() -> None:
    found, told = read(
        GetActiveJobsResponse,
        "<w:GetActiveJobsResponse><w:ActiveJobs><w:JobSummary><w:JobId>1</w:JobId><w:JobState>processing</w:JobState>"
        "<w:JobStateReasons><w:JobStateReason/><w:JobStateReason>Odd</w:JobStateReason></w:JobStateReasons>"
        "</w:JobSummary></w:ActiveJobs></w:GetActiveJobsResponse>",
    )
    assert found.jobs == (JobSummary(1, "", "", "Processing", ("Odd",), 0),)
    assert sorted(told) == ["element-missing"] * 3 + ["spelling", "value", "value"]


def test_a_vendors_elements_behind_the_documented_ones_are_no_deviation() -> None:
    # The law: [wscn/extension/elements-at-the-end]
    deviations = Deviations()
    sent = CreateScanJobRequest(TICKET).to_xml()
    sent.append(etree.Element("{urn:vendor}Own"))
    assert CreateScanJobRequest.from_xml(sent, deviations) == CreateScanJobRequest(TICKET)
    assert not list(deviations)
