"""How much of this machine a load run takes, and who is the limit of it, with the figures that say so."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from emulator.loading.latencies import Latencies

if TYPE_CHECKING:
    from emulator.loading.calibration import Calibration
    from emulator.loading.tally import Tally

_BUSY: Final = 0.85
"""From this share of a core on the event loop has no time left to speak of."""
_FREE: Final = 0.7
_NEAR_SINK: Final = 0.8
"""A run that reaches this part of what the sink allows is at the client's limit."""
_KEPT: Final = 0.1
"""Seconds: a rate is kept where jobs (p99) begin no later than so long after they should."""
_LATE: Final = 0.05
"""Seconds: an event loop that has time and comes so late has no core, for others have them."""
_BEAT: Final = 0.05

Who = Literal["client", "server", "nobody", "unclear"]


@dataclass(frozen=True, slots=True)
class Used:
    """What a process used in a time."""

    seconds: float
    cpu: float
    """Seconds, of all threads."""
    loop: float
    """Seconds, of the thread of the event loop."""

    @property
    def share(self) -> float:
        """The share of a core, all threads."""
        return self.cpu / self.seconds

    @property
    def loop_share(self) -> float:
        """The share of a core, the event loop."""
        return self.loop / self.seconds


class ProcessLoad:
    """From when it is made on; read in the same thread."""

    def __init__(self) -> None:
        self._began = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), time.thread_time()

    def read(self) -> Used:
        """What has been used since."""
        now = self._now()
        seconds, cpu, loop = (later - before for later, before in zip(now, self._began, strict=True))
        return Used(max(seconds, 1e-9), cpu, loop)


class LoopLag:
    """How much later than it should the event loop comes to something. As `async with`."""

    def __init__(self) -> None:
        self.latencies = Latencies()
        self._task: asyncio.Task[None] | None = None

    async def _beat(self) -> None:
        while True:
            due = time.perf_counter() + _BEAT
            await asyncio.sleep(_BEAT)
            self.latencies.add(max(time.perf_counter() - due, 0.0))

    async def __aenter__(self) -> LoopLag:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


@dataclass(frozen=True, slots=True)
class Limit:
    """Who is the limit of a run."""

    who: Who
    says: str
    """A sentence, with the figures."""
    figures: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"who": self.who, "says": self.says, **self.figures}


def limit_of(
    tally: Tally,
    used: Used,
    lag: Latencies,
    calibration: Calibration | None,
    *,
    rate: float | None,
    users: int,
    most_busy: int,
    embedded: bool,
) -> Limit:
    """Judge a run.

    - `used`, `lag`: of this process while it ran.
    - `calibration`: None where there was none.
    - `rate`: jobs a second that were wanted, where some were.
    - `users`, `most_busy`: devices, and how many of them had a job at once.
    - `embedded`: the scan server ran in this process.
    """
    reached = tally.jobs.latencies.count / tally.seconds
    late = lag.percentile(99)
    figures: dict[str, Any] = {
        "jobs_per_second": round(reached, 3),
        "cpu_share": round(used.share, 3),
        "event_loop_share": round(used.loop_share, 3),
        "event_loop_late_p99_ms": None if late is None else round(late * 1000, 3),
        "cores": os.cpu_count(),
        "sink_jobs_per_second": None if calibration is None else round(calibration.jobs_per_second, 3),
        "sink_images_per_second": None if calibration is None else round(calibration.images_per_second, 3),
        "sink_cpu_ms_per_job": None if calibration is None else round(calibration.cpu * 1000, 3),
    }
    told = f"our event loop took {used.loop_share:.0%} of a core, all of us {used.share:.0%}"
    against = None
    if calibration is not None:
        against = tally.images / tally.seconds / calibration.images_per_second
        told += f"; {against:.0%} of the images a second that a sink on this machine takes"
    if not tally.jobs.latencies.count:
        return Limit("unclear", f"no job ended well; {told}", figures)
    late_jobs = tally.waited.percentile(99)
    if rate is not None and not tally.errors and late_jobs is not None and late_jobs <= _KEPT:
        return Limit("nobody", f"the rate of {rate:g} jobs a second was kept; {told}", figures)
    if embedded:
        return Limit("unclear", f"the scan server is a part of this process; {told}", figures)
    if used.loop_share >= _BUSY:
        return Limit("client", f"this machine sends no faster; {told}", figures)
    if late is not None and late > _LATE and used.loop_share < _FREE:
        # Before the sink: it was as slow then, for the same reason.
        others = f"others keep this machine busy: our event loop came {late * 1000:.0f} ms late (p99)"
        return Limit("unclear", f"{others}; {told}", figures)
    if against is not None and against >= _NEAR_SINK:
        return Limit("client", f"this machine sends no faster; {told}", figures)
    if used.loop_share > _FREE:
        return Limit("unclear", f"this machine is nearly busy; {told}", figures)
    waits = f"{most_busy} of {users} users had a job at once"
    if calibration is None:
        return Limit("server", f"this machine had time left ({waits}; not calibrated); {told}", figures)
    return Limit("server", f"this machine had time left ({waits}); {told}", figures)
