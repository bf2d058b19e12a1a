"""ScannerStatus: state, conditions and their history (WS-Scan ScannerStatus pages; ws-scan.md 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ScannerState(StrEnum):
    """ScannerState (its page)."""

    IDLE = "Idle"
    PROCESSING = "Processing"
    STOPPED = "Stopped"
    """Cannot go on before somebody acts."""


class ScannerStateReason(StrEnum):
    """ScannerStateReason (its page). InputTrayEmpty is a condition and no reason (NOTES C-29)."""

    ATTENTION_REQUIRED = "AttentionRequired"
    CALIBRATING = "Calibrating"
    COVER_OPEN = "CoverOpen"
    INTERLOCK_OPEN = "InterlockOpen"
    INTERNAL_STORAGE_FULL = "InternalStorageFull"
    LAMP_ERROR = "LampError"
    LAMP_WARMING = "LampWarming"
    MEDIA_JAM = "MediaJam"
    MULTIPLE_FEED_ERROR = "MultipleFeedError"
    NONE = "None"
    PAUSED = "Paused"


class ConditionName(StrEnum):
    """Name of a DeviceCondition (its page)."""

    CALIBRATING = "Calibrating"
    COVER_OPEN = "CoverOpen"
    INPUT_TRAY_EMPTY = "InputTrayEmpty"
    INTERLOCK_OPEN = "InterlockOpen"
    INTERNAL_STORAGE_FULL = "InternalStorageFull"
    LAMP_ERROR = "LampError"
    LAMP_WARMING = "LampWarming"
    MEDIA_JAM = "MediaJam"
    MULTIPLE_FEED_ERROR = "MultipleFeedError"


class Component(StrEnum):
    """Where a condition is (its page)."""

    ADF = "ADF"
    FILM = "Film"
    MEDIA_PATH = "MediaPath"
    PLATEN = "Platen"


class Severity(StrEnum):
    """How bad a condition is (its page)."""

    INFORMATIONAL = "Informational"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True)
class DeviceCondition:
    """An active condition. Keywords that vendors add stay str."""

    id: int
    """From 1; never used again for another condition."""
    time: datetime
    name: ConditionName | str
    component: Component | str
    severity: Severity | str


@dataclass(frozen=True, slots=True)
class ConditionHistoryEntry:
    """A condition that has been cleared."""

    id: int
    """As it was while it was active: with the time it tells whether a condition is another (its page)."""
    time: datetime
    name: ConditionName | str
    component: Component | str
    severity: Severity | str
    clear_time: datetime


@dataclass(frozen=True, slots=True)
class ScannerStatus:
    """The whole status."""

    current_time: datetime
    state: ScannerState | str
    reasons: tuple[ScannerStateReason | str, ...]
    """At least one; None where there is nothing to add."""
    active_conditions: tuple[DeviceCondition, ...] = ()
    condition_history: tuple[ConditionHistoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """Text in one language (xml:lang); '' where none is given. At most 255 characters."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class ScannerDescription:
    """ScannerName (at least one, one for each language), ScannerInfo and ScannerLocation."""

    names: tuple[LocalizedText, ...]
    info: tuple[LocalizedText, ...] = ()
    location: tuple[LocalizedText, ...] = ()
