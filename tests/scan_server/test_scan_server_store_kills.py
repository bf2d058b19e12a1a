"""A server killed by SIGKILL at every call that it makes to the disk, from its start to the end of a job of three
documents; then another starts on the store. Each acknowledged image is where it was delivered or in `unfinished`,
nothing is seen half, nothing of the killed run is left."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disk_calls import MODES
from job_in_process import FILTERS, counterpart
from programs import with_helpers
from variants import EXHAUSTIVE

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork, and no SIGKILL"),
    pytest.mark.timeout(900),
]

PROGRAM = Path(__file__).with_name("killed_jobs.py")


async def killed(**arguments: Any) -> list[dict[str, Any]]:
    """What killed_jobs.py says."""
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, PROGRAM, json.dumps(arguments, default=str)],
        capture_output=True,
        text=True,
        timeout=600,
        env=with_helpers(),
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return [json.loads(line) for line in process.stdout.splitlines()]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in FILTERS for mode in MODES if kind == "file share" or mode == "links" or EXHAUSTIVE],
)
async def test_killed_at_every_call(
    tmp_path: Path, memory: Path, figures: Callable[[str], None], kind: str, mode: str
) -> None:
    (tmp_path / "delivery").mkdir()
    async with counterpart(kind, tmp_path / "delivery", tmp_path / "no store") as there:
        first = 1 if kind == "file share" else 0
        runs = await killed(
            content=there.content, delivery=there.delivery, folder=memory / "killed", mode=mode, first=first
        )
        has = {data.hex() for data in there.has()}
    kept = doubled = 0
    for run in runs:
        where = f"killed at call {run['at']} ({run['call']})"
        found = list(run["found"].values())
        for image in run["acknowledged"]:
            assert image in found or image in has, f"{where}: an acknowledged image is lost"
        kept += len(run["acknowledged"])
        doubled += sum(found.count(image) + (image in has) > 1 for image in run["acknowledged"])
        assert all(bytes.fromhex(data).endswith(f"of kill {run['at']} ".encode()) for data in found), where
        assert run["left"] == [], where
        if kind == "file share":
            assert len(set(found)) == len(found), f"{where}: an image is delivered and kept as well"
    assert [run["done"] for run in runs] == [False] * (len(runs) - 1) + [True]
    assert len(runs) > 10 and kept > len(runs)
    figures(
        f"kills, {kind}, {mode}: killed at {len(runs) - 1} calls, {kept} images, none lost, {doubled} kept twice"
    )


async def test_the_server_that_clears_up_is_killed_too(
    tmp_path: Path, memory: Path, figures: Callable[[str], None]
) -> None:
    """At every call of its own, until one comes through, after a kill at some calls of the first."""
    async with counterpart("file share", tmp_path, tmp_path / "no store") as there:
        runs = await killed(
            content=there.content,
            delivery=None,
            folder=memory / "killed",
            mode="links",
            first=0,
            step=1 if EXHAUSTIVE else 7,
            again=True,
        )
    for run in runs:
        assert sorted(run["found"].values()) == sorted(run["acknowledged"]), run["call"]
    figures(f"kills, servers killed while they clear up: {sum(run['recoveries'] for run in runs)}")
