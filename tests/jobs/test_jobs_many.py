"""Many jobs at once in one process: quiet, whole, and a thousand cost a thousand times one (L9)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from job_servers import Place, completed, options_for
from programs import environment
from variants import EXHAUSTIVE

from emulator.jobs.commons import JobCommons
from emulator.jobs.manifest import read_manifest

AUTHOR = """
import asyncio
from emulator.lab.lab import Lab

async def main():
    async with Lab() as lab:
        one, two = await lab.add_device("office-mfp"), await lab.add_device("flatbed")
        jobs = await asyncio.gather(
            one.scan(pages=2), two.scan(pages=1), one.scan(pages=1, settings=("Format=png",))
        )
        print([(job.outcome, len(job.images)) for job in jobs])

asyncio.run(main())
"""


def test_three_jobs_of_somebody_who_writes_tests_print_nothing_on_stderr(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", AUTHOR],
        cwd=tmp_path,
        env=environment(checked=False),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "[('Completed', 2), ('Completed', 1), ('Completed', 1)]"


@pytest.mark.parametrize("events", [None, "none"])
async def test_many_jobs_at_once_are_all_whole(
    tmp_path: Path, page: Path, commons: JobCommons, events: str | None
) -> None:
    """Each has a token of its own, its image and its manifest; the store holds one file for each."""
    count = 500 if EXHAUSTIVE else 24
    place = Place(tmp_path)
    state = tmp_path / "state"
    async with place.server() as server:
        options = options_for(server.url, page, events=events, manifest=None, state=state)
        begun = time.process_time()
        outcomes = await asyncio.gather(*(completed(options, commons) for _ in range(count)))
        used = time.process_time() - begun
    tokens = {each.report.account.job_token for each in outcomes}
    assert len(tokens) == count
    assert all(len(each.report.acknowledged) == 1 for each in outcomes)
    stored = list((tmp_path / "store").rglob("*.jpg"))
    assert len(stored) == count
    kept = {read_manifest(each).job_token for each in (state / "manifests").glob("*.jsonl")}
    assert kept <= tokens and len(kept) == min(count, 200)
    assert used / count < 0.5, "seconds of CPU a job, both sides"
