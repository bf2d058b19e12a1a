"""Scan to a PC: destinations come and go with their subscriptions; CreateScanJob knows what the device began."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from event_sink_bench import DIALECT, WSE, Sink, destinations, manage, sink, subscribe, subscribe_body
from scan_service_bench import OLD, WSCN, Answer, Caller, device, envelope, ticket

from emulator.device.destinations import MAX_CLIENT_CONTEXT, MAX_DESTINATIONS, MAX_IDENTIFIERS, NoSuchDestination
from emulator.device.device import ScanDevice
from emulator.layers import Layers
from emulator.soap.schema import violations

AVAILABLE = f"{WSCN}/ScanAvailableEvent"


@pytest.fixture
def here() -> Iterator[Sink]:
    with sink() as running:
        yield running


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path, sheets=2) as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


async def offer(caller: Caller, to: str, *entries: tuple[str, str], actions: str = AVAILABLE) -> Answer:
    return await subscribe(
        caller, caller.url, to, actions=actions, more=destinations(*entries), expires="P0Y0M0DT30H0M0S"
    )


def begun(identifier: str, token: str) -> str:
    return (
        f"<wscn:ScanIdentifier>{identifier}</wscn:ScanIdentifier>"
        f"<wscn:DestinationToken>{token}</wscn:DestinationToken>{ticket()}"
    )


async def test_each_destination_is_answered_with_a_token(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    # The law: [wscn/scan-available/scan-destinations] [wscn/scan-available/destination-responses]
    # The law: [wscn/scan-available/context-copied]
    made = await offer(caller, here.url, ("Ann", "a 1"), ("Ann's other", " A  2 "))
    (responses,) = made.root.iter(f"{{{WSCN}}}DestinationResponses")
    contexts = [each.findtext(f"{{{WSCN}}}ClientContext") for each in responses]
    tokens = [each.findtext(f"{{{WSCN}}}DestinationToken") for each in responses]
    assert contexts == ["a 1", " A  2 "] and len(set(tokens)) == 2 and all(tokens)
    assert violations(responses) == []
    assert responses.getparent().tag == f"{{{WSE}}}SubscribeResponse"
    assert [each.display_name for each in mfp.destinations.choices] == ["Ann", "Ann's other"]


async def test_from_the_panel_to_the_pages_on_the_pc(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    # The law: [wscn/scan-available/client-sends-both] [wscn/scan-available/images-retrieved-as-ever]
    # The law: [wscn/scan-available/event-to-one-client] [wscn/scan-available/event-content]
    # The law: [wscn/event/scan-available] [wscn/scan-available/display-name-shown]
    made = await offer(caller, f"{here.url}/ann", ("Ann", "ann"))
    await offer(caller, f"{here.url}/ben", ("Ben", "ben"))
    identifier = mfp.destinations.begin("ANN")
    (event,) = await here.wait(1)
    assert (event.path, event.action) == ("/ann", AVAILABLE)
    assert event.text("//wscn:ScanAvailableEvent/wscn:ClientContext") == "ann"
    assert event.text("//wscn:ScanAvailableEvent/wscn:ScanIdentifier") == identifier
    job = await caller.job(begun(identifier, made.text("//wscn:DestinationToken")))
    images, end = await job.images()
    assert len(images) == 2 and end.fault == "ClientErrorNoImagesAvailable"
    assert await job.ended() == ("Completed", "None")
    assert len(here.came) == 1


async def test_an_identifier_is_good_for_one_job_of_its_destination(
    caller: Caller, mfp: ScanDevice, here: Sink
) -> None:
    # The law: [wscn/scan-available/identifier-checked] [wscn/scan-available/identifier-unique]
    ann = (await offer(caller, here.url, ("Ann", "ann"))).text("//wscn:DestinationToken")
    ben = (await offer(caller, here.url, ("Ben", "ben"))).text("//wscn:DestinationToken")
    first, second = mfp.destinations.begin("Ann"), mfp.destinations.begin("ann")
    assert first != second
    assert (await caller.create(begun(first, ben))).fault == "ClientErrorInvalidScanIdentifier"
    assert (await caller.create(begun("urn:uuid:0", ann))).fault == "ClientErrorInvalidScanIdentifier"
    assert (await caller.create(begun(first, "token"))).fault == "ClientErrorInvalidDestinationToken"
    assert (await caller.create(begun("", ann))).fault == "ClientErrorInvalidScanIdentifier"
    job = await caller.job(begun(first, ann))
    await job.cancel()
    assert (await caller.create(begun(first, ann))).fault == "ClientErrorInvalidScanIdentifier"
    await (await caller.job(begun(second, ann))).cancel()


async def test_a_job_that_cannot_be_now_leaves_the_identifier_good(
    caller: Caller, mfp: ScanDevice, here: Sink
) -> None:
    token = (await offer(caller, here.url, ("Ann", "ann"))).text("//wscn:DestinationToken")
    identifier = mfp.destinations.begin("Ann")
    mfp.scanner.empty_feeder()
    assert (await caller.create(begun(identifier, token))).fault == "ClientErrorNoImagesAvailable"
    mfp.scanner.load_letters(1)
    mfp.scanner.jam()
    assert (await caller.create(begun(identifier, token))).fault == "ServerErrorNotAcceptingJobs"
    mfp.scanner.clear()
    assert (await caller.create(begun(identifier, token))).status == 200


async def test_identifiers_that_nobody_uses_are_forgotten(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    token = (await offer(caller, here.url, ("Ann", "ann"))).text("//wscn:DestinationToken")
    made = [mfp.destinations.begin("Ann") for _ in range(MAX_IDENTIFIERS + 1)]
    await here.wait(len(made))
    assert not mfp.destinations.take_identifier(made[0], token)
    assert mfp.destinations.take_identifier(made[1], token) and mfp.destinations.take_identifier(made[-1], token)


@pytest.mark.parametrize("way", ["Unsubscribe", "expiry", "failure"])
async def test_destinations_vanish_with_their_subscription(
    caller: Caller, mfp: ScanDevice, here: Sink, way: str
) -> None:
    # The law: [wscn/scan-available/destinations-end-with-the-subscription]
    expires = "PT1S" if way == "expiry" else "PT1H"
    to = "http://127.0.0.1:9/nobody" if way == "failure" else here.url
    made = await subscribe(caller, caller.url, to, more=destinations(("Ann", "ann")), expires=expires)
    token = made.text("//wscn:DestinationToken")
    await offer(caller, here.url, ("Ben", "ben"))
    identifier = mfp.destinations.begin("Ann")
    if way == "Unsubscribe":
        await manage(caller, made, "Unsubscribe")
    async with asyncio.timeout(20):
        while [each.display_name for each in mfp.destinations.choices] != ["Ben"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await caller.create(begun(identifier, token))).fault == "ClientErrorInvalidDestinationToken"
    with pytest.raises(NoSuchDestination, match="there are: Ben"):
        mfp.destinations.begin("Ann")


async def test_names_that_are_not_one_destination_are_told(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    with pytest.raises(NoSuchDestination, match="there are: none"):
        mfp.destinations.begin("Ann")
    await offer(caller, f"{here.url}/1", ("Ann", "one"))
    await offer(caller, f"{here.url}/2", ("ann", "two"))
    with pytest.raises(
        NoSuchDestination, match=r"2 destinations are named 'Ann'; say which by its ClientContext: one, two"
    ):
        mfp.destinations.begin("Ann")
    mfp.destinations.begin("two")
    assert (await here.wait(1))[0].path == "/2"


async def test_destinations_as_printed_and_in_the_old_namespace_are_taken_and_told(
    caller: Caller, mfp: ScanDevice, here: Sink, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    # The law: [eventing/filter/scan-destinations-of-2006-01]
    # The law: [wscn/scan-available/client-display-string-accepted]
    # The law: [clients/wsd-python/scan-destinations-in-2006-01]
    printed = destinations(("Den Computer", "App1ScanID2345"), name="ClientDisplayString")
    old = destinations(("Old", "o"), namespace=OLD)
    for more in (printed, old):
        made = await subscribe(caller, caller.url, here.url, actions=AVAILABLE, more=more)
        assert made.status == 200, made.data
        assert made.text("//wscn:DestinationToken")
    assert "spelling" in caplog.text and "namespace" in caplog.text
    assert [each.display_name for each in mfp.destinations.choices] == ["Den Computer", "Old"]
    async with device(tmp_path, layers=Layers(strict=True)) as strict:
        for more in (printed, old):
            refused = await subscribe(Caller(strict), strict.scan_service_url, here.url, more=more)
            assert (
                refused.status == 400 and not strict.destinations.choices and not strict.events.scan.subscriptions
            )


@pytest.mark.parametrize(
    "more",
    [
        destinations(*[(f"PC {n}", f"c{n}") for n in range(MAX_DESTINATIONS + 1)]),
        destinations(("Ann", "x" * (MAX_CLIENT_CONTEXT + 1))),
        f'<d:ScanDestinations xmlns:d="{WSCN}"><d:ScanDestination/></d:ScanDestinations>',
    ],
)
async def test_what_cannot_be_offered_is_refused_and_nobody_is_subscribed(
    caller: Caller, mfp: ScanDevice, here: Sink, more: str
) -> None:
    made = await subscribe(caller, caller.url, here.url, more=more)
    assert made.status == 400 and made.fault in ("InvalidArgs", "InvalidMessage")
    assert not mfp.destinations.choices and not mfp.events.scan.subscriptions


@pytest.mark.parametrize("actions", [f"{WSCN}/JobStatusEvent", ""])
async def test_only_who_asks_for_the_event_can_be_told(
    caller: Caller, mfp: ScanDevice, here: Sink, actions: str
) -> None:
    made = await offer(caller, here.url, ("Ann", "ann"), actions=actions)
    assert made.status == 200
    assert bool(made.texts("//wscn:DestinationToken")) == (actions == "")
    assert len(mfp.destinations.choices) == (actions == "")


async def test_ws_dsd_has_no_destinations(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    made = await subscribe(caller, mfp.device_service_url, here.url, more=destinations(("Ann", "ann")))
    assert not made.texts("//wscn:DestinationToken") and not mfp.destinations.choices


async def test_as_wsd_python_subscribes(caller: Caller, mfp: ScanDevice, here: Sink) -> None:
    """White space round the filter, no delivery mode, ScanDestinations in 2006/01
    [clients/wsd-python/white-space-round-the-filter] [clients/wsd-python/subscribe-without-mode]
    [clients/wsd-python/scan-destinations-in-2006-01]."""
    body = subscribe_body(here.url, actions=f"\n    {AVAILABLE}\n  ", more=destinations(("PC", "c"), namespace=OLD))
    assert DIALECT in body and "Mode" not in body
    made = await caller.raw(envelope(caller.url, f"{WSE}/Subscribe", body))
    assert made.status == 200 and made.text("//wscn:ClientContext") == "c"
    mfp.destinations.begin("PC")
    assert (await here.wait(1))[0].action == AVAILABLE
