"""`--strict`: each deviation that a message can have is refused with the most specific fault, over the wire, at the
doors where it can occur."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio
from dsc_caller import DSC
from lxml import etree
from scan_server_bench import (
    PACKAGE_TYPE,
    PSP,
    PSP_ID,
    SOAP_TYPE,
    WSA,
    Answer,
    envelope,
    file_share,
    image_request,
    instructions,
    office,
    package,
    post,
    token_request,
)
from told import told

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.directory.folder import FolderDirectory
from emulator.dpws.eventing.sink import EventSink
from emulator.dpws.refusals import REFUSALS, Refusal
from emulator.dsm.constants import DSP, POST_SCAN_JOB_STATUS_EVENT
from emulator.dsm.messages.events import read_event
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.soap.deviations import CLAUSES
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.observe import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN: Final = "58e4590c-01e4-4933-a247-dc497b1d6c58"
WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
WSE: Final = "http://schemas.xmlsoap.org/ws/2004/08/eventing"

ARGS = (400, "Sender", "InvalidArgs")
MESSAGE = (400, "Sender", "")
REQUIRED = (400, "Sender", "MessageInformationHeaderRequired")
INVALID = (400, "Sender", "InvalidMessageInformationHeader")
MEDIA = (415, "Sender", "")
FILTER = (400, "Sender", "FilteringRequestedUnavailable")


@dataclass(frozen=True)
class Doors:
    """Addresses of all that listens, each strict."""

    server: str
    configuration: str
    device: str
    sink: str
    identifier: str
    """That the sink gave NotifyTo."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    folder = tmp_path_factory.mktemp("strict")
    async with AsyncExitStack() as stack:
        directory = FolderDirectory(office(folder / "office"))
        server = await stack.enter_async_context(
            ScanServer(store=folder / "store", directory=directory, layers=Layers(strict=True))
        )
        device = await stack.enter_async_context(
            ScanDevice(
                load_profile("office-mfp"),
                DeviceIdentity(uuid.uuid4(), 1),
                spool=folder / "spool",
                layers=Layers(strict=True),
            )
        )
        sink = EventSink(layers=Layers(strict=True))
        host = await stack.enter_async_context(HttpHost(sink.handle))
        subscribed_by: list[Exchange] = []
        client = StreamClient(layers=told(subscribed_by.append))
        stack.push_async_callback(client.aclose)
        await sink.subscribe(
            client,
            server.service_url,
            [POST_SCAN_JOB_STATUS_EVENT],
            host.base_url,
            read_event,
            timedelta(hours=1),
        )
        stack.push_async_callback(sink.aclose)
        notify_to = etree.fromstring(subscribed_by[0].request_start).find(f".//{{{WSE}}}NotifyTo")
        address, identifier = (notify_to.find(f".//{{*}}{name}").text for name in ("Address", "Identifier"))
        yield Doors(server.service_url, server.configuration_url, device.scan_service_url, address, identifier)


Request = tuple[str, bytes, str]
"""URL, body, Content-Type."""
Make = Callable[[Doors], Request]


def plain(old: str = "", new: str = "", content_type: str = SOAP_TYPE, encoding: str = "utf-8") -> Make:
    """EndPostScanJob of a job that is not there, with one change."""

    def make(doors: Doors) -> Request:
        text = envelope(doors.server, f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", TOKEN)).decode()
        assert not old or old in text
        return doors.server, text.replace(old, new, 1).encode(encoding), content_type

    return make


def header(block: str) -> Make:
    """The same with one more header."""
    return plain("</soap:Header>", f"{block}</soap:Header>")


def to_without(name: str) -> Make:
    """The same without a header."""

    def make(doors: Doors) -> Request:
        url, body, content_type = plain()(doors)
        start, end = body.index(f"<wsa:{name}>".encode()), body.index(f"</wsa:{name}>".encode())
        return url, body[:start] + body[end + len(f"</wsa:{name}>") :], content_type

    return make


def packaged(old: bytes = b"", new: bytes = b"", content_type: str = PACKAGE_TYPE) -> Make:
    """SendImage to a job that is not there, with one change in the package."""

    def make(doors: Doors) -> Request:
        body = package(envelope(doors.server, f"{DSP}/SendImage", image_request(TOKEN)))
        assert not old or old in body
        return doors.server, body.replace(old, new), content_type

    return make


def inline(doors: Doors) -> Request:
    text = envelope(doors.server, f"{DSP}/SendImage", image_request(TOKEN)).decode()
    start, end = text.index("<xop:Include"), text.index("</dsp:ImageData>")
    return doors.server, (text[:start] + "QUJD" + text[end:]).encode(), SOAP_TYPE


def misprinted(doors: Doors) -> Request:
    body = f'<c:GetJobsHistoryRequest xmlns:c="{DSC}"/>'
    return doors.configuration, envelope(doors.configuration, f"{DSC}/GetJobHistory", body), SOAP_TYPE


def ticket(parameters: str = "", sides: str = "<w:MediaSides><w:MediaFront/></w:MediaSides>") -> Make:
    """ValidateScanTicket at the device."""

    def make(doors: Doors) -> Request:
        body = (
            f'<w:ValidateScanTicketRequest xmlns:w="{WSCN}"><w:ScanTicket><w:JobDescription>'
            "<w:JobName>n</w:JobName><w:JobOriginatingUserName>u</w:JobOriginatingUserName></w:JobDescription><w:DocumentParameters>"
            f"{parameters}{sides}</w:DocumentParameters></w:ScanTicket></w:ValidateScanTicketRequest>"
        )
        return doors.device, envelope(doors.device, f"{WSCN}/ValidateScanTicket", body), SOAP_TYPE

    return make


def without_shares(doors: Doors) -> Request:
    """CreatePostScanJob with a filter that saves nowhere."""
    body = (
        "<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>S-1-5-21-1-2-3-1001</dsp:UserIdentifier>"
        f'<dsp:PSP_Identifier>{PSP_ID}</dsp:PSP_Identifier><dsp:PostScanInstructions xmlns:psp="{PSP}">'
        f"{instructions(file_share())}</dsp:PostScanInstructions></dsp:CreatePostScanJobRequest>"
    )
    return doors.server, envelope(doors.server, f"{DSP}/CreatePostScanJob", body), SOAP_TYPE


def of_2006_01(doors: Doors) -> Request:
    url, body, content_type = ticket()(doors)
    return url, body.replace(b"2006/08", b"2006/01"), content_type


def subscribed(doors: Doors) -> Request:
    body = (
        f'<e:Subscribe xmlns:e="{WSE}"><e:Delivery><e:NotifyTo><wsa:Address>http://127.0.0.1:9/x</wsa:Address>'
        f"</e:NotifyTo></e:Delivery><e:Filter>{POST_SCAN_JOB_STATUS_EVENT}</e:Filter></e:Subscribe>"
    )
    return doors.server, envelope(doors.server, f"{WSE}/Subscribe", body), SOAP_TYPE


STATUS = (
    f"<dsp:PostScanJobStatusEvent><dsp:JobStatus><dsp:JobToken>{TOKEN}</dsp:JobToken><dsp:JobState>Creating"
    "</dsp:JobState><dsp:FilterStatuses><dsp:FilterStatus><dsp:Dialect>urn:x</dsp:Dialect><dsp:FilterState>Pending"
    "</dsp:FilterState></dsp:FilterStatus></dsp:FilterStatuses><dsp:ImagesReceived>0</dsp:ImagesReceived>"
    "</dsp:JobStatus></dsp:PostScanJobStatusEvent>"
)


def event(doors: Doors, action: str = "") -> Request:
    """An event under an action; without one, rightly named, but without the identifier that NotifyTo has."""
    identifier = f'<e:Identifier xmlns:e="{WSE}">{doors.identifier}</e:Identifier>' if action else ""
    return doors.sink, envelope(doors.sink, action or POST_SCAN_JOB_STATUS_EVENT, STATUS, identifier), SOAP_TYPE


def header_last(doors: Doors) -> Request:
    """The Header behind the Body."""
    url, body, content_type = plain()(doors)
    start, end = body.index(b"<soap:Header>"), body.index(b"<soap:Body>")
    closing = b"</soap:Envelope>"
    return url, body[:start] + body[end:].removesuffix(closing) + body[start:end] + closing, content_type


ROOT = "\r\nContent-Type: application/xop+xml"
CASES: Final[list[tuple[str, Make, tuple[int, str, str], str]]] = [
    # id, message, what answers it, what the detail names
    ("encoding", plain(encoding="utf-16"), MEDIA, "UTF-16"),
    ("encoding", plain('encoding="utf-8"', 'encoding="windows-1252"'), MEDIA, "WINDOWS-1252"),
    ("processing-instruction", plain("<soap:Body>", "<?x y?><soap:Body>"), MESSAGE, "processing-instruction"),
    ("text-between-elements", plain("<soap:Body>", "hello<soap:Body>"), MESSAGE, "hello"),
    ("text-between-elements", plain("<dsp:JobToken>", "hello<dsp:JobToken>"), ARGS, "hello"),
    ("address-white-space", plain("<wsa:To>", "<wsa:To> "), INVALID, "To"),
    ("message-id-missing", to_without("MessageID"), REQUIRED, "MessageID"),
    ("message-id-form", plain("urn:uuid:", "uuid:"), INVALID, "MessageID"),
    ("to-missing", to_without("To"), REQUIRED, "To"),
    (
        "reply-to",
        header("<wsa:ReplyTo><wsa:Address>http://x.example/</wsa:Address></wsa:ReplyTo>"),
        INVALID,
        "ReplyTo",
    ),
    (
        "fault-to",
        header("<wsa:FaultTo><wsa:Address>http://x.example/</wsa:Address></wsa:FaultTo>"),
        INVALID,
        "FaultTo",
    ),
    ("body-children", plain("</soap:Body>", "<dsp:More/></soap:Body>"), ARGS, "body-children"),
    ("schema", ticket(sides='<w:MediaSides w:MustHonor="true"><w:MediaFront/></w:MediaSides>'), ARGS, "MustHonor"),
    ("white-space", plain(TOKEN, f" {TOKEN}\n"), ARGS, "JobToken"),
    ("element-order", ticket("<w:InputSource>ADF</w:InputSource><w:Format>png</w:Format>"), ARGS, "Format"),
    ("element-order", header_last, MESSAGE, "Header"),
    ("element-missing", header(f"<wsa:ReplyTo>{WSA}/role/anonymous</wsa:ReplyTo>"), INVALID, "ReplyTo"),
    ("element-missing", without_shares, ARGS, "ShareUNC"),
    (
        "range",
        ticket(
            "<w:Scaling><w:ScalingWidth>5000</w:ScalingWidth><w:ScalingHeight>100</w:ScalingHeight></w:Scaling>"
        ),
        ARGS,
        "5000",
    ),
    ("element-unknown", plain("</dsp:JobToken>", "</dsp:JobToken><dsp:More/>"), ARGS, "More"),
    ("element-unknown", plain("</soap:Body>", "</soap:Body><soap:More/>"), MESSAGE, "More"),
    ("element-doubled", plain("</soap:Header>", "</soap:Header><soap:Header/>"), MESSAGE, "Header"),
    (
        "element-doubled",
        plain("</dsp:JobToken>", f"</dsp:JobToken><dsp:JobToken>{TOKEN}</dsp:JobToken>"),
        ARGS,
        "JobToken",
    ),
    ("namespace", of_2006_01, ARGS, "2006/01"),
    ("value", ticket("<w:ContentType>Sketch</w:ContentType>"), ARGS, "Sketch"),
    ("too-long", plain(TOKEN, "1" * 300), ARGS, "JobToken"),
    ("attribute-form", ticket('<w:Format MustHonor="true">png</w:Format>'), ARGS, "MustHonor"),
    (
        "choice",
        ticket(
            "<w:Exposure><w:AutoExposure>true</w:AutoExposure><w:ExposureSettings><w:Contrast>0</w:Contrast>"
            "</w:ExposureSettings></w:Exposure>"
        ),
        ARGS,
        "Exposure",
    ),
    ("spelling", misprinted, ARGS, "GetJobsHistoryRequest"),
    ("mime-parameter", packaged(content_type=PACKAGE_TYPE.replace("; boundary", " boundary")), MESSAGE, "boundary"),
    (
        "mime-start-info",
        packaged(content_type=PACKAGE_TYPE.replace("start-info", "startinfo")),
        MESSAGE,
        "startinfo",
    ),
    ("mime-start", packaged(content_type=PACKAGE_TYPE.replace("root@x", "other@x")), MESSAGE, "other@x"),
    (
        "mime-type",
        packaged(content_type=PACKAGE_TYPE.replace("application/xop+xml", "text/xml")),
        MEDIA,
        "text/xml",
    ),
    ("mime-root", packaged(b"Content-Type: application/xop+xml", b"Content-Type: text/xml"), MESSAGE, "text/xml"),
    (
        "mime-line-end",
        packaged(b"binary\r\nContent-ID: <image@x>", b"binary\nContent-ID: <image@x>"),
        MESSAGE,
        "LF",
    ),
    ("mime-content-id", packaged(b"<image@x>", b"<image@x >"), MESSAGE, "image@x "),
    (
        "mime-header",
        packaged(b"Content-Type: image/jpeg", b"Content-Type: image/jpeg\r\nnothing"),
        MESSAGE,
        "nothing",
    ),
    (
        "mime-encoding",
        packaged(b"Content-Transfer-Encoding: binary", b"Content-Transfer-Encoding: x"),
        MESSAGE,
        ": x",
    ),
    (
        "mime-preamble",
        packaged(b"--b1\r\nContent-Type: app", b"hello\r\n--b1\r\nContent-Type: app"),
        MESSAGE,
        "before",
    ),
    ("xop-include", packaged(b'href="cid:image@x"', b'href=" cid:image@x"'), ARGS, "xop-include"),
    ("xop-inline", inline, ARGS, "ImageData"),
    ("filter-dialect", subscribed, FILTER, "devprof/Action"),
    ("reference-parameters", event, MESSAGE, "reference-parameters"),
    ("http-content-type", plain(content_type="text/xml; charset=utf-8"), MEDIA, "text/xml"),
    ("http-content-type", plain(content_type=""), MEDIA, "missing"),
    ("http-content-type", plain(content_type="text/html"), MEDIA, "text/html"),
    ("http-action", plain(content_type=f'{SOAP_TYPE}; action="{DSP}/SendImage"'), INVALID, "Action"),
    ("http-action", packaged(content_type=f'{PACKAGE_TYPE}; action="urn:other"'), INVALID, "urn:other"),
    (
        "http-action",
        packaged(content_type=PACKAGE_TYPE.replace('soap+xml"', 'soap+xml; action=\\"urn:other\\""')),
        INVALID,
        "urn:other",
    ),
    (
        "http-action",
        packaged(b'type="application/soap+xml"', b'type="application/soap+xml; action=\\"urn:other\\""'),
        INVALID,
        "urn:other",
    ),
    ("http-charset", plain(content_type="application/soap+xml; charset=utf-16"), MEDIA, "utf-16"),
    ("http-charset", plain(content_type="application/soap+xml; charset=klingon"), MEDIA, "klingon"),
    ("http-charset", packaged(b"charset=UTF-8", b"charset=utf-16"), MEDIA, "utf-16"),
]
NOT_HERE: Final = {
    "empty": "an empty keyword is no valid argument of a request in either mode",
    "event-action": "needs the identifier that the sink gave: a test of its own",
    **{id: "of answers" for id, refusal in REFUSALS.items() if refusal is Refusal.OF_ANSWERS},
}


async def test_every_deviation_has_a_refusal_and_every_refusal_a_message() -> None:
    assert set(REFUSALS) == set(CLAUSES)
    assert {id for id, *_ in CASES} | set(NOT_HERE) == set(CLAUSES)
    assert not {id for id, *_ in CASES} & set(NOT_HERE)


@pytest.mark.parametrize(
    ("id", "make", "expected", "named"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)]
)
async def test_strict_answers_with_the_most_specific_fault(
    doors: Doors, id: str, make: Make, expected: tuple[int, str, str], named: str
) -> None:
    # The law: [dsp/fault/most-specific] [bdsrr/3.1.4.1.4/more-specific-error]
    # The law: [addressing/fault/message-information-header-required]
    # The law: [addressing/fault/invalid-message-information-header] [addressing/reply-to/elsewhere-refused]
    # The law: [soap/http/wrong-type-415]
    url, body, content_type = make(doors)
    answer: Answer = await asyncio.to_thread(post, url, body, content_type)
    code, subcode, detail = answer.fault
    assert (answer.status, code, subcode) == expected, answer.data
    assert named in detail, detail
    assert id in detail or expected == FILTER, detail
    assert answer.text("//wsa:Action").endswith("/fault")


async def test_an_event_under_another_action_is_refused_by_its_header(doors: Doors) -> None:
    url, body, content_type = event(doors, action=f"{DSP}/PostScanJobOddEvent")
    answer = await asyncio.to_thread(post, url, body, content_type)
    assert (answer.status, *answer.fault[:2]) == INVALID
    assert answer.fault[2].startswith("Action: strict: event-action")
    url, body, content_type = event(doors, action=POST_SCAN_JOB_STATUS_EVENT)
    assert (await asyncio.to_thread(post, url, body, content_type)).status == 202
