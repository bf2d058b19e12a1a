"""The post-scan jobs that a scan server knows."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from emulator.directory.model import User
from emulator.dsm.documents import DocumentEntry, Documents
from emulator.dsm.guid import format_guid
from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.scan_process import Filter, PostScanInstructions, ScanProcess, UnknownFilter
from emulator.dsm.states import (
    FINAL_FILTER_STATES,
    FINAL_JOB_STATES,
    FilterState,
    FilterStateReason,
    FilterTrigger,
    JobState,
    JobStateReason,
    JobTransition,
    JobTrigger,
    next_filter_state,
    next_state,
)
from emulator.scan_server.custody import Custody, document_record
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.files import KeptFile
from emulator.soap.deviations import Deviation
from emulator.soap.times import format_date_time

HISTORY: Final = 1000
"""Ended jobs that are remembered; older ones are forgotten and their tokens no longer found."""
MAX_DEVIATIONS: Final = 100
"""Of a job that are remembered: a device may send thousands of images."""


@dataclass(slots=True, eq=False)
class FilterRun:
    """One filter of a job and how far it is."""

    filter: Filter
    state: FilterState = FilterState.PENDING
    reasons: tuple[FilterStateReason, ...] = ()

    def move(self, trigger: FilterTrigger, *reasons: FilterStateReason) -> None:
        """Go on to the next state. Raises IllegalTransition (our own bug)."""
        self.state = next_filter_state(self.state, trigger)
        self.reasons = reasons

    @property
    def name(self) -> str:
        """Its dialect, for people."""
        return self.filter.dialect.rpartition("/")[2]

    @property
    def ended(self) -> bool:
        """Whether the filter has come to its end, whichever."""
        return self.state in FINAL_FILTER_STATES


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A scan document that the server has acknowledged."""

    document_id: int
    format: str
    file: KeptFile


@dataclass(slots=True, eq=False, weakref_slot=True)
class Job:
    """A post-scan job from CreatePostScanJob to its end. [bdsrr/3.2.1/post-scan-job]"""

    token: str
    process: ScanProcess
    instructions: PostScanInstructions
    user: User
    created: datetime
    filters: list[FilterRun]
    state: JobState
    custody: Custody | None = None
    """Where its acknowledged images are until they are delivered; given by the store."""
    reasons: tuple[JobStateReason, ...] = ()
    completed: datetime | None = None
    documents: dict[int, StoredDocument] = field(default_factory=dict)
    storing: set[int] = field(default_factory=set)
    """Documents that are whole and being made to last; soon in `documents`."""
    peer: str = ""
    """IP address that it was created from."""
    at_hand: int = 0
    """SendImage requests of which the server does something itself just now: the time limit waits for it."""
    stored: dict[int, list[Path]] = field(default_factory=dict)
    """For each document the files that the file share filter has surely made of it in the store."""
    deliveries: list[Delivery] = field(default_factory=list)
    """What each target has got, of the filters that are done."""
    warnings: list[str] = field(default_factory=list)
    """For people, of the filter that runs: with one it ends as CompletedWithWarnings, unless it fails."""
    deviations: list[tuple[str, Deviation]] = field(default_factory=list)
    """Operation and deviation of what the device has sent of it, the first MAX_DEVIATIONS."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Tells a running filter, which is in a thread of its own, to stop."""
    on_change: Callable[[Job], None] = lambda job: None
    """Told each new state of the job or of one of its filters."""

    def move(self, trigger: JobTrigger) -> None:
        """Go on to the next state. Raises IllegalTransition (our own bug).

        When a job ends before its filters, these are cancelled (MS-BDSRR 3.2.4.2; 4.1 for unknown dialects).
        [bdsrr/3.2.4.2/waiting-filters-canceled] [dsp/job-transition/canceled-filters]"""
        transition = next_state(self.state, trigger)
        before, self.state = self.state, transition.state
        if transition.reason is not None:
            self.reasons = (transition.reason,)
        if self.ended:
            self.completed = datetime.now(UTC)
            self.stop.set()
            for run in self.filters:
                if not run.ended:
                    run.move(FilterTrigger.CANCEL)
        if self.state is not before:
            self.on_change(self)

    def move_filter(self, run: FilterRun, trigger: FilterTrigger, *reasons: FilterStateReason) -> None:
        """One of its filters goes on to the next state. Raises IllegalTransition (our own bug)."""
        run.move(trigger, *reasons)
        self.on_change(self)

    @property
    def kept_by(self) -> Custody:
        """Its custody. Raises RuntimeError before the job has begun (our own bug)."""
        if self.custody is None:
            raise RuntimeError("the job has no folder")
        return self.custody

    @property
    def recognised(self) -> bool:
        """Whether at least one filter is of a dialect that the documents have.
        [dsp/job-transition/no-known-dialect] [bdsrr/3.2.1/instructions-by-a-configured-dialect]"""
        return any(not isinstance(run.filter, UnknownFilter) for run in self.filters)

    @property
    def ended(self) -> bool:
        """Whether the job is in a final state."""
        return self.state in FINAL_JOB_STATES

    def status(self) -> JobStatus:
        """JobStatus of this moment, with its times as the clock of this machine tells them.
        [dsp/job-status/images-received] [dsp/time/local-time] [bdsrr/2.2.4.1/local-time]"""
        return JobStatus(
            self.token,
            self.state,
            self.reasons,
            tuple(FilterStatus(run.filter.dialect, run.state, run.reasons) for run in self.filters),
            len(self.documents),
            self.created.astimezone(),
            None if self.completed is None else self.completed.astimezone(),
        )

    def deviated(self, operation: str, deviations: Iterable[Deviation]) -> None:
        """A message of it had deviations."""
        room = MAX_DEVIATIONS - len(self.deviations)
        self.deviations += [(operation, each) for each in islice(deviations, max(0, room))]

    def files_of(self, document: StoredDocument) -> list[Path]:
        """Return where the document is now: in the shares of the store that have it, or in the job's folder, which
        may be that of an unfinished job. [] where it was delivered elsewhere, or is being put away just now."""
        kept = self.kept_by.folder / document.file.path.name
        return [path for path in (*self.stored.get(document.document_id, ()), kept) if path.is_file()]

    def description(self) -> JobDescription:
        """JobDescription. [dsp/job-description/psp-display-name] [dsp/job-description/user-name]"""
        return JobDescription(self._psp_identifier(), self.process.display_name, self.user.principal)

    def summary(self) -> JobSummary:
        """dsc:JobSummary of this moment."""
        status = self.status()
        return JobSummary(
            status.job_token,
            self.description(),
            status.job_state,
            status.job_state_reasons,
            status.filter_statuses,
            status.images_received,
        )

    def is_delivered(self, document_id: int) -> bool:
        """Return whether a target has the document whole."""
        return bool(self.stored.get(document_id)) or any(document_id in each.documents for each in self.deliveries)

    def document_list(self) -> Documents:
        """Documents: what has been received, by DocumentId."""
        return Documents(tuple(DocumentEntry(each.document_id, each.format) for each in self.documents_in_order()))

    def documents_in_order(self) -> list[StoredDocument]:
        """The acknowledged documents by DocumentId, whatever order they came in."""
        return [self.documents[number] for number in sorted(self.documents)]

    def record(self, end: JobTransition | None = None) -> dict[str, Any]:
        """Return what job.json says of the job. `state` is the folder's, `job_state` the job's; `end`: where the
        job is about to go."""
        state = self.state if end is None else end.state
        reasons = self.reasons if end is None or end.reason is None else (end.reason,)
        return {
            "state": "running",
            "job_token": self.token,
            "job_state": str(state),
            "job_state_reasons": [str(reason) for reason in reasons],
            "scan_process": {"id": self._psp_identifier(), "name": self.process.display_name},
            "user": self.user.principal,
            "user_sid": self.user.sid,
            "created": format_date_time(self.created),
            "documents": [
                document_record(
                    document.document_id,
                    document.file,
                    kept=not self.is_delivered(document.document_id),
                    format=document.format,
                )
                for document in self.documents_in_order()
            ],
            "deliveries": [each.as_dict() for each in self.deliveries],
        }

    def _psp_identifier(self) -> str:
        return format_guid(self.process.identifier) if self.process.identifier else ""


def new_token() -> str:
    """A JobToken: a lower-case GUID without braces, as Windows makes them
    [bdsrr/7/note-5-token-is-a-guid].
    [dsp/job-token/guid] [dsp/job-token/unique-at-its-server] [notes/c-05/job-token-as-a-guid]"""
    return str(uuid.uuid4())


class JobTable:
    """All jobs by their token, the oldest first. The oldest of more than `history` ended ones are forgotten.
    [dsp/answer/jobs-may-be-forgotten] [dsc/get-job-history/length]"""

    def __init__(self, history: int = HISTORY) -> None:
        self._jobs: dict[str, Job] = {}
        self._open: set[str] = set()
        self._history = history

    @property
    def open(self) -> int:
        """How many have not ended."""
        return len(self._open)

    def add(self, job: Job) -> None:
        """Remember a new job."""
        self._jobs[job.token] = job
        self._open.add(job.token)

    def end(self, job: Job) -> None:
        """A job has ended; forget the oldest ended one where there are too many."""
        self._open.discard(job.token)
        surplus = max(0, len(self._jobs) - len(self._open) - self._history)
        for token in tuple(islice((each for each in self._jobs if each not in self._open), surplus)):
            del self._jobs[token]

    def forget(self, job: Job) -> None:
        """Know one no more."""
        self._jobs.pop(job.token, None)
        self._open.discard(job.token)

    def clear(self) -> None:
        """Forget all."""
        self._jobs.clear()
        self._open.clear()

    def find(self, token: str) -> Job | None:
        """The job, or None. Tokens are opaque: they are compared character by character. [dsp/job-token/echoed]"""
        return self._jobs.get(token)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)
