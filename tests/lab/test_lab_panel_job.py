"""A post-scan job that a user starts at the device, as WS-DSD tells of it while the scan server is slow: the scan
job ends when the last image is digitised (Scan Job Execution page), and is his who stands at the device."""

from __future__ import annotations

import asyncio
import http.client
import threading
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from lxml import etree
from posts import posts
from slow_scan_server import SlowScanServer, slow_scan_server

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.jobs.options import ScanOptions
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import run_scan

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
DSD = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
GREY = ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")
FAX = ("Format=tiff-multi-g4", "Resolution=75x75", "ColorProcessing=BlackAndWhite1")


def call(url: str, action: str, body: str) -> etree._Element:
    """One request by the standard library's client. Blocks."""
    text = (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}" xmlns:w="{WSCN}" xmlns:d="{DSD}" xmlns:e="{WSE}"><s:Header>'
        f"<a:To>{url}</a:To><a:Action>{action}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("POST", parts.path, text.encode(), {"Content-Type": "application/soap+xml"})
        return etree.fromstring(connection.getresponse().read())
    finally:
        connection.close()


@dataclass
class Told:
    """The JobEndStateEvents that came to a subscriber."""

    came: list[etree._Element] = field(default_factory=list)
    any: threading.Event = field(default_factory=threading.Event)

    def take(self, path: str, data: bytes) -> None:
        self.came.append(etree.fromstring(data))
        self.any.set()

    def text(self, name: str) -> str:
        (event,) = self.came
        return str(event.findtext(f".//{{*}}{name}"))


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    spool = tmp_path / "spool"
    spool.mkdir()
    async with ScanDevice(load_profile("office-mfp"), DeviceIdentity(uuid.uuid4(), 1), spool=spool) as running:
        running.scanner.empty_feeder()
        running.scanner.load_letters(3)
        yield running


class Silent:
    """A reporter that reports nothing."""

    def planned(self, *_: Any) -> None: ...

    def page_scanned(self, number: int) -> None: ...

    def acknowledged(self, image: Any) -> None: ...


def start(mfp: ScanDevice, server: SlowScanServer, folder: Path, **options: Any) -> asyncio.Task[ScanOutcome]:
    """`press start`."""
    asked = ScanOptions(
        service=server.url, manifest=folder / "m.jsonl", loaded=True, **{"settings": GREY, **options}
    )
    return asyncio.create_task(run_scan(asked, Silent(), scanner=mfp.scanner))


async def subscribe(mfp: ScanDevice, to: str) -> None:
    """To the end of scan jobs, at WS-DSD."""
    body = (
        f"<e:Subscribe><e:Delivery><e:NotifyTo><a:Address>{to}</a:Address></e:NotifyTo></e:Delivery><e:Filter "
        f'Dialect="http://schemas.xmlsoap.org/ws/2006/02/devprof/Action">{WSCN}/JobEndStateEvent</e:Filter>'
        "</e:Subscribe>"
    )
    answer = await asyncio.to_thread(call, mfp.device_service_url, f"{WSE}/Subscribe", body)
    assert answer.find(".//{*}SubscribeResponse") is not None


async def jobs(mfp: ScanDevice, operation: str) -> list[tuple[str, str, str]]:
    """State, user and number of images of each job that WS-DSD tells of."""
    answer = await asyncio.to_thread(call, mfp.device_service_url, f"{DSD}/{operation}", f"<d:{operation}Request/>")
    return [
        tuple(each.findtext(f"{{*}}{name}") for name in ("JobState", "JobOriginatingUserName", "ScansCompleted"))
        for each in answer.iter(f"{{{WSCN}}}JobSummary")
    ]  # type: ignore[misc]


@pytest.mark.parametrize("format", ["png", "tiff-multi-g4"])
async def test_the_scan_job_ends_when_the_last_image_is_digitised(
    mfp: ScanDevice, tmp_path: Path, format: str
) -> None:
    # The law: [dsd/job/ends-with-the-last-image]
    told = Told()
    quick = 1 if format == "png" else 0
    with posts(told.take) as url, slow_scan_server(quick=quick) as server:
        await subscribe(mfp, url)
        job = start(mfp, server, tmp_path, settings=GREY if format == "png" else FAX)
        assert await asyncio.to_thread(told.any.wait, 60)
        # The server has one image of three, or nothing of the one document, and will have no more for now.
        assert await asyncio.to_thread(server.waiting.wait, 60)
        assert server.received == quick and not job.done()
        assert (told.text("JobCompletedState"), told.text("ScansCompleted")) == ("Completed", "3")
        assert told.text("JobStateReason") == "None"
        assert await jobs(mfp, "GetActiveJobs") == []
        assert await jobs(mfp, "GetJobHistory") == [("Completed", "demo@contoso.example", "3")]
        # The scanner is free while the images are on their way: others may scan.
        assert mfp.scanner.state == "Idle"
        mfp.scanner.load_letters(1)
        mfp.scanner.require_accepting()
        server.go_on.set()
        outcome = await job
    assert outcome.outcome == "Completed", outcome.error
    assert len(outcome.report.acknowledged) == server.received == (3 if format == "png" else 1)
    assert len(told.came) == 1
    assert len(mfp.scanner.engine.feeder or ()) == 1
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[str]:
    return [path.name for path in (folder / "spool").rglob("*") if path.is_file()]


async def test_a_transfer_that_fails_afterwards_does_not_undo_the_scan(mfp: ScanDevice, tmp_path: Path) -> None:
    told = Told()
    with posts(told.take) as url, slow_scan_server(refuse=True) as server:
        await subscribe(mfp, url)
        job = start(mfp, server, tmp_path)
        assert await asyncio.to_thread(told.any.wait, 60)
        server.go_on.set()
        outcome = await job
    assert outcome.error is not None and len(outcome.report.acknowledged) == 1
    assert await jobs(mfp, "GetJobHistory") == [("Completed", "demo@contoso.example", "3")]
    assert len(told.came) == 1 and left_in(tmp_path) == []


async def test_one_that_is_interrupted_while_it_scans_is_cancelled(mfp: ScanDevice, tmp_path: Path) -> None:
    """Before its end the post-scan job takes the scan job with it."""
    mfp.scanner.load_letters(20)
    with slow_scan_server() as server:
        job = start(mfp, server, tmp_path)
        assert await asyncio.to_thread(server.waiting.wait, 60)
        (scan,) = await jobs(mfp, "GetActiveJobs")
        assert scan[0] == "Processing"
        server.go_on.set()
        job.cancel()
        await asyncio.wait([job])
    ((state, _, images),) = await jobs(mfp, "GetJobHistory")
    assert state in ("Canceled", "Aborted") and int(images) < 23
    assert left_in(tmp_path) == []


async def test_what_is_still_on_its_way_can_be_cancelled_at_the_panel(mfp: ScanDevice, tmp_path: Path) -> None:
    told = Told()
    with posts(told.take) as url, slow_scan_server() as server:
        await subscribe(mfp, url)
        job = start(mfp, server, tmp_path)
        assert await asyncio.to_thread(told.any.wait, 60)
        assert await asyncio.to_thread(server.waiting.wait, 60)
        assert await mfp.scanner.cancel_at_panel()
        server.go_on.set()
        outcome = await job
    assert outcome.error is not None and "cancelled at the panel" in str(outcome.error)
    assert server.asked[-1] == "CancelPostScanJob" and not server.ended
    assert await jobs(mfp, "GetJobHistory") == [("Completed", "demo@contoso.example", "3")]
    assert left_in(tmp_path) == [] and not await mfp.scanner.cancel_at_panel()


async def test_the_next_job_scans_while_the_last_is_still_on_its_way(mfp: ScanDevice, tmp_path: Path) -> None:
    """Overlap of a transfer and a scan (DSM Operation Phases page).
    [dsp/parties/jobs-may-overlap] [dsd/job/several-at-a-time]"""
    with slow_scan_server() as first, slow_scan_server(quick=99) as second:
        one = start(mfp, first, tmp_path)
        assert await asyncio.to_thread(first.waiting.wait, 60)
        async with asyncio.timeout(20):
            while mfp.scanner.jobs.active:  # noqa: ASYNC110  # of the scanner's own state
                await asyncio.sleep(0.01)
        mfp.scanner.load_letters(2)
        two = start(mfp, second, tmp_path / "two", user="joe")
        outcome = await asyncio.wait_for(two, 60)
        assert outcome.outcome == "Completed" and second.received == 2 and not one.done()
        first.go_on.set()
        assert (await one).outcome == "Completed" and first.received == 3
    assert [each[1] for each in await jobs(mfp, "GetJobHistory")] == [
        "joe@contoso.example",
        "demo@contoso.example",
    ]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"user_sid": "S-1-5-21-9-8-7-1234"}, "S-1-5-21-9-8-7-1234"),
        ({"settings": (*GREY, "JobOriginatingUserName=for ann")}, "for ann"),
    ],
)
async def test_the_job_is_his_who_stands_at_the_device(
    mfp: ScanDevice, tmp_path: Path, options: dict[str, Any], name: str
) -> None:
    # The law: [dsp/parties/push-scans-only]
    with slow_scan_server(quick=99) as server:
        outcome = await start(mfp, server, tmp_path, **options)
    assert outcome.outcome == "Completed"
    assert await jobs(mfp, "GetJobHistory") == [("Completed", name, "3")]
