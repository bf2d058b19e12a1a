"""Mutants of what a scanner tells its subscribers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from device_plugs import WSCN, does, says, wrong
from mutant import Change, Mutant, Plug, not_done, text, without

from emulator.dpws.points import EVENT, Bringing, OutgoingEvent
from emulator.layers import Layers

STATUS, END = "JobStatusEvent", "JobEndStateEvent"
CONDITION, CLEARED, SUMMARY = (
    "ScannerStatusConditionEvent",
    "ScannerStatusConditionClearedEvent",
    "ScannerStatusSummaryEvent",
)
AVAILABLE = "ScanAvailableEvent"
END_STATE = "//wscn:JobEndState/wscn:JobCompletedState"


def told(id: str, does: str, change: Change, *events: str) -> Mutant:
    """An event says it otherwise."""
    return wrong(id, does, says(change, *events))


def brought(*events: str, times: int) -> Plug:
    """Those events go out so often."""

    async def handler(event: OutgoingEvent) -> Bringing:
        return Bringing(times=times) if event.name in events else Bringing()

    @contextmanager
    def plugged(layers: Layers) -> Iterator[None]:
        unplug = layers.handle(EVENT, handler, name="a mutant")
        try:
            yield
        finally:
            unplug()

    return plugged


def lost(*events: str) -> Plug:
    """Those events never go out."""
    return brought(*events, times=0)


def doubled(event: str) -> Plug:
    """It goes out twice."""
    return brought(event, times=2)


AT_THE_END = "//wscn:JobState[.='Completed']"
OTHER_NAMES = {"Conformance run": "Somebody else", "Somebody else": "Conformance run"}


def names_swapped(root: Any) -> None:
    """Each of two destinations has the name of the other one."""
    for each in root.iter(f"{WSCN}ClientDisplayName"):
        each.text = OTHER_NAMES.get(each.text, each.text)


def renamed_root(root: Any) -> None:
    """The root has the name that one page prints."""
    for each in root.iter(f"{WSCN}ScannerStatusConditionClearedEvent"):
        each.tag = f"{WSCN}ScannerStatusClearedEvent"


MUTANTS = (
    told("wscn/event/job-status", "no reasons", without("//wscn:JobStateReasons"), STATUS),
    told("wscn/event/job-status", "of another job", text("//wscn:JobStatus/wscn:JobId", "77"), STATUS),
    told("wscn/event/first-job-status", "Processing", text("//wscn:JobState", "Processing"), STATUS),
    told("dsd/event/first-job-status-is-started", "Pending", text("//wscn:JobState", "Pending"), STATUS),
    told("wscn/job-state/started", "never", text("//wscn:JobState[.='Started']", "Processing"), STATUS),
    told("wscn/job-state/creating-to-pending", "back", text(AT_THE_END, "Creating"), STATUS),
    told("wscn/event/job-end-state", "no JobName", without("//wscn:JobName"), END),
    wrong("wscn/event/job-end-state", "twice", doubled(END)),
    told("wscn/job/job-end-state", "no ScansCompleted", without("//wscn:ScansCompleted"), END),
    told("notes/c-22/job-end-state-has-its-own-children", "no such state", without(END_STATE), END),
    told("wscn/job-state/end-states", "Terminating", text(END_STATE, "Terminating"), END),
    told("notes/c-21/terminating-is-not-final", "Terminating", text(END_STATE, "Terminating"), END),
    told("notes/c-30/completed-state-is-a-state", "a reason", text(END_STATE, "JobCanceledAtDevice"), END),
    told("wscn/job/scans-completed-updated", "0", text("//wscn:ScansCompleted", "0"), END),
    told("wscn/job-state/started-to-processing", "back", text(AT_THE_END, "Started"), STATUS),
    told("wscn/job-state/pending-to-started", "back", text(AT_THE_END, "Pending"), STATUS),
    told("wscn/event/scanner-status-condition", "no Severity", without("//wscn:Severity"), CONDITION),
    wrong("wscn/event/scanner-status-condition", "never", lost(CONDITION)),
    wrong("wscn/event/scanner-status-condition-cleared", "never", lost(CLEARED)),
    told("notes/c-28/condition-cleared-event", "no time", without("//wscn:ConditionClearTime"), CLEARED),
    told("wscn/event/condition-id-reported-before", "another", text("//wscn:ConditionId", "77"), CLEARED),
    told("wscn/event/scanner-status-summary", "always Idle", text("//wscn:ScannerState", "Idle"), SUMMARY),
    told("wscn/scanner-state/idle-to-stopped", "Idle", text("//wscn:ScannerState", "Idle"), SUMMARY),
    wrong("wscn/event/order-of-a-failure", "no condition", lost(CONDITION)),
    wrong("wscn/event/order-of-a-repair", "no clearing", lost(CLEARED)),
    told("wscn/event/names", "another", renamed_root, CLEARED),
    told("wscn/scan-available/destination-responses", "none", without("//wscn:DestinationResponses"), "Subscribe"),
    told(
        "wscn/scan-available/context-copied",
        "another",
        text("//wscn:DestinationResponse/wscn:ClientContext", "c"),
        "Subscribe",
    ),
    wrong("wscn/scan-available/display-name-shown", "never", lost(AVAILABLE)),
    wrong("wscn/event/scan-available", "twice", doubled(AVAILABLE)),
    wrong("wscn/scan-available/event-to-one-client", "to both", does("Subscribe", names_swapped)),
    told("wscn/scan-available/event-content", "another context", text("//wscn:ClientContext", "c"), AVAILABLE),
    told("wscn/scan-available/event-content", "no identifier", without("//wscn:ScanIdentifier"), AVAILABLE),
    told("wscn/scan-available/identifier-unique", "the same", text("//wscn:ScanIdentifier", "scan"), AVAILABLE),
    wrong("wscn/scan-available/destinations-end-with-the-subscription", "they stay", not_done("Unsubscribe")),
)
