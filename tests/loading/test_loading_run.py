"""Load runs: what arrives is what was counted, and whatever the scan server does, the run is counted, bounded and
ended in time."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from load_peers import Peer, Silent, options, peer

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.manifest import read_manifest
from emulator.jobs.store_files import hash_file, manifests_in, stored_files
from emulator.jobs.verify import verify_folder
from emulator.loading.run import require_descriptors, run_load
from emulator.loading.tally import CUT_OFF, NEVER_BEGUN
from emulator.options.load import LoadOptions
from emulator.reports.reading import read_results

SMALL = ("Resolution=100x100", "ColorProcessing=Grayscale8")


async def test_what_is_counted_is_what_the_scan_server_stored(tmp_path: Path) -> None:
    store, report = tmp_path / "store", tmp_path / "report"
    outcome = await run_load(
        LoadOptions(
            users=4,
            spawn_rate=100.0,
            jobs=12,
            pages=("1-4",),
            settings=SMALL,
            store=store,
            report=report,
            calibrate="none",
            fail_if="errors>0,SendImage.errors>0%,jobs<12",
        ),
        Silent(),
    )
    assert outcome.exit_code is ExitCode.OK, outcome.problem
    assert (outcome.tally.jobs.count, outcome.tally.jobs.failed) == (12, 0)
    files = [hash_file(each) for each in stored_files(store)]
    assert len(files) == outcome.tally.images == outcome.tally.operations["SendImage"].count > 12
    assert sum(each.bytes for each in files) == outcome.tally.octets
    assert len({each.sha256 for each in files}) == len(files), "no two pages are alike"
    manifests = list(manifests_in(report / "manifests"))
    assert len(manifests) == 12
    assert verify_folder(manifests, store, exact=True, state=tmp_path / "state").ok
    results = read_results(report / "results.jsonl")
    assert results.finished and results.passed and results.header.target == outcome.server
    names = [each.get("name") for each in ElementTree.parse(report / "junit.xml").getroot().iter("testcase")]
    assert {"run", "job", "errors>0", "jobs<12"} <= set(names)
    ElementTree.parse(report / "latencies.svg")
    assert json.loads(json.dumps(outcome.as_dict()))["images"] == len(files)


async def test_pages_of_a_run_are_no_others_than_those_of_the_next(tmp_path: Path) -> None:
    """Not even with the same seed: else a scan server could take the second run's for the first's."""
    sent: list[set[str]] = []
    async with peer() as server:
        for number in range(2):
            folder = tmp_path / str(number)
            await run_load(options(server.url, jobs=5, manifests=folder), Silent())
            sent.append({one.sha256 for each in manifests_in(folder) for one in read_manifest(each).acknowledged})
    assert len(sent[0]) == len(sent[1]) == 5 and not sent[0] & sent[1]


async def test_each_user_has_connections_of_its_own_and_all_are_busy_at_once() -> None:
    async with peer() as server:
        server.delay = 0.02
        outcome = await run_load(options(server.url, users=7, jobs=40), Silent())
        assert server.most_connections == 7
    assert outcome.tally.jobs.latencies.count == 40 and outcome.users == 7
    assert server.asked.count(b"CreatePostScanJob") == 40 == server.asked.count(b"SendImage")


async def test_with_a_rate_latencies_count_from_when_a_job_should_have_begun() -> None:
    """One user, a job takes 4 answers of 50 ms, and 20 jobs a second are wanted: the server stalls the client, and
    a closed loop would tell 0.2 s for each job. (Coordinated omission.)"""
    async with peer() as server:
        server.delay = 0.05
        outcome = await run_load(options(server.url, users=1, jobs=12, rate=20.0), Silent())
    jobs = outcome.tally.jobs.latencies
    assert jobs.count == 12
    assert jobs.longest > 1.5, "the last one should have begun after 0.55 s and ended after 2.4 s"
    assert outcome.tally.waited.longest > 1.3
    assert outcome.limit.who != "nobody", "the rate was not kept"


async def test_jobs_that_never_began_are_counted() -> None:
    async with peer() as server:
        server.delay = 0.2
        outcome = await run_load(options(server.url, users=2, rate=50.0, time="1s", drain="10s"), Silent())
    assert outcome.tally.jobs.count == 50, "as many as should have begun in the second"
    assert outcome.tally.errors[NEVER_BEGUN].count >= 30
    assert outcome.exit_code is ExitCode.FAILED


async def test_no_job_is_missed_that_should_not_have_begun() -> None:
    """0.7 s of 10 jobs a second are 7, although 0.7 * 10 is a little more to a machine."""
    async with peer() as server:
        outcome = await run_load(options(server.url, users=4, rate=10.0, time="700ms"), Silent())
    assert (outcome.tally.jobs.count, outcome.tally.errors) == (7, {})
    assert outcome.exit_code is ExitCode.OK


async def test_a_server_that_slows_down_does_not_hold_the_run() -> None:
    async with peer() as server:
        server.upset = lambda: setattr(server, "delay", 60.0)
        outcome = await run_load(options(server.url, time="4s", drain="500ms", read_timeout=30.0), Silent())
    tally = outcome.tally
    assert tally.jobs.latencies.count > 0 and tally.errors[CUT_OFF].count == 4
    assert tally.seconds < 35, "cancelling is bounded too"
    assert outcome.exit_code is ExitCode.FAILED and "errors>0" in outcome.problem


def _dies(server: Peer) -> None:
    server.die()


def _closes(server: Peer) -> None:
    server.answers = lambda action: False


@pytest.mark.parametrize("breaks", [_dies, _closes])
async def test_a_server_that_dies_ends_the_run_when_it_makes_no_sense_any_more(
    breaks: Callable[[Peer], None],
) -> None:
    async with peer() as server:
        server.upset = lambda: breaks(server)
        outcome = await run_load(
            options(server.url, users=6, time="10m", drain="100ms", give_up="1s", job_timeout=1.0), Silent()
        )
    tally = outcome.tally
    assert tally.jobs.latencies.count > 0 and tally.jobs.failed >= 5
    assert "none has ended well" in outcome.gave_up and tally.seconds < 120
    assert sum(each.count for each in tally.errors.values()) == tally.jobs.failed
    assert outcome.exit_code is ExitCode.FAILED and outcome.gave_up in outcome.problem
    run = next(each for each in outcome.results if each.id == "load/run")
    assert run.verdict == "failed"


async def test_one_operation_that_fails_is_told_by_its_kind() -> None:
    async with peer() as server:
        server.answers = lambda action: action != b"CreatePostScanJob"
        outcome = await run_load(options(server.url, users=2, jobs=3, give_up="10m"), Silent())
    (kind,) = outcome.tally.errors
    assert kind.startswith("CreatePostScanJob: ") and outcome.tally.errors[kind].count == 3
    assert outcome.tally.operations["CreatePostScanJob"].failed >= 3
    verdicts = {each.id: str(each.verdict) for each in outcome.results}
    assert verdicts["load/run"] == "failed", "no job has ended well"


async def test_a_threshold_of_what_was_not_measured_is_not_kept() -> None:
    async with peer() as server:
        outcome = await run_load(options(server.url, jobs=2, fail_if="CancelPostScanJob.p99>1s"), Silent())
    assert outcome.exit_code is ExitCode.FAILED
    assert "nothing of that was measured" in outcome.problem


async def test_thresholds_decide_alone() -> None:
    async with peer() as server:
        asked = 0

        def answers(action: bytes) -> bool:
            nonlocal asked
            asked += action == b"CreatePostScanJob"
            return action != b"CreatePostScanJob" or asked > 1

        server.answers = answers
        given = {"users": 1, "jobs": 10, "pages": ("1",)}
        kept = await run_load(options(server.url, fail_if="errors>10%", **given), Silent())
        asked = 0
        crossed = await run_load(options(server.url, fail_if="errors>9%", **given), Silent())
    assert (kept.tally.jobs.failed, crossed.tally.jobs.failed) == (1, 1)
    assert (kept.exit_code, crossed.exit_code) == (ExitCode.OK, ExitCode.FAILED)


async def test_an_interrupted_run_cancels_its_jobs_and_writes_its_report(tmp_path: Path) -> None:
    report = tmp_path / "report"
    async with peer() as server:
        server.delay = 0.05
        running = asyncio.ensure_future(run_load(options(server.url, time="10m", report=report), Silent()))
        server.upset = lambda: bool(running.cancel())
        outcome = await running
        assert b"CancelPostScanJob" in server.asked
    assert outcome.exit_code is ExitCode.INTERRUPTED and outcome.interrupted
    results = read_results(report / "results.jsonl")
    assert results.finished and not results.passed
    told = {each.id: each for each in results.results}
    assert told["load/run"].verdict == "inconclusive" and "interrupted after" in told["load/run"].says
    assert (report / "latencies.svg").is_file()
    outcomes = [(read_manifest(each).result or {}).get("outcome") for each in manifests_in(report / "manifests")]
    assert "Failed" in outcomes, "jobs that were cut off have a result too"


def test_more_users_than_descriptors_are_told_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.loading.run.room_for", lambda wanted: min(wanted, 768))
    require_descriptors(384, manifests=False, embedded=False)
    with pytest.raises(LabError, match="10000 users need 30000 open files") as caught:
        require_descriptors(10_000, manifests=True, embedded=False)
    assert caught.value.code is ExitCode.USAGE
    assert "for 256 users" in str(caught.value) and "ulimit -n" in caught.value.hint


async def test_manifests_of_an_earlier_run_are_not_mixed_with_those_of_this(tmp_path: Path) -> None:
    async with peer() as server:
        given = options(server.url, jobs=2, manifests=tmp_path / "m")
        await run_load(given, Silent())
        asked = len(server.asked)
        with pytest.raises(LabError, match="manifests of an earlier run lie there"):
            await run_load(given, Silent())
        assert len(server.asked) == asked, "nothing was sent"
        await run_load(given.but(overwrite=True, jobs=3), Silent())
    assert len(list(manifests_in(tmp_path / "m"))) == 3


async def test_what_is_refused_leaves_no_report_that_looks_like_a_run(tmp_path: Path) -> None:
    async with peer() as server:
        await run_load(options(server.url, jobs=1, manifests=tmp_path / "m"), Silent())
        given = options(server.url, jobs=1, manifests=tmp_path / "m", report=tmp_path / "report")
        with pytest.raises(LabError, match="manifests of an earlier run lie there"):
            await run_load(given, Silent())
    assert not (tmp_path / "report").exists()


async def test_a_sink_that_cannot_be_started_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("emulator.loading.calibration.asyncio.create_subprocess_exec", full)
    reporter = Silent()
    async with peer() as server:
        outcome = await run_load(options(server.url, jobs=2, calibrate="200ms"), reporter)
    assert reporter.calibration is None and outcome.exit_code is ExitCode.OK


async def test_what_this_machine_can_send_is_measured_at_a_sink_and_no_deviation_is_met() -> None:
    reporter = Silent()
    async with peer() as server:
        server.delay = 0.1
        outcome = await run_load(options(server.url, users=2, jobs=4, calibrate="300ms", strict=True), reporter)
    assert reporter.calibration is not None and reporter.calibration != "not told"
    figures = outcome.limit.figures
    assert figures["sink_jobs_per_second"] > 0 and figures["sink_images_per_second"] > 0
    assert outcome.tally.jobs.failed == 0


async def test_a_disk_that_takes_no_manifest_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "m"

    def full(self: object, path: Path, *, overwrite: bool) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("emulator.jobs.manifest.ManifestWriter._begin", full)
    async with peer() as server:
        with pytest.raises(LabError, match=r"No space left on device.*the run was ended"):
            await run_load(options(server.url, time="10m", manifests=folder), Silent())
