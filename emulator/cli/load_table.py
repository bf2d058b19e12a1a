"""What `load` prints: a table that grows while it runs, and what it came to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.output import human_bytes, plural
from emulator.cli.report import shown
from emulator.reports.verdict import BAD
from emulator.trace.lines import one_line

if TYPE_CHECKING:
    from emulator.jobs.plan import Plan
    from emulator.loading.calibration import Calibration
    from emulator.loading.crowd import Crowd
    from emulator.loading.outcome import LoadOutcome
    from emulator.loading.tally import Counted, Tally
    from emulator.options.load import LoadOptions

_LINES: Final = 20
"""Of the table, of a run with a known time; more where that is long."""
_LONGEST: Final = 10.0
"""Seconds between two lines."""
_HEAD: Final = (
    f"{'seconds':>9} {'busy':>6} {'jobs':>8} {'jobs/s':>8} {'images':>9} {'MB/s':>8} {'failed':>7} "
    f"{'p50':>8} {'p90':>8} {'p99':>8}"
)


class LoadTable:
    """See LoadReporter. With --json on stderr, with -q nothing."""

    def __init__(self, options: LoadOptions, *, as_json: bool, quiet: bool) -> None:
        self._options = options
        self._as_json = as_json
        self._quiet = quiet
        self._before = (0.0, 0, 0)
        """Seconds, jobs that ended well, and octets at the last line."""

    def _say(self, text: str) -> None:
        if not self._quiet:
            typer.echo(text, err=self._as_json)

    def planned(self, server: str, plan: Plan, users: int, seed: int) -> None:
        """See LoadReporter."""
        from emulator.wsscan.resolution import describe

        kind = "embedded, " if plan.choice.embedded else ""
        self._say(f"Scan server   {kind}{server}")
        self._say(f"Devices       {users} x {plan.profile.friendly_name} ({plan.profile.name})")
        self._say(f"Scan process  {plan.stored.process.display_name}: {describe(plan.resolved.ticket)}")

    def calibrated(self, found: Calibration | None) -> None:
        """See LoadReporter."""
        if found is None:
            self._say("A sink here   nothing could be sent to it")
            return
        self._say(
            f"A sink here   {found.jobs_per_second:.1f} jobs/s, {found.images_per_second:.1f} images/s, "
            f"{found.cpu * 1000:.1f} ms of CPU a job"
        )

    def begins(self, tally: Tally, crowd: Crowd) -> Callable[[], None]:
        """See LoadReporter."""
        seconds = self._options.seconds
        every = min(_LONGEST, max(1.0, seconds / _LINES)) if seconds is not None else 1.0
        self._say(_HEAD)

        async def lines() -> None:
            while True:
                await asyncio.sleep(every)
                self._line(tally, crowd)

        task = asyncio.create_task(lines())

        def ended() -> None:
            task.cancel()
            self._line(tally, crowd)

        return ended

    def _line(self, tally: Tally, crowd: Crowd) -> None:
        seconds, jobs = tally.seconds, tally.jobs.latencies.count
        before, jobs_before, octets_before = self._before
        self._before = seconds, jobs, tally.octets
        passed = max(seconds - before, 1e-9)
        self._say(
            f"{seconds:>9.1f} {crowd.busy:>6} {jobs:>8} {(jobs - jobs_before) / passed:>8.1f} {tally.images:>9} "
            f"{(tally.octets - octets_before) / passed / 1e6:>8.2f} {tally.jobs.failed:>7} {_times(tally.jobs)}"
        )

    def finished(self, outcome: LoadOutcome) -> None:
        """What it came to."""
        tally = outcome.tally
        self._say("")
        self._say(f"{'':24} {'count':>8} {'failed':>7} {'p50':>8} {'p90':>8} {'p99':>8} {'longest':>8}")
        for name, counted in (*sorted(tally.operations.items()), ("job", tally.jobs)):
            longest = _time(counted.latencies.longest if counted.latencies.count else None)
            self._say(f"{name:24} {counted.count:>8} {counted.failed:>7} {_times(counted)} {longest:>8}")
        self._say("")
        for kind, errors in sorted(tally.errors.items(), key=lambda item: -item[1].count):
            self._say(f"  {errors.count:>8} x {one_line(kind)}: {one_line(errors.first)}")
        size = human_bytes(tally.octets)
        self._say(
            f"{'Interrupted' if outcome.interrupted else 'Ended':14}{plural(tally.jobs.latencies.count, 'job')}, "
            f"{plural(tally.images, 'image')}, {size}, {tally.seconds:.1f} s; "
            f"{plural(tally.jobs.failed, 'job')} failed, {plural(tally.retries, 'request')} sent again"
        )
        self._say(f"{'The limit':14}{outcome.limit.who}: {outcome.limit.says}")
        for result in outcome.results:
            if result.id == "load/run" and result.verdict in BAD:
                self._say(f"FAILED        {result.says}")
            elif result.id.startswith("load/threshold/"):
                word = "FAILED" if result.verdict in BAD else "kept"
                says = result.says.partition(": ")[2]
                self._say(f"{word:14}{result.id.removeprefix('load/threshold/')} ({says})")
        if outcome.manifests is not None:
            self._say(f"{'Manifests':14}{shown(outcome.manifests)}")
        if outcome.picture is not None:
            self._say(f"{'Picture':14}{shown(outcome.picture)}")


def _times(counted: Counted) -> str:
    return " ".join(f"{_time(counted.latencies.percentile(each)):>8}" for each in (50, 90, 99))


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
