"""A job whose end is learnt by events, by asking, and with events lost: the same outcome, each in its time."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import emulator.scan_server.server as server_module
from emulator.dpws.eventing.event_queue import ClientFactory
from emulator.dpws.writing import SOAP_HEADERS
from emulator.dsm.constants import DSC, DSP
from emulator.dsm.job_end_state import PostScanJobEndState
from emulator.dsm.job_status import JobStatus
from emulator.dsm.messages.events import PostScanJobEndStateEvent, PostScanJobStatusEvent
from emulator.dsm.states import FilterState, JobState, JobStateReason
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.outcome import ScanOutcome
from emulator.lab.lab import Lab
from emulator.layers import Layers
from emulator.scan_server.jobs import Job
from emulator.soap.envelope import Message, new_message_id, write_envelope
from emulator.transport.client import StreamClient
from emulator.transport.http import BytesBody, HttpRequest, HttpResponse, TimeLimits
from emulator.trust.contexts import client_context


class Wire:
    """Lets events through, or loses them: `passes` is told the number of each, from 1, and its bytes."""

    def __init__(self, passes: Callable[[int, bytes], bool]) -> None:
        self.passes = passes
        self.sent = 0
        self.lost = 0
        self.urls: set[str] = set()

    def clients(self, context: ssl.SSLContext | None = None, layers: Layers | None = None) -> ClientFactory:
        return lambda: _Client(self, StreamClient(context, layers))


class _Client:
    def __init__(self, wire: Wire, client: StreamClient) -> None:
        self._wire, self._client = wire, client

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        self._wire.sent += 1
        self._wire.urls.add(request.url)
        data = b"".join(bytes(chunk) for chunk in request.body.chunks())
        if not self._wire.passes(self._wire.sent, data):
            self._wire.lost += 1
            return HttpResponse(202, (), b"")
        return await self._client.exchange(HttpRequest(request.url, request.headers, BytesBody(data)), limits)

    async def aclose(self) -> None:
        await self._client.aclose()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire(lambda number, data: True)
    monkeypatch.setattr(server_module, "event_clients", made.clients)
    return made


async def scanned(**options: Any) -> ScanOutcome:
    """One job of three pages in a lab of its own; as everything else it says, it succeeds."""
    async with Lab() as lab:
        device = await lab.add_device()
        outcome = await device.scan(pages=3, **options)
    assert outcome.error is None and outcome.outcome == "Completed" and outcome.exit_code is ExitCode.OK
    assert len(outcome.report.acknowledged) == 3
    told = outcome.as_dict()
    assert told["end_state"] == {
        "state": "Completed",
        "reasons": ["PostScanJobCompletedSuccessfully"],
        "images_received": 3,
        "filters": [{"dialect": f"{FILE_SHARE}", "state": "CompletedSuccessfully", "reasons": []}],
    }
    assert told["deviations"] == []
    return outcome


FILE_SHARE = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"


def seconds(outcome: ScanOutcome) -> float:
    return float(outcome.as_dict()["timings"]["end_known"])


async def test_events_over_https_events_over_http_asking_and_losses_end_alike(
    wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    # The law: [dsp/event/transport] [dsp/sequence/subscription-is-optional] [dsp/event/end-state-once]
    table: list[tuple[str, ScanOutcome]] = []

    async def run(name: str, passes: Callable[[int, bytes], bool], **options: Any) -> ScanOutcome:
        wire.passes, wire.sent, wire.lost = passes, 0, 0
        wire.urls.clear()
        outcome = await scanned(**options)
        table.append((name, outcome))
        return outcome

    https = await run("events over HTTPS", lambda number, data: True)
    assert all(url.startswith("https://127.0.0.1:") for url in wire.urls) and len(wire.urls) == 1
    assert https.as_dict()["end_known_by"] == "event" and seconds(https) < 2
    http = await run("events over HTTP", lambda number, data: True, events="127.0.0.1")
    assert all(url.startswith("http://127.0.0.1:") for url in wire.urls)
    assert http.as_dict()["end_known_by"] == "event"
    asked = await run("asking alone", lambda number, data: True, events="none")
    assert wire.sent == 0 and asked.as_dict()["end_known_by"] == "poll"
    assert asked.as_dict()["events"] == {"subscribed": False, "reason": ""}
    for odd in (0, 1):
        half = await run(f"every second lost ({odd})", lambda number, data, odd=odd: number % 2 == odd)
        assert wire.lost >= 3 and half.as_dict()["end_known_by"] == "event"
    late = await run("the end lost", lambda number, data: b"Completed<" not in data)
    assert wire.lost == 2 and late.as_dict()["end_known_by"] == "poll" and seconds(late) < 20
    never = await run("all lost", lambda number, data: False)
    assert never.as_dict()["end_known_by"] == "poll" and seconds(never) < 3, "asked as if there were no events"
    with capsys.disabled():
        print()
        for name, outcome in table:
            print(f"  {name:<24}{outcome.as_dict()['end_known_by']:<7}{seconds(outcome) * 1000:7.0f} ms")


async def test_a_sink_that_nobody_reaches_is_a_job_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(context: ssl.SSLContext | None = None, layers: Layers | None = None) -> ClientFactory:
        return lambda: StreamClient(client_context(ca_file=None), layers)  # does not trust the sink

    monkeypatch.setattr(server_module, "event_clients", nowhere)
    outcome = await scanned()
    assert outcome.as_dict()["events"]["subscribed"] and outcome.as_dict()["end_known_by"] == "poll"
    assert seconds(outcome) < 3


async def test_a_server_without_eventing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "emulator.dpws.eventing.source.EventSource.operations", lambda self, call, inner: inner(call)
    )
    outcome = await scanned()
    told = outcome.as_dict()
    assert not told["events"]["subscribed"] and "ActionNotSupported" in told["events"]["reason"]
    assert told["end_known_by"] == "poll"


async def test_a_server_that_ends_the_subscription_is_asked(wire: Wire) -> None:
    async with Lab() as lab:
        server = lab.embedded.server
        before = server._keeper.on_change

        def changed(job: Job) -> None:
            before(job)
            if job.state is JobState.PENDING:
                (subscription,) = server._sources[0].subscriptions
                server._sources[0].end(subscription, reason="scripted")

        server._keeper.on_change = changed
        outcome = await (await lab.add_device()).scan(pages=1)
    assert outcome.outcome == "Completed" and outcome.as_dict()["end_known_by"] == "poll"
    assert "scripted" in outcome.as_dict()["events"]["reason"] and seconds(outcome) < 3


async def test_nobody_is_subscribed_some_time_after_the_job_nor_when_nobody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("emulator.jobs.job_events.LINGER", 0.2)
    async with Lab() as lab:
        device = await lab.add_device()
        await device.scan(pages=1)
        source = lab.embedded.server._sources[0]
        (subscription,) = source.subscriptions
        await device.scan(pages=1)
        assert source.subscriptions == (subscription,), "the next job has the same"
        for _ in range(500):
            if source.subscriptions or lab.commons.events._listeners:
                await asyncio.sleep(0.02)
        assert source.subscriptions == () and not lab.commons.events._listeners
        handed_over = await device.scan(pages=1, wait=False)
        assert handed_over.outcome == "NotAwaited" and handed_over.as_dict()["end_known_by"] is None
        assert not handed_over.as_dict()["events"]["subscribed"]


@pytest.mark.parametrize("events", ["nobody.invalid", "127.0.0.1:x", "", "127.0.0.1:99999", "http://127.0.0.1"])
async def test_an_address_that_cannot_be_had_is_told_before_anything_is_sent(tmp_path: Path, events: str) -> None:
    async with Lab() as lab:
        with pytest.raises(LabError) as refused:
            await (await lab.add_device()).scan(pages=1, events=events, manifest=tmp_path / "m.jsonl")
    assert refused.value.code is ExitCode.USAGE and "--events" in str(refused.value)
    assert not (tmp_path / "m.jsonl").exists()


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><soap:Envelope '
    b'xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>&b;</soap:Body></soap:Envelope>'
)
DEEP = b"<a>" * 5000 + b"</a>" * 5000


@pytest.mark.wire_fault
async def test_what_others_send_to_the_sink_does_not_touch_the_outcome(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    """Events of unknown jobs, old news, the same again, hostile XML, and other people's actions, between ours."""
    caplog.set_level(logging.DEBUG, "emulator.jobs.service_subscription")
    answers: list[tuple[str, int]] = []
    async with Lab() as lab:
        server = lab.embedded.server
        client = StreamClient(client_context(ca_file=None, ca_pem=lab.embedded.ca_pem))
        before, posts = server._keeper.on_change, []

        def changed(job: Job) -> None:
            before(job)
            (subscription,) = server._sources[0].subscriptions
            posts.append(asyncio.create_task(hostile(job.status(), subscription)))

        async def hostile(now: JobStatus, subscription: Any) -> None:
            reference = subscription.notify_to
            unknown = JobStatus("x" * 300, JobState.ABORTED, (JobStateReason.NONE,), now.filter_statuses, 9)
            waiting = tuple(replace(each, filter_state=FilterState.PENDING) for each in now.filter_statuses)
            old = JobStatus(now.job_token, JobState.CREATING, (), waiting, 0)
            end = PostScanJobEndState.of(unknown, description_of(server, now))
            for name, action, body in (
                ("unknown job", "PostScanJobStatusEvent", PostScanJobStatusEvent(unknown).to_xml()),
                ("unknown end", "PostScanJobEndStateEvent", PostScanJobEndStateEvent(end).to_xml()),
                ("old news", "PostScanJobStatusEvent", PostScanJobStatusEvent(old).to_xml()),
                ("again", "PostScanJobStatusEvent", PostScanJobStatusEvent(now).to_xml()),
                ("wrong service", "PostScanJobStatusEvent", PostScanJobStatusEvent(now).to_xml(DSC)),
                ("no event", "Other", old.to_xml()),
            ):
                message = Message(
                    f"{DSP}/{action}", body, to=reference.address, message_id=new_message_id(),
                    headers=reference.headers(),
                )  # fmt: skip
                answers.append(
                    (
                        name,
                        await post(
                            HttpRequest(reference.address, SOAP_HEADERS, BytesBody(write_envelope(message)))
                        ),
                    )
                )
            for name, data in (("bomb", BOMB), ("deep", DEEP), ("no XML", b"\0\xff" * 500), ("empty", b"")):
                request = HttpRequest(
                    reference.address, (("Content-Type", "application/soap+xml"),), BytesBody(data)
                )
                answers.append((name, await post(request)))

        async def post(request: HttpRequest) -> int:
            try:
                return (await client.exchange(request, TimeLimits(5, 5))).status
            except Exception as error:  # the job may be over, and the sink gone
                return -len(str(error))

        server._keeper.on_change = changed
        outcome = await (await lab.add_device()).scan(pages=2)
        await asyncio.gather(*posts)
        await client.aclose()
    assert outcome.outcome == "Completed" and outcome.as_dict()["end_known_by"] == "event"
    assert outcome.end_status is not None and outcome.end_status.job_state is JobState.COMPLETED
    while_listening = [(name, status) for name, status in answers if status > 0 and status != 404]
    assert {name for name, status in while_listening if status == 202} >= {"unknown job", "old news", "again"}
    for bad in ("bomb", "deep", "no XML", "no event"):
        assert {status for name, status in while_listening if name == bad} <= {400, 500}
    foreign = [each for each in caplog.records if "not ours" in each.getMessage()]
    assert foreign and {each.levelno for each in foreign} == {logging.DEBUG}
    assert {operation for operation, _ in outcome.deviations} <= {
        "PostScanJobStatusEvent",
        "PostScanJobEndStateEvent",
    }


def description_of(server: Any, now: JobStatus) -> Any:
    return server._keeper.find(now.job_token).description()
