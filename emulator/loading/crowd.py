"""All devices of a load run: when each begins a job, when no more begin, and how the run is brought to its end in
time, whatever the scan server does."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emulator.jobs.manifest import ImageRecord
from emulator.loading.device import LoadDevice
from emulator.loading.tally import CUT_OFF, NEVER_BEGUN, Tally

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
"""Seconds after a failure before the next job of the device; doubled from failure to failure."""
_CANCELLING: Final = 10.0
"""Seconds that jobs have to be cancelled at the server."""
_LEAST_FAILURES: Final = 5
"""Fewer failures are no reason to give up."""
_LOOK: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How many jobs, how fast, how long."""

    users: int
    spawn_rate: float
    seconds: float | None
    """Jobs begin so long; None: until there were `jobs`."""
    jobs: int | None
    rate: float | None
    """Jobs that begin in a second; None: each user begins the next when the last has ended."""
    drain: float
    give_up: float
    counts: tuple[range, ...] = (range(1, 2),)
    """Pages of jobs."""
    seed: int = 0


class Crowd:
    """Runs once."""

    def __init__(self, pace: Pace, tally: Tally, make: Callable[[Crowd], LoadDevice]) -> None:
        """`make`: makes a device that tells the crowd."""
        self._pace = pace
        self._tally = tally
        self._make = make
        self._random = random.Random(pace.seed)  # noqa: S311 - which pages a job has is no secret
        self._began = 0.0
        self._taken = 0
        self._no_more = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        """Of these, those that wait for their next job."""
        self._finished = asyncio.Event()
        self._problem: BaseException | None = None
        self.busy = 0
        """Devices that have a job."""
        self.most_busy = 0
        self.users = 0
        """Devices that there are."""
        self.gave_up = ""
        """Why the run was ended before its time; '' where it was not."""

    # What devices tell

    def exchanged(self, operation: str, seconds: float, *, failed: bool) -> None:
        """See LoadListener."""
        self._tally.operation(operation, seconds, failed=failed)

    def acknowledged(self, image: ImageRecord) -> None:
        """See LoadListener."""
        self._tally.image(image.bytes)

    # The run

    async def run(self) -> None:
        """Run to the end. Raises CancelledError when it is interrupted, after it has ended all jobs; OSError where
        a manifest or a page cannot be written."""
        self._tally.restart()
        self._began = time.perf_counter()
        spawning = asyncio.create_task(self._spawn())
        try:
            await self._until_no_more()
            await self._drain()
        finally:
            self._no_more = True
            spawning.cancel()
            await self._cancel_all()
            await asyncio.wait([spawning])
            self._tally.end()
        if self._problem is not None:
            raise self._problem

    async def _spawn(self) -> None:
        for number in range(self._pace.users):
            await asyncio.sleep(max(0.0, number / self._pace.spawn_rate - self._passed))
            if self._no_more or self._all_taken:
                return
            task = asyncio.create_task(self._life())
            self._tasks.add(task)
            self.users += 1
            task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._idle.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._problem = self._problem or error
            self._finished.set()
        if not self._tasks and (self._no_more or self._all_taken):
            self._finished.set()

    async def _until_no_more(self) -> None:
        """Wait until the time is over, all jobs have ended, or it makes no sense to go on."""
        while not self._finished.is_set():
            left = None if self._pace.seconds is None else self._pace.seconds - self._passed
            if left is not None and left <= 0:
                break
            if self._looks_dead():
                break
            wait = min(_LOOK, left) if left is not None else _LOOK
            try:
                async with asyncio.timeout(wait):
                    await self._finished.wait()
            except TimeoutError:
                continue
        self._no_more = True

    def _looks_dead(self) -> bool:
        tally = self._tally
        quiet = time.perf_counter() - tally.last_good
        if tally.since_good >= _LEAST_FAILURES and quiet >= self._pace.give_up:
            self.gave_up = f"the last {tally.since_good} jobs failed, and none has ended well for {quiet:.0f} s"
        return bool(self.gave_up)

    async def _drain(self) -> None:
        """Let jobs that run come to their end, for a time."""
        idle = tuple(self._idle)
        for task in idle:
            task.cancel()
        if idle:
            await asyncio.wait(idle)
        if self._pace.rate is not None and self._pace.seconds is not None and not self.gave_up:
            due = _due_before(self._pace.seconds, self._pace.rate)
            never = min(due, self._pace.jobs or due) - self._taken
            if never > 0 and self._problem is None:
                self._taken += never
                self._tally.job_failed(NEVER_BEGUN, f"{self._pace.users} users were not enough", never)
        if self._tasks and self._problem is None:
            await asyncio.wait(tuple(self._tasks), timeout=self._pace.drain)

    async def _cancel_all(self) -> None:
        """Cancel what still runs; jobs are cancelled at the server, for a bounded time."""
        for _ in range(2):  # the second time ends a job that waits for the answer to its cancellation
            tasks = tuple(self._tasks)
            if not tasks:
                return
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_CANCELLING)

    # One device

    async def _life(self) -> None:
        device = self._make(self)
        task = asyncio.current_task()
        assert task is not None
        pause = 0.0
        try:
            while True:
                self._idle.add(task)
                if pause:
                    await asyncio.sleep(pause)
                due = await self._next_due()
                if due is None:
                    return
                self._idle.discard(task)
                good = await self._job(device, due)
                if good or self._pace.rate is not None:
                    pause = 0.0
                else:
                    pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        finally:
            device.close()

    async def _next_due(self) -> float | None:
        """When the next job should begin (`time.perf_counter`), once that has come; None: there is none."""
        if self._no_more or self._all_taken:
            return None
        number, self._taken = self._taken, self._taken + 1
        if self._pace.rate is None:
            return time.perf_counter()
        due = number / self._pace.rate
        if self._pace.seconds is not None and due >= self._pace.seconds:
            self._taken -= 1
            return None
        try:
            await asyncio.sleep(max(0.0, due - self._passed))
        except asyncio.CancelledError:
            self._taken -= 1
            raise
        return self._began + due

    async def _job(self, device: LoadDevice, due: float) -> bool:
        tally = self._tally
        pages = self._random.choice(self._random.choice(self._pace.counts))
        tally.waited.add(time.perf_counter() - due)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            ended = await device.job(pages)
        except asyncio.CancelledError:
            tally.job_failed(CUT_OFF, "the run had ended")
            raise
        finally:
            self.busy -= 1
        tally.retries += ended.retries
        if ended.good:
            tally.job_ended(time.perf_counter() - due)
        else:
            tally.job_failed(ended.kind, ended.said)
        return ended.good

    @property
    def _passed(self) -> float:
        return time.perf_counter() - self._began

    @property
    def _all_taken(self) -> bool:
        return self._pace.jobs is not None and self._taken >= self._pace.jobs


def _due_before(seconds: float, rate: float) -> int:
    """How many jobs should begin before so many seconds are over: those that `number / rate` lets begin, which is
    not always what the product says, 0.7 * 10 being more than 7."""
    count = math.ceil(seconds * rate)
    while count and (count - 1) / rate >= seconds:
        count -= 1
    return count
