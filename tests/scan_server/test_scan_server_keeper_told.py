"""The keeper of a scan server's jobs and its time limit, by a clock that the test sets: when it looks, what it
waits for, and what ends with the job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from job_in_process import InProcess
from scan_server_bench import PLAIN, UNKNOWN, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server import job_keeper
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.jobs import Job
from emulator.scan_server.server import ScanServer
from emulator.scan_server.time_limit import MINIMUM_RATE

LIMIT = 600.0
LATER = 1e9
"""Beyond the clock of any event loop, so that nothing ends by itself."""


class Bench:
    """A job at a server whose clock stands still until `now` is set."""

    def __init__(self, server: ScanServer, office_folder: Path) -> None:
        self.now = LATER
        self.office_folder = office_folder
        self.server = server
        self.caller = InProcess(server)

    @property
    def keeper(self) -> JobKeeper:
        return self.server._keeper

    async def job(self, content: str = PLAIN) -> Job:
        job = self.keeper.find(await self.caller.job(content))
        assert job is not None
        return job

    def looks_at(self, job: Job) -> float | None:
        """When the keeper will look next whether the job's time is over, in seconds from the beginning."""
        timer = self.keeper._timers.get(job.token)
        return None if timer is None else round(timer.when() - LATER, 6)

    def look(self, job: Job, after: float) -> None:
        """That moment comes, so many seconds after the beginning."""
        self.now = LATER + after
        self.keeper._timers[job.token].cancel()
        self.keeper._look(job)


@pytest_asyncio.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    folder = office(tmp_path / "office", PLAIN)
    benches: list[Bench] = []
    monkeypatch.setattr(job_keeper, "_now", lambda: benches[0].now)
    async with ScanServer(store=tmp_path / "store", directory=FolderDirectory(folder), time_limit=LIMIT) as server:
        benches.append(Bench(server, folder))
        yield benches[0]


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


async def reason(bench: Bench, job: Job) -> str:
    await bench.caller.at_its_end(job.token)
    return " ".join([job.state, *job.reasons])


async def test_silence_of_the_whole_limit_ends_a_job(bench: Bench) -> None:
    """[dsp/job-transition/timed-out] [dsp/job-transition/timed-out-is-aborted]"""
    job = await bench.job()
    assert bench.looks_at(job) == LIMIT
    bench.look(job, LIMIT - 1)
    assert bench.looks_at(job) == LIMIT
    assert not job.ended
    bench.look(job, LIMIT)
    assert bench.looks_at(job) is None
    assert await reason(bench, job) == "Aborted PostScanJobTimedOut"
    assert job.stop.is_set()


async def test_each_image_and_what_arrives_of_it_begin_the_limit_anew(bench: Bench) -> None:
    job = await bench.job()
    bench.now += 100
    bench.keeper.octets_arrived(job, 10 * MINIMUM_RATE)
    bench.look(job, LIMIT)
    assert bench.looks_at(job) == LIMIT + 10
    bench.now = LATER + 605
    assert (await bench.caller.send(job.token, 1)).status == 200
    assert bench.looks_at(job) == 605 + LIMIT


async def test_the_limit_waits_for_what_the_server_does_itself(bench: Bench) -> None:
    """Of two images at once as well; what the peer does is counted."""
    job = await bench.job()
    with bench.keeper.receiving(job):
        with bench.keeper.receiving(job), bench.keeper.arriving(job):
            assert job.at_hand == 1
        assert job.at_hand == 1
        bench.look(job, 5 * LIMIT)
        assert not job.ended
        assert bench.looks_at(job) == 6 * LIMIT
        with bench.keeper.arriving(job):
            bench.look(job, 6 * LIMIT - 1)
            assert bench.looks_at(job) == 6 * LIMIT
    assert job.at_hand == 0
    assert bench.looks_at(job) == 7 * LIMIT - 1
    bench.look(job, 7 * LIMIT - 1)
    assert await reason(bench, job) == "Aborted PostScanJobTimedOut"


async def test_what_may_be_for_the_job_is_waited_for_a_twentieth_of_the_limit_at_a_time(bench: Bench) -> None:
    """A request of the job's peer whose envelope is not whole: when it is, the job hears of it."""
    job = await bench.job()
    bench.now += 30
    bench.keeper.arrivals.listen("192.0.2.77", pieces())
    arriving = bench.keeper.arrivals.listen(job.peer, pieces())
    bench.look(job, LIMIT)
    assert bench.looks_at(job) == LIMIT * 1.05
    arriving.known()
    bench.look(job, LIMIT * 1.05)  # somebody else's counts for nothing
    assert await reason(bench, job) == "Aborted PostScanJobTimedOut"


async def test_nobody_looks_at_the_time_of_a_job_that_takes_no_images_any_more(bench: Bench) -> None:
    for operation in ("EndPostScanJob", "CancelPostScanJob"):
        job = await bench.job()
        timer = bench.keeper._timers[job.token]
        assert (await bench.caller.with_token(operation, job.token)).status == 200
        assert timer.cancelled()
        bench.keeper._watch(job)  # an image that was refused
        bench.keeper.octets_arrived(job, 1)
        assert bench.looks_at(job) is None
        assert bench.keeper._patience == {}


async def test_a_job_without_a_known_dialect_ends_at_once_and_tells_both_its_states(bench: Bench) -> None:
    """[dsp/job-transition/no-known-dialect] [dsp/event/status-at-creation] [dsp/event/status-at-each-change]"""
    content = instructions(UNKNOWN)
    office(bench.office_folder, content)
    told: list[str] = []
    bench.server.watch(lambda job: told.append(" ".join([job.state, *job.reasons])))
    job = await bench.job(content)
    assert told == ["Creating", "Aborted NoValidPostScanInstructionsFound"]
    assert bench.looks_at(job) is None
    assert bench.keeper.open_jobs == 0


async def test_an_image_that_is_whole_when_its_job_has_ended_is_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not acknowledged, so it is neither in the job nor in its folder.
    [dsp/send-image/response-means-received]"""
    job = await bench.job()
    take = job.kept_by.take
    loop = asyncio.get_running_loop()

    def cancelled_meanwhile(*arguments: object) -> object:
        kept = take(*arguments)  # type: ignore[arg-type]
        asyncio.run_coroutine_threadsafe(bench.keeper.cancel(job), loop).result(20)
        return kept

    monkeypatch.setattr(type(job.kept_by), "take", lambda self, *arguments: cancelled_meanwhile(*arguments))
    answer = await bench.caller.send(job.token, 1)
    assert answer.fault[1] == "ClientErrorJobTokenNotFound"
    assert (job.documents, job.storing, job.at_hand) == ({}, set(), 0)
    store = bench.server._store.root
    assert [path.name for path in store.rglob("*.jpg")] == []


async def test_forgotten_jobs_are_cancelled_first(bench: Bench) -> None:
    """[dsp/answer/jobs-may-be-forgotten]"""
    running, ended = await bench.job(), await bench.job()
    await bench.caller.with_token("EndPostScanJob", ended.token)
    await bench.caller.at_its_end(ended.token)
    await bench.server.forget_jobs()
    assert (running.state, ended.state) == ("Canceled", "Completed")
    assert bench.server.jobs == ()
    assert (bench.keeper.open_jobs, bench.keeper._timers) == (0, {})
