"""The events of a running device: which go to whom, under which action, with which body, and in what order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from event_sink_bench import WSE, Event, Sink, manage, sink, subscribe
from lxml import etree
from scan_service_bench import OLD, WSCN, Caller, device
from scanner_bench import scan_ticket

from emulator.device.device import ScanDevice
from emulator.device.event_messages import message_of
from emulator.device.panel_production import PanelProduction
from emulator.device.scanner_events import ElementsChanged
from emulator.dpws.eventing.limits import SourceLimits
from emulator.wsscan.constants import DSD, DSD_EVENTS, WSCN_EVENTS
from emulator.wsscan.messages.events_scanner import ScannerElementsChangeEvent
from emulator.wsscan.values.status import LocalizedText


@pytest.fixture
def here() -> Iterator[Sink]:
    with sink() as running:
        yield running


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path, name="Reception") as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


def bodies(events: list[Event]) -> list[tuple[str, str]]:
    """Action, and the namespace of the body."""
    return [(each.action, etree.QName(each.body).namespace or "") for each in events]


CONDITION, SUMMARY = "ScannerStatusConditionEvent", "ScannerStatusSummaryEvent"


@pytest.mark.parametrize(
    ("service", "actions", "expected"),
    [
        ("scan", "", [WSCN, WSCN]),
        ("scan", f"{WSCN}/{CONDITION} {WSCN}/{SUMMARY}", [WSCN, WSCN]),
        ("scan", f"{OLD}/{CONDITION} {WSCN}/{SUMMARY}", [OLD, WSCN]),
        ("scan", WSCN, [WSCN, WSCN]),
        ("device", "", [WSCN, WSCN]),
        ("device", f"{WSCN}/{CONDITION} {DSD}/{SUMMARY}", [WSCN, DSD]),
        ("device", DSD, [DSD, DSD]),
        ("device", f" \n{DSD}/{SUMMARY}\n{DSD}/{CONDITION} ", [DSD, DSD]),
    ],
)
async def test_the_action_is_what_the_filter_names_and_else_what_is_printed(
    caller: Caller, mfp: ScanDevice, here: Sink, service: str, actions: str, expected: list[str]
) -> None:
    # The law: [dsd/event/action-of-wsscan] [dsd/event/action-of-the-filter] [dsd/event/body-of-the-endpoint]
    # The law: [dsd/event/no-filter] [notes/c-02/event-actions-in-wscn] [notes/c-02/event-action-as-filtered]
    url = mfp.scan_service_url if service == "scan" else mfp.device_service_url
    made = await subscribe(caller, url, here.url, actions=actions)
    assert made.action == f"{WSE}/SubscribeResponse"
    mfp.scanner.jam()
    body = WSCN if service == "scan" else DSD
    names = zip(expected, (CONDITION, SUMMARY), strict=True)
    assert bodies(await here.wait(2)) == [(f"{action}/{name}", body) for action, name in names]
    assert all(each.text("//wsa:To") == here.url for each in here.came)


async def test_a_filter_lets_through_what_it_names_alone(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    # The law: [dsd/event/only-to-subscribers]
    await subscribe(caller, mfp.scan_service_url, f"{here.url}/jobs", actions=f"{WSCN}/JobEndStateEvent")
    await subscribe(caller, mfp.device_service_url, f"{here.url}/all")
    job = await caller.job()
    await job.images()
    (end,) = await here.wait(1, "/jobs")
    assert end.text("//wscn:JobCompletedState") == "Completed" and end.text("//wscn:JobName") == "Letter"
    everything = await here.until("JobEndStateEvent", "/all")
    assert len(here.of("/jobs")) == 1
    states = [each.text("//wscn:JobState") for each in everything if each.name == "JobStatusEvent"]
    assert states[0] == "Started" and states[-1] == "Completed" and set(states[1:-1]) == {"Processing"}


@pytest.mark.parametrize(
    ("service", "actions"),
    [
        ("device", f"{WSCN}/ScanAvailableEvent"),
        ("device", f"{DSD}/ScanAvailableEvent"),
        ("scan", f"{DSD}/JobStatusEvent"),
        ("scan", f"{WSCN}/ScannerElementsChangedEvent"),
        ("scan", "urn:other"),
    ],
)
async def test_events_that_a_service_does_not_have_are_refused(
    caller: Caller, mfp: ScanDevice, here: Sink, service: str, actions: str
) -> None:
    # The law: [eventing/fault/filter-action-not-supported]
    url = mfp.scan_service_url if service == "scan" else mfp.device_service_url
    assert (await subscribe(caller, url, here.url, actions=actions)).fault == "FilterActionNotSupported"


def test_the_sources_have_the_documented_events(tmp_path: Path) -> None:
    # The law: [dsd/event/all-six] [wscn/event/names]
    running = device(tmp_path)
    for source, names in ((running.events.scan, WSCN_EVENTS), (running.events.device, DSD_EVENTS)):
        for name in WSCN_EVENTS:
            if name in names:
                source.publish(f"{WSCN}/{name}", etree.Element("x"))
            else:
                with pytest.raises(ValueError, match="no event"):
                    source.publish(f"{WSCN}/{name}", etree.Element("x"))


async def test_subscriptions_are_managed_at_their_manager_and_at_the_service(
    caller: Caller, mfp: ScanDevice, here: Sink
) -> None:
    # The law: [dsd/event/subscriptions-of-wseventing]
    for url in (mfp.scan_service_url, mfp.device_service_url):
        made = await subscribe(caller, url, here.url)
        assert (await manage(caller, made, "GetStatus")).action == f"{WSE}/GetStatusResponse"
        assert (await manage(caller, made, "GetStatus", at=url)).action == f"{WSE}/GetStatusResponse"
        assert (await manage(caller, made, "Unsubscribe")).action == f"{WSE}/UnsubscribeResponse"
        assert (await manage(caller, made, "Unsubscribe")).fault == "InvalidMessage"
    made = await subscribe(caller, mfp.scan_service_url, here.url)
    other = await manage(caller, made, "GetStatus", at=mfp.device_service_url)
    assert other.fault == "InvalidMessage", "a subscription belongs to one service"


async def test_the_service_goes_on_answering_for_itself(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    await subscribe(caller, mfp.scan_service_url, here.url)
    assert (await caller.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Reception"
    assert (await subscribe(caller, mfp.url, here.url)).fault == "ActionNotSupported"


async def test_a_device_that_is_switched_off_says_so(tmp_path: Path, here: Sink) -> None:
    """Its jobs end, subscribers are told of that, and then of the end of their subscriptions.
    [eventing/subscription-end/status]"""
    async with device(tmp_path) as mfp:
        caller = Caller(mfp)
        await subscribe(caller, mfp.device_service_url, f"{here.url}/of", end_to=f"{here.url}/end")
        await caller.job()
        await here.wait(3)
    (end,) = await here.wait(1, "/end")
    assert end.name == "SubscriptionEnd" and end.text("//wse:Status") == f"{WSE}/SourceShuttingDown"
    names = [each.name for each in here.of("/of")]
    assert names[-1] == "JobEndStateEvent" and here.came[-1] is end
    assert here.of("/of")[-1].text("//wscn:JobStateReason") == "JobCanceledAtDevice"


async def test_a_subscription_that_has_expired_gets_nothing(tmp_path: Path, here: Sink) -> None:
    # The law: [eventing/expires/end-of-time]
    async with device(tmp_path) as mfp:
        caller = Caller(mfp)
        await subscribe(caller, mfp.scan_service_url, here.url, expires="PT0.2S")
        mfp.scanner.jam()
        await here.wait(2)
        await asyncio.sleep(0.3)
        mfp.scanner.clear()
        await asyncio.sleep(0.2)
        assert len(here.came) == 2


async def test_limits_are_those_of_each_service(tmp_path: Path, here: Sink) -> None:
    async with device(tmp_path, event_limits=SourceLimits(subscriptions=1)) as mfp:
        caller = Caller(mfp)
        for url in (mfp.scan_service_url, mfp.device_service_url):
            assert (await subscribe(caller, url, here.url)).status == 200
            assert (await subscribe(caller, url, here.url)).fault == "EventSourceUnableToProcess"


async def test_changed_elements_are_there_complete(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    # The law: [dsd/event/changed-element-is-whole] [wscn/event/changed-element-complete]
    await subscribe(caller, mfp.device_service_url, here.url)
    scanner = mfp.scanner
    scanner.change_description(replace(scanner.description, names=(LocalizedText("Lobby", "en"),)))
    (event,) = await here.wait(1)
    (changes,) = event.body
    assert [etree.QName(each).localname for each in changes] == ["ScannerDescription"]
    asked = await caller.elements("wscn:ScannerDescription")
    (told,) = asked.root.iter(f"{{{WSCN}}}ScannerDescription")
    assert etree.tostring(told, method="c14n", exclusive=True) == etree.tostring(
        changes[0], method="c14n", exclusive=True
    )


def test_every_element_that_may_change_is_told(tmp_path: Path) -> None:
    # The law: [wscn/event/scanner-elements-change]
    scanner = device(tmp_path).scanner
    names = ("ScannerDescription", "ScannerConfiguration", "DefaultScanTicket")
    parts = (scanner.description, scanner.configuration, scanner.default_ticket)
    assert message_of(ElementsChanged(names), scanner) == ScannerElementsChangeEvent(*parts)
    for index, name in enumerate(names):
        alone = [part if index == place else None for place, part in enumerate(parts)]
        assert message_of(ElementsChanged((name,)), scanner) == ScannerElementsChangeEvent(*alone)  # type: ignore[arg-type]


async def test_a_post_scan_job_at_the_panel_is_a_scan_job_here(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    # The law: [wscn/job-state/ended-when-digitised-for-dsd]
    await subscribe(
        caller, mfp.device_service_url, here.url, actions=f"{WSCN}/JobStatusEvent {DSD}/JobEndStateEvent"
    )
    ticket = scan_ticket(name="to the archive")
    production = PanelProduction(mfp.scanner, ticket, mfp.scanner.resolve(ticket))
    scanned = [each async for each in production.documents()]
    assert len(scanned) == 5
    end = (await here.until("JobEndStateEvent"))[-1]
    assert end.action == f"{DSD}/JobEndStateEvent"
    assert (end.text("//wscn:JobName"), end.text("//wscn:ScansCompleted")) == ("to the archive", "5")
    assert here.came[0].text("//wscn:JobState") == "Started"


async def test_a_subscriber_that_never_answers_holds_nobody_up(tmp_path: Path, here: Sink) -> None:
    connections = 0

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while await reader.read(65536):
                continue
        finally:
            writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        async with device(tmp_path, event_limits=SourceLimits(delivery=60, stop=0.2)) as mfp:
            caller = Caller(mfp)
            for service in (mfp.scan_service_url, mfp.device_service_url):
                assert (await subscribe(caller, service, url)).status == 200
            await subscribe(caller, mfp.scan_service_url, here.url)
            job = await caller.job()
            images, _ = await job.images()
            assert len(images) == 5 and await job.ended() == ("Completed", "None")
            await here.until("JobEndStateEvent")
            begun = time.monotonic()
        assert time.monotonic() - begun < 30, "it does not wait for the delivery"
        assert connections >= 2
