"""Mutants of how a scanner tells what it is at."""

from __future__ import annotations

from device_plugs import says
from device_plugs import wrong as _wrong
from mutant import Change, Mutant, attribute, text, without

CONDITION = "//wscn:DeviceCondition"


def wrong(id: str, does: str, change: Change) -> Mutant:
    """A scanner that tells it otherwise."""
    return _wrong(id, does, says(change))


MUTANTS = (
    wrong("wscn/scanner-status/current-time", "missing", without("//wscn:ScannerCurrentTime")),
    wrong("wscn/scanner-status/current-time", "a day alone", text("//wscn:ScannerCurrentTime", "2026-11-30")),
    wrong("wscn/scanner-status/state", "Ready", text("//wscn:ScannerState", "Ready")),
    wrong("wscn/scanner-status/state-reasons", "none at all", without("//wscn:ScannerStateReason")),
    wrong("wscn/scanner-status/state-reasons", "a word", text("//wscn:ScannerStateReason", "Nothing")),
    wrong("wscn/scanner-status/active-conditions", "missing", without("//wscn:ActiveConditions")),
    wrong("wscn/scanner-status/condition-history", "none", without("//wscn:ConditionHistory")),
    wrong("wscn/scanner-state/idle", "Stopped", text("//wscn:ScannerState", "Stopped")),
    wrong("wscn/condition/children", "no Severity", without(f"{CONDITION}/wscn:Severity")),
    wrong("wscn/condition/children", "no time", text(f"{CONDITION}/wscn:Time", "now")),
    wrong("wscn/condition/id", "0", attribute(CONDITION, "Id", "0")),
    wrong("notes/c-28/condition-id-required", "missing", attribute(CONDITION, "Id", None)),
    wrong("dsd/event/condition-id-is-unqualified", "qualified", attribute(CONDITION, "Id", None)),
    wrong("clients/wsd-python/unqualified-condition-id", "qualified", attribute(CONDITION, "Id", None)),
    wrong("wscn/condition/component", "Cover", text(f"{CONDITION}/wscn:Component", "Cover")),
    wrong("wscn/condition/severity", "Fatal", text(f"{CONDITION}/wscn:Severity", "Fatal")),
    wrong("wscn/condition/reasons-only", "Paused", text(f"{CONDITION}/wscn:Name", "Paused")),
    wrong("notes/c-29/reasons-are-no-conditions", "Paused", text(f"{CONDITION}/wscn:Name", "Paused")),
    wrong("wscn/condition/cover-open", "another name", text(f"{CONDITION}/wscn:Name", "InterlockOpen")),
    wrong("wscn/condition/cover-open", "Idle", text("//wscn:ScannerState", "Idle")),
    wrong("wscn/condition/media-jam", "another name", text(f"{CONDITION}/wscn:Name", "InterlockOpen")),
    wrong("wscn/scanner-state/stopped", "Idle", text("//wscn:ScannerState", "Idle")),
    wrong("wscn/scanner-state/stopped-to-idle", "Stopped", text("//wscn:ScannerState", "Stopped")),
    wrong("wscn/condition/id-not-reused", "always 7", attribute(CONDITION, "Id", "7")),
    wrong("wscn/condition/clear-time", "missing", without("//wscn:ClearTime")),
    wrong("wscn/condition/input-tray-empty", "a reason", text("//wscn:ScannerStateReason", "InputTrayEmpty")),
    wrong(
        "wscn/condition/input-tray-empty",
        "Critical",
        text("//wscn:DeviceCondition[wscn:Name='InputTrayEmpty']/wscn:Severity", "Critical"),
    ),
    wrong("notes/c-29/conditions-are-no-reasons", "a reason", text("//wscn:ScannerStateReason", "InputTrayEmpty")),
)
