"""What a subscriber is told of what happens at a scanner (ws-scan.md section 8)."""

from __future__ import annotations

from typing import Final

from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    ElementsChanged,
    InputChanged,
    JobChanged,
    JobEnded,
    ScannerEvent,
    StatusChanged,
)
from emulator.wsscan.constants import DEFAULT_SCAN_TICKET, SCANNER_CONFIGURATION, SCANNER_DESCRIPTION
from emulator.wsscan.messages.events import Event
from emulator.wsscan.messages.events_job import JobEndStateEvent, JobStatusEvent
from emulator.wsscan.messages.events_scanner import (
    ScannerElementsChangeEvent,
    ScannerStatusConditionClearedEvent,
    ScannerStatusConditionEvent,
    ScannerStatusSummaryEvent,
)
from emulator.wsscan.values.jobs import JobEndState, ScanJobState

BEFORE_STARTED: Final = frozenset({ScanJobState.CREATING, ScanJobState.PENDING, ScanJobState.HELD})
"""In these a job begins; to be told are the changes from there on, of which the first says Started (JobStatusEvent
page). [wscn/event/first-job-status] [dsd/event/first-job-status-is-started]"""


def message_of(happened: ScannerEvent, scanner: VirtualScanner) -> Event | None:
    """The event that is sent; None for what is not told.
    [wscn/event/job-status] [wscn/event/job-end-state] [wscn/event/scanner-status-summary]
    [wscn/event/scanner-status-condition] [wscn/event/scanner-status-condition-cleared]
    [wscn/event/condition-id-reported-before]"""
    match happened:
        case ConditionActive(condition):
            return ScannerStatusConditionEvent(condition)
        case ConditionCleared(id, clear_time):
            return ScannerStatusConditionClearedEvent(id, clear_time)
        case StatusChanged(state, reasons):
            return ScannerStatusSummaryEvent(state, reasons)
        case JobChanged(status):
            return None if status.state in BEFORE_STARTED else JobStatusEvent(status)
        case JobEnded(status, summary):
            return JobEndStateEvent(
                JobEndState(
                    status.job_id,
                    status.state,
                    status.reasons,
                    summary.job_name,
                    summary.originating_user,
                    status.scans_completed,
                    status.completed,
                )
            )
        case InputChanged():
            return None
        case ElementsChanged(names):
            return ScannerElementsChangeEvent(
                scanner.description if SCANNER_DESCRIPTION.local in names else None,
                scanner.configuration if SCANNER_CONFIGURATION.local in names else None,
                scanner.default_ticket if DEFAULT_SCAN_TICKET.local in names else None,
            )
