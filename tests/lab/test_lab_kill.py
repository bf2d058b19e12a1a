"""Killed at random moments, server and device: nothing acknowledged is ever missing, no half file is seen.

DSM_KILL_MOMENTS says how many moments each (CI: 50; a laptop is content with fewer).
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest
from programs import end, run, server, start

from emulator.jobs.manifest import read_manifest
from emulator.jobs.verify import hash_file, stored_files, verify

MOMENTS = int(os.environ.get("DSM_KILL_MOMENTS", "5"))
PORTIONS = [min(10, MOMENTS - start) for start in range(0, MOMENTS, 10)]
"""Moments of each test, so that several processes can share them."""
PAGES = 12
#: From the first octet to the end such a job takes about this long; moments are drawn from it, in seconds.
SPAN = 1.5


def scan_arguments(url: str, manifest: Path) -> list[str | Path]:
    return [
        "scan", "--server", url, "--pages", str(PAGES), "--set", "Format=png", "--manifest", manifest,
        "--connect-timeout", "2", "--read-timeout", "5", "--job-timeout", "5", "-q",
    ]  # fmt: skip


def agree(manifest_path: Path, store: Path) -> tuple[int, int]:
    """Manifest and store agree; returns how many images were acknowledged and how many began to go out."""
    manifest = read_manifest(manifest_path)
    outcome = verify(manifest, store, copies=1)
    assert not outcome.missing and not outcome.altered, outcome
    sent = {image.sha256 for image in manifest.sent}
    for path in stored_files(store):
        assert hash_file(path).sha256 in sent, f"{path} holds what was never sent: a half-written file?"
    return len(manifest.acknowledged), len(manifest.sent)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("portion", range(len(PORTIONS)))
def test_server_killed_in_the_middle_of_an_image_and_started_again(tmp_path: Path, portion: int) -> None:
    moments = random.Random(100 + portion)
    acknowledged_in_all = 0
    for number in range(PORTIONS[portion]):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        manifest, store = folder / "m.jsonl", folder / "store"
        with server("--http", "--store", store, cwd=folder, checked=False) as (ready, process):
            device = start(*scan_arguments(ready["url"], manifest), cwd=folder, checked=False)
            _wait_for_first_image(manifest)
            time.sleep(moments.uniform(0, SPAN))
            process.kill()
            process.wait(60)
        end(device)
        with server("--http", "--store", store, cwd=folder, checked=False) as (ready, process):
            acknowledged, _ = agree(manifest, store)
            acknowledged_in_all += acknowledged
            unfinished = list((store / "unfinished").glob("*/job.json"))
            result = read_manifest(manifest).result
            if acknowledged and (result is None or result["outcome"] != "Completed"):
                delivered = [p for p in stored_files(store) if "unfinished" not in p.parts]
                assert unfinished or len(delivered) >= acknowledged, (
                    "acknowledged images of an unfinished job are marked"
                )
            for job in unfinished:
                assert json.loads(job.read_text())["state"] == "unfinished"
    assert acknowledged_in_all > 0, "every kill came before the first image: the test proves nothing"


@pytest.mark.timeout(280)
@pytest.mark.parametrize("portion", range(len(PORTIONS)))
def test_device_killed_in_the_middle_of_a_job(tmp_path: Path, portion: int) -> None:
    moments = random.Random(200 + portion)
    store = tmp_path / "store"
    with server("--http", "--store", store, "--time-limit", "1.5", cwd=tmp_path, checked=False) as (ready, process):
        manifests = []
        for number in range(PORTIONS[portion]):
            manifest = tmp_path / f"{number}.jsonl"
            device = start(
                *scan_arguments(ready["url"], manifest), "--seed", str(number), cwd=tmp_path, checked=False
            )
            _wait_for_first_image(manifest)
            time.sleep(moments.uniform(0, SPAN))
            device.kill()
            device.communicate(timeout=60)
            manifests.append(manifest)
        # Other jobs go on: the server takes a whole job after all that.
        last = tmp_path / "last.jsonl"
        whole = run(*scan_arguments(ready["url"], last), "--seed", "1000", cwd=tmp_path)
        assert whole.returncode == 0, whole.stderr
        time.sleep(2.5)  # the time limit of the jobs that were left alone
        acknowledged_in_all = 0
        for manifest in manifests:
            outcome = verify(read_manifest(manifest), store, copies=1)
            assert not outcome.missing and not outcome.altered, outcome
            acknowledged_in_all += len(outcome.delivered)
        assert acknowledged_in_all > 0
        assert process.poll() is None


def _wait_for_first_image(manifest: Path) -> None:
    """Until the first image goes out: moments before that prove nothing."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        if manifest.exists() and b'"sending"' in manifest.read_bytes():
            return
        time.sleep(0.005)
    raise AssertionError("the device sent nothing in 30 s")
