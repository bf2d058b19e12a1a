"""Four doors through which a scanner is made to scan: the command `scan`, `press start` at a device of `run`, the
Python API, a WS-Scan client. Each tells the same of a job: what happened at the scanner, and what came out."""

from __future__ import annotations

import asyncio
import email
import email.policy
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from gated_scan_server import CREATE, END, Gate, GatedScanServer
from lxml import etree
from programs import interrupt, start
from situation_events import WSCN, Seen, from_control, from_observer, from_wire

from emulator import LabError
from emulator.device.scanner_events import ScannerEvent
from emulator.lab.lab_scanner import LabScanner
from emulator.lab.network_device import NetworkDevice
from emulator.panel.client import ControlClient, find_control, find_token

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"

Settings = Mapping[str, str]
GREY: Settings = {"Format": "png", "Resolution": "75x75", "ColorProcessing": "Grayscale8"}


@dataclass
class Ended:
    """How a job ended for who asked for it."""

    outcome: str
    images: list[bytes]
    error: str = ""
    images_told: list[str] = field(default_factory=list)
    """SHA-256 of each acknowledged image, as the manifest says; empty where the door has none."""


class Door(Protocol):
    """One job through one door; `gate` says how far it may go."""

    name: str
    gate: Gate

    @property
    def out(self) -> int:
        """Images that have come out so far."""

    async def load(self, *files: Path, two_sided: bool = False) -> None:
        """Put pages in, in place of what is there. Raises LabError."""

    async def begin(self, settings: Settings = GREY) -> None:
        """Ask for the job. Raises LabError where it is refused."""

    async def do(self, action: str, **request: Any) -> None:
        """What `press` does. Raises LabError."""

    async def status(self) -> Mapping[str, Any]:
        """How the scanner is: `state`, and of each job under way `scans_completed`."""

    async def seen(self) -> Seen:
        """What has happened since the pages were put in."""

    async def end(self) -> Ended:
        """Let it go to its end."""


async def came_out(door: Door, images: int) -> None:
    """Return when so many images have come out."""
    limit = time.monotonic() + 30
    while door.out < images:
        assert time.monotonic() < limit, door.out
        await asyncio.sleep(0.01)


async def scanned(door: Door, images: int) -> None:
    """Return when the scanner has scanned so many images of the job."""
    limit = time.monotonic() + 30
    status = await door.status()
    while [job["scans_completed"] for job in status["active_jobs"]] != [images]:
        assert time.monotonic() < limit, status
        await asyncio.sleep(0.02)
        status = await door.status()


async def happened(door: Door, line: str) -> None:
    """Return when that has happened."""
    limit = time.monotonic() + 30
    while line not in (lines := (await door.seen()).lines):
        assert time.monotonic() < limit, lines
        await asyncio.sleep(0.02)


async def over(door: Door) -> None:
    """Return when the scan job has ended."""
    limit = time.monotonic() + 30
    while not (seen := await door.seen()).over:
        assert time.monotonic() < limit, seen.lines
        await asyncio.sleep(0.02)


def listed(settings: Settings) -> list[str]:
    return [f"{name}={value}" for name, value in settings.items()]


def told_by(manifest: Path) -> list[str]:
    """SHA-256 of the images that were acknowledged, in order of their DocumentIds."""
    records = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    images = [each["image"] for each in records if "image" in each]
    found = {image["document_id"]: image["sha256"] for image in images if image["acknowledged"]}
    return [found[number] for number in sorted(found)]


# press start


class PressDoor:
    """A device of a `run` process, driven by what `press` calls."""

    name = "press start"

    def __init__(self, state: Path, device: str, server: GatedScanServer, folder: Path) -> None:
        """`state`: of the `run` process; `device`: UUID."""
        url = find_control(None, device, state)
        self.state = state
        self.client = ControlClient(url, find_token(None, url, state, {}))
        self.gate = server.gate
        self._server = server
        self._folder = folder
        self._since = 0
        self._job = 0

    @property
    def out(self) -> int:
        return len(self._server.images)

    async def _do(self, action: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(self.client.do, action, request)

    async def _events(self, since: int) -> dict[str, Any]:
        return await asyncio.to_thread(self.client.events, since)

    async def load(self, *files: Path, two_sided: bool = False) -> None:
        if files:
            paths = [str(file) for file in files]
            await self._do("load", {"files": paths, "two_sided": two_sided, "replace": True})
        self._since = (await self._events(0))["last"]

    async def begin(self, settings: Settings = GREY, **more: Any) -> None:
        asked = {
            "service": self._server.url,
            "settings": listed(settings),
            "manifest": str(self._folder / "manifest.jsonl"),
        }
        before = self._server.requests
        self._job = (await self._do("start", {**asked, **more}))["job"]
        job: dict[str, Any] = {"done": False}
        while not job["done"] and self._server.requests == before:
            job = await asyncio.to_thread(self.client.job, self._job)
            await asyncio.sleep(0.02)
        if job["done"] and job["result"] is None:
            raise LabError(job["error"])

    async def do(self, action: str, **request: Any) -> None:
        await self._do(action, request)

    async def status(self) -> Mapping[str, Any]:
        return await asyncio.to_thread(self.client.status)

    async def seen(self) -> Seen:
        return from_control((await self._events(self._since))["events"])

    async def end(self) -> Ended:
        self.gate.allow(END)
        job = await asyncio.to_thread(self.client.wait, self._job)
        result = job["result"] or {"outcome": "refused"}
        manifest = self._folder / "manifest.jsonl"
        told = told_by(manifest) if manifest.exists() else []
        return Ended(result["outcome"], list(self._server.images), job["error"] or "", told)


# Python


class LabDoor:
    """A device of a Lab, driven from Python."""

    name = "Lab"

    def __init__(
        self,
        device: LabScanner,
        server: GatedScanServer,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device = device
        self.gate = server.gate
        self._server = server
        self._folder = folder
        self._events: list[tuple[float, ScannerEvent]] = []
        self._first = 0
        self.job: asyncio.Task[Any] | None = None
        self.brought: tuple[Path, ...] = ()
        """Files that the user brings to the job itself, and further options of it."""
        self.options: dict[str, Any] = {}
        device.listen(lambda event: self._events.append((clock(), event)), aside=False)

    @property
    def out(self) -> int:
        return len(self._server.images)

    async def load(self, *files: Path, two_sided: bool = False) -> None:
        if files:
            await self.device.load(*files, two_sided=two_sided, replace=True)
        self._first = len(self._events)

    async def begin(self, settings: Settings = GREY) -> None:
        job = self.device.scan(
            *self.brought,
            settings=tuple(listed(settings)),
            service=self._server.url,
            manifest=self._folder / "manifest.jsonl",
            **self.options,
        )
        self.job = asyncio.create_task(job)
        before = self._server.requests
        while not self.job.done() and self._server.requests == before:  # noqa: ASYNC110  # of a thread
            await asyncio.sleep(0.01)
        if self.job.done() and self.job.exception() is not None:
            await self.job

    async def do(self, action: str, **request: Any) -> None:
        answer = getattr(self.device, action)(**request)
        if answer is not None:
            await answer

    async def status(self) -> Mapping[str, Any]:
        snapshot = self.device.snapshot()
        jobs = [{"scans_completed": job.scans_completed} for job in snapshot.active_jobs]
        return {"state": snapshot.state, "reasons": snapshot.reasons, "active_jobs": jobs}

    async def seen(self) -> Seen:
        return from_observer(self._events, self._first)

    async def end(self) -> Ended:
        self.gate.allow(END)
        assert self.job is not None
        outcome = await self.job
        return Ended(
            outcome.outcome,
            list(self._server.images),
            "" if outcome.error is None else str(outcome.error),
            told_by(self._folder / "manifest.jsonl"),
        )


# WS-Scan


@dataclass
class Answered:
    """An answer to a client of the standard library."""

    status: int
    envelope: etree._Element
    image: bytes = b""

    @property
    def fault(self) -> str:
        """Local name of its subcode; '' where it is none."""
        return (self.envelope.findtext(".//{*}Subcode/{*}Value") or "").rpartition(":")[2]


def request(url: str, action: str, body: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Send a request and read the head of the answer. Blocks."""
    text = (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:e="{WSE}" '
        f'xmlns:w="{WSCN}"><s:Header><a:To>{url}</a:To><a:Action>{action}</a:Action>'
        f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", parts.path, text.encode(), {"Content-Type": "application/soap+xml; charset=utf-8"})
    return connection, connection.getresponse()


def call(url: str, action: str, body: str) -> Answered:
    """One request and its whole answer. Blocks."""
    connection, response = request(url, action, body)
    try:
        data, content_type = response.read(), response.headers["Content-Type"]
    finally:
        connection.close()
    if not content_type.startswith("multipart/"):
        return Answered(response.status, etree.fromstring(data))
    message = email.message_from_bytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + data, policy=email.policy.HTTP
    )
    root, image = (part.get_payload(decode=True) for part in message.iter_parts())  # type: ignore[attr-defined]
    return Answered(response.status, etree.fromstring(root), image)


def ticket_of(settings: Settings) -> str:
    """A wscn:ScanTicket with these settings, in the order of the schema."""
    width, _, height = settings["Resolution"].partition("x")
    side = (
        f"<w:ColorProcessing>{settings['ColorProcessing']}</w:ColorProcessing>"
        f"<w:Resolution><w:Width>{width}</w:Width><w:Height>{height}</w:Height></w:Resolution>"
    )
    sides = f"<w:MediaFront>{side}</w:MediaFront>"
    parameters = f"<w:Format>{settings['Format']}</w:Format>"
    for name in ("ImagesToTransfer", "InputSource"):
        if name in settings:
            parameters += f"<w:{name}>{settings[name]}</w:{name}>"
    if "DocumentSizeAutoDetect" in settings:
        parameters += (
            f"<w:InputSize><w:DocumentSizeAutoDetect>{settings['DocumentSizeAutoDetect']}</w:DocumentSizeAutoDetect>"
            "</w:InputSize>"
        )
    description = (
        "<w:JobDescription><w:JobName>Letter</w:JobName><w:JobOriginatingUserName>ann</w:JobOriginatingUserName>"
        "</w:JobDescription>"
    )
    return (
        f"<w:ScanTicket>{description}<w:DocumentParameters>{parameters}<w:MediaSides>{sides}</w:MediaSides>"
        "</w:DocumentParameters></w:ScanTicket>"
    )


class ClientDoor:
    """A WS-Scan client of the standard library at a device on the network, subscribed to all its events. It is the
    client who holds a job up, before it asks for the next image."""

    name = "WS-Scan client"

    def __init__(self, device: NetworkDevice, came: list[tuple[float, etree._Element]], sink: str) -> None:
        """`came`: fills with the envelopes that are posted to `sink`, and when each came."""
        self.device = device
        self.gate = Gate()
        self.service = device.scan_service
        self._came = came
        self._sink = sink
        self._first = 0
        self._images: list[bytes] = []
        self._last: Answered | None = None
        self._thread: threading.Thread | None = None
        self.job = ""
        """JobId and JobToken."""
        self.create_fault = ""

    @property
    def out(self) -> int:
        return len(self._images)

    async def subscribe(self) -> None:
        notify = f"<e:Delivery><e:NotifyTo><a:Address>{self._sink}</a:Address></e:NotifyTo></e:Delivery>"
        await asyncio.to_thread(call, self.service, f"{WSE}/Subscribe", f"<e:Subscribe>{notify}</e:Subscribe>")

    async def load(self, *files: Path, two_sided: bool = False) -> None:
        if files:
            # A feeder that is not empty is emptied and filled: two events are on their way to us.
            coming = len(self._came) + (1 if self.device.conditions else 2)
            await self.device.load(*files, two_sided=two_sided, replace=True)
            await self._came_to(coming)
        self._first = len(self._came)

    async def _came_to(self, count: int) -> None:
        limit = time.monotonic() + 60
        while len(self._came) < count:
            assert time.monotonic() < limit, f"{len(self._came)} events of {count}"
            await asyncio.sleep(0.01)

    async def begin(self, settings: Settings = GREY) -> None:
        if not await asyncio.to_thread(self.create, settings):
            raise LabError(self.create_fault)
        self._thread = threading.Thread(target=self._fetch)
        self._thread.start()

    def create(self, settings: Settings) -> bool:
        """CreateScanJob; whether the device takes it. Blocks."""
        content = f"<w:CreateScanJobRequest>{ticket_of(settings)}</w:CreateScanJobRequest>"
        created = call(self.service, f"{WSCN}/CreateScanJob", content)
        self.create_fault = created.fault
        names = ("JobId", "JobToken")
        self.job = "".join(f"<w:{name}>{created.envelope.findtext(f'.//{{*}}{name}')}</w:{name}>" for name in names)
        return not created.fault

    def retrieve(self) -> str:
        """Content of a RetrieveImageRequest."""
        named = "<w:DocumentDescription><w:DocumentName>page</w:DocumentName></w:DocumentDescription>"
        return f"<w:RetrieveImageRequest>{self.job}{named}</w:RetrieveImageRequest>"

    def _fetch(self) -> None:
        self.gate.arrive(CREATE)
        while True:
            self._last = call(self.service, f"{WSCN}/RetrieveImage", self.retrieve())
            if self._last.fault:
                return
            self._images.append(self._last.image)
            self.gate.arrive(len(self._images))

    async def do(self, action: str, **request: Any) -> None:
        answer = getattr(self.device, action)(**request)
        if answer is not None:
            await answer

    async def status(self) -> Mapping[str, Any]:
        asked = "<w:GetActiveJobsRequest/>"
        jobs = await asyncio.to_thread(call, self.service, f"{WSCN}/GetActiveJobs", asked)
        names = "<w:RequestedElements><w:Name>w:ScannerStatus</w:Name></w:RequestedElements>"
        asked = f"<w:GetScannerElementsRequest>{names}</w:GetScannerElementsRequest>"
        scanner = await asyncio.to_thread(call, self.service, f"{WSCN}/GetScannerElements", asked)
        counts = [each.text or "" for each in jobs.envelope.iter(f"{{{WSCN}}}ScansCompleted")]
        return {
            "state": scanner.envelope.findtext(f".//{{{WSCN}}}ScannerState"),
            "reasons": [each.text for each in scanner.envelope.iter(f"{{{WSCN}}}ScannerStateReason")],
            "active_jobs": [{"scans_completed": int(each)} for each in counts],
        }

    async def seen(self) -> Seen:
        return from_wire(self._came, self._first)

    async def end(self) -> Ended:
        self.gate.allow(END)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        number = etree.fromstring(f'<j xmlns:w="{WSCN}">{self.job}</j>').findtext(f"{{{WSCN}}}JobId")
        asked = (
            f"<w:GetJobElementsRequest><w:JobId>{number}</w:JobId><w:RequestedElements><w:Name>w:JobStatus</w:Name>"
            "</w:RequestedElements></w:GetJobElementsRequest>"
        )
        status = await asyncio.to_thread(call, self.service, f"{WSCN}/GetJobElements", asked)
        state = status.envelope.findtext(f".//{{{WSCN}}}JobState") or ""
        return Ended(state, list(self._images), "" if self._last is None else self._last.fault)


# scan


class ScanDoor:
    """The command `scan`, a process of its own, driven by what `press` calls while it runs."""

    name = "scan"

    def __init__(self, server: GatedScanServer, folder: Path, state: Path, profile: str = "office-mfp") -> None:
        """`state`: the state folder of the process."""
        self.gate = server.gate
        self._server = server
        self._folder = folder
        self.state = state
        self._profile = profile
        self._files: tuple[Path, ...] = ()
        self.process: Any = None
        self.client: ControlClient | None = None
        self.options: tuple[str, ...] = ()
        """Further ones of the command."""
        self.exit_code: int | None = None
        self._seen = Seen()

    @property
    def out(self) -> int:
        return len(self._server.images)

    async def load(self, *files: Path, two_sided: bool = False) -> None:
        self._files = files

    async def begin(self, settings: Settings = GREY) -> None:
        told = [word for each in listed(settings) for word in ("--set", each)]
        manifest = str(self._folder / "manifest.jsonl")
        self.process = start(
            "scan", *self._files, "--service", self._server.url, "--events", "none", "--manifest", manifest,
            "--json", "--control-port", "0", "--profile", self._profile, *told, *self.options,
            cwd=self._folder,
        )  # fmt: skip
        limit = time.monotonic() + 40
        while self.client is None:
            assert time.monotonic() < limit, "the job is not driven"
            with suppress(LabError):
                url = await asyncio.to_thread(find_control, None, None, self.state)
                self.client = ControlClient(url, find_token(None, url, self.state, {}))
                return
            if self.process.poll() is not None:
                result = json.loads(self.process.communicate()[0])
                raise LabError(result["error"])
            await asyncio.sleep(0.05)

    async def do(self, action: str, **request: Any) -> None:
        assert self.client is not None
        await asyncio.to_thread(self.client.do, action, request)

    async def status(self) -> Mapping[str, Any]:
        assert self.client is not None
        return await asyncio.to_thread(self.client.status)

    async def seen(self) -> Seen:
        """Up to the end of the process, at the latest."""
        assert self.client is not None
        if self.exit_code is None:
            self._seen = from_control((await asyncio.to_thread(self.client.events, 0))["events"])
        return self._seen

    async def interrupted(self) -> int:
        """Ctrl-C; the exit code."""
        interrupt(self.process)
        await asyncio.to_thread(self.process.communicate, timeout=30)
        return int(self.process.returncode)

    def kill(self) -> None:
        """Leave no process behind."""
        self.gate.allow(END)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    async def end(self) -> Ended:
        if self.process.poll() is None and not self._seen.over:
            with suppress(LabError):
                await self.seen()
        self.gate.allow(END)
        stdout, _ = await asyncio.to_thread(self.process.communicate, timeout=60)
        result, self.exit_code = json.loads(stdout), self.process.returncode
        told = told_by(self._folder / "manifest.jsonl")
        return Ended(result.get("outcome") or "refused", list(self._server.images), result["error"] or "", told)
