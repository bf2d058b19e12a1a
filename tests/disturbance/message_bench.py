"""Peers that meet altered messages: what they say, in a few words. Ours stand in a loop of their own; what sends is
the client or the device with a fault plan, what receives is of another make: gSOAP's server, zeep, http.server,
http.client, e-mail's and expat's readers."""

from __future__ import annotations

import contextlib
import email
import email.policy
import http.server
import json
import re
import select
import socket
import threading
import xml.parsers.expat
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hand_made
import zeep
from lxml import etree
from scan_server_bench import PSP_ID, SID, file_share, instructions, office
from scan_service_bench import SOAP_TYPE, WSCN, device, ticket
from scan_service_bench import envelope as scan_envelope
from test_device_zeep import Addressing
from zeep.transports import Transport
from zeep_device import ZeepDevice

from emulator.directory.folder import FolderDirectory
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.dpws.answer import Answer, CallResult
from emulator.dpws.call import Attached
from emulator.dpws.soap_caller import SoapCaller, SoapRequest
from emulator.dsm.constants import DSP
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.faults.alteration import Alteration, Role
from emulator.faults.plan import FaultPlan, read_plan
from emulator.lab.loop_thread import LoopThread
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.soap.deviations import CLAUSES, Deviations
from emulator.soap.envelope import Message, request
from emulator.soap.reading import ContentError
from emulator.transport.body import FileSegment
from emulator.transport.client import StreamClient
from emulator.transport.http import ExchangeError, TimeLimits
from emulator.wsscan.messages.elements import GetScannerElementsResponse

NAME = "Rechnung für Ärger"
SHARE = r"\\files\In"
IMAGE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
"""What a scan server takes for a JPEG: it looks at the first octets alone."""
LIMITS = TimeLimits(connect=10, read=10)
IMPATIENT = TimeLimits(connect=10, read=1)
"""For a peer that waits for what never comes."""
_CLAUSE = re.compile(r"\[([a-z0-9./-]+/[a-z0-9./-]+)\]")


def plan_of(alteration: Alteration, operation: str, parameters: dict[str, Any]) -> bytes:
    """The plan that does it at every message of an operation."""
    lines = [
        "[[fault]]",
        f"name = {json.dumps(alteration.name)}",
        f'at = "{alteration.at}"',
        f'operation = "{operation}"',
        f'do = "{alteration.name}"',
        *(f"{name} = {json.dumps(value)}" for name, value in parameters.items()),
    ]
    return "\n".join(lines).encode()


@dataclass
class Received:
    """What http.server received: octets that nobody of ours has read."""

    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> EmailMessage:
        """The package, by Python's e-mail reader."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        return email.message_from_bytes(head + self.body, policy=email.policy.HTTP)  # type: ignore[return-value]

    @property
    def parts(self) -> list[EmailMessage]:
        """Its parts."""
        message = self.message
        return list(message.iter_parts()) if message.is_multipart() else []  # type: ignore[arg-type]

    @property
    def root(self) -> etree._Element:
        """The envelope, by lxml."""
        return etree.fromstring(self.body)

    @property
    def expat(self) -> str:
        """What expat says of the envelope: '' where it reads it."""
        return expat(self.body)


def expat(data: bytes) -> str:
    """What expat says of a document: '' where it reads it."""
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        return xml.parsers.expat.ErrorString(error.code)
    return ""


class RawServer:
    """Python's http.server, which keeps what comes."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        bench = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bench.received.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
                surplus, _, _ = select.select([self.connection], [], [], 0)
                assert not surplus, "there is more than Content-Length says"
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/ScanServer"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@dataclass
class Said:
    """What a peer answered, in words."""

    status: int
    words: str
    """Code, reason and detail of a fault; the name of the element in the Body of what is none; '' of what is no
    envelope."""
    body: bytes = field(default=b"", repr=False)

    @property
    def clause(self) -> str:
        """The clause that it names; '' where it names none."""
        found = _CLAUSE.search(self.words)
        return found.group(1) if found else ""

    def is_said(self, wanted: str) -> bool:
        """Whether it is that: a status in digits, or in what is said the clause or words."""
        return self.status == int(wanted) if wanted.isdigit() else wanted in (self.clause or str(self))

    def __str__(self) -> str:
        return f"{self.status} {self.words}".strip()


def said(status: int, body: bytes) -> Said:
    """Read an answer by lxml."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError:
        return Said(status, body.decode("utf-8", "replace")[:200], body)
    fault = root.find(".//{*}Fault")
    if fault is None:
        content = root.find("{*}Body/*")
        return Said(status, "" if content is None else etree.QName(content).localname, body)
    words = " ".join(" ".join(text.split()) for text in fault.itertext() if text.strip())
    return Said(status, words, body)


class Bench:
    """The embedded server, strict, and a device, in one loop; beside them the peers of other makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = LoopThread("peers of altered messages")
        self.raw = RawServer()
        self.image = folder / "image"
        self.image.write_bytes(IMAGE)
        self._open = contextlib.AsyncExitStack()
        self.loop.start(self._start, lambda: None)
        self._zeep: Any = None

    async def _start(self) -> None:
        plain = instructions(file_share(SHARE), name=NAME)
        directory = FolderDirectory(office(self.folder / "office", plain))
        self.server = await self._open.enter_async_context(
            ScanServer(store=self.folder / "store", directory=directory, layers=Layers(strict=True))
        )
        self.device = await self._open.enter_async_context(device(self.folder / "spool", name="Süd", sheets=0))
        self.client = StreamClient()
        self._open.push_async_callback(self.client.aclose)

    def close(self) -> None:
        self.loop.close(self._open.aclose)
        self.raw.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have something done in the loop."""
        return self.loop.run(lambda: work)

    # Requests

    def send(
        self, url: str, message: Message, attached: Attached | None, plan: bytes, limits: TimeLimits = LIMITS
    ) -> Said:
        """Send a request of ours, with a plan at it, or b'' for none; what was answered."""

        async def exchanged() -> Said:
            roles = {Role.CLIENT, Role.DEVICE}
            layers = Layers()
            ledger = Ledger(read_plan(plan, "plan.toml").for_roles(roles) if plan else FaultPlan("", 0, ()))
            disturb(ledger, roles, layers)
            # On a connection of its own: who passes over the rest of a package reads it as the next request.
            client = StreamClient()
            try:
                result = await SoapCaller(client, layers).call(
                    SoapRequest(url, message, attached), lambda message, deviations: None, limits
                )
            except ExchangeError as error:
                return Said(0, " ".join(str(error).split()))
            finally:
                await client.aclose()
                assert not ledger.unfired
            return said(result.response.status, result.response.body)

        return self.run(exchanged())

    def create(self, url: str, plan: bytes, limits: TimeLimits = LIMITS) -> Said:
        """CreatePostScanJob."""
        return self.send(url, request(f"{DSP}/CreatePostScanJob", url, _create()), None, plan, limits)

    def send_image(self, url: str, token: str, plan: bytes, limits: TimeLimits = LIMITS) -> Said:
        """SendImage of the first document, out of its file."""
        content_id = "image.1@dsm-emulator.invalid"
        message = request(f"{DSP}/SendImage", url, SendImageRequest(token, 1, "jfif", content_id).to_xml())
        data = FileSegment(self.image, len(IMAGE))
        return self.send(url, message, Attached(message, content_id, "image/jpeg", data), plan, limits)

    def job(self, url: str) -> str:
        """The token of a new job, which nothing of ours asks for."""
        body = (
            f"<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>{SID}</dsp:UserIdentifier><dsp:PSP_Identifier>"
            f'{PSP_ID}</dsp:PSP_Identifier><dsp:PostScanInstructions xmlns:psp="http://schemas.microsoft.com/windows'
            f'/2008/02/imaging/postscan/psp">{instructions(file_share(SHARE), name=NAME)}'
            "</dsp:PostScanInstructions></dsp:CreatePostScanJobRequest>"
        )
        status, answer = hand_made.post(url, hand_made.envelope(url, "CreatePostScanJob", body))
        assert status == 200, answer
        found = re.search(r"JobToken[^>]*>([^<]+)<", answer)
        assert found is not None
        return found.group(1)

    # Answers

    @contextlib.contextmanager
    def disturbed(self, plan: bytes) -> Iterator[Ledger]:
        """The device, with a plan at its answers."""
        ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.DEVICE}))
        unplug = self.loop.do(lambda: disturb(ledger, {Role.DEVICE}, self.device.layers, "Süd"))
        try:
            yield ledger
        finally:
            self.loop.do(unplug)

    def asked(self, operation: str, content: str) -> Received:
        """The answer of the device, read from a socket to its end: HTTP tells its true length."""
        url = self.device.scan_service_url
        data = scan_envelope(
            url, f"{WSCN}/{operation}", f"<wscn:{operation}Request>{content}</wscn:{operation}Request>"
        )
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 80), 20) as peer:
            peer.sendall(
                f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {SOAP_TYPE}\r\n"
                f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
                + data
            )
            answer = b"".join(iter(lambda: peer.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
        headers = {name.lower(): value.strip() for name, _, value in lines}
        assert int(headers["content-length"]) == len(body)
        return Received(headers, body)

    def elements(self) -> Received:
        """The answer to GetScannerElements."""
        return self.asked(
            "GetScannerElements",
            "<wscn:RequestedElements><wscn:Name>wscn:ScannerDescription</wscn:Name></wscn:RequestedElements>",
        )

    def scan_job(self) -> tuple[str, str]:
        """JobId and JobToken of a new job of one page, from the glass."""
        root = self.asked("CreateScanJob", ticket(source="Platen", images=1)).root
        return tuple(root.findtext(f".//{{{WSCN}}}{name}") for name in ("JobId", "JobToken"))  # type: ignore[return-value]

    def image_of(self) -> Received:
        """The answer to RetrieveImage of a new job."""
        job, token = self.scan_job()
        return self.asked(
            "RetrieveImage",
            f"<wscn:JobId>{job}</wscn:JobId><wscn:JobToken>{token}</wscn:JobToken><wscn:DocumentDescription>"
            "<wscn:DocumentName>page</wscn:DocumentName></wscn:DocumentDescription>",
        )

    @property
    def zeep(self) -> Any:
        """zeep, with what it has read in the device's own WSDL."""
        if self._zeep is None:
            wsdl = self.device.scan_service_url + "?wsdl"
            transport = Transport(timeout=20, operation_timeout=20)
            self._zeep = zeep.Client(wsdl, transport=transport, plugins=[Addressing()])
        return self._zeep.service

    def zeep_elements(self) -> str:
        """The name of the scanner as zeep reads it, or what it raises."""
        asked = {"Name": [etree.QName(WSCN, "ScannerDescription")]}
        return _by_zeep(
            lambda: _text(
                self.zeep.GetScannerElements(RequestedElements=asked)
                .ScannerElements.ElementData[0]
                .ScannerDescription.ScannerName[0]
            )
        )

    def zeep_image(self) -> str:
        """Whether zeep reads the image, or what it raises."""
        job, token = self.scan_job()
        return _by_zeep(
            lambda: _image(
                self.zeep.RetrieveImage(JobId=job, JobToken=token, DocumentDescription={"DocumentName": "page"})
            )
        )

    def own_client(self, plan: bytes) -> str:
        """What our own client says of the device's answer to GetScannerElements, as `_own` does."""
        body = etree.fromstring(
            f'<wscn:GetScannerElementsRequest xmlns:wscn="{WSCN}"><wscn:RequestedElements><wscn:Name>'
            "wscn:ScannerDescription</wscn:Name></wscn:RequestedElements></wscn:GetScannerElementsRequest>"
        )
        url = self.device.scan_service_url
        with self.disturbed(plan):
            return self._own(request(f"{WSCN}/GetScannerElements", url, body), GetScannerElementsResponse.from_xml)

    # Answers of the embedded server

    @contextlib.contextmanager
    def server_disturbed(self, plan: bytes) -> Iterator[Ledger]:
        """The embedded server, with a plan at its answers."""
        ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.SERVER}))
        unplug = self.loop.do(lambda: disturb(ledger, {Role.SERVER}, self.server.layers))
        try:
            yield ledger
        finally:
            self.loop.do(unplug)

    def zeep_job(self) -> str:
        """The JobToken as zeep reads it, or what it raises."""
        return _by_zeep(lambda: ZeepDevice(self.server.service_url).create(SID, PSP_ID, NAME, SHARE))

    def own_job(self) -> str:
        """What our own client says of the answer to CreatePostScanJob, as `_own` does."""
        url = self.server.service_url
        return self._own(request(f"{DSP}/CreatePostScanJob", url, _create()), CreatePostScanJobResponse.from_xml)

    def _own(self, asked: Message, read: Callable[[etree._Element, Deviations], object]) -> str:
        """What our own client, which reads answers of devices and servers, says of one: the clauses that it names,
        or why it reads nothing."""

        def content(message: Message, deviations: Deviations) -> object:
            if message.body is None:
                raise ContentError("Body", "is empty")
            return read(message.body, deviations)

        async def called() -> CallResult[object]:
            return await SoapCaller(self.client, Layers()).call(SoapRequest(asked.to, asked), content, LIMITS)

        result = self.run(called())
        if not isinstance(result.answer, Answer):
            return f"refused: {result.answer}"
        return " ".join(dict.fromkeys(_CLAUSE.findall(CLAUSES[each.id])[0] for each in result.deviations))


def _create() -> etree._Element:
    """A CreatePostScanJobRequest that the servers take."""
    instructions_ = PostScanInstructions(NAME, (FileShareFilter((SHARE,)),))
    return CreatePostScanJobRequest(SID, PSP_ID, instructions_).to_xml()


def _by_zeep(call: Any) -> str:
    try:
        return str(call())
    except zeep.exceptions.Error as error:
        return f"{type(error).__name__}: {' '.join(str(error.message).split())}"
    except Exception as error:  # whatever it stumbles over
        return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _image(answer: Any) -> str:
    data = bytes(_text(answer.ScanData) or b"")
    whole = data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
    return "the image" if whole else repr(data[:40])


def _text(value: Any) -> Any:
    """What stands in an element that may have attributes."""
    return value["_value_1"] if hasattr(value, "_value_1") else value
