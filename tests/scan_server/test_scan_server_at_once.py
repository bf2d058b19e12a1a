"""Two things at once at a scan server: who forgets a job waits for what is still done for it, nothing begins in
between unseen, and a crowd passes no limit that one alone would not pass."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from disk_calls import replaced
from job_in_process import InProcess
from scan_server_bench import office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server import processing_service
from emulator.scan_server.disk import calls
from emulator.scan_server.jobs import Job
from emulator.scan_server.server import ScanServer


@pytest_asyncio.fixture
async def running(tmp_path: Path, store: Path) -> AsyncIterator[ScanServer]:
    """A server that nothing is sent to but in this process."""
    async with ScanServer(store=store, directory=FolderDirectory(office(tmp_path / "office"))) as server:
        yield server


class Held:
    """A call to the disk that waits in its thread until it may go on."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *arguments: Any) -> Any:
        self.reached.set()
        assert self.go_on.wait(60)
        return self._real(*arguments)


@contextmanager
def held_rename() -> Iterator[Held]:
    """What puts a job's folder away is held at its last step."""
    held = Held(calls.rename)
    with replaced(rename=held):
        try:
            yield held
        finally:
            held.go_on.set()


async def job_with_an_image(server: ScanServer) -> Job:
    caller = InProcess(server)
    token = await caller.job()
    assert (await caller.send(token)).status == 200
    job = server._keeper.find(token)
    assert job is not None
    return job


async def cancelled(server: ScanServer, job: Job) -> int:
    return (await InProcess(server).with_token("CancelPostScanJob", job.token)).status


FORGET = {
    "delete": lambda server, job: server.delete(job),
    "forget_jobs": lambda server, job: server.forget_jobs(),
    "start_over": lambda server, job: server.start_over(),
}


@pytest.mark.parametrize("how", FORGET)
async def test_who_forgets_a_job_waits_until_its_images_are_put_away(
    running: ScanServer, store: Path, how: str
) -> None:
    job = await job_with_an_image(running)
    with held_rename() as held:
        cancelling = asyncio.create_task(cancelled(running, job))
        assert await asyncio.to_thread(held.reached.wait, 60)
        assert job.ended
        forgetting = asyncio.create_task(FORGET[how](running, job))
        assert await asyncio.wait({forgetting}, timeout=0.1) == (set(), {forgetting}), "it does not wait"
        held.go_on.set()
        assert await cancelling == 200
        await forgetting
    assert running.jobs == ()
    left = list((store / "unfinished").glob("*/*.jpg"))
    assert len(left) == (0 if how == "delete" else 1), "nothing comes there behind the back of who deletes"


async def test_what_is_put_away_is_put_away_when_who_cancelled_is_gone(running: ScanServer, store: Path) -> None:
    job = await job_with_an_image(running)
    with held_rename() as held:
        cancelling = asyncio.create_task(cancelled(running, job))
        assert await asyncio.to_thread(held.reached.wait, 60)
        cancelling.cancel()
        await asyncio.gather(cancelling, return_exceptions=True)
        stopping = asyncio.create_task(running.stop())
        assert await asyncio.wait({stopping}, timeout=0.1) == (set(), {stopping}), "it does not wait"
        held.go_on.set()
        await stopping
    assert len(list((store / "unfinished" / job.token).glob("*.jpg"))) == 1
    assert list((store / ".server" / "runs").iterdir()) == []


async def test_a_job_that_begins_while_others_are_forgotten_is_cancelled_and_not_left_in_the_dark(
    running: ScanServer,
) -> None:
    first = await job_with_an_image(running)
    with held_rename() as held:
        forgetting = asyncio.create_task(running.forget_jobs())
        assert await asyncio.to_thread(held.reached.wait, 60)
        second = await job_with_an_image(running)
        held.go_on.set()
        await forgetting
    assert first.ended and second.ended and running.jobs == ()
    keeper = running._keeper
    assert (keeper.open_jobs, dict(keeper._timers), dict(keeper._patience)) == (0, {}, {})


async def test_a_crowd_at_once_makes_no_more_jobs_than_there_may_be(
    running: ScanServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing_service, "MAX_OPEN_JOBS", 3)
    caller = InProcess(running)
    answers = await asyncio.gather(*(caller.create() for _ in range(12)))
    assert sorted(answer.fault[1] for answer in answers) == [""] * 3 + ["ServerErrorTemporaryError"] * 9
    assert running._keeper.open_jobs == 3
    await running.forget_jobs()
    assert (await caller.create()).status == 200, "what was refused does not count"
