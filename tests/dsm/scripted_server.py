"""A scan server made by hand for tests: real HTTP over a socket, answers from text, and misbehaviour on order.

Independent of the project's writers and readers: envelopes are text templates in the manner of gSOAP
(prefixes of its own, all namespaces on the Envelope, mustUnderstand, line breaks), requests are taken apart
with the standard library.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import re
import uuid
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
WXF = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
SOAP = "http://www.w3.org/2003/05/soap-envelope"

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:SOAP-ENC="http://www.w3.org/2003/05/soap-encoding" xmlns:ad="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:wd="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dp="http://schemas.xmlsoap.org/ws/2006/02/devprof"
 xmlns:mx="http://schemas.xmlsoap.org/ws/2004/09/mex"
 xmlns:rp="http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing">
<SOAP-ENV:Header><ad:MessageID>urn:uuid:{message_id}</ad:MessageID><ad:RelatesTo>{relates_to}</ad:RelatesTo>
<ad:To SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</ad:To>
<ad:Action SOAP-ENV:mustUnderstand="true">{action}</ad:Action></SOAP-ENV:Header>
<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>
"""
FAULT = (
    "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:{code}</SOAP-ENV:Value><SOAP-ENV:Subcode>"
    "<SOAP-ENV:Value>rp:{subcode}</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason>"
    '<SOAP-ENV:Text xml:lang="en">{reason}</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>'
)


@dataclass
class Seen:
    """A request as it came in. `data` is what had arrived when the server acted."""

    operation: str
    path: str
    headers: dict[str, str]
    data: bytes
    whole: bool = False
    document: ET.Element | None = None
    image: bytes | None = None
    connection: int = 0

    def text(self, name: str) -> str:
        """Text of the first element of that local name."""
        assert self.document is not None
        return next((e.text or "" for e in self.document.iter() if e.tag.rpartition("}")[2] == name), "")


@dataclass
class Reply:
    """An answer as it goes out."""

    status: int
    content_type: str
    data: bytes
    more: str = ""


@dataclass
class Act:
    """What the server does with one request instead of serving it.

    `process`: it does what the request says all the same. `early`: before the body has been read.
    `reply`: makes the answer, None: no answer (or, with `process` and `delay`, the right one).
    `abort`: reset instead of a close. `hang`: keep it open. `delay`: seconds before the answer.
    """

    process: bool = False
    early: bool = False
    reply: Callable[[ScriptedServer, Seen], Reply] | None = None
    abort: bool = False
    hang: bool = False
    delay: float = 0.0


def fault(subcode: str, *, status: int = 500, code: str = "Receiver", early: bool = False) -> Act:
    """Answer with a fault; nothing is processed."""

    def reply(server: ScriptedServer, seen: Seen) -> Reply:
        body = FAULT.format(code=code, subcode=subcode, reason="no")
        return server.envelope(seen, f"{WSA}/fault", body, status=status)

    return Act(reply=reply, early=early)


def plain(status: int, content_type: str, data: bytes, more: str = "") -> Act:
    """Answer with these octets."""
    return Act(reply=lambda server, seen: Reply(status, content_type, data, more))


HTML = plain(200, "text/html", b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>")
EMPTY = plain(200, "application/soap+xml", b"")
RESET = Act(abort=True)
RESET_AFTER_PROCESSING = Act(process=True, abort=True)
RESET_EARLY = Act(early=True, abort=True)
HANG = Act(hang=True)
HANG_AFTER_PROCESSING = Act(process=True, hang=True)


@dataclass
class Job:
    """A post-scan job of the model."""

    token: str
    state: str = "Creating"
    reasons: tuple[str, ...] = ()
    images: dict[int, str] = field(default_factory=dict)
    polls: int = 0


class ScriptedServer:
    """Listens on a free loopback port. `script[operation]` lists what is done with the next such requests;
    after that they are served. An async context manager."""

    def __init__(self) -> None:
        self.script: dict[str, list[Act | None]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.jobs: dict[str, Job] = {}
        self.polls_to_end = 2
        self.end_state, self.end_reason = "Completed", "PostScanJobCompletedSuccessfully"
        self.relates_to: str | None = None
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ScanServer"

    @property
    def service_url(self) -> str:
        return f"{self.url}/4d15d73c"

    @property
    def operations(self) -> list[str]:
        """The operations asked for, in order."""
        return [seen.operation for seen in self.seen]

    async def __aenter__(self) -> ScriptedServer:
        await self.listen()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def listen(self) -> None:
        """Listen, on the same port as before. Nothing happens when it does already."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and reset every connection."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        number = self.connections
        try:
            while await self._one(reader, writer, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        length = int(headers["content-length"])
        data = b""
        action = None
        while action is None and len(data) < length:
            data += await reader.read(min(65536, length - len(data)))
            action = re.search(rb"<(?:\w+:)?Action[^>]*>([^<]+)</", data)
        assert action is not None, data
        seen = Seen(action[1].decode().rpartition("/")[2], path, headers, data, connection=number)
        self.seen.append(seen)
        act = self.script[seen.operation].pop(0) if self.script[seen.operation] else None
        if act is None or not act.early:
            seen.data += await reader.readexactly(length - len(data))
            seen.whole = True
            _take_apart(seen)
        served = self._process(seen) if act is None or act.process else None
        if act is not None:
            if act.reply is not None:
                served = act.reply(self, seen)
            elif not act.delay:
                served = None
            await asyncio.sleep(60 if act.hang else act.delay)
        if served is None:
            if act is not None and act.abort:
                writer.transport.abort()
            return False
        writer.write(
            f"HTTP/1.1 {served.status} Whatever\r\nContent-Type: {served.content_type}\r\n{served.more}"
            f"Content-Length: {len(served.data)}\r\n\r\n".encode()
            + served.data
        )
        await writer.drain()
        if seen.whole:
            return True
        # Like gSOAP: a fault closes the connection although the sender is still sending.
        writer.write_eof()
        await asyncio.sleep(0.2)
        return False

    def envelope(self, seen: Seen, action: str, body: str, *, status: int = 200) -> Reply:
        """An answer to `seen`."""
        relates_to = re.search(rb"MessageID[^>]*>([^<]+)</", seen.data)
        assert relates_to is not None
        text = ENVELOPE.format(
            message_id=uuid.uuid4(),
            relates_to=self.relates_to or relates_to[1].decode(),
            action=action,
            body=body,
        )
        return Reply(status, "application/soap+xml; charset=utf-8", text.encode())

    # What a scan server does

    def _process(self, seen: Seen) -> Reply:
        if seen.operation == "Probe":
            return self.envelope(
                seen,
                f"{WSD}/ProbeMatches",
                "<wd:ProbeMatches><wd:ProbeMatch><ad:EndpointReference><ad:Address>urn:uuid:1</ad:Address>"
                f"</ad:EndpointReference><wd:Types>dp:Device</wd:Types><wd:XAddrs>{self.url}</wd:XAddrs>"
                "<wd:MetadataVersion>1</wd:MetadataVersion></wd:ProbeMatch></wd:ProbeMatches>",
            )
        if seen.operation == "Get":
            return self.envelope(
                seen,
                f"{WXF}/GetResponse",
                "<mx:Metadata><mx:MetadataSection><dp:ThisModel><dp:Manufacturer>M</dp:Manufacturer>"
                "<dp:ModelName>N</dp:ModelName></dp:ThisModel></mx:MetadataSection><mx:MetadataSection>"
                "<dp:ThisDevice><dp:FriendlyName>F</dp:FriendlyName></dp:ThisDevice></mx:MetadataSection>"
                "<mx:MetadataSection><dp:Relationship><dp:Hosted><ad:EndpointReference><ad:Address>"
                f"{self.service_url}</ad:Address></ad:EndpointReference><dp:Types>rp:OwnName</dp:Types>"
                "<dp:ServiceId>uri:1</dp:ServiceId></dp:Hosted></dp:Relationship></mx:MetadataSection></mx:Metadata>",
            )
        if seen.operation == "CreatePostScanJob":
            job = Job(str(uuid.uuid4()))
            self.jobs[job.token] = job
            return self._answer(seen, f"<rp:JobToken>{job.token}</rp:JobToken>")
        found = self.jobs.get(seen.text("JobToken"))
        if found is None:
            return self._fault(seen, "ClientErrorJobTokenNotFound")
        return self._of_job(seen, found)

    def _of_job(self, seen: Seen, job: Job) -> Reply:
        ended = job.state in ("Canceled", "Aborted", "Completed")
        if seen.operation == "GetPostScanJobElements":
            if seen.text("Name").rpartition(":")[2] != "JobStatus":
                return self._fault(seen, "InvalidArgs")
            return self._job_status(seen, job)
        if ended:
            return self._fault(seen, "ClientErrorJobTokenNotFound")
        if seen.operation == "CancelPostScanJob":
            job.state, job.reasons = "Canceled", ("PostScanJobCanceled",)
        elif job.state != "Creating":
            return self._fault(seen, "OperationFailed")
        elif seen.operation == "SendImage":
            number = int(seen.text("DocumentId"))
            assert seen.image is not None
            if number in job.images:
                return self._fault(seen, "InvalidArgs")
            job.images[number] = hashlib.sha256(seen.image).hexdigest()
        else:
            job.state = "Processing"
        return self._answer(seen, "")

    def _job_status(self, seen: Seen, job: Job) -> Reply:
        if job.state == "Processing":
            job.polls += 1
            if job.polls >= self.polls_to_end:
                job.state, job.reasons = self.end_state, (self.end_reason,)
        reasons = "".join(f"<rp:JobStateReason>{reason}</rp:JobStateReason>" for reason in job.reasons)
        reasons = f"<rp:JobStateReasons>{reasons}</rp:JobStateReasons>" if reasons else ""
        done = "CompletedSuccessfully" if job.state == "Completed" else "Pending"
        return self._answer(
            seen,
            '<rp:JobElements><rp:ElementData rp:Name="rp:JobStatus" rp:Valid="true"><rp:JobStatus>'
            f"<rp:JobToken>{job.token}</rp:JobToken><rp:JobState>{job.state}</rp:JobState>{reasons}"
            "<rp:FilterStatuses><rp:FilterStatus><rp:Dialect>http://schemas.microsoft.com/windows/2007/10/imaging/"
            f"postscan/filter/fileshare</rp:Dialect><rp:FilterState>{done}</rp:FilterState></rp:FilterStatus>"
            f"</rp:FilterStatuses><rp:ImagesReceived>{len(job.images)}</rp:ImagesReceived></rp:JobStatus>"
            "</rp:ElementData></rp:JobElements>",
        )

    def _answer(self, seen: Seen, content: str) -> Reply:
        name = f"{seen.operation}Response"
        return self.envelope(seen, f"{DSP}/{name}", f"<rp:{name}>{content}</rp:{name}>")

    def _fault(self, seen: Seen, subcode: str) -> Reply:
        sender = subcode in ("InvalidArgs", "ClientErrorJobTokenNotFound")
        code, status = ("Sender", 400) if sender else ("Receiver", 500)
        return self.envelope(
            seen, f"{WSA}/fault", FAULT.format(code=code, subcode=subcode, reason="no"), status=status
        )


def _take_apart(seen: Seen) -> None:
    """Envelope and image of a whole request, with the standard library's readers."""
    content_type = seen.headers["content-type"]
    if not content_type.startswith("multipart/"):
        seen.document = ET.fromstring(seen.data)
        return
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = email.message_from_bytes(head + seen.data, policy=email.policy.HTTP)
    root, image = message.get_payload()  # type: ignore[misc]
    seen.document = ET.fromstring(root.get_payload(decode=True))  # type: ignore[union-attr,arg-type]
    seen.image = image.get_payload(decode=True)  # type: ignore[union-attr,assignment]
