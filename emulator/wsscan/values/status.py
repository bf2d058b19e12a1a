"""ScannerStatus: state, conditions and their history (WS-Scan ScannerStatus pages;
docs/protocol/ws-scan.md 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ScannerState(StrEnum):
    """ScannerState (its page).
    [wscn/scanner-status/state] [wscn/scanner-state/idle] [wscn/scanner-state/processing]
    [wscn/scanner-state/stopped]"""

    IDLE = "Idle"
    PROCESSING = "Processing"
    STOPPED = "Stopped"
    """Cannot go on before somebody acts."""


class ScannerStateReason(StrEnum):
    """ScannerStateReason (its page). InputTrayEmpty is a condition and no reason
    [wscn/condition/input-tray-empty] [wscn/condition/reasons-only].
    [wscn/scanner-status/state-reasons] [wscn/condition/detectable-ones]
    [notes/c-29/conditions-are-no-reasons] [notes/c-29/reasons-are-no-conditions]"""

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

    CALIBRATING = "Calibrating"  # [wscn/condition/calibrating]
    COVER_OPEN = "CoverOpen"  # [wscn/condition/cover-open]
    INPUT_TRAY_EMPTY = "InputTrayEmpty"  # [wscn/condition/input-tray-empty]
    INTERLOCK_OPEN = "InterlockOpen"  # [wscn/condition/interlock-open]
    INTERNAL_STORAGE_FULL = "InternalStorageFull"  # [wscn/condition/internal-storage-full]
    LAMP_ERROR = "LampError"  # [wscn/condition/lamp-error]
    LAMP_WARMING = "LampWarming"  # [wscn/condition/lamp-warming]
    MEDIA_JAM = "MediaJam"  # [wscn/condition/media-jam]
    MULTIPLE_FEED_ERROR = "MultipleFeedError"  # [wscn/condition/multiple-feed-error]


class Component(StrEnum):
    """Where a condition is (its page). [wscn/condition/component]"""

    ADF = "ADF"
    FILM = "Film"
    MEDIA_PATH = "MediaPath"
    PLATEN = "Platen"


class Severity(StrEnum):
    """How bad a condition is (its page). [wscn/condition/severity]"""

    INFORMATIONAL = "Informational"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True)
class DeviceCondition:
    """An active condition. Keywords that vendors add stay str. [wscn/condition/children]"""

    id: int
    """From 1; never used again for another condition."""
    time: datetime
    name: ConditionName | str
    component: Component | str
    severity: Severity | str


@dataclass(frozen=True, slots=True)
class ConditionHistoryEntry:
    """A condition that has been cleared. [wscn/condition/clear-time]"""

    id: int
    """As it was while it was active: with the time it tells whether a condition is another (its page)."""
    time: datetime
    name: ConditionName | str
    component: Component | str
    severity: Severity | str
    clear_time: datetime


@dataclass(frozen=True, slots=True)
class ScannerStatus:
    """The whole status.
    [wscn/scanner-status/current-time] [wscn/scanner-status/active-conditions]
    [wscn/scanner-status/condition-history]"""

    current_time: datetime
    state: ScannerState | str
    reasons: tuple[ScannerStateReason | str, ...]
    """At least one; None where there is nothing to add."""
    active_conditions: tuple[DeviceCondition, ...] = ()
    condition_history: tuple[ConditionHistoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """Text in one language (xml:lang); '' where none is given. At most 255 characters.
    [wscn/scanner-description/one-language-an-element]"""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class ScannerDescription:
    """ScannerName (at least one, one for each language), ScannerInfo and ScannerLocation.
    [wscn/scanner-description/scanner-name] [wscn/scanner-description/scanner-info]
    [wscn/scanner-description/scanner-location]"""

    names: tuple[LocalizedText, ...]
    info: tuple[LocalizedText, ...] = ()
    location: tuple[LocalizedText, ...] = ()
