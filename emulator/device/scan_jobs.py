"""Scan jobs and the table of those that the device knows."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from emulator.device.originals import Originals
from emulator.device.produced import Produced
from emulator.device.scan_job_states import (
    COMPLETED_REASONS,
    PROCESSING_REASONS,
    WAITING_REASONS,
    JobActivity,
    ScanJobTrigger,
    next_scan_job_state,
)
from emulator.wsscan.constants import MAX_JOB_ID
from emulator.wsscan.resolution import Resolved
from emulator.wsscan.values.jobs import (
    FINAL_SCAN_JOB_STATES,
    JobSummary,
    ScanJobState,
    ScanJobStateReason,
    ScanJobStatus,
)
from emulator.wsscan.values.status import Severity
from emulator.wsscan.values.ticket import ScanTicket

JOB_HISTORY: Final = 30
"""Finished jobs that are kept: as many as fit into the 32 KiB that WSDAPI takes, with names of full length."""


@dataclass(slots=True, eq=False)
class ScanJob:
    """One scan job. `move` and the fields below it belong to the keeper of the jobs.
    [wscn/job/job-token] [wscn/job/scans-completed-counts-sides]"""

    id: int
    token: str
    """A secret of the device and the job's owner."""
    ticket: ScanTicket
    """As it was submitted."""
    resolved: Resolved
    """As it is carried out."""
    created: datetime
    at_panel: bool = False
    """A user has begun it at the device, which takes the images itself: it ends when the last is digitised."""
    originals: Originals | None = None
    """What its user has brought; None: what lies in the scanner is scanned."""
    on_image: Callable[[int], None] = lambda number: None
    """Told the number (from 1) of each image that has been scanned; what it raises aborts the job."""
    state: ScanJobState | None = None
    reason: ScanJobStateReason = ScanJobStateReason.NONE
    completed: datetime | None = None
    failure: Exception | None = None
    """Why it could not be scanned, of a job that was aborted for that."""
    scans_completed: int = 0
    document_names: list[str] = field(default_factory=list)
    """DocumentName of each document that has been transferred."""
    ready: deque[Produced] = field(default_factory=deque)
    """Documents that wait to be fetched; of a scan at the panel also when the job has ended."""
    all_scanned: bool = False
    met: set[Severity | str] = field(default_factory=set)
    """Of the conditions that the scanner has had while the job was scanned."""
    given_up: bool = False
    """Of a scan at the panel: its user has cancelled what is still on its way to the scan server."""
    transferring: int = 0
    """Documents on their way to the client."""
    retrieving: int = 0
    """RetrieveImage requests that wait for a document."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.state in FINAL_SCAN_JOB_STATES

    @property
    def on_its_way(self) -> bool:
        """Whether images of a scan at the panel, which has ended, are still to be sent."""
        return self.at_panel and self.ended and (bool(self.ready) or self.transferring > 0)

    def move(self, trigger: ScanJobTrigger) -> None:
        """Go where the table says. Raises IllegalScanJobTransition."""
        transition = next_scan_job_state(self.state, trigger)
        self.state = transition.state
        if transition.reason is not None:
            self.reason = transition.reason
        if self.state is ScanJobState.COMPLETED:
            found = (reason for severity, reason in COMPLETED_REASONS.items() if severity in self.met)
            self.reason = next(found, self.reason)

    def update_reason(self, *, stopped: bool) -> None:
        """Where nobody has given it, the reason says what goes on. `stopped`: the scanner is Stopped.
        [wscn/job-reason/job-scanning] [wscn/job/scans-completed-updated]"""
        if self.state in (ScanJobState.PENDING, ScanJobState.HELD, ScanJobState.STARTED):
            self.reason = WAITING_REASONS[stopped]
        elif self.state is ScanJobState.PROCESSING:
            self.reason = PROCESSING_REASONS[
                JobActivity(stopped=stopped, scanning=not self.all_scanned, transferring=self.transferring > 0)
            ]

    async def released(self) -> None:
        """Return when nobody holds it."""
        while self.state is ScanJobState.HELD:
            await self.change()

    def notify(self) -> None:
        """Wake who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self) -> None:
        """Return at the next change."""
        await self._changed.wait()

    @property
    def status(self) -> ScanJobStatus:
        """wscn:JobStatus. [wscn/job/job-status]"""
        return ScanJobStatus(
            self.id,
            self.state or ScanJobState.CREATING,
            (self.reason,),
            self.scans_completed,
            self.created,
            self.completed,
        )

    @property
    def summary(self) -> JobSummary:
        """wscn:JobSummary. [wscn/get-job-history/end-state]"""
        description = self.ticket.job_description
        return JobSummary(
            self.id,
            description.job_name,
            description.job_originating_user_name,
            self.state or ScanJobState.CREATING,
            (self.reason,),
            self.scans_completed,
        )


class ScanJobTable:
    """Jobs by their ids: all that have not ended, and the latest of those that have."""

    def __init__(self, history: int = JOB_HISTORY) -> None:
        self._history = history
        self._last_id = 0
        self._jobs: dict[int, ScanJob] = {}

    def new(self, ticket: ScanTicket, resolved: Resolved, created: datetime, *, at_panel: bool = False) -> ScanJob:
        """A new job with an id that no job of the table has. [wscn/job/job-id] [wscn/job/job-id-not-reused]"""
        while True:
            self._last_id = self._last_id % MAX_JOB_ID + 1
            if self._last_id not in self._jobs:
                break
        job = ScanJob(self._last_id, secrets.token_hex(16), ticket, resolved, created, at_panel)
        self._jobs[job.id] = job
        return job

    def forget(self) -> None:
        """Know no job any more; ids run from 1 again."""
        self._jobs.clear()
        self._last_id = 0

    def find(self, id: int) -> ScanJob | None:
        """The job of that id, or None."""
        return self._jobs.get(id)

    def __iter__(self) -> Iterator[ScanJob]:
        return iter(tuple(self._jobs.values()))

    @property
    def active(self) -> tuple[ScanJob, ...]:
        """Jobs that have not ended, the oldest first. [wscn/get-active-jobs/jobs-not-final]"""
        return tuple(job for job in self if not job.ended)

    @property
    def finished(self) -> tuple[ScanJob, ...]:
        """Jobs that have ended, the one that ended last first. [wscn/get-job-history/as-many-as-kept]"""
        return tuple(reversed([job for job in self if job.ended]))

    def ended(self, job: ScanJob) -> None:
        """A job has ended: it goes to the end of the table, and the oldest that have ended are forgotten."""
        self._jobs[job.id] = self._jobs.pop(job.id)
        for old in self.finished[self._history :]:
            del self._jobs[old.id]
