"""A client of a few templates: it does all that a client may do, right or with one thing done otherwise, and shares
nothing with what it is judged by."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from mutant import DECLARED, NAMESPACES, Change

WSA, WSD, WSE, WSCN, DSD = (NAMESPACES[each] for each in ("wsa", "wsd", "wse", "wscn", "dsd"))
ANONYMOUS = f"{WSA}/role/anonymous"
DISCOVERY = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
FILTER = "http://schemas.xmlsoap.org/ws/2006/02/devprof/Action"
PUSH = f"{WSE}/DeliveryModes/Push"
HEADERS = {
    "User-Agent": "WSDAPI",
    "Content-Type": "application/soap+xml; charset=utf-8",
    "Connection": "Keep-Alive",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
}
PARAMETERS = (
    '<wscn:Format wscn:MustHonor="true">png</wscn:Format>'
    "<wscn:CompressionQualityFactor>50</wscn:CompressionQualityFactor>"
    "<wscn:ImagesToTransfer>{images}</wscn:ImagesToTransfer><wscn:InputSource>{source}</wscn:InputSource>"
    "<wscn:ContentType>Auto</wscn:ContentType>"
    "<wscn:InputSize><wscn:InputMediaSize><wscn:Width>2000</wscn:Width><wscn:Height>3000</wscn:Height>"
    "</wscn:InputMediaSize></wscn:InputSize>"
    "<wscn:Exposure><wscn:ExposureSettings><wscn:Contrast>0</wscn:Contrast></wscn:ExposureSettings></wscn:Exposure>"
    "<wscn:Scaling><wscn:ScalingWidth>100</wscn:ScalingWidth><wscn:ScalingHeight>100</wscn:ScalingHeight>"
    "</wscn:Scaling><wscn:Rotation>0</wscn:Rotation>"
    "<wscn:MediaSides><wscn:MediaFront><wscn:ScanRegion><wscn:ScanRegionXOffset>0</wscn:ScanRegionXOffset>"
    "<wscn:ScanRegionYOffset>0</wscn:ScanRegionYOffset><wscn:ScanRegionWidth>1000</wscn:ScanRegionWidth>"
    "<wscn:ScanRegionHeight>1000</wscn:ScanRegionHeight></wscn:ScanRegion>"
    "<wscn:ColorProcessing>Grayscale8</wscn:ColorProcessing>"
    "<wscn:Resolution><wscn:Width>75</wscn:Width><wscn:Height>75</wscn:Height></wscn:Resolution>"
    "</wscn:MediaFront></wscn:MediaSides>"
)


@dataclass(frozen=True)
class Wrong:
    """What a client does otherwise in its requests."""

    operation: str = ""
    """At that one; '': at all."""
    change: Change | None = None
    """Alters the envelope."""
    octets: Callable[[bytes], bytes] | None = None
    """Alters its octets."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Of HTTP: others, or None for none of that name."""
    method: str = "POST"
    path: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Came:
    """An answer."""

    status: int
    body: bytes

    def text(self, path: str) -> str:
        """What an XPath finds first; ''."""
        start, end = self.body.find(b"<?xml"), self.body.find(b":Envelope>")
        if start < 0:
            return ""
        octets = self.body[start : end + len(b":Envelope>")] if end > 0 else self.body[start:]
        found = etree.fromstring(octets).xpath(path, namespaces=NAMESPACES)
        return str(found[0].text).strip() if found else ""

    @property
    def is_fault(self) -> bool:
        return b"Fault>" in self.body


class ScriptedClient:
    """Asks one device."""

    def __init__(
        self,
        url: str,
        wrong: Wrong | None = None,
        *,
        datagram: Callable[[bytes], None] = lambda _: None,
        notify_to: str = "http://127.0.0.1:9/",
    ) -> None:
        """`datagram`: sends one; `notify_to`: where events come."""
        self.url = url
        self.wrong = wrong or Wrong("nothing")
        self.datagram = datagram
        self.notify_to = notify_to
        self.events: list[bytes] = []
        """What has come there."""
        self.subscription: tuple[str, str] = ("", "")
        """Address of its manager, and its identifier."""
        self.destination_token = ""
        self.job: tuple[str, str] = ("", "")
        self.offer: Callable[[], object] = lambda: None
        """Somebody chooses this client at the panel."""

    @property
    def scan_service(self) -> str:
        return f"{self.url}/WSDScanner"

    @property
    def device_service(self) -> str:
        return f"{self.url}/DSMDevice"

    # Messages

    def envelope(self, to: str, action: str, body: str, headers: str = "") -> bytes:
        said = f"<wsa:To>{to}</wsa:To><wsa:Action>{action}</wsa:Action>"
        said += f"<wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>"
        said += f"<wsa:ReplyTo><wsa:Address>{ANONYMOUS}</wsa:Address></wsa:ReplyTo>{headers}"
        content = f"<soap:Header>{said}</soap:Header><soap:Body>{body}</soap:Body>"
        text = f"<soap:Envelope {DECLARED}>{content}</soap:Envelope>"
        return b'<?xml version="1.0" encoding="utf-8"?>' + text.encode()

    def made(self, operation: str, octets: bytes) -> bytes:
        """The octets that are sent of a right envelope."""
        wrong = self.wrong
        if wrong.operation not in ("", operation):
            return octets
        if wrong.change is not None:
            root = etree.fromstring(octets)
            wrong.change(root)
            octets = etree.tostring(root, xml_declaration=True, encoding="utf-8")
        return octets if wrong.octets is None else wrong.octets(octets)

    async def ask(
        self, operation: str, to: str, action: str, body: str, *, headers: str = "", at: str = "", leave: float = 0
    ) -> Came:
        """Send, and read the answer. `at`: another URL than `to`; `leave`: close it after so many seconds."""
        octets = self.made(operation, self.envelope(to, action, body, headers))
        wrong = self.wrong if self.wrong.operation in ("", operation) else Wrong("nothing")
        parts = urlsplit(at or to)
        path = parts.path if wrong.path is None else wrong.path(parts.path)
        fields = {**HEADERS, **wrong.headers}
        lines = [f"{wrong.method} {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(octets)}"]
        lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + octets)
            await writer.drain()
            if leave:
                await asyncio.sleep(leave)
                return Came(0, b"")
            return await _answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            return Came(0, b"")
        finally:
            writer.close()

    async def scan_ask(self, operation: str, body: str, namespace: str = WSCN, **more: Any) -> Came:
        prefix, to = ("wscn", self.scan_service) if namespace == WSCN else ("dsd", self.device_service)
        content = f"<{prefix}:{operation}Request>{body}</{prefix}:{operation}Request>"
        return await self.ask(more.pop("name", operation), to, f"{namespace}/{operation}", content, **more)

    # What it does

    async def probe(self) -> None:
        """By UDP, twice, and to the device itself."""
        body = (
            "<wsd:Probe><wsd:Types>wsdp:Device wscn:ScanDeviceType</wsd:Types>"
            "<wsd:Scopes>ldap:///ou=engineering</wsd:Scopes></wsd:Probe>"
        )
        octets = self.made("Probe", self.envelope(DISCOVERY, f"{WSD}/Probe", body))
        for _ in range(2):
            self.datagram(octets)
        await self.ask("Probe", DISCOVERY, f"{WSD}/Probe", "<wsd:Probe/>", at=self.url)

    async def resolve(self) -> None:
        address = f"urn:uuid:{urlsplit(self.url).path.strip('/')}"
        reference = f"<wsa:EndpointReference><wsa:Address>{address}</wsa:Address></wsa:EndpointReference>"
        body = f"<wsd:Resolve>{reference}</wsd:Resolve>"
        octets = self.made("Resolve", self.envelope(DISCOVERY, f"{WSD}/Resolve", body))
        for _ in range(2):
            self.datagram(octets)

    async def get(self) -> None:
        await self.ask("Get", f"urn:uuid:{urlsplit(self.url).path.strip('/')}", GET, "", at=self.url)

    async def subscribe(self, expires: str = "PT10M") -> None:
        named = "<wscn:ClientDisplayName>Me</wscn:ClientDisplayName><wscn:ClientContext>mine</wscn:ClientContext>"
        offered = f"<wscn:ScanDestination>{named}</wscn:ScanDestination>"
        destinations = f"<wscn:ScanDestinations>{offered}</wscn:ScanDestinations>"
        body = (
            f'<wse:Subscribe><wse:Delivery Mode="{PUSH}"><wse:NotifyTo><wsa:Address>{self.notify_to}</wsa:Address>'
            f"</wse:NotifyTo></wse:Delivery><wse:Expires>{expires}</wse:Expires>"
            f'<wse:Filter Dialect="{FILTER}">{WSCN}/ScanAvailableEvent</wse:Filter>{destinations}</wse:Subscribe>'
        )
        came = await self.ask("Subscribe", self.scan_service, f"{WSE}/Subscribe", body)
        manager = came.text("//wse:SubscriptionManager/wsa:Address") or self.scan_service
        self.subscription = manager, came.text("//wse:SubscriptionManager//wse:Identifier")
        self.destination_token = came.text("//wscn:DestinationToken")

    async def manage(self, operation: str, body: str = "") -> None:
        manager, identifier = self.subscription
        block = f"<wse:Identifier>{identifier}</wse:Identifier>"
        content = f"<wse:{operation}>{body}</wse:{operation}>"
        await self.ask(operation, manager, f"{WSE}/{operation}", content, headers=block)

    async def elements(self, namespace: str = WSCN, name: str = "GetScannerElements") -> None:
        prefix = "wscn" if namespace == WSCN else "dsd"
        names = "<{0}:RequestedElements><wscn:Name>wscn:ScannerConfiguration</wscn:Name></{0}:RequestedElements>"
        await self.scan_ask("GetScannerElements", names.format(prefix), namespace, name=name)

    def ticket(self, images: int = 0, source: str = "ADF", prefix: str = "wscn") -> str:
        description = (
            "<wscn:JobDescription><wscn:JobName>A page</wscn:JobName>"
            "<wscn:JobOriginatingUserName>ann</wscn:JobOriginatingUserName>"
            "<wscn:JobInformation>a test</wscn:JobInformation></wscn:JobDescription>"
        )
        told = PARAMETERS.format(images=images, source=source)
        content = f"{description}<wscn:DocumentParameters>{told}</wscn:DocumentParameters>"
        return f"<{prefix}:ScanTicket>{content}</{prefix}:ScanTicket>"

    async def validate(self) -> None:
        await self.scan_ask("ValidateScanTicket", self.ticket())

    async def create(self, images: int = 0, source: str = "ADF", before: str = "") -> Came:
        came = await self.scan_ask("CreateScanJob", before + self.ticket(images, source))
        self.job = came.text("//wscn:JobId"), came.text("//wscn:JobToken")
        return came

    async def retrieve(self, job: tuple[str, str] | None = None, **more: Any) -> Came:
        id, token = job or self.job
        named = "<wscn:DocumentName>page</wscn:DocumentName>"
        body = f"<wscn:JobId>{id}</wscn:JobId><wscn:JobToken>{token}</wscn:JobToken>"
        body += f"<wscn:DocumentDescription>{named}</wscn:DocumentDescription>"
        return await self.scan_ask("RetrieveImage", body, **more)

    async def fetch(self) -> None:
        """All images of the job."""
        while not (came := await self.retrieve()).is_fault and came.status:
            pass

    async def job_elements(self, namespace: str = WSCN, name: str = "GetJobElements") -> None:
        prefix = "wscn" if namespace == WSCN else "dsd"
        body = (
            "<{0}:JobId>{1}</{0}:JobId><{0}:RequestedElements><wscn:Name>wscn:JobStatus</wscn:Name>"
            "</{0}:RequestedElements>"
        )
        await self.scan_ask("GetJobElements", body.format(prefix, self.job[0] or 1), namespace, name=name)

    async def cancel(self) -> None:
        await self.scan_ask("CancelJob", f"<wscn:JobId>{self.job[0]}</wscn:JobId>")

    async def manage_device(self) -> None:
        """All of WS-DSD."""
        await self.elements(DSD, "dsd:GetScannerElements")
        await self.scan_ask("GetActiveJobs", "", DSD, name="dsd:GetActiveJobs")
        await self.scan_ask("GetJobHistory", "", DSD, name="dsd:GetJobHistory")
        await self.job_elements(DSD, "dsd:GetJobElements")
        await self.scan_ask("ValidateScanTicket", self.ticket(prefix="dsd"), DSD, name="dsd:ValidateScanTicket")

    async def offered(self) -> str:
        """Wait for a scan that is offered at the panel; its ScanIdentifier."""
        async with asyncio.timeout(20):
            while not (found := [each for each in self.events if b"ScanAvailableEvent" in each]):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (identifier,) = etree.fromstring(found[-1]).xpath("//wscn:ScanIdentifier/text()", namespaces=NAMESPACES)
        return str(identifier)


Script = Callable[[ScriptedClient], Awaitable[None]]


async def discovers(client: ScriptedClient) -> None:
    await client.probe()
    await client.resolve()
    await client.get()


async def subscribes(client: ScriptedClient) -> None:
    await client.subscribe()
    await client.manage("Renew", "<wse:Expires>PT10M</wse:Expires>")
    await client.manage("GetStatus")
    await client.manage("Unsubscribe")


async def asks(client: ScriptedClient) -> None:
    """Questions alone: nothing is scanned."""
    await client.elements()
    await client.validate()
    await client.job_elements()


async def scans(client: ScriptedClient) -> None:
    await client.elements()
    if not (await client.create()).is_fault:
        await client.fetch()


async def creates(client: ScriptedClient) -> None:
    """A job, which is given up."""
    await client.elements()
    if not (await client.create()).is_fault:
        await client.cancel()


async def manages(client: ScriptedClient) -> None:
    await client.manage_device()


async def takes_what_is_offered(client: ScriptedClient) -> None:
    await client.elements()
    await client.subscribe()
    client.offer()
    identifier = await client.offered()
    before = f"<wscn:ScanIdentifier>{identifier}</wscn:ScanIdentifier>"
    before += f"<wscn:DestinationToken>{client.destination_token}</wscn:DestinationToken>"
    await client.create(before=before)
    await client.fetch()
    await client.manage("Unsubscribe")


async def everything(client: ScriptedClient) -> None:
    for each in (discovers, subscribes, asks, creates, scans, manages):
        await each(client)


async def tries_again(client: ScriptedClient) -> None:
    """What a careful client does, whatever happens."""
    await client.elements()
    for _ in range(2):
        if not (await client.create()).is_fault:
            break
    else:
        return
    while True:
        came = await client.retrieve()
        if came.is_fault:
            return
        if not came.status:
            await client.cancel()
            return


async def _answer(reader: asyncio.StreamReader) -> Came:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    if "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    elif fields.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
    return Came(int(first.split()[1]), body)
