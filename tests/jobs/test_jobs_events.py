"""Events of many jobs in one process: one listener, one subscription at each service, each event told to the job
that it is of and to no other (L9)."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import weakref
from pathlib import Path

import pytest
from job_servers import Place, completed, options_for, written
from lxml import etree

from emulator.dsm.constants import DSP, FSF
from emulator.dsm.early_events import HeardOfJob
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.messages.events import PostScanJobStatusEvent
from emulator.dsm.states import FilterState, JobState, JobStateReason
from emulator.environment.events_option import NO_EVENTS
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.trusting import TrustOptions
from emulator.jobs import job_events
from emulator.jobs.commons import JobCommons
from emulator.jobs.job_events import JobEventListener, WantedEvents
from emulator.jobs.scan import run_scan
from emulator.lab.lab import Lab
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers
from emulator.transport.observe import Exchange
from emulator.transport.points import EXCHANGE, OCTETS, OctetsOut
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, HeardOfJob]]:
    """What each job was told: its token, and the event."""
    told: list[tuple[str, HeardOfJob]] = []
    hear = JobEventListener.heard

    def spy(self: JobEventListener, event: HeardOfJob) -> None:
        told.append((self.job_token, event))
        hear(self, event)

    monkeypatch.setattr(JobEventListener, "heard", spy)
    return told


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def foreign(token: str = "somebody-elses") -> PostScanJobStatusEvent:
    filters = (FilterStatus(FSF, FilterState.CANCELED, (JobStateReason.NONE,)),)
    return PostScanJobStatusEvent(
        JobStatus(token, JobState.ABORTED, (JobStateReason.PROCESSING_FAILED,), filters, 1)
    )


def listeners(commons: JobCommons) -> int:
    return len(commons.events._listeners)


async def test_jobs_at_once_have_one_subscription_and_each_hears_its_own_events(
    tmp_path: Path,
    page: Path,
    commons: JobCommons,
    heard: list[tuple[str, HeardOfJob]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The law: [dsp/sequence/subscribe-at-the-hosted-service] [dsp/event/only-to-subscribers]
    async with Place(tmp_path).server() as server:
        options = options_for(server.url, page, events=None)
        running = [asyncio.create_task(completed(options, commons)) for _ in range(8)]
        outcomes = [await each for each in running]
        assert server.subscriptions == 1 and listeners(commons) == 1
        outcomes.append(await completed(options, commons))
        assert server.subscriptions == 1
        tokens = {each.report.account.job_token for each in outcomes}
        assert len(tokens) == 9 and {token for token, _ in heard} == tokens
        assert all(token == told.status.job_token for token, told in heard)
        assert {each.as_dict()["end_known_by"] for each in outcomes} == {"event"}
        assert {each.events for each in outcomes} == {""}
        await commons.aclose()
        assert server.subscriptions == 0
    assert warnings(caplog) == []


async def test_events_before_the_token_is_known_reach_their_job(
    tmp_path: Path, page: Path, commons: JobCommons, heard: list[tuple[str, HeardOfJob]]
) -> None:
    """Every answer comes after the events of what it answers. [dsp/event/status-at-creation]"""
    async with Place(tmp_path).server() as server:
        server.holds_answers = 0.15
        options = options_for(server.url, page, events=None)
        outcomes = await asyncio.gather(*(completed(options, commons) for _ in range(3)))
        for outcome in outcomes:
            states = [told.status.job_state for token, told in heard if token == outcome.report.account.job_token]
            assert states[0] is JobState.CREATING, "the event that came before the answer to CreatePostScanJob"


@pytest.mark.wire_fault
async def test_events_of_unknown_jobs_and_malformed_ones_disturb_nobody(
    tmp_path: Path,
    page: Path,
    commons: JobCommons,
    heard: list[tuple[str, HeardOfJob]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "emulator.jobs.service_subscription")
    async with Place(tmp_path).server() as server:

        async def noise() -> None:
            for number in range(60):
                server.publish(foreign(f"other-{number % 7}"))
                server.publish(etree.Element(f"{{{DSP}}}PostScanJobStatusEvent"))
                server.publish(etree.Element(f"{{{DSP}}}Nonsense"))
                await asyncio.sleep(0.01)

        options = options_for(server.url, page, events=None)
        noisy = asyncio.create_task(noise())
        outcomes = await asyncio.gather(*(completed(options, commons) for _ in range(4)))
        await noisy
        await asyncio.sleep(0.1)
        assert {each.as_dict()["end_known_by"] for each in outcomes} <= {"event", "poll"}
        assert [each.as_dict()["deviations"] for each in outcomes] == [[]] * 4
        assert not any(token.startswith("other") for token, _ in heard)
        assert all(token == told.status.job_token for token, told in heard)
    told = [each for each in caplog.records if each.name == "emulator.jobs.service_subscription"]
    assert any("not ours" in each.getMessage() for each in told)
    assert {each.levelno for each in told if "not ours" in each.getMessage()} == {logging.DEBUG}
    assert len([each for each in told if each.levelno >= logging.WARNING]) <= 1, "what is malformed is told once"


async def test_a_server_that_was_restarted_is_subscribed_to_again(
    tmp_path: Path, page: Path, commons: JobCommons, caplog: pytest.LogCaptureFixture
) -> None:
    """One that stops says so; one that was killed is found out by its silence, and the job after the next hears."""
    place = Place(tmp_path)
    async with place.server() as server:
        options = options_for(server.url, page, events=None)
        assert (await completed(options, commons)).as_dict()["end_known_by"] == "event"
        place.port = int(server.url.split(":")[2].partition("/")[0])
    async with place.server() as server:
        assert server.subscriptions == 0
        assert (await completed(options, commons)).as_dict()["end_known_by"] == "event"
        server.forget_subscribers()
        silent = await completed(options, commons)
        assert silent.as_dict()["end_known_by"] == "poll" and silent.events == ""
        again = await completed(options, commons)
        assert again.as_dict()["end_known_by"] == "event" and server.subscriptions == 1
        await commons.aclose()
    assert warnings(caplog) == [], "nobody was waiting when the subscription ended"


async def test_a_subscription_that_the_server_ends_under_way_is_told_to_the_jobs_that_have_it(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    async with Place(tmp_path).server() as server:
        changed, ended = server._keeper.on_change, []

        def end_at_first(job: object) -> None:
            changed(job)  # type: ignore[arg-type]
            for each in () if ended else server._sources[0].subscriptions:
                ended.append(each)
                server._sources[0].end(each, reason="scripted")

        server._keeper.on_change = end_at_first
        options = options_for(server.url, page, events=None)
        outcomes = await asyncio.gather(*(completed(options, commons) for _ in range(3)))
        assert len(ended) == 1 and any("scripted" in (each.events or "") for each in outcomes)
        assert (await completed(options, commons)).as_dict()["end_known_by"] == "event"


async def test_a_service_that_refuses_is_not_asked_by_each_job(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    place = Place(tmp_path)
    async with place.server() as server:
        server._sources[0]._stopped = True
        subscribes: list[Exchange] = []

        def count(exchange: Exchange) -> None:
            if b"/Subscribe</" in exchange.request_start:
                subscribes.append(exchange)

        server.layers.listen(EXCHANGE, count)
        options = options_for(server.url, page, events=None)
        await asyncio.gather(*(completed(options, commons) for _ in range(5)))
        outcomes = [await completed(options, commons) for _ in range(2)]
        assert all("shutting down" in (each.events or "") for each in outcomes)
        assert len(subscribes) == 1


@pytest.mark.parametrize("strict", [False, True])
async def test_jobs_that_are_strict_have_a_subscription_of_their_own(
    tmp_path: Path, page: Path, commons: JobCommons, strict: bool
) -> None:
    """At the same address and port, which the user has given."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    async with Place(tmp_path).server() as server:
        for each in (strict, not strict, strict):
            outcome = await completed(options_for(server.url, page, events=address, strict=each), commons)
            assert outcome.as_dict()["end_known_by"] == "event", outcome.as_dict()
        assert server.subscriptions == 2 and listeners(commons) == 1


async def test_who_listens_to_a_job_hears_the_exchanges_of_its_events_and_no_others(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    async with Place(tmp_path).server() as server:
        options = options_for(server.url, page, events=None)
        told: list[list[Exchange]] = [[], []]

        async def job(number: int) -> str:
            layers = Layers()
            layers.listen(EXCHANGE, told[number].append)
            outcome = await run_scan(options, SilentReporter(), commons=commons, layers=layers)
            return outcome.report.account.job_token

        tokens = await asyncio.gather(job(0), job(1))
        assert listeners(commons) == 1 and server.subscriptions == 1
        for token, other, exchanges in zip(tokens, reversed(tokens), told, strict=True):
            events = [each for each in exchanges if each.side == "server"]
            ours = [each for each in events if token.encode() in each.request_start]
            assert ours and not any(other.encode() in each.request_start for each in exchanges)
        subscribes = [each for each in (*told[0], *told[1]) if b"/Subscribe</" in each.request_start]
        assert len(subscribes) == 1, "told to the job that had it made"
        outcome = await completed(options, commons)
        assert not any(outcome.report.account.job_token.encode() in each.request_start for each in told[0])


async def test_a_job_in_which_somebody_intervenes_has_a_listener_of_its_own(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    def same(out: OctetsOut) -> bytes:
        return out.octets

    async with Place(tmp_path).server() as server:
        options = options_for(server.url, page, events=None)
        await completed(options, commons)
        layers = Layers()
        layers.handle(OCTETS, same)
        outcome = await run_scan(options, SilentReporter(), commons=commons, layers=layers)
        assert outcome.as_dict()["end_known_by"] == "event"
        assert server.subscriptions == 2 and listeners(commons) == 2


async def test_a_bad_address_is_told_to_each_job_and_holds_up_no_other(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    async with Place(tmp_path).server() as server:
        for _ in range(2):
            with pytest.raises(LabError) as refused:
                await completed(options_for(server.url, page, events="nobody.invalid"), commons)
            assert refused.value.code is ExitCode.USAGE
        assert (await completed(options_for(server.url, page, events=None), commons)).events == ""


async def test_jobs_of_a_lab_share_its_commons(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Lab(store=tmp_path) as lab:
        device = await lab.add_device()
        outcomes = await asyncio.gather(*(device.scan(pages=1) for _ in range(3)))
        assert {each.as_dict()["end_known_by"] for each in outcomes} == {"event"}
        assert len(lab.embedded.server._sources[0].subscriptions) == 1
        assert listeners(lab.commons) == 1
    assert warnings(caplog) == []


async def test_of_a_renewed_certificate_the_old_one_is_not_kept(
    tmp_path: Path, commons: JobCommons, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab that runs for months renews its certificate often; one that is the same is not read again."""
    made: list[weakref.ref[ssl.SSLContext]] = []

    def sink_tls(cert: Path | None, key: Path | None) -> ssl.SSLContext:
        made.append(weakref.ref(context := server_context(cert, key)))
        return context

    monkeypatch.setattr(job_events, "sink_tls", sink_tls)
    authority = LabAuthority.create(key_kind="ec")
    client = await commons.clients.client(TrustOptions(), url="http://127.0.0.1:9")
    for _ in range(3):
        cert = written(tmp_path, "sink", authority.issue_server(["127.0.0.1"]))
        for _ in range(2):
            assert await commons.events.of_job(WantedEvents(NO_EVENTS, cert=cert), client) is None
    gc.collect()
    assert len(made) == 3 and [each() is not None for each in made] == [False, False, True]
