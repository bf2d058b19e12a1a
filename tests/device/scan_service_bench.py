"""What the tests of the WS-Scan service share: a device on a free port, and a client that is not ours.

Requests are text templates sent by the standard library's HTTP client; answers are taken apart by lxml and by the
standard library's e-mail parser.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import http.client
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from PIL import Image
from scanner_bench import small_profile

from emulator.device.device import ScanDevice
from emulator.device.profile_sections import JobsSection
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.dpws.hosting import Hosting

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
DSD = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
OLD = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
NAMESPACES = {
    "soap": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "wscn": WSCN,
    "wsd": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "wsdp": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
    "wsx": "http://schemas.xmlsoap.org/ws/2004/09/mex",
    "pnpx": "http://schemas.microsoft.com/windows/pnpx/2005/10",
    "df": "http://schemas.microsoft.com/windows/2008/09/devicefoundation",
}
SOAP_TYPE = "application/soap+xml; charset=utf-8"

#: Not the loop's own threads: the device under test needs those.
_THREADS = ThreadPoolExecutor(64)


def device(spool: Path, *, sheets: int = 5, jobs: JobsSection | None = None, **options: Any) -> ScanDevice:
    """An office MFP with five sheets in its feeder. `jobs`: how they overlap; options: of the device, of its
    identity, hosting and settings."""
    asked = {"uuid": uuid.uuid4(), "instance_id": 1, "spool": spool, **options}

    def taken(kind: type) -> Any:
        return kind(**{each.name: asked.pop(each.name) for each in fields(kind) if each.name in asked})

    identity, hosting, settings = taken(DeviceIdentity), taken(Hosting), taken(ScannerSettings)
    profile = small_profile(loaded=sheets)
    if jobs is not None:
        profile = profile.model_copy(update={"jobs": jobs})
    return ScanDevice(profile, identity, hosting=hosting, settings=settings, **asked)


def envelope(to: str, action: str, body: str) -> bytes:
    """A request as text."""
    namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope {namespaces}><soap:Header><wsa:To>{to}</wsa:To>'
        f"<wsa:Action>{action}</wsa:Action><wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>"
        f"</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def ticket(
    parameters: str = "", *, source: str = "ADF", format: str = "png", images: int | None = None, side: str = ""
) -> str:
    """A scan ticket at 75 ppi in grey; `parameters` come before MediaSides."""
    count = "" if images is None else f"<wscn:ImagesToTransfer>{images}</wscn:ImagesToTransfer>"
    side = side or (
        "<wscn:ColorProcessing>Grayscale8</wscn:ColorProcessing>"
        "<wscn:Resolution><wscn:Width>75</wscn:Width><wscn:Height>75</wscn:Height></wscn:Resolution>"
    )
    return (
        "<wscn:ScanTicket><wscn:JobDescription><wscn:JobName>Letter</wscn:JobName>"
        "<wscn:JobOriginatingUserName>ann</wscn:JobOriginatingUserName></wscn:JobDescription>"
        f"<wscn:DocumentParameters><wscn:Format>{format}</wscn:Format>{count}"
        f"<wscn:InputSource>{source}</wscn:InputSource>{parameters}<wscn:MediaSides><wscn:MediaFront>{side}"
        "</wscn:MediaFront></wscn:MediaSides></wscn:DocumentParameters></wscn:ScanTicket>"
    )


@dataclass
class Answer:
    """Status, headers and body of an answer."""

    status: int
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> list[tuple[str, str, bytes]]:
        """(media type, Content-ID, octets) of each part of a package."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + self.data, policy=email.policy.HTTP)
        return [
            (each.get_content_type(), each["Content-ID"], each.get_payload(decode=True))  # type: ignore[misc]
            for each in message.iter_parts()  # type: ignore[attr-defined]
        ]

    @property
    def root(self) -> Any:
        multipart = self.headers.get("content-type", "").startswith("multipart/")
        return etree.fromstring(self.parts[0][2] if multipart else self.data)

    def texts(self, path: str) -> list[str]:
        """Text of every element, or attribute, at an XPath with the usual prefixes."""
        found = self.root.xpath(path, namespaces=NAMESPACES)
        return [each if isinstance(each, str) else each.text or "" for each in found]

    def text(self, path: str) -> str:
        """The first of `texts`, or ''."""
        return next(iter(self.texts(path)), "")

    @property
    def fault(self) -> str:
        """Local name of the subcode, or of the code where there is none; '' for what is no fault."""
        subcode = self.text("//soap:Fault/soap:Code/soap:Subcode/soap:Value")
        return (subcode or self.text("//soap:Fault/soap:Code/soap:Value")).rpartition(":")[2]

    @property
    def code(self) -> str:
        return self.text("//soap:Fault/soap:Code/soap:Value").rpartition(":")[2]

    @property
    def detail(self) -> str:
        return "".join(self.root.xpath("//soap:Detail//text()", namespaces=NAMESPACES))

    @property
    def action(self) -> str:
        return self.text("//wsa:Action")

    @property
    def image(self) -> Image.Image:
        """The picture in the second part."""
        return Image.open(BytesIO(self.parts[1][2]))


def exchange(
    url: str,
    body: bytes | None,
    content_type: str = SOAP_TYPE,
    method: str = "POST",
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own. Blocks."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    if tls is not None:
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=30, context=tls)
    try:
        headers = {"Content-Type": content_type} if content_type and body is not None else {}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
    finally:
        connection.close()


class Caller:
    """Calls the operations of one device."""

    def __init__(self, device: ScanDevice, tls: ssl.SSLContext | None = None) -> None:
        self.device = device
        self._tls = tls
        self.url = device.scan_service_url

    async def raw(
        self, body: bytes | None, *, url: str = "", content_type: str = SOAP_TYPE, method: str = "POST"
    ) -> Answer:
        """Any octets."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _THREADS, exchange, url or self.url, body, content_type, method, self._tls
        )

    async def call(self, operation: str, content: str, *, root: str = "", to: str = "") -> Answer:
        """An operation of the service: the content of its request."""
        name = root or f"{operation}Request"
        return await self.raw(
            envelope(to or self.url, f"{WSCN}/{operation}", f"<wscn:{name}>{content}</wscn:{name}>")
        )

    async def elements(self, *names: str) -> Answer:
        """GetScannerElements."""
        asked = "".join(f"<wscn:Name>{name}</wscn:Name>" for name in names)
        return await self.call("GetScannerElements", f"<wscn:RequestedElements>{asked}</wscn:RequestedElements>")

    async def job_elements(self, job_id: int | str, *names: str) -> Answer:
        """GetJobElements."""
        asked = "".join(f"<wscn:Name>{name}</wscn:Name>" for name in names or ("wscn:JobStatus",))
        return await self.call(
            "GetJobElements",
            f"<wscn:JobId>{job_id}</wscn:JobId><wscn:RequestedElements>{asked}</wscn:RequestedElements>",
        )

    async def create(self, content: str = "") -> Answer:
        """CreateScanJob."""
        return await self.call("CreateScanJob", content or ticket())

    async def job(self, content: str = "") -> Job:
        """A new job."""
        answer = await self.create(content)
        assert answer.status == 200, answer.data
        return Job(self, int(answer.text("//wscn:JobId")), answer.text("//wscn:JobToken"), answer)


@dataclass
class Job:
    """A scan job as its client knows it."""

    caller: Caller
    id: int
    token: str
    created: Answer

    async def retrieve(self, *, name: str = "page", token: str = "") -> Answer:
        """RetrieveImage."""
        return await self.caller.call(
            "RetrieveImage",
            f"<wscn:JobId>{self.id}</wscn:JobId><wscn:JobToken>{token or self.token}</wscn:JobToken>"
            f"<wscn:DocumentDescription><wscn:DocumentName>{name}</wscn:DocumentName></wscn:DocumentDescription>",
        )

    async def images(self) -> tuple[list[Answer], Answer]:
        """Every image, and the fault that ended the batch."""
        found = []
        while (answer := await self.retrieve(name=f"page {len(found) + 1}")).status == 200:
            found.append(answer)
        return found, answer

    async def cancel(self) -> Answer:
        """CancelJob."""
        return await self.caller.call("CancelJob", f"<wscn:JobId>{self.id}</wscn:JobId>")

    async def state(self) -> tuple[str, str]:
        """JobState and reason."""
        answer = await self.caller.job_elements(self.id)
        return answer.text("//wscn:JobState"), answer.text("//wscn:JobStateReason")

    async def ended(self) -> tuple[str, str]:
        """JobState and reason once the state is final."""
        for _ in range(500):
            state = await self.state()
            if state[0] in ("Completed", "Aborted", "Canceled"):
                return state
            await asyncio.sleep(0.02)
        raise AssertionError(state)
