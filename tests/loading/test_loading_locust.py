"""Locust drives our devices: what it counts, what manifests tell and what the scan server stored agree."""

from __future__ import annotations

import importlib.util
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from load_peers import PATH
from locust_runs import LocustRun, locust
from optional_programs import skip_or_fail
from programs import server
from variants import exhaustive

from emulator.jobs.manifest import Manifest, read_manifest
from emulator.jobs.store_files import hash_file, manifests_in, stored_files
from emulator.jobs.verify import verify_folder

if importlib.util.find_spec("locust") is None:
    skip_or_fail("the package locust is not installed")

PLAN = """
seed = 3

[[fault]]
name = "refused"
at = "exchange"
operation = "CreatePostScanJob"
do = "fault"
subcode = "ClientErrorNotAuthorized"
chance = {refused}
may_miss = true

[[fault]]
name = "cut"
at = "wire"
operation = "SendImage"
do = "reset"
offset = 0
chance = {cut}
may_miss = true
"""
SMALL = ("--dsm-set", "Resolution=100x100", "--dsm-set", "ColorProcessing=Grayscale8")


@dataclass
class Counted:
    """What is known of a run, from four sides."""

    locust: dict[tuple[str, str], tuple[int, int]]
    manifests: list[Manifest]
    stored: Counter[str]
    """Files by hash."""
    fired: Counter[str]
    """Faults of the server by name, by its journal."""

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(str((each.result or {}).get("outcome")) for each in self.manifests)

    @property
    def acknowledged(self) -> Counter[str]:
        return Counter(image.sha256 for each in self.manifests for image in each.acknowledged)


def run_against(
    folder: Path,
    plan: dict[str, float],
    *arguments: str,
    workers: int,
    users: int,
    jobs: int,
    seconds: float,
    during: Any = None,
    master: tuple[str, ...] = (),
) -> tuple[Counted, LocustRun]:
    """A run at an embedded server of its own, in a process, with faults."""
    (folder / "plan.toml").write_text(PLAN.format(**plan))
    with server("--http", "--store", "store", "--faults", "plan.toml", "-v", cwd=folder, checked=False) as (
        ready,
        process,
    ):
        stderr: list[str] = []
        reader = threading.Thread(target=lambda: stderr.extend(process.stderr), daemon=True)
        reader.start()
        every = (
            "--host", ready["url"], "--dsm-manifests", "manifests", "--dsm-jobs", str(jobs), *SMALL, *arguments,
        )  # fmt: skip
        ends = ("--run-time", f"{seconds:.0f}s", "--stop-timeout", "20")
        users_of = ("-u", str(users), "-r", "100", *ends, *master)
        with locust(folder, *every, workers=workers, master=users_of) as run:
            if during is not None:
                during(run)
            run.wait(min(seconds + 60, 280) if seconds < 300 else seconds + 60)
    reader.join(20)
    told = re.findall(r"fault '(\w+)'", "".join(stderr))
    stored = Counter(hash_file(each).sha256 for each in stored_files(folder / "store"))
    manifests = [read_manifest(each) for each in manifests_in(folder / "manifests")]
    return Counted(run.counts(), manifests, stored, Counter(told)), run


def all_agree(found: Counted, folder: Path, jobs: int) -> None:
    """Of a run in which no worker died."""
    count, failed = found.locust["job", "post-scan job"]
    assert count == jobs == len(found.manifests)
    assert found.outcomes == {"Completed": jobs - failed, **({"Failed": failed} if failed else {})}
    assert found.fired["refused"] == failed
    assert found.locust["DSP", "CreatePostScanJob"] == (jobs, failed)
    images, cut = found.locust["DSP", "SendImage"]
    # Of an answer that is lost the server's own count says that the image has come.
    assert images == sum(found.acknowledged.values()) and cut == found.fired["cut"]
    assert set(found.acknowledged.values()) == {1}, "no two pages of all workers are alike"
    assert found.stored == found.acknowledged
    completed = [path for path in manifests_in(folder / "manifests") if read_manifest(path).acknowledged]
    assert verify_folder(completed, folder / "store", exact=True, state=folder / "state").ok


def test_counts_of_locust_manifests_and_store_agree(tmp_path: Path) -> None:
    found, run = run_against(
        tmp_path, {"refused": 0.1, "cut": 0.05}, "--dsm-pages", "1-2", workers=2, users=4, jobs=15, seconds=240
    )
    assert found.locust["job", "post-scan job"][1] > 0, "some are refused"
    assert found.fired["cut"] > 0, "some are cut"
    all_agree(found, tmp_path, 60)
    assert "Shutting down (exit code 1)" in run.told("master"), "Locust's own verdict of failures"


@exhaustive
@pytest.mark.timeout(3000)
def test_ten_thousand_jobs_by_a_master_and_three_workers(tmp_path: Path) -> None:
    began = time.monotonic()
    found, _ = run_against(tmp_path, {"refused": 0.01, "cut": 0.01}, workers=3, users=50, jobs=200, seconds=2400)
    all_agree(found, tmp_path, 10_000)
    print(f"10,000 jobs in {time.monotonic() - began:.0f} s: {found.outcomes}, {found.fired}")


@exhaustive
@pytest.mark.timeout(1200)
def test_a_worker_that_is_killed_loses_its_users_and_no_job_is_counted_twice(tmp_path: Path) -> None:
    def killed(run: LocustRun) -> None:
        deadline = time.monotonic() + 120
        while len(list((tmp_path / "manifests").rglob("*.jsonl"))) < 60 and time.monotonic() < deadline:
            time.sleep(0.2)
        run.kill(1)

    found, run = run_against(
        tmp_path, {"refused": 0.01, "cut": 0.01}, workers=3, users=12, jobs=30, seconds=250, during=killed
    )
    assert "failed to send heartbeat" in run.told("master")
    begun = [each for each in found.manifests if each.sent]
    without_result = [each for each in found.manifests if each.result is None]
    assert 1 <= len(without_result) <= 4, "the jobs of the users that were killed, and no others"
    count, failed = found.locust["job", "post-scan job"]
    ended = sum(found.outcomes.values()) - len(without_result)
    assert count <= ended, "Locust has lost what the worker had not reported: at most three seconds of it"
    assert found.fired["refused"] >= failed
    assert set(found.acknowledged.values()) == {1}
    assert not found.acknowledged - found.stored, "every image that was acknowledged is there, once"
    sent = Counter(image.sha256 for each in begun for image in each.sent)
    assert not found.stored - sent, "and nothing else"
    assert max(found.stored.values()) == 1
    print(f"counted by Locust {count}, by manifests {ended} and {len(without_result)} cut off")


def test_a_server_that_is_not_there_ends_the_run_with_its_exit_code(tmp_path: Path) -> None:
    with locust(tmp_path, "--host", f"http://127.0.0.1:9{PATH}", *SMALL, master=("-u", "2", "-t", "100s")) as run:
        assert run.wait(120) == 3
    assert "connection refused" in run.told("master")


def test_more_users_than_descriptors_are_told_before_the_first_job(tmp_path: Path) -> None:
    ends = ("-u", "10000", "-t", "100s")
    with locust(tmp_path, "--host", f"http://127.0.0.1:9{PATH}", *SMALL, master=ends, descriptors=1024) as run:
        assert run.wait(120) == 2
    told = run.told("master")
    assert "10000 users need 20000 open files" in told and "ulimit -n" in told
    assert "connection refused" not in told, "nothing has been asked"
