"""Scan processes and messages of anybody: read, or refused in one line, and never slow."""

from __future__ import annotations

import copy
import time

import pytest
from dsm_values import (
    DSP,
    EMLF,
    FSF,
    MAIL,
    PREFIXES,
    SHARE,
    SITE,
    SPF,
    filter_xml,
    instructions_xml,
    scan_process_xml,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dsm.instructions_check import differences_not_allowed
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.messages.end import EndPostScanJobRequest
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.dsm.scan_process_check import problems
from emulator.dsm.scan_process_xml import ScanProcessError, read_scan_process, write_scan_process
from emulator.soap.constants import MAX_NAMESPACES, MAX_REQUESTED_NAMES
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.reading import ContentError, TooManyElements
from emulator.soap.xml import XmlRefused, parse_xml

quick = settings(max_examples=200, deadline=None)

FLAG = "<x:AllowDeviceFileNameChange>true</x:AllowDeviceFileNameChange>"
GOOD = scan_process_xml(
    "<ContinueOnError>true</ContinueOnError>"
    + instructions_xml(
        filter_xml(FSF, SHARE)
        + filter_xml(SPF, SITE, "<v:Own>v:T</v:Own>")
        + filter_xml(EMLF, MAIL.format(' e:CanAddAddresses="true"'))
        + filter_xml("urn:burner", '<v:Burn t="x:y"/>'),
        FLAG,
    ),
    FLAG,
)
WORDS = sorted({word for word in GOOD.decode().replace(">", "> ").replace("<", " <").split() if word})
PIECES = [
    *WORDS,
    *("<!--", "-->", "<![CDATA[", "]]>", "<?p q?>", "&#x7f;", "&amp;", "<", ">", "</", '"', "\n", "", "0", "true"),
    *('xmlns=""', 'xmlns:v="relative"', 'xmlns:f="urn:f"', "<v:Own>", "</v:Own>", "<n/>", "x" * 300, "99999999999"),
]


@st.composite
def mutations(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document of which up to five words are replaced, doubled, swapped or cut in two."""
    octets = good
    for _ in range(draw(st.integers(1, 5))):
        old = draw(st.sampled_from(WORDS)).encode()
        new = draw(st.sampled_from(PIECES).map(str.encode) | st.binary(max_size=4) | st.just(old * 2))
        if draw(st.booleans()):
            octets = octets.replace(old, new, draw(st.integers(1, 3)))
        else:
            at = draw(st.integers(0, len(octets)))
            octets = octets[:at] + new + octets[at + draw(st.integers(0, 30)) :]
    return octets


TEXTS = st.sampled_from(
    [
        "",
        " ",
        "true",
        "1",
        "maybe",
        "0",
        "-1",
        "x" * 300,
        "a\nb",
        "v:T",
        "::",
        "no:T",
        EMLF,
        FSF,
        SPF,
        "urn:burner",
        "é",
    ]
)


@st.composite
def rearrangements(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document whose elements are cut, doubled, moved, renamed or given other values: well-formed."""
    root = etree.fromstring(good)
    for _ in range(draw(st.integers(1, 4))):
        elements = list(root.iterdescendants())
        if not elements:
            break
        element, other = (elements[draw(st.integers(0, len(elements) - 1))] for _ in range(2))
        parent = element.getparent()
        assert parent is not None
        match draw(st.integers(0, 7)):
            case 0:
                parent.remove(element)
            case 1:
                parent.insert(0, copy.deepcopy(element))
            case 2:
                parent.append(element)
            case 3:
                other.append(copy.deepcopy(element))
            case 4:
                element.tag = draw(st.sampled_from([str(other.tag), "{urn:v}Own", "None", "{relative}Own"]))
            case 5:
                element.text = draw(TEXTS)
            case 6:
                element.tail = draw(TEXTS)
            case _:
                name = draw(st.sampled_from([f"{{{EMLF}}}CanAddAddresses", "CanAddAddresses", "{urn:v}a", "Name"]))
                element.set(name, draw(TEXTS))
    return etree.tostring(root)


@quick
@given(st.binary(max_size=200) | mutations(GOOD) | rearrangements(GOOD) | rearrangements(GOOD))
@example(GOOD)
@example(scan_process_xml(behind='<r:a xmlns:r="relative"/>'))
@example(GOOD.replace(b"Scan<", b"Sc\x00n<"))
def test_any_bytes_are_a_scan_process_or_refused_in_one_line(data: bytes) -> None:
    found = problems(data)
    assert all(each and "\n" not in each for each in found)
    try:
        process, deviations = read_scan_process(data)
    except ScanProcessError as error:
        assert found == [str(error)]
        return
    assert all("\n" not in str(each) for each in deviations)
    # What could be read can be written, with the same meaning. Of what was wrong only values stay, and a list of
    # nothing but vendor elements.
    again, told = read_scan_process(write_scan_process(process))
    assert [each.id for each in told if each.id not in ("too-long", "value", "element-missing")] == []
    assert again.instructions.document_root_name == process.instructions.document_root_name
    assert (again.allow_file_name_change, again.allow_file_path_change) == (
        process.allow_file_name_change,
        process.allow_file_path_change,
    )
    assert differences_not_allowed(process, process.instructions) == []
    assert differences_not_allowed(process, again.instructions) == []


TOKEN = "<d:JobToken>t</d:JobToken>"
MESSAGES = {
    CreatePostScanJobRequest: "<d:UserIdentifier>S</d:UserIdentifier><d:PSP_Identifier>G</d:PSP_Identifier>"
    f"<d:PostScanInstructions>{instructions_xml(filter_xml(EMLF, MAIL.format('')))}</d:PostScanInstructions>",
    SendImageRequest: f"{TOKEN}<d:DocumentDescription><d:DocumentId>9</d:DocumentId><d:Format>png</d:Format>"
    '</d:DocumentDescription><d:ImageData><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" '
    'href="cid:i@x"/></d:ImageData>',
    EndPostScanJobRequest: TOKEN,
    GetPostScanJobElementsRequest: f"{TOKEN}<d:RequestedElements><d:Name>d:JobStatus</d:Name>"
    "</d:RequestedElements>",
    GetPostScanJobElementsResponse: '<d:JobElements><d:ElementData d:Name="d:JobStatus" d:Valid="true">'
    f"<d:JobStatus>{TOKEN}<d:JobState>Creating</d:JobState><d:FilterStatuses><d:FilterStatus><d:Dialect>urn:f</d:Dialect>"
    "<d:FilterState>Pending</d:FilterState></d:FilterStatus></d:FilterStatuses><d:ImagesReceived>1</d:ImagesReceived>"
    "</d:JobStatus></d:ElementData></d:JobElements>",
}
NAMESPACES = (f'xmlns:d="{DSP}" {PREFIXES}').encode()


@quick
@given(st.data(), st.sampled_from(list(MESSAGES)))
def test_any_message_is_read_or_its_argument_named(
    data: st.DataObject, message: type[CreatePostScanJobRequest]
) -> None:
    """CreatePostScanJobRequest stands for the type of all of them."""
    good = b"<d:Request %s>%s</d:Request>" % (NAMESPACES, MESSAGES[message].encode())
    message.from_xml(parse_xml(good), Deviations())
    try:
        body = parse_xml(data.draw(mutations(good) | rearrangements(good)))
    except XmlRefused:
        return
    try:
        found = message.from_xml(body, Deviations())
    except ContentError as error:
        assert error.argument and error.problem
        return
    if not (isinstance(found, SendImageRequest) and found.content_id is None and found.inline is None):
        etree.tostring(found.to_xml())


def limit(seconds: float, started: float) -> None:
    assert time.process_time() - started < seconds


@pytest.mark.parametrize(
    "data",
    [
        scan_process_xml(instructions_xml("".join(filter_xml(FSF, SHARE) for _ in range(3000)))),
        scan_process_xml(instructions_xml(behind="<v:Own/>" * 20_000)),
        scan_process_xml(instructions_xml(behind="<v:Own/><New/>" * 20_000)),
        scan_process_xml(instructions_xml().replace("<f:ShareUNC>", "<f:ShareUNC/>" * 20_000 + "<f:ShareUNC>")),
        scan_process_xml(
            instructions_xml(filter_xml("urn:burner", "<v:Burn>" + "<v:In>v:T</v:In>" * 20_000 + "</v:Burn>"))
        ).replace(
            b" xmlns:v=", b"".join(b' xmlns:p%d="urn:p"' % n for n in range(MAX_NAMESPACES - 8)) + b" xmlns:v="
        ),
        scan_process_xml(behind="<v:Own>" + ":" * 500_000 + "</v:Own>"),
        scan_process_xml(instructions_xml().replace("scans<", "\\a" * 200_000 + "/<")),
        scan_process_xml(instructions_xml().replace(">Scan<", f">{' ' * 500_000}<")),
    ],
    ids=["filters", "vendor elements", "mixed", "shares", "prefixes", "colons", "a long path", "white space"],
)
def test_a_large_scan_process_takes_linear_time(data: bytes) -> None:
    started = time.process_time()
    process, deviations = read_scan_process(data)
    write_scan_process(process)
    problems(data)
    limit(20, started)  # of CPU; what is quadratic takes minutes
    assert len(deviations) <= 1000


def test_a_request_for_many_names_takes_linear_time() -> None:
    prefixes = "".join(f' xmlns:p{n}="urn:p{n}"' for n in range(MAX_NAMESPACES - 8))

    def ask(count: int) -> GetPostScanJobElementsRequest:
        names = "".join(f"<d:Name>p{n % 200}:N{n}</d:Name>" for n in range(count))
        body = f"{TOKEN}<d:RequestedElements>{names}</d:RequestedElements>"
        root = parse_xml(f'<d:R xmlns:d="{DSP}"{prefixes}>{body}</d:R>'.encode())
        return GetPostScanJobElementsRequest.from_xml(root, Deviations())

    started = time.process_time()
    with pytest.raises(TooManyElements, match=f"more than {MAX_REQUESTED_NAMES} names"):
        ask(5000)
    asked = ask(MAX_REQUESTED_NAMES)
    answer = GetPostScanJobElementsResponse(tuple(ElementData(name, None) for name in asked.names))
    assert len(answer.to_xml()[0]) == MAX_REQUESTED_NAMES
    limit(2, started)  # of CPU
