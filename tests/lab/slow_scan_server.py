"""A scan server of the standard library alone, that takes images as slowly as a test wants: a WS-DSP service at a
known address, its answers text."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
FILE_SHARE = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"
TOKEN = "5f6c1d2e-0b1a-4c3d-9e8f-7a6b5c4d3e2f"

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="{dsp}"><s:Header><a:To>'
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:Action>{action}Response</a:Action>"
    "<a:MessageID>urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100</a:MessageID><a:RelatesTo>{relates_to}</a:RelatesTo>"
    "</s:Header><s:Body>{content}</s:Body></s:Envelope>"
)
REFUSED = (
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>d:OperationFailed</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">The service cannot perform the requested operation.</s:Text></s:Reason>'
    "</s:Fault>"
)


@dataclass
class SlowScanServer:
    """`go_on` lets images after the first `quick` ones in; `refuse`: they are refused then."""

    quick: int = 1
    refuse: bool = False
    url: str = ""
    go_on: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    """An image is held up."""
    received: int = 0
    ended: bool = False
    asked: list[str] = field(default_factory=list)
    """Names of the operations, in order."""

    def take(self, name: str, content_type: str, data: bytes) -> None:
        """A request as it came, before it is answered."""

    def answer(self, name: str) -> tuple[int, str]:
        """Status and content of the response to an operation."""
        self.asked.append(name)
        if name == "CreatePostScanJob":
            return 200, f"<d:JobToken>{TOKEN}</d:JobToken>"
        if name == "SendImage":
            if self.received >= self.quick:
                self.waiting.set()
                assert self.go_on.wait(60)
                if self.refuse:
                    return 500, ""
            self.received += 1
        if name == "EndPostScanJob":
            self.ended = True
        if name == "GetPostScanJobElements":
            state, reason, filter_state = (
                ("Completed", "PostScanJobCompletedSuccessfully", "CompletedSuccessfully")
                if self.ended
                else ("Creating", "None", "Pending")
            )
            return 200, (
                '<d:JobElements><d:ElementData d:Name="d:JobStatus" d:Valid="true"><d:JobStatus>'
                f"<d:JobToken>{TOKEN}</d:JobToken><d:JobState>{state}</d:JobState><d:JobStateReasons><d:JobStateReason>"
                f"{reason}</d:JobStateReason></d:JobStateReasons><d:FilterStatuses><d:FilterStatus><d:Dialect>"
                f"{FILE_SHARE}</d:Dialect><d:FilterState>{filter_state}</d:FilterState></d:FilterStatus>"
                f"</d:FilterStatuses><d:ImagesReceived>{self.received}</d:ImagesReceived></d:JobStatus></d:ElementData>"
                "</d:JobElements>"
            )
        return 200, ""


S = TypeVar("S", bound=SlowScanServer)


@contextmanager
def slow_scan_server(**options: object) -> Iterator[SlowScanServer]:
    """Listens on a free port of loopback; nobody is held up when it ends."""
    with serving(SlowScanServer(**options)) as found:  # type: ignore[arg-type]
        yield found


@contextmanager
def serving(found: S) -> Iterator[S]:
    """Has `found` answer; likewise."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            action = re.search(rb"Action[^>]*>([^<]+)<", data)
            asked = re.search(rb"MessageID[^>]*>([^<]+)<", data)
            assert action is not None and asked is not None
            uri = action[1].decode()
            name = uri.rpartition("/")[2]
            found.take(name, self.headers["Content-Type"], data)
            status, content = found.answer(name)
            body = f"<d:{name}Response>{content}</d:{name}Response>" if status == 200 else REFUSED
            text = ENVELOPE.format(dsp=DSP, action=uri, relates_to=asked[1].decode(), content=body)
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/processing"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        found.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
