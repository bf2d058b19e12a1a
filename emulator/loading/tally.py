"""What is counted of a load run: jobs, images, octets, errors by kind, latencies by operation, and how that goes on
in time. Bounded: a run of any length takes no more room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from emulator.loading.latencies import Latencies

MOST_SLICES: Final = 240
"""Pieces of time that are kept; then two become one."""
MOST_KINDS: Final = 50
OTHERS: Final = "others"
NEVER_BEGUN: Final = "never begun: all users were busy"
CUT_OFF: Final = "not ended when the run was: cancelled"


@dataclass(slots=True)
class Errors:
    """Of one kind."""

    count: int = 0
    first: str = ""
    """What was said of the first."""


@dataclass(slots=True)
class Counted:
    """Of one operation, or of jobs."""

    latencies: Latencies = field(default_factory=Latencies)
    """Of those that were answered, or ended well."""
    failed: int = 0

    @property
    def count(self) -> int:
        """All."""
        return self.latencies.count + self.failed

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**self.latencies.as_dict(), "count": self.count, "failed": self.failed}


@dataclass(slots=True)
class Slice:
    """A piece of time."""

    at: float
    """Seconds from the start."""
    seconds: float
    jobs: int = 0
    """Ended well."""
    failed: int = 0
    images: int = 0
    octets: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    """Of jobs that ended well in it."""

    def merge(self, later: Slice) -> None:
        """Take in the one that follows."""
        self.seconds = later.at + later.seconds - self.at
        self.jobs += later.jobs
        self.failed += later.failed
        self.images += later.images
        self.octets += later.octets
        self.latencies.merge(later.latencies)


class Tally:
    """Of one run, on one event loop. `clock`: seconds from any start."""

    def __init__(self, clock: Callable[[], float], *, width: float = 1.0) -> None:
        """`width`: seconds of a slice at first."""
        self._clock = clock
        self._width = width
        self.began = clock()
        self.ended: float | None = None
        self.jobs = Counted()
        """A job's time goes from when it should have begun until its end is known."""
        self.operations: dict[str, Counted] = {}
        self.errors: dict[str, Errors] = {}
        self.images = 0
        """Acknowledged."""
        self.octets = 0
        """Of these."""
        self.retries = 0
        """Requests that were sent again."""
        self.waited = Latencies()
        """How much later than they should jobs began."""
        self.slices: list[Slice] = []
        self.since_good = 0
        """Jobs that failed since the last one that ended well."""
        self.last_good = self.began

    @property
    def seconds(self) -> float:
        """Since the start, or of the whole run."""
        return max((self._clock() if self.ended is None else self.ended) - self.began, 1e-9)

    def restart(self) -> None:
        """The clock starts now: what was before is no part of the run."""
        self.began = self.last_good = self._clock()

    def end(self) -> None:
        """The run has ended."""
        self.ended = self._clock()

    def operation(self, name: str, seconds: float, *, failed: bool) -> None:
        """A request was answered, or was not: with a fault or not at all."""
        counted = self.operations.get(name)
        if counted is None:
            counted = self.operations[name] = Counted()
        if failed:
            counted.failed += 1
        else:
            counted.latencies.add(seconds)

    def image(self, octets: int) -> None:
        """An image was acknowledged."""
        self.images += 1
        self.octets += octets
        now = self._now
        now.images += 1
        now.octets += octets

    def job_ended(self, seconds: float) -> None:
        """A job has ended well, so long after it should have begun."""
        self.jobs.latencies.add(seconds)
        self.last_good, self.since_good = self._clock(), 0
        now = self._now
        now.jobs += 1
        now.latencies.add(seconds)

    def job_failed(self, kind: str, said: str, count: int = 1) -> None:
        """A job has not ended well, or `count` have not."""
        self.jobs.failed += count
        self.since_good += count
        self._now.failed += count
        if kind not in self.errors and len(self.errors) >= MOST_KINDS:
            kind = OTHERS
        errors = self.errors.setdefault(kind, Errors(first=said))
        errors.count += count

    @property
    def failed_share(self) -> float | None:
        """The part of all jobs; None where there was none."""
        return self.jobs.failed / self.jobs.count if self.jobs.count else None

    @property
    def _now(self) -> Slice:
        at = self.seconds
        number = int(at / self._width)
        if not self.slices or self.slices[-1].at + self._width <= at:
            if len(self.slices) >= MOST_SLICES:
                self._halve()
                return self._now
            self.slices.append(Slice(number * self._width, self._width))
        return self.slices[-1]

    def _halve(self) -> None:
        """Slices become twice as wide."""
        self._width *= 2
        found: list[Slice] = []
        for each in self.slices:
            at = int(each.at / self._width) * self._width
            if found and found[-1].at == at:
                found[-1].merge(each)
            else:
                each.at = at
                found.append(each)
            found[-1].seconds = self._width
        self.slices = found

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        seconds = self.seconds
        return {
            "seconds": round(seconds, 3),
            "jobs": {**self.jobs.as_dict(), "per_second": round(self.jobs.latencies.count / seconds, 3)},
            "images": self.images,
            "bytes": self.octets,
            "megabytes_per_second": round(self.octets / seconds / 1e6, 3),
            "retries": self.retries,
            "begun_late": self.waited.as_dict(),
            "operations": {name: each.as_dict() for name, each in sorted(self.operations.items())},
            "errors": {
                kind: {"count": each.count, "first": each.first}
                for kind, each in sorted(self.errors.items(), key=lambda item: -item[1].count)
            },
        }
