"""What a one-page post-scan job costs the device, and many at once.

The page is a JPEG of 100 KB sent as it is, over TLS, by a kept connection; the scan server is a process of its own
and is not measured. Limit: the bare conversation (bare_conversation.py). Each figure is of a process of its own;
CPU is user + system. Targets: job / bare conversation <= 2; with events / without <= 1.2; of many at once in one
process CPU a job within a fifth of one job's, p99 / p50 <= 3, memory a job at 500 <= 0.3 MB after the first 500, no
warning.
Run: python bench_job.py [--quick]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(Path(__file__).parent)]

QUICK = "--quick" in sys.argv
JOBS = 60 if QUICK else 200
ROUNDS = 1 if QUICK else 3
AT_ONCE = (1, 4, 16) if QUICK else (1, 4, 16, 64, 500)


# What is measured: runs in a process of its own


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident() -> float:
    """MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Warnings(logging.Handler):
    """Counts what a person would see."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0
        self.first = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        self.first = self.first or record.getMessage()


async def bare(url: str, ca_file: Path, page: Path, jobs: int) -> dict[str, float]:
    from bare_conversation import Bare

    from emulator.trust.contexts import client_context

    talk = Bare(url, client_context(ca_file=ca_file) if url.startswith("https") else None)
    await talk.connect()
    for _ in range(5):
        await talk.job(page)
    talk.exchanges, begun = 0, cpu()
    for _ in range(jobs):
        await talk.job(page)
    used = cpu() - begun
    return {"cpu": used / jobs, "exchanges": talk.exchanges / jobs}


async def ours(url: str, ca_file: Path, page: Path, jobs: int, events: str, at_once: int) -> dict[str, float]:
    """`jobs` in all, so many `at_once`: each worker begins its next job when the last has ended."""
    from emulator.environment.options import TrustOptions
    from emulator.jobs.commons import JobCommons
    from emulator.jobs.options import ScanOptions
    from emulator.jobs.scan import run_scan
    from emulator.lab.silent import SilentReporter

    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    options = ScanOptions(
        files=(page,),
        as_is=True,
        server=url,
        trust=TrustOptions(ca_file=ca_file),
        events=None if events == "events" else "none",
        state=page.parent / "state",
    )
    commons = JobCommons()
    times: list[float] = []
    exchanges = 0

    async def one() -> None:
        nonlocal exchanges
        begun = time.perf_counter()
        outcome = await run_scan(options, SilentReporter(), commons=commons)
        assert outcome.outcome == "Completed", outcome.as_dict()
        exchanges += outcome.report.account.exchanges.requests
        times.append(time.perf_counter() - begun)

    async def crowd(count: int) -> None:
        left = iter(range(count))

        async def worker() -> None:
            for _ in left:
                await one()

        await asyncio.gather(*(worker() for _ in range(at_once)))

    await crowd(max(at_once, 5))
    before = resident()
    await crowd(at_once)
    after = resident()
    times.clear()
    exchanges, begun = 0, cpu()
    await crowd(jobs)
    used = cpu() - begun
    await commons.aclose()
    ordered = sorted(times)
    return {
        "cpu": used / jobs,
        "exchanges": exchanges / jobs,
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "before": before,
        "grown": (after - before) / at_once,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "warnings": warnings.count,
    }


def part(name: str, url: str, ca_file: str, page: str, jobs: str, events: str, at_once: str) -> None:
    if name == "bare":
        told = asyncio.run(bare(url, Path(ca_file), Path(page), int(jobs)))
    else:
        told = asyncio.run(ours(url, Path(ca_file), Path(page), int(jobs), events, int(at_once)))
    print(json.dumps(told))


# Who measures


@dataclass
class Server:
    url: str
    ca_file: str


@contextlib.contextmanager
def scan_server(folder: Path) -> Iterator[Server]:
    command = [
        sys.executable,
        "-m",
        "emulator",
        "server",
        "--json",
        "--port",
        "0",
        "--store",
        str(folder / "store"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=folder, env={**os.environ, "PYTHONPATH": str(PROJECT)}
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Server(ready["url"], ready["ca_file"])
    finally:
        process.terminate()
        process.wait()


def measured(
    server: Server, page: Path, name: str, jobs: int, events: str = "none", at_once: int = 1
) -> dict[str, Any]:
    arguments = ["--part", name, server.url, server.ca_file, str(page), str(jobs), events, str(at_once)]
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def jpeg_of_100_kb() -> bytes:
    """A JPEG of 98 to 102 KB: the rest is a comment segment."""
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.effect_noise((850, 1100), 12).convert("L").save(written, "jpeg", quality=40)
    data = written.getvalue()
    while len(data) < 100_000:
        size = min(100_000 - len(data), 65_000)
        data = data[:2] + b"\xff\xfe" + (size + 2).to_bytes(2, "big") + b" " * size + data[2:]
    return data


def verdict(value: float, limit: float) -> str:
    return f"target {limit:g}  {'ok' if value <= limit else 'MISSED'}"


def main() -> int:
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.jpg"
        page.write_bytes(jpeg_of_100_kb())
        with scan_server(folder) as server:
            rounds: dict[str, list[dict[str, Any]]] = {"bare": [], "none": [], "events": []}
            for _ in range(ROUNDS):
                rounds["bare"].append(measured(server, page, "bare", JOBS))
                rounds["none"].append(measured(server, page, "ours", JOBS))
                rounds["events"].append(measured(server, page, "ours", JOBS, "events"))
            cost = {kind: statistics.median(each["cpu"] for each in told) for kind, told in rounds.items()}
            asked = {kind: statistics.median(each["exchanges"] for each in told) for kind, told in rounds.items()}
            print(f"page of {page.stat().st_size} octets, {JOBS} jobs one after another, {ROUNDS} rounds")
            for kind, text in (
                ("bare", "bare conversation"),
                ("none", "job, no events"),
                ("events", "job, events"),
            ):
                print(f"{text:20}{cost[kind] * 1000:7.2f} ms CPU a job  {asked[kind]:5.1f} exchanges")
            for text, ratio, limit in (
                ("job / bare conversation", cost["none"] / cost["bare"], 2.0),
                ("with events / without", cost["events"] / cost["none"], 1.2),
            ):
                good = good and ratio <= limit
                print(f"{text:28}{ratio:6.2f}  {verdict(ratio, limit)}")
            for events in ("none", "events"):
                alone = 0.0
                for at_once in AT_ONCE:
                    told = measured(server, page, "ours", max(JOBS, at_once * 2), events, at_once)
                    alone = alone or told["cpu"]
                    ratio, tail = told["cpu"] / alone, told["p99"] / told["p50"]
                    grown = told["grown"] if at_once >= 500 else 0.0
                    fine = ratio <= 1.2 and tail <= 3 and grown <= 0.3 and not told["warnings"]
                    good = good and fine
                    cost_text = f"{told['cpu'] * 1000:7.2f} ms CPU a job ({ratio:.2f} of one's)"
                    times = f"p50 {told['p50'] * 1000:6.0f} ms  p99/p50 {tail:5.2f}"
                    memory = (
                        f"{told['before']:5.0f} MB, then {told['grown']:6.3f} MB a job, peak {told['peak']:4.0f}"
                    )
                    print(
                        f"{at_once:4} at once, events {events:7}{cost_text}  {times}  {memory}  "
                        f"{told['warnings']} warnings  {'ok' if fine else 'MISSED'}"
                    )
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        part(*sys.argv[2:])
    else:
        raise SystemExit(main())
