"""A process that has post-scan jobs one after the other, and tells after each so many what it takes of the machine.

`python jobs_in_a_row.py WAY SERVICE JOBS EACH FOLDER`; WAY: `scan`, each job by what `scan` runs, or `load`, by a
device of `load`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PIL import Image

from emulator.jobs.commons import JobCommons
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.loading.device import LoadDevice
from emulator.loading.run import prepared
from emulator.options.load import LoadOptions


class Nobody:
    """A LoadListener."""

    def exchanged(self, operation: str, seconds: float, *, failed: bool) -> None:
        assert not failed, operation

    def acknowledged(self, image: object) -> None:
        pass


def taken(process: int | str = "self") -> dict[str, float]:
    """MB of memory, descriptors, seconds of CPU of a process (Linux)."""
    proc = Path("/proc", str(process))
    resident = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return {"mb": resident, "descriptors": len(os.listdir(proc / "fd")), "cpu": cpu}


def spin() -> float:
    """Seconds of CPU of a piece of work that is always the same. Others on the machine make all work dearer, and
    this as much as a job."""
    began = time.process_time()
    sum(each * each for each in range(20_000))
    return time.process_time() - began


async def tell(job: Callable[[], Awaitable[None]], jobs: int, each: int) -> None:
    spun = 0.0
    for number in range(1, jobs + 1):
        await job()
        if number % 10 == 0:
            spun += spin()
        if number % each == 0:
            used = taken()
            used["cpu"] -= spun
            print(json.dumps({"jobs": number, "spun": spun, **used}), flush=True)


async def by_scan(service: str, jobs: int, each: int, folder: Path) -> None:
    page = folder / "page.jpg"
    Image.effect_noise((600, 800), 40).save(page, "JPEG", dpi=(100, 100))
    options = ScanOptions(files=(page,), as_is=True, service=service, events="none", state=folder / "state")
    commons = JobCommons()

    async def job() -> None:
        outcome = await run_scan(options, SilentReporter(), commons=commons)
        assert outcome.outcome == "Completed", outcome.as_dict()

    await tell(job, jobs, each)
    await commons.aclose()


async def by_load(service: str, jobs: int, each: int, folder: Path) -> None:
    options = LoadOptions(service=service, settings=("Resolution=100x100", "ColorProcessing=Grayscale8"))
    async with prepared(options) as (target, stock, _, _):
        device = LoadDevice(target, stock, Nobody(), folder / "manifests")

        async def job() -> None:
            ended = await device.job(1)
            assert ended.good, ended

        await tell(job, jobs, each)
        device.close()


def main(way: str, service: str, jobs: str, each: str, folder: str) -> None:
    ways: dict[str, Any] = {"scan": by_scan, "load": by_load}
    asyncio.run(ways[way](service, int(jobs), int(each), Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
