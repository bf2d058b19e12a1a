"""A device by hand: it answers each operation with what a test gives it, and shares no code with the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from lxml import etree

from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
ENDPOINT = "urn:uuid:5c1b2e0a-3f57-4a69-9d59-00a0c91e6bf6"

FAULT = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:{name}</s:Value></s:Subcode></s:Code>"
    "<s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason></s:Fault>"
)
NOT_SUPPORTED = FAULT.format(name="ActionNotSupported")


class ScriptedPeer:
    """`answers`: what to answer by the name of the operation: content of the Body ({base} is the peer's URL), or
    a whole HTTP response. Anything else is answered with the fault ActionNotSupported."""

    def __init__(
        self, answers: Mapping[str, str | OutgoingResponse], *, soap: str = SOAP, fault_status: int = 400
    ) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, str, str]] = []
        """Operation, wsa:To and path of each request."""
        self.blocks: dict[str, list[str]] = {}
        """Operation -> the header blocks of its last request that are not of WS-Addressing, by their texts."""
        self.endpoint = ""
        """Set: a Get to any other wsa:To is refused, as WSDAPI does it."""
        self.suffix = "Response"
        """Of the action of answers."""
        self._soap = soap
        self._fault_status = fault_status
        self.url = ""

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        data = b"".join([chunk async for chunk in request.body])
        root = etree.fromstring(data)
        action = root.findtext(f".//{{{WSA}}}Action") or ""
        to = root.findtext(f".//{{{WSA}}}To") or ""
        operation = action.rpartition("/")[2]
        self.asked.append((operation, to, request.path))
        others = root.xpath("*[local-name() = 'Header']/*[namespace-uri() != $wsa]", wsa=WSA)
        self.blocks[operation] = [f"{each.tag} {each.text}" for each in others]
        found = self.answers.get(operation, NOT_SUPPORTED)
        if operation == "Get" and self.endpoint and to != self.endpoint:
            found = FAULT.format(name="DestinationUnreachable")
        if isinstance(found, OutgoingResponse):
            return found
        body = found.replace("{base}", self.url)
        fault = body.startswith("<s:Fault")
        asked_for = operation in ("Probe", "Resolve")
        answered = f"{action}Matches" if asked_for else action + self.suffix
        message = (
            f"<s:Envelope xmlns:s='{self._soap}' xmlns:a='{WSA}' xmlns:wscn='{WSCN}'><s:Header>"
            f"<a:To>{WSA}/role/anonymous</a:To><a:Action>{WSA + '/fault' if fault else answered}</a:Action>"
            "<a:MessageID>urn:uuid:0f5b9c5e-5d9c-4a52-8f4c-2c8f4f5d6e7a</a:MessageID>"
            f"<a:RelatesTo>{root.findtext(f'.//{{{WSA}}}MessageID')}</a:RelatesTo></s:Header>"
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        status = self._fault_status if fault else 200
        return OutgoingResponse(status, message.encode(), (("Content-Type", "application/soap+xml"),))


@asynccontextmanager
async def serving(peer: ScriptedPeer) -> AsyncIterator[ScriptedPeer]:
    """The peer on a free loopback port, over HTTP."""
    host = HttpHost(peer.handle, bind="127.0.0.1", port=0)
    await host.start()
    peer.url = host.base_url
    try:
        yield peer
    finally:
        await host.stop()


METADATA = (
    "<x:Metadata xmlns:x='http://schemas.xmlsoap.org/ws/2004/09/mex' xmlns:d="
    "'http://schemas.xmlsoap.org/ws/2006/02/devprof'>"
    "<x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/ThisModel'><d:ThisModel>"
    "<d:Manufacturer>Acme</d:Manufacturer><d:ModelName>Acme 9340</d:ModelName></d:ThisModel></x:MetadataSection>"
    "<x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/ThisDevice'><d:ThisDevice>"
    "<d:FriendlyName>Copy room</d:FriendlyName></d:ThisDevice></x:MetadataSection>"
    "<x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/Relationship'>"
    "<d:Relationship Type='http://schemas.xmlsoap.org/ws/2006/02/devprof/host'>{services}</d:Relationship>"
    "</x:MetadataSection></x:Metadata>"
)
HOSTED = (
    "<d:Hosted><a:EndpointReference><a:Address>{address}</a:Address></a:EndpointReference>"
    "<d:Types>{types}</d:Types><d:ServiceId>uri:1</d:ServiceId></d:Hosted>"
)


def metadata(address: str = "{base}/scan", types: str = "wscn:ScannerServiceType") -> str:
    """GetResponse of a device with one service."""
    return METADATA.replace("{services}", HOSTED.replace("{address}", address).replace("{types}", types))


def probe_matches(*xaddrs: str) -> str:
    """ProbeMatches with one match at those addresses."""
    return (
        "<w:ProbeMatches xmlns:w='http://schemas.xmlsoap.org/ws/2005/04/discovery'><w:ProbeMatch>"
        f"<a:EndpointReference><a:Address>{ENDPOINT}</a:Address></a:EndpointReference>"
        f"<w:XAddrs>{' '.join(xaddrs)}</w:XAddrs><w:MetadataVersion>1</w:MetadataVersion>"
        "</w:ProbeMatch></w:ProbeMatches>"
    )


def elements(**data: str) -> str:
    """GetScannerElementsResponse with the elements by name."""
    each = "".join(
        f"<wscn:ElementData Name='wscn:{name}' Valid='true'>{xml}</wscn:ElementData>" for name, xml in data.items()
    )
    return (
        "<wscn:GetScannerElementsResponse><wscn:ScannerElements>"
        f"{each}</wscn:ScannerElements></wscn:GetScannerElementsResponse>"
    )


def area(prefix: str, name: str, largest: tuple[int, int] = (8500, 11700)) -> str:
    """Platen, ADFFront and so on."""
    return (
        f"<wscn:{name}><wscn:{prefix}OpticalResolution><wscn:Width>600</wscn:Width><wscn:Height>600</wscn:Height>"
        f"</wscn:{prefix}OpticalResolution><wscn:{prefix}Resolutions><wscn:Widths><wscn:Width>300</wscn:Width>"
        f"</wscn:Widths><wscn:Heights><wscn:Height>300</wscn:Height></wscn:Heights></wscn:{prefix}Resolutions>"
        f"<wscn:{prefix}Color><wscn:ColorEntry>RGB24</wscn:ColorEntry><wscn:ColorEntry>acme:Sepia</wscn:ColorEntry>"
        f"</wscn:{prefix}Color><wscn:{prefix}MinimumSize><wscn:Width>100</wscn:Width><wscn:Height>100</wscn:Height>"
        f"</wscn:{prefix}MinimumSize><wscn:{prefix}MaximumSize><wscn:Width>{largest[0]}</wscn:Width>"
        f"<wscn:Height>{largest[1]}</wscn:Height></wscn:{prefix}MaximumSize></wscn:{name}>"
    )


def configuration(sources: str, *, formats: str = "jfif") -> str:
    """ScannerConfiguration."""
    values = "".join(f"<wscn:FormatValue>{format}</wscn:FormatValue>" for format in formats.split())
    limits = "<wscn:MinValue>100</wscn:MinValue><wscn:MaxValue>100</wscn:MaxValue>"
    return (
        f"<wscn:ScannerConfiguration xmlns:wscn='{WSCN}'><wscn:DeviceSettings><wscn:FormatsSupported>{values}"
        "</wscn:FormatsSupported><wscn:CompressionQualityFactorSupported><wscn:MinValue>1</wscn:MinValue>"
        "<wscn:MaxValue>100</wscn:MaxValue></wscn:CompressionQualityFactorSupported><wscn:ContentTypesSupported>"
        "<wscn:ContentTypeValue>Auto</wscn:ContentTypeValue></wscn:ContentTypesSupported>"
        "<wscn:DocumentSizeAutoDetectSupported>false</wscn:DocumentSizeAutoDetectSupported>"
        "<wscn:AutoExposureSupported>false</wscn:AutoExposureSupported>"
        "<wscn:BrightnessSupported>false</wscn:BrightnessSupported>"
        "<wscn:ContrastSupported>false</wscn:ContrastSupported><wscn:ScalingRangeSupported><wscn:ScalingWidth>"
        f"{limits}</wscn:ScalingWidth><wscn:ScalingHeight>{limits}</wscn:ScalingHeight>"
        "</wscn:ScalingRangeSupported><wscn:RotationsSupported><wscn:RotationValue>0</wscn:RotationValue>"
        f"</wscn:RotationsSupported></wscn:DeviceSettings>{sources}</wscn:ScannerConfiguration>"
    )


PLATEN = area("Platen", "Platen")
"""A platen up to 8.5 x 11.7 inches, 300 ppi, RGB24 and a vendor's colour."""
STATUS = (
    f"<wscn:ScannerStatus xmlns:wscn='{WSCN}'><wscn:ScannerCurrentTime>2026-11-24T08:00:00Z"
    "</wscn:ScannerCurrentTime><wscn:ScannerState>Idle</wscn:ScannerState><wscn:ScannerStateReasons>"
    "<wscn:ScannerStateReason>None</wscn:ScannerStateReason></wscn:ScannerStateReasons>"
    "<wscn:ActiveConditions/></wscn:ScannerStatus>"
)
