"""The runner of post-scan jobs: real driver, production and manifest; the scan server is a function."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from device_pages import SERVICE, ScanServer, Sheets, brought, names_in, ticket, until
from failing_jobs import job_fails
from PIL import Image

from emulator.device.panel_production import PanelProduction
from emulator.device.pipelines.as_is import AsIsFiles
from emulator.dsm.driver import JobOutcome, PostScanJobDriver
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import Failure
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.pages import SourceError
from emulator.jobs.manifest import ImageRecord, ManifestWriter, read_manifest
from emulator.jobs.runner import PostScanJobRunner
from emulator.transport.http import ExchangeError, Stage, TimedOut
from emulator.transport.memory import MemoryClient

REQUEST = CreatePostScanJobRequest(
    user_identifier="S-1-5-21-1004336348-1177238915-682003330-1001",
    psp_identifier="C4F199C7-6876-4549-A86E-A85035952448",
    instructions=PostScanInstructions(
        continue_on_error=None,
        document_root_name="Invoice",
        filters=(FileShareFilter(shares=(r"\\contoso\IncomingScans",)),),
    ),
)


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


class Bench:
    """A job on the server, its spool and its manifest."""

    def __init__(self, folder: Path) -> None:
        self.server = ScanServer()
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.path = folder / "m.jsonl"
        self.manifest = ManifestWriter(self.path, {})
        self.driver = PostScanJobDriver(
            MemoryClient(self.server), service_url=SERVICE, on_created=self.manifest.created, sleep=no_pause
        )
        self.acknowledged: list[ImageRecord] = []

    def runner(self, production: PanelProduction) -> PostScanJobRunner:
        return PostScanJobRunner(self.driver, production, self.manifest, on_acknowledged=self.acknowledged.append)

    def scan(self, sheets: Sheets) -> PostScanJobRunner:
        return self.runner(brought(sheets, ticket(), self.spool))

    def agree(self, runner: PostScanJobRunner) -> None:
        """Report, manifest, callback and server tell the same, and nothing is left in the spool."""
        found = read_manifest(self.path)
        report = runner.report
        assert [image.document_id for image in found.sent] == [image.document_id for image in report.images]
        assert list(found.acknowledged) == report.acknowledged == self.acknowledged
        for image in report.acknowledged:
            assert self.server.images[image.document_id] == image.sha256
        assert not names_in(self.spool)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.manifest.close()


async def test_a_whole_job_is_told_by_report_and_manifest_alike(bench: Bench) -> None:
    runner = bench.scan(Sheets(5))
    report = await runner.run(REQUEST)
    assert report is runner.report
    assert report.result is not None and report.result.outcome is JobOutcome.COMPLETED
    assert [(image.document_id, image.attempts, image.acknowledged) for image in report.images] == [
        (number, 1, True) for number in range(1, 6)
    ]
    assert (report.left_out, report.seconds > 0) == (0, True)
    image = report.images[0]
    assert (image.format, image.media_type, image.resolution, image.color) == (
        "png", "image/png", "75x75", "Grayscale8",
    )  # fmt: skip
    assert (image.width, image.height, image.pages) == (620, 877, 1)
    assert bench.server.operations[:7] == ["CreatePostScanJob", *["SendImage"] * 5, "EndPostScanJob"]
    bench.agree(runner)


async def test_the_manifest_says_sending_before_and_image_after(bench: Bench) -> None:
    """Read by another at the moment when the server has the image and has not answered yet."""
    seen: list[tuple[int, int]] = []

    async def look() -> None:
        found = read_manifest(bench.path)
        seen.append((len(found.sent), len(found.acknowledged)))

    bench.server.before["SendImage"] = look
    await bench.scan(Sheets(3)).run(REQUEST)
    assert seen == [(1, 0), (2, 1), (3, 2)]


async def test_an_image_is_deleted_when_it_is_acknowledged(bench: Bench) -> None:
    left: list[int] = []

    async def look() -> None:
        left.append(len(names_in(bench.spool)))

    bench.server.before["SendImage"] = look
    await bench.scan(Sheets(40)).run(REQUEST)
    assert max(left) <= 3  # the one under way and two ahead
    assert not names_in(bench.spool)


async def test_pages_left_in_the_feeder_are_counted(bench: Bench) -> None:
    production = brought(Sheets(5), ticket(images_to_transfer=2), bench.spool)
    report = await bench.runner(production).run(REQUEST)
    assert (len(report.images), report.left_out) == (2, 3)


async def test_nobody_waits_for_the_end_who_does_not_want_to(bench: Bench) -> None:
    report = await bench.scan(Sheets(1)).run(REQUEST, wait=False)
    assert report.result is not None and report.result.outcome is JobOutcome.NOT_AWAITED
    assert bench.server.operations == ["CreatePostScanJob", "SendImage", "EndPostScanJob"]


async def test_a_later_page_that_is_bad_cancels_the_job_and_is_named(bench: Bench) -> None:
    runner = bench.scan(Sheets(6, bad=4))
    with pytest.raises(SourceError, match=r"letters\.tif: page 4: damaged"):
        await runner.run(REQUEST)
    assert bench.server.operations[-1] == "CancelPostScanJob"
    assert "EndPostScanJob" not in bench.server.operations
    assert bench.driver.canceled is True
    assert runner.report.result is None
    assert [image.acknowledged for image in runner.report.images] == [True] * 3
    bench.agree(runner)


async def test_an_interrupt_while_an_image_is_sent_cancels_the_job(bench: Bench) -> None:
    under_way = asyncio.Event()

    async def hang() -> None:
        if len(bench.server.images) == 2:
            under_way.set()
            await asyncio.sleep(30)

    bench.server.before["SendImage"] = hang
    runner = bench.scan(Sheets(50))
    job = asyncio.create_task(runner.run(REQUEST))
    await asyncio.wait_for(under_way.wait(), 10)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert bench.server.operations[-1] == "CancelPostScanJob"
    assert bench.driver.canceled is True
    assert [image.acknowledged for image in runner.report.images] == [True, True, False]
    assert runner.report.seconds > 0
    bench.agree(runner)


async def test_an_interrupt_before_the_job_leaves_nothing_to_cancel(bench: Bench) -> None:
    runner = bench.scan(Sheets(2))
    job = asyncio.create_task(runner.run(REQUEST))
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert bench.server.operations == []
    assert bench.driver.canceled is None


async def test_an_interrupt_at_any_moment_leaves_manifest_and_server_agreed(tmp_path: Path) -> None:
    for moment in range(0, 60, 3):
        folder = tmp_path / str(moment)
        folder.mkdir()
        bench = Bench(folder)
        runner = bench.scan(Sheets(6))
        job = asyncio.create_task(runner.run(REQUEST))
        for _ in range(moment):
            await asyncio.sleep(0.001)
        job.cancel()
        await asyncio.wait([job])
        assert job.cancelled() or job.exception() is None
        bench.agree(runner)
        if job.cancelled() and "CreatePostScanJob" in bench.server.operations:
            assert {"CancelPostScanJob", "EndPostScanJob"} & set(bench.server.operations)
        bench.manifest.close()


async def test_a_server_that_does_not_answer_leaves_the_truth(bench: Bench) -> None:
    class Silent(MemoryClient):
        async def exchange(self, request: object, limits: object) -> object:  # type: ignore[override]
            raise TimedOut("127.0.0.1: no answer", Stage.ANSWER, body_bytes_sent=10**6)

    assert issubclass(TimedOut, ExchangeError)
    bench.driver = PostScanJobDriver(Silent(bench.server), service_url=SERVICE, sleep=no_pause)
    runner = bench.scan(Sheets(3))
    with job_fails(Failure.OUTCOME_UNKNOWN):
        await runner.run(REQUEST)
    assert (runner.report.images, runner.report.result) == ([], None)
    bench.agree(runner)


async def test_a_manifest_that_cannot_be_written_stops_the_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nobody could prove what was sent."""

    def full(image: ImageRecord) -> None:
        raise OSError(28, "No space left on device")

    runner = bench.scan(Sheets(5))
    monkeypatch.setattr(bench.manifest, "acknowledged", full)
    with pytest.raises(OSError, match="No space left"):
        await runner.run(REQUEST)
    assert bench.server.operations == ["CreatePostScanJob", "SendImage", "CancelPostScanJob"]
    assert not names_in(bench.spool)


async def test_files_as_they_are_arrive_as_they_are_and_stay(bench: Bench, tmp_path: Path) -> None:
    Image.effect_noise((50, 50), 90).save(tmp_path / "a.png")
    (tmp_path / "b.bin").write_bytes(b"no image at all")
    files = AsIsFiles(as_is_documents([tmp_path / "a.png", tmp_path / "b.bin"], "png"))
    report = await bench.runner(brought(files, ticket(), bench.spool, pipeline=files)).run(REQUEST)
    assert [image.acknowledged for image in report.images] == [True, True]
    for number, name in ((1, "a.png"), (2, "b.bin")):
        assert bench.server.images[number] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


async def test_what_waits_in_the_pipeline_ends_with_an_error_of_the_screen(bench: Bench) -> None:
    """Who is told of an acknowledged image may fail (a closed terminal): the job is cancelled, the spool empty."""

    def gone(image: ImageRecord) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    sheets = Sheets(30)
    production = brought(sheets, ticket(), bench.spool)
    runner = PostScanJobRunner(bench.driver, production, bench.manifest, on_acknowledged=gone)
    with pytest.raises(BrokenPipeError):
        await runner.run(REQUEST)
    assert bench.server.operations[-1] == "CancelPostScanJob"
    assert len(read_manifest(bench.path).acknowledged) == 1
    await until(lambda: sheets.at_work == 0)
    assert not names_in(bench.spool)
