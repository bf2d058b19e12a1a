"""What a load run came to: figures, thresholds, who was the limit; as results, as JSON, as an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import ExitCode
from emulator.loading.load_share import Limit
from emulator.loading.tally import Counted, Tally
from emulator.options.thresholds import ERRORS, JOB, MAX, MEAN, Threshold
from emulator.reports.result import SAYS, Result
from emulator.reports.verdict import BAD, Verdict

_OF_THE_RUN: Final = {
    "jobs": lambda tally: tally.jobs.latencies.count,
    "images": lambda tally: tally.images,
    "jobs/s": lambda tally: tally.jobs.latencies.count / tally.seconds,
    "images/s": lambda tally: tally.images / tally.seconds,
    "MB/s": lambda tally: tally.octets / tally.seconds / 1e6,
}


@dataclass(slots=True)
class LoadOutcome:
    """The result of `load`."""

    server: str
    seed: int
    tally: Tally
    thresholds: tuple[Threshold, ...]
    limit: Limit
    users: int
    """Devices that there were."""
    manifests: Path | None = None
    picture: Path | None = None
    interrupted: bool = False
    gave_up: str = ""
    results: list[Result] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """0 where no threshold is crossed, the run was whole and a job ended well."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.FAILED if any(each.verdict in BAD for each in self.results) else ExitCode.OK

    @property
    def problem(self) -> str:
        """Why it is not 0, in a line; ''."""
        bad = [f"{each.id.removeprefix('load/')}: {each.says}" for each in self.results if each.verdict in BAD]
        return "; ".join(bad)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "server": self.server,
            "seed": self.seed,
            "users": self.users,
            **self.tally.as_dict(),
            "thresholds": [
                {"threshold": str(each), "value": value, "verdict": str(verdict)}
                for each in self.thresholds
                for value, verdict in [self._judged(each)]
            ],
            "limit": self.limit.as_dict(),
            "interrupted": self.interrupted,
            "gave_up": self.gave_up or None,
            "manifests": None if self.manifests is None else str(self.manifests),
            "picture": None if self.picture is None else str(self.picture),
        }

    def judge(self) -> Iterator[Result]:
        """Every line of the results. What is shown of operations and errors is observed; thresholds decide."""
        tally = self.tally
        for name, counted in sorted(tally.operations.items()):
            yield _observed(f"load/operation/{name}", counted, f"{counted.count} requests, {counted.failed} failed")
        yield _observed(
            "load/job",
            tally.jobs,
            f"{tally.jobs.latencies.count} jobs, {tally.images} images, {tally.octets} bytes in "
            f"{tally.seconds:.1f} s; {tally.jobs.failed} jobs failed",
        )
        for kind, errors in tally.errors.items():
            says = f"{errors.count} of {tally.jobs.count} jobs; the first: {errors.first}"
            yield Result(f"load/error/{_id(kind)}", Verdict.OBSERVED, 0.0, {SAYS: says, "count": errors.count})
        limit = {SAYS: f"{self.limit.who}: {self.limit.says}", **self.limit.figures}
        yield Result("load/limit", Verdict.OBSERVED, 0.0, limit)
        yield self._whole()
        for each in self.thresholds:
            value, verdict = self._judged(each)
            met = "nothing of that was measured" if value is None else _shown(each, value)
            evidence = {SAYS: f"{'crossed' if verdict in BAD else 'kept'}: {met}", "value": value}
            yield Result(f"load/threshold/{_id(each.text)}", verdict, 0.0, evidence)

    def _whole(self) -> Result:
        tally = self.tally
        if self.interrupted:
            verdict, says = Verdict.INCONCLUSIVE, f"interrupted after {tally.seconds:.1f} s"
        elif self.gave_up:
            verdict, says = Verdict.FAILED, f"ended after {tally.seconds:.1f} s: {self.gave_up}"
        elif not tally.jobs.latencies.count:
            verdict, says = Verdict.FAILED, "no job has ended well"
        else:
            verdict, says = Verdict.PASSED, f"{tally.seconds:.1f} s"
        return Result("load/run", verdict, tally.seconds * 1000, {SAYS: says})

    def _judged(self, threshold: Threshold) -> tuple[float | None, Verdict]:
        value = self._value(threshold)
        if value is None:
            return None, Verdict.INCONCLUSIVE
        return value, Verdict.FAILED if threshold.crossed_by(value) else Verdict.PASSED

    def _value(self, threshold: Threshold) -> float | None:
        """What was measured; None where there is nothing that it could be measured of."""
        tally = self.tally
        if threshold.metric in _OF_THE_RUN:
            return float(_OF_THE_RUN[threshold.metric](tally))
        counted = tally.jobs if threshold.subject == JOB else tally.operations.get(threshold.subject, Counted())
        if threshold.metric == ERRORS:
            if not counted.count:
                return None
            return counted.failed / counted.count if threshold.kind == "share" else float(counted.failed)
        if not counted.latencies.count:
            return None
        if threshold.metric == MEAN:
            return counted.latencies.mean
        if threshold.metric == MAX:
            return counted.latencies.longest
        assert threshold.percentile is not None, "there are no other metrics"
        return counted.latencies.percentile(threshold.percentile)


def _observed(id: str, counted: Counted, says: str) -> Result:
    p99 = counted.latencies.percentile(99) or 0.0
    return Result(id, Verdict.OBSERVED, p99 * 1000, {SAYS: says, **counted.as_dict()})


def _shown(threshold: Threshold, value: float) -> str:
    if threshold.kind == "time":
        return f"{value * 1000:.0f} ms" if value < 10 else f"{value:.1f} s"
    return f"{value:.3%}" if threshold.kind == "share" else f"{value:g}"


def _id(text: str) -> str:
    return "".join(letter if letter.isprintable() and letter != "/" else "-" for letter in text).strip() or "-"
