"""Bad input: whatever comes, the device stays up, answers others, keeps nothing and says nothing twice."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from device_pages import names_in
from scan_service_bench import WSCN, Caller, device, envelope, ticket

from emulator.device import read_service
from emulator.device.device import ScanDevice
from emulator.soap.constants import MAX_ENVELOPE_BYTES, MAX_REQUESTED_NAMES
from emulator.transport.host import HostLimits


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    limits = HostLimits(idle=1.0, linger=0.5, connections=200, stop=0.5)
    async with device(tmp_path, limits=limits) as running:
        yield running
    assert names_in(tmp_path) == []


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


async def is_well(caller: Caller) -> None:
    """Another client scans a page, at once."""
    begun = time.monotonic()
    job = await caller.job(ticket(source="Platen"))
    images, _ = await job.images()
    assert len(images) == 1
    assert time.monotonic() - begun < 30


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><b>&b;</b>"""


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0" * 1000,
        b"<",
        BOMB,
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<x " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(3000)) + b"/>",
        b'<?xml version="1.0" encoding="utf-7"?>+ADw-x/+AD4-',
        b"--b\r\n\r\nno package",
        "<x>\N{SNOWMAN}</x>".encode("utf-16-le"),
    ],
    ids=["empty", "zeros", "cut", "bomb", "external", "deep", "prefixes", "utf-7", "mime", "utf-16"],
)
async def test_octets_that_are_no_message(caller: Caller, octets: bytes) -> None:
    for kind in ("application/soap+xml", 'multipart/related; boundary="b"', "", "multipart/related", "x" * 300):
        answer = await caller.raw(octets, content_type=kind)
        named = b"UTF-7" in answer.data or b"UTF-16" in answer.data
        assert answer.status == (415 if named else 400)
        assert b"root:" not in answer.data
    await is_well(caller)


async def test_a_request_that_is_too_long(caller: Caller) -> None:
    content = f"<wscn:GetActiveJobsRequest><!--{'x' * MAX_ENVELOPE_BYTES}--></wscn:GetActiveJobsRequest>"
    answer = await caller.raw(envelope(caller.url, f"{WSCN}/GetActiveJobs", content))
    assert answer.status == 400
    await is_well(caller)


async def test_thousands_of_names_and_huge_values(caller: Caller) -> None:
    many = "".join(f"<wscn:Name>wscn:N{n}</wscn:Name>" for n in range(4_000))
    answer = await caller.call("GetScannerElements", f"<wscn:RequestedElements>{many}</wscn:RequestedElements>")
    assert (answer.status, answer.fault) == (400, "InvalidArgs")
    for number in ("9" * 10_000, "-1", "1e9", "\N{ARABIC-INDIC DIGIT ONE}"):
        assert (await caller.job_elements(number)).status == 400
    for images in (2**31, -5):
        answer = await caller.create(ticket(images=images))
        assert answer.status in (200, 400)
        if answer.status == 200:
            await caller.call("CancelJob", f"<wscn:JobId>{answer.text('//wscn:JobId')}</wscn:JobId>")
    await is_well(caller)


async def test_names_of_a_job_that_are_markup_or_endless(caller: Caller) -> None:
    endless = ticket(images=1).replace("<wscn:JobName>Letter", f"<wscn:JobName>&lt;b&gt;&amp;{'n' * 5000}")
    answer = await caller.create(endless)
    assert (answer.fault, answer.detail[:9]) == ("InvalidArgs", "JobName: ")
    job = await caller.job(endless.replace("n" * 5000, "n" * 251))
    answer = await job.retrieve(name="&lt;/wscn:DocumentName&gt;" + "d" * 5000)
    assert answer.status == 200
    (name,) = (await caller.job_elements(job.id, "wscn:Documents")).texts("//wscn:DocumentName")
    assert name.startswith("</wscn:DocumentName>") and len(name) == 255
    history = await caller.call("GetJobHistory", "")
    assert history.text("//wscn:JobName").startswith("<b>&nnn") and len(history.text("//wscn:JobName")) == 255


async def test_half_open_connections_and_half_requests(caller: Caller, mfp: ScanDevice) -> None:
    address = ("127.0.0.1", mfp.http.port)
    halves = [
        b"",
        b"POST ",
        b"POST / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nabc",
    ]

    def open_all() -> list[socket.socket]:
        connections = []
        for number in range(100):
            connection = socket.create_connection(address, timeout=10)
            connection.sendall(halves[number % len(halves)])
            connections.append(connection)
        return connections

    connections = await asyncio.to_thread(open_all)
    try:
        await is_well(caller)
    finally:
        for connection in connections:
            connection.close()
    await is_well(caller)


async def test_who_does_not_take_an_image_is_cut_off_and_his_job_ends(caller: Caller) -> None:
    side = "<wscn:Resolution><wscn:Width>600</wscn:Width><wscn:Height>600</wscn:Height></wscn:Resolution>"
    job = await caller.job(ticket(source="Platen", format="tiff-single-uncompressed", side=side))
    body = envelope(
        caller.url,
        f"{WSCN}/RetrieveImage",
        f"<wscn:RetrieveImageRequest><wscn:JobId>{job.id}</wscn:JobId><wscn:JobToken>{job.token}</wscn:JobToken>"
        "<wscn:DocumentDescription><wscn:DocumentName>n</wscn:DocumentName></wscn:DocumentDescription>"
        "</wscn:RetrieveImageRequest>",
    )
    parts = urlsplit(caller.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        await asyncio.to_thread(
            connection.request, "POST", parts.path, body, {"Content-Type": "application/soap+xml"}
        )
        assert await job.ended() == ("Aborted", "ImageTransferError")
    finally:
        connection.close()
    await is_well(caller)


async def test_a_crowd_that_wants_to_scan(caller: Caller) -> None:
    """One gets the scanner, the others are told that it is busy."""
    answers = await asyncio.gather(*(caller.create(ticket(images=1)) for _ in range(50)))
    assert sorted(each.fault for each in answers) == ["", *["ServerErrorNotAcceptingJobs"] * 49]
    taken = next(each for each in answers if not each.fault)
    await caller.call("CancelJob", f"<wscn:JobId>{taken.text('//wscn:JobId')}</wscn:JobId>")
    await is_well(caller)


async def test_tokens_that_are_guessed(caller: Caller) -> None:
    job = await caller.job(ticket(images=1))
    answers = await asyncio.gather(*(job.retrieve(token=f"{number:032x}") for number in range(30)))
    assert {each.fault for each in answers} == {"ClientErrorInvalidJobToken"}
    assert (await job.retrieve()).status == 200


@pytest.mark.parametrize(
    "namespace", [WSCN, "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"]
)
@pytest.mark.parametrize("operation", ["GetScannerElements", "GetJobElements"])
async def test_an_element_that_is_named_again_is_answered_again_but_not_for_ever(
    caller: Caller, namespace: str, operation: str
) -> None:
    """500 times the configuration was 2.4 MB for 20 kB. [wscn/element-data/one-for-each-name]"""
    name, job = "ScannerConfiguration", ""
    if operation == "GetJobElements":
        created = await caller.job(ticket(source="Platen"))
        name, job = "ScanTicket", f"<x:JobId>{created.id}</x:JobId>"
    url = caller.device.scan_service_url if namespace == WSCN else caller.device.device_service_url
    answers = []
    for count in (1, MAX_REQUESTED_NAMES, MAX_REQUESTED_NAMES + 1):
        names = f"<x:Name>wscn:{name}</x:Name>" * count
        body = f"{job}<x:RequestedElements>{names}</x:RequestedElements>"
        body = f'<x:{operation}Request xmlns:x="{namespace}">{body}</x:{operation}Request>'
        answers.append(await caller.raw(envelope(url, f"{namespace}/{operation}", body), url=url))
    once, often, too_often = answers
    assert (once.status, often.status, too_often.status) == (200, 200, 400)
    assert len(once.texts(f"//wscn:{name}")) == 1
    assert len(often.texts(f"//wscn:{name}")) == MAX_REQUESTED_NAMES
    assert too_often.fault == "InvalidArgs"
    if operation == "GetJobElements":
        await created.cancel()


async def test_lists_of_documents_that_are_asked_for_often_are_bounded(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_service, "MAX_DOCUMENTS_TOLD", 4)
    job = await caller.job(ticket(images=2))
    await job.images()
    assert len((await caller.job_elements(job.id, *["wscn:Documents"] * 2)).texts("//wscn:Document")) == 4
    refused = await caller.job_elements(job.id, *["wscn:Documents"] * 3)
    assert refused.fault == "ServerErrorInternalError"
