"""Takes scan jobs through their lives: scanning, fetching of images, time limit, cancellation."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from emulator.device.acquisition import Acquisition
from emulator.device.originals import Originals
from emulator.device.points import PageFailed
from emulator.device.produced import Produced
from emulator.device.scan_engine import ScanEngine
from emulator.device.scan_job_limits import ANY_NUMBER, ScanJobLimits
from emulator.device.scan_job_states import ScanJobAnswer, ScanJobTrigger, scan_job_answer
from emulator.device.scan_jobs import ScanJob, ScanJobTable
from emulator.device.scanner_events import JobChanged, JobEnded, ScannerEvent
from emulator.imaging.pages import SourceError
from emulator.layers import InterventionFailed
from emulator.wsscan.resolution import Resolved
from emulator.wsscan.values.jobs import ScanJobState
from emulator.wsscan.values.status import ConditionName, DeviceCondition
from emulator.wsscan.values.ticket import ScanTicket

_log = logging.getLogger(__name__)

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_OF_ANY_JOB: Final = (ConditionName.INPUT_TRAY_EMPTY, ConditionName.LAMP_WARMING, ConditionName.CALIBRATING)
"""Conditions that belong to a scan as it should be."""


class ForbiddenInState(Exception):
    """The state of a job, or of the scanner, forbids an operation; `answer` says how."""

    def __init__(self, answer: ScanJobAnswer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class ScanJobKeeper:
    """All scan jobs of a scanner. Its methods run in the event loop and leave blocking work to threads."""

    def __init__(
        self,
        engine: ScanEngine,
        spool: Path,
        *,
        retrieve_limit: float,
        limits: ScanJobLimits = ANY_NUMBER,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tell: Callable[[ScannerEvent], None] = lambda event: None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """These are its parameters.

        - `retrieve_limit`: seconds without RetrieveImage after which a job is aborted (RetrieveImage page).
        - `limits`: of what is scanned beside jobs that are fetched; how many are taken is the scanner's to say.
        - `tell`: is told of changes of jobs.
        - `on_change`: is called when the scanner's state may be another.
        """
        self._engine = engine
        self._spool = spool
        self._retrieve_limit = retrieve_limit
        self._limits = limits
        self._sleep = sleep
        self._now = now
        self._tell = tell
        self._on_change = on_change
        self.jobs = ScanJobTable()
        self._ended = asyncio.Event()
        """Of the next job that ends."""
        self._timers: dict[int, asyncio.Task[None]] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.stopped = False
        self._holding = False
        """Jobs that come are held."""

    # Changes

    def _move(self, job: ScanJob, trigger: ScanJobTrigger) -> None:
        """Move a job, tell of it, and wake who waits for it."""
        job.move(trigger)
        if job.ended:
            job.completed = self._now()
            self.jobs.ended(job)
            self._stop_timer(job)
        job.update_reason(stopped=self._engine.conditions.stopped)
        # The scanner's state first: that is the order of the printed events.
        self._on_change()
        self._tell(JobChanged(job.status))
        if job.ended:
            self._tell(JobEnded(job.status, job.summary))
            self._ended.set()
            self._ended = asyncio.Event()
        job.notify()

    def update_reason(self, job: ScanJob) -> None:
        """Something went on that may change the job's reason. [wscn/scanner-state/job-of-a-stopped-scanner]"""
        before = job.reason
        job.update_reason(stopped=self._engine.conditions.stopped)
        if job.reason is not before:
            self._tell(JobChanged(job.status))
        job.notify()

    # The life of a job

    def begin(
        self,
        ticket: ScanTicket,
        resolved: Resolved,
        *,
        at_panel: bool = False,
        originals: Originals | None = None,
        on_image: Callable[[int], None] = lambda number: None,
    ) -> ScanJob:
        """Take up a new job; scanning begins as soon as the scan head is free.

        - `at_panel`: a user has begun it at the device, which takes the images itself.
        - `originals`: what the user brings.
        - `on_image`: see ScanJob.
        """
        job = self.jobs.new(ticket, resolved, self._now(), at_panel=at_panel)
        job.originals, job.on_image = originals, on_image
        self._move(job, ScanJobTrigger.CREATED)
        self._move(job, ScanJobTrigger.SET_UP)
        if self._holding:
            self._move(job, ScanJobTrigger.HELD)
        run = asyncio.get_running_loop().create_task(self._run(job))
        self._runs[job.id] = run
        run.add_done_callback(lambda _: self._runs.pop(job.id, None))
        self._start_timer(job)
        return job

    async def _run(self, job: ScanJob) -> None:
        try:
            while not job.ended:
                await job.released()
                async with self._engine.head:
                    await self._room()
                    if job.state is not ScanJobState.HELD:
                        await self._scan(job)
                        return
        except (SourceError, PageFailed, InterventionFailed) as error:
            _log.error("scan job %d: %s", job.id, error)
            self._fail(job, error)
        except OSError as error:
            _log.error("scan job %d: the image cannot be stored: %s", job.id, error)
            if error.errno in _FULL:
                self._engine.set_condition(ConditionName.INTERNAL_STORAGE_FULL)
            self._fail(job, error)
        except Exception as error:
            _log.exception("scan job %d failed", job.id)
            self._fail(job, error)

    def met(self, condition: DeviceCondition) -> None:
        """The scanner has a condition: the job that is being scanned has met it."""
        if condition.name in _OF_ANY_JOB:
            return
        for job in self.jobs.active:
            if job.state in (ScanJobState.STARTED, ScanJobState.PROCESSING) and not job.all_scanned:
                job.met.add(condition.severity)

    def hold(self, job_id: int | None = None) -> None:
        """Hold a job that waits for the scan head; None: all of them, and those that come. Raises ValueError for
        one that does not wait."""
        self._holding = self._holding or job_id is None
        self._each(job_id, ScanJobState.PENDING, ScanJobTrigger.HELD, "waits for the scan head")

    def release(self, job_id: int | None = None) -> None:
        """Let a job that is held go on; None: all, and those that come. Raises ValueError for one that is not."""
        self._holding = self._holding and job_id is not None
        self._each(job_id, ScanJobState.HELD, ScanJobTrigger.RELEASED, "is held")

    def _each(self, job_id: int | None, state: ScanJobState, trigger: ScanJobTrigger, does: str) -> None:
        jobs = [job for job in self.jobs.active if job_id in (None, job.id) and job.state is state]
        if job_id is not None and not jobs:
            raise ValueError(f"there is no scan job {job_id} that {does}")
        for job in jobs:
            self._move(job, trigger)

    async def _room(self) -> None:
        """Return when no more jobs are digitised and not fetched than may be while another one is scanned."""
        most = self._limits.transferring
        while most is not None and sum(each.all_scanned for each in self.jobs.active) > most:
            await self._ended.wait()

    async def _scan(self, job: ScanJob) -> None:
        self._move(job, ScanJobTrigger.TAKEN)
        await self._engine.warm_up(job)
        self._move(job, ScanJobTrigger.ACQUISITION_BEGINS)

        with self._engine.with_originals_laid(job):
            acquisition = Acquisition(self._engine, job, self._spool / f"job-{job.id}")
            async with aclosing(acquisition.documents()) as documents:
                async for produced in documents:
                    job.ready.append(produced)
                    job.all_scanned = acquisition.complete
                    self.update_reason(job)
                    if job.all_scanned:
                        break
                    while len(job.ready) >= self._limits.documents_ahead:
                        await job.change()
        job.all_scanned = True
        self.update_reason(job)
        self._complete_if_done(job)

    def _complete_if_done(self, job: ScanJob) -> None:
        # The law: [wscn/retrieve-image/feeder-completed-when-empty]
        # The law: [wscn/retrieve-image/platen-completed-after-one]
        # A job without a single image ends when its client has been told so.
        if not job.all_scanned or not job.scans_completed or job.state is not ScanJobState.PROCESSING:
            return
        if job.at_panel:
            self._move(job, ScanJobTrigger.DIGITISED)
        elif not job.ready and not job.transferring:
            self._move(job, ScanJobTrigger.DELIVERED)

    def _fail(self, job: ScanJob, error: Exception) -> None:
        job.failure = error
        if not job.ended and job.state is not ScanJobState.TERMINATING:
            self.drop_images(job)
            self._move(job, ScanJobTrigger.SCAN_FAILED)

    # RetrieveImage

    async def retrieve(self, job: ScanJob) -> Produced:
        """The next document, which `sent` must be told of; waits for it while the time limit rests. Raises
        ForbiddenInState. [wscn/format/one-image-a-file] [wscn/format/all-images-in-one-file]"""
        self._stop_timer(job)
        job.retrieving += 1
        try:
            while True:
                if job.ready and job.state is ScanJobState.COMPLETED:
                    break  # of a scan at the panel, whose images are the device's own
                answer = scan_job_answer("RetrieveImage", job.state, job.reason)
                if answer is not ScanJobAnswer.ACCEPTED:
                    raise ForbiddenInState(answer)
                if job.ready:
                    break
                if job.all_scanned:
                    if not job.transferring:
                        self._move(job, ScanJobTrigger.DELIVERED)
                    raise ForbiddenInState(ScanJobAnswer.NO_IMAGES_AVAILABLE)
                await job.change()
            produced = job.ready.popleft()
            job.transferring += 1
        finally:
            job.retrieving -= 1
            self._start_timer(job)
        self.update_reason(job)
        return produced

    def sent(self, job: ScanJob, produced: Produced, name: str, *, whole: bool) -> None:
        """A document has gone out, or has not. `name`: the client's DocumentName.
        [wscn/retrieve-image/transfer-error-aborts] [wscn/retrieve-image/document-name]"""
        job.transferring -= 1
        produced.discard()
        if whole:
            job.document_names.append(name)
            self._start_timer(job)
            self.update_reason(job)
            self._complete_if_done(job)
        elif job.state is ScanJobState.PROCESSING:
            self.drop_images(job)
            self._move(job, ScanJobTrigger.TRANSFER_FAILED)
            self._stop_run(job)

    def drop_images(self, job: ScanJob) -> None:
        """Delete the documents that wait to be fetched: nobody will."""
        while job.ready:
            job.ready.popleft().discard()

    # The time limit

    def _start_timer(self, job: ScanJob) -> None:
        """The time limit begins anew, unless a request or a transfer is under way. The device itself has none.
        [wscn/retrieve-image/sixty-seconds]"""
        self._stop_timer(job)
        if not job.at_panel and not job.ended and not job.retrieving and not job.transferring:
            self._timers[job.id] = asyncio.get_running_loop().create_task(self._expire(job))

    def _stop_timer(self, job: ScanJob) -> None:
        timer = self._timers.pop(job.id, None)
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()

    async def _expire(self, job: ScanJob) -> None:
        # The law: [wscn/job-state/processing-to-aborted-by-time] [wscn/job-reason/job-timed-out]
        await self._sleep(self._retrieve_limit)
        if job.ended or job.state is ScanJobState.TERMINATING:
            return
        _log.info("scan job %d: no RetrieveImage for %g s", job.id, self._retrieve_limit)
        self.drop_images(job)
        self._move(job, ScanJobTrigger.TIMED_OUT)
        self._stop_run(job)

    # The end

    async def cancel(self, job: ScanJob, *, at_device: bool = False) -> None:
        """End a job before its time; returns when it is Canceled. Raises ForbiddenInState for one that has ended.
        [wscn/job-state/open-to-terminating] [wscn/job-state/terminating-to-canceled]"""
        answer = scan_job_answer("CancelJob", job.state, job.reason)
        if answer is not ScanJobAnswer.ACCEPTED:
            raise ForbiddenInState(answer)
        self._stop_timer(job)
        self._move(job, ScanJobTrigger.CANCELED_AT_DEVICE if at_device else ScanJobTrigger.CANCELED)
        self._stop_run(job)
        await asyncio.shield(self._spawn(self._terminate(job)))

    def give_up(self, job: ScanJob) -> None:
        """A user cancels at the panel what is still on its way of a scan that has ended."""
        job.given_up = True
        self.drop_images(job)
        _log.info("scan job %d: what is still to be sent of it is cancelled at the panel", job.id)

    async def at_rest(self, job: ScanJob) -> None:
        """Return when nothing is at work for a job any more."""
        run = self._runs.get(job.id)
        if run is not None:
            await asyncio.wait([run])

    async def _terminate(self, job: ScanJob) -> None:
        await self.at_rest(job)
        self.drop_images(job)
        self._move(job, ScanJobTrigger.TERMINATED)

    def _stop_run(self, job: ScanJob) -> None:
        run = self._runs.get(job.id)
        if run is not None:
            run.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def start_over(self) -> None:
        """Cancel all jobs and know none any more; ids run from 1 again."""
        self._holding = False
        await self._end_all()
        while self.jobs.active:  # one that has come meanwhile
            await self._end_all()
        for job in self.jobs:
            self.drop_images(job)  # of a scan at the panel, which nobody sends any more
        self.jobs.forget()

    async def stop(self) -> None:
        """Cancel all jobs as a device does that is switched off; no more are to be begun."""
        self.stopped = True
        await self._end_all()

    async def _end_all(self) -> None:
        # Those that wait first: else the scan head would take one when the job before it is gone.
        for job in reversed(self.jobs.active):
            with suppress(ForbiddenInState):  # it is being cancelled, or has ended meanwhile
                await self.cancel(job, at_device=True)
        tasks = [*self._ending, *self._runs.values(), *self._timers.values()]
        for timer in self._timers.values():
            timer.cancel()
        if tasks:
            await asyncio.wait(tasks)
