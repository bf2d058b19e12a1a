"""Scan jobs as WS-Scan tells of them (ws-scan.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from emulator.wsscan.values.ticket import ScanTicket


class ScanJobState(StrEnum):
    """JobState (its page). Vendors may add `prefix:keyword`."""

    CREATING = "Creating"
    PENDING = "Pending"
    HELD = "Held"
    """Cannot be caused through the service."""
    STARTED = "Started"
    """Transient: seen in the first JobStatusEvent mostly."""
    PROCESSING = "Processing"
    TERMINATING = "Terminating"
    CANCELED = "Canceled"
    ABORTED = "Aborted"
    COMPLETED = "Completed"
    """All image data has been delivered."""


FINAL_SCAN_JOB_STATES: Final = frozenset({ScanJobState.CANCELED, ScanJobState.ABORTED, ScanJobState.COMPLETED})
"""JobCompletedState; its page lists Terminating too, which is not final anywhere else (NOTES C-21)."""


class ScanJobStateReason(StrEnum):
    """JobStateReason (its page)."""

    NONE = "None"
    INVALID_SCAN_TICKET = "InvalidScanTicket"
    DOCUMENT_FORMAT_ERROR = "DocumentFormatError"
    JOB_SCANNING = "JobScanning"
    JOB_TRANSFERRING = "JobTransferring"
    JOB_SCANNING_AND_TRANSFERRING = "JobScanningAndTransferring"
    SCANNER_STOPPED = "ScannerStopped"
    IMAGE_TRANSFER_ERROR = "ImageTransferError"
    JOB_TIMED_OUT = "JobTimedOut"
    JOB_CANCELED_AT_DEVICE = "JobCanceledAtDevice"
    JOB_COMPLETED_WITH_ERRORS = "JobCompletedWithErrors"
    JOB_COMPLETED_WITH_WARNINGS = "JobCompletedWithWarnings"


@dataclass(frozen=True, slots=True)
class ScanJobStatus:
    """wscn:JobStatus. Keywords that vendors add stay str."""

    job_id: int
    """1..2147483647."""
    state: ScanJobState | str
    reasons: tuple[ScanJobStateReason | str, ...]
    scans_completed: int
    created: datetime | None = None
    completed: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One entry of ActiveJobs and JobHistory."""

    job_id: int
    job_name: str
    originating_user: str
    state: ScanJobState | str
    reasons: tuple[ScanJobStateReason | str, ...]
    scans_completed: int


@dataclass(frozen=True, slots=True)
class JobEndState:
    """wscn:JobEndState, how a job has ended. The list of WS-DSD gives it the type of JobStatus; its example has
    these children (NOTES C-22)."""

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
    """

    ticket: ScanTicket
    """With every setting of the effective ticket, and without JobDescription."""
    overridden: frozenset[str] = frozenset()
    used_default: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JobDocuments:
    """wscn:Documents of a job."""

    final_parameters: FinalParameters
    names: tuple[str, ...] = ()
    """DocumentName of each document that has been transferred."""
