"""The scanner's state and its conditions as tables, with the documents' own names (ws-scan.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emulator.wsscan.values.status import Component, ConditionName, ScannerState, ScannerStateReason, Severity


class Effect(StrEnum):
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
    effect: Effect
    reason: ScannerStateReason | None
    """The ScannerStateReason it gives; None: it is a condition only."""


_ANY: Final = (Component.MEDIA_PATH, Component.ADF, Component.PLATEN, Component.FILM)

CONDITION_RULES: Final[Mapping[ConditionName, ConditionRule]] = {
    # Names and components: DeviceCondition pages. Severity of LampError: the printed example.
    ConditionName.CALIBRATING: ConditionRule(  # [wscn/condition/calibrating]
        (Component.PLATEN, Component.MEDIA_PATH, Component.ADF, Component.FILM),
        Severity.INFORMATIONAL,
        Effect.WAIT,
        ScannerStateReason.CALIBRATING,
    ),
    ConditionName.LAMP_WARMING: ConditionRule(  # [wscn/condition/lamp-warming]
        (Component.PLATEN, Component.ADF, Component.FILM),
        Severity.INFORMATIONAL,
        Effect.WAIT,
        ScannerStateReason.LAMP_WARMING,
    ),
    ConditionName.COVER_OPEN: ConditionRule(  # [wscn/condition/cover-open]
        (Component.PLATEN, Component.ADF, Component.MEDIA_PATH, Component.FILM),
        Severity.WARNING,
        Effect.STOP,
        ScannerStateReason.COVER_OPEN,
    ),
    ConditionName.INTERLOCK_OPEN: ConditionRule(  # [wscn/condition/interlock-open]
        _ANY, Severity.CRITICAL, Effect.STOP, ScannerStateReason.INTERLOCK_OPEN
    ),
    # The law: [wscn/condition/input-tray-empty]
    ConditionName.INPUT_TRAY_EMPTY: ConditionRule((Component.ADF,), Severity.WARNING, Effect.NONE, None),
    ConditionName.INTERNAL_STORAGE_FULL: ConditionRule(  # [wscn/condition/internal-storage-full]
        _ANY, Severity.WARNING, Effect.STOP, ScannerStateReason.INTERNAL_STORAGE_FULL
    ),
    ConditionName.LAMP_ERROR: ConditionRule(  # [wscn/condition/lamp-error]
        (Component.PLATEN, Component.ADF, Component.FILM),
        Severity.CRITICAL,
        Effect.STOP,
        ScannerStateReason.LAMP_ERROR,
    ),
    # The law: [wscn/condition/media-jam]
    ConditionName.MEDIA_JAM: ConditionRule(_ANY, Severity.CRITICAL, Effect.STOP, ScannerStateReason.MEDIA_JAM),
    ConditionName.MULTIPLE_FEED_ERROR: ConditionRule(  # [wscn/condition/multiple-feed-error]
        (Component.ADF, Component.MEDIA_PATH),
        Severity.CRITICAL,
        Effect.STOP,
        ScannerStateReason.MULTIPLE_FEED_ERROR,
    ),
}


def vendor_rule(component: Component, severity: Severity) -> ConditionRule:
    """The rule of a vendor's condition: Critical stops the scanner, and for what is more than Informational a
    person is asked to look at its console. [wscn/condition/critical-stops]
    [wscn/condition/attention-required-instead-of-an-own-reason]"""
    effect = Effect.STOP if severity is Severity.CRITICAL else Effect.NONE
    reason = None if severity is Severity.INFORMATIONAL else ScannerStateReason.ATTENTION_REQUIRED
    return ConditionRule((component,), severity, effect, reason)


REASONS_ALONE: Final[Mapping[ScannerStateReason, Effect]] = {
    # No conditions belong to them [wscn/condition/reasons-only]; a paused scanner is Stopped (ScannerState page).
    ScannerStateReason.ATTENTION_REQUIRED: Effect.NONE,
    ScannerStateReason.PAUSED: Effect.STOP,
}
"""Reasons that are there without a condition, and what they do to the scanner."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the state follows from."""

    stopped: bool
    """A condition with Effect.STOP is active, or a reason with that effect."""
    at_work: bool
    """A job has not ended."""


SCANNER_STATES: Final[Mapping[Situation, ScannerState]] = {
    # ScannerState page: Stopped is "cannot go on before somebody acts", whether there is a job or not.
    # The law: [wscn/scanner-state/processing-to-idle] [wscn/scanner-state/stopped-to-idle]
    Situation(stopped=False, at_work=False): ScannerState.IDLE,
    # The law: [wscn/scanner-state/idle-to-processing] [wscn/scanner-state/stopped-to-processing]
    Situation(stopped=False, at_work=True): ScannerState.PROCESSING,
    Situation(stopped=True, at_work=False): ScannerState.STOPPED,  # [wscn/scanner-state/idle-to-stopped]
    Situation(stopped=True, at_work=True): ScannerState.STOPPED,  # [wscn/scanner-state/processing-to-stopped]
}
