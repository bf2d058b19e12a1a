"""Mutants of what goes wrong at a scanner, of jobs meanwhile, and of what is told of a change."""

from __future__ import annotations

from typing import Any

from device_mutants_events import lost, told
from device_plugs import WSCN, says, wrong
from mutant import Change, Mutant, text, with_child, without

ELEMENTS = "GetJobElements"
CHANGE = "ScannerElementsChangeEvent"
CONDITION = "//wscn:DeviceCondition"


def otherwise(id: str, does: str, change: Change) -> Mutant:
    """A scanner that tells it otherwise."""
    return wrong(id, does, says(change))


def of_job(id: str, does: str, change: Change) -> Mutant:
    """A job that is told otherwise."""
    return wrong(id, does, says(change, ELEMENTS))


def idle_with(severity: str) -> Change:
    """While a condition of that severity is active, the scanner tells Idle; of another, Stopped."""

    def change(root: Any) -> None:
        found = [each.text for each in root.iter(f"{WSCN}Severity")]
        for each in root.iter(f"{WSCN}ScannerState"):
            if found:
                each.text = "Idle" if severity in found else "Stopped"

    return change


def no_reasons(root: Any) -> None:
    """Nothing but None is told as a reason."""
    for each in root.iter(f"{WSCN}ScannerStateReason"):
        each.text = "None"


def reason(before: str, after: str) -> Change:
    """A reason of a job is told as another."""
    return text(f"//wscn:JobStateReason[.='{before}']", after)


MUTANTS = (
    otherwise("wscn/condition/calibrating", "Stopped", text("//wscn:ScannerState", "Stopped")),
    otherwise("wscn/condition/interlock-open", "Idle", text("//wscn:ScannerState", "Idle")),
    otherwise("wscn/condition/internal-storage-full", "no condition", without(CONDITION)),
    otherwise("wscn/condition/lamp-error", "no reason", no_reasons),
    otherwise("wscn/condition/multiple-feed-error", "MediaJam", text(f"{CONDITION}/wscn:Name", "MediaJam")),
    otherwise("wscn/condition/critical-stops", "Idle", idle_with("Critical")),
    otherwise("wscn/condition/critical-stops", "Stopped while it calibrates", idle_with("none")),
    otherwise("wscn/condition/detectable-ones", "no reason", no_reasons),
    otherwise(
        "wscn/condition/name-fits-component",
        "LampError of MediaPath",
        text(f"{CONDITION}[wscn:Name='LampError']/wscn:Component", "MediaPath"),
    ),
    otherwise("wscn/scanner-state/processing-to-stopped", "Processing", text("//wscn:ScannerState", "Processing")),
    otherwise("wscn/scanner-state/stopped-to-processing", "Stopped", text("//wscn:ScannerState", "Stopped")),
    otherwise("wscn/scanner-state/processing-to-idle", "Stopped", text("//wscn:ScannerState", "Stopped")),
    of_job("wscn/job-state/processing", "Pending", text("//wscn:JobState[.='Processing']", "Pending")),
    of_job("wscn/job-state/open-to-terminating", "it goes on", text("//wscn:JobState[.='Canceled']", "Processing")),
    of_job(
        "wscn/job-reason/none",
        "None and JobScanning",
        with_child("//wscn:JobStateReasons", "<wscn:JobStateReason>None</wscn:JobStateReason>"),
    ),
    *(
        of_job(f"wscn/job-reason/{id}", "too early", text("//wscn:JobStateReason", told))
        for id, told in (
            ("job-scanning", "JobTransferring"),
            ("job-transferring", "JobTransferring"),
            ("job-scanning-and-transferring", "JobScanningAndTransferring"),
        )
    ),
    of_job("wscn/job-reason/job-completed-with-errors", "None", reason("JobCompletedWithErrors", "None")),
    of_job("wscn/job-reason/job-completed-with-warnings", "None", reason("JobCompletedWithWarnings", "None")),
    of_job("wscn/job-state/held", "Held", text("//wscn:JobState[.='Processing']", "Held")),
    wrong("wscn/event/scanner-elements-change", "never", lost(CHANGE)),
    wrong("dsd/event/scanner-elements-change", "never", lost(CHANGE)),
    wrong("dsd/event/all-six", "five", lost(CHANGE)),
    told("notes/c-28/scanner-elements-change-event", "nothing in it", without("//wscn:ElementChanges/*"), CHANGE),
    told("wscn/event/changed-element-complete", "a part", without("//wscn:ScannerLocation"), CHANGE),
    told("dsd/event/changed-element-is-whole", "as before", text("//wscn:ScannerLocation", "elsewhere"), CHANGE),
)
