"""The HAR 1.2 trace of real exchanges: its structure, what of a body stands in it, and what never does."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.layers import Layers
from emulator.trace.har import HarTrace
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import (
    BytesBody,
    Headers,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    Refused,
    TimeLimits,
)
from emulator.transport.memory import MemoryClient
from emulator.transport.observe import KEPT_BODY_BYTES, Exchange
from emulator.transport.passing import PassingOctets
from emulator.transport.points import EXCHANGE
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

LIMITS = TimeLimits(connect=5, read=5)
IMAGE = b"\xff\xd8image octets\r\n--not the boundary\x00" * 20_000
PACKAGE = 'multipart/related; boundary="b1"; type="application/xop+xml"; start="<root>"'
ENVELOPE = b"<s:Envelope xmlns:s='e'><s:Body>\xc3\xa4</s:Body></s:Envelope>"


def package(folder: Path, image: bytes = IMAGE, envelope: bytes = ENVELOPE) -> SegmentedBody:
    """A SendImage as it goes over the wire: the image comes from a file."""
    (folder / "page").write_bytes(image)
    return SegmentedBody(
        (
            b"--b1\r\nContent-ID: <root>\r\nContent-Type: application/xop+xml\r\n\r\n" + envelope,
            b"\r\n--b1\r\nContent-ID: <image@x>\r\nContent-Type: image/jpeg; q=1\r\n\r\n",
            FileSegment(folder / "page", len(image)),
            b"\r\n--b1--\r\n",
        )
    )


async def handler(request: IncomingRequest) -> OutgoingResponse:
    if request.path == "/early":
        return OutgoingResponse(400, b"no", close=True)
    async for _ in request.body:
        pass
    return OutgoingResponse(
        200, b"<a/>", (("Content-Type", "application/soap+xml"), ("Set-Cookie", "session=hunter2"))
    )


def entries(path: Path) -> list[dict[str, Any]]:
    """The trace's entries, once its structure is that of HAR 1.2."""
    log = json.loads(path.read_text(encoding="utf-8"))["log"]
    assert log["version"] == "1.2" and log["creator"]["name"] == "dsm-emulator" and log["creator"]["version"]
    for entry in log["entries"]:
        check_entry(entry)
    found: list[dict[str, Any]] = log["entries"]
    return found


def check_entry(entry: dict[str, Any]) -> None:
    """The required fields of the format, with their types; our own begin with '_'."""
    assert datetime.datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
    timings = entry["timings"]
    assert set(timings) == {"blocked", "dns", "connect", "ssl", "send", "wait", "receive"}
    assert all(isinstance(value, (int, float)) and value >= -1 for value in timings.values())
    assert min(timings["send"], timings["wait"], timings["receive"]) >= 0
    counted = sum(value for name, value in timings.items() if name != "ssl" and value > 0)
    assert entry["time"] == pytest.approx(counted, abs=0.01)
    request, response = entry["request"], entry["response"]
    texts = {
        "method": request,
        "url": request,
        "httpVersion": request,
        "statusText": response,
        "redirectURL": response,
    }
    assert all(isinstance(part[name], str) for name, part in texts.items())
    for part in (request, response):
        assert part["cookies"] == [] and part["headersSize"] == -1
        for header in part["headers"]:
            assert set(header) == {"name", "value"} and isinstance(header["value"], str)
    assert isinstance(request["queryString"], list) and request["bodySize"] >= 0
    if "postData" in request:
        assert {"mimeType", "params", "text"} <= set(request["postData"])
    assert isinstance(response["status"], int) and response["bodySize"] >= -1
    assert {"size", "mimeType", "text"} <= set(response["content"])
    assert entry["cache"] == {} and entry["_side"] in ("client", "server")
    known = {"startedDateTime", "time", "request", "response", "cache", "timings", "serverIPAddress", "comment"}
    assert all(name in known or name.startswith("_") for name in entry)


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[HarTrace]:
    trace = HarTrace(tmp_path / "t.har")
    yield trace
    trace.close()


def traced(trace: HarTrace) -> Layers:
    """Layers whose exchanges the trace takes down."""
    layers = Layers()
    trace.listen(layers)
    return layers


def tell(trace: HarTrace, exchange: Exchange, sent: bytes = b"", answered: bytes = b"", piece: int = 2**20) -> None:
    """Have the trace hear of an exchange with these bodies, which pass in pieces."""
    layers = traced(trace)
    for passing, body in (
        (PassingOctets(layers, exchange, "request"), sent),
        (PassingOctets(layers, exchange, "response"), answered),
    ):
        for start in range(0, len(body), piece):
            passing.feed(body[start : start + piece])
        passing.finish()
    layers.tell(EXCHANGE, exchange)


async def test_a_real_exchange_is_told_by_both_sides_with_the_image_by_hash_and_size(
    tmp_path: Path, trace: HarTrace
) -> None:
    authority = LabAuthority.create()
    server = server_context_from(authority.issue_server(["127.0.0.1"]))
    client = StreamClient(client_context(ca_file=None, ca_pem=authority.certificate_pem), traced(trace))
    async with HttpHost(handler, ssl_context=server, layers=traced(trace)) as host:
        body = package(tmp_path)
        await client.exchange(HttpRequest(f"{host.base_url}/x?a=b", (("Content-Type", PACKAGE),), body), LIMITS)
        await client.aclose()
    trace.close()
    written = entries(tmp_path / "t.har")
    assert sorted(entry["_side"] for entry in written) == ["client", "server"]
    octets = b"".join(bytes(piece) for piece in body.chunks())
    for entry in written:
        request, response = entry["request"], entry["response"]
        assert (request["method"], request["url"]) == ("POST", f"{host.base_url}/x?a=b")
        assert request["queryString"] == [{"name": "a", "value": "b"}]
        assert request["bodySize"] == len(octets)
        post = request["postData"]
        assert post["mimeType"] == PACKAGE and post["_sha256"] == hashlib.sha256(octets).hexdigest()
        assert post["text"] == ENVELOPE.decode(), "the root part and nothing else"
        assert post["_attachments"] == [
            {
                "contentId": "image@x",
                "mimeType": "image/jpeg",
                "size": len(IMAGE),
                "sha256": hashlib.sha256(IMAGE).hexdigest(),
            }
        ]
        assert (response["status"], response["statusText"]) == (200, "OK")
        assert response["content"] | {"_sha256": ""} == {
            "size": 4,
            "mimeType": "application/soap+xml",
            "text": "<a/>",
            "_sha256": "",
        }
        assert {"name": "Set-Cookie", "value": "(masked)"} in response["headers"]
    (ours,) = (entry for entry in written if entry["_side"] == "client")
    assert ours["serverIPAddress"] == "127.0.0.1" and ours["timings"]["connect"] >= ours["timings"]["ssl"] > 0
    whole = (tmp_path / "t.har").read_bytes()
    assert b"image octets" not in whole and b"hunter2" not in whole and len(whole) < 10_000


SECRET = "s3cr3t-value"
HEADERS: Headers = (
    ("Content-Type", "application/soap+xml"),
    ("Authorization", f"Basic {SECRET}"),
    ("proxy-authorization", SECRET),
    ("COOKIE", f"a={SECRET}"),
    ("X-Harmless", "shown"),
)


@pytest.mark.parametrize(
    "text",
    [
        f"<wsse:Password Type='x'>{SECRET}</wsse:Password><after/>",
        f"<Password>{SECRET}</Password ><after/>",
        f"<Password><![CDATA[{SECRET}]]></Password><after/>",
        f"<ClientSecret><Value>{SECRET}</Value></ClientSecret><after/>",
        f"<user password=\"{SECRET}\" b='c'/><after/>",
        f"<user x:Passphrase = '{SECRET}'/><after/>",
        f"<Password/><Password /><AccessToken>{SECRET}</AccessToken><after/>",
    ],
)
async def test_secrets_are_masked_and_all_else_is_shown(tmp_path: Path, trace: HarTrace, text: str) -> None:
    client = StreamClient(layers=traced(trace))
    async with HttpHost(handler, layers=traced(trace)) as host:
        url = f"http://demo:{SECRET}@127.0.0.1:{host.port}/x?password={SECRET}&shown=yes"
        await client.exchange(HttpRequest(url, HEADERS, BytesBody(text.encode())), LIMITS)
        await client.aclose()
    trace.close()
    for entry in entries(tmp_path / "t.har"):
        request = entry["request"]
        assert {"name": "X-Harmless", "value": "shown"} in request["headers"]
        assert request["postData"]["text"].endswith("<after/>")
        assert {"name": "shown", "value": "yes"} in request["queryString"]
    assert SECRET not in (tmp_path / "t.har").read_text()


@pytest.mark.parametrize("text", ["<Password>{}</Password>", '<a password="{}"/>', "<Secret><V>{}</V></Secret>"])
def test_a_secret_through_which_the_kept_start_ends_is_masked(tmp_path: Path, trace: HarTrace, text: str) -> None:
    whole = text.format(SECRET * 3).encode()
    for shown in range(len(whole)):
        start = b"x" * (KEPT_BODY_BYTES - shown) + whole[:shown]
        tell(trace, Exchange("client", "POST", "http://a/", "", time.time()), start + b"y" * (10**6 - len(start)))
    trace.close()
    written = entries(tmp_path / "t.har")
    assert len(written) == len(whole) and SECRET not in json.dumps(written)
    assert written[-1]["request"]["postData"]["text"].endswith("... (1000000 octets in all)")


def test_the_password_of_a_url_that_is_none_is_masked_too(tmp_path: Path, trace: HarTrace) -> None:
    url = f"http://demo:{SECRET}@[nonsense/"
    trace(Exchange("client", "GET", url, "", time.time(), error=f"not a URL that can be called: {url!r}"))
    trace.close()
    assert len(entries(tmp_path / "t.har")) == 1 and SECRET not in (tmp_path / "t.har").read_text()


@pytest.mark.parametrize(
    "content_type",
    ["image/jpeg", "application/octet-stream", "multipart/related", 'multipart/related; boundary="another"'],
)
def test_what_is_no_text_is_told_by_its_size(tmp_path: Path, trace: HarTrace, content_type: str) -> None:
    start = b"--b1\r\nContent-Type: image/jpeg\r\n\r\nimage octets\r\n--b1--\r\n"
    headers = (("Content-Type", content_type),)
    tell(trace, Exchange("client", "POST", "http://a/", "", time.time(), headers), start)
    trace.close()
    (entry,) = entries(tmp_path / "t.har")
    assert entry["request"]["postData"]["text"] == f"({len(start)} octets, not shown)"


async def test_an_exchange_without_an_answer_stands_there_with_its_reason(tmp_path: Path, trace: HarTrace) -> None:
    client = StreamClient(layers=traced(trace))
    async with HttpHost(handler) as host:
        port = host.port
    with pytest.raises(Refused):
        await client.exchange(HttpRequest(f"http://127.0.0.1:{port}/", (), BytesBody(b"abc")), LIMITS)
    await client.aclose()
    (entry,) = entries(tmp_path / "t.har")
    assert entry["response"]["status"] == 0 and entry["response"]["bodySize"] == -1
    assert "connection refused" in entry["comment"] == entry["response"]["_error"]


async def test_an_early_answer_is_told_with_what_had_gone_out(tmp_path: Path, trace: HarTrace) -> None:
    client = StreamClient(layers=traced(trace))
    async with HttpHost(handler) as host:
        body = package(tmp_path, bytes(30_000_000))
        request = HttpRequest(f"{host.base_url}/early", (("Content-Type", PACKAGE),), body)
        assert (await client.exchange(request, LIMITS)).early
        await client.aclose()
    (entry,) = entries(tmp_path / "t.har")
    assert entry["response"]["status"] == 400 and 0 < entry["request"]["bodySize"] < body.length


async def test_the_memory_client_is_traced_like_the_real_one(tmp_path: Path, trace: HarTrace) -> None:
    async def failing(request: IncomingRequest) -> OutgoingResponse:
        if request.path == "/a b":
            raise RuntimeError("scripted")
        return await handler(request)

    client = MemoryClient(failing, layers=traced(trace))
    headers = (("Content-Type", PACKAGE), ("Authorization", SECRET))
    await client.exchange(HttpRequest("http://a/x", headers, package(tmp_path)), LIMITS)
    with pytest.raises(RuntimeError, match="scripted"):
        await client.exchange(HttpRequest("http://a/a%20b", (), BytesBody(b"")), LIMITS)
    answered, failed = entries(tmp_path / "t.har")
    assert answered["request"]["postData"]["_attachments"][0]["size"] == len(IMAGE)
    assert failed["comment"] == "scripted" and SECRET not in (tmp_path / "t.har").read_text()


def exchange(text: str = "", status: int = 200) -> Exchange:
    data = text.encode("utf-8", "surrogatepass")
    return Exchange(
        "client", "POST", "http://a/", "", time.time(), (), data, len(data), status=status, reason=text
    )  # fmt: skip


def test_the_file_is_whole_json_after_every_exchange(tmp_path: Path) -> None:
    path = tmp_path / "t.har"
    path.write_text("an older, longer file" * 1000)
    trace = HarTrace(path)
    assert entries(path) == []
    for number in range(5):
        trace(exchange("é" * (500 - 100 * number)))
        assert len(entries(path)) == number + 1
    trace.close()
    trace.close()
    trace(exchange("late"))
    assert len(entries(path)) == 5
    assert [each.name for each in tmp_path.iterdir()] == ["t.har"], "no temporary file stays"


@pytest.mark.parametrize("how", ["error", "short"])
def test_a_full_disk_costs_the_entry_and_not_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    class Full:
        """A file on a disk that takes some 300 octets more."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: bytes) -> int:
            written: int = self._file.write(data[:300])
            if written < len(data) and how == "error":
                raise OSError(28, "No space left on device")
            return written

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    trace = HarTrace(tmp_path / "t.har")
    trace(exchange("first"))
    real = trace._file
    monkeypatch.setattr(trace, "_file", Full(real))
    traced(trace).tell(EXCHANGE, exchange("second, lost"))
    assert "Traceback" not in caplog.text and "failed" not in caplog.text
    monkeypatch.setattr(trace, "_file", real)
    assert len(entries(tmp_path / "t.har")) == 1
    assert json.loads((tmp_path / "t.har").read_text(encoding="utf-8"))["log"]["_complete"] is False
    loss = trace.take_loss()
    assert loss is not None and loss.errno == 28 and trace.take_loss() is None, "it is told once"
    trace(exchange("third"))
    trace.close()
    assert [entry["response"]["statusText"] for entry in entries(tmp_path / "t.har")] == ["first", "third"]


def test_a_file_that_cannot_be_made_is_an_os_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        HarTrace(tmp_path / "no such folder" / "t.har")
    (tmp_path / "folder.har").mkdir()
    with pytest.raises(OSError):
        HarTrace(tmp_path / "folder.har")
    assert [each.name for each in tmp_path.iterdir()] == ["folder.har"]


FRAGMENTS = [b"--b1", b"--", b"\r\n", b"Content-ID: <root>", b"Content-ID: <image@x>", b"<a/>", b"\xff", b"--b1--"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=3),
    st.binary(max_size=80) | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(b"".join),
    st.sampled_from(["", "text/xml", PACKAGE, "image/png", "multipart/x"]) | st.text(max_size=20),
    st.text(max_size=30).map(lambda text: f"http://{text}"),
    st.integers(1, 80),
)
def test_any_exchange_leaves_a_valid_trace(
    tmp_path_factory: pytest.TempPathFactory,
    headers: list[tuple[str, str]],
    body: bytes,
    kind: str,
    url: str,
    piece: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzzed-{os.getpid()}.har"
    trace = HarTrace(path)
    said = (("Content-Type", kind), *headers)
    tell(trace, Exchange("server", "POST", url, "::1", time.time(), said, error=url), body, body[::-1], piece)
    trace.close()
    assert len(entries(path)) == 1
