"""A subscriber of another make: a program that gSOAP's tools made from our WSDLs reads the events of a device."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gsoap_build
import pytest
import pytest_asyncio
from gsoap_subscriber import DSD, WSCN, Came, GsoapSink, message, post, running_sink, subscribe, unsubscribe
from lxml import etree
from optional_programs import needs_program

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.wsscan.values.status import ConditionName, LocalizedText
from emulator.wsscan.values.ticket import Setting

SCAN, MANAGED = "/of/scan", "/of/device"
"""Where the events of the two services go."""


@pytest.fixture(scope="module")
def executable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gSOAP sink, built once for all runs from the same inputs."""
    for program in gsoap_build.PROGRAMS:
        needs_program(program)
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("gsoap") if cache else tmp_path_factory.mktemp("gsoap")
    return gsoap_build.build(folder, gsoap_build.SINK)


@pytest.fixture
def sink(executable: Path) -> Iterator[GsoapSink]:
    with running_sink(executable) as running:
        yield running


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    """With two sheets in its feeder."""
    profile = load_profile("office-mfp")
    assert profile.feeder is not None
    feeder = profile.feeder.model_copy(update={"loaded": 2})
    profile = profile.model_copy(update={"feeder": feeder})
    async with ScanDevice(profile, DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def subscribed(mfp: ScanDevice, sink: GsoapSink) -> ScanDevice:
    """The sink subscribes to all events of both services."""
    await asyncio.to_thread(subscribe, mfp.scan_service_url, sink.url + SCAN)
    await asyncio.to_thread(subscribe, mfp.device_service_url, sink.url + MANAGED)
    return mfp


class Steps:
    """Does one thing after another and looks at what came of each."""

    def __init__(self, sink: GsoapSink) -> None:
        self._sink = sink
        self._seen = 0

    async def after(self, do: Callable[[], object], *expected: str) -> None:
        """`expected`: name of an event and the values in it. They come to both paths, in that order, each with the
        body of its service under the action that is printed; and nothing else comes."""
        do()
        wanted = [tuple(each.split("|")) for each in expected]
        total = self._seen + len(wanted)
        for path, namespace in ((SCAN, "wscn"), (MANAGED, "dsd")):
            came = (await asyncio.to_thread(self._sink.at, path, total))[self._seen :]
            assert [(each.name, *_known(each)) for each in came] == wanted
            assert {each.namespace for each in came} <= {namespace}
            assert [each.action for each in came] == [f"{WSCN}/{each.name}" for each in came]
        self._seen = total

    async def nothing_more(self) -> None:
        """What was to come has come."""
        await asyncio.sleep(0.2)
        for path in (SCAN, MANAGED):
            assert self._sink.after(path, self._seen) == []


def _known(event: Came) -> tuple[str, ...]:
    """The values but for numbers of conditions, which count on."""
    return tuple(each for each in event.values if not each.startswith("Id="))


CONDITION, CLEARED = "ScannerStatusConditionEvent", "ScannerStatusConditionClearedEvent"
SUMMARY, JOB, END = "ScannerStatusSummaryEvent", "JobStatusEvent", "JobEndStateEvent"
EMPTY = f"{CONDITION}|Name=InputTrayEmpty|Component=ADF|Severity=Warning|timed=yes"
JAMMED = f"{CONDITION}|Name=MediaJam|Component=MediaPath|Severity=Critical|timed=yes"
OPENED = f"{CONDITION}|Name=CoverOpen|Component=Platen|Severity=Warning|timed=yes"
GONE = f"{CLEARED}|timed=yes"


def job_is(number: int, state: str, reason: str, scans: int) -> str:
    return f"{JOB}|JobId={number}|State={state}|Reasons={reason}|Scans={scans}"


def state_is(state: str, *reasons: str) -> str:
    return f"{SUMMARY}|State={state}|Reasons={','.join(reasons) or 'None'}"


def call(device: ScanDevice, operation: str, content: str) -> etree._Element:
    """An operation of WS-Scan."""
    url = device.scan_service_url
    body = f"<w:{operation}Request>{content}</w:{operation}Request>"
    data = post(url, message(url, f"{WSCN}/{operation}", body))
    return etree.fromstring(data[data.index(b"<?xml") if b"<?xml" in data[:500] else 0 :].partition(b"\r\n--")[0])


def create(device: ScanDevice, more: str = "") -> tuple[int, str]:
    """A job from the feeder; its id and token."""
    ticket = (
        "<w:ScanTicket><w:JobDescription><w:JobName>Letter</w:JobName>"
        "<w:JobOriginatingUserName>ann</w:JobOriginatingUserName></w:JobDescription><w:DocumentParameters>"
        "<w:Format>png</w:Format><w:InputSource>ADF</w:InputSource><w:MediaSides><w:MediaFront>"
        "<w:ColorProcessing>Grayscale8</w:ColorProcessing><w:Resolution><w:Width>75</w:Width><w:Height>75</w:Height>"
        "</w:Resolution></w:MediaFront></w:MediaSides></w:DocumentParameters></w:ScanTicket>"
    )
    answer = call(device, "CreateScanJob", more + ticket)
    job_id, token = answer.findtext(f".//{{{WSCN}}}JobId"), answer.findtext(f".//{{{WSCN}}}JobToken")
    assert job_id and token, etree.tostring(answer)
    return int(job_id), token


def retrieve(device: ScanDevice, job: tuple[int, str]) -> str:
    """RetrieveImage; the local name of what stands in the Body."""
    content = (
        f"<w:JobId>{job[0]}</w:JobId><w:JobToken>{job[1]}</w:JobToken>"
        "<w:DocumentDescription><w:DocumentName>page</w:DocumentName></w:DocumentDescription>"
    )
    answer = call(device, "RetrieveImage", content)
    return etree.QName(answer.findall(".//{*}Body/*")[0]).localname


async def test_the_feeder_runs_empty_and_is_filled(subscribed: ScanDevice, sink: GsoapSink) -> None:
    steps = Steps(sink)
    await steps.after(subscribed.scanner.empty_feeder, EMPTY)
    await steps.after(lambda: subscribed.scanner.load_letters(1), GONE)
    await steps.nothing_more()


async def test_a_jam_and_an_opened_cover_at_once_cleared_one_by_one(
    subscribed: ScanDevice, sink: GsoapSink
) -> None:
    # The law: [wscn/event/condition-id-reported-before] [wscn/event/scanner-status-condition-cleared]
    scanner, steps = subscribed.scanner, Steps(sink)

    def both() -> None:
        scanner.jam()
        scanner.open()

    await steps.after(
        both, JAMMED, state_is("Stopped", "MediaJam"), OPENED, state_is("Stopped", "MediaJam", "CoverOpen")
    )
    jam, cover = (each.values[0] for each in sink.came if each.path == SCAN and each.name == CONDITION)
    assert jam != cover and jam.startswith("Id=") and cover.startswith("Id=")
    await steps.after(
        lambda: scanner.clear_condition(ConditionName.MEDIA_JAM), GONE, state_is("Stopped", "CoverOpen")
    )
    await steps.after(scanner.close, GONE, state_is("Idle"))
    gone = [each.values[0] for each in sink.came if each.path == SCAN and each.name == CLEARED]
    assert gone == [jam, cover]
    await steps.nothing_more()


async def test_a_job_is_started_held_up_and_cancelled(subscribed: ScanDevice, sink: GsoapSink) -> None:
    """It waits with its first page for the client, who comes never."""
    scanner, steps = subscribed.scanner, Steps(sink)
    job = await asyncio.to_thread(create, subscribed)
    begun = (state_is("Processing"), job_is(1, "Started", "None", 0), job_is(1, "Processing", "JobScanning", 0))
    await steps.after(lambda: None, *begun)
    while not scanner.jobs.active[0].ready:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    stopped = (state_is("Stopped", "MediaJam"), job_is(1, "Processing", "ScannerStopped", 1))
    await steps.after(scanner.jam, JAMMED, *stopped)
    await steps.after(scanner.clear, GONE, state_is("Processing"), job_is(1, "Processing", "JobScanning", 1))
    await asyncio.to_thread(call, subscribed, "CancelJob", f"<w:JobId>{job[0]}</w:JobId>")
    await steps.after(
        lambda: None,
        job_is(1, "Terminating", "None", 1),
        state_is("Idle"),
        job_is(1, "Canceled", "None", 1),
        f"{END}|JobId=1|State=Canceled|Reasons=None|JobName=Letter|User=ann|Scans=1|timed=yes",
    )
    await steps.nothing_more()


async def test_a_job_is_started_and_completed(subscribed: ScanDevice, sink: GsoapSink) -> None:
    scanner, steps = subscribed.scanner, Steps(sink)
    scanner.empty_feeder()
    await steps.after(lambda: scanner.load_letters(1), EMPTY, GONE)
    job = await asyncio.to_thread(create, subscribed)
    await steps.after(
        lambda: None,
        state_is("Processing"),
        job_is(1, "Started", "None", 0),
        job_is(1, "Processing", "JobScanning", 0),
        EMPTY,
        job_is(1, "Processing", "None", 1),
    )
    assert await asyncio.to_thread(retrieve, subscribed, job) == "RetrieveImageResponse"
    await steps.after(
        lambda: None,
        job_is(1, "Processing", "JobTransferring", 1),
        job_is(1, "Processing", "None", 1),
        state_is("Idle"),
        job_is(1, "Completed", "None", 1),
        f"{END}|JobId=1|State=Completed|Reasons=None|JobName=Letter|User=ann|Scans=1|timed=yes",
    )
    assert await asyncio.to_thread(retrieve, subscribed, job) == "Fault"
    await steps.nothing_more()


async def test_elements_change(subscribed: ScanDevice, sink: GsoapSink) -> None:
    scanner, steps = subscribed.scanner, Steps(sink)
    names = (LocalizedText("Lobby", "en"), LocalizedText("Foyer", "de"))
    description = replace(scanner.description, names=names, location=(LocalizedText("1st floor", "en"),))
    change = "ScannerElementsChangeEvent"
    await steps.after(
        lambda: scanner.change_description(description), f"{change}|Names=Lobby,Foyer|Locations=1st floor"
    )
    parameters = replace(scanner.default_ticket.document_parameters, format=Setting("png"))
    ticket = replace(scanner.default_ticket, document_parameters=parameters)
    await steps.after(lambda: scanner.change_default_ticket(ticket), f"{change}|Format=png")
    await steps.nothing_more()


async def test_a_filter_in_dsd_gets_what_it_names_under_that_name(mfp: ScanDevice, sink: GsoapSink) -> None:
    """And a subscription that has ended gets nothing."""
    chosen = f"{DSD}/{CONDITION} {WSCN}/{CLEARED}"
    made = await asyncio.to_thread(subscribe, mfp.device_service_url, sink.url + MANAGED, actions=chosen)
    mfp.scanner.jam()
    mfp.scanner.clear()
    first, second = await asyncio.to_thread(sink.at, MANAGED, 2)
    assert (first.action, first.namespace) == (f"{DSD}/{CONDITION}", "dsd")
    assert (second.action, second.namespace) == (f"{WSCN}/{CLEARED}", "dsd")
    await asyncio.to_thread(unsubscribe, made)
    mfp.scanner.jam()
    await asyncio.sleep(0.2)
    assert len(sink.came) == 2


async def test_scan_to_a_pc(mfp: ScanDevice, sink: GsoapSink) -> None:
    """Destinations are offered, one is chosen at the panel, its PC alone is told, and fetches the pages.
    [wscn/scan-available/event-to-one-client] [wscn/scan-available/client-sends-both]
    [wscn/scan-available/images-retrieved-as-ever]"""

    def offer(name: str, context: str, path: str) -> str:
        more = (
            f"<w:ScanDestinations><w:ScanDestination><w:ClientDisplayName>{name}</w:ClientDisplayName>"
            f"<w:ClientContext>{context}</w:ClientContext></w:ScanDestination></w:ScanDestinations>"
        )
        actions = f"{WSCN}/ScanAvailableEvent"
        made = subscribe(mfp.scan_service_url, sink.url + path, actions=actions, more=more)
        assert made.findtext(f".//{{{WSCN}}}ClientContext") == context
        return made.findtext(f".//{{{WSCN}}}DestinationToken") or ""

    token = await asyncio.to_thread(offer, "Ann's PC", "ann-1", "/ann")
    await asyncio.to_thread(offer, "Ben's PC", "ben-1", "/ben")
    identifier = mfp.destinations.begin("ann's pc")
    (event,) = await asyncio.to_thread(sink.at, "/ann", 1)
    assert (event.name, event.action) == ("ScanAvailableEvent", f"{WSCN}/ScanAvailableEvent")
    assert event.values == ("Context=ann-1", f"Identifier={identifier}")
    more = f"<w:ScanIdentifier>{identifier}</w:ScanIdentifier><w:DestinationToken>{token}</w:DestinationToken>"
    job = await asyncio.to_thread(create, mfp, more)
    ends = [await asyncio.to_thread(retrieve, mfp, job) for _ in range(3)]
    assert ends == ["RetrieveImageResponse", "RetrieveImageResponse", "Fault"]
    assert sink.after("/ben", 0) == [] and len(sink.came) == 1
