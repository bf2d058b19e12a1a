"""The conversation of a one-page post-scan job with nothing around it: asyncio streams and lxml, one kept
connection, the same exchanges as ours. What a job is measured against; run by bench_job.py."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
WSDP = "http://schemas.xmlsoap.org/ws/2006/02/devprof"
DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
PSP = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
FSF = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"
XOP = "http://www.w3.org/2004/08/xop/include"
ANONYMOUS = f"{WSA}/role/anonymous"
USER = "S-1-5-21-917267712-1342860078-1792151419-1001"
SCAN_PROCESS = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
POLL_FIRST = 0.02


def add(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    child.text = text
    return child


def envelope(to: str, action: str, body: etree._Element | None) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "wsa": WSA})
    header = add(root, SOAP, "Header")
    add(header, WSA, "To", to)
    add(header, WSA, "Action", action)
    add(header, WSA, "MessageID", uuid.uuid4().urn)
    add(add(header, WSA, "ReplyTo"), WSA, "Address", ANONYMOUS)
    content = add(root, SOAP, "Body")
    if body is not None:
        content.append(body)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def request(name: str) -> etree._Element:
    return etree.Element(f"{{{DSP}}}{name}Request", nsmap={"dsp": DSP, "psp": PSP})


def creation() -> etree._Element:
    body = request("CreatePostScanJob")
    add(body, DSP, "UserIdentifier", USER)
    add(body, DSP, "PSP_Identifier", SCAN_PROCESS)
    instructions = add(body, DSP, "PostScanInstructions")
    add(instructions, PSP, "ContinueOnError", "false")
    add(instructions, PSP, "DocumentRootName", "Invoice")
    each = add(add(instructions, PSP, "FiltersToProcess"), PSP, "Filter")
    add(each, PSP, "Dialect", FSF)
    shares = add(add(add(each, PSP, "Instructions"), FSF, "FileShareConfig"), FSF, "FileShares")
    add(shares, FSF, "ShareUNC", r"\\contoso\IncomingScans")
    return body


def _octets(page: Path) -> bytes:
    return page.read_bytes()


class Bare:
    """One connection; `job` runs a job over it."""

    def __init__(self, url: str, context: ssl.SSLContext | None) -> None:
        self.url = url
        self.parts = urlsplit(url)
        self.context = context
        self.exchanges = 0

    async def connect(self) -> None:
        host, port = self.parts.hostname or "", self.parts.port
        self.reader, self.writer = await asyncio.open_connection(host, port, ssl=self.context)

    async def exchange(self, url: str, body: bytes, content_type: str = "application/soap+xml") -> etree._Element:
        head = (
            f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: {self.parts.netloc}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        await self.writer.drain()
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert " 200 " in answer.partition("\r\n")[0], answer
        length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
        self.exchanges += 1
        return etree.fromstring(await self.reader.readexactly(length))

    async def ask(self, service: str, name: str, body: etree._Element) -> etree._Element:
        return await self.exchange(service, envelope(service, f"{DSP}/{name}", body))

    async def job(self, page: Path) -> None:
        probe = etree.Element(f"{{{WSD}}}Probe", nsmap={"wsd": WSD})
        to = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
        found = await self.exchange(self.url, envelope(to, f"{WSD}/Probe", probe))
        address = found.findtext(f".//{{{WSA}}}EndpointReference/{{{WSA}}}Address")
        get = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
        metadata = await self.exchange(self.url, envelope(address, get, None))
        service = next(
            hosted.findtext(f"{{{WSA}}}EndpointReference/{{{WSA}}}Address")
            for hosted in metadata.iter(f"{{{WSDP}}}Hosted")
            if "RepositoryProcessing" in hosted.findtext(f"{{{WSDP}}}Types")
        )
        made = await self.ask(service, "CreatePostScanJob", creation())
        token = made.findtext(f".//{{{DSP}}}JobToken")
        await self.send(service, token, page)
        end = request("EndPostScanJob")
        add(end, DSP, "JobToken", token)
        await self.ask(service, "EndPostScanJob", end)
        pause = POLL_FIRST
        while True:
            question = request("GetPostScanJobElements")
            add(question, DSP, "JobToken", token)
            add(add(question, DSP, "RequestedElements"), DSP, "Name", "dsp:JobStatus")
            told = await self.ask(service, "GetPostScanJobElements", question)
            state = told.findtext(f".//{{{DSP}}}JobState")
            if state == "Completed":
                return
            assert state in ("Pending", "Started", "Processing"), state
            await asyncio.sleep(pause)
            pause *= 2

    async def send(self, service: str, token: str, page: Path) -> None:
        body = request("SendImage")
        add(body, DSP, "JobToken", token)
        description = add(body, DSP, "DocumentDescription")
        add(description, DSP, "DocumentId", "1")
        add(description, DSP, "Format", "jfif")
        include = etree.SubElement(add(body, DSP, "ImageData"), f"{{{XOP}}}Include", nsmap={"xop": XOP})
        include.set("href", "cid:image@bare")
        root = envelope(service, f"{DSP}/SendImage", body)
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
            "Content-Transfer-Encoding: binary\r\nContent-ID: <root@bare>\r\n\r\n"
        )
        part = (
            f"\r\n--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n"
            "Content-ID: <image@bare>\r\n\r\n"
        )
        data = b"".join((head.encode(), root, part.encode(), _octets(page), f"\r\n--{boundary}--\r\n".encode()))
        kind = (
            f'multipart/related; type="application/xop+xml"; boundary="{boundary}"; start="<root@bare>"; '
            'start-info="application/soap+xml"'
        )
        await self.exchange(service, data, kind)
