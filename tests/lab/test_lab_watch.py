"""inspect of a scan server and inspect --watch: what is told, by events and by asking, of a server and a device."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from programs import devices, end, interrupt, run, server, start

from emulator.cli.watching import summary
from emulator.directory.folder import FolderDirectory
from emulator.dpws.call import Reply
from emulator.dpws.points import OPERATION, OperationCall
from emulator.dsm.job_end_state import PostScanJobEndState
from emulator.dsm.messages.events import (
    PostScanJobEndStateEvent,
    PostScanJobStatusEvent,
    RepositoryStatusSummaryEvent,
)
from emulator.dsm.repository import RepositoryState, RepositoryStatus
from emulator.dsm.states import JobState
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.inspect import inspect
from emulator.inspector.inspection_json import inspection_as_dict
from emulator.inspector.watch import PieceOfNews, watch
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.options.asking import PeerEventOptions
from emulator.resources import resource_folder
from emulator.scan_server.server import ScanServer
from emulator.soap.fault import FaultError, action_not_supported


@pytest_asyncio.fixture
async def scan_server(tmp_path: Path) -> AsyncIterator[ScanServer]:
    directory = FolderDirectory(resource_folder("profiles") / "office")
    async with ScanServer(store=tmp_path / "store", directory=directory) as running:
        yield running


async def scan_to(server: ScanServer, tmp_path: Path, **options: object) -> str:
    """One job at the server; its token."""
    outcome = await run_scan(
        ScanOptions(server=server.url, pages=1, manifest=tmp_path / "m.jsonl", **options), SilentReporter()
    )
    assert outcome.error is None
    return str(outcome.as_dict()["job_token"])


class Heard:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.why_not: str | None = None
        self.news: list[PieceOfNews] = []
        self.ready = asyncio.Event()

    def watching(self, url: str, why_no_events: str) -> None:
        self.why_not = why_no_events

    def happened(self, news: PieceOfNews) -> None:
        self.news.append(news)
        self.ready.set()


async def test_inspect_reads_ws_dsc(scan_server: ScanServer, tmp_path: Path) -> None:
    # The law: [dsc/wire/port-type]
    token = await scan_to(scan_server, tmp_path)
    found = await inspect(scan_server.url, PeerEventOptions())
    assert (found.kind, found.exit_code, found.deviations) == ("scan server", ExitCode.OK, [])
    told = json.loads(json.dumps(inspection_as_dict(found)))["repository"]
    assert told["service"] == scan_server.configuration_url
    assert told["status"] == {"repository_state": "Idle", "repository_state_reasons": ["None"]}
    assert [name.rpartition("}")[2] for name in told["configuration"]["dialects"]] == [
        "fileshare",
        "sharepoint",
        "email",
    ]
    assert told["active_jobs"] == []
    (summary_,) = told["job_history"]
    assert summary_["job_token"] == token and summary_["job_state"] == "Completed"
    assert told["job_statuses"][token]["job_completed_time"]


async def watched(server: ScanServer, tmp_path: Path, events: str | None) -> tuple[Heard, str]:
    """What is told while one job runs."""
    heard = Heard()
    watching = asyncio.create_task(
        watch(server.url, PeerEventOptions(), heard, events=events, seconds=60, interval=0.1)
    )
    await asyncio.wait_for(heard.ready.wait(), 60)
    token = await scan_to(server, tmp_path, events="none")
    for _ in range(100):
        if any(getattr(each.content, "repository_state", "") == "Idle" for each in heard.news[1:]) or (
            heard.news and heard.news[-1].name == "RepositoryStatusSummaryEvent" and len(heard.news) > 3
        ):
            break
        await asyncio.sleep(0.05)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    return heard, token


async def test_watch_tells_every_event_of_a_job_in_order(scan_server: ScanServer, tmp_path: Path) -> None:
    # The law: [notes/c-30/events-come-from-the-server] [dsp/event/status-at-creation]
    # The law: [dsp/event/status-at-each-change] [dsp/event/status-while-filters-run] [dsp/event/end-state-once]
    # The law: [dsp/event/same-jobs-as-wsdsc] [bdsrr/3.2.4.8/sent-to-all-subscribers]
    # The law: [bdsrr/3.2.4.9/sent-to-all-subscribers] [bdsrr/3.2.4.9/final-values]
    # The law: [bdsrr/3.2.4.7/sent-to-all-subscribers] [bdsrr/3.2.4.8/current-values]
    heard, token = await watched(scan_server, tmp_path, None)
    assert heard.why_not == ""
    assert (heard.news[0].by, heard.news[0].name) == ("poll", "RepositoryStatus")
    events = [each.content for each in heard.news[1:]]
    assert {each.by for each in heard.news[1:]} == {"event"}
    states = [each.job_status.job_state for each in events if isinstance(each, PostScanJobStatusEvent)]
    assert list(dict.fromkeys(states)) == [
        JobState.CREATING,
        JobState.PENDING,
        JobState.STARTED,
        JobState.PROCESSING,
        JobState.COMPLETED,
    ]
    ends = [each.end_state for each in events if isinstance(each, PostScanJobEndStateEvent)]
    assert [each.job_token for each in ends] == [token], "the end is told once"
    assert isinstance(ends[0], PostScanJobEndState) and ends[0].job_completed_state is JobState.COMPLETED
    assert [
        each.status_summary.repository_state for each in events if isinstance(each, RepositoryStatusSummaryEvent)
    ] == [
        RepositoryState.PROCESSING,
        RepositoryState.IDLE,
    ]
    assert not any(source.subscriptions for source in scan_server._sources), "it has unsubscribed"


@pytest.mark.parametrize("how", ["not wanted", "no eventing"])
async def test_watch_asks_where_no_events_come(scan_server: ScanServer, tmp_path: Path, how: str) -> None:
    async def no_eventing(call: OperationCall) -> Reply:
        if call.name == "Subscribe":
            raise FaultError(action_not_supported(call.asked.action))
        return await call.go_on()

    if how == "no eventing":
        scan_server.layers.handle(OPERATION, no_eventing)
    heard, token = await watched(scan_server, tmp_path, "none" if how == "not wanted" else None)
    assert heard.why_not and ("ActionNotSupported" in heard.why_not or how == "not wanted")
    assert {each.by for each in heard.news} == {"poll"}
    jobs = [each.content for each in heard.news if each.name == "JobSummary"]
    assert {job.job_token for job in jobs} == {token} and jobs[-1].job_state is JobState.COMPLETED
    status = [each.content for each in heard.news if each.name == "RepositoryStatus"]
    assert status[0].repository_state is RepositoryState.IDLE


async def test_watch_of_who_goes_away_ends_with_what_happened(scan_server: ScanServer) -> None:
    heard = Heard()
    watching = asyncio.create_task(
        watch(scan_server.url, PeerEventOptions(timeout=2), heard, events="none", interval=0.1)
    )
    await asyncio.wait_for(heard.ready.wait(), 60)
    await scan_server.stop()
    with pytest.raises(LabError) as gone:
        await asyncio.wait_for(watching, 60)
    assert gone.value.code is ExitCode.UNREACHABLE


async def test_watch_stops_after_its_time(scan_server: ScanServer) -> None:
    began = time.monotonic()
    await watch(scan_server.url, PeerEventOptions(), Heard(), seconds=0.5)
    assert 0.4 < time.monotonic() - began < 60


def test_watch_of_a_server_as_a_program_reads_it(tmp_path: Path) -> None:
    with server("--http", cwd=tmp_path) as (ready, _):
        process = start("inspect", ready["url"], "--watch", "--json", cwd=tmp_path)
        try:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            assert first["events"] is True and first["reason"] == ""
            assert json.loads(process.stdout.readline())["name"] == "RepositoryStatus"
            done = run("scan", "--pages", "1", "--server", ready["url"], cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            names: list[str] = []
            while "PostScanJobEndStateEvent" not in names:
                line = json.loads(process.stdout.readline())
                assert set(line) == {"time", "by", "name", "content", "number", "kind"}
                assert line["number"] == len(names) + 2 and line["kind"] == "state"
                names.append(line["name"])
            interrupt(process)
            assert process.wait(60) == 0
        finally:
            end(process)


def test_watch_of_a_device_tells_its_events(tmp_path: Path) -> None:
    with devices("--port", "0", cwd=tmp_path) as ((device,), _):
        process = start("inspect", device["xaddrs"][0], "--watch", "--for", "20", cwd=tmp_path)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().endswith("by events\n")
            assert "ScannerStatus" in process.stdout.readline()
            opened = run("press", "open", "--state", tmp_path / "state", cwd=tmp_path)
            assert opened.returncode == 0, opened.stderr
            lines = ""
            while "ScannerStatusConditionEvent" not in lines:
                line = process.stdout.readline()
                assert line, lines
                lines += line
            assert re.search(
                r"^   \d  \d\d:\d\d:\d\d  condition  event  ScannerStatusConditionEvent: .*CoverOpen",
                lines,
                re.MULTILINE,
            )
        finally:
            end(process)


def test_an_interrupt_is_a_good_end_of_watching(tmp_path: Path) -> None:
    with server("--http", cwd=tmp_path) as (ready, _):
        process = start("inspect", ready["url"], "--watch", cwd=tmp_path)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            interrupt(process)
            assert process.wait(60) == 0
        finally:
            end(process)


def test_nothing_to_watch_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emulator", "inspect", "http://127.0.0.1:9/x", "--watch"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 3 and done.stdout == "" and done.stderr.startswith("error: ")


def test_a_line_says_what_people_want_first() -> None:
    assert summary(RepositoryStatusSummaryEvent(RepositoryStatus(RepositoryState.STOPPED))) == "Stopped"
