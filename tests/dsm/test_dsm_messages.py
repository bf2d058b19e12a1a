"""The five operations of WS-DSP: written valid, read back, read with tolerance."""

from __future__ import annotations

import base64

import pytest
from dsm_values import DSP, FSF, INSTRUCTIONS, NAMES, PREFIXES, PSP, SHARE, filter_xml, instructions_xml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dsm import faults
from emulator.dsm.documents import DocumentEntry, Documents
from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.messages.cancel import CancelPostScanJobRequest, CancelPostScanJobResponse
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.messages.end import EndPostScanJobRequest, EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest, SendImageResponse
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.dsm.states import FilterState, JobState
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import fault_response, read_envelope, request, write_envelope
from emulator.soap.fault import Fault
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations
from emulator.soap.xml import QName

STATUS = JobStatus("t", JobState.CREATING, (), (FilterStatus("urn:f", FilterState.PENDING),), 1)
MESSAGES = [
    CreatePostScanJobRequest(
        "S-1-5-21-1-2-3-500",
        "C4F199C7-6876-4549-A86E-A85035952448",
        PostScanInstructions("Scan", (FileShareFilter(("\\\\srv\\s",)),), True),
    ),
    CreatePostScanJobResponse("264a19bf-3604-4603-b59d-b47e0f669a1e"),
    SendImageRequest("t", 1, "png", "image.1@device.example"),
    SendImageRequest("t", 2**31 - 1, "tiff-single-g4", "a b%c@x"),
    SendImageResponse(),
    EndPostScanJobRequest("t"),
    EndPostScanJobResponse(),
    CancelPostScanJobRequest("t"),
    CancelPostScanJobResponse(),
    GetPostScanJobElementsRequest("t", (QName(DSP, "JobStatus"), QName("urn:v", "Own"), QName(DSP, "Documents"))),
    GetPostScanJobElementsResponse(
        (
            ElementData(QName(DSP, "JobStatus"), STATUS),
            ElementData(QName("urn:v", "Own"), None),
            ElementData(QName(DSP, "JobDescription"), JobDescription("C4F1", "To Joe", "joe@contoso.example")),
            ElementData(QName(DSP, "Documents"), Documents((DocumentEntry(1, "png"), DocumentEntry(2, "v:raw-2")))),
        )
    ),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_that_we_write_is_valid_and_comes_back(message: SendImageRequest) -> None:
    """SendImageRequest stands for the type of all of them.
    [notes/c-09/dsp-attributes-qualified] [notes/c-28/get-post-scan-job-elements-plural]
    [dsp/create-post-scan-job/request] [dsp/create-post-scan-job/response]
    [dsp/create-post-scan-job/instructions-element] [dsp/send-image/request] [dsp/send-image/response-is-empty]
    [dsp/end-post-scan-job/request] [dsp/end-post-scan-job/response-is-empty] [dsp/cancel-post-scan-job/request]
    [dsp/cancel-post-scan-job/response-is-empty] [dsp/get-post-scan-job-elements/request]
    [dsp/get-post-scan-job-elements/response] [dsp/get-post-scan-job-elements/qualified-attributes]
    [dsp/wire/namespace] [dsp/create-post-scan-job/psp-identifier-length] [dsp/job-token/length]"""
    body = message.to_xml()
    assert body.tag == f"{{{DSP}}}{type(message).__name__}"
    data = write_envelope(request("urn:act", "urn:to", body))
    read = read_envelope(data).message.body
    assert read is not None
    assert violations(read) == []
    deviations = Deviations()
    assert type(message).from_xml(read, deviations) == message
    assert [str(each) for each in deviations] == []


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES, INSTRUCTIONS)
def test_any_instructions_come_through_the_wire(
    user: str, identifier: str, instructions: PostScanInstructions
) -> None:
    message = CreatePostScanJobRequest(user, identifier, instructions)
    read = read_envelope(write_envelope(request("urn:act", "urn:to", message.to_xml()))).message.body
    assert read is not None
    deviations = Deviations()
    assert CreatePostScanJobRequest.from_xml(read, deviations) == message
    assert not list(deviations)


def body(name: str, inside: str) -> etree._Element:
    return etree.fromstring(f'<d:{name} xmlns:d="{DSP}" {PREFIXES}>{inside}</d:{name}>')


TOKEN = "<d:JobToken>t</d:JobToken>"
CREATE = (
    "<d:UserIdentifier>S-1</d:UserIdentifier><d:PSP_Identifier>G</d:PSP_Identifier><d:PostScanInstructions>"
    f"{instructions_xml()}</d:PostScanInstructions>"
)
IMAGE = (
    f"{TOKEN}<d:DocumentDescription><d:DocumentId>9</d:DocumentId><d:Format>png</d:Format></d:DocumentDescription>"
    '<d:ImageData><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:i@x"/></d:ImageData>'
)
NAMED = f"{TOKEN}<d:RequestedElements><d:Name>d:JobStatus</d:Name></d:RequestedElements>"
SAID = (
    "<d:JobElements><d:ElementData d:Name='d:JobStatus' d:Valid='true'>"
    f"{etree.tostring(STATUS.to_xml()).decode()}</d:ElementData></d:JobElements>"
)

READERS = {
    "CreatePostScanJobRequest": (CreatePostScanJobRequest, CREATE),
    "CreatePostScanJobResponse": (CreatePostScanJobResponse, TOKEN),
    "SendImageRequest": (SendImageRequest, IMAGE),
    "EndPostScanJobRequest": (EndPostScanJobRequest, TOKEN),
    "CancelPostScanJobRequest": (CancelPostScanJobRequest, TOKEN),
    "GetPostScanJobElementsRequest": (GetPostScanJobElementsRequest, NAMED),
    "GetPostScanJobElementsResponse": (GetPostScanJobElementsResponse, SAID),
    "SendImageResponse": (SendImageResponse, ""),
    "EndPostScanJobResponse": (EndPostScanJobResponse, ""),
    "CancelPostScanJobResponse": (CancelPostScanJobResponse, ""),
}


def read(name: str, inside: str) -> tuple[object, list[str]]:
    deviations = Deviations()
    found = READERS[name][0].from_xml(body(name, inside), deviations)
    return found, [f"{each.id} {each.place}" for each in deviations]


@pytest.mark.parametrize("name", READERS)
def test_unknown_elements_are_told_and_vendors_are_not(name: str) -> None:
    # The law: [bdsrr/3.2.4.3/vendor-children]
    good, told = read(name, READERS[name][1])
    assert told == []
    assert read(name, READERS[name][1] + "<d:New/>") == (good, [f"element-unknown {name}/New"])
    assert read(name, READERS[name][1] + "<v:Own/>") == (good, [])
    assert read(name, READERS[name][1] + "stray") == (good, [f"text-between-elements {name}"])


@pytest.mark.parametrize("name", [name for name, (_, inside) in READERS.items() if TOKEN in inside])
def test_a_doubled_token_is_told_and_the_first_counts(name: str) -> None:
    good, _ = read(name, READERS[name][1])
    again, told = read(name, READERS[name][1].replace(TOKEN, TOKEN + "<d:JobToken>other</d:JobToken>"))
    assert again == good
    contradicts = [f"job-token {name}/JobToken"] if name == "CreatePostScanJobResponse" else []
    assert told == [*contradicts, f"element-doubled {name}/JobToken"]


@pytest.mark.parametrize("name", ["CreatePostScanJobRequest", "SendImageRequest", "GetPostScanJobElementsRequest"])
def test_elements_in_the_wrong_order_are_read_and_told(name: str) -> None:
    good, _ = read(name, READERS[name][1])
    turned = body(name, READERS[name][1])
    turned[:] = reversed(turned)
    deviations = Deviations()
    assert READERS[name][0].from_xml(turned, deviations) == good
    assert {each.id for each in deviations} == {"element-order"}


@pytest.mark.parametrize(
    ("name", "old", "new", "argument"),
    [
        *((name, TOKEN, "", "JobToken") for name, (_, inside) in READERS.items() if TOKEN in inside),
        ("CreatePostScanJobRequest", "<d:UserIdentifier>S-1</d:UserIdentifier>", "", "UserIdentifier"),
        ("CreatePostScanJobRequest", "<d:PSP_Identifier>G</d:PSP_Identifier>", "", "PSP_Identifier"),
        ("CreatePostScanJobRequest", "d:PostScanInstructions>", "PostScanInstructions>", "PostScanInstructions"),
        ("CreatePostScanJobRequest", filter_xml(FSF, SHARE), "", "Filter"),
        ("SendImageRequest", "d:DocumentDescription>", "d:Description>", "DocumentDescription"),
        ("SendImageRequest", "<d:DocumentId>9</d:DocumentId>", "", "DocumentId"),
        ("SendImageRequest", ">9<", ">0<", "DocumentId"),
        ("SendImageRequest", ">9<", ">2147483648<", "DocumentId"),
        ("SendImageRequest", "<d:Format>png</d:Format>", "", "Format"),
        ("SendImageRequest", "<d:Format>png<", "<d:Format> <", "Format"),
        ("SendImageRequest", "d:ImageData>", "d:Image>", "ImageData"),
        ("SendImageRequest", "cid:i@x", "http://x/i", "ImageData"),
        ("GetPostScanJobElementsRequest", "d:RequestedElements>", "d:Requested>", "RequestedElements"),
        ("GetPostScanJobElementsRequest", "<d:Name>d:JobStatus</d:Name>", "", "Name"),
        ("GetPostScanJobElementsRequest", ">d:JobStatus<", "> <", "Name"),
        ("GetPostScanJobElementsRequest", ">d:JobStatus<", ">d:<", "Name"),
        ("GetPostScanJobElementsRequest", ">d:JobStatus<", ">d:Job Status<", "Name"),
        ("GetPostScanJobElementsRequest", ">d:JobStatus<", ">v:1<", "Name"),
        ("GetPostScanJobElementsResponse", "d:JobElements>", "d:Elements>", "JobElements"),
        ("GetPostScanJobElementsResponse", "d:Valid='true'", "d:Valid='maybe'", "ElementData/@Valid"),
        ("GetPostScanJobElementsResponse", ">Creating<", "><", "JobState"),
    ],
)
def test_what_cannot_be_understood_is_an_error_that_names_the_argument(
    name: str, old: str, new: str, argument: str
) -> None:
    # The law: [dsp/fault/invalid-args] [dsp/send-image/document-id-is-positive]
    # The law: [dsp/get-post-scan-job-elements/one-name-or-more]
    inside = READERS[name][1]
    assert old in inside
    with pytest.raises(ContentError) as caught:
        read(name, inside.replace(old, new))
    assert caught.value.argument == argument
    assert read_envelope(
        write_envelope(fault_response(None, faults.invalid_args(caught.value.argument)))
    ).message.fault == Fault(
        "Sender", QName(DSP, "InvalidArgs"), "At least one input argument is invalid.", argument
    )


# SendImage


def send_image(old: str, new: str) -> tuple[SendImageRequest, list[str]]:
    assert old in IMAGE
    found, told = read("SendImageRequest", IMAGE.replace(old, new))
    assert isinstance(found, SendImageRequest)
    return found, told


INCLUDE = IMAGE[IMAGE.index("<i:Include") : IMAGE.index("</d:ImageData>")]


def test_an_inline_image_is_read_and_told() -> None:
    # The law: [mtom/include/inline-base64-accepted]
    octets = bytes(range(256))
    text = base64.encodebytes(octets).decode()
    assert send_image(INCLUDE, text) == (
        SendImageRequest("t", 9, "png", None, octets),
        ["xop-inline SendImageRequest/ImageData"],
    )
    written = SendImageRequest("t", 9, "png", None, octets).to_xml()
    assert violations(written) == []
    assert SendImageRequest.from_xml(written, Deviations()).inline == octets


@pytest.mark.parametrize("text", ["a", "ab=c", "ä", "AAAA*", "<v:Own/>"])
def test_what_is_neither_attachment_nor_base64_is_an_error(text: str) -> None:
    with pytest.raises(ContentError, match="ImageData"):
        send_image(INCLUDE, text)


def test_an_image_must_be_somewhere() -> None:
    with pytest.raises(ValueError, match="attachment or an inline image"):
        SendImageRequest("t", 1, "png", None).to_xml()


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("image/jpeg", ["value SendImageRequest/DocumentDescription/Format"]),
        ("vendor:raw", []),
        (" png ", ["white-space SendImageRequest/DocumentDescription/Format"]),
        ("p,ng", ["value SendImageRequest/DocumentDescription/Format"]),
        ("x" * 256, ["too-long SendImageRequest/DocumentDescription/Format"]),
    ],
)
def test_formats_are_kept_and_told(format: str, expected: list[str]) -> None:
    # The law: [dsp/send-image/format-keyword] [dsp/send-image/format-extension]
    request_, told = send_image(">png<", f">{format}<")
    assert (request_.format, told) == (format.strip(), expected)


def test_a_token_in_a_request_is_read_without_white_space() -> None:
    assert send_image(">t<", "> t\n<") == (
        SendImageRequest("t", 9, "png", "i@x"),
        ["white-space SendImageRequest/JobToken"],
    )


# GetPostScanJobElements


@pytest.mark.parametrize(
    ("text", "expected", "told"),
    [
        ("d:JobStatus", QName(DSP, "JobStatus"), []),
        (" d:JobStatus\n", QName(DSP, "JobStatus"), ["white-space"]),
        ("v:Own", QName("urn:v", "Own"), []),
        # unprefixed: the default namespace, here psp
        ("JobStatus", QName(PSP, "JobStatus"), []),
        ("nowhere:JobStatus", QName(PSP, "JobStatus"), ["namespace"]),
    ],
)
def test_names_are_qnames(text: str, expected: QName, told: list[str]) -> None:
    deviations = Deviations()
    found = GetPostScanJobElementsRequest.from_xml(
        body("GetPostScanJobElementsRequest", NAMED.replace("d:JobStatus<", f"{text}<")), deviations
    )
    assert found.names == (expected,)
    assert [each.id for each in deviations] == told


def test_a_name_without_any_prefix_in_force_is_one_of_dsp() -> None:
    """The GetJobElements example prints it so [notes/c-23/get-job-elements-read]."""
    root = etree.fromstring(
        f'<d:R xmlns:d="{DSP}"><d:JobToken>t</d:JobToken><d:RequestedElements><d:Name>JobStatus</d:Name>'
        "</d:RequestedElements></d:R>"
    )
    deviations = Deviations()
    assert GetPostScanJobElementsRequest.from_xml(root, deviations).names == (QName(DSP, "JobStatus"),)
    assert [each.id for each in deviations] == ["namespace"]


def elements(old: str, new: str) -> tuple[GetPostScanJobElementsResponse, list[str]]:
    assert old in SAID
    found, told = read("GetPostScanJobElementsResponse", SAID.replace(old, new))
    assert isinstance(found, GetPostScanJobElementsResponse)
    return found, [each.partition(" ")[0] for each in told]


@pytest.mark.parametrize(
    ("old", "new", "there", "expected"),
    [
        ("d:Name=", "Name=", True, ["attribute-form"]),
        ("d:Valid=", "Valid=", True, ["attribute-form"]),
        ("d:Name='d:JobStatus' ", "", True, ["element-missing"]),
        (" d:Valid='true'", "", True, ["element-missing"]),
        ("d:Valid='true'", "d:Valid='0'", False, []),
        ("Name='d:JobStatus'", "Name='d:JobDescription'", True, ["value"]),
        ("</d:ElementData>", "<v:Own/></d:ElementData>", True, ["choice"]),
    ],
)
def test_element_data_is_read_with_tolerance(old: str, new: str, there: bool, expected: list[str]) -> None:
    # The law: [dsp/get-post-scan-job-elements/bare-attributes-read] [notes/c-09/attributes-read-in-both-forms]
    # The law: [bdsrr/3.2.4.1/one-kind-of-content] [bdsrr/3.2.4.3/one-kind-of-content]
    found, told = elements(old, new)
    assert (found.job_status == STATUS) is there
    assert told == expected


def test_an_answer_without_element_data_is_told() -> None:
    found, told = read("GetPostScanJobElementsResponse", "<d:JobElements/>")
    assert found == GetPostScanJobElementsResponse(())
    assert told == ["element-missing GetPostScanJobElementsResponse/JobElements/ElementData"]


def test_each_element_of_an_answer_is_found() -> None:
    # The law: [dsp/get-post-scan-job-elements/names]
    answer = MESSAGES[-1]
    assert isinstance(answer, GetPostScanJobElementsResponse)
    assert answer.job_status == STATUS
    assert answer.job_description is not None and answer.job_description.psp_display_name == "To Joe"
    assert answer.documents is not None and len(answer.documents.entries) == 2
    empty = GetPostScanJobElementsResponse(())
    assert (empty.job_status, empty.job_description, empty.documents) == (None, None, None)


NAME = st.tuples(
    st.sampled_from([DSP, "urn:v", "relative", "http://x/%C3%A9"]),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,8}", fullmatch=True),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAME, min_size=1, max_size=4))
def test_a_server_can_answer_any_names_that_it_was_asked_for(names: list[tuple[str, str]]) -> None:
    asked = GetPostScanJobElementsRequest("t", tuple(QName(*each) for each in names))
    body_ = etree.fromstring(etree.tostring(asked.to_xml()))
    assert GetPostScanJobElementsRequest.from_xml(body_, Deviations()) == asked
    answer = GetPostScanJobElementsResponse(tuple(ElementData(name, None) for name in asked.names))
    written = etree.fromstring(etree.tostring(answer.to_xml()))
    deviations = Deviations()
    assert GetPostScanJobElementsResponse.from_xml(written, deviations) == answer
    assert not list(deviations) and violations(written) == []


# Faults


@pytest.mark.parametrize(
    ("fault", "code", "subcode", "reason", "detail"),
    [
        (faults.invalid_args("Name"), "Sender", "InvalidArgs", "At least one input argument is invalid.", "Name"),
        (
            faults.operation_failed(),
            "Receiver",
            "OperationFailed",
            "The service cannot perform the requested operation.",
            None,
        ),
        (
            faults.temporary_error(),
            "Receiver",
            "ServerErrorTemporaryError",
            "The service had an unexpected error.",
            None,
        ),
        (
            faults.internal_error(),
            "Receiver",
            "ServerErrorInternalError",
            "The service had an unexpected error.",
            None,
        ),
        (
            faults.job_token_not_found("t"),
            "Sender",
            "ClientErrorJobTokenNotFound",
            "A PostScan job identified by the specified dsp:JobToken argument could not be found.",
            "t",
        ),
    ],
)
def test_the_faults_of_ws_dsp(fault: Fault, code: str, subcode: str, reason: str, detail: str | None) -> None:
    # The law: [bdsrr/3.1.4.1.3/operation-failed] [bdsrr/3.1.4.1.4/temporary-error]
    # The law: [bdsrr/3.1.4.1.5/internal-error] [dsp/fault/invalid-args] [dsp/fault/operation-failed]
    # The law: [dsp/fault/server-error-temporary-error] [dsp/fault/server-error-internal-error]
    # The law: [dsp/fault/client-error-job-token-not-found] [dsp/fault/no-detail-where-none-is-defined]
    # The law: [notes/c-39/reason-texts-sent] [notes/c-06/fault-example-never-sent]
    data = write_envelope(fault_response(request("urn:act", "urn:to", None), fault))
    assert f"<soap:Value>dsp:{subcode}</soap:Value>".encode() in data
    found = read_envelope(data).message.fault
    assert found is not None
    assert (found.code, found.subcode, found.reason, found.detail) == (code, QName(DSP, subcode), reason, detail)
