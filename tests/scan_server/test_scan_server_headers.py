"""What each door processes it may be asked to understand; what it does not, the fault names header by header."""

from __future__ import annotations

import asyncio
import gzip
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio
import raw_wire
from dsc_caller import DSC
from lxml import etree
from scan_server_bench import NAMESPACES, SOAP, SOAP_TYPE, WSA, Answer, envelope, office, post, token_request
from told import told

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.directory.folder import FolderDirectory
from emulator.dpws.eventing.sink import EventSink
from emulator.dsm.constants import DSP, POST_SCAN_JOB_STATUS_EVENT
from emulator.dsm.messages.events import read_event
from emulator.scan_server.server import ScanServer
from emulator.soap.xml import QName
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.observe import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN: Final = "58e4590c-01e4-4933-a247-dc497b1d6c58"
WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
WSE: Final = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSD: Final = NAMESPACES["wsd"]
WSA_2005: Final = "http://www.w3.org/2005/08/addressing"
LMS: Final = "http://schemas.microsoft.com/windows/dpws/LargeMetadataSupport/2007/08"
GET: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
ANONYMOUS: Final = f"<wsa:Address>{WSA}/role/anonymous</wsa:Address>"

MUST = f'xmlns:s="{SOAP}" s:mustUnderstand="{{0}}"'
SEQUENCE = f'<wsd:AppSequence InstanceId="1" MessageNumber="1" xmlns:wsd="{WSD}" {MUST}/>'
LARGE = f'<l:LargeMetadataSupport xmlns:l="{LMS}" {MUST}/>'
EVERYWHERE: Final = {
    "MessageID": None,
    "To": None,
    "Action": None,
    "ReplyTo": f"<wsa:ReplyTo {MUST}>{ANONYMOUS}</wsa:ReplyTo>",
    "FaultTo": f"<wsa:FaultTo {MUST}>{ANONYMOUS}</wsa:FaultTo>",
    "From": f"<wsa:From {MUST}>{ANONYMOUS}</wsa:From>",
    "RelatesTo": f'<wsa:RelatesTo RelationshipType="x:More" xmlns:x="urn:x" {MUST}>urn:uuid:1</wsa:RelatesTo>',
}
"""Of WS-Addressing; None for those that a message has anyhow."""


@dataclass(frozen=True)
class Message:
    """To which door, what, and which headers of its own it may have."""

    url: str
    action: str
    body: str
    own: tuple[str, ...] = ()

    def data(self, header: str | None, name: str, value: str) -> bytes:
        """With one header that must be understood."""
        if header is not None:
            return envelope(self.url, self.action, self.body, header.format(value))
        data = envelope(self.url, self.action, self.body)
        return data.replace(f"<wsa:{name}>".encode(), f'<wsa:{name} soap:mustUnderstand="{value}">'.encode())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def messages(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Message]]:
    """A message to each door of scan server, device and event sink."""
    folder = tmp_path_factory.mktemp("doors")
    async with AsyncExitStack() as stack:
        directory = FolderDirectory(office(folder / "office"))
        server = await stack.enter_async_context(ScanServer(store=folder / "store", directory=directory))
        device = await stack.enter_async_context(
            ScanDevice(load_profile("office-mfp"), DeviceIdentity(uuid.uuid4(), 1), spool=folder / "spool")
        )
        sink = EventSink()
        host = await stack.enter_async_context(HttpHost(sink.handle))
        exchanged: list[Exchange] = []
        client = StreamClient(layers=told(exchanged.append))
        stack.push_async_callback(client.aclose)
        await sink.subscribe(
            client, server.service_url, [POST_SCAN_JOB_STATUS_EVENT], host.base_url, read_event, timedelta(hours=1)
        )
        stack.push_async_callback(sink.aclose)
        here = etree.fromstring(exchanged[0].request_start).find(f".//{{{WSE}}}NotifyTo")
        manager = etree.fromstring(exchanged[0].response_start).find(f".//{{{WSE}}}SubscriptionManager")
        assert here is not None and manager is not None

        def identifier(of: etree._Element) -> str:
            return f'<e:Identifier xmlns:e="{WSE}" {MUST}>{of.findtext(".//{*}Identifier")}</e:Identifier>'

        sink_url, manager_url = here.findtext(".//{*}Address") or "", manager.findtext(".//{*}Address") or ""
        probe = f"<wsd:Probe xmlns:wsd='{WSD}'/>"
        status = (
            f"<dsp:PostScanJobStatusEvent><dsp:JobStatus><dsp:JobToken>{TOKEN}</dsp:JobToken><dsp:JobState>Creating"
            "</dsp:JobState><dsp:FilterStatuses><dsp:FilterStatus><dsp:Dialect>urn:x</dsp:Dialect><dsp:FilterState>"
            "Pending</dsp:FilterState></dsp:FilterStatus></dsp:FilterStatuses><dsp:ImagesReceived>0"
            "</dsp:ImagesReceived></dsp:JobStatus></dsp:PostScanJobStatusEvent>"
        )

        def scan(prefix: str, operation: str) -> str:
            return f'<p:{operation}Request xmlns:p="{prefix}"/>'

        yield {
            "server Probe": Message(server.url, f"{WSD}/Probe", probe, (SEQUENCE,)),
            "server Get": Message(server.url, GET, "", (LARGE,)),
            "WS-DSP": Message(server.service_url, f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", TOKEN)),
            "WS-DSC": Message(server.configuration_url, f"{DSC}/GetActiveJobs", scan(DSC, "GetActiveJobs")),
            "Renew": Message(manager_url, f"{WSE}/Renew", f"<e:Renew xmlns:e='{WSE}'/>", (identifier(manager),)),
            "GetStatus": Message(
                manager_url, f"{WSE}/GetStatus", f"<e:GetStatus xmlns:e='{WSE}'/>", (identifier(manager),)
            ),
            "GetStatus at the service": Message(
                server.service_url, f"{WSE}/GetStatus", f"<e:GetStatus xmlns:e='{WSE}'/>", (identifier(manager),)
            ),
            "device Probe": Message(device.base_url + device.path, f"{WSD}/Probe", probe, (SEQUENCE,)),
            "device Get": Message(device.base_url + device.path, GET, "", (LARGE,)),
            "WS-Scan": Message(device.scan_service_url, f"{WSCN}/GetActiveJobs", scan(WSCN, "GetActiveJobs")),
            "WS-DSD": Message(device.device_service_url, f"{WSCN}/GetActiveJobs", scan(WSCN, "GetActiveJobs")),
            "event": Message(sink_url, POST_SCAN_JOB_STATUS_EVENT, status, (identifier(here),)),
            "Unsubscribe": Message(
                manager_url, f"{WSE}/Unsubscribe", f"<e:Unsubscribe xmlns:e='{WSE}'/>", (identifier(manager),)
            ),
        }


DOORS: Final = (
    "server Probe",
    "server Get",
    "WS-DSP",
    "WS-DSC",
    "Renew",
    "GetStatus",
    "GetStatus at the service",
    "device Probe",
    "device Get",
    "WS-Scan",
    "WS-DSD",
    "event",
)


async def ask(url: str, data: bytes) -> Answer:
    return await asyncio.to_thread(post, url, data)


@pytest.mark.parametrize("value", ["1", "true"])
@pytest.mark.parametrize("door", DOORS)
async def test_what_is_processed_is_understood(messages: dict[str, Message], door: str, value: str) -> None:
    """WS-Addressing everywhere; the identifiers, AppSequence and the rest where they belong.
    [habits/strict/must-understand-to-and-action]"""
    message = messages[door]
    for name, header in EVERYWHERE.items():
        answer = await ask(message.url, message.data(header, name, value))
        assert answer.status in (200, 202, 400) and b"MustUnderstand" not in answer.data, (name, answer.data)
    for own in message.own:
        answer = await ask(message.url, message.data(own, "", value))
        assert answer.status in (200, 202), answer.data


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_understood_is_named_header_by_header(messages: dict[str, Message], door: str) -> None:
    """SOAP 1.2 part 1, 5.4.8: a NotUnderstood for each, whose qname resolves where it stands; and the fault relates
    to the message. [soap/fault/must-understand]"""
    blocks = [
        (QName("urn:v", "Security"), f'<v:Security xmlns:v="urn:v" {MUST}/>'),
        (QName("urn:w", "Session"), f'<v:Session xmlns:v="urn:w" {MUST}/>'),
        (QName(WSA, "Unknown"), f"<wsa:Unknown {MUST}/>"),
        (QName(WSA_2005, "To"), f'<b:To xmlns:b="{WSA_2005}" {MUST}>urn:x</b:To>'),
        (QName("urn:v", "Security"), f'<v:Security xmlns:v="urn:v" {MUST}>again</v:Security>'),
    ]
    message = messages[door]
    data = message.data("".join(block for _, block in blocks), "", "1")
    answer = await ask(message.url, data)
    assert (answer.status, *answer.fault[:2]) == (500, "MustUnderstand", ""), answer.data
    told = []
    for block in answer.root.iterfind(f"{{{SOAP}}}Header/{{{SOAP}}}NotUnderstood"):
        prefix, _, local = block.get("qname").rpartition(":")
        told.append(QName(block.nsmap[prefix], local))
    assert told == list(dict.fromkeys(name for name, _ in blocks))
    asked = etree.fromstring(data).findtext(f".//{{{WSA}}}MessageID")
    assert answer.text("//wsa:RelatesTo") == asked


async def test_headers_for_others_are_none_of_our_business(messages: dict[str, Message]) -> None:
    for role in (f"{SOAP}/role/none", "urn:some-proxy"):
        block = f'<v:S xmlns:v="urn:v" xmlns:s="{SOAP}" s:mustUnderstand="1" s:role="{role}"/>'
        answer = await ask(messages["WS-DSC"].url, messages["WS-DSC"].data(block, "", "1"))
        assert answer.status == 200


SOAP_1_1: Final = "http://schemas.xmlsoap.org/soap/envelope/"


@pytest.mark.parametrize("door", DOORS)
async def test_every_door_names_what_it_does_not_speak(messages: dict[str, Message], door: str) -> None:
    """Other versions of SOAP and of WS-Addressing, encodings, codings."""
    message = messages[door]
    text = message.data("", "", "1").decode()
    answer = await ask(message.url, text.replace(SOAP, SOAP_1_1).encode())
    assert answer.status == 500 and answer.root.tag == f"{{{SOAP_1_1}}}Envelope"
    assert b"VersionMismatch" in answer.data and answer.root.find(f".//{{{SOAP}}}Upgrade") is not None
    answer = await ask(message.url, text.replace(SOAP, "urn:soap").encode())
    assert (answer.status, answer.fault[0]) == (500, "VersionMismatch")
    assert answer.root.find(f".//{{{SOAP}}}Upgrade") is not None
    answer = await ask(message.url, text.encode("utf-16-le"))
    assert answer.status == 415 and "UTF-16 without a byte order mark" in answer.fault[2]
    if "Probe" not in door and "Get" not in door.split():
        answer = await ask(message.url, text.replace(WSA, WSA_2005).encode())
        assert answer.fault[:2] == ("Sender", "MessageInformationHeaderRequired") and WSA_2005 in answer.fault[2]
    data = gzip.compress(text.encode())
    length = ("Content-Length", str(len(data)))
    headers = (("Content-Type", SOAP_TYPE), ("Content-Encoding", "gzip"), length)
    answer = await raw_wire.ask(message.url, [raw_wire.head(message.url, *headers), data])
    assert answer.status == 415 and b"gzip" in answer.data and answer.headers["accept-encoding"] == "identity"


async def test_the_identifier_in_unsubscribe_is_understood(messages: dict[str, Message]) -> None:
    """The last test of this file: the subscription ends by it."""
    message = messages["Unsubscribe"]
    answer = await ask(message.url, message.data(message.own[0], "", "1"))
    assert answer.status == 200 and answer.text("//wsa:Action") == f"{WSE}/UnsubscribeResponse"
