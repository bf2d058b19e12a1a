"""Pages, tickets and a scan server of this process for the tests of the device."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from emulator.device.originals import Originals
from emulator.device.pace import Speed
from emulator.device.panel_production import PanelProduction
from emulator.device.pipelines.pipeline import PagePipeline
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.produced import Produced
from emulator.device.profile import load_profile
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.dsm.constants import DSP, FSF, JOB_STATUS
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.messages.cancel import CancelPostScanJobResponse
from emulator.dsm.messages.create import CreatePostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsResponse
from emulator.dsm.messages.end import EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageResponse
from emulator.dsm.states import FilterState, JobState
from emulator.imaging.pages import Page, PageSource, SourceError, Wanted
from emulator.soap import envelope
from emulator.soap.element_data import ElementData
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.wsscan.resolution import Resolved, resolve
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.ticket import DocumentParameters, EffectiveTicket, MediaSide, ScanTicket, Setting

SERVICE = "http://127.0.0.1:80/ScanServer/1"


def ticket(format: str = "png", color: str = "Grayscale8", **settings: object) -> EffectiveTicket:
    """What the office MFP makes of a ticket with these settings, at 75 ppi."""
    side = MediaSide(color_processing=Setting(color), resolution=Setting(Resolution(75, 75)))
    asked = {name: Setting(value) for name, value in settings.items()}
    parameters = DocumentParameters(format=Setting(format), media_front=side, **asked)  # type: ignore[arg-type]
    profile = load_profile("office-mfp")
    return resolve(
        ScanTicket(document_parameters=parameters), profile.configuration(), profile.default_ticket()
    ).ticket


class Sheets:
    """A source of `count` pages, page n of shade n. Counts what is taken; `bad` pages (from 1) cannot be read;
    `hold` keeps the thread of page n until it is set."""

    def __init__(
        self, count: int, *, bad: int | None = None, hold: dict[int, threading.Event] | None = None
    ) -> None:
        self.count = count
        self.bad = bad
        self.hold = hold or {}
        self.taken: list[int] = []
        self.at_work = 0
        self.closed_at_work: list[int] = []

    def __len__(self) -> int:
        return self.count

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        self.at_work += 1
        try:
            self.taken.append(index + 1)
            if index + 1 in self.hold:
                assert self.hold[index + 1].wait(20)
            if index + 1 == self.bad:
                raise SourceError(Path("letters.tif"), "damaged", index + 1)
            return Page(Image.new("L", (620, 877), (index + 1) % 256), (75.0, 75.0), f"page {index + 1}")
        finally:
            self.at_work -= 1

    def close(self) -> None:
        self.closed_at_work.append(self.at_work)


def brought(
    source: PageSource,
    wanted: EffectiveTicket,
    spool: Path,
    *,
    pipeline: PagePipeline | None = None,
    images: int | None = None,
    speed: Speed = "max",
    on_page: Callable[[int], None] = lambda number: None,
    scanner: VirtualScanner | None = None,
    **options: Any,
) -> PanelProduction:
    """The job of a user who brings the pages of a source to `scanner`, or to an office MFP (made with `options`)
    whose feeder is empty; `images` None: as many as the ticket says."""
    if scanner is None:
        options = {"filled": False, "jobs": ANY_NUMBER, **options}
        scanner = VirtualScanner(load_profile("office-mfp"), spool, **options)
    if images is None:
        images = min(len(source), wanted.images_to_transfer or len(source))
    originals = Originals(source, pipeline or ScannedPages(wanted), images, speed)
    resolved = Resolved(wanted, frozenset(), frozenset(), ())
    return PanelProduction(scanner, ScanTicket(), resolved, originals=originals, on_page=on_page)


async def all_of(production: PanelProduction, keep: Path) -> list[Produced]:
    """Every document, with a copy of its file in the folder `keep`: the scanner deletes its own when the next is
    asked for."""
    keep.mkdir()  # noqa: ASYNC240  # of a test
    found = []
    async for produced in production.documents():
        path = keep / produced.document.path.name
        path.write_bytes(produced.document.path.read_bytes())
        found.append(replace(produced, document=replace(produced.document, path=path)))
    return found


def names_in(folder: Path) -> list[str]:
    """Names of the files of a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def shade_of(path: Path) -> int:
    """The number of the page that a document shows."""
    with Image.open(path) as image:
        shade = image.convert("L").getpixel((300, 400))
    assert isinstance(shade, int)
    return shade


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return when `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.005)


class ScanServer:
    """The handler of a scan server in memory. `images` are the SHA-256 of what was received, by DocumentId;
    `before` is awaited before an operation is answered."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.images: dict[int, str] = {}
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}
        self.state = JobState.CREATING

    async def __call__(self, request: IncomingRequest) -> OutgoingResponse:
        data = b"".join([chunk async for chunk in request.body])
        image = b""
        if request.headers["content-type"].startswith("multipart/"):
            head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
            parts = email.message_from_bytes(head + data, policy=email.policy.HTTP).get_payload()
            data, image = (part.get_payload(decode=True) for part in parts)  # type: ignore[union-attr,misc]
        asked = envelope.read_envelope(data).message
        operation = asked.action.rpartition("/")[2]
        self.operations.append(operation)
        if operation in self.before:
            await self.before[operation]()
        body = self._answer(operation, asked, image)
        answer = envelope.response(asked, body.to_xml(), f"{DSP}/{operation}Response")  # type: ignore[attr-defined]
        return OutgoingResponse(
            200, envelope.write_envelope(answer), (("Content-Type", "application/soap+xml; charset=utf-8"),)
        )

    def _answer(self, operation: str, asked: envelope.Message, image: bytes) -> object:
        if operation == "CreatePostScanJob":
            return CreatePostScanJobResponse("token")
        if operation == "SendImage":
            assert asked.body is not None
            number = int(asked.body.findtext(f".//{{{DSP}}}DocumentId", ""))
            self.images[number] = hashlib.sha256(image).hexdigest()
            return SendImageResponse()
        if operation == "EndPostScanJob":
            self.state = JobState.COMPLETED
            return EndPostScanJobResponse()
        if operation == "CancelPostScanJob":
            self.state = JobState.CANCELED
            return CancelPostScanJobResponse()
        done = FilterState.COMPLETED_SUCCESSFULLY if self.state is JobState.COMPLETED else FilterState.PENDING
        status = JobStatus(
            "token", self.state, filter_statuses=(FilterStatus(FSF, done),), images_received=len(self.images)
        )
        return GetPostScanJobElementsResponse((ElementData(JOB_STATUS, status),))
