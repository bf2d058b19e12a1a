"""What a one-page job costs beside what has been stored, and beside the scan processes that the directory has.

A job is that of the Python API in a running Lab: an as-is JPEG of 100 KB, over TLS, events none; CPU of the
process, which is both sides. The labs of one table take turns. The first job of each is told by itself: it lists
the folder, reads the directory. Target: at most 1.1 of none. Run by hand: `python bench_growth.py [--jobs N]`, with
the interpreter of any tree; prints, never fails. Compare only ratios, absolute times do not carry over.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

from PIL import Image

from emulator import Lab
from emulator.resources import resource_folder
from emulator.scan_server.store import Store

TARGET = 1.1
JOBS = 80
QUICK = 10
BYTES = 100_000
OFFICE = resource_folder("profiles") / "office"
MEMORY = Path("/dev/shm")
FOLDER = Path("contoso", "IncomingScans", "demo@contoso.example")
"""Where "Scan to folder" goes."""


def page(path: Path) -> Path:
    """A JPEG of 100 KB."""
    side = 16
    while True:
        image = Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).resize((side * 8, side * 8))
        image.save(path, quality=75, dpi=(300, 300))
        if path.stat().st_size >= BYTES:
            return path
        side += 4


def stored(store: Path, files: int) -> Path:
    """A store with so many documents of the user, of today."""
    folder = store / FOLDER
    folder.mkdir(parents=True)
    for number in range(1, files + 1):
        (folder / f"Invoice_{date.today():%Y-%m-%d}_{number:04d}.jpg").touch()  # noqa: DTZ011 - as the server names
    return store


def office(folder: Path, scan_processes: int) -> Path:
    """The office that comes along, with as many scan processes more as it takes."""
    shutil.copytree(OFFICE, folder)
    xml = (OFFICE / "scan-to-folder.xml").read_bytes()
    for number in range(7, scan_processes + 1):
        (folder / f"more-{number}.xml").write_bytes(xml)
        (folder / f"more-{number}.toml").write_text(
            f'identifier = "{uuid.UUID(int=number)}"\ndisplay_name = "More {number}"\npsp = "more-{number}.xml"\n'
        )
    return folder


async def cpu(work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of the process."""
    begun = time.process_time()
    await work()
    return time.process_time() - begun


async def table(title: str, labs: dict[str, Lab], image: Path, jobs: int) -> None:
    """Each lab's job against that of the first."""
    async with AsyncExitStack() as stack:
        scans: dict[str, Callable[[], Awaitable[object]]] = {}
        first: dict[str, float] = {}
        for name, lab in labs.items():
            scanner = await (await stack.enter_async_context(lab)).add_device()

            async def scan(scanner=scanner) -> None:  # type: ignore[no-untyped-def]
                outcome = await scanner.scan(image, as_is=True, events="none", manifest="none")
                assert outcome.outcome == "Completed", outcome

            scans[name] = scan
            first[name] = await cpu(scan)
        taken: dict[str, list[float]] = {name: [] for name in scans}
        for _ in range(jobs):
            for name, scan in scans.items():
                taken[name].append(await cpu(scan))
    base = statistics.median(next(iter(taken.values())))
    for name, found in taken.items():
        median, mean = statistics.median(found), statistics.fmean(found)
        verdict = "" if median is base else f"  {'ok' if median <= TARGET * base else 'MISSED'}"
        print(
            f"{title:16} {name:>8}  job {median * 1000:6.2f} ms  ratio {median / base:5.2f}  mean "
            f"{mean * 1000:6.2f} ms  first job {first[name] * 1000:7.1f} ms{verdict}",
            flush=True,
        )


def start(title: str, stores: dict[str, Path]) -> None:
    """What it costs to open and close a store."""
    for name, store in stores.items():
        found = []
        for _ in range(5):
            begun = time.process_time()
            each = Store(store)
            each.open()
            each.close()
            found.append(time.process_time() - begun)
        print(f"{title:16} {name:>8}  start of the store {statistics.median(found) * 1000:6.2f} ms", flush=True)


def unfinished(store: Path, jobs: int) -> Path:
    """A store with so many jobs that did not end."""
    for number in range(jobs):
        (store / "unfinished" / str(uuid.UUID(int=number))).mkdir(parents=True)
    return store


async def main() -> None:
    """Print each table."""
    parser = argparse.ArgumentParser(description="Jobs beside what is stored, and beside many scan processes.")
    parser.add_argument("--jobs", type=int, default=JOBS, help="of each lab")
    parser.add_argument("--quick", action="store_true", help="a few jobs of each")
    asked = parser.parse_args()
    jobs = QUICK if asked.quick else asked.jobs
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as top:  # noqa: ASYNC240 - before
        folder = Path(top)
        image = page(folder / "page.jpg")
        stores = {f"{count:,}": stored(folder / f"store{count}", count) for count in (0, 10_000, 100_000)}
        start("files stored", stores)
        start("unfinished", {f"{count:,}": unfinished(folder / f"un{count}", count) for count in (0, 10_000)})
        gc.collect()
        await table("files stored", {name: Lab(store=store) for name, store in stores.items()}, image, jobs)
        offices = {f"{count:,}": office(folder / f"office{count}", count) for count in (6, 10_000)}
        labs = {
            name: Lab(directory=directory, store=folder / f"store-{directory.name}")
            for name, directory in offices.items()
        }
        await table("scan processes", labs, image, jobs)


if __name__ == "__main__":
    asyncio.run(main())
