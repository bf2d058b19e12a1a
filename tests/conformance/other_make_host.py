"""The scanner of another make at a socket: HTTP, SOAP and its operations, by hand."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import replace

from other_make import (
    ADDRESSING,
    CONFIGURATION,
    DESCRIPTION,
    DISCOVERY,
    FORMATS,
    HEIGHT,
    NAMES,
    PROFILE,
    RESOLUTIONS,
    SCAN,
    TRANSFER,
    TYPES,
    WIDTH,
    Job,
    Refused,
    Settings,
    is_marked,
    names_in,
    now,
    value_of,
)

SOAP_TYPE = "application/soap+xml; charset=utf-8"
REASONS = {200: "OK", 400: "Bad Request", 405: "Method Not Allowed", 415: "No", 500: "Internal Server Error"}
ANONYMOUS = f"{ADDRESSING}/role/anonymous"


class OtherMake:
    """One device of it, at a port of the loopback address."""

    def __init__(self) -> None:
        self.address = f"urn:uuid:{uuid.uuid4()}"
        self.jobs: dict[int, Job] = {}
        self.messages = 0
        self._last = 0
        self._server: asyncio.Server | None = None
        self.operations: dict[str, Callable[[str], tuple[str, bytes]]] = {
            "GetScannerElements": self.scanner_elements,
            "ValidateScanTicket": self.validate,
            "CreateScanJob": self.create,
            "RetrieveImage": self.retrieve,
            "GetJobElements": self.job_elements,
            "GetActiveJobs": self.active_jobs,
            "GetJobHistory": self.job_history,
            "CancelJob": self.cancel,
        }

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/other"

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await self._head(reader):
                first, *lines = head.split("\r\n")
                fields = {
                    name.strip().lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines if line)
                }
                if fields.get("expect", "").lower() == "100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await self._body(reader, fields)
                if not first.startswith("POST"):
                    status, kind, octets = 405, "text/plain", b""
                elif "soap" not in fields.get("content-type", ""):
                    status, kind, octets = 415, "text/plain", b""
                else:
                    status, kind, octets = self.answer(body)
                said = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
                said += "Allow: POST\r\n" if status == 405 else ""
                writer.write(f"{said}Content-Length: {len(octets)}\r\n\r\n".encode() + octets)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> str:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip()
        except asyncio.IncompleteReadError:
            return ""

    async def _body(self, reader: asyncio.StreamReader, fields: dict[str, str]) -> bytes:
        if fields.get("transfer-encoding", "").lower() != "chunked":
            return await reader.readexactly(int(fields.get("content-length", "0")))
        octets = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            octets += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return octets

    # SOAP

    def answer(self, octets: bytes) -> tuple[int, str, bytes]:
        """Status, Content-Type and body of the answer to an envelope."""
        text = octets.decode("utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
        header = text.partition("Body>")[0]
        action, asked = value_of(header, "Action"), value_of(header, "MessageID")
        try:
            self._require_readable(text, header, action)
            return self._answered(action, asked, text)
        except Refused as error:
            body = (
                f"<s:Fault><s:Code><s:Value>s:{error.code}</s:Value><s:Subcode><s:Value>{error.subcode}</s:Value>"
                '</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">No.</s:Text></s:Reason>'
                f"{error.detail}</s:Fault>"
            )
            told = self._envelope(f"{ADDRESSING}/fault", asked, body)
            return (500 if error.code == "Receiver" else 400), SOAP_TYPE, told

    def _require_readable(self, text: str, header: str, action: str) -> None:
        if "<!DOCTYPE" in text:
            raise Refused("InvalidArgs")
        if not action:
            raise Refused("MessageInformationHeaderRequired", prefix="a")
        reply = value_of(header.partition("ReplyTo")[2], "Address")
        if reply and reply != ANONYMOUS:
            raise Refused("InvalidMessageInformationHeader", prefix="a")

    def _answered(self, action: str, asked: str, text: str) -> tuple[int, str, bytes]:
        if action == f"{DISCOVERY}/Probe":
            return (
                200,
                SOAP_TYPE,
                self._envelope(f"{DISCOVERY}/ProbeMatches", asked, self.probe(text), sequence=True),
            )
        if action == f"{TRANSFER}/Get":
            return 200, SOAP_TYPE, self._envelope(f"{TRANSFER}/GetResponse", asked, self.metadata())
        namespace, _, name = action.rpartition("/")
        if namespace != SCAN or name not in self.operations:
            raise Refused("ActionNotSupported", prefix="a")
        content, image = self.operations[name](text.partition("Body>")[2])
        told = self._envelope(f"{action}Response", asked, f"<wscn:{name}Response>{content}</wscn:{name}Response>")
        if not image:
            return 200, SOAP_TYPE, told
        return 200, PACKAGE_TYPE, _package(told, image)

    def _envelope(self, action: str, asked: str, body: str, *, sequence: bool = False) -> bytes:
        self.messages += 1
        number = f'<d:AppSequence InstanceId="1" MessageNumber="{self.messages}"/>' if sequence else ""
        relates = f"<a:RelatesTo>{asked}</a:RelatesTo>" if asked else ""
        return (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {NAMES}><s:Header><a:To>{ANONYMOUS}</a:To>'
            f"<a:Action>{action}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{relates}{number}"
            f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()

    # Discovery and metadata

    def probe(self, text: str) -> str:
        wanted = [each.rpartition(":")[2] for each in value_of(text, "Types").split()]
        if set(wanted) - {"Device", "ScanDeviceType"} or value_of(text, "Scopes"):
            return "<d:ProbeMatches/>"
        return (
            f"<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>{self.address}</a:Address>"
            f"</a:EndpointReference><d:Types>wsdp:Device wscn:ScanDeviceType</d:Types>"
            f"<d:XAddrs>{self.url}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>"
        )

    def metadata(self) -> str:
        def section(name: str, content: str) -> str:
            return f'<m:MetadataSection Dialect="{PROFILE}/{name}">{content}</m:MetadataSection>'

        return "<m:Metadata>{}{}{}</m:Metadata>".format(
            section(
                "ThisModel",
                "<wsdp:ThisModel><wsdp:Manufacturer>Other</wsdp:Manufacturer><wsdp:ModelName>Other 100"
                "</wsdp:ModelName><wsdp:ModelNumber>100</wsdp:ModelNumber>"
                "<p:DeviceCategory>Scanners</p:DeviceCategory></wsdp:ThisModel>",
            ),
            section(
                "ThisDevice",
                "<wsdp:ThisDevice><wsdp:FriendlyName>Other 100</wsdp:FriendlyName><wsdp:FirmwareVersion>1"
                "</wsdp:FirmwareVersion><wsdp:SerialNumber>7</wsdp:SerialNumber></wsdp:ThisDevice>",
            ),
            section(
                "Relationship",
                f'<wsdp:Relationship Type="{PROFILE}/host"><wsdp:Hosted><a:EndpointReference><a:Address>{self.url}'
                "/scan</a:Address></a:EndpointReference><wsdp:Types>wscn:ScannerServiceType</wsdp:Types>"
                "<wsdp:ServiceId>urn:other:scan</wsdp:ServiceId></wsdp:Hosted></wsdp:Relationship>",
            ),
        )

    # The operations of WS-Scan

    def scanner_elements(self, body: str) -> tuple[str, bytes]:
        asked = names_in(body)
        if not asked:
            raise Refused("InvalidArgs")
        at_work = any(each.open for each in self.jobs.values())
        known = {
            "ScannerDescription": DESCRIPTION,
            "ScannerConfiguration": CONFIGURATION,
            "ScannerStatus": (
                f"<wscn:ScannerStatus><wscn:ScannerCurrentTime>{now()}</wscn:ScannerCurrentTime><wscn:ScannerState>"
                f"{'Processing' if at_work else 'Idle'}</wscn:ScannerState><wscn:ScannerStateReasons>"
                "<wscn:ScannerStateReason>None</wscn:ScannerStateReason></wscn:ScannerStateReasons>"
                "<wscn:ActiveConditions/></wscn:ScannerStatus>"
            ),
            "DefaultScanTicket": (
                "<wscn:DefaultScanTicket><wscn:JobDescription><wscn:JobName>Scan</wscn:JobName>"
                "<wscn:JobOriginatingUserName>somebody</wscn:JobOriginatingUserName></wscn:JobDescription>"
                f"<wscn:DocumentParameters>{Settings().parameters(EVERYTHING)}</wscn:DocumentParameters>"
                "</wscn:DefaultScanTicket>"
            ),
        }
        return f"<wscn:ScannerElements>{_data(asked, known)}</wscn:ScannerElements>", b""

    def _settings(self, ticket: str) -> tuple[Settings, str, frozenset[str]]:
        """What is scanned for a ticket, DocumentFinalParameters, and what was changed although it must be
        honoured."""
        given = {name: value_of(ticket, name) for name in EVERYTHING if value_of(ticket, name)}
        resolution = value_of(ticket.partition("Resolution")[2], "Width")
        if resolution:
            given["Resolution"] = resolution
        wrong = {name for name, allowed in ALLOWED.items() if name in given and given[name] not in allowed}
        settings = Settings()
        if "Format" in given and "Format" not in wrong:
            settings = replace(settings, format=given["Format"])
        if "ColorProcessing" in given and "ColorProcessing" not in wrong:
            settings = replace(settings, color=given["ColorProcessing"])
        if "Resolution" in given and "Resolution" not in wrong:
            settings = replace(settings, resolution=int(given["Resolution"]))
        medium = ticket.partition("InputMediaSize>")[2]
        size = (value_of(medium, "Width"), value_of(medium, "Height"))
        width, height = (
            int(each) if each.isdigit() else most for each, most in zip(size, (WIDTH, HEIGHT), strict=True)
        )
        region = [value_of(ticket, f"ScanRegion{name}") for name in ("XOffset", "YOffset", "Width", "Height")]
        if any(region):
            x, y, across, down = (int(each or "0") for each in region)
            if x >= min(width, WIDTH) or y >= min(height, HEIGHT):
                wrong.add("ScanRegionXOffset")
                x = y = 0
            settings = replace(settings, region=(x, y, min(across, WIDTH - x), min(down, HEIGHT - y)))
        else:
            settings = replace(settings, region=(0, 0, min(width, WIDTH), min(height, HEIGHT)))
        must = frozenset(
            name
            for name in wrong
            if is_marked(ticket, name) or (name in SIZES and any(is_marked(ticket, each) for each in SIZES[name]))
        )
        impossible = {
            name for name in ("ScalingWidth", "ScalingHeight") if not 1 <= int(given.get(name, "1")) <= 1000
        }
        final = settings.parameters(frozenset(given), frozenset(wrong))
        if "ScanRegionXOffset" in wrong and "ScanRegionXOffset" not in must and x == y == 0:
            must = must | {"ScanRegion"}  # nothing of it can be scanned
        return settings, f"<wscn:DocumentFinalParameters>{final}</wscn:DocumentFinalParameters>", must | impossible

    def validate(self, body: str) -> tuple[str, bytes]:
        settings, _, must = self._settings(body)
        if not must:
            return f"<wscn:ValidationInfo><wscn:ValidTicket>true</wscn:ValidTicket>{settings.info()}" + (
                "</wscn:ValidationInfo>"
            ), b""
        zero = re.sub(r">\d+</wscn:(PixelsPerLine|NumberOfLines)", r">0</wscn:\1", settings.info())
        right = (
            "<wscn:ValidScanTicket><wscn:JobDescription><wscn:JobName>Scan</wscn:JobName>"
            "<wscn:JobOriginatingUserName>somebody</wscn:JobOriginatingUserName></wscn:JobDescription>"
            f"<wscn:DocumentParameters>{settings.parameters(EVERYTHING)}</wscn:DocumentParameters>"
            "</wscn:ValidScanTicket>"
        )
        return (
            f"<wscn:ValidationInfo><wscn:ValidTicket>false</wscn:ValidTicket>{zero}{right}</wscn:ValidationInfo>",
            b"",
        )

    def create(self, body: str) -> tuple[str, bytes]:
        if "ScanTicket" not in body:
            raise Refused("InvalidArgs")
        if value_of(body, "DestinationToken"):
            raise Refused("ClientErrorInvalidDestinationToken")
        if value_of(body, "ScanIdentifier"):
            raise Refused("ClientErrorInvalidScanIdentifier")
        settings, final, must = self._settings(body)
        if "Format" in must:
            formats = "".join(f"<wscn:FormatValue>{each}</wscn:FormatValue>" for each in FORMATS)
            detail = f"<wscn:FormatsSupported>{formats}</wscn:FormatsSupported>"
            raise Refused("ClientErrorFormatNotSupported", detail)
        if must:
            raise Refused("InvalidArgs")
        if any(each.open for each in self.jobs.values()):
            raise Refused("ServerErrorNotAcceptingJobs", receiver=True)
        self._last += 1
        names = value_of(body, "JobName"), value_of(body, "JobOriginatingUserName")
        job = Job(self._last, uuid.uuid4().hex, settings, final, *names, now())
        self.jobs[job.id] = job
        return (
            f"<wscn:JobId>{job.id}</wscn:JobId><wscn:JobToken>{job.token}</wscn:JobToken>{settings.info()}{final}",
            b"",
        )

    def _job(self, body: str) -> Job:
        id = value_of(body, "JobId")
        if not id.isdigit():
            raise Refused("InvalidArgs")
        job = self.jobs.get(int(id))
        if job is None:
            raise Refused("ClientErrorJobIdNotFound", f"<wscn:JobId>{id}</wscn:JobId>")
        return job

    def retrieve(self, body: str) -> tuple[str, bytes]:
        job = self._job(body)
        if value_of(body, "JobToken") != job.token:
            raise Refused("ClientErrorInvalidJobToken")

        if job.state == "Canceled":
            raise Refused("ClientErrorJobCancelled")
        if not job.open:
            raise Refused("ClientErrorNoImagesAvailable")
        job.documents.append(value_of(body, "DocumentName"))
        job.end("Completed")
        kind = f"Content-Type: {TYPES[job.settings.format]}\r\n".encode()
        include = '<wscn:ScanData><x:Include href="cid:1.image@other.example"/></wscn:ScanData>'
        return include, kind + job.settings.image()

    def job_elements(self, body: str) -> tuple[str, bytes]:
        job = self._job(body)
        documents = "".join(
            f"<wscn:Document><wscn:DocumentDescription><wscn:DocumentName>{each}</wscn:DocumentName>"
            "</wscn:DocumentDescription></wscn:Document>"
            for each in job.documents
        )
        known = {
            "JobStatus": job.status(),
            "ScanTicket": (
                f"<wscn:ScanTicket><wscn:JobDescription><wscn:JobName>{job.name}</wscn:JobName>"
                f"<wscn:JobOriginatingUserName>{job.user}</wscn:JobOriginatingUserName></wscn:JobDescription>"
                f"<wscn:DocumentParameters>{job.settings.parameters(EVERYTHING)}</wscn:DocumentParameters>"
                "</wscn:ScanTicket>"
            ),
            "Documents": f"<wscn:Documents>{job.final}{documents}</wscn:Documents>",
        }
        return f"<wscn:JobElements>{_data(names_in(body), known)}</wscn:JobElements>", b""

    def active_jobs(self, body: str) -> tuple[str, bytes]:
        found = "".join(each.summary() for each in self.jobs.values() if each.open)
        return f"<wscn:ActiveJobs>{found}</wscn:ActiveJobs>", b""

    def job_history(self, body: str) -> tuple[str, bytes]:
        found = "".join(each.summary() for each in list(self.jobs.values())[-20:] if not each.open)
        return f"<wscn:JobHistory>{found}</wscn:JobHistory>", b""

    def cancel(self, body: str) -> tuple[str, bytes]:
        job = self._job(body)
        if not job.open:
            raise Refused("OperationFailed", receiver=True)
        job.end("Canceled")
        return "", b""


EVERYTHING = frozenset(
    {
        "Format",
        "CompressionQualityFactor",
        "ImagesToTransfer",
        "InputSource",
        "ContentType",
        "Rotation",
        "ColorProcessing",
        "ScalingWidth",
        "ScalingHeight",
        "Resolution",
    }
)
ALLOWED = {
    "Format": FORMATS,
    "InputSource": ("Platen",),
    "ContentType": ("Auto", "NotApplicable"),
    "Rotation": ("0",),
    "ColorProcessing": ("Grayscale8", "RGB24"),
    "ScalingWidth": ("100",),
    "ScalingHeight": ("100",),
    "Resolution": tuple(map(str, RESOLUTIONS)),
}
SIZES = {
    "ScalingWidth": ("Scaling",),
    "ScalingHeight": ("Scaling",),
    "Resolution": ("Resolution", "Width", "Height"),
    "ScanRegionXOffset": ("ScanRegionXOffset", "ScanRegionWidth", "ScanRegionYOffset"),
}
"""What must be honoured may be said of a part, or of the whole."""
BOUNDARY = "other-boundary"
PACKAGE_TYPE = (
    f'multipart/related; boundary="{BOUNDARY}"; type="application/xop+xml"; start="<0.root@other.example>"; '
    'start-info="application/soap+xml"'
)


def _package(envelope: bytes, image: bytes) -> bytes:
    """The package. `image`: the line of its type, and the image."""
    kind, _, octets = image.partition(b"\r\n")
    return (
        f'--{BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        "Content-Transfer-Encoding: binary\r\nContent-ID: <0.root@other.example>\r\n\r\n".encode()
        + envelope
        + f"\r\n--{BOUNDARY}\r\n".encode()
        + kind
        + b"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <1.image@other.example>\r\n\r\n"
        + octets
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def _data(asked: list[str], known: dict[str, str]) -> str:
    """An ElementData for each name."""
    found = []
    for name in asked:
        local = name.rpartition(":")[2]
        content = known.get(local, "")
        said = f"wscn:{local}" if content else name
        found.append(
            f'<wscn:ElementData Name="{said}" Valid="{str(bool(content)).lower()}">{content}</wscn:ElementData>'
        )
    return "".join(found)
