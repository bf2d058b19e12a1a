"""Each alteration of an operation as its peers meet it: http.client of our server and device, a scan server made
by hand (`scripted_server.py`) of our client, http.server of our events; and what our own strict server says."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import scan_server_bench as at_server
import scan_service_bench as at_device
from disturbed import DEVICE, SERVER, alterations_but_of_devices, disturbed, fault, is_seen
from job_runs import run_job
from lxml import etree
from posts import posts
from scripted_server import ScriptedServer, Seen

from emulator.directory.folder import FolderDirectory
from emulator.dpws.eventing.event_queue import EventQueue, Waiting, event_clients
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.faults.alteration import At
from emulator.faults.counting import Firing
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.transport.points import BODY, BodyOctets

SILENCE: Final = 1.0
"""Seconds after which no answer is taken to come."""


class Met(NamedTuple):
    """What http.client met."""

    answer: at_server.Answer | None
    """None: no answer came."""
    seconds: float
    images: int
    """That the server has stored."""

    @property
    def says(self) -> tuple[int, str]:
        assert self.answer is not None
        fault = self.answer.fault[1] if self.answer.data.startswith(b"<?xml") else ""
        return self.answer.status, fault


def header(met: Met, name: str) -> str:
    assert met.answer is not None
    return met.answer.headers.get(name, "")


class Shown(NamedTuple):
    do: str
    parameters: dict[str, Any]
    seen: Callable[[Any], bool]
    """Whether the peer has seen it."""
    operation: str = "SendImage"


NEVER: Final = fault("exchange", "late", seconds=1, nth=1000, may_miss=True)
"""A fault that does not come to act."""

OF_SERVER: Final = [
    Shown("late", {"seconds": 0.4}, lambda m: m.says == (200, "") and m.seconds >= 0.4 and m.images == 1),
    Shown("late", {"seconds": 0.4, "when": "after"}, lambda m: m.says == (200, "") and m.seconds >= 0.4),
    Shown("unanswered", {}, lambda m: m.answer is None and m.images == 1),
    Shown("swallowed", {}, lambda m: m.answer is None and m.images == 0),
    Shown(
        "status",
        {"retry_after": 7},
        lambda m: m.says == (503, "") and header(m, "retry-after") == "7" and not m.answer.data and m.images == 0,
    ),
    Shown(
        "status",
        {"status": 502, "processed": True},
        lambda m: m.says == (502, "") and not header(m, "retry-after") and m.images == 1,
    ),
    Shown(
        "status",
        {"status": 413, "early": True},
        lambda m: m.says == (413, "") and header(m, "connection") == "close",
    ),
    Shown(
        "fault",
        {"subcode": "ServerErrorTemporaryError"},
        lambda m: m.says == (500, "ServerErrorTemporaryError") and m.images == 0,
    ),
    Shown(
        "fault",
        {"subcode": "ClientErrorJobTokenNotFound", "detail": "x"},
        lambda m: m.answer.fault == ("Sender", "ClientErrorJobTokenNotFound", "x"),
    ),
    Shown(
        "fault",
        {"subcode": "OperationFailed", "processed": True},
        lambda m: m.says == (500, "OperationFailed") and m.images == 1,
    ),
    Shown(
        "fault",
        {"subcode": "ServerErrorOutOfPaper", "code": "Sender", "early": True},
        lambda m: m.says == (400, "ServerErrorOutOfPaper"),
    ),
    Shown(
        "fault",
        {"subcode": "EndpointUnavailable"},
        lambda m: m.says == (500, "EndpointUnavailable") and b"2004/08/addressing" in m.answer.data,
    ),
    Shown(
        "fault",
        {"subcode": "Strange", "namespace": "urn:vendor", "status": 200},
        lambda m: m.says == (200, "Strange") and b'"urn:vendor"' in m.answer.data,
    ),
    Shown(
        "fault-status", {"status": 200}, lambda m: m.says == (200, "ClientErrorJobTokenNotFound"), "EndPostScanJob"
    ),
    Shown(
        "other-token",
        {},
        lambda m: m.answer.text("//dsp:JobToken") not in m.answer.headers["tokens"].split(),
        "CreatePostScanJob",
    ),
    Shown(
        "other-token",
        {"token": "no GUID"},
        lambda m: m.answer.text("//dsp:JobToken") == "no GUID",
        "CreatePostScanJob",
    ),
    Shown("empty-answer", {}, lambda m: m.says == (202, "") and not m.answer.data and m.images == 1),
    Shown(
        "empty-answer",
        {"status": 200, "processed": False},
        lambda m: m.says == (200, "") and not m.answer.data and m.images == 0,
    ),
    Shown(
        "wrong-content-type",
        {},
        lambda m: (
            m.says == (200, "")
            and header(m, "content-type").startswith("text/xml")
            and b"SendImageResponse" in m.answer.data
        ),
    ),
    Shown(
        "wrong-content-type",
        {"content_type": "image/png"},
        lambda m: m.says == (400, "ClientErrorJobTokenNotFound") and header(m, "content-type") == "image/png",
        "EndPostScanJob",
    ),
    Shown(
        "html-answer",
        {},
        lambda m: (
            m.answer.status == 200
            and header(m, "content-type").startswith("text/html")
            and b"<h1>" in m.answer.data
            and m.images == 0
        ),
    ),
    Shown(
        "redirect",
        {"location": "http://127.0.0.1:1/x"},
        lambda m: m.says == (307, "") and header(m, "location") == "http://127.0.0.1:1/x",
    ),
    Shown(
        "last-answer", {}, lambda m: m.says == (200, "") and header(m, "connection") == "close" and m.images == 1
    ),
]


def deed_of(shown: Shown) -> str:
    return fault("exchange", shown.do, operation=shown.operation, **shown.parameters)


def named(shown: Shown) -> str:
    return "-".join([shown.do, *map(str, shown.parameters.values())])


async def met_at_the_scan_server(folder: Path, operation: str, deed: str) -> tuple[Met, list[Firing], str]:
    """What http.client met in an operation, what has fired, and the JobToken."""
    layers = Layers()
    directory = FolderDirectory(at_server.office(folder / "office"))
    async with ScanServer(store=folder / "store", directory=directory, layers=layers) as server:
        caller = at_server.Caller(server.service_url)
        token = await caller.job()
        with disturbed(layers, SERVER, deed) as ledger:
            begun = time.monotonic()
            asked = {
                "SendImage": lambda: caller.send(token),
                "EndPostScanJob": lambda: caller.with_token("EndPostScanJob", at_server.PSP_ID),
                "CreatePostScanJob": caller.create,
            }[operation]()
            answer = None
            try:
                answer = await asyncio.wait_for(asked, SILENCE)
                answer.headers["tokens"] = " ".join(job.token for job in server.jobs)
            except TimeoutError:
                pass
            seconds = time.monotonic() - begun
        state = await caller.elements(token)
        return Met(answer, seconds, int(state.text("//dsp:ImagesReceived"))), ledger.firings, token


@pytest.mark.parametrize("shown", OF_SERVER, ids=named)
async def test_of_the_scan_server(tmp_path: Path, shown: Shown) -> None:
    met, firings, token = await met_at_the_scan_server(tmp_path, shown.operation, deed_of(shown))
    assert shown.seen(met), met
    assert [(each.fault.alteration.name, each.count) for each in firings] == [(shown.do, 1)]
    assert shown.operation != "SendImage" or firings[0].passes.conversation == token


@pytest.mark.parametrize("operation", sorted({each.operation for each in OF_SERVER}))
async def test_no_row_is_true_of_an_answer_that_is_not_altered(tmp_path: Path, operation: str) -> None:
    met, firings, _ = await met_at_the_scan_server(tmp_path, operation, NEVER)
    rows = [each for each in OF_SERVER if each.operation == operation]
    assert not firings and not [named(each) for each in rows if is_seen(each.seen, met)]


OF_DEVICE: Final = [
    Shown(
        "other-job-id",
        {},
        lambda a: a.created.text("//wscn:JobId") != "1" and a.state.fault == "ClientErrorJobIdNotFound",
        "CreateScanJob",
    ),
    Shown("other-job-id", {"job_id": 77}, lambda a: a.created.text("//wscn:JobId") == "77", "CreateScanJob"),
    Shown("other-token", {}, lambda a: a.image.fault == "ClientErrorInvalidJobToken", "CreateScanJob"),
    Shown(
        "fault",
        {"subcode": "ClientErrorNoImagesAvailable"},
        lambda a: a.image.status == 400 and b"wscn:ClientErrorNoImagesAvailable" in a.image.data,
        "RetrieveImage",
    ),
    Shown(
        "fault",
        {"subcode": "ServerErrorNotAcceptingJobs"},
        lambda a: a.created.fault == "ServerErrorNotAcceptingJobs",
        "CreateScanJob",
    ),
    Shown("status", {"status": 504}, lambda a: a.image.status == 504, "RetrieveImage"),
    Shown(
        "late",
        {"seconds": 0.3, "when": "after"},
        lambda a: a.image.status == 200 and a.seconds > 0.3,
        "RetrieveImage",
    ),
]


class Scanned(NamedTuple):
    created: at_device.Answer
    image: at_device.Answer
    state: at_device.Answer
    seconds: float


async def scanned(folder: Path, deed: str) -> tuple[Scanned, list[Firing]]:
    """What http.client met in a scan job of a device, and what has fired."""
    layers = Layers()
    async with at_device.device(folder, name="Reception", layers=layers) as running:
        caller = at_device.Caller(running)
        with disturbed(layers, DEVICE, deed, device="Reception") as ledger:
            begun = time.monotonic()
            created = await caller.create()
            job = at_device.Job(
                caller, int(created.text("//wscn:JobId") or 1), created.text("//wscn:JobToken"), created
            )
            image = await job.retrieve()
            found = Scanned(created, image, await caller.job_elements(job.id), time.monotonic() - begun)
    return found, ledger.firings


@pytest.mark.parametrize("shown", OF_DEVICE, ids=named)
async def test_of_the_device(tmp_path: Path, shown: Shown) -> None:
    found, firings = await scanned(tmp_path, deed_of(shown))
    assert shown.seen(found), found
    assert [(each.fault.alteration.name, each.passes.device) for each in firings] == [(shown.do, "Reception")]


async def test_no_row_is_true_of_a_device_that_is_not_altered(tmp_path: Path) -> None:
    found, firings = await scanned(tmp_path, NEVER)
    assert not firings and not [named(each) for each in OF_DEVICE if is_seen(each.seen, found)]


# Our client


LETTERS: Final = {
    "CreatePostScanJob": "C", "SendImage": "S", "EndPostScanJob": "E", "GetPostScanJobElements": "?",
    "CancelPostScanJob": "X",
}  # fmt: skip


class Job(NamedTuple):
    operations: str
    """A letter each."""
    seen: list[Seen]
    stored: list[int]
    """DocumentIds."""
    outcome: str
    seconds: float

    def texts(self, name: str, letter: str = "SEX?") -> set[str]:
        """What the elements of that name say."""
        return {seen.text(name) for seen in self.seen if LETTERS[seen.operation] in letter}

    @property
    def repeated(self) -> bool:
        ids = [seen.text("MessageID") for seen in self.seen]
        return len(set(ids)) == len(ids) - 1


OF_CLIENT: Final = [
    (
        Shown("late", {"seconds": 0.4, "image": 2}, lambda j: j.operations == "CSSE??" and j.seconds > 0.4),
        "Completed; ",
    ),
    (
        Shown(
            "late",
            {"seconds": 0.4, "when": "after", "image": 2},
            lambda j: j.operations == "CSSE??" and j.seconds > 0.4,
        ),
        "Completed; ",
    ),
    (
        Shown(
            "swallowed",
            {"image": 1},
            lambda j: j.operations.startswith("C??") and j.operations.endswith("SSE??") and j.stored == [1, 2],
        ),
        "Completed; ",
    ),
    (
        Shown("twice", {"image": 1}, lambda j: j.operations == "CSSSE??" and j.repeated and j.stored == [1, 2]),
        "Completed; InvalidArgs",
    ),
    (
        Shown("twice", {"image": 1, "answer": "last"}, lambda j: j.operations.startswith("CSS") and j.repeated),
        "Completed; InvalidArgs",
    ),
    (
        Shown("twice", {}, lambda j: j.operations.startswith("CSSEE?"), "EndPostScanJob"),
        "Completed; OperationFailed",
    ),
    (
        Shown("other-token", {"image": 2}, lambda j: len(j.texts("JobToken", "S")) == 2 and j.stored == [1]),
        "Failed; ClientErrorJobTokenNotFound",
    ),
    (
        Shown(
            "other-token", {"token": "no GUID"}, lambda j: "no GUID" in j.texts("JobToken", "E"), "EndPostScanJob"
        ),
        "Failed; InvalidArgs",
    ),
    (
        Shown(
            "operation-before",
            {"inject": "EndPostScanJob", "image": 2},
            lambda j: j.operations.startswith("CSES") and j.stored == [1],
        ),
        "(Failed|Contradicted); OperationFailed",
    ),
    (
        Shown(
            "operation-before",
            {"inject": "GetPostScanJobElements", "image": 2},
            lambda j: j.operations == "CS?SE??" and j.stored == [1, 2],
        ),
        "Completed; ",
    ),
    (
        Shown(
            "operation-before",
            {"inject": "SendImage"},
            lambda j: j.operations.startswith("SCSSE") and j.outcome == "Completed",
            "CreatePostScanJob",
        ),
        "Completed; ClientErrorJobTokenNotFound",
    ),
    (
        Shown(
            "operation-after",
            {"inject": "CancelPostScanJob"},
            lambda j: j.operations.startswith("CSSEX") and j.outcome == "Canceled",
            "EndPostScanJob",
        ),
        "",
    ),
    (
        Shown(
            "operation-after", {"inject": "SendImage"}, lambda j: j.operations.startswith("CSSES"), "EndPostScanJob"
        ),
        "Completed; OperationFailed",
    ),
    (
        Shown(
            "operation-after",
            {"inject": "EndPostScanJob"},
            lambda j: j.operations == "CES??" and j.stored == [],
            "CreatePostScanJob",
        ),
        "",
    ),
]


async def job_of_ours(folder: Path, deed: str) -> Job:
    """What a scan server made by hand met of a job."""
    async with ScriptedServer() as server:
        outcome, seconds = await run_job(server.service_url, folder, deed)
        stored = sorted(number for job in server.jobs.values() for number in job.images)
        return Job("".join(LETTERS[each] for each in server.operations), server.seen, stored, outcome, seconds)


@pytest.mark.parametrize("shown", [each for each, _ in OF_CLIENT], ids=named)
async def test_of_the_client(tmp_path: Path, shown: Shown) -> None:
    job = await job_of_ours(tmp_path, deed_of(shown))
    assert shown.seen(job), (job.operations, job.stored, job.outcome)


async def test_no_row_is_true_of_a_job_that_is_not_altered(tmp_path: Path) -> None:
    job = await job_of_ours(tmp_path, NEVER)
    assert not [named(each) for each, _ in OF_CLIENT if is_seen(each.seen, job)]


@asynccontextmanager
async def strict_server(folder: Path) -> AsyncIterator[tuple[str, list[str]]]:
    """The address of our own scan server, and the subcodes of the faults that it answers."""
    layers, faults = Layers(strict=True), list[str]()

    def hear(octets: BodyOctets) -> None:
        if octets.of == "response" and b"Fault>" in octets.octets:
            found = etree.fromstring(octets.octets).findtext(".//{*}Subcode/{*}Value")
            faults.append(str(found).rpartition(":")[2])

    layers.listen(BODY, hear)
    directory = FolderDirectory(at_server.office(folder / "office"))
    async with ScanServer(store=folder / "store", directory=directory, layers=layers) as server:
        yield server.service_url, faults


@pytest.mark.parametrize(
    ("shown", "said"),
    [each for each in OF_CLIENT if each[1]],
    ids=lambda x: named(x) if isinstance(x, Shown) else "",
)
async def test_what_our_own_strict_server_says(tmp_path: Path, shown: Shown, said: str) -> None:
    """These are answers of the documents to requests that are well-formed: no deviation of a message is named.
    Where nothing stands or two words, it depends on how soon the job has ended."""
    async with strict_server(tmp_path) as (url, faults):
        outcome, _ = await run_job(url, tmp_path, deed_of(shown))
    assert re.fullmatch(said, f"{outcome}; {faults[0] if faults else ''}")


# Events


EVENTS: Final = [
    Shown("late", {"nth": 2, "seconds": 0.3}, lambda e: e.order == "123" and e.gap(1) > 0.25),
    Shown("swallowed", {"nth": 2}, lambda e: e.order == "13"),
    Shown("twice", {"nth": 2}, lambda e: e.order == "1223"),
    Shown("out-of-order", {"nth": 1}, lambda e: e.order == "213"),
    Shown("out-of-order", {"nth": 1, "events": 2}, lambda e: e.order == "231"),
    Shown("out-of-order", {"nth": 3, "seconds": 0.2}, lambda e: e.order == "123" and e.gap(2) > 0.15),
]
EVENT: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing/PostScanJobStatusEvent"


class Brought(NamedTuple):
    bodies: list[tuple[float, bytes]]

    @property
    def order(self) -> str:
        return b"".join(body for _, body in self.bodies).decode()

    def gap(self, before: int) -> float:
        """Seconds between that event and the one before."""
        return self.bodies[before][0] - self.bodies[before - 1][0]


async def brought(deed: str, *events: Waiting) -> tuple[Brought, list[Firing]]:
    """What http.server has of events to one subscriber, and what has fired."""
    layers, bodies = Layers(), list[tuple[float, bytes]]()
    tasks: set[asyncio.Task[None]] = set()
    hosting = SourceHosting("/m", lambda: "", event_clients(None, layers), layers)
    with posts(lambda _, body: bodies.append((time.monotonic(), body))) as url:
        queue = EventQueue("the subscriber", f"{url}/sink", hosting, lambda _: None, tasks)
        with disturbed(layers, SERVER, deed) as ledger:
            for event in events:
                queue.put(event)
            async with asyncio.timeout(10):
                while not queue.idle:  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.01)
        queue.cancel()
        await asyncio.gather(*tasks)
    return Brought(bodies), ledger.firings


@pytest.mark.parametrize("shown", EVENTS, ids=named)
async def test_of_an_event(shown: Shown) -> None:
    deed = fault("exchange", shown.do, operation="PostScanJobStatusEvent", **shown.parameters)
    came, firings = await brought(deed, *(Waiting(bytes([number]), EVENT) for number in b"123"))
    assert shown.seen(came), came
    assert len(firings) == 1


async def test_no_row_is_true_of_events_that_are_not_altered() -> None:
    came, _ = await brought(NEVER, *(Waiting(bytes([number]), EVENT) for number in b"123"))
    assert not [named(each) for each in EVENTS if is_seen(each.seen, came)]


async def test_events_of_a_scan_server_are_counted_for_each_job() -> None:
    events = [
        Waiting(text.encode(), EVENT, about) for text, about in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"))
    ]
    came, firings = await brought(fault("exchange", "swallowed", nth=2), *events)
    assert came.order == "a1b1"
    assert [(each.passes.conversation, each.count) for each in firings] == [("a", 2), ("b", 2)]


def test_every_alteration_of_an_exchange_is_shown() -> None:
    shown = {each.do for each in (*OF_SERVER, *OF_DEVICE, *EVENTS, *(each for each, _ in OF_CLIENT))}
    assert shown == set(alterations_but_of_devices(At.EXCHANGE))
