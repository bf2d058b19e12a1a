"""What comes instead of a SOAP answer is told as what it is: status, type, how it begins, what it likely is; never
as if the peer had sent a fault. For every operation of the client, against a web server that is not ours."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from answer_events import read_answer
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dpws.client import CallFailed
from emulator.dpws.eventing.sink import EventSink
from emulator.dpws.not_an_answer import instead_of_answer
from emulator.dsm.sequence_steps import Operation, Trouble
from emulator.dsm.sequence_table import Result
from emulator.environment.exit_codes import LabError
from emulator.inspector.inspect import inspect
from emulator.lab.lab import Lab
from emulator.options.asking import PeerEventOptions
from emulator.soap import envelope
from emulator.soap.xml import XmlRefused
from emulator.transport.client import StreamClient
from emulator.transport.http import HttpResponse

HTML = "text/html; charset=utf-8"
GATEWAY = (
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title><style>b { color: red }</style></head>"
    "<body><script>alert('no')</script><h1>Bad Gateway</h1><hr>nginx &amp; friends</body></html>"
)
LOGIN = "<HTML><body><form>Sign in <input name=u><input type='password' name=p></form></body></HTML>"
TLS = "<html><body>400 The plain HTTP request was sent to HTTPS port</body></html>"
LONG = "All work and no play makes Jack a dull boy. " * 50
WRONG = "another program at this port, or a proxy that answered in the peer's place: wrong port or path"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"

PAGES = [
    # status, Content-Type, body, what it says, what it likely is
    (502, HTML, GATEWAY, '"502 Bad Gateway Bad Gateway nginx & friends"', "a proxy or gateway that got no answer"),
    (504, "text/plain", "upstream timed out", '"upstream timed out"', "no answer from the peer in time"),
    (503, HTML, "<html>busy</html>", '"busy"', "that is busy or has nobody to ask"),
    (200, HTML, LOGIN, '"Sign in"', "a login page"),
    (200, HTML, "<html><body></body></html>", '"<html><body></body></html>"', WRONG),
    (200, "text/plain", "hello\nthere", '"hello there"', WRONG),
    (200, "", LONG, f'"{" ".join(LONG.split())[:200]}..."', WRONG),
    (200, "application/json", '{"ok": true}', '"{"ok": true}"', WRONG),
    (400, HTML, TLS, "to HTTPS port", "the URL should begin with https://"),
    (404, HTML, "<html>Not found</html>", '"Not found"', "wrong path or port"),
    (405, "text/plain", "no", '"no"', "wrong path or port"),
    (413, HTML, "<html>too large</html>", '"too large"', "takes no message of this size"),
    (500, HTML, "<html>oops</html>", '"oops"', "a web server whose program failed"),
    (302, HTML, "<html>moved</html>", '"moved"', "redirects are not followed"),
    (200, HTML, b"\x89PNG\r\n\x1a\n\0\0", "begins with the octets 89 50 4e 47", WRONG),
    (200, "text/xml", "<rss version='2.0'/>", "no SOAP message: the root element is rss, not Envelope", ""),
    (200, HTML, gzip.compress(GATEWAY.encode()), "the body looks like gzip, which nobody named", ""),
    (200, "text/xml", "<a>".encode("utf-16-le"), "the document is in UTF-16 without a byte order mark", ""),
    (
        200,
        "text/xml",
        "<E:Envelope xmlns:E='urn:e'/>",
        "its Envelope is of the namespace urn:e, not of SOAP 1.2",
        "",
    ),
    (200, "text/xml", f"<E:Envelope xmlns:E='{SOAP_11}'><E:Body/></E:Envelope>", "it lacks the header Action", ""),
]
REFUSALS = [
    (401, HTML, "<html>Who are you?</html>", '"Who are you?"', "that wants a login first"),
    (403, "text/plain", "go away", '"go away"', "that does not let us in"),
    (407, HTML, "<html>proxy</html>", '"proxy"', "a proxy that wants a login first"),
]


MET = {
    **dict.fromkeys((401, 403, 407), Result.REFUSED_US),
    **dict.fromkeys((400, 404, 405, 413), Result.TURNED_AWAY),
    **dict.fromkeys((500, 502, 503, 504), Result.HTTP_FAILED),
}


def octets(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


def check(told: str, status: int, content_type: str, says: str, likely: str) -> None:
    assert f"HTTP {status} with {content_type or 'no Content-Type'}" in told, told
    assert says in told and likely in told, told
    for ours in ("Sender:", "Receiver:", "MustUnderstand:", "VersionMismatch:", "not a well-formed SOAP message"):
        assert ours not in told, told
    assert "\n" not in told and len(told) < 900


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize(("status", "content_type", "body", "says", "likely"), PAGES + REFUSALS)
def test_every_operation_of_a_job_tells_what_came(
    operation: Operation, status: int, content_type: str, body: str | bytes, says: str, likely: str
) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    response = HttpResponse(status, "", headers, octets(body))
    asked = envelope.request("urn:a", "urn:t", None)
    trouble, _ = read_answer(operation, asked, response)
    assert isinstance(trouble, Trouble) and trouble.fault is None
    assert trouble.result is MET.get(status, Result.NONSENSE)
    check(trouble.reason, status, content_type, says, likely)


CODED = [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip, br", bytes), ("X-Own", bytes)]


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize(("coding", "coded"), CODED)
def test_a_coded_answer_is_named(operation: Operation, coding: str, coded: type[bytes]) -> None:
    headers = (("Content-Type", "application/soap+xml"), ("content-encoding", coding))
    response = HttpResponse(200, "", headers, coded(b"<Envelope/>"))
    trouble, _ = read_answer(operation, envelope.request("urn:a", "urn:t", None), response)
    assert isinstance(trouble, Trouble)
    assert f"the answer has the content coding {coding.lower()}, although none was accepted" in trouble.reason


PIECES = [
    b"<html>",
    b"<script>",
    b"</script>",
    b"<!--",
    b"<input type=password",
    b"<",
    b"&",
    b"\0",
    b"\xff",
    b"\n",
    b"{}",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40).map(b"".join), st.integers(100, 599))
def test_whatever_comes_is_told_in_one_line(body: bytes, status: int) -> None:
    told = instead_of_answer(HttpResponse(status, "", (), body), XmlRefused("not well-formed"))
    assert told.startswith(f"HTTP {status} with no Content-Type: ") and told.isprintable() and len(told) < 900


@pytest.mark.parametrize("piece", PIECES)
def test_a_page_that_is_meant_to_take_long_takes_no_second(piece: bytes) -> None:
    body = b"<html>" + piece * 100_000
    begun = time.process_time()
    instead_of_answer(HttpResponse(200, "", (), body), XmlRefused("not well-formed"))
    assert time.process_time() - begun < 1


@contextmanager
def web_server(status: int, content_type: str, body: bytes, coding: str = "") -> Iterator[tuple[str, list[str]]]:
    """Answers everything with one page; its URL, and the Accept-Encoding of each request."""
    accepted: list[str] = []

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            accepted.append(self.headers.get("Accept-Encoding", ""))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            if content_type:
                self.send_header("Content-Type", content_type)
            if coding:
                self.send_header("Content-Encoding", coding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ScanServer", accepted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ONE_EACH = [PAGES[0], PAGES[5], PAGES[3], REFUSALS[0]]


@pytest.mark.parametrize(("status", "content_type", "body", "says", "likely"), ONE_EACH)
async def test_a_job_metadata_and_subscriptions_over_sockets(
    tmp_path: Path, status: int, content_type: str, body: str, says: str, likely: str
) -> None:
    with web_server(status, content_type, body.encode()) as (url, accepted):
        async with Lab(store=tmp_path / "store") as lab:
            scanner = await lab.add_device("office-mfp")
            outcome = await scanner.scan(pages=1, server=url, manifest=tmp_path / "m.jsonl")
        assert outcome.error is not None and int(outcome.exit_code) == (5 if status == 401 else 4)
        check(str(outcome.error), status, content_type, says, likely)
        with pytest.raises(LabError) as inspected:
            await inspect(url, PeerEventOptions())
        check(str(inspected.value), status, content_type, says, likely)
        client = StreamClient()
        with pytest.raises(CallFailed) as subscribed:
            await EventSink().subscribe(client, url, ["urn:e"], url, lambda *_: None, timedelta(hours=1))
        await client.aclose()
        check(str(subscribed.value), status, content_type, says, likely)
    assert len(accepted) >= 3 and set(accepted) == {"identity"}


async def test_a_coded_answer_over_sockets(tmp_path: Path) -> None:
    with web_server(200, "application/soap+xml", gzip.compress(b"<a/>"), "gzip") as (url, _):
        async with Lab(store=tmp_path / "store") as lab:
            scanner = await lab.add_device("office-mfp")
            outcome = await scanner.scan(pages=1, server=url, manifest=tmp_path / "m.jsonl")
        assert "the content coding gzip" in str(outcome.error)
        with pytest.raises(LabError, match="the content coding gzip"):
            await inspect(url, PeerEventOptions())
