"""What telling costs: CPU of one-page jobs (a JPEG that goes out as it is) at the embedded scan server, all in this
process, with nobody listening, with a journal, and with the lines of -vv made of it.

    python tests/benchmarks/bench_journal.py [JOBS] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from emulator import Lab
from emulator.layers import Layers
from emulator.trace.journal import Entry, Journal
from emulator.trace.kinds import PageTold
from emulator.trace.lines import timed
from emulator.trace.points import HAPPENED, Happened, tell_happened
from emulator.trace.recording import record

ROUNDS = 5
JOBS, QUICK_JOBS = 20, 5


def nothing() -> Callable[[], None]:
    return lambda: None


def with_journal() -> Callable[[], None]:
    return record(Journal())


def with_lines() -> Callable[[], None]:
    journal = Journal()
    written = StringIO()

    def write(entry: Entry) -> None:
        written.write("\n".join(timed(entry)))

    journal.listen(write)
    return record(journal)


async def jobs(count: int, file: Path) -> dict[str, list[float]]:
    """Milliseconds of CPU a job, of each way, several times in turn."""
    found: dict[str, list[float]] = {}
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        await scanner.scan(file, as_is=True)
        for _ in range(ROUNDS):
            for way in (nothing, with_journal, with_lines):
                stop = way()
                began = time.process_time()
                for _ in range(count):
                    job = await scanner.scan(file, as_is=True, manifest="none", events="none")
                    assert job.exit_code == 0, job.error
                found.setdefault(way.__name__, []).append(1000 * (time.process_time() - began) / count)
                stop()
    return found


def telling() -> None:
    """Microseconds of one `heard`, one telling into a journal, one line."""
    layers, many = Layers(), 100_000
    began = time.process_time()
    for _ in range(many):
        layers.heard(HAPPENED)
    print(f"asking whether somebody listens   {1e6 * (time.process_time() - began) / many:8.2f} us")
    journal = Journal()
    record(journal, layers)
    began = time.process_time()
    for number in range(many):
        tell_happened(PageTold(number), layers=layers)
    print(f"telling, into a journal           {1e6 * (time.process_time() - began) / many:8.2f} us")
    entry = journal.add(Happened(PageTold(1), None))
    began = time.process_time()
    for _ in range(many // 10):
        timed(entry)
    print(f"a line                            {1e6 * (time.process_time() - began) / (many // 10):8.2f} us")


def main() -> None:
    parser = argparse.ArgumentParser(description="One-page jobs with nobody listening, a journal, lines.")
    parser.add_argument("jobs", type=int, nargs="?", help="of each round")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_JOBS} jobs a round")
    asked = parser.parse_args()
    count = asked.jobs or (QUICK_JOBS if asked.quick else JOBS)
    telling()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "page.jpg"
        Image.effect_noise((600, 600), 60).convert("RGB").save(file, quality=60)
        found = asyncio.run(jobs(count, file))
    print(
        f"one-page jobs, {file.name} of about 100 kB, {count} jobs a round, {ROUNDS} rounds: median ms of CPU a job"
    )
    base = statistics.median(found["nothing"])
    for way, values in found.items():
        print(f"  {way:<14} {statistics.median(values):7.2f}   {statistics.median(values) / base:5.3f} of nothing")


if __name__ == "__main__":
    main()
