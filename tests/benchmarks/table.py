"""One table of all targets: figure, what is reached, the target, the verdict. Runs the benchmarks one after the
other and reads their figures; a figure by the clock on the wall counts only where the machine was free while its
benchmark ran, else the verdict is "not measurable", with the figure.

    python tests/benchmarks/table.py [--full] [--only NAME ...] [--json FILE]

Each benchmark can be run by itself, and prints more. Ratios alone carry over to another machine. Ends with 1 where
a target is missed, or a benchmark has not told its figure.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).resolve().parent
FREE = 0.85
"""Of a core, for a process that wants one: below it the clock on the wall measures others."""
SPIN = 0.3
"""Seconds of CPU of the probe for that."""
LONGEST = 1200.0
NO_FIGURE = "no figure"

By = Literal["CPU", "wall", "memory"]


@dataclass(frozen=True)
class Figure:
    """One target. `found`: a pattern whose groups are the figure and, where there are several, the case."""

    script: str
    says: str
    """With {case} where a benchmark has several."""
    found: str
    target: float | None
    """None: it is told alone."""
    most: bool = True
    """Whether the target is the most it may be; else the least."""
    by: By = "CPU"
    full: bool = False
    """It is told with --full alone: a short run would not show it."""


FIGURES = (
    Figure("bench_send", "SendImage http / sendall, {case} MB", r"http +(?P<case>\d+) MB .*ratio (?P<v>[\d.]+)",
           0.85, False, "wall"),
    Figure("bench_send", "SendImage https / raw ssl, {case} MB", r"https +(?P<case>\d+) MB .*ratio (?P<v>[\d.]+)",
           0.9, False, "wall"),
    Figure("bench_send", "real pages, {case}: limit / ours", r"(?P<case>https?) +pages.*CPU ratio (?P<v>[\d.]+)",
           None, False),
    Figure("bench_send_small", "SendImage http / sendall from a file, {case} octets",
           r"(?P<case>\d+) octets: .*ratio (?P<v>[\d.]+)", 0.8, False),
    Figure("bench_receive", "receiving / bare protocol", r"receive \d+ MB .*ratio (?P<v>[\d.]+)", 1.5),
    Figure("bench_receive", "receiving real pages over TLS / bare", r"over TLS.*ratio (?P<v>[\d.]+)", None),
    Figure("bench_job", "{case}", r"(?P<case>job / bare conversation) +(?P<v>[\d.]+)", 2.0),
    Figure("bench_job", "{case}", r"(?P<case>with events / without) +(?P<v>[\d.]+)", 1.2),
    Figure("bench_job", "CPU a job, {case} / one's", r"(?P<case>\d+ at once, events none).*\((?P<v>[\d.]+) of one",
           1.2),
    Figure("bench_job", "p99 / p50, {case}", r"(?P<case>\d+ at once, events none).*p99/p50 +(?P<v>[\d.]+)",
           3.0, True, "wall"),
    Figure("bench_job", "MB a job after the first, {case}",
           r"(?P<case>500 at once, events none).*then +(?P<v>-?[\d.]+) MB a job", 0.3, True, "memory", full=True),
    Figure("bench_growth", "job, {case} / none",
           r"(?P<case>(?:files stored|scan processes) +[\d,]{5,}) .*ratio +(?P<v>[\d.]+)", 1.1),
    Figure("bench_page", "grey letter page / bare encode", r"letter page .*ratio (?P<v>[\d.]+)", 1.6, True, "wall"),
    Figure("bench_page", "memory at page 1,000 - page 20, MB", r"memory at page \d+ .*: (?P<v>[+-][\d.]+) MB",
           10.0, True, "memory"),
    Figure("bench_stamped", "stamped copy / encode, {case}",
           r"(?m)^(?P<case>(?!tiff)\S+ \S+): whole.*ratio (?P<v>[\d.]+)", 0.1),
    Figure("bench_stamped", "stamped copy / encode, {case}",
           r"(?m)^(?P<case>tiff\S+ \S+): whole.*ratio (?P<v>[\d.]+)", 0.08),
    Figure("bench_formats", "{case} / Pillow, hash on both sides",
           r"(?P<case>\S+ +[a-z]+(?:, \w+(?: bits)?)?) +[\d.]+ ms.*; (?P<v>[\d.]+) x Pillow", 1.3),
    Figure("bench_coded", "{case}", r"(?P<case>.*): [\d.]+ s, (?P<v>[\d.]+) of the first", None),
    Figure("bench_coded", "JPEG equal to the ticket / as-is",
           r"scan of JPEG: as asked for: [\d.]+ s, (?P<v>[\d.]+) of the first", 1.1),
    Figure("bench_discovery", "1,000 ProbeMatches / sendto", r"ratio (?P<v>[\d.]+)", 3.0, True, "wall"),
    Figure("bench_discovery", "1,000 targets at rest, % of a core", r"at rest +(?P<v>[\d.]+) %", 1.0),
    Figure("bench_discovery", "memory of a target, KB", r"memory of a target +(?P<v>[\d.]+)",
           120.0, True, "memory"),
    Figure("bench_verify", "verify / sha256", r"/ sha256: (?P<v>[\d.]+)", 1.5),
    Figure("bench_verify", "ten times missing and surplus, times",
           r"missing and surplus.*: (?P<v>[\d.]+) times", 13.0),
    Figure("bench_start", "--help / python -c pass", r"ratio (?P<v>[\d.]+)", 7.0, True, "wall"),
    Figure("bench_start", "scan to its first octet, s", r"first octet (?P<v>[\d.]+) s", 1.5, True, "wall"),
    Figure("bench_start", "scan of one page, {case} / python -c pass",
           r"one page, (?P<case>[^:]+): CPU (?P<v>[\d.]+) x", 40.0),
    Figure("bench_fleet", "memory of a device with an IP address, KB",
           r"a further device: (?P<v>[\d.]+) KB", 120.0, True, "memory"),
    Figure("bench_fleet", "at rest, % of a core for a thousand", r"core, (?P<v>[\d.]+) % for a thousand", 1.0,
           full=True),
    Figure("bench_fleet", "last Bye, s", r"Bye of .* to (?P<v>[\d.]+) s", 5.0, True, "wall"),
    Figure("bench_documents", "{case}: drawing / encode",
           r"(?P<case>office-day clean): drawing .*: (?P<v>[\d.]+) encodes", 2.5),
    Figure("bench_documents", "{case}: drawing / encode",
           r"(?P<case>office-day scanned): drawing .*: (?P<v>[\d.]+) encodes", 5.0),
    Figure("bench_documents", "{case}: drawing / encode",
           r"(?m)^(?P<case>(?!office-day)\S+): drawing .*: (?P<v>[\d.]+) encodes", 8.0),
    Figure("bench_documents", "{case}: worst page / encode",
           r"(?P<case>.+): drawing .*worst page (?P<v>[\d.]+)", None),
    Figure("bench_traces", "{case} / bare encode", r"(?P<case>text): bare encode .*ratio (?P<v>[\d.]+)",
           1.6, True, "wall"),
    Figure("bench_traces", "{case} / bare encode", r"(?P<case>fresh noise.*): bare encode .*ratio (?P<v>[\d.]+)",
           2.0, True, "wall"),
    Figure("bench_traces", "{case} / bare encode", r"(?P<case>noise and skew.*): bare encode .*ratio (?P<v>[\d.]+)",
           8.0, True, "wall"),
    Figure("bench_traces", "600 dpi RGB, all traces, MB", r"all traces: (?P<v>\d+) MB peak", 450.0, True, "memory"),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    figure: Figure
    says: str
    value: float | None
    share: float
    """Of a core that the machine left to a process while the benchmark ran; the least of before and after."""

    @property
    def verdict(self) -> str:
        """ok, MISSED, not measurable, told."""
        target = self.figure.target
        if self.value is None:
            return NO_FIGURE
        if target is None:
            return "told"
        if self.figure.by == "wall" and self.share < FREE:
            return f"not measurable ({self.share:.0%} of a core)"
        return "ok" if (self.value <= target if self.figure.most else self.value >= target) else "MISSED"


def free_share() -> float:
    """The part of a core that a process gets which wants one."""
    began, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < SPIN:
        sum(range(1000))
    return (time.process_time() - used) / (time.perf_counter() - began)


def rows_of(script: str, text: str, share: float, *, full: bool) -> Iterator[Row]:
    """What a benchmark's output says of each of its figures."""
    for figure in (each for each in FIGURES if each.script == script and (full or not each.full)):
        found = list(re.finditer(figure.found, text))
        if not found:
            yield Row(figure, figure.says.replace("{case}", "?"), None, share)
        for match in found:
            case = " ".join(match.groupdict().get("case", "").split())
            yield Row(figure, figure.says.format(case=case), float(match["v"]), share)


def ran(script: str, *, quick: bool) -> tuple[str, float]:
    """Output of a benchmark, and the part of a core that was free."""
    before = free_share()
    command = [sys.executable, str(HERE / f"{script}.py"), *(["--quick"] if quick else [])]
    path = os.pathsep.join([str(HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=False,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        text = done.stdout
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode("utf-8", "replace") if isinstance(late.stdout, bytes) else ""
    return text, min(before, free_share())


def line_of(row: Row) -> str:
    """As it is printed."""
    sign = "<=" if row.figure.most else ">="
    target = "" if row.figure.target is None else f"{sign} {row.figure.target:g}"
    value = "-" if row.value is None else f"{row.value:g}"
    return f"{row.figure.script:16} {row.says:52.52} {row.figure.by:6} {value:>8} {target:>8}  {row.verdict}"


def as_dict(row: Row) -> dict[str, Any]:
    """For --json."""
    return {
        "benchmark": row.figure.script, "figure": row.says, "by": row.figure.by, "value": row.value,
        "target": row.figure.target, "verdict": row.verdict, "free_share": round(row.share, 3),
    }  # fmt: skip


def main() -> int:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description="All targets, what is reached, and whether that can be said.")
    parser.add_argument("--full", action="store_true", help="all rounds; a few minutes for some")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these benchmarks: bench_send, bench_verify ...")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same as a list")
    asked = parser.parse_args()
    scripts = dict.fromkeys(each.script for each in FIGURES)
    unknown = [each for each in asked.only or () if each not in scripts]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}; there are: {', '.join(scripts)}")
    rows: list[Row] = []
    print(f"{'benchmark':16} {'figure':52} {'by':6} {'value':>8} {'target':>8}  verdict", flush=True)
    for script in asked.only or scripts:
        text, share = ran(script, quick=not asked.full)
        for row in rows_of(script, text, share, full=asked.full):
            rows.append(row)
            print(line_of(row), flush=True)
    if asked.json is not None:
        asked.json.write_text(json.dumps([as_dict(each) for each in rows], indent=1), encoding="utf-8")
    return 1 if any(each.verdict in ("MISSED", NO_FIGURE) for each in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
