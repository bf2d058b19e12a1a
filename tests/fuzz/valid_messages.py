"""Valid messages of every operation, as text: WS-Scan, WS-DSD, WS-DSP, WS-DSC, WS-Eventing, WS-Transfer,
WS-MetadataExchange, WS-Discovery, and MTOM packages. `{...}` is what a running side decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from documented_faults import DSC, DSP, WSCN, WSD, WSD_2009, WSDP, WSE
from mutations import SOAP_TYPE, Template

DSD: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
PSP: Final = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
FILTER: Final = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter"
WXF: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
MEX: Final = "http://schemas.xmlsoap.org/ws/2004/09/mex"
PACKAGE_TYPE: Final = (
    'multipart/related; type="application/xop+xml"; boundary="b1"; start="<root@x>"; '
    'start-info="application/soap+xml"'
)
IMAGE: Final = b"\xff\xd8\xff\xe0" + bytes(range(256)) + b"--b1 \r\n-- \r\n\xff\xd9"

_NAMESPACES: Final = {
    "soap": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
}
_BY_PREFIX: Final = {"wscn": WSCN, "dsd": DSD, "dsp": DSP, "dsc": DSC, "wse": WSE, "psp": PSP}


def _envelope(to: str, action: str, body: str, headers: str = "", wsa: str = "") -> bytes:
    namespaces = {**_NAMESPACES, **({"wsa": wsa} if wsa else {})}
    content = body + headers
    namespaces |= {prefix: uri for prefix, uri in _BY_PREFIX.items() if f"{prefix}:" in content}
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope {declared}><soap:Header><wsa:To>{to}</wsa:To>'
        f"<wsa:Action>{action}</wsa:Action><wsa:MessageID>urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100"
        f"</wsa:MessageID><wsa:ReplyTo><wsa:Address>{_NAMESPACES['wsa']}/role/anonymous</wsa:Address></wsa:ReplyTo>"
        f"{headers}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


TICKET: Final = (
    "<wscn:JobDescription><wscn:JobName>n</wscn:JobName><wscn:JobOriginatingUserName>u"
    "</wscn:JobOriginatingUserName><wscn:JobInformation>i</wscn:JobInformation></wscn:JobDescription>"
    "<wscn:DocumentParameters><wscn:Format>png</wscn:Format><wscn:CompressionQualityFactor>100"
    "</wscn:CompressionQualityFactor><wscn:ImagesToTransfer>1</wscn:ImagesToTransfer><wscn:InputSource>Platen"
    "</wscn:InputSource><wscn:ContentType>Auto</wscn:ContentType><wscn:InputSize><wscn:InputMediaSize><wscn:Width>8500"
    "</wscn:Width><wscn:Height>11000</wscn:Height></wscn:InputMediaSize></wscn:InputSize><wscn:Exposure>"
    "<wscn:ExposureSettings><wscn:Contrast>0</wscn:Contrast><wscn:Brightness>0</wscn:Brightness><wscn:Sharpness>0"
    "</wscn:Sharpness></wscn:ExposureSettings></wscn:Exposure><wscn:Scaling><wscn:ScalingWidth>100"
    "</wscn:ScalingWidth><wscn:ScalingHeight>100</wscn:ScalingHeight></wscn:Scaling><wscn:Rotation>0</wscn:Rotation>"
    '<wscn:MediaSides><wscn:MediaFront><wscn:ScanRegion><wscn:ScanRegionXOffset wscn:MustHonor="false">0'
    "</wscn:ScanRegionXOffset><wscn:ScanRegionYOffset>0</wscn:ScanRegionYOffset><wscn:ScanRegionWidth>100"
    "</wscn:ScanRegionWidth><wscn:ScanRegionHeight>100</wscn:ScanRegionHeight></wscn:ScanRegion><wscn:ColorProcessing>"
    "Grayscale8</wscn:ColorProcessing><wscn:Resolution><wscn:Width>75</wscn:Width><wscn:Height>75</wscn:Height>"
    "</wscn:Resolution></wscn:MediaFront></wscn:MediaSides></wscn:DocumentParameters>"
)
"""A tenth of an inch of the glass: a scan of no cost."""


def _reading(p: str) -> Mapping[str, str]:
    """The five operations that WS-Scan and WS-DSD share; `p`: prefix of the service's namespace."""
    return {
        "GetScannerElements": f"<{p}:RequestedElements><wscn:Name>wscn:ScannerStatus</wscn:Name><wscn:Name>"
        f"wscn:ScannerDescription</wscn:Name></{p}:RequestedElements>",
        "GetJobElements": f"<{p}:JobId>{{job}}</{p}:JobId><{p}:RequestedElements><wscn:Name>wscn:JobStatus"
        f"</wscn:Name><wscn:Name>wscn:Documents</wscn:Name></{p}:RequestedElements>",
        "GetActiveJobs": "",
        "GetJobHistory": "",
        "ValidateScanTicket": f"<{p}:ScanTicket>{TICKET}</{p}:ScanTicket>",
    }


_SCANNING: Final = {
    "CreateScanJob": f"<wscn:ScanTicket>{TICKET}</wscn:ScanTicket>",
    "RetrieveImage": "<wscn:JobId>{job}</wscn:JobId><wscn:JobToken>{token}</wscn:JobToken>"
    "<wscn:DocumentDescription><wscn:DocumentName>d</wscn:DocumentName></wscn:DocumentDescription>",
    "CancelJob": "<wscn:JobId>{job}</wscn:JobId>",
}


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _eventing(
    service: str, base: str, path: str, actions: str, values: Mapping[str, str], more: str = ""
) -> list[Template]:
    manager = f"{path}/Subscriptions"
    subscribe = (
        f"<wse:Subscribe><wse:EndTo><wsa:Address>{values['sink']}</wsa:Address></wse:EndTo><wse:Delivery "
        f'Mode="{WSE}/DeliveryModes/Push"><wse:NotifyTo><wsa:Address>{values["sink"]}</wsa:Address>'
        '<wsa:ReferenceParameters><my:Id xmlns:my="urn:my">1</my:Id></wsa:ReferenceParameters></wse:NotifyTo>'
        f'</wse:Delivery><wse:Expires>PT2S</wse:Expires><wse:Filter Dialect="{WSDP}/Action">{actions}</wse:Filter>'
        f"{more}</wse:Subscribe>"
    )
    found = [Template(service, "Subscribe", path, _envelope(base + path, f"{WSE}/Subscribe", subscribe))]
    bodies = {
        "Renew": "<wse:Renew><wse:Expires>PT2S</wse:Expires></wse:Renew>",
        "GetStatus": "<wse:GetStatus/>",
        "Unsubscribe": "<wse:Unsubscribe/>",
    }
    for operation, body in bodies.items():
        header = f"<wse:Identifier>{values.get('subscription', 'urn:uuid:x')}</wse:Identifier>"
        text = _envelope(base + manager, f"{WSE}/{operation}", body, header)
        found.append(Template("manager", operation, manager, text))
    return found


def _hosting(base: str, path: str, address: str) -> list[Template]:
    """WS-Transfer Get, GetMetadata, and directed Probes of both versions."""
    types = (
        '<wsd:Probe xmlns:wsd="{}" xmlns:p="{}"><wsd:Types>p:Device</wsd:Types>'
        '<wsd:Scopes MatchBy="{}">{}</wsd:Scopes></wsd:Probe>'
    )
    dpws = "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01"
    metadata = f'<mex:GetMetadata xmlns:mex="{MEX}"><mex:Dialect>{WSDP}/ThisDevice</mex:Dialect></mex:GetMetadata>'
    return [
        Template("host", "Get", path, _envelope(address, f"{WXF}/Get", "")),
        Template("host", "GetMetadata", path, _envelope(base + path, f"{MEX}/GetMetadata/Request", metadata)),
        Template(
            "host",
            "Probe",
            path,
            _envelope(
                "urn:schemas-xmlsoap-org:ws:2005:04:discovery",
                f"{WSD}/Probe",
                types.format(WSD, WSDP, f"{WSD}/rfc2396", "http://a/b"),
            ),
        ),
        Template(
            "host",
            "Probe",
            path,
            _envelope(
                "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01",
                f"{WSD_2009}/Probe",
                types.format(WSD_2009, dpws, f"{WSD_2009}/strcmp0", "x:a"),
                wsa="http://www.w3.org/2005/08/addressing",
            ),
        ),
    ]


def package(root: bytes, image: bytes = IMAGE) -> tuple[bytes, tuple[int, int]]:
    """An MTOM package, and where its root part's content lies."""
    head = (
        b'--b1\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        b"Content-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n"
    )
    tail = (
        b"\r\n--b1\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-ID: <image@x>\r\n\r\n" + image + b"\r\n--b1--\r\n"
    )
    return head + root + tail, (len(head), len(head) + len(root))


def packaged(template: Template, image: bytes = IMAGE) -> Template:
    """The message as the root part of a package."""
    body, envelope = package(template.body, image)
    return Template(
        template.service,
        template.operation,
        template.path,
        body,
        (("Content-Type", PACKAGE_TYPE),),
        envelope=envelope,
    )


def device_messages(base: str, host: str, scan: str, device: str, values: Mapping[str, str]) -> list[Template]:
    """Everything that a scan device takes. `base`: scheme, host and port; the others: paths; `values`: job, token,
    sink and, where there is one, subscription."""
    found = _hosting(base, host, values["address"])
    for operation, content in {**_reading("wscn"), **_SCANNING}.items():
        body = f"<wscn:{operation}Request>{_filled(content, values)}</wscn:{operation}Request>"
        found.append(Template("scan", operation, scan, _envelope(base + scan, f"{WSCN}/{operation}", body)))
    for operation, content in _reading("dsd").items():
        body = f"<dsd:{operation}Request>{_filled(content, values)}</dsd:{operation}Request>"
        found.append(Template("device", operation, device, _envelope(base + device, f"{DSD}/{operation}", body)))
    destinations = (
        "<wscn:ScanDestinations><wscn:ScanDestination><wscn:ClientDisplayName>PC</wscn:ClientDisplayName>"
        "<wscn:ClientContext>c</wscn:ClientContext></wscn:ScanDestination></wscn:ScanDestinations>"
    )
    found += _eventing("scan", base, scan, f"{WSCN}/ScanAvailableEvent {WSCN}/JobStatusEvent", values, destinations)
    found += _eventing("device", base, device, f"{WSCN}/ScannerStatusSummaryEvent", values)
    found.append(packaged(found[4]))
    return [each.cut() for each in found]


def server_messages(
    base: str, host: str, processing: str, configuration: str, values: Mapping[str, str]
) -> list[Template]:
    """Everything that a scan server takes. `values`: token of a job in Creating, sid, psp, sink, and, where there
    is one, subscription."""
    share = (
        f"<psp:Filter><psp:Dialect>{FILTER}/fileshare</psp:Dialect><psp:Instructions><f:FileShareConfig "
        f'xmlns:f="{FILTER}/fileshare"><f:FileShares><f:ShareUNC>\\\\files\\In</f:ShareUNC></f:FileShares>'
        "</f:FileShareConfig></psp:Instructions></psp:Filter>"
    )
    document = (
        "<dsp:DocumentDescription><dsp:DocumentId>{}</dsp:DocumentId><dsp:Format>jfif</dsp:Format>"
        "</dsp:DocumentDescription>"
    )
    token = "<dsp:JobToken>{token}</dsp:JobToken>"
    image = (
        '<dsp:ImageData><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:image@x"/>'
        "</dsp:ImageData>"
    )
    elements = (
        "<{p}:JobToken>{token}</{p}:JobToken><{p}:RequestedElements><{p}:Name>{p}:JobStatus</{p}:Name><{p}:Name>"
        "{p}:Documents</{p}:Name></{p}:RequestedElements>"
    )
    bodies = {
        "CreatePostScanJob": "<dsp:UserIdentifier>{sid}</dsp:UserIdentifier><dsp:PSP_Identifier>{psp}"
        "</dsp:PSP_Identifier><dsp:PostScanInstructions><psp:DocumentRootName>Invoice</psp:DocumentRootName>"
        f"<psp:FiltersToProcess>{share}</psp:FiltersToProcess></dsp:PostScanInstructions>",
        "SendImage": token + document.format(1) + image,
        "EndPostScanJob": token,
        "CancelPostScanJob": token,
        "GetPostScanJobElements": elements.replace("{p}", "dsp"),
    }
    found = _hosting(base, host, values["address"])
    for operation, content in bodies.items():
        body = f"<dsp:{operation}Request>{_filled(content, values)}</dsp:{operation}Request>"
        made = Template(
            "processing", operation, processing, _envelope(base + processing, f"{DSP}/{operation}", body)
        )
        found.append(packaged(made) if operation == "SendImage" else made)
        if operation == "CreatePostScanJob":
            found.append(packaged(made))
    inline = token + document.format(2) + "<dsp:ImageData>/9j/4AAQ</dsp:ImageData>"
    body = f"<dsp:SendImageRequest>{_filled(inline, values)}</dsp:SendImageRequest>"
    found.append(
        Template("processing", "SendImage", processing, _envelope(base + processing, f"{DSP}/SendImage", body))
    )
    configured = {
        "GetRepositoryElements": "<dsc:RequestedElements><dsc:Name>dsc:RepositoryConfiguration</dsc:Name><dsc:Name>"
        "dsc:RepositoryStatus</dsc:Name></dsc:RequestedElements>",
        "GetPostScanJobElements": elements.replace("{p}", "dsc"),
        "CancelPostScanJob": "<dsc:JobToken>{token}</dsc:JobToken>",
        "GetActiveJobs": "",
        "GetJobHistory": "",
    }
    for operation, content in configured.items():
        body = f"<dsc:{operation}Request>{_filled(content, values)}</dsc:{operation}Request>"
        made = Template(
            "configuration", operation, configuration, _envelope(base + configuration, f"{DSC}/{operation}", body)
        )
        found.append(made)
    found += _eventing("processing", base, processing, f"{DSP}/PostScanJobStatusEvent", values)
    found += _eventing("configuration", base, configuration, f"{DSC}/RepositoryStatusSummaryEvent", values)
    return [each.cut() for each in found]


__all__ = ["DSD", "SOAP_TYPE", "Template", "device_messages", "package", "packaged", "server_messages"]
