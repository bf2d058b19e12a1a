"""Takes jobs through their lives: time limit, images, filters, and what becomes of the images in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from emulator.dsm.job_summary import JobSummary
from emulator.dsm.states import JobState, JobTransition, JobTrigger, next_state
from emulator.faults.behaviours import Behaviour
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.files import IncomingFile
from emulator.scan_server.filters import Targets, run_filters
from emulator.scan_server.jobs import Job, JobTable, StoredDocument
from emulator.scan_server.naming import extension
from emulator.scan_server.time_limit import Arrivals, Patience

_log = logging.getLogger(__name__)


_SOON: Final = 0.05
"""After which share of the time limit it is looked again whether what arrives is for the job."""


def _now() -> float:
    return asyncio.get_running_loop().time()


class JobKeeper:
    """All jobs of a server. Its methods run in the event loop and leave blocking work to threads."""

    def __init__(self, targets: Targets, time_limit: float, behaviours: frozenset[Behaviour] = frozenset()) -> None:
        """`targets`: where filters deliver to; `time_limit`: seconds of silence in Creating after which a job is
        aborted (MS-BDSRR 2.2.5.11); `behaviours`: what is done otherwise than the documents say."""
        self._behaviours = behaviours
        self.store = targets.store
        self._targets = targets
        self.on_change: Callable[[Job], None] = lambda job: None
        """Told each new job, and each new state of a job or of its filters."""
        self.on_image: Callable[[Job], None] = lambda job: None
        """Told when a job has one image more."""
        self._time_limit = time_limit
        self._patience: dict[str, Patience] = {}
        self.arrivals = Arrivals(time_limit, _now)
        """Requests to the service whose envelope is not whole."""
        self._jobs = JobTable()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, token: str) -> Job | None:
        """The job of that token, or None."""
        return self._jobs.find(token)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All that are remembered, the oldest first."""
        return tuple(self._jobs)

    @property
    def open_jobs(self) -> int:
        """How many jobs have not ended."""
        return self._jobs.open

    def summaries(self, *, ended: bool) -> tuple[JobSummary, ...]:
        """The jobs that have ended, the newest first, or those that have not, the oldest first.
        [bdsrr/3.2.4.4/summary-for-each-job] [bdsrr/3.2.4.5/summary-for-each-job]"""
        found = [job.summary() for job in self._jobs if job.ended is ended]
        return tuple(reversed(found)) if ended else tuple(found)

    async def begin(self, job: Job) -> None:
        """Take up a new job. Raises OSError when it cannot be written down; the store has told that."""
        job.custody = await asyncio.to_thread(self.store.new_job, job.token, job.record())
        self._jobs.add(job)
        job.on_change = self._changed
        self._changed(job)
        if job.recognised:
            self._watch(job)
        else:
            await self._abort(job, JobTrigger.NO_VALID_INSTRUCTIONS)

    def _changed(self, job: Job) -> None:
        if job.ended:
            self._jobs.end(job)
        self.on_change(job)

    # The time limit

    def _watch(self, job: Job) -> None:
        """The time limit begins anew."""
        if job.state is JobState.CREATING:
            self._patience[job.token] = Patience(self._time_limit, _now())
            self._look_at(job, self._patience[job.token].until)

    def _look_at(self, job: Job, when: float) -> None:
        timer = self._timers.pop(job.token, None)
        if timer is not None:
            timer.cancel()
        self._timers[job.token] = asyncio.get_running_loop().call_at(when, self._look, job)

    def _unwatch(self, job: Job) -> None:
        self._patience.pop(job.token, None)
        timer = self._timers.pop(job.token, None)
        if timer is not None:
            timer.cancel()

    def _look(self, job: Job) -> None:
        """Whether the time is over; if not, when to look again. [dsp/job-transition/timed-out]"""
        now = _now()
        if job.at_hand:
            self._patience[job.token].restart(now)  # what takes long is our own disk
        until = self._patience[job.token].until
        if until <= now and self.arrivals.until(job.peer) > now:
            until = now + self._time_limit * _SOON  # it may be for this job; when it is known the job hears of it
        if until > now:
            self._look_at(job, until)
        else:
            _log.info("job %s: nothing came for %g s", job.token, self._time_limit)
            self._unwatch(job)
            self._spawn(job, self._abort(job, JobTrigger.TIMED_OUT))

    def octets_arrived(self, job: Job, octets: int) -> None:
        """Some octets of an image have come."""
        patience = self._patience.get(job.token)
        if patience is not None:
            patience.octets_arrived(octets, _now())

    # Images

    @contextmanager
    def receiving(self, job: Job) -> Iterator[None]:
        """Around a SendImage: the time limit begins anew with it and after it. Within, it waits for what we do
        ourselves; what the peer does is within `arriving`."""
        self._watch(job)
        job.at_hand += 1
        try:
            yield
        finally:
            job.at_hand -= 1
            self._watch(job)

    @contextmanager
    def arriving(self, job: Job) -> Iterator[None]:
        """Around the arrival of an image: the time limit counts silence (`heard`)."""
        job.at_hand -= 1
        try:
            yield
        finally:
            job.at_hand += 1

    async def keep(self, job: Job, document_id: int, format: str, incoming: IncomingFile) -> None:
        """Make an image last and part of its job, if that still takes images then. Raises OSError.

        Who waits for it may go (its connection broke): the image becomes part of the job all the same, for a
        thread cannot be called back, and another image of that DocumentId must not meet it.
        [dsp/send-image/response-means-received]"""
        job.storing.add(document_id)
        incoming.promise()
        await asyncio.shield(self._spawn(job, self._keep(job, document_id, format, incoming)))

    async def _keep(self, job: Job, document_id: int, format: str, incoming: IncomingFile) -> None:
        try:
            kept = await asyncio.to_thread(job.kept_by.take, incoming, document_id, extension(format))
        finally:
            job.storing.discard(document_id)
        if job.state is JobState.CREATING:
            job.move(JobTrigger.IMAGE_RECEIVED)
            job.documents[document_id] = StoredDocument(document_id, format, kept)
            self.on_image(job)
        else:
            await asyncio.to_thread(job.kept_by.give_back, kept)

    async def fail_image(self, job: Job) -> None:
        """An image could not be stored: that is the end of the job (SendImageFailed).
        [dsp/job-transition/image-failed]"""
        await self._abort(job, JobTrigger.SEND_IMAGE_FAILED)

    # The end

    def end(self, job: Job) -> None:
        """EndPostScanJob: the filters begin.
        [dsp/job-transition/end-leads-to-pending] [dsp/end-post-scan-job/processing-may-begin]"""
        self._unwatch(job)
        job.move(JobTrigger.ENDED)
        self._spawn(job, self._process(job))

    async def cancel(self, job: Job) -> None:
        """CancelPostScanJob, in any state that is not final.
        [dsp/job-transition/canceled] [bdsrr/3.2.4.2/state-canceled]"""
        self._unwatch(job)
        at_work = job.state is not JobState.CREATING
        job.move(JobTrigger.CANCELED)
        if not at_work:  # else `_process` puts it away
            await self._put_away(job)

    async def _abort(self, job: Job, trigger: JobTrigger) -> None:
        self._unwatch(job)
        if job.state is JobState.CREATING:
            job.move(trigger)
            await self._put_away(job)

    async def _process(self, job: Job) -> None:
        if job.ended:  # cancelled before this began
            await self._put_away(job)
            return
        trigger = await run_filters(job, self._targets)
        if trigger is JobTrigger.FILTERS_WARNED and Behaviour.NO_COMPLETED_WITH_WARNINGS in self._behaviours:
            trigger = JobTrigger.FILTERS_SUCCEEDED
        if job.ended:
            await self._put_away(job)
            return
        # Put away first: who sees the final state finds the files where they stay.
        await self._put_away(job, next_state(job.state, trigger))
        if not job.ended:
            job.move(trigger)

    async def _put_away(self, job: Job, end: JobTransition | None = None) -> None:
        """Images that were delivered are where they belong; all others go to `unfinished`.

        Who waits for it may go; it is done all the same, and whoever forgets the job, or stops the server, waits
        until it is: else images came to `unfinished` behind the back of who has just removed all of the job."""
        await asyncio.shield(self._spawn(job, asyncio.to_thread(self._put_images_away, job, end)))

    def _put_images_away(self, job: Job, end: JobTransition | None) -> None:
        left = {each.file.path.name for number, each in job.documents.items() if not job.is_delivered(number)}
        try:
            try:
                job.kept_by.put_away(job.record(end), left)
            except OSError:  # one that passes: too many open files, a quota just raised
                job.kept_by.put_away(job.record(end), left)
        except OSError as error:  # what stays in the run's folder is put away at its end, or at the next start
            folder = job.kept_by.folder
            if folder.exists():
                _log.error("job %s: not put away, its images stay in %s: %s", job.token, folder, error)
            elif left:
                _log.error("job %s: somebody has removed %s with %d images", job.token, folder, len(left))

    def share_files(self, token: str) -> list[Path]:
        """Files of the store that the file share filter has made of a job, share by share."""
        job = self._jobs.find(token)
        if job is None:
            return []
        paths = [job.stored.get(document.document_id, []) for document in job.documents_in_order()]
        return [
            each[share] for share in range(max(map(len, paths), default=0)) for each in paths if share < len(each)
        ]

    def deliveries(self, token: str) -> tuple[Delivery, ...]:
        """Return what each target has got of a job so far; () for a job that is not known."""
        job = self._jobs.find(token)
        return () if job is None else tuple(job.deliveries)

    def _spawn(self, job: Job, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=job.token)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def forget_one(self, job: Job) -> list[Path]:
        """Cancel a job that has not ended, wait until nothing is at work for it, and know it no more; where its
        images are in the store, which stay."""
        if not job.ended:
            await self.cancel(job)
        while mine := [task for task in self._tasks if task.get_name() == job.token]:
            await asyncio.gather(*mine, return_exceptions=True)
        self._jobs.forget(job)
        found = [path for document in job.documents_in_order() for path in job.files_of(document)]
        return [*found, job.kept_by.folder]

    async def forget(self) -> None:
        """Cancel the jobs that have not ended, wait until nothing is at work, and know no job any more."""
        while self._tasks or self._jobs.open:  # another may begin while one is cancelled
            for job in self._jobs:
                if not job.ended:
                    await self.cancel(job)
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._jobs.clear()

    async def stop(self) -> None:
        """Stop filters after the file they are at; jobs that have not ended stay unfinished."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for job in self._jobs:
            job.stop.set()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._targets.threads.shutdown()
