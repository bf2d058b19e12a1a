"""The scanner's state and its conditions as tables, with the documents' own names (ws-scan.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emulator.wsscan.values.status import Component, ConditionName, ScannerState, ScannerStateReason, Severity


class ConditionEffect(StrEnum):
    """What a condition does to the scanner."""

    NONE = "scanning goes on"
    WAIT = "jobs are taken, and wait"
    STOP = "the scanner is Stopped"


@dataclass(frozen=True, slots=True)
class ConditionRule:
    """One row of the conditions' table."""

    components: tuple[Component, ...]
    """Where it may be; the first one where nobody says."""
    severity: Severity
    effect: ConditionEffect
    reason: ScannerStateReason | None
    """The ScannerStateReason it gives; None: it is a condition only."""


_ANY: Final = (Component.MEDIA_PATH, Component.ADF, Component.PLATEN, Component.FILM)

CONDITION_RULES: Final[Mapping[ConditionName, ConditionRule]] = {
    # Names and components: DeviceCondition pages. Severity of LampError: the printed example.
    ConditionName.CALIBRATING: ConditionRule(  # [wscn/condition/calibrating]
        (Component.PLATEN, Component.MEDIA_PATH, Component.ADF, Component.FILM),
        Severity.INFORMATIONAL,
        ConditionEffect.WAIT,
        ScannerStateReason.CALIBRATING,
    ),
    ConditionName.LAMP_WARMING: ConditionRule(  # [wscn/condition/lamp-warming]
        (Component.PLATEN, Component.ADF, Component.FILM),
        Severity.INFORMATIONAL,
        ConditionEffect.WAIT,
        ScannerStateReason.LAMP_WARMING,
    ),
    ConditionName.COVER_OPEN: ConditionRule(  # [wscn/condition/cover-open]
        (Component.PLATEN, Component.ADF, Component.MEDIA_PATH, Component.FILM),
        Severity.WARNING,
        ConditionEffect.STOP,
        ScannerStateReason.COVER_OPEN,
    ),
    ConditionName.INTERLOCK_OPEN: ConditionRule(  # [wscn/condition/interlock-open]
        _ANY, Severity.CRITICAL, ConditionEffect.STOP, ScannerStateReason.INTERLOCK_OPEN
    ),
    # The law: [wscn/condition/input-tray-empty]
    ConditionName.INPUT_TRAY_EMPTY: ConditionRule((Component.ADF,), Severity.WARNING, ConditionEffect.NONE, None),
    ConditionName.INTERNAL_STORAGE_FULL: ConditionRule(  # [wscn/condition/internal-storage-full]
        _ANY, Severity.WARNING, ConditionEffect.STOP, ScannerStateReason.INTERNAL_STORAGE_FULL
    ),
    ConditionName.LAMP_ERROR: ConditionRule(  # [wscn/condition/lamp-error]
        (Component.PLATEN, Component.ADF, Component.FILM),
        Severity.CRITICAL,
        ConditionEffect.STOP,
        ScannerStateReason.LAMP_ERROR,
    ),
    # The law: [wscn/condition/media-jam]
    ConditionName.MEDIA_JAM: ConditionRule(
        _ANY, Severity.CRITICAL, ConditionEffect.STOP, ScannerStateReason.MEDIA_JAM
    ),
    ConditionName.MULTIPLE_FEED_ERROR: ConditionRule(  # [wscn/condition/multiple-feed-error]
        (Component.ADF, Component.MEDIA_PATH),
        Severity.CRITICAL,
        ConditionEffect.STOP,
        ScannerStateReason.MULTIPLE_FEED_ERROR,
    ),
}


@dataclass(frozen=True, slots=True)
class ScannerSituation:
    """What the state follows from."""

    stopped: bool
    """A condition with ConditionEffect.STOP is active."""
    at_work: bool
    """A job has not ended."""


SCANNER_STATES: Final[Mapping[ScannerSituation, ScannerState]] = {
    # ScannerState page: Stopped is "cannot go on before somebody acts", whether there is a job or not.
    # The law: [wscn/scanner-state/processing-to-idle] [wscn/scanner-state/stopped-to-idle]
    ScannerSituation(stopped=False, at_work=False): ScannerState.IDLE,
    # The law: [wscn/scanner-state/idle-to-processing] [wscn/scanner-state/stopped-to-processing]
    ScannerSituation(stopped=False, at_work=True): ScannerState.PROCESSING,
    ScannerSituation(stopped=True, at_work=False): ScannerState.STOPPED,  # [wscn/scanner-state/idle-to-stopped]
    ScannerSituation(
        stopped=True, at_work=True
    ): ScannerState.STOPPED,  # [wscn/scanner-state/processing-to-stopped]
}
