"""What those who listen to a virtual scanner are told (the events of ws-scan.md section 8, without their XML)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from emulator.wsscan.values.jobs import JobSummary, ScanJobStatus
from emulator.wsscan.values.status import DeviceCondition, ScannerState, ScannerStateReason


@dataclass(frozen=True, slots=True)
class ConditionActive:
    """A condition has been added to ActiveConditions (ScannerStatusConditionEvent)."""

    condition: DeviceCondition


@dataclass(frozen=True, slots=True)
class ConditionCleared:
    """A condition is gone (ScannerStatusConditionClearedEvent)."""

    id: int
    clear_time: datetime


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """State or reasons are others (ScannerStatusSummaryEvent)."""

    state: ScannerState
    reasons: tuple[ScannerStateReason, ...]


@dataclass(frozen=True, slots=True)
class JobChanged:
    """State or reason of a scan job is another (JobStatusEvent)."""

    status: ScanJobStatus


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A scan job has reached a final state (JobEndStateEvent); told after its last JobChanged."""

    status: ScanJobStatus
    summary: JobSummary


@dataclass(frozen=True, slots=True)
class ElementsChanged:
    """ScannerDescription, ScannerConfiguration or DefaultScanTicket is another (ScannerElementsChangeEvent)."""

    names: tuple[str, ...]
    """Local names of the elements."""


@dataclass(frozen=True, slots=True)
class InputChanged:
    """Somebody has put something in, or taken it out. No event of WS-Scan."""

    what: Literal["loaded", "emptied", "placed"]
    sheets: int | None
    """In the feeder now; None for the platen and the film holder."""
    film: bool = False
    """Placed into the film holder, not on the platen."""


ScannerEvent: TypeAlias = (
    ConditionActive | ConditionCleared | StatusChanged | JobChanged | JobEnded | ElementsChanged | InputChanged
)
SCANNER_EVENTS: Final = (
    ConditionActive,
    ConditionCleared,
    StatusChanged,
    JobChanged,
    JobEnded,
    ElementsChanged,
    InputChanged,
)
