"""The driver and what comes beside the answers: events end a wait, and a question that hangs, at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from scripted_server import HANG, ScriptedServer

from emulator.dsm.constants import FSF
from emulator.dsm.driver import Document, JobLimits, JobOutcome, JobResult, PostScanJobDriver
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.dsm.states import JobState, JobStateReason
from emulator.transport.client import StreamClient

REQUEST = CreatePostScanJobRequest(
    user_identifier="S-1-5-21-1-2-3-1001",
    psp_identifier="C4F199C7-6876-4549-A86E-A85035952448",
    instructions=PostScanInstructions("Invoice", (FileShareFilter((r"\\contoso\In",)),)),
)


def status(token: str, state: JobState, *reasons: JobStateReason) -> JobStatus:
    filters = {JobState.COMPLETED: "CompletedSuccessfully", JobState.ABORTED: "Canceled"}
    return JobStatus(token, state, reasons, (FilterStatus(FSF, filters.get(state, "Pending")),), 1)


class Job:
    """One job at the scripted server, whose token is known when it is created."""

    def __init__(self, server: ScriptedServer, folder: Path, job_limit: float = 20.0) -> None:
        self.folder = folder
        self.created: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.client = StreamClient()
        self.driver = PostScanJobDriver(
            self.client,
            service_url=server.service_url,
            limits=JobLimits(connect=5, read=30, job=job_limit),
            on_created=lambda token, service: self.created.set_result(token),
        )

    async def documents(self) -> AsyncIterator[Document]:
        path = self.folder / "1"
        path.write_bytes(b"x" * 100)
        yield Document(1, "jfif", "image/jpeg", path, 100, "")

    async def run(self) -> JobResult:
        try:
            return await self.driver.run(REQUEST, self.documents(), lambda document, attempts: None)
        finally:
            await self.client.aclose()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as scripted:
        yield scripted


async def asked(server: ScriptedServer, operation: str) -> None:
    """Until the server has been asked."""
    for _ in range(1000):
        if operation in server.operations:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"no {operation}")


async def test_an_event_ends_a_question_that_hangs(server: ScriptedServer, tmp_path: Path) -> None:
    server.script["GetPostScanJobElements"] = [HANG] * 9
    job = Job(server, tmp_path)
    running = asyncio.create_task(job.run())
    await asked(server, "GetPostScanJobElements")
    told = time.monotonic()
    assert job.driver.status_seen(status(await job.created, JobState.COMPLETED))
    result = await asyncio.wait_for(running, 20)
    assert time.monotonic() - told < 15, "not the 30 s of the question"
    assert any("known by an event alone" in each for each in job.driver.account.warnings)
    assert (result.outcome, result.end_known_by) == (JobOutcome.COMPLETED, "event")
    assert 0 <= result.timings["end_known"] <= result.timings["total"]


async def test_an_event_ends_a_pause(server: ScriptedServer, tmp_path: Path) -> None:
    server.polls_to_end = 10_000
    job = Job(server, tmp_path)
    running = asyncio.create_task(job.run())
    token = await job.created
    (server_job,) = server.jobs.values()
    assert job.driver.status_seen(status(token, JobState.CREATING)), "from now on questions are rare"
    await asked(server, "EndPostScanJob")
    await asyncio.sleep(0.3)
    assert server.operations.count("GetPostScanJobElements") <= 1
    told = time.monotonic()
    server_job.state, server_job.reasons = "Aborted", ("PostScanJobProcessingFailed",)
    assert job.driver.status_seen(status(token, JobState.ABORTED, JobStateReason.PROCESSING_FAILED))
    result = await asyncio.wait_for(running, 20)
    assert time.monotonic() - told < 10
    assert (result.outcome, result.end_known_by) == (JobOutcome.ABORTED, "event")


async def test_events_before_the_answer_to_create_post_scan_job_are_nobodys(
    server: ScriptedServer, tmp_path: Path
) -> None:
    """The driver takes none of them for its own; who listens keeps them until the token is known."""
    job = Job(server, tmp_path)
    assert not job.driver.status_seen(status("left from before", JobState.ABORTED))
    running = asyncio.create_task(job.run())
    assert not job.driver.status_seen(status("somebody's", JobState.ABORTED))
    await asyncio.sleep(0)
    assert not job.driver.status_seen(status("another's", JobState.ABORTED))
    result = await asyncio.wait_for(running, 10)
    assert (result.outcome, result.end_known_by) == (JobOutcome.COMPLETED, "poll")


async def test_an_interrupt_while_waiting_for_an_event_cancels_the_job(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.polls_to_end = 10_000
    job = Job(server, tmp_path)
    running = asyncio.create_task(job.run())
    job.driver.status_seen(status(await job.created, JobState.CREATING))
    await asked(server, "EndPostScanJob")
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert server.operations[-1] == "CancelPostScanJob" and job.driver.canceled is True
