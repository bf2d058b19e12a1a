"""Each alteration of the wire as its peers meet it: a raw reader counts what comes of our requests and answers, and
http.client says what it makes of our answers."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from disturbed import DEVICE, disturbed, fault, is_seen
from job_runs import run_job
from raw_peer import Heard, ask, counting
from scan_server_bench import office

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.dpws.points import DEVIATION_MET
from emulator.faults.alteration import At
from emulator.faults.alterations import alterations_at
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.host_limits import HostLimits
from emulator.transport.http import (
    BytesBody,
    Carried,
    ExchangeError,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    TimeLimits,
)
from emulator.transport.observe import Exchange
from emulator.transport.points import EXCHANGE

BODY: Final = b"0123456789" * 100
TYPE: Final = (("Content-Type", "application/soap+xml"),)
LIMIT: Final = 0.8
"""Seconds for which readers wait for what does not come."""


def bits(one: bytes, other: bytes) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def chunks(body: bytes) -> list[bytes]:
    """By hand: sizes and octets until the last one that is whole."""
    found = []
    while match := re.match(rb"([0-9a-f]+)\r\n", body):
        size = int(match[1], 16)
        found.append(body[match.end() : match.end() + size])
        body = body[match.end() + size + 2 :]
    return found


def header(heard: Heard, name: bytes) -> list[bytes]:
    lines = heard.head.split(b"\r\n")[1:]
    return [value.strip() for key, _, value in (line.partition(b":") for line in lines) if key.lower() == name]


class Shown(NamedTuple):
    do: str
    parameters: dict[str, Any]
    raw: Callable[[Heard], bool]
    """Whether the raw reader has seen it."""
    client: str
    """What http.client says of an answer."""


def whole(heard: Heard) -> bool:
    return heard.body == BODY


SHOWN: Final = [
    Shown("reset", {"offset": 10}, lambda h: h.body == BODY[:10] and h.end == "reset", "ConnectionResetError"),
    Shown("close", {"offset": -10}, lambda h: h.body == BODY[:-10] and h.end == "closed", "IncompleteRead: 990"),
    Shown("close", {"offset": "100 %"}, lambda h: whole(h) and h.end in ("answered", "closed"), "200: 1000"),
    Shown("stall", {"offset": 7, "seconds": 0.3}, lambda h: whole(h) and h.pauses[0][0] > 0.25, "200: 1000"),
    Shown(
        "stall",
        {"offset": 7, "seconds": 0.2, "then": "close"},
        lambda h: h.body == BODY[:7] and h.end == "closed",
        "IncompleteRead: 7",
    ),
    Shown(
        "dribble",
        {"octets": 10, "pieces": 5, "seconds": 0.03},
        lambda h: whole(h) and len(h.times) >= 6,
        "200: 1000",
    ),
    Shown(
        "throttle",
        {"octets_per_second": 5000},
        lambda h: whole(h) and h.times[-1][0] - h.times[0][0] > 0.15,
        "200: 1000",
    ),
    Shown("corrupt", {"bits": 3, "offset": "50 %"}, lambda h: bits(h.body, BODY) == 3, "200: 1000"),
    Shown("corrupt", {"octets": "ffFe", "offset": 2}, lambda h: h.body[1:5] == b"1\xff\xfe4", "200: 1000"),
    Shown("content-length", {"by": 5}, lambda h: header(h, b"content-length") == [b"1005"], "IncompleteRead: 1000"),
    Shown("content-length", {"by": -5}, lambda h: header(h, b"content-length") == [b"995"], "200: 995"),
    Shown(
        "chunked",
        {"octets": 300},
        lambda h: [len(x) for x in chunks(h.body)] == [300, 300, 300, 100, 0],
        "200: 1000",
    ),
    Shown(
        "chunked-with-length",
        {},
        lambda h: header(h, b"content-length") == [b"1000"] and header(h, b"transfer-encoding") == [b"chunked"],
        "200: 1000",
    ),
    Shown(
        "last-chunk-missing",
        {"octets": 600},
        lambda h: [len(x) for x in chunks(h.body)] == [600, 400] and h.end == "closed",
        "IncompleteRead: 1000",
    ),
    Shown("extra-octets", {"octets": 9}, lambda h: h.body[:1000] == BODY and len(h.body) == 1009, "200: 1000"),
    Shown("slow-head", {"octets": 40, "seconds": 0.02}, lambda h: whole(h) and len(h.times) >= 3, "200: 1000"),
    Shown("head-cut", {"octets": 14}, lambda h: len(h.data) == 14 and h.end == "closed", "200: 0"),
    Shown(
        "header-missing",
        {"header": "content-type"},
        lambda h: whole(h) and not header(h, b"content-type"),
        "200: 1000, no type",
    ),
    Shown(
        "header-twice",
        {"header": "Content-Type", "value": "a/b"},
        lambda h: header(h, b"content-type")[1:] == [b"a/b"],
        "200: 1000",
    ),
    Shown(
        "header-twice",
        {"header": "Content-Type"},
        lambda h: header(h, b"content-type") == 2 * [b"application/soap+xml"],
        "200: 1000",
    ),
    Shown(
        "header-changed",
        {"header": "Content-Type", "value": "image/png"},
        lambda h: header(h, b"content-type") == [b"image/png"],
        "200: 1000, image/png",
    ),
    Shown(
        "header-added", {"header": "X-One", "value": "two"}, lambda h: header(h, b"x-one") == [b"two"], "200: 1000"
    ),
    Shown(
        "long-head",
        {"octets": 150_000},
        lambda h: whole(h) and len(h.head) > 149_000,
        "HTTPException: got more than 100 headers",
    ),
    Shown("folded-headers", {}, lambda h: b"Content-Type:\r\n application/soap+xml" in h.head, "200: 1000"),
    Shown("bare-lf-head", {}, lambda h: b"\r\n" not in h.data and b"\n\n" + BODY in h.data, "200: 1000"),
    Shown(
        "small-letters", {}, lambda h: b"\r\ncontent-type: application/soap+xml" in h.head and whole(h), "200: 1000"
    ),
    Shown("http-1-0", {}, lambda h: b"HTTP/1.0" in h.head.split(b"\r\n")[0] and whole(h), "200: 1000, HTTP/1.0"),
    Shown(
        "continue-first",
        {},
        lambda h: h.data.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
        "200: 1000",
    ),
]
ENDING: Final = ("reset", "close", "last-chunk-missing", "head-cut")
"""After these there is no connection any more."""
IDS: Final = [f"{each.do}-{'-'.join(map(str, each.parameters.values()))}" for each in SHOWN]


def test_every_alteration_of_the_wire_is_shown() -> None:
    assert {each.do for each in SHOWN} == set(alterations_at(At.WIRE))


async def answer(request: IncomingRequest) -> OutgoingResponse:
    async for _ in request.body:
        pass
    return OutgoingResponse(200, BODY, TYPE, carried=Carried("GetScannerElements"))


@pytest.mark.parametrize("shown", SHOWN, ids=IDS)
async def test_of_an_answer(shown: Shown) -> None:
    layers = Layers()
    asked = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    deed = fault("wire", shown.do, of="answer", **shown.parameters)
    with disturbed(layers, DEVICE, deed) as ledger:
        async with HttpHost(answer, layers=layers, limits=HostLimits(idle=LIMIT)) as host:
            heard = await asyncio.to_thread(ask, host.port, asked, to_its_end=True)
            said = await asyncio.to_thread(by_http_client, host.port)
    assert shown.raw(heard), heard
    assert said.startswith(shown.client), said
    assert len(ledger.firings) >= 2 and {each.fault.alteration.name for each in ledger.firings} == {shown.do}


def by_http_client(port: int) -> str:
    """What the standard library makes of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/x", b"abc")
        response = connection.getresponse()
        said = f"{response.status}: {len(response.read())}"
        kind = response.getheader("Content-Type") or "no type"
        said += "" if "soap" in kind else f", {kind}"
        said += "" if response.version == 11 else ", HTTP/1.0"
        return said
    except http.client.IncompleteRead as error:
        return f"IncompleteRead: {len(error.partial)}"
    except http.client.BadStatusLine:
        return "BadStatusLine"
    except http.client.HTTPException as error:
        return f"{type(error).__name__}: {error}"
    except OSError as error:
        return type(error).__name__
    finally:
        connection.close()


@pytest.mark.parametrize(
    "shown", [each for each in SHOWN if "request" in alterations_at(At.WIRE)[each.do].of], ids=lambda each: each.do
)
async def test_of_a_request(shown: Shown) -> None:
    layers = Layers()
    sender = StreamClient(layers=layers)
    with disturbed(layers, DEVICE, fault("wire", shown.do, **shown.parameters)) as ledger, counting() as peer:
        asked = HttpRequest(peer.url, TYPE, BytesBody(BODY), carried=Carried("SendImage"))
        said = ""
        try:
            await sender.exchange(asked, TimeLimits(5, LIMIT))
        except ExchangeError as error:
            said = str(error)
        await sender.aclose()
        await asyncio.to_thread(peer.join, 1)
    (heard,) = peer.heard
    assert shown.raw(heard), heard
    assert ("on purpose" in said) == (shown.do in ENDING or shown.parameters.get("then") == "close"), said
    assert shown.do != "corrupt" or not said
    assert [each.fault.alteration.name for each in ledger.firings] == [shown.do]


async def test_no_row_is_true_of_a_message_that_is_not_altered() -> None:
    """But for the end behind a whole body, of which only who ends it can say that it is on purpose."""
    asked = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    async with HttpHost(answer, limits=HostLimits(idle=LIMIT)) as host:
        heard = await asyncio.to_thread(ask, host.port, asked, to_its_end=True)
    with counting() as peer:
        sender = StreamClient()
        await sender.exchange(HttpRequest(peer.url, TYPE, BytesBody(BODY)), TimeLimits(5, LIMIT))
        await sender.aclose()
        await asyncio.to_thread(peer.join, 1)
    for came in (heard, *peer.heard):
        assert not [
            name
            for name, shown in zip(IDS, SHOWN, strict=True)
            if name != "close-100 %" and is_seen(shown.raw, came)
        ]


async def test_two_at_one_message_act_in_the_order_of_the_plan() -> None:
    layers = Layers()
    asked = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"

    async def heard(*faults: str) -> Heard:
        with disturbed(layers, DEVICE, *faults):
            async with HttpHost(answer, layers=layers) as host:
                return await asyncio.to_thread(ask, host.port, asked)

    chunked, cut = fault("wire", "corrupt", "c", octets="41", offset=0), fault("wire", "close", "e", offset=3)
    for faults in ((chunked, cut), (cut, chunked)):
        assert (await heard(*faults)).body == b"A12"
    longer, half = fault("wire", "content-length", "l", by=1000), fault("wire", "close", "h", offset="50 %")
    assert len((await heard(half, longer)).body) == 500
    assert len((await heard(longer, half)).body) == 1000


@pytest.mark.parametrize("octets", [BODY, BytesBody(BODY * 500)], ids=["whole", "in pieces"])
async def test_a_stall_may_be_longer_than_a_host_bears_the_silence_of_peers(octets: Any) -> None:
    async def large(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(200, octets, TYPE, carried=Carried("RetrieveImage"))

    layers = Layers()
    asked = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    with disturbed(layers, DEVICE, fault("wire", "stall", offset=500, seconds=1.2)):
        async with HttpHost(large, layers=layers, limits=HostLimits(idle=0.3)) as host:
            heard = await asyncio.to_thread(ask, host.port, asked)
    assert heard.end == "answered" and heard.pauses[0][0] > 1.0


OWN: Final[list[tuple[str, dict[str, Any], str, str]]] = [
    ("content-length", {"by": 5}, "Completed", "408 the request's body stopped for 0.7 s"),
    ("content-length", {"by": -5}, "Failed", "a request that is no HTTP"),
    ("chunked", {}, "Completed", ""),
    ("chunked-with-length", {}, "Failed", "a request that is no HTTP"),
    ("last-chunk-missing", {}, "Completed", "400 the request's body broke off"),
    ("extra-octets", {}, "Failed", "a request that is no HTTP"),
    ("close", {"offset": 100}, "Completed", "400 the request's body broke off after 100 octets"),
    ("reset", {"offset": 100}, "Completed", "400 the request's body broke off after 100 octets"),
    ("stall", {"offset": 10, "seconds": 0.2}, "Completed", ""),
    ("dribble", {"octets": 5, "pieces": 30}, "Completed", "408 only "),
    ("throttle", {"octets_per_second": 100_000}, "Completed", ""),
    ("slow-head", {"octets": 50}, "Completed", ""),
    ("head-cut", {"octets": 30}, "Completed", ""),
    ("header-missing", {"header": "Content-Type"}, "Failed", "400  http-content-type"),
    ("header-missing", {"header": "Host"}, "Failed", "a request that is no HTTP"),
    ("header-changed", {"header": "Content-Type", "value": "image/png"}, "Failed", "415  http-content-type"),
    ("header-twice", {"header": "Content-Length", "value": "3"}, "Failed", "a request that is no HTTP"),
    ("header-added", {"header": "Transfer-Encoding", "value": "gzip"}, "Failed", "a request that is no HTTP"),
    ("long-head", {"octets": 3_000_000}, "Failed", "a request that is no HTTP"),
    ("folded-headers", {}, "Failed", "a request that is no HTTP"),
    ("bare-lf-head", {}, "Failed", "a request that is no HTTP"),
    ("small-letters", {}, "Completed", ""),
    ("http-1-0", {}, "Completed", ""),
    ("corrupt", {"octets": "00", "offset": 700}, "Failed", "400  "),
]


@pytest.mark.parametrize(
    ("do", "parameters", "outcome", "said"),
    OWN,
    ids=[f"{each[0]}-{'-'.join(map(str, each[1].values()))}" for each in OWN],
)
async def test_what_our_own_strict_server_says(
    tmp_path: Path,
    do: str,
    parameters: dict[str, Any],
    outcome: str,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of the first SendImage of a job. Of a head only Content-Type is a rule of the documents; what is no HTTP the
    reader of HTTP refuses, which knows no clause, and what has no mark beside it is as good as any other."""
    layers, heard = Layers(strict=True), list[str]()

    def hear(exchange: Exchange) -> None:
        if exchange.status != 200 and not heard:
            heard.append(f"{exchange.status} {exchange.error} {' '.join(met)}")

    met: list[str] = []
    layers.listen(DEVIATION_MET, lambda each: met.append(each.deviation.id))
    layers.listen(EXCHANGE, hear)
    directory = FolderDirectory(office(tmp_path / "office"))
    hosting = Hosting(limits=HostLimits(idle=0.7))
    async with ScanServer(store=tmp_path / "store", directory=directory, layers=layers, hosting=hosting) as server:
        deed = fault("wire", do, operation="SendImage", nth=1, **parameters)
        found, _ = await run_job(server.service_url, tmp_path, deed)
    told = " ".join(heard) or ("a request that is no HTTP" if "that is no HTTP" in caplog.text else "")
    assert found == outcome and (said in told if said else not told), (found, told)


def test_our_own_server_has_met_every_alteration_of_a_request() -> None:
    requests = {each.name for each in alterations_at(At.WIRE).values() if "request" in each.of}
    assert {each[0] for each in OWN} == requests
