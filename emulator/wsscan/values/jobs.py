"""Scan jobs as WS-Scan tells of them (docs/protocol/ws-scan.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from emulator.wsscan.values.ticket import ScanTicket


class ScanJobState(StrEnum):
    """JobState (its page). Vendors may add `prefix:keyword`. [wscn/job-state/keywords]"""

    CREATING = "Creating"  # [wscn/job-state/creating]
    PENDING = "Pending"  # [wscn/job-state/pending]
    HELD = "Held"  # [wscn/job-state/held]
    """Cannot be caused through the service. [notes/c-20/held-of-wscn]"""
    STARTED = "Started"  # [wscn/job-state/started]
    """Transient: seen in the first JobStatusEvent mostly."""
    PROCESSING = "Processing"  # [wscn/job-state/processing]
    TERMINATING = "Terminating"  # [wscn/job-state/terminating]
    CANCELED = "Canceled"  # [wscn/job-state/canceled]
    ABORTED = "Aborted"  # [wscn/job-state/aborted]
    COMPLETED = "Completed"  # [wscn/job-state/completed]
    """All image data has been delivered."""


FINAL_SCAN_JOB_STATES: Final = frozenset({ScanJobState.CANCELED, ScanJobState.ABORTED, ScanJobState.COMPLETED})
"""JobCompletedState; its page lists Terminating too, which is not final anywhere else
[wscn/job-state/end-states]. [notes/c-21/terminating-is-not-final] [notes/c-21/active-is-not-final]"""


class ScanJobStateReason(StrEnum):
    """JobStateReason (its page). [wscn/job-reason/detectable-ones]"""

    NONE = "None"  # [wscn/job-reason/none]
    INVALID_SCAN_TICKET = "InvalidScanTicket"  # [wscn/job-reason/invalid-scan-ticket]
    DOCUMENT_FORMAT_ERROR = "DocumentFormatError"  # [wscn/job-reason/document-format-error]
    JOB_SCANNING = "JobScanning"  # [wscn/job-reason/job-scanning]
    JOB_TRANSFERRING = "JobTransferring"  # [wscn/job-reason/job-transferring]
    JOB_SCANNING_AND_TRANSFERRING = "JobScanningAndTransferring"  # [wscn/job-reason/job-scanning-and-transferring]
    SCANNER_STOPPED = "ScannerStopped"  # [wscn/job-reason/scanner-stopped]
    IMAGE_TRANSFER_ERROR = "ImageTransferError"  # [wscn/job-reason/image-transfer-error]
    JOB_TIMED_OUT = "JobTimedOut"  # [wscn/job-reason/job-timed-out]
    JOB_CANCELED_AT_DEVICE = "JobCanceledAtDevice"  # [wscn/job-reason/job-canceled-at-device]
    JOB_COMPLETED_WITH_ERRORS = "JobCompletedWithErrors"  # [wscn/job-reason/job-completed-with-errors]
    JOB_COMPLETED_WITH_WARNINGS = "JobCompletedWithWarnings"  # [wscn/job-reason/job-completed-with-warnings]


@dataclass(frozen=True, slots=True)
class ScanJobStatus:
    """wscn:JobStatus. Keywords that vendors add stay str. [wscn/job/job-status]"""

    job_id: int
    """1..2147483647."""
    state: ScanJobState | str
    reasons: tuple[ScanJobStateReason | str, ...]
    scans_completed: int
    created: datetime | None = None
    completed: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One entry of ActiveJobs and JobHistory. [wscn/job/job-summary]"""

    job_id: int
    job_name: str
    originating_user: str
    state: ScanJobState | str
    reasons: tuple[ScanJobStateReason | str, ...]
    scans_completed: int


@dataclass(frozen=True, slots=True)
class JobEndState:
    """wscn:JobEndState, how a job has ended. The list of WS-DSD gives it the type of JobStatus; its example has
    these children [wscn/job/job-end-state]. [notes/c-22/job-end-state-has-its-own-children]
    [dsd/event/job-end-state-has-completed-names]"""

    job_id: int
    """1..2147483647."""
    completed_state: ScanJobState | str
    reasons: tuple[ScanJobStateReason | str, ...]
    job_name: str
    originating_user: str
    scans_completed: int
    completed: datetime | None = None


@dataclass(frozen=True, slots=True)
class FinalParameters:
    """wscn:DocumentFinalParameters: every setting as it is carried out, and which of them the device gave
    otherwise than asked (Override) or took from its default ticket (UsedDefault).

    The paths are those of `Resolved` (wsscan/resolution.py) that name one setting: `Format`, `InputSize`,
    `Exposure/Contrast`, `Scaling`, `MediaFront/Resolution`, `MediaFront/ScanRegion/ScanRegionWidth` and so on.
    [wscn/final-parameters/override] [wscn/final-parameters/used-default]"""

    ticket: ScanTicket
    """With every setting of the effective ticket, and without JobDescription."""
    overridden: frozenset[str] = frozenset()
    used_default: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JobDocuments:
    """wscn:Documents of a job. [wscn/job/documents]"""

    final_parameters: FinalParameters
    names: tuple[str, ...] = ()
    """DocumentName of each document that has been transferred."""
