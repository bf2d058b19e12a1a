"""A scan server on plain sockets that can be told to lie. Nothing of it comes from the program under test: answers
are text, requests are taken apart with lxml and the standard library.

It does what a scan server does unless `lie` says otherwise. What it really has is in `images` and `ended`.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import socket
import struct
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from lxml import etree

NS = {
    "S": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "e": "http://schemas.xmlsoap.org/ws/2004/08/eventing",
    "d": "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing",
    "p": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/mex",
    "w": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
}
DECLARED = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in NS.items())
FILTER = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/"
FILE_SHARE, EMAIL = FILTER + "fileshare", FILTER + "email"
SOAP_TYPE = "application/soap+xml; charset=utf-8"


@dataclass
class Raw:
    """An HTTP answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = SOAP_TYPE
    more: str = ""


DROP = Raw(status=0)
"""The connection is closed without an answer."""
HOLD = Raw(status=-1)
"""No answer, and the connection stays open."""
HTML = Raw(200, b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>", "text/html")
EMPTY_202 = Raw(202)


_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""A close that resets."""


def gateway(status: int, more: str = "") -> Raw:
    """What a proxy says."""
    return Raw(status, b"<html><body>Gateway</body></html>", "text/html", more)


BUSY = gateway(503, "Retry-After: 1\r\n")


@dataclass
class Fault:
    """A SOAP fault."""

    subcode: str
    status: int = 500


@dataclass
class Told:
    """What one JobStatus says; `raw` stands in it as it is."""

    token: str
    state: str
    reasons: list[str]
    filters: list[tuple[str, str]]
    count: int | None
    raw: str = ""
    psp: str = ""


@dataclass
class Lie:
    """How the server departs from the truth. All callables are optional."""

    answer: dict[str, list[tuple[bool, Raw | Fault] | None]] = field(default_factory=dict)
    """Operation -> for the first, second ... request: whether it is done all the same, and what is answered."""
    create: str = ""
    """Content of CreatePostScanJobResponse; {token} is the job's."""
    status: Callable[[Told, int], object] | None = None
    """Changes what the answer to the n-th question (from 1) says."""
    event: Callable[[Told], object] | None = None
    """Changes what an end-state event says; without it no event is sent."""
    status_event: Callable[[Told], object] | None = None
    """Changes what a status event says that goes out when the job is created."""
    second_status: Callable[[Told], object] | None = None
    """Changes what a second JobStatus in the same answer says."""
    parameters: str = ""
    """Reference properties and parameters of the hosted service's endpoint reference, as XML."""
    polls_to_end: int = 2


class LyingServer:
    """Listens on a free loopback port; a context manager. One job at a time."""

    def __init__(self, lie: Lie | None = None, filters: tuple[str, ...] = (FILE_SHARE,)) -> None:
        self.lie = lie or Lie()
        self.filters = filters
        self.token = str(uuid.uuid4())
        self.images: list[str] = []
        """SHA-256 of each stored image, as often as it is stored."""
        self.ended = False
        self.canceled = False
        self.seen: list[tuple[str, etree._Element]] = []
        """Operation and envelope of each request."""
        self._asked: Counter[str] = Counter()
        self._notify: tuple[str, str] | None = None
        self._polls = 0
        self._psp = ""
        self._lock = threading.RLock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/ScanServer"

    @property
    def service(self) -> str:
        return f"{self.url}/Jobs"

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.seen]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        socket.create_connection(self._listener.getsockname()).close()  # wakes the thread that accepts
        self._thread.join(5)
        self._listener.close()
        for each in self._open:
            each.close()

    # HTTP

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self._open.append(connection)
            if self._closing.is_set():
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
                }
                length = int(headers["content-length"])
                while len(data) < length:
                    data += connection.recv(65536)
                body, data = data[:length], data[length:]
                with self._lock:
                    answer = self._answer(headers["content-type"], body)
                if answer.status < 0:
                    self._closing.wait(30)
                if answer.status <= 0:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return
                connection.sendall(
                    f"HTTP/1.1 {answer.status} X\r\nContent-Type: {answer.content_type}\r\n{answer.more}"
                    f"Content-Length: {len(answer.body)}\r\n\r\n".encode()
                    + answer.body
                )
        except OSError:
            pass
        finally:
            connection.close()

    # A scan server

    def _answer(self, content_type: str, body: bytes) -> Raw:
        document, image = _apart(content_type, body)
        operation = (document.findtext(".//a:Action", "", NS)).rpartition("/")[2]
        self.seen.append((operation, document))
        self._asked[operation] += 1
        planned = self.lie.answer.get(operation, [])
        number = self._asked[operation]
        instead = planned[number - 1] if number <= len(planned) else None
        answer = self._do(operation, document, image) if instead is None or instead[0] else Raw()
        if instead is None:
            return answer
        if isinstance(instead[1], Fault):
            return self._fault(document, instead[1])
        return instead[1]

    def _do(self, operation: str, document: etree._Element, image: bytes) -> Raw:
        match operation:
            case "Probe":
                return self._envelope(document, f"{NS['w']}/ProbeMatches", _PROBE_MATCHES.format(url=self.url))
            case "Get":
                parameters = self.lie.parameters
                body = _METADATA.format(url=self.service, parameters=parameters)
                return self._envelope(document, "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse", body)
            case "Subscribe":
                return self._subscribed(document)
            case "Unsubscribe" | "Renew":
                return self._envelope(document, f"{NS['e']}/{operation}Response", "")
            case "CreatePostScanJob":
                self._psp = document.findtext(".//d:PSP_Identifier", "", NS)
                if self.lie.status_event is not None:
                    told = self._told("Creating")
                    self.lie.status_event(told)
                    self._send("PostScanJobStatusEvent", f"<d:JobStatus>{_status(told)}</d:JobStatus>")
                content = self.lie.create or "<d:JobToken>{token}</d:JobToken>"
                return self._response(document, operation, content.format(token=self.token))
            case "SendImage":
                if self.ended or self.canceled:
                    return self._fault(document, Fault("OperationFailed"))
                self.images.append(hashlib.sha256(image).hexdigest())
            case "EndPostScanJob":
                if self.ended or self.canceled:
                    return self._fault(document, Fault("OperationFailed"))
                self.ended = True
                if self.lie.event is not None:
                    self._end_event(self.lie.event)
            case "CancelPostScanJob":
                self.canceled = True
            case _:
                return self._elements(document)
        return self._response(document, operation, "")

    def _told(self, state: str) -> Told:
        done = {"Completed": "CompletedSuccessfully", "Canceled": "Canceled"}.get(state, "Pending")
        reasons = {"Completed": ["PostScanJobCompletedSuccessfully"], "Canceled": ["PostScanJobCanceled"]}
        filters = [(dialect, done) for dialect in self.filters]
        return Told(self.token, state, reasons.get(state, []), filters, len(self.images), psp=self._psp)

    def _elements(self, document: etree._Element) -> Raw:
        self._polls += self.ended
        state = "Canceled" if self.canceled else "Creating"
        if self.ended and not self.canceled:
            state = "Completed" if self._polls >= self.lie.polls_to_end else "Processing"
        told = [self._told(state)]
        if self.lie.second_status is not None:
            told.append(self._told(state))
            self.lie.second_status(told[1])
        if self.lie.status is not None:
            self.lie.status(told[0], self._asked["GetPostScanJobElements"])
        data = "".join(
            '<d:ElementData d:Name="d:JobStatus" d:Valid="true">'
            f"<d:JobStatus>{_status(each)}</d:JobStatus></d:ElementData>"
            for each in told
        )
        content = f"<d:JobElements>{data}</d:JobElements>"
        return self._response(document, "GetPostScanJobElements", content)

    def _subscribed(self, document: etree._Element) -> Raw:
        address = document.findtext(".//e:NotifyTo/a:Address", "", NS)
        parameters = document.find(".//e:NotifyTo/a:ReferenceParameters", NS)
        inside = [] if parameters is None else [etree.tostring(each).decode() for each in parameters]
        self._notify = address, "".join(inside)
        body = (
            "<e:SubscribeResponse><e:SubscriptionManager><a:Address>" + self.service + "</a:Address>"
            "</e:SubscriptionManager><e:Expires>PT1H</e:Expires></e:SubscribeResponse>"
        )
        return self._envelope(document, f"{NS['e']}/SubscribeResponse", body)

    def _end_event(self, lie: Callable[[Told], object]) -> None:
        """Before the answer to EndPostScanJob, so that it surely comes before any other answer."""
        told = self._told("Completed")
        lie(told)
        self._send("PostScanJobEndStateEvent", f"<d:PostScanJobEndState>{_end_state(told)}</d:PostScanJobEndState>")

    def _send(self, name: str, content: str) -> None:
        assert self._notify is not None, "nobody has subscribed"
        address, parameters = self._notify
        message = _ENVELOPE.format(
            declared=DECLARED, id=uuid.uuid4(), to=address, action=f"{NS['d']}/{name}", relates="",
            more=parameters, body=f"<d:{name}>{content}</d:{name}>",
        ).encode()  # fmt: skip
        host, port, path = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", address).groups()  # type: ignore[union-attr]
        with socket.create_connection((host, int(port)), 5) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {SOAP_TYPE}\r\n"
            connection.sendall(
                f"{head}Connection: close\r\nContent-Length: {len(message)}\r\n\r\n".encode() + message
            )
            answer = connection.recv(65536)
            assert answer.split(b" ")[1] in (b"200", b"202"), answer

    # Messages

    def _response(self, document: etree._Element, operation: str, content: str) -> Raw:
        name = f"{operation}Response"
        return self._envelope(document, f"{NS['d']}/{name}", f"<d:{name}>{content}</d:{name}>")

    def _fault(self, document: etree._Element, fault: Fault) -> Raw:
        code = "Sender" if fault.status == 400 else "Receiver"
        body = (
            f"<S:Fault><S:Code><S:Value>S:{code}</S:Value><S:Subcode><S:Value>d:{fault.subcode}</S:Value></S:Subcode>"
            '</S:Code><S:Reason><S:Text xml:lang="en">no</S:Text></S:Reason></S:Fault>'
        )
        answer = self._envelope(document, f"{NS['a']}/fault", body)
        answer.status = fault.status
        return answer

    def _envelope(self, document: etree._Element, action: str, body: str) -> Raw:
        relates = document.findtext(".//a:MessageID", "", NS)
        to = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
        text = _ENVELOPE.format(
            declared=DECLARED, id=uuid.uuid4(), to=to, action=action, more="", body=body,
            relates=f"<a:RelatesTo>{relates}</a:RelatesTo>",
        )  # fmt: skip
        return Raw(body=text.encode())


_ENVELOPE = (
    "<S:Envelope {declared}><S:Header><a:To>{to}</a:To><a:Action>{action}</a:Action>"
    "<a:MessageID>urn:uuid:{id}</a:MessageID>{relates}{more}</S:Header><S:Body>{body}</S:Body></S:Envelope>"
)
_PROBE_MATCHES = (
    "<w:ProbeMatches><w:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:6d1c8a4e-4a0e-4d1c-9d59-8f5f0a6bb1c2"
    "</a:Address></a:EndpointReference><w:Types>p:Device</w:Types><w:XAddrs>{url}</w:XAddrs>"
    "<w:MetadataVersion>1</w:MetadataVersion></w:ProbeMatch></w:ProbeMatches>"
)
_METADATA = (
    "<x:Metadata><x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/ThisModel'><p:ThisModel>"
    "<p:Manufacturer>M</p:Manufacturer><p:ModelName>N</p:ModelName></p:ThisModel></x:MetadataSection>"
    "<x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/ThisDevice'><p:ThisDevice>"
    "<p:FriendlyName>F</p:FriendlyName></p:ThisDevice></x:MetadataSection>"
    "<x:MetadataSection Dialect='http://schemas.xmlsoap.org/ws/2006/02/devprof/Relationship'>"
    "<p:Relationship Type='http://schemas.xmlsoap.org/ws/2006/02/devprof/host'><p:Hosted><a:EndpointReference>"
    "<a:Address>{url}</a:Address>{parameters}</a:EndpointReference>"
    "<p:Types>d:RepositoryProcessingServiceType</p:Types><p:ServiceId>uri:jobs</p:ServiceId></p:Hosted>"
    "</p:Relationship></x:MetadataSection></x:Metadata>"
)


def _status(told: Told) -> str:
    return (
        f"<d:JobToken>{told.token}</d:JobToken><d:JobState>{told.state}</d:JobState>"
        f"{_reasons(told, 'JobStateReasons')}{_filters(told, 'FilterStatuses')}{_count(told)}{told.raw}"
    )


def _end_state(told: Told) -> str:
    return (
        f"<d:JobToken>{told.token}</d:JobToken><d:PSP_Identifier>{told.psp}</d:PSP_Identifier>"
        "<d:PSP_DisplayName>Scan</d:PSP_DisplayName><d:JobOriginatingUserName>u</d:JobOriginatingUserName>"
        f"<d:JobCompletedState>{told.state}</d:JobCompletedState>{_reasons(told, 'JobCompletedStateReasons')}"
        f"{_filters(told, 'FilterCompletedStatuses')}{_count(told)}{told.raw}"
    )


def _reasons(told: Told, name: str) -> str:
    inside = "".join(f"<d:JobStateReason>{reason}</d:JobStateReason>" for reason in told.reasons)
    return f"<d:{name}>{inside}</d:{name}>" if inside else ""


def _filters(told: Told, name: str) -> str:
    inside = "".join(
        f"<d:FilterStatus><d:Dialect>{dialect}</d:Dialect><d:FilterState>{state}</d:FilterState></d:FilterStatus>"
        for dialect, state in told.filters
    )
    return f"<d:{name}>{inside}</d:{name}>"


def _count(told: Told) -> str:
    return "" if told.count is None else f"<d:ImagesReceived>{told.count}</d:ImagesReceived>"


def _apart(content_type: str, body: bytes) -> tuple[etree._Element, bytes]:
    """Envelope and image of a request."""
    if not content_type.startswith("multipart/"):
        return etree.fromstring(body), b""
    message = email.message_from_bytes(
        f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode() + body, policy=email.policy.HTTP
    )
    root, image = message.iter_parts()  # type: ignore[attr-defined]
    return etree.fromstring(root.get_payload(decode=True)), image.get_payload(decode=True)
